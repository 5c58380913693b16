"""The pages that explain the gateway: they load nothing from elsewhere and run nothing inline."""

import re

import pytest

from tests.support.gateway import Gateway

PAGES = ("/docs", "/redocs", "/v1/errors", "/v1/errors/RATE_LIMIT")
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
