"""Each preflight answer means one thing to the caller."""

import orjson
import pytest
from pydantic import JsonValue

from api_gateway.pipeline_admission import require_admission
from api_gateway.ports import UpstreamReply
from common.errors.exceptions import HuleEduError


def reply(status: int, body: JsonValue, headers: tuple[tuple[str, str], ...] = ()) -> UpstreamReply:
    """Return an answer of the Batch Orchestrator."""
    return UpstreamReply(status, headers, orjson.dumps(body))


def test_allowed_passes() -> None:
    """Only an explicit yes lets the command go."""
    require_admission(reply(200, {"allowed": True}), "b1")


@pytest.mark.parametrize(
    "body",
    [
        {"allowed": False, "required_credits": 6, "available_credits": 2, "owner": "someone", "denial_reason": "x"},
        {"error": {"code": "X", "details": {"required_credits": 6, "available_credits": 2, "owner": "someone"}}},
    ],
)
def test_too_few_credits_are_told_in_figures(body: JsonValue) -> None:
    """402 becomes INSUFFICIENT_CREDITS with the credit figures and nothing else of an internal answer."""
    with pytest.raises(HuleEduError) as refused:
        require_admission(reply(402, body), "b1")

    assert (refused.value.error_code, refused.value.status_code) == ("INSUFFICIENT_CREDITS", 402)
    assert refused.value.error_detail.details == {"required_credits": 6, "available_credits": 2}


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"allowed_credits": true}'])
def test_credits_denied_without_figures(body: bytes) -> None:
    """An answer that tells no figures still denies."""
    with pytest.raises(HuleEduError) as refused:
        require_admission(UpstreamReply(402, (), body), "b1")

    assert refused.value.error_detail.details == {}


@pytest.mark.parametrize(
    ("body", "headers", "wait"),
    [
        ({}, (("Retry-After", "17"),), "17"),
        ({"retry_after_seconds": 30}, (), "30"),
        ({}, (("Retry-After", "9" * 400),), "86400"),
        ({}, (), "60"),
        ({}, (("Retry-After", "Wed, 21 Oct 2026 07:28:00 GMT"),), "60"),
    ],
)
def test_too_many_pipelines_say_when_to_come_again(
    body: JsonValue, headers: tuple[tuple[str, str], ...], wait: str
) -> None:
    """429 becomes RATE_LIMIT with a Retry-After in seconds, whatever the answer said."""
    with pytest.raises(HuleEduError) as refused:
        require_admission(reply(429, body, headers), "b1")

    assert (refused.value.error_code, refused.value.headers["Retry-After"]) == ("RATE_LIMIT", wait)


def test_an_unknown_batch_is_named() -> None:
    """404 becomes RESOURCE_NOT_FOUND for the batch of the path."""
    with pytest.raises(HuleEduError) as refused:
        require_admission(reply(404, {}), "b1")

    assert refused.value.error_detail.details == {"resource_type": "batch", "resource_id": "b1"}


@pytest.mark.parametrize("body", [{"allowed": False}, {}, {"allowed": "true"}, {"allowed": 1}])
def test_anything_but_yes_is_no(body: JsonValue) -> None:
    """200 without an explicit yes is 403."""
    with pytest.raises(HuleEduError) as refused:
        require_admission(reply(200, body), "b1")

    assert refused.value.status_code == 403


@pytest.mark.parametrize("body", [b"", b"yes", b"[true]"])
def test_an_unreadable_yes_is_the_upstreams_fault(body: bytes) -> None:
    """200 with a body that isn't a JSON object is 502."""
    with pytest.raises(HuleEduError) as refused:
        require_admission(UpstreamReply(200, (), body), "b1")

    assert (refused.value.error_code, refused.value.status_code) == ("INVALID_RESPONSE", 502)
