"""Each preflight answer means one thing to the caller."""

import orjson
import pytest
from pydantic import JsonValue

from api_gateway.pipelines import require_allowed
from api_gateway.upstream.ports import UpstreamReply
from common.contracts.pipeline_command import PipelineName
from common.errors.exceptions import HuleEduError

NLP, SPELLCHECK = PipelineName.NLP, PipelineName.SPELLCHECK


def reply(status: int, body: JsonValue, retry_after: str = "") -> UpstreamReply:
    """Return an answer of the Batch Orchestrator."""
    return UpstreamReply(status, orjson.dumps(body), retry_after)


def test_allowed_passes() -> None:
    """Only an explicit yes lets the command go."""
    require_allowed(reply(200, {"allowed": True}), "b1", NLP)


FIGURES: dict[str, JsonValue] = {
    "required_credits": 10,
    "available_credits": 3.5,
    "denial_reason": "insufficient_credits",
    "resource_breakdown": {"cj_comparison": 7, "ai_feedback_generation": 3},
    "resolved_pipeline": ["spellcheck", "cj_assessment"],
}


@pytest.mark.parametrize(
    "body",
    [
        FIGURES | {"allowed": False, "batch_owner": "someone", "trace": "Traceback"},
        {"error": {"code": "X", "details": FIGURES | {"requested_user": "someone"}}},
    ],
)
def test_too_few_credits_are_told_in_all_figures(body: JsonValue) -> None:
    """402 becomes INSUFFICIENT_CREDITS with the preflight's figures and nothing else of an internal answer."""
    with pytest.raises(HuleEduError) as refused:
        require_allowed(reply(402, body), "b1", NLP)

    assert (refused.value.error_code, refused.value.status_code) == ("INSUFFICIENT_CREDITS", 402)
    assert refused.value.error_detail.details == FIGURES


@pytest.mark.parametrize(
    ("odd", "told"),
    [
        ({"required_credits": "10", "available_credits": True}, {}),
        ({"denial_reason": {"user": "someone"}}, {}),
        ({"denial_reason": "x" * 101}, {}),
        ({"denial_reason": "Traceback:\n  File"}, {}),
        ({"resource_breakdown": ["cj_comparison"]}, {}),
        (
            {"resource_breakdown": {"cj_comparison": 7, "owner": "someone"}},
            {"resource_breakdown": {"cj_comparison": 7}},
        ),
        ({"resource_breakdown": {str(number): number for number in range(101)}}, {}),
        ({"resolved_pipeline": "cj_assessment"}, {}),
        ({"resolved_pipeline": ["nlp", None, ["nlp"], {}]}, {"resolved_pipeline": ["nlp"]}),
    ],
)
def test_a_figure_that_is_none_is_left_out(odd: JsonValue, told: JsonValue) -> None:
    """Whatever stands where a figure should, it is neither passed on nor a fault of ours."""
    with pytest.raises(HuleEduError) as refused:
        require_allowed(reply(402, odd), "b1", NLP)

    assert refused.value.error_detail.details == told


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"allowed_credits": true}'])
def test_credits_denied_without_figures(body: bytes) -> None:
    """An answer that tells no figures still denies."""
    with pytest.raises(HuleEduError) as refused:
        require_allowed(UpstreamReply(402, body), "b1", NLP)

    assert refused.value.error_detail.details == {}


@pytest.mark.parametrize(
    ("body", "retry_after", "wait"),
    [
        ({}, "17", "17"),
        ({"retry_after_seconds": 30}, "", "30"),
        ({}, "9" * 400, "86400"),
        ({}, "", "60"),
        ({"retry_after_seconds": -1}, "", "60"),
        ({"retry_after_seconds": "soon"}, "", "60"),
        ({}, "²", "60"),
        ({}, "Wed, 21 Oct 2026 07:28:00 GMT", "60"),
    ],
)
def test_too_many_pipelines_say_when_to_come_again(body: JsonValue, retry_after: str, wait: str) -> None:
    """429 becomes RATE_LIMIT with a Retry-After in seconds, whatever the answer said."""
    with pytest.raises(HuleEduError) as refused:
        require_allowed(reply(429, body, retry_after), "b1", NLP)

    assert (refused.value.error_code, refused.value.headers["Retry-After"]) == ("RATE_LIMIT", wait)


def test_an_unknown_batch_is_named() -> None:
    """404 becomes RESOURCE_NOT_FOUND for the batch of the path."""
    with pytest.raises(HuleEduError) as refused:
        require_allowed(reply(404, {}), "b1", NLP)

    assert refused.value.error_detail.details == {"resource_type": "batch", "resource_id": "b1"}


@pytest.mark.parametrize("body", [{"allowed": False}, {}, {"allowed": "true"}, {"allowed": 1}])
def test_anything_but_yes_is_no(body: JsonValue) -> None:
    """200 without an explicit yes is 403."""
    with pytest.raises(HuleEduError) as refused:
        require_allowed(reply(200, body), "b1", NLP)

    assert refused.value.status_code == 403


@pytest.mark.parametrize("body", [b"", b"yes", b"[true]"])
def test_an_unreadable_yes_is_the_upstreams_fault(body: bytes) -> None:
    """200 with a body that isn't a JSON object is 502."""
    with pytest.raises(HuleEduError) as refused:
        require_allowed(UpstreamReply(200, body), "b1", NLP)

    assert (refused.value.error_code, refused.value.status_code) == ("INVALID_RESPONSE", 502)


@pytest.mark.parametrize(("pipeline", "body"), [(NLP, {"error": "No phases to run"}), (NLP, []), (SPELLCHECK, {})])
def test_a_pipeline_with_nothing_to_do_is_named(pipeline: PipelineName, body: JsonValue) -> None:
    """400 becomes VALIDATION_ERROR for the pipeline, in our words."""
    with pytest.raises(HuleEduError) as refused:
        require_allowed(reply(400, body), "b1", pipeline)

    assert (refused.value.error_code, refused.value.status_code) == ("VALIDATION_ERROR", 400)
    assert refused.value.error_detail.details["field"] == "requested_pipeline"


@pytest.mark.parametrize("pipeline", [SPELLCHECK, PipelineName.STUDENT_MATCHING])
def test_a_phase_that_is_no_pipeline_is_not_an_outage(pipeline: PipelineName) -> None:
    """The platform answers 500 to a pipeline that it doesn't have: 400, with those it has."""
    with pytest.raises(HuleEduError) as refused:
        require_allowed(reply(500, {"error": "Internal server error"}), "b1", pipeline)

    assert refused.value.status_code == 400
    assert "ai_feedback, cj_assessment, nlp" in refused.value.error_detail.message


def test_a_preflight_that_failed_says_what_may_be_missing() -> None:
    """A 500 for a pipeline that there is comes of a batch without a prompt more often than of an outage."""
    with pytest.raises(HuleEduError) as refused:
        require_allowed(reply(500, {"error": "KeyError: secret"}), "b1", PipelineName.CJ_ASSESSMENT)

    assert (refused.value.error_code, refused.value.status_code) == ("EXTERNAL_SERVICE_ERROR", 502)
    assert refused.value.error_detail.details == {"external_service": "bos", "upstream_status": 500}
    assert "prompt" in refused.value.error_detail.message
    assert "secret" not in refused.value.error_detail.message
