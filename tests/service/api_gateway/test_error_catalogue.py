"""The catalogue of errors, for machines and for people."""

import pytest

from common.errors.catalogue import CATALOGUE
from tests.support.gateway import Gateway

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


async def test_every_code_is_listed(gateway: Gateway) -> None:
    """The list has each code of the table, with all a client needs to handle it."""
    answer = await gateway.client.get("/v1/errors")

    listed = answer.object["errors"]
    assert isinstance(listed, list)
    assert [entry["code"] for entry in listed if isinstance(entry, dict)] == list(CATALOGUE)


@pytest.mark.parametrize("code", CATALOGUE)
async def test_every_code_is_explained(gateway: Gateway, code: str) -> None:
    """Each code has its own resource, as JSON by default and as a page for browsers."""
    as_json = await gateway.client.get(f"/v1/errors/{code}")
    as_page = await gateway.client.get(f"/v1/errors/{code}", BROWSER)

    entry = CATALOGUE[code]
    assert as_json.object["status"] == entry.status
    assert as_json.object["retryable"] == entry.retryable
    assert as_page.header("content-type").startswith("text/html")
    assert code in as_page.body.decode()
    assert "Accept" in ", ".join(as_json.all("vary"))


async def test_an_unknown_code_is_not_found(gateway: Gateway) -> None:
    """404 in the house format."""
    answer = await gateway.client.get("/v1/errors/NO_SUCH_CODE")

    assert (answer.status, answer.error["code"]) == (404, "RESOURCE_NOT_FOUND")


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/json, text/html;q=0.5"])
async def test_json_is_for_everybody_else(gateway: Gateway, accept: str) -> None:
    """Only who prefers a page gets one."""
    answer = await gateway.client.get("/v1/errors", {"Accept": accept})

    assert answer.header("content-type") == "application/json"


@pytest.mark.parametrize("path", ["/v1/errors", "/v1/errors/CLASS_NOT_FOUND"])
@pytest.mark.parametrize("accept", ["application/json", BROWSER["Accept"]], ids=["json", "page"])
@pytest.mark.parametrize(
    ("asked", "language", "title"),
    [
        ({"Accept-Language": "sv-SE,sv;q=0.9,en;q=0.8"}, "sv", "Klassen finns inte"),
        ({"Accept-Language": "en-GB"}, "en", "The class doesn"),
        ({"Accept-Language": "fi"}, "en", "The class doesn"),
        ({}, "en", "The class doesn"),
    ],
    ids=["sv-SE", "en-GB", "fi", "none"],
)
async def test_it_speaks_the_language_of_the_reader(
    gateway: Gateway, path: str, accept: str, asked: dict[str, str], language: str, title: str
) -> None:
    """Each form says which language it is in, and that another reader may get another."""
    answer = await gateway.client.get(path, {"Accept": accept, **asked})

    assert title in answer.body.decode()
    assert answer.header("content-language") == language
    assert {"accept", "accept-language"} <= set(", ".join(answer.all("vary")).lower().split(", "))
    assert ("<html" not in answer.body.decode()) or f'<html lang="{language}">' in answer.body.decode()


@pytest.mark.parametrize("path", ["/v1/errors", "/v1/errors/CLASS_NOT_FOUND"])
async def test_each_form_and_language_has_its_own_tag(gateway: Gateway, path: str) -> None:
    """A client that has one of them gets 304 for that one alone."""
    forms = [
        {"Accept": accept, "Accept-Language": language}
        for accept in ("application/json", BROWSER["Accept"])
        for language in ("sv", "en")
    ]
    tags = [(await gateway.client.get(path, form)).header("etag") for form in forms]

    known = [
        [(await gateway.client.get(path, {**form, "If-None-Match": tag})).status for tag in tags] for form in forms
    ]

    assert len(set(tags)) == len(forms)
    assert known == [[304 if tag == own else 200 for tag in tags] for own in tags]


async def test_a_304_says_what_the_200_says(gateway: Gateway) -> None:
    """RFC 9110, section 15.4.5: the tag, how long it is fresh and what it varies by."""
    first = await gateway.client.get("/v1/errors/TIMEOUT", {"Accept-Language": "sv"})

    again = await gateway.client.get(
        "/v1/errors/TIMEOUT", {"Accept-Language": "sv", "If-None-Match": first.header("etag")}
    )

    assert (again.status, again.body) == (304, b"")
    assert again.header("cache-control") == first.header("cache-control")
    assert again.all("vary") == first.all("vary")
    assert again.header("etag") == first.header("etag")


async def test_the_developers_words_stay_english(gateway: Gateway) -> None:
    """Title, meaning and advice are the same in every language; only the teacher's text changes."""
    english = (await gateway.client.get("/v1/errors/RATE_LIMIT", {"Accept-Language": "en"})).object
    swedish = (await gateway.client.get("/v1/errors/RATE_LIMIT", {"Accept-Language": "sv"})).object

    assert {name for name in english if english[name] != swedish[name]} == {"teacher"}
