"""The error catalogue as JSON and as pages for people. Pure: entry in, text out."""

import json
from collections.abc import Iterable
from html import escape

from pydantic import JsonValue

from api_gateway.pages.error_examples import platform_example, problem_example
from api_gateway.pages.layout import content_security_policy, page
from common.errors.catalogue import ErrorEntry
from common.errors.rendering import CATALOGUE_PATH, JSON_TYPE, PROBLEM_TYPE, catalogue_path

POLICY = content_security_policy()

_INTRODUCTION = (
    "All error codes of the edge, over HTTP and on a live socket. An error's <code>code</code> is one of "
    "these, in its body and in <code>X-Error-Code</code>; an unknown code comes from a service newer than this page; "
    "use the HTTP status. The same list as JSON: "
    f"<code>curl -H 'Accept: {JSON_TYPE}' …{CATALOGUE_PATH}</code>"
)


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
        "documentation": catalogue_path(entry.code.value),
    }


def catalogue_page(entries: Iterable[ErrorEntry]) -> str:
    """Return the page that lists every code."""
    heads = "".join(f"<th scope=col>{name}</th>" for name in ("Code", "Status", "When", "What to do", "Retry"))
    rows = "".join(_row(entry) for entry in entries)
    table = f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    return _page("Error catalogue", f"<h1>Error catalogue</h1><p>{_INTRODUCTION}</p>{table}")


def entry_page(entry: ErrorEntry) -> str:
    """Return the page that explains one code."""
    facts = {
        "When": _prose(entry.meaning),
        "What to do": _prose(entry.advice),
        "HTTP status": _status(entry.status),
        "Close code on a socket": f"<code>{entry.close_code}</code>",
        "Can the same request succeed later?": "Yes" if entry.retryable else "No",
    }
    listed = "".join(f"<div><dt>{escape(name)}</dt><dd>{fact}</dd></div>" for name, fact in facts.items())
    return _page(
        entry.title,
        f'<p class="back"><a href="{CATALOGUE_PATH}">All codes</a></p><h1>{escape(entry.title)}</h1>'
        f'<p class="code"><code>{entry.code.value}</code></p><dl>{listed}</dl><h2>What it looks like</h2>'
        f"{_sample(JSON_TYPE, platform_example(entry))}{_sample(PROBLEM_TYPE, problem_example(entry))}",
    )


def _row(entry: ErrorEntry) -> str:
    code = entry.code.value
    return (
        f'<tr id="{code}"><th scope=row><a href="{catalogue_path(code)}"><code>{_breakable(code)}</code></a>'
        f"<span>{escape(entry.title)}</span></th>"
        f"<td data-head=Status>{_status(entry.status)}</td>"
        f"<td data-head=When>{_prose(entry.meaning)}</td>"
        f'<td data-head="What to do">{_prose(entry.advice)}</td>'
        f"<td data-head=Retry>{'yes' if entry.retryable else 'no'}</td></tr>"
    )


def _status(status: int) -> str:
    return f'<span class="status s{status // 100}">{status}</span>'


def _breakable(code: str) -> str:
    """Return ``code`` with places where a narrow column may break it."""
    return code.replace("_", "_<wbr>")


def _sample(content_type: str, body: dict[str, JsonValue]) -> str:
    text = json.dumps(body, indent=2, ensure_ascii=False)
    return f"<h3><code>{content_type}</code></h3><pre><code>{escape(text)}</code></pre>"


def _page(title: str, body: str) -> str:
    return page(title, f'<main class="house">{body}</main>', here=CATALOGUE_PATH)


def _prose(text: str) -> str:
    """Return ``text`` with its backticked words as code."""
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if index % 2 else part for index, part in enumerate(parts))
