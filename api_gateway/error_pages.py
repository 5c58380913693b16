"""The error catalogue as JSON and as pages for people. Pure: entry in, text out."""

from collections.abc import Iterable
from html import escape

from pydantic import JsonValue

from common.errors.catalogue import ErrorEntry
from common.errors.rendering import documentation_url

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;color:#1b1f24;background:#fff;max-width:60rem;margin:3rem auto;padding:0 1.5rem}
h1{font-size:1.6rem}code{font:.95em ui-monospace,monospace}a{color:#0b57d0}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.5rem .75rem;
border-bottom:1px solid #d8dee4}dt{font-weight:600;margin-top:1rem}dd{margin:0}
@media (prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}a{color:#8ab4f8}th,td{border-color:#30363d}}
"""


def entry_object(entry: ErrorEntry) -> dict[str, JsonValue]:
    """Return ``entry`` as clients read it."""
    return {
        "code": entry.code.value,
        "status": entry.status,
        "close_code": entry.close_code,
        "title": entry.title,
        "meaning": entry.meaning,
        "advice": entry.advice,
        "retryable": entry.retryable,
        "documentation": documentation_url(entry.code.value),
    }


def catalogue_page(entries: Iterable[ErrorEntry]) -> str:
    """Return the page that lists every code."""
    rows = "".join(
        f'<tr><td><a href="{documentation_url(entry.code.value)}"><code>{entry.code.value}</code></a></td>'
        f"<td>{entry.status}</td><td>{_prose(entry.meaning)}</td><td>{_prose(entry.advice)}</td></tr>"
        for entry in entries
    )
    heads = "<th>Code</th><th>Status</th><th>When</th><th>What to do</th>"
    return _page(
        "Error catalogue",
        f"<h1>Error catalogue</h1><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>",
    )


def entry_page(entry: ErrorEntry) -> str:
    """Return the page that explains one code."""
    facts = {
        "When": _prose(entry.meaning),
        "What to do": _prose(entry.advice),
        "HTTP status": str(entry.status),
        "Close code on a socket": str(entry.close_code),
        "May the same request succeed later?": "Yes" if entry.retryable else "No",
    }
    listed = "".join(f"<dt>{escape(name)}</dt><dd>{fact}</dd>" for name, fact in facts.items())
    head = f"<h1>{escape(entry.title)}</h1><p><code>{entry.code.value}</code></p>"
    return _page(entry.title, f'{head}<dl>{listed}</dl><p><a href="/v1/errors">All codes</a></p>')


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>{body}</body></html>"
    )


def _prose(text: str) -> str:
    """Return ``text`` with its backticked words as code."""
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if index % 2 else part for index, part in enumerate(parts))
