"""Lines of a head: where they end, what a name may hold, what a request line is."""

from tests.support.smuggling.cases import (
    LOGIN,
    PREFIX,
    Case,
    Verdict,
    answered,
    by_name,
    or_refused,
    passed,
    post,
    refused,
    request,
)

_LENGTH = b"Content-Length: 5"
_ATTACK = f"{PREFIX}/attack".encode()
_END = b"\r\nHost: edge\r\n" + LOGIN + b"\r\n\r\n"

_LINES = {
    "no colon": b"X",
    "no name": b": x",
    "a blank for a name": b" : x",
    "NUL in a value": b"X: a\x00b",
    "a control character in a value": b"X: a\x01b",
    "escape in a value": b"X: a\x1bb",
    "DEL in a value": b"X: a\x7fb",
    "vertical tab in a value": b"X: a\x0bb",
    "CR in a value": b"X: a\rb",
    "CR at the end of a value": b"X: a\r",
    "two CR before LF": b"X: a\r\r\nY: b",
    "CR and a header": b"X: a\rX-User-ID: other",
    "fold by a blank": b"X: a\r\n b",
    "fold by a tab": b"X: a\r\n\tb",
    "fold of nothing": b"X: a\r\n \r\nY: b",
    "LF in a value": b"X: a\nb",
    "LF hides a length": b"X: a\nContent-Length: 0",
    "LF hides a coding": b"X: a\nTransfer-Encoding: chunked",
    "LF and CR": b"X: a\n\rY: b",
}

_NOT_IN_A_NAME = b'()<>@,;:\\"/[]?={} \t\x00\x01\x0b\x0c\x1f\x7f\x80\xa0\xe5\xff'.replace(b":", b"")
_IN_A_NAME = b"!#$%&'*+-.^_`|~09AZaz"

_REQUEST_LINES = {
    "two blanks before the target": b"GET  @ATTACK@ HTTP/1.1",
    "two blanks before the version": b"GET @ATTACK@  HTTP/1.1",
    "tabs": b"GET\t@ATTACK@\tHTTP/1.1",
    "a tab before the version": b"GET @ATTACK@\tHTTP/1.1",
    "vertical tab before the version": b"GET @ATTACK@\x0bHTTP/1.1",
    "a blank in front": b" GET @ATTACK@ HTTP/1.1",
    "a tab in front": b"\tGET @ATTACK@ HTTP/1.1",
    "a blank behind": b"GET @ATTACK@ HTTP/1.1 ",
    "a word behind": b"GET @ATTACK@ HTTP/1.1 x",
    "a blank in the target": b"GET @ATTACK@ here HTTP/1.1",
    "two versions": b"GET @ATTACK@ HTTP/1.1 HTTP/1.1",
    "no version": b"GET @ATTACK@",
    "HTTP/0.9": b"GET @ATTACK@ HTTP/0.9",
    "HTTP/1.2": b"GET @ATTACK@ HTTP/1.2",
    "HTTP/1.10": b"GET @ATTACK@ HTTP/1.10",
    "HTTP/1": b"GET @ATTACK@ HTTP/1",
    "HTTP/01.1": b"GET @ATTACK@ HTTP/01.1",
    "HTTP/1,1": b"GET @ATTACK@ HTTP/1,1",
    "HTTP/2.0": b"GET @ATTACK@ HTTP/2.0",
    "HTTP/3.9": b"GET @ATTACK@ HTTP/3.9",
    "HTTP / 1.1": b"GET @ATTACK@ HTTP / 1.1",
    "http/1.1": b"GET @ATTACK@ http/1.1",
    "HTTPS/1.1": b"GET @ATTACK@ HTTPS/1.1",
    "RTSP/1.0": b"GET @ATTACK@ RTSP/1.0",
    "ICE/1.0": b"SOURCE @ATTACK@ ICE/1.0",
    "no method": b"@ATTACK@ HTTP/1.1",
    "a method in lower case": b"get @ATTACK@ HTTP/1.1",
    "a method in mixed case": b"Get @ATTACK@ HTTP/1.1",
    "NUL in the method": b"GE\x00T @ATTACK@ HTTP/1.1",
    "a colon in the method": b"GET: @ATTACK@ HTTP/1.1",
    "bytes beyond ASCII in the method": b"G\xc9T @ATTACK@ HTTP/1.1",
    "CR in the line": b"GET @ATTACK@\r HTTP/1.1",
    "CR behind the line": b"GET @ATTACK@ HTTP/1.1\r",
    "CR in front": b"\rGET @ATTACK@ HTTP/1.1",
    "NUL in front": b"\x00GET @ATTACK@ HTTP/1.1",
    "vertical tab in front": b"\x0bGET @ATTACK@ HTTP/1.1",
    "a mark of byte order in front": b"\xef\xbb\xbfGET @ATTACK@ HTTP/1.1",
    "a header for a line": b"Host: edge",
    "a blank line of blanks in front": b"  \r\nGET @ATTACK@ HTTP/1.1",
}

_REPLACED = {
    "LF alone everywhere": (b"\r\n", b"\n"),
    "LF alone at its end": (b"\r\n\r\n", b"\r\n\n"),
    "two LF at its end": (b"\r\n\r\n", b"\n\n"),
    "LF alone behind the request line": (b"HTTP/1.1\r\n", b"HTTP/1.1\n"),
}
"""LF alone for the end of a line, which HTTP lets a reader take (RFC 9112 section 2.2)."""


HEADS: dict[str, Case] = by_name(
    [
        *(refused(f"head: {name}", request(_LENGTH, line, body=b"hello")) for name, line in _LINES.items()),
        *(
            refused(f"head: {character:#04x} in a name", request(b"X%c: y" % character, _LENGTH, body=b"hello"))
            for character in _NOT_IN_A_NAME
        ),
        *(
            passed(f"head: {chr(character)} in a name", request(b"X%cA: y" % character, _LENGTH, body=b"hello"), post())
            for character in _IN_A_NAME
        ),
        *(refused(f"line: {name}", line.replace(b"@ATTACK@", _ATTACK) + _END) for name, line in _REQUEST_LINES.items()),
        refused("head: a blank line of blanks", request(_LENGTH).replace(b"\r\n\r\n", b"\r\n \r\n\r\n") + b"hello"),
        refused("head: CR alone everywhere", request(_LENGTH).replace(b"\r\n", b"\r") + b"hello"),
        refused("head: too large", request(b"X: " + b"x" * 40_000), 431),
        refused("head: endless", request(b"X: " + b"x" * 200_000), 431),
        refused("head: too many lines", request(*[b"X-%d: y" % number for number in range(4_000)]), 431),
        passed("head: a tab in a value", request(b"X: a\tb", _LENGTH, body=b"hello"), post()),
        passed("head: an empty value", request(b"X:", _LENGTH, body=b"hello"), post()),
        passed("head: UTF-8 in a value", request(b"X: \xc3\xa5", _LENGTH, body=b"hello"), post()),
        passed("line: an empty one in front", b"\r\n" + request(_LENGTH, body=b"hello"), post()),
        passed("line: three empty ones in front", b"\r\n\r\n\r\n" + request(_LENGTH, body=b"hello"), post()),
        or_refused(passed("head: LF ends a line", request(_LENGTH, b"X: a\nY: b", body=b"hello"), post())),
        *(
            or_refused(passed(f"head: {name}", request(_LENGTH).replace(*change) + b"hello", post()))
            for name, change in _REPLACED.items()
        ),
        or_refused(
            Case(
                name="head: LF hides its end",
                sent=request(_LENGTH, b"X: a\n\nGET /v1/classes/x HTTP/1.1"),
                verdicts=(Verdict((200, 400), (post(b"GET /"),)),),
            )
        ),
        answered("head: a value that isn't UTF-8", request(b"X: \xe5"), 400),
        *(
            or_refused(answered(f"line: {name.decode()}", request(method=name), 405))
            for name in (b"TRACE", b"BREW", b"PROPFIND", b"M-SEARCH")
        ),
        or_refused(passed("line: an empty one of LF in front", b"\n" + request(), post(b""))),
    ]
)
