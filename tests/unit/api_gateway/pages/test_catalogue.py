"""The catalogue's pages say what the table says."""

from html import escape

import pytest

from api_gateway.pages.catalogue import catalogue_page, entry_object, entry_page
from common.errors.catalogue import CATALOGUE, ErrorEntry


def test_every_code_is_listed_with_a_link() -> None:
    """Nothing the edge can answer with is missing."""
    made = catalogue_page(CATALOGUE.values())

    assert [code for code in CATALOGUE if f'<tr id="{code}">' not in made or f"/v1/errors/{code}" not in made] == []


@pytest.mark.parametrize("entry", CATALOGUE.values(), ids=lambda entry: entry.code.value)
def test_a_page_explains_its_code(entry: ErrorEntry) -> None:
    """Title, code, status and close code, and what it looks like in both forms."""
    made = entry_page(entry)

    assert f"<h1>{escape(entry.title)}</h1>" in made
    assert f'">{entry.status}</span>' in made
    assert f"<code>{entry.close_code}</code>" in made
    assert made.count(f"&quot;code&quot;: &quot;{entry.code.value}&quot;") == 2


def test_words_in_backticks_become_code() -> None:
    """The table's light markup is shown as what it means, and nothing else is markup."""
    made = entry_page(CATALOGUE["RATE_LIMIT"])

    assert "Wait <code>Retry-After</code> seconds." in made


def test_an_entry_for_machines_tells_the_whole_row() -> None:
    """Everything a client decides by."""
    told = entry_object(CATALOGUE["RATE_LIMIT"])

    assert told.keys() == {
        "code",
        "status",
        "close_code",
        "title",
        "meaning",
        "advice",
        "retryable",
        "documentation",
    }
    assert told["documentation"] == "/v1/errors/RATE_LIMIT"
