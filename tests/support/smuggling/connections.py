"""What becomes of a connection: pipelined requests, answers before a body's end, Expect, upgrades, HTTP/1.0."""

from dataclasses import replace

from tests.support.smuggling.cases import (
    BODY,
    LOGIN,
    SMUGGLED,
    TARGET,
    Case,
    Forwarded,
    Verdict,
    answered,
    by_name,
    or_ended,
    or_refused,
    passed,
    passed_last,
    post,
    refused,
    request,
    unanswered,
)

_LENGTH = b"Content-Length: 5"
_HIDING = b"Content-Length: @LENGTH@"
_CODING = b"Transfer-Encoding: chunked"
_SOUND = request(_LENGTH, body=BODY)
_STRANGER = f"POST {TARGET} HTTP/1.1\r\nHost: edge\r\n".encode()
_KEY = b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
_UPGRADE = b"Connection: Upgrade\r\nUpgrade: websocket"
_GET = Forwarded("GET", TARGET)

_HOP = {
    "Content-Length": b"Connection: Content-Length",
    "Transfer-Encoding": b"Connection: Transfer-Encoding",
    "Host": b"Connection: Host",
    "X-User-ID": b"Connection: X-User-ID",
    "X-Correlation-ID": b"Connection: X-Correlation-ID",
    "Content-Type": b"Connection: Content-Type, keep-alive",
    "Authorization": b"Connection: Authorization",
}
"""Headers that the caller declares to be for one hop: what the gateway itself sets stays."""

_NO_UPGRADE = {
    "h2c": b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__",
    "TLS": b"Connection: Upgrade\r\nUpgrade: TLS/1.0",
    "an unheard-of protocol": b"Connection: Upgrade\r\nUpgrade: cow",
    "websocket without Connection": b"Upgrade: websocket\r\n" + _KEY,
    "Connection without a protocol": b"Connection: Upgrade\r\n" + _KEY,
}


CONNECTIONS: dict[str, Case] = by_name(
    [
        passed("pipeline: five", _SOUND * 5, *[post()] * 5),
        passed(
            "pipeline: lengths and chunks",
            _SOUND + request(_CODING, body=b"5\r\nhello\r\n0\r\n\r\n") + _SOUND,
            *[post()] * 3,
        ),
        passed("pipeline: empty lines between", _SOUND + b"\r\n" + _SOUND + b"\r\n\r\n", *[post()] * 2),
        *(
            Case(
                name=f"pipeline: behind {name}",
                sent=_SOUND + bad + _SOUND,
                verdicts=(Verdict((200, status), (post(),)),),
                cut=True,
            )
            for name, bad, status in (
                ("garbage", b"GARBAGE\r\n\r\n", 400),
                ("two lengths", request(_LENGTH, b"Content-Length: 6", body=BODY), 400),
                ("a length and a coding", request(_LENGTH, _CODING, body=BODY), 400),
                ("an unknown coding", request(b"Transfer-Encoding: gzip", body=BODY), 501),
                ("a bad header", request(b"X : y"), 400),
                ("a bad chunk", request(_CODING, body=b"zz\r\n"), 400),
                ("a large head", request(b"X: " + b"x" * 40_000), 431),
                ("too large a body", request(b"Content-Length: 100000000000"), 413),
                ("an unknown expectation", request(b"Expect: tea", _LENGTH, body=BODY), 417),
            )
        ),
        answered("answered early: no token", _STRANGER + b"\r\n", 401),
        answered("answered early: a route that isn't there", request(target=b"/v1/nothing"), 404),
        *(
            or_ended(answered(f"answered early: {name}", sent, status))
            for name, sent, status in (
                ("OPTIONS with a body", request(_LENGTH, method=b"OPTIONS", body=BODY), 204),
                ("no token, a body", _STRANGER + _HIDING + b"\r\n\r\n" + SMUGGLED, 401),
                ("no route, a body", request(_HIDING, target=b"/v1/nothing", body=SMUGGLED), 404),
                ("no method, a body", request(_HIDING, method=b"TRACE", body=SMUGGLED), 405),
                (
                    "no token, chunks",
                    _STRANGER + _CODING + b"\r\n\r\n@SIZE@\r\n" + SMUGGLED + b"\r\n0\r\n\r\n",
                    401,
                ),
            )
        ),
        refused("answered early: too large a body", request(b"Content-Length: 100000000000", body=SMUGGLED), 413),
        refused(
            "answered early: an expectation",
            request(b"Expect: 100-continue", b"Content-Length: 100000000000", body=SMUGGLED),
            413,
        ),
        passed("expect: 100-continue", request(b"Expect: 100-continue", _LENGTH, body=BODY), post()),
        passed("expect: 100-Continue", request(b"Expect: 100-Continue", _LENGTH, body=BODY), post()),
        passed("expect: chunks", request(b"Expect: 100-continue", _CODING, body=b"5\r\nhello\r\n0\r\n\r\n"), post()),
        or_ended(passed("expect: no body", request(b"Expect: 100-continue"), post(b""))),
        or_ended(passed("expect: GET", request(b"Expect: 100-continue", method=b"GET"), _GET)),
        refused("expect: anything else", request(b"Expect: tea", _LENGTH, body=BODY), 417),
        refused("expect: a list", request(b"Expect: 100-continue, tea", _LENGTH, body=BODY), 417),
        refused("expect: twice, one unknown", request(b"Expect: 100-continue\r\nExpect: tea", body=BODY), 417),
        refused("expect: y 100-continue", request(b"Expect: y 100-continue", _LENGTH, body=BODY), 417),
        passed_last("close: nothing is read behind", request(b"Connection: close", _LENGTH, body=BODY), post()),
        passed_last("close: among others", request(b"Connection: x, Close", _LENGTH, body=BODY), post()),
        passed_last("close: a second line", request(b"Connection: keep-alive\r\nConnection: close"), post(b"")),
        passed_last(
            "close: garbage behind", request(b"Connection: close", _LENGTH, body=BODY) + b"\x00\xff\r\n\r\n", post()
        ),
        or_ended(
            passed(
                "close: not in HTTP/1.0 kept alive",
                request(b"Connection: keep-alive", _LENGTH, version=b"HTTP/1.0", body=BODY),
                post(),
            )
        ),
        passed_last("HTTP/1.0", request(_LENGTH, version=b"HTTP/1.0", body=BODY), post()),
        passed_last("HTTP/1.0: no length", request(version=b"HTTP/1.0", body=b""), post(b"")),
        passed_last("HTTP/1.0: an upgrade", request(_UPGRADE, _KEY, method=b"GET", version=b"HTTP/1.0"), _GET),
        *(passed(f"hop: {name}", request(line, _LENGTH, body=BODY), post()) for name, line in _HOP.items()),
        passed("hop: Proxy-Connection", request(b"Proxy-Connection: close", _LENGTH, body=BODY), post()),
        passed("hop: Keep-Alive", request(b"Keep-Alive: timeout=1, max=1", _LENGTH, body=BODY), post()),
        *(
            passed(f"upgrade: {name}", request(lines, _LENGTH, body=BODY), post())
            for name, lines in _NO_UPGRADE.items()
        ),
        refused("upgrade: websocket on a route that has none", request(_UPGRADE, _KEY, method=b"GET"), 404, 400),
        refused(
            "upgrade: websocket of another version",
            request(_UPGRADE, _KEY.replace(b"13", b"777"), method=b"GET"),
            426,
        ),
        refused("upgrade: websocket without a key", request(_UPGRADE, b"Sec-WebSocket-Version: 13", method=b"GET")),
        or_refused(passed("upgrade: websocket by POST", request(_UPGRADE, _KEY, _LENGTH, body=BODY), post())),
        refused(
            "upgrade: websocket with a hidden request",
            request(_UPGRADE, _KEY, _HIDING, method=b"GET", body=SMUGGLED),
            404,
            400,
        ),
        replace(passed("HEAD: no body", request(method=b"HEAD"), Forwarded("HEAD", TARGET)), heads=1),
        replace(
            passed("HEAD: a body", request(_LENGTH, method=b"HEAD", body=BODY), Forwarded("HEAD", TARGET, BODY)),
            heads=1,
        ),
        unanswered("nothing at all", b""),
        unanswered("empty lines alone", b"\r\n\r\n"),
        unanswered("half a head", _SOUND[:40]),
        unanswered("a head without its end", _STRANGER + LOGIN + b"\r\n"),
    ]
)
