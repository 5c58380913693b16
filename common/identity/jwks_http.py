"""Fetches a JWK set over HTTP."""

import re
from http import HTTPStatus

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout, DummyCookieJar
from multidict import CIMultiDictProxy

from common.identity.jwks import FetchedKeySet, FetchKeySet, KeySetUnavailableError

TIMEOUT_S = 5.0
MAX_BYTES = 262_144
_HEADERS = {"Accept": "application/jwk-set+json, application/json", "Accept-Encoding": "identity"}
_CHUNK_BYTES = 16_384
_MAX_AGE = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?(\d{1,10})", re.IGNORECASE)
_NOT_STORED = re.compile(r"(?:^|[,\s])no-(?:store|cache)", re.IGNORECASE)


def fetch_over_http(url: str, *, timeout_s: float = TIMEOUT_S) -> FetchKeySet:
    """Return what fetches the key set at ``url``, each time over a connection of its own.

    A fetch takes at most ``timeout_s`` seconds and ``MAX_BYTES`` bytes, follows no redirect, and takes nothing but 200.
    """

    async def fetch() -> FetchedKeySet:
        try:
            async with (
                ClientSession(cookie_jar=DummyCookieJar(), timeout=ClientTimeout(total=timeout_s)) as session,
                session.get(url, headers=_HEADERS, allow_redirects=False) as response,
            ):
                return await _read_key_set(response)
        except (ClientError, OSError, ValueError) as error:  # a timeout is an OSError, a bad header a ValueError
            message = f"{type(error).__name__}: {error}"
            raise KeySetUnavailableError(message) from error

    return fetch


async def _read_key_set(response: ClientResponse) -> FetchedKeySet:
    if response.status != HTTPStatus.OK:
        message = f"answered {response.status}"
        raise KeySetUnavailableError(message)
    body = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
        body += chunk
        if len(body) > MAX_BYTES:
            message = f"more than {MAX_BYTES} bytes"
            raise KeySetUnavailableError(message)
    return FetchedKeySet(bytes(body), max_age_s(response.headers))


def max_age_s(headers: CIMultiDictProxy[str]) -> float | None:
    """Return for how long an answer is fresh (RFC 9111 section 4.2), 0 when it says not to keep it, None unsaid."""
    directives = ", ".join(headers.getall("Cache-Control", ()))
    if _NOT_STORED.search(directives):
        return 0.0
    found = _MAX_AGE.search(directives)
    if found is None:
        return None
    age = headers.get("Age", "")
    return max(0.0, float(found[1]) - (float(age) if age.isascii() and age.isdecimal() else 0.0))
