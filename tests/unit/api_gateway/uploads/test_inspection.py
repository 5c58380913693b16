"""What an upload may hold, and how it is refused, however it is cut into pieces."""

from collections.abc import AsyncIterator, Iterable

import pytest

from api_gateway.uploads.inspection import InspectedBody, UploadInspection
from common.errors.exceptions import HuleEduError
from tests.support.inspection import RULES, SIZES, facts, outcome, refusal
from tests.support.multipart_bodies import (
    BOUNDARY,
    CONTENT_TYPE,
    DELIMITER,
    END,
    file_part,
    form,
    pieces,
    raw_part,
    text_part,
    upload,
)


@pytest.mark.parametrize("size", SIZES)
def test_a_good_upload_passes(size: int) -> None:
    """Several files and a text field, in any pieces."""
    body = upload(file_part("a.txt"), file_part("Å.PDF", b"%PDF-1.7", content_type="application/pdf"))

    assert outcome(body, size) == "passed"


@pytest.mark.parametrize(
    "filename",
    [
        "a.pdf",
        "A.PDF",
        "a.docx",
        "a.Docx",
        "a.txt",
        "a.rtf",
        "uppsats.v2.txt",
        "a; filename=b.exe.txt",
        "a; filename*=b.txt",
        "100%.txt",
        "..\\x.txt",
    ],
)
@pytest.mark.parametrize(
    "content_type",
    [
        "application/pdf",
        "text/plain; charset=utf-8",
        "application/octet-stream",
        "application/wps-office.docx",
        "application/vnd.ms-office",
        "application/x-zip-compressed",
        "application/force-download",
        "text/html",
        "x-unknown/pdf",
        "message/rfc822",
        "PDF",
        "",
        None,
    ],
)
def test_a_files_name_decides(filename: str, content_type: str | None) -> None:
    """Whatever the machine declares, a file is taken whose name ends as essays do, in any case of letters."""
    assert outcome(upload(file_part(filename, content_type=content_type))) == "passed"


@pytest.mark.parametrize(
    "filename",
    ["a.exe", "a.doc", "a.pdf.exe", "pdf", ".pdf", "a.pdf.", "a.pdf/", "a.pdf/.", "a.txt ", "a.ṗdf", "a", "x" * 300],
)
@pytest.mark.parametrize("content_type", ["application/pdf", None])
def test_other_names_are_refused(filename: str, content_type: str | None) -> None:
    """415, naming field, file and what is taken, however good the declared type."""
    error = refusal(upload(file_part(filename, content_type=content_type)))

    assert facts(error) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert error.error_detail.message == "The name of a file must end in .docx, .pdf, .rtf or .txt."
    assert error.error_detail.details == {
        "field": "files",
        "filename": filename[:200],
        "supported_extensions": [".docx", ".pdf", ".rtf", ".txt"],
    }


@pytest.mark.parametrize("part", ['name="files"; filename="a.pdf"', 'name="files"', 'name="other"'])
@pytest.mark.parametrize("declared", ["multipart/mixed; boundary=y", "Multipart/Form-Data", " multipart/x"])
def test_a_part_of_parts_is_refused(part: str, declared: str) -> None:
    """Files in it would pass unseen; the answer says how to send them instead."""
    headers = f"Content-Disposition: form-data; {part}\r\nContent-Type: {declared}"

    error = refusal(upload(raw_part(headers.encode()), file_part("a.txt")))

    assert facts(error) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert "a separate part" in error.error_detail.message


EMPTY_INPUT = file_part("", b"", content_type="application/octet-stream")


@pytest.mark.parametrize(
    "parts",
    [
        [file_part("a.txt"), EMPTY_INPUT],
        [EMPTY_INPUT, file_part("a.txt")],
        [file_part("a.txt"), file_part("", b"", content_type=None)],
        [file_part("a.txt"), file_part("", b"", name="picture")],
        [file_part("a.txt"), *[EMPTY_INPUT] * 90, file_part("b.txt"), file_part("c.txt")],
    ],
)
@pytest.mark.parametrize("size", SIZES)
def test_a_file_input_that_was_left_empty_is_ignored(parts: list[bytes], size: int) -> None:
    """Browsers send one without name and content; it is neither a file nor a fault, before, behind, of any name."""
    assert outcome(upload(*parts), size) == "passed"


def test_one_file_input_must_not_be_empty() -> None:
    """When all were left empty the field is named, as when none was sent."""
    error = refusal(upload(EMPTY_INPUT, EMPTY_INPUT))

    assert facts(error) == (400, "MISSING_REQUIRED_FIELD")
    assert error.error_detail.details == {"field": "files"}


@pytest.mark.parametrize("size", SIZES)
def test_a_file_without_a_name_is_400(size: int) -> None:
    """What has no name can't be judged by it; only nothing may come without one."""
    error = refusal(upload(file_part("", b"%PDF-1.7"), file_part("a.txt")), size)

    assert facts(error) == (400, "VALIDATION_ERROR")
    assert error.error_detail.message == "The field files contains a file without a name."


def test_too_many_parts_are_413() -> None:
    """Empty ones too: the File Service takes no more."""
    error = refusal(upload(*[EMPTY_INPUT] * 100))

    assert facts(error) == (413, "PAYLOAD_TOO_LARGE")
    assert error.error_detail.details == {"field": "parts", "limit_count": 100}


@pytest.mark.parametrize("size", SIZES)
def test_a_file_over_the_limit_is_413(size: int) -> None:
    """Naming the file and the limit; one byte less passes."""
    error = refusal(upload(file_part("big.txt", bytes(1001))), size)

    assert facts(error) == (413, "PAYLOAD_TOO_LARGE")
    assert error.error_detail.details == {"limit_bytes": 1000, "field": "files", "filename": "big.txt"}
    assert outcome(upload(file_part("big.txt", bytes(1000))), size) == "passed"


def test_a_request_over_the_limit_is_413() -> None:
    """Without an announced length it is noticed on the way."""
    error = refusal(upload(*[file_part("a.txt", bytes(900))] * 3) + bytes(20_000), 64)

    assert facts(error) == (413, "PAYLOAD_TOO_LARGE")
    assert error.error_detail.details == {"limit_bytes": 20_000}


def test_a_request_announced_over_the_limit_is_413_before_anything_is_read() -> None:
    """The announced length is enough."""
    with pytest.raises(HuleEduError) as raised:
        UploadInspection(CONTENT_TYPE, 20_001, RULES)

    assert facts(raised.value) == (413, "PAYLOAD_TOO_LARGE")


def test_too_many_files_are_413() -> None:
    """Naming field and limit."""
    error = refusal(upload(*[file_part("a.txt")] * 4))

    assert facts(error) == (413, "PAYLOAD_TOO_LARGE")
    assert error.error_detail.details == {"field": "files", "limit_count": 3}


def test_too_many_text_fields_are_413() -> None:
    """They can't be used to fill memory."""
    error = refusal(form(*[text_part(f"f{number}", "x") for number in range(5)]))

    assert facts(error) == (413, "PAYLOAD_TOO_LARGE")


def test_a_text_field_over_the_limit_is_413() -> None:
    """Nor can a long one."""
    error = refusal(form(text_part("batch_id", "x" * 101)), 10)

    assert facts(error) == (413, "PAYLOAD_TOO_LARGE")
    assert error.error_detail.details == {"limit_bytes": 100, "field": "batch_id"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (form(file_part("a.txt")), "batch_id"),
        (form(text_part("batch_id", " "), file_part("a.txt")), "batch_id"),
        (upload(), "files"),
        (END[2:], "batch_id"),
    ],
)
@pytest.mark.parametrize("size", SIZES)
def test_missing_fields_are_400(body: bytes, field: str, size: int) -> None:
    """The field is named."""
    error = refusal(body, size)

    assert facts(error) == (400, "MISSING_REQUIRED_FIELD")
    assert error.error_detail.details["field"] == field


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (form(text_part("batch_id", "b1"), text_part("batch_id", "b2"), file_part("a.txt")), "batch_id"),
        (upload(text_part("files", "not a file")), "files"),
        (upload(file_part("a.txt", name="other")), "other"),
        (form(raw_part(b'Content-Disposition: form-data; name="batch_id"', b"\xff"), file_part("a.txt")), "batch_id"),
    ],
)
def test_fields_that_may_not_come_like_that_are_400(body: bytes, field: str) -> None:
    """Twice, without a file, with one, or not as text."""
    error = refusal(body)

    assert facts(error) == (400, "VALIDATION_ERROR")
    assert error.error_detail.details["field"] == field


@pytest.mark.parametrize(
    "content_type", [None, "", "application/json", "multipart/mixed; boundary=x", "text/plain; boundary=x"]
)
def test_another_type_is_415(content_type: str | None) -> None:
    """And the one that is taken is named."""
    error = refusal(b"", content_type=content_type)

    assert facts(error) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert error.headers["Accept"] == "multipart/form-data"


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=a; boundary=b",
        "multipart/form-data; boundary=a; Boundary*=UTF-8''b",
        "multipart/form-data; boundary*=UTF-8''a",
        f"multipart/form-data; boundary={'x' * 71}",
        "multipart/form-data; boundary=a-",
    ],
)
def test_an_unsound_boundary_is_400(content_type: str) -> None:
    """Missing, told twice, too long, ambiguous."""
    assert facts(refusal(b"", content_type=content_type)) == (400, "PARSING_ERROR")


def test_a_quoted_boundary_is_understood() -> None:
    """As RFC 2046 recommends."""
    body = upload(file_part("a.txt"))

    assert outcome(body, content_type=f'multipart/form-data; charset=utf-8; boundary="{BOUNDARY}"') == "passed"


async def streamed(chunks: Iterable[bytes]) -> AsyncIterator[bytes]:
    """Yield ``chunks``."""
    for chunk in chunks:
        yield chunk


@pytest.mark.parametrize("size", SIZES)
async def test_a_good_body_is_handed_on_unchanged(size: int) -> None:
    """Byte for byte."""
    body = upload(file_part("a.txt", b"\r\n--almost\r\n"), file_part("b.txt"))
    inspection = UploadInspection(CONTENT_TYPE, len(body), RULES)

    passed = [chunk async for chunk in InspectedBody(streamed(pieces(body, size)), inspection)]

    assert b"".join(passed) == body


@pytest.mark.parametrize("body", [form(file_part("a.txt")), upload(), upload(file_part("a.txt"))[:-4], b""])
@pytest.mark.parametrize("size", SIZES)
async def test_a_refused_body_is_never_handed_on_whole(body: bytes, size: int) -> None:
    """What the upstream gets lacks the end, also where only the end shows that something is missing."""
    inspected = InspectedBody(streamed(pieces(body, size)), UploadInspection(CONTENT_TYPE, None, RULES))
    passed = bytearray()

    async def pass_on() -> None:
        async for chunk in inspected:
            passed.extend(chunk)

    with pytest.raises(HuleEduError):
        await pass_on()

    assert not passed.endswith(DELIMITER + b"--")
    assert len(passed) < max(1, len(body))
