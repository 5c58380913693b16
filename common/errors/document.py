"""``python -m common.errors.document``: write the tables of docs/errors.md from the catalogue."""

from collections.abc import Iterable
from pathlib import Path

from common.errors.catalogue import CATALOGUE
from common.errors.close_codes import CLOSE_CODES, CLOSE_RANGES

PAGE = Path(__file__).parents[2] / "docs" / "errors.md"


def code_table() -> str:
    """Return the table of codes, in the catalogue's order."""
    rows = (
        (
            f"`{entry.code}`",
            str(entry.status),
            str(entry.close_code),
            entry.title,
            entry.meaning,
            "yes" if entry.retryable else "no",
            entry.advice,
        )
        for entry in CATALOGUE.values()
    )
    return _table(("code", "status", "close", "title", "when", "retry", "what to do"), rows)


def close_code_table() -> str:
    """Return the table of close codes."""
    rows = ((str(int(e.code)), f"`{e.reason}`", e.meaning, e.advice) for e in CLOSE_CODES.values())
    return _table(("close", "`message`", "what it means", "what to do"), rows)


def close_range_table() -> str:
    """Return the table of what to do on a close code one doesn't know."""
    rows = ((f"{each.first}-{each.last}", each.meaning, each.advice) for each in CLOSE_RANGES)
    return _table(("range", "what it means", "what to do"), rows)


def with_tables(page: str) -> str:
    """Return ``page`` with each table put between its markers.

    Raises:
        ValueError: ``page`` lacks a table's markers.
    """
    for name, table in (("codes", code_table()), ("close codes", close_code_table()), ("ranges", close_range_table())):
        page = with_table(page, name, table)
    return page


def with_table(page: str, name: str, table: str) -> str:
    """Return ``page`` with ``table`` put between the markers of that name.

    Raises:
        ValueError: ``page`` lacks them.
    """
    before, opening, rest = page.partition(f"<!-- {name} -->\n")
    _, closing, after = rest.partition(f"<!-- /{name} -->")
    if not closing:
        message = f"no markers for the table of {name}"
        raise ValueError(message)
    return before + opening + table + closing + after


def main(page: Path = PAGE) -> None:
    """Rewrite the tables of ``page``."""
    page.write_text(with_tables(page.read_text(encoding="utf-8")), encoding="utf-8")


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = (heads, tuple("---" for _ in heads), *rows)
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    main()
