"""Tables in Markdown, each put between the markers of its name."""

from collections.abc import Iterable


def table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a table; no cell may hold a bar."""
    lines = (heads, tuple("---" for _ in heads), *rows)
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def with_table(page: str, name: str, made: str) -> str:
    """Return ``page`` with the table ``made`` put between the markers of that name.

    Raises:
        ValueError: ``page`` lacks them.
    """
    before, opening, rest = page.partition(f"<!-- {name} -->\n")
    _, closing, after = rest.partition(f"<!-- /{name} -->")
    if not closing:
        message = f"no markers for the table of {name}"
        raise ValueError(message)
    return before + opening + made + closing + after
