"""What a request is for: forms of the target, paths that two readers resolve apart, and Host."""

from tests.support.smuggling.cases import (
    LOGIN,
    TARGET,
    Case,
    Forwarded,
    answered,
    by_name,
    passed,
    post,
    refused,
    request,
)

_UNREADABLE = {
    "no slash": b"v1/classes/attack",
    "a query alone": b"?a=b",
    "a fragment": b"/v1/classes/attack#x",
    "a fragment behind a query": b"/v1/classes/attack?a=b#x",
    "an asterisk": b"*",
    "an authority": b"edge:80",
    "another scheme": b"ftp://edge/v1/classes/attack",
    "no scheme": b"://edge/v1/classes/attack",
    "one slash": b"http:/v1/classes/attack",
    "no authority": b"http:///v1/classes/attack",
    "a user": b"http://user@edge/v1/classes/attack",
    "a user and a password": b"http://user:word@edge/v1/classes/attack",
    "a backslash for a slash": b"http:\\\\edge/v1/classes/attack",
    "a port of letters": b"http://edge:port/v1/classes/attack",
    "a URL with a fragment": b"http://edge/v1/classes/attack#x",
    "NUL": b"/v1/classes/attack\x00",
    "a control character": b"/v1/classes/attack\x01",
    "DEL": b"/v1/classes/attack\x7f",
    "bytes beyond ASCII": b"/v1/classes/\xe5",
    "UTF-8": b"/v1/classes/\xc3\xa5",
}

_REFUSED_PATHS = {
    "two slashes in front": b"//edge/v1/classes/attack",
    "dot segments": b"/v1/classes/../internal",
    "a dot segment at the end": b"/v1/classes/..",
    "one dot": b"/v1/classes/./attack",
    "encoded dots": b"/v1/classes/%2e%2e/internal",
    "half encoded dots": b"/v1/classes/.%2E/internal",
    "a parameter behind dots": b"/v1/classes/..;/internal",
    "a parameter with a value behind dots": b"/v1/classes/..;a=b/internal",
    "an encoded slash": b"/v1/classes/..%2finternal",
    "an encoded backslash": b"/v1/classes/..%5cinternal",
    "a backslash": b"/v1/classes/..\\internal",
    "an encoded NUL": b"/v1/classes/attack%00",
    "encoded line ends": b"/v1/classes/attack%0d%0aX:%20y",
    "an overlong slash": b"/v1/classes/..%c0%afinternal",
    "a broken escape": b"/v1/classes/attack%zz",
    "half an escape": b"/v1/classes/attack%2",
    "a URL of dot segments": b"http://edge/v1/classes/../internal",
    "a URL of two slashes": b"http://edge//v1/classes/attack",
}
"""Refused by the gateway, which goes on reading."""

_HOSTS = {
    "none": b"X: y",
    "two": b"Host: edge\r\nHost: other",
    "two alike": b"Host: edge\r\nHost: edge",
    "two in two cases": b"Host: edge\r\nhost: other",
    "two, one empty": b"Host:\r\nHost: edge",
    "folded": b"Host:\r\n edge",
    "a blank before the colon": b"Host : edge",
    "a blank": b"Host: ed ge",
    "two of them": b"Host: edge, other",
    "a user": b"Host: user@edge",
    "a path": b"Host: edge/v1",
    "a query": b"Host: edge?x",
    "a fragment": b"Host: edge#x",
    "a backslash": b"Host: edge\\x",
    "a scheme": b"Host: http://edge",
    "quotes": b'Host: edge";for="x',
    "NUL": b"Host: ed\x00ge",
    "CR": b"Host: edge\rX: y",
    "a tab": b"Host: ed\tge",
    "letters for a port": b"Host: edge:port",
    "two ports": b"Host: edge:80:80",
    "half an address": b"Host: [::1",
    "bytes beyond ASCII": b"Host: \xe5",
}

_HOSTS_TAKEN = {
    "a port": b"Host: edge:8080",
    "an address": b"Host: [2001:db8::7]:80",
    "without a blank": b"Host:edge",
    "capitals": b"HOST: EDGE",
}

_IGNORED = {
    "X-Original-URL": b"X-Original-URL: /internal",
    "X-Rewrite-URL": b"X-Rewrite-URL: /internal",
    "X-HTTP-Method-Override": b"X-HTTP-Method-Override: DELETE",
    "X-Forwarded-Host": b"X-Forwarded-Host: other",
    "X-Forwarded-Prefix": b"X-Forwarded-Prefix: /internal",
    "Forwarded": b"Forwarded: host=other",
    "another user": b"X-User-ID: other",
    "another user, by an underscore": b"X_User_ID: other",
    "another user, by a dot": b"X.User.ID: other",
    "a correlation id that is none": b"X-Correlation-ID: 1\r\nX-Correlation-ID: 2",
}
"""Headers by which another reader could take the request for a different one: none gets through."""


def _with_host(lines: bytes) -> bytes:
    return b"GET " + TARGET.encode() + b" HTTP/1.1\r\n" + lines + b"\r\n" + LOGIN + b"\r\n\r\n"


_PATH = TARGET.encode()
_GET = Forwarded("GET", TARGET)

TARGETS: dict[str, Case] = by_name(
    [
        *(refused(f"target: {name}", request(method=b"GET", target=each)) for name, each in _UNREADABLE.items()),
        *(answered(f"path: {name}", request(method=b"GET", target=each), 400) for name, each in _REFUSED_PATHS.items()),
        *(refused(f"host: {name}", _with_host(lines)) for name, lines in _HOSTS.items()),
        *(passed(f"host: {name}", _with_host(lines), _GET) for name, lines in _HOSTS_TAKEN.items()),
        *(passed(f"ignored: {name}", request(line), post(b"")) for name, line in _IGNORED.items()),
        refused("target: an authority, CONNECT", request(method=b"CONNECT", target=b"edge:80")),
        refused("target: an authority of others, CONNECT", request(method=b"CONNECT", target=b"ras:8080")),
        refused("target: the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        passed("target: a URL", request(method=b"GET", target=b"http://edge" + _PATH), _GET),
        passed("target: a URL of another host", request(method=b"GET", target=b"http://ras:8080" + _PATH), _GET),
        passed("target: a URL in capitals", request(method=b"GET", target=b"HTTP://EDGE" + _PATH), _GET),
        passed("target: https", request(method=b"GET", target=b"https://edge:443" + _PATH), _GET),
        passed(
            "target: a query with everything",
            request(method=b"GET", target=_PATH + b"?a=%0d%0a&b=http://x/../y"),
            Forwarded("GET", TARGET + "?a=%0d%0a&b=http://x/../y"),
        ),
        answered("target: OPTIONS of an asterisk", request(method=b"OPTIONS", target=b"*"), 204),
        answered("target: of no route", request(method=b"GET", target=b"/internal/v1/batches"), 404),
    ]
)
