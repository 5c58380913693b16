"""The tables of docs/errors.md, made from the catalogue."""

from common.errors.catalogue import CATALOGUE
from common.errors.close_codes import CLOSE_CODES, CLOSE_RANGES
from scripts.docs.tables import table, with_table


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
            ", ".join(f"`{name}`" for name in sorted(entry.details)),
        )
        for entry in CATALOGUE.values()
    )
    return table(("code", "status", "close", "title", "when", "retry", "what to do", "passes"), rows)


def close_code_table() -> str:
    """Return the table of close codes."""
    rows = ((str(int(e.code)), f"`{e.reason}`", e.meaning, e.advice) for e in CLOSE_CODES.values())
    return table(("close", "`message`", "what it means", "what to do"), rows)


def close_range_table() -> str:
    """Return the table of what to do on a close code one doesn't know."""
    rows = ((f"{each.first}-{each.last}", each.meaning, each.advice) for each in CLOSE_RANGES)
    return table(("range", "what it means", "what to do"), rows)


def with_tables(page: str) -> str:
    """Return ``page`` with each table put between its markers.

    Raises:
        ValueError: ``page`` lacks a table's markers.
    """
    for name, made in (("codes", code_table()), ("close codes", close_code_table()), ("ranges", close_range_table())):
        page = with_table(page, name, made)
    return page
