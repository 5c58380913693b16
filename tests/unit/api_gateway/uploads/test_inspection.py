"""What an upload may hold, and how it is refused, however it is cut into pieces."""

from collections.abc import AsyncIterator, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_gateway.uploads.inspection import InspectedBody, UploadInspection
from api_gateway.uploads.rules import UploadRules
from common.errors.exceptions import HuleEduError
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
from tests.support.wsgi_forms import parsed_by_werkzeug

RULES = UploadRules(
    required_fields=frozenset({"batch_id"}),
    max_file_bytes=1000,
    max_request_bytes=20_000,
    max_files=3,
    max_text_fields=4,
    max_text_bytes=100,
)
SHORT = "X"
SHORT_TYPE = f"multipart/form-data; boundary={SHORT}"
SIZES = [1, 7, 64, 1_000_000]
EXE = file_part("evil.exe", b"MZ")[len(DELIMITER) + 2 :]


def inspect(body: bytes, size: int = 1_000_000, *, content_type: str | None = CONTENT_TYPE) -> None:
    """Let ``body`` be inspected in pieces of ``size``."""
    inspection = UploadInspection(content_type, None, RULES)
    for piece in pieces(body, size):
        inspection.receive(piece)
    inspection.finish()


def outcome(body: bytes, size: int = 1_000_000, *, content_type: str | None = CONTENT_TYPE) -> str:
    """Return whether ``body`` passes."""
    try:
        inspect(body, size, content_type=content_type)
    except HuleEduError:
        return "refused"
    return "passed"


def refusal(body: bytes, size: int = 1_000_000, *, content_type: str | None = CONTENT_TYPE) -> HuleEduError:
    """Return why ``body`` is refused."""
    with pytest.raises(HuleEduError) as raised:
        inspect(body, size, content_type=content_type)
    return raised.value


def facts(error: HuleEduError) -> tuple[int, str]:
    """Return status and code."""
    return error.status_code, str(error.error_code)


@pytest.mark.parametrize("size", SIZES)
def test_a_good_upload_passes(size: int) -> None:
    """Several files and a text field, in any pieces."""
    body = upload(file_part("a.txt"), file_part("Å.PDF", b"%PDF-1.7", content_type="application/pdf"))

    assert outcome(body, size) == "passed"


@pytest.mark.parametrize(
    ("filename", "content_type"),
    [
        ("a.pdf", "application/pdf"),
        ("a.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("a.txt", "text/plain; charset=utf-8"),
        ("a.rtf", "application/rtf"),
        ("a.rtf", "text/rtf"),
        ("a.rtf", "application/msword"),
        ("a.docx", "application/octet-stream"),
        ("a.pdf", None),
        ("A.PDF", "APPLICATION/PDF"),
        ("uppsats.v2.txt", "text/plain"),
        ("a; filename=b.exe.txt", "text/plain"),
        ("100%.txt", "text/plain"),
        ("..\\x.txt", "text/plain"),
    ],
)
def test_types_that_are_taken(filename: str, content_type: str | None) -> None:
    """The extension decides, and the declared type must fit it or say nothing."""
    assert outcome(upload(file_part(filename, content_type=content_type))) == "passed"


@pytest.mark.parametrize(
    ("filename", "content_type"),
    [
        ("a.exe", "application/pdf"),
        ("a.pdf", "text/html"),
        ("a.txt", "application/pdf"),
        ("a.doc", "application/msword"),
        ("a.pdf.exe", "application/octet-stream"),
        ("pdf", "application/pdf"),
        (".pdf", "application/pdf"),
        ("", "application/octet-stream"),
    ],
)
def test_types_that_are_refused(filename: str, content_type: str) -> None:
    """415, naming field, file and what is taken."""
    error = refusal(upload(file_part(filename, content_type=content_type)))

    assert facts(error) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert error.error_detail.details["field"] == "files"
    assert error.error_detail.details["filename"] == filename
    assert error.error_detail.details["declared_type"] == content_type
    assert error.error_detail.details["supported_extensions"] == [".docx", ".pdf", ".rtf", ".txt"]


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


DISPOSITION = b'Content-Disposition: form-data; name="files"; filename="a.txt"'
MALFORMED = {
    "empty": b"",
    "not multipart": b"just some text",
    "cut in a header": upload(file_part("a.txt"))[:150],
    "cut in a file": upload(file_part("a.txt"))[: -len(END) - 2],
    "cut in the last delimiter": upload(file_part("a.txt"))[:-4],
    "without the last delimiter": upload(file_part("a.txt"))[: -len(END)] + b"\r\n" + DELIMITER,
    "delimiter after a bare line feed": upload(file_part("a.txt", b"x\n" + DELIMITER + b"\r\n" + EXE)),
    "delimiter after a bare carriage return": upload(file_part("a.txt", b"x\r" + DELIMITER + b"\r\n" + EXE)),
    "delimiter before a bare line feed": upload(file_part("a.txt", b"x\r\n" + DELIMITER + b"\n" + EXE)),
    "delimiter with spaces": upload(file_part("a.txt", b"x\r\n" + DELIMITER + b"  \r\n" + EXE)),
    "delimiter with many spaces": upload(file_part("a.txt", b"x\r\n" + DELIMITER + b" " * 300 + b"\r\n" + EXE)),
    "delimiter inside a line": upload(file_part("a.txt", b"x " + DELIMITER)),
    "delimiter as a prefix": upload(file_part("a.txt", b"x\r\n" + DELIMITER + b"0\r\n")),
    "delimiter in a header": upload(raw_part(DISPOSITION + b"\r\nX-A: " + DELIMITER)),
    "a part after the end": upload(file_part("a.txt")) + DELIMITER + b"\r\n" + EXE + END,
    "preamble": b"This is multipart.\r\n" + upload(file_part("a.txt")),
    "preamble without a line break": b"This is multipart." + upload(file_part("a.txt")),
    "a part before the beginning": b"x" + DELIMITER + b"\r\n" + EXE + b"\r\n" + upload(file_part("a.txt")),
    "header lines of bare line feeds": upload(raw_part(DISPOSITION + b"\nX-A: 1")),
    "header lines of bare carriage returns": upload(raw_part(DISPOSITION + b"\rX-A: 1")),
    "carriage return in a header's name": upload(raw_part(DISPOSITION.replace(b":", b"\r:"))),
    "space before the colon": upload(raw_part(DISPOSITION.replace(b":", b" :"))),
    "no-break space before the colon": upload(raw_part(DISPOSITION.replace(b":", b"\xc2\xa0:"))),
    "folded header": upload(raw_part(DISPOSITION.replace(b"; file", b";\r\n file"))),
    "null in a header": upload(raw_part(DISPOSITION + b"\r\nX-A: \x00")),
    "two dispositions": upload(raw_part(DISPOSITION + b'\r\ncontent-disposition: form-data; name="x"')),
    "two types": upload(raw_part(DISPOSITION + b"\r\nContent-Type: text/plain\r\nContent-type: text/html")),
    "two filenames": upload(raw_part(DISPOSITION + b'; filename="b.exe"')),
    "filename*": upload(raw_part(DISPOSITION + b"; filename*=UTF-8''b.exe")),
    "unfinished quotes": upload(raw_part(b'Content-Disposition: form-data; name="files"; filename="a.txt')),
    "escaped quote": upload(raw_part(b'Content-Disposition: form-data; name="files"; filename="a.exe\\".txt"')),
    "unknown parameter": upload(raw_part(DISPOSITION + b"; size=1")),
    "no name": upload(raw_part(b'Content-Disposition: form-data; filename="a.txt"')),
    "no disposition": upload(raw_part(b"Content-Type: text/plain")),
    "another disposition": upload(raw_part(b'Content-Disposition: attachment; name="files"; filename="a.txt"')),
    "no colon": upload(raw_part(DISPOSITION + b"\r\nX-A")),
    "no header at all": upload(DELIMITER + b"\r\n\r\nx"),
    "header name with a space": upload(raw_part(DISPOSITION + b"\r\nX A: 1")),
    "headers not UTF-8": upload(raw_part(b'Content-Disposition: form-data; name="files"; filename="\xe5.txt"')),
    "transfer encoding": upload(raw_part(DISPOSITION + b"\r\nContent-Transfer-Encoding: base64")),
    "wrong length of a part": upload(raw_part(DISPOSITION + b"\r\nContent-Length: 500")),
    "long header": upload(raw_part(DISPOSITION + b"\r\nX-A: " + b"x" * 5000)),
    "endless header": DELIMITER + b"\r\n" + b"x" * 10_000,
    "many headers": upload(raw_part(DISPOSITION + b"".join(b"\r\nX-%d: 1" % number for number in range(20)))),
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
def test_what_is_not_sound_multipart_is_400(body: bytes, size: int) -> None:
    """Broken bodies, and those in which different parsers would find different parts."""
    assert facts(refusal(body, size)) == (400, "PARSING_ERROR")


@pytest.mark.parametrize("size", SIZES)
def test_an_epilogue_and_a_line_break_in_front_are_harmless(size: int) -> None:
    """RFC 2046 allows both, and they hold no parts."""
    assert outcome(b"\r\n" + upload(file_part("a.txt")) + b"Bye.\r\n", size) == "passed"


FRAGMENTS = st.sampled_from(
    [
        DELIMITER,
        b"--",
        b"\r\n",
        b"\n",
        b"\r",
        b"x",
        b" ",
        b"\r\n" + DELIMITER,
        b"\r\n-",
        b"y" * 40,
        b'Content-Disposition: form-data; name="files"; filename="a.txt"\r\n',
        b'Content-Disposition: form-data; name="batch_id"\r\n',
        b"Content-Type: text/plain\r\n",
        b"\r\n\r\n",
        EXE,
        END,
        file_part("a.txt"),
        text_part("batch_id", "b1"),
    ]
)


@given(
    inserted=st.lists(FRAGMENTS, max_size=4), at=st.integers(0, 400), cut=st.integers(0, 30), size=st.integers(1, 99)
)
def test_other_parsers_find_nothing_against_the_rules(inserted: list[bytes], at: int, cut: int, size: int) -> None:
    """Whatever passes, werkzeug, which the platform's services use, finds in it only what the rules allow."""
    good = upload(file_part("a.txt"), file_part("b.txt", b"\r\n--" + b"x" * 50))
    body = short_boundary(good[:at] + b"".join(inserted) + good[at + cut :])
    if outcome(body, size, content_type=SHORT_TYPE) == "refused":
        return

    texts, files = parsed_by_werkzeug(body, SHORT_TYPE)

    assert [text.strip() != "" for name, text in texts if name == "batch_id"] == [True]
    assert len(texts) == len(dict(texts)) <= RULES.max_text_fields
    assert 1 <= len(files) <= RULES.max_files
    assert {name for name, _, _ in files} == {"files"}
    assert all(filename.endswith(".txt") and len(content) <= 1000 for _, filename, content in files)


@given(inserted=st.lists(FRAGMENTS, max_size=4), at=st.integers(0, 400), size=st.integers(1, 99))
def test_the_outcome_does_not_depend_on_the_pieces(inserted: list[bytes], at: int, size: int) -> None:
    """The same body is refused or passes however it arrives."""
    good = upload(file_part("a.txt"))
    body = short_boundary(good[:at] + b"".join(inserted) + good[at:])

    assert outcome(body, size, content_type=SHORT_TYPE) == outcome(body, content_type=SHORT_TYPE)


def short_boundary(body: bytes) -> bytes:
    """Return ``body`` with a boundary of one letter, so that small pieces hold nothing of it."""
    return body.replace(BOUNDARY.encode(), SHORT.encode())


@pytest.mark.parametrize("size", [1, 7, 64, 99, 100, 101, 1000])
@pytest.mark.parametrize("length_told", [True, False])
def test_content_is_counted_whether_the_parser_sees_it_or_not(*, size: int, length_told: bool) -> None:
    """Pieces that hold nothing but content are counted without it, to the byte."""
    told = b"\r\nContent-Length: 1000" if length_told else b""
    within = upload(raw_part(DISPOSITION + told, b"x" * 1000))
    beyond = upload(raw_part(DISPOSITION, b"x" * 1001))

    assert outcome(short_boundary(within), size, content_type=SHORT_TYPE) == "passed"
    assert facts(refusal(short_boundary(beyond), size, content_type=SHORT_TYPE)) == (413, "PAYLOAD_TOO_LARGE")


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
