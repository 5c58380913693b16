"""Where Content-Length says that a body ends."""

from tests.support.smuggling.cases import (
    BODY,
    SMUGGLED,
    TARGET,
    Case,
    Forwarded,
    by_name,
    passed,
    post,
    refused,
    request,
    unanswered,
)

_READ_AS_FIVE = {
    "five": b"Content-Length: 5",
    "without a blank": b"Content-Length:5",
    "blanks around": b"Content-Length: \t 5 \t",
    "a leading zero": b"Content-Length: 05",
    "leading zeros": b"Content-Length: 0000000005",
    "lower case": b"content-length: 5",
    "mixed case": b"cOnTeNt-LeNgTh: 5",
}

_UNREADABLE = {
    "empty": b"Content-Length:",
    "blank": b"Content-Length:  ",
    "a plus": b"Content-Length: +5",
    "a minus": b"Content-Length: -5",
    "minus zero": b"Content-Length: -0",
    "two numbers": b"Content-Length: 5 5",
    "a list of two": b"Content-Length: 5, 6",
    "a list that begins with nothing": b"Content-Length: ,5",
    "a list that ends with nothing": b"Content-Length: 5,",
    "hexadecimal": b"Content-Length: 0x5",
    "octal": b"Content-Length: 0o5",
    "a hexadecimal digit": b"Content-Length: a",
    "a decimal": b"Content-Length: 5.0",
    "an exponent": b"Content-Length: 5e0",
    "an underscore": b"Content-Length: 0_5",
    "a parameter": b"Content-Length: 5;a=b",
    "quoted": b'Content-Length: "5"',
    "a unit": b"Content-Length: 5 bytes",
    "NUL behind": b"Content-Length: 5\x00",
    "NUL in front": b"Content-Length: \x005",
    "vertical tab in front": b"Content-Length: \x0b5",
    "vertical tab behind": b"Content-Length: 5\x0b",
    "form feed behind": b"Content-Length: 5\x0c",
    "CR behind": b"Content-Length: 5\r",
    "CR in front": b"Content-Length: \r5",
    "no-break space": b"Content-Length: 5\xa0",
    "full-width five": b"Content-Length: \xef\xbc\x95",
    "Arabic five": b"Content-Length: \xd9\xa5",
    "superscript five": b"Content-Length: \xb2",
    "two that differ": b"Content-Length: 5\r\nContent-Length: 0",
    "two that differ, swapped": b"Content-Length: 0\r\nContent-Length: 5",
    "two that differ in spelling": b"Content-Length: 5\r\nContent-Length: 05",
    "two, one empty": b"Content-Length: 5\r\nContent-Length:",
    "two, one with a sign": b"Content-Length: 5\r\nContent-Length: +5",
    "two in two cases": b"Content-Length: 5\r\ncontent-length: 0",
    "three, the last differs": b"Content-Length: 5\r\nContent-Length: 5\r\nContent-Length: 6",
    "beyond every number": b"Content-Length: " + b"9" * 4_400,
    "a fold before": b"Content-Length:\r\n 5",
    "a fold of nothing": b"Content-Length: 5\r\n\t",
    "folded into another header": b"X: y\r\n Content-Length: 5",
    "a fold behind": b"Content-Length: 5\r\n 0",
    "a blank before the colon": b"Content-Length : 5",
    "a tab before the colon": b"Content-Length\t: 5",
    "NUL before the colon": b"Content-Length\x00: 5",
    "CR before the colon": b"Content-Length\r: 5",
    "LF before the colon": b"Content-Length\n: 5",
    "vertical tab before the colon": b"Content-Length\x0b: 5",
    "a no-break space before the colon": b"Content-Length\xa0: 5",
    "NUL in front of the name": b"\x00Content-Length: 5",
    "without a colon": b"Content-Length 5",
    "without a value": b"Content-Length",
}

_TOO_MUCH = {
    "100 GB": b"Content-Length: 100000000000",
    "2^31 + 5": b"Content-Length: 2147483653",
    "2^32 + 5": b"Content-Length: 4294967301",
    "2^63 + 5": b"Content-Length: 9223372036854775813",
    "2^64 + 5": b"Content-Length: 18446744073709551621",
}

_NOT_THE_LENGTH = {
    "underscore": b"Content_Length: 5",
    "dot": b"Content.Length: 5",
    "no hyphen": b"ContentLength: 5",
    "a prefix": b"X-Content-Length: 5",
    "a suffix": b"Content-Length-X: 5",
    "an apostrophe": b"Content-Length': 5",
    "plus": b"Content+Length: 5",
}
"""Other headers: the request has no body, and what follows is the next one, for every reader."""


LENGTHS: dict[str, Case] = by_name(
    [
        *(passed(f"length: {name}", request(line, body=BODY), post()) for name, line in _READ_AS_FIVE.items()),
        *(refused(f"length: {name}", request(line, body=BODY)) for name, line in _UNREADABLE.items()),
        *(refused(f"length: {name}", request(line, body=BODY), 413, 400) for name, line in _TOO_MUCH.items()),
        *(
            passed(
                f"not the length: {name}",
                request(line, b"Content-Length: 0") + request(line, method=b"GET"),
                post(b""),
                Forwarded("GET", TARGET),
            )
            for name, line in _NOT_THE_LENGTH.items()
        ),
        passed("length: none", request(), post(b"")),
        passed("length: zero", request(b"Content-Length: 0"), post(b"")),
        passed(
            "length: a GET's body",
            request(b"Content-Length: 5", method=b"GET", body=BODY),
            Forwarded("GET", TARGET, BODY),
        ),
        passed(
            "length: a DELETE's body",
            request(b"Content-Length: 5", method=b"DELETE", body=BODY),
            Forwarded("DELETE", TARGET, BODY),
        ),
        passed(
            "length: a whole request is a body",
            request(b"Content-Length: @LENGTH@", body=SMUGGLED),
            post(SMUGGLED),
        ),
        unanswered("length: the body breaks off", request(b"Content-Length: 50", body=BODY)),
        unanswered(
            "length: the body swallows the next request", request(b"Content-Length: 5000", body=BODY), alone=False
        ),
        refused(
            "length: a blank in front, on the first line",
            request().replace(b"HTTP/1.1\r\n", b"HTTP/1.1\r\n Content-Length: 5\r\n") + BODY,
        ),
    ]
)
