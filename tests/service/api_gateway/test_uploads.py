"""Essays pass through to the File Service, inspected on their way."""

import pytest

from api_gateway.upstream.ports import TimeoutClass, UpstreamName
from tests.support.asgi_client import Answer, Call
from tests.support.gateway import USER, Gateway, bearer, make_gateway
from tests.support.multipart_bodies import CONTENT_TYPE, file_part, form, pieces, text_part

BATCH = text_part("batch_id", "b1")
ESSAY = file_part("essay.txt", b"A short essay.")
ROUTES = [("/v1/files/batch", [BATCH, ESSAY]), ("/v1/files/batch/b1/files", [ESSAY])]


async def upload(gateway: Gateway, path: str, body: bytes, content_type: str = CONTENT_TYPE) -> Answer:
    """Send ``body`` in pieces of a few bytes."""
    chunks = list(pieces(body, 37))
    headers = [*bearer().items(), ("Content-Type", content_type)]
    return await gateway.client.send(Call(method="POST", target=path, headers=headers, chunks=chunks))


@pytest.mark.parametrize(("path", "parts"), ROUTES)
async def test_an_upload_passes_byte_for_byte(gateway: Gateway, path: str, parts: list[bytes]) -> None:
    """The File Service gets the same body under the same type, as the caller, with an upload's patience."""
    gateway.upstreams.answer(UpstreamName.FILE, {"uploaded": 1}, status=201)
    body = form(*parts)

    answer = await upload(gateway, path, body)

    assert (answer.status, answer.json) == (201, {"uploaded": 1})
    (seen,) = gateway.upstreams.seen
    assert (seen.request.upstream, seen.request.path) == (UpstreamName.FILE, path)
    assert seen.body == body
    assert seen.request.content_length == len(body)
    assert seen.headers["content-type"] == CONTENT_TYPE
    assert seen.headers["x-user-id"] == USER
    assert seen.request.timeout_class is TimeoutClass.UPLOAD


async def test_a_file_input_that_was_left_empty_passes_too(gateway: Gateway) -> None:
    """The body isn't made anew: the File Service gets the empty input and ignores it as the gateway does."""
    body = form(BATCH, ESSAY, file_part("", b"", content_type="application/octet-stream"))

    answer = await upload(gateway, "/v1/files/batch", body)

    assert answer.status == 200
    assert gateway.upstreams.seen[0].body == body


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd", "identity, gzip", "x"])
@pytest.mark.parametrize("path", [path for path, _ in ROUTES])
async def test_a_compressed_upload_is_refused(gateway: Gateway, path: str, coding: str) -> None:
    """415 that tells what is taken, before anything is read or the File Service is asked."""
    headers = [*bearer().items(), ("Content-Type", CONTENT_TYPE), ("Content-Encoding", coding)]

    answer = await gateway.client.send(Call(method="POST", target=path, headers=headers, chunks=[form(BATCH, ESSAY)]))

    assert (answer.status, answer.error["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert answer.header("accept-encoding") == "identity"
    assert gateway.upstreams.seen == []


@pytest.mark.parametrize("codings", [["identity"], ["Identity"], [""], ["identity", "identity"]])
async def test_an_upload_may_say_that_it_is_not_compressed(gateway: Gateway, codings: list[str]) -> None:
    """In any of the ways to say nothing."""
    headers = [*bearer().items(), ("Content-Type", CONTENT_TYPE), *(("Content-Encoding", each) for each in codings)]
    call = Call(method="POST", target="/v1/files/batch", headers=headers, chunks=[form(BATCH, ESSAY)])

    assert (await gateway.client.send(call)).status == 200


@pytest.mark.parametrize("path", [path for path, _ in ROUTES])
async def test_an_upload_may_pause_as_long_as_it_may_make_no_progress(path: str) -> None:
    """One setting bounds the standstill of both sides; a caller that exceeds it is told 408."""
    gateway = make_gateway(API_GATEWAY_UPLOAD_TIMEOUT_SECONDS="0.05")
    headers = [*bearer().items(), ("Content-Type", CONTENT_TYPE)]
    begun = Call(method="POST", target=path, headers=headers, chunks=[form(BATCH, ESSAY)[:-10]], pauses=True)

    answer = await gateway.client.send(begun)

    assert (answer.status, answer.error["code"]) == (408, "REQUEST_TIMEOUT")
    assert answer.details["pause_limit_seconds"] == 0.05


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (form(ESSAY), CONTENT_TYPE, 400, "MISSING_REQUIRED_FIELD"),
        (form(text_part("batch_id", "b\x001"), ESSAY), CONTENT_TYPE, 400, "VALIDATION_ERROR"),
        (form(BATCH, text_part("assignment_id", "a\n"), ESSAY), CONTENT_TYPE, 400, "VALIDATION_ERROR"),
        (form(BATCH), CONTENT_TYPE, 400, "MISSING_REQUIRED_FIELD"),
        (form(BATCH, file_part("essay.exe", b"MZ")), CONTENT_TYPE, 415, "UNSUPPORTED_MEDIA_TYPE"),
        (form(BATCH, *[ESSAY] * 51), CONTENT_TYPE, 413, "PAYLOAD_TOO_LARGE"),
        (form(BATCH, ESSAY)[:-10], CONTENT_TYPE, 400, "PARSING_ERROR"),
        (b'{"batch_id": "b1"}', "application/json", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b"", CONTENT_TYPE, 400, "PARSING_ERROR"),
    ],
    ids=[
        "no batch id",
        "NUL in an id",
        "a line end in an id",
        "no file",
        "a program",
        "51 files",
        "cut off",
        "JSON",
        "nothing",
    ],
)
async def test_what_the_rules_forbid_is_refused(
    gateway: Gateway, body: bytes, content_type: str, status: int, code: str
) -> None:
    """Each breach has its status and code, and the File Service never gets a whole body."""
    answer = await upload(gateway, "/v1/files/batch", body, content_type)

    assert (answer.status, answer.error["code"]) == (status, code)
    assert gateway.upstreams.streams == []
