"""Multipart that is unsound, or read otherwise by others, however it is cut into pieces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.inspection import RULES, SIZES, facts, outcome, refusal
from tests.support.multipart_bodies import (
    BOUNDARY,
    DELIMITER,
    END,
    file_part,
    raw_part,
    text_part,
    upload,
)
from tests.support.wsgi_forms import parse_with_werkzeug

SHORT = "X"


SHORT_TYPE = f"multipart/form-data; boundary={SHORT}"


EXE = file_part("evil.exe", b"MZ")[len(DELIMITER) + 2 :]


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


@pytest.mark.parametrize(
    ("disposition", "fault", "cure"),
    [
        ("filename*=UTF-8''%C3%A5.txt", "filename*", "as filename, in UTF-8"),
        ("filename=\"a.txt\"; Filename*=UTF-8''b.txt", "filename*", "as filename, in UTF-8"),
        ('filename="a\\"b\\".txt"', '\\"', "%22"),
    ],
)
def test_what_other_clients_than_browsers_send_is_refused_with_its_cure(
    disposition: str, fault: str, cure: str
) -> None:
    """Parsers differ about both; who wrote the client reads what to send instead."""
    part = raw_part(f'Content-Disposition: form-data; name="files"; {disposition}'.encode())

    error = refusal(upload(part))

    assert facts(error) == (400, "PARSING_ERROR")
    assert fault in error.error_detail.message
    assert cure in error.error_detail.message


def test_a_double_quote_as_browsers_send_it_passes() -> None:
    """The cure is one."""
    assert outcome(upload(file_part("a%22b%22.txt"), file_part("å.txt"))) == "passed"


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

    texts, files = parse_with_werkzeug(body, SHORT_TYPE)

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
