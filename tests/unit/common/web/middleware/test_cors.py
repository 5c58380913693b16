"""Pages are told what they may read, derived from what the answer carries."""

import pytest

from common.web.middleware.cors import CorsPolicy

POLICY = CorsPolicy(frozenset({"https://app.example"}))


@pytest.mark.parametrize(
    "origin", [b"https://evil.example", b"https://app.example.evil.example", b"null", b"*", b"", b"HTTPS://APP.EXAMPLE"]
)
def test_only_exact_origins_are_allowed(origin: bytes) -> None:
    """No other spelling, prefix or wildcard is an allowed origin."""
    assert POLICY.response_headers(origin, [b"x-error-code"]) == []


def test_an_allowed_origin_is_echoed_with_what_it_may_read() -> None:
    """The page may read the answer's times, and every header that browsers would hide and a page could use."""
    names = [b"content-type", b"vary", b"x-error-code", b"retry-after", b"set-cookie"]

    headers = dict(POLICY.response_headers(b"https://app.example", names))

    assert headers == {
        b"access-control-allow-origin": b"https://app.example",
        b"access-control-allow-credentials": b"true",
        b"timing-allow-origin": b"https://app.example",
        b"access-control-expose-headers": b"retry-after, x-error-code",
    }


def test_nothing_to_expose_says_nothing() -> None:
    """An answer whose headers every page may read anyway has no Access-Control-Expose-Headers."""
    headers = dict(POLICY.response_headers(b"https://app.example", [b"content-type"]))

    assert b"access-control-expose-headers" not in headers
