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
