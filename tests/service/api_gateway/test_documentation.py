"""The pages that explain the gateway: they load nothing from elsewhere and run nothing inline."""

import re

import pytest

from api_gateway.upstream.ports import UpstreamName
from tests.support.gateway import Gateway, bearer

PAGES = ("/", "/docs", "/redocs", "/v1/errors", "/v1/errors/RATE_LIMIT")
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
PUBLIC = (*PAGES, "/openapi.json", "/docs/gateway.md")

LOADED = re.compile(r'<(?:script|link)[^>]*(?:src|href)="([^"]*)"')
INLINE = re.compile(r"<script(?![^>]*src=)|<style|\son[a-z]+=|\sstyle=")


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_loads_only_files_of_ours(gateway: Gateway, path: str) -> None:
    """Every style sheet, script and icon is an asset that is served, and kept for good."""
    page = await gateway.client.get(path, BROWSER)

    loaded = LOADED.findall(page.body.decode())
    answers = [await gateway.client.get(name) for name in loaded]
    assert len(loaded) >= 2
    assert {answer.status for answer in answers} == {200}
    assert {answer.header("cache-control") for answer in answers} == {"public, max-age=31536000, immutable"}
    assert {answer.header("x-content-type-options") for answer in answers} == {"nosniff"}


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_runs_nothing_inline(gateway: Gateway, path: str) -> None:
    """No inline script, style or event attribute: the policy would stop them."""
    page = await gateway.client.get(path, BROWSER)

    assert page.header("content-type") == "text/html; charset=utf-8"
    assert INLINE.findall(page.body.decode()) == []


@pytest.mark.parametrize(
    ("path", "scripts"),
    [
        ("/", None),
        ("/docs", "script-src 'self'"),
        ("/redocs", "script-src 'self'"),
        ("/v1/errors", None),
        ("/v1/errors/TIMEOUT", None),
    ],
)
async def test_a_pages_policy_lets_it_do_what_it_must_and_no_more(
    gateway: Gateway, path: str, scripts: str | None
) -> None:
    """Nothing by default, scripts from here where there are any, and in nobody's frame."""
    page = await gateway.client.get(path, BROWSER)

    policy = page.header("content-security-policy").split("; ")
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert next((each for each in policy if each.startswith("script-src")), None) == scripts


async def test_an_asset_is_not_sent_twice(gateway: Gateway) -> None:
    """Who has it gets 304."""
    page = await gateway.client.get("/docs", BROWSER)
    (name, *_) = LOADED.findall(page.body.decode())
    first = await gateway.client.get(name)

    again = await gateway.client.get(name, {"If-None-Match": first.header("etag")})

    assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize("name", ["swagger-ui.css", "house-000000000000.css", "..%2Fapp.py", "passwd"])
async def test_only_the_listed_files_are_served(gateway: Gateway, name: str) -> None:
    """Nothing else of the file system has a name here."""
    answer = await gateway.client.get(f"/docs/assets/{name}")

    assert answer.status in {400, 404}
    assert answer.error["code"] in {"INVALID_REQUEST", "RESOURCE_NOT_FOUND"}


@pytest.mark.parametrize("path", PUBLIC)
async def test_everybody_may_read(gateway: Gateway, path: str) -> None:
    """No token is needed."""
    answer = await gateway.client.get(path, BROWSER)

    assert answer.status == 200


async def test_the_description_is_made_once_and_tagged(gateway: Gateway) -> None:
    """Two answers are the same bytes under one ETag, and who has it gets 304."""
    first = await gateway.client.get("/openapi.json")
    second = await gateway.client.get("/openapi.json")

    again = await gateway.client.get("/openapi.json", {"If-None-Match": first.header("etag")})

    assert first.body == second.body
    assert (again.status, again.body) == (304, b"")
    assert again.header("x-correlation-id") not in (first.header("x-correlation-id"), second.header("x-correlation-id"))


@pytest.mark.parametrize("path", ["/openapi.json", "/docs/gateway.md"])
async def test_a_condition_for_writes_does_not_spoil_a_read(gateway: Gateway, path: str) -> None:
    """If-Match names another version: that was a 412 whose body was the document."""
    answer = await gateway.client.get(path, {"If-Match": '"another"'})

    assert answer.status == 200


async def test_the_behaviour_is_told_as_text(gateway: Gateway) -> None:
    """What the OpenAPI description links to is there."""
    answer = await gateway.client.get("/docs/gateway.md")

    assert answer.header("content-type") == "text/markdown; charset=utf-8"
    assert answer.body.startswith(b"# ")


@pytest.mark.parametrize("accept", ["application/json", "*/*", "application/json, text/html;q=0.9"])
async def test_the_catalogue_is_json_unless_a_page_is_wanted(gateway: Gateway, accept: str) -> None:
    """Programs get the list, browsers the page."""
    answer = await gateway.client.get("/v1/errors", {"Accept": accept})

    assert answer.header("content-type") == "application/json"
    assert answer.object.keys() == {"errors"}
    assert "accept" in {name.lower() for value in answer.all("vary") for name in value.split(", ")}


@pytest.mark.parametrize("language", ["sv", "en"])
async def test_the_start_page_speaks_the_language_of_the_reader(gateway: Gateway, language: str) -> None:
    """It leads to the others, under a tag of its own for each language."""
    page = await gateway.client.get("/", {**BROWSER, "Accept-Language": language})

    again = await gateway.client.get(
        "/", {**BROWSER, "Accept-Language": language, "If-None-Match": page.header("etag")}
    )

    assert f'<html lang="{language}">' in page.body.decode()
    assert page.header("content-language") == language
    assert {"accept", "accept-language"} <= set(", ".join(page.all("vary")).lower().split(", "))
    assert again.status == 304


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/json, text/html"])
async def test_for_programs_there_is_no_start_page(gateway: Gateway, accept: str) -> None:
    """They get the 404 of any path that is no route."""
    start = await gateway.client.get("/", {"Accept": accept})
    other = await gateway.client.get("/no-such-route", {"Accept": accept})

    assert (start.status, other.status) == (404, 404)
    assert [start.error[name] for name in ("code", "message", "details")] == [
        other.error[name] for name in ("code", "message", "details")
    ]


NOT_FOUND = ("/no-such-route", "/v1/errors/NO_SUCH_CODE", "/docs/assets/none.css", "/v1/batches/unknown/status")


@pytest.mark.parametrize("path", NOT_FOUND)
@pytest.mark.parametrize(("language", "title"), [("sv", "Det går inte att hitta"), ("en", "It can&#x27;t be found")])
async def test_a_404_is_a_page_for_a_reader(gateway: Gateway, path: str, language: str, title: str) -> None:
    """Whatever doesn't exist, in the reader's language, with the headers of the error and the number to quote."""
    gateway.upstreams.answer(UpstreamName.RAS, {}, status=404)

    page = await gateway.client.get(path, {**BROWSER, **bearer(), "Accept-Language": language})

    text = page.body.decode()
    assert page.status == 404
    assert page.header("content-type") == "text/html; charset=utf-8"
    assert page.header("content-language") == language
    assert page.header("x-error-code") == "RESOURCE_NOT_FOUND"
    assert page.header("cache-control") == "no-store"
    assert page.header("content-length") == str(len(page.body))
    assert "default-src 'none'" in page.header("content-security-policy")
    assert {"accept", "accept-language"} <= set(", ".join(page.all("vary")).lower().split(", "))
    assert f"<h1>{title}</h1>" in text
    assert page.header("x-correlation-id") in text
    assert INLINE.findall(text) == []


@pytest.mark.parametrize("path", NOT_FOUND)
@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("*/*", "application/json"),
        ("application/json, text/html;q=0.9", "application/json"),
        ("application/problem+json, text/html;q=0.9", "application/problem+json"),
    ],
)
async def test_a_404_stays_what_it_was_for_programs(
    gateway: Gateway, path: str, accept: str, content_type: str
) -> None:
    """In both forms, with the header that says that another reader may get another."""
    gateway.upstreams.answer(UpstreamName.RAS, {}, status=404)

    answer = await gateway.client.get(path, {**bearer(), "Accept": accept, "Accept-Language": "sv"})

    assert answer.status == 404
    assert answer.header("content-type") == content_type
    assert "accept" in ", ".join(answer.all("vary")).lower().split(", ")


async def test_only_what_does_not_exist_becomes_a_page(gateway: Gateway) -> None:
    """An error other than 404 keeps its form in a browser too."""
    answer = await gateway.client.get("/v1/batches", BROWSER)

    assert (answer.status, answer.header("content-type")) == (401, "application/json")
