"""The headers every answer carries, whoever made it (docs/gateway.md, rows 17, 18).

An ASGI wrapper around everything else, so that a 503 of the drain and a 500 of what escapes Quart have them too;
an extension inside Quart would miss those.
"""

from hypercorn.typing import ASGIFramework, ASGIReceiveCallable, ASGISendCallable, ASGISendEvent, HTTPScope, Scope

from common.web.middleware.cors import CorsPolicy

HSTS = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")
NOSNIFF = (b"x-content-type-options", b"nosniff")
VARY_ORIGIN = (b"vary", b"Origin")
DEFAULTS = (
    (b"content-security-policy", b"frame-ancestors 'none'"),
    (b"cache-control", b"no-store"),
)
_OURS_ALONE = frozenset({b"server", b"strict-transport-security", b"timing-allow-origin", b"x-content-type-options"})

Header = tuple[bytes, bytes]


class EdgeHeaders:
    """Dresses every HTTP answer of ``app``.

    Args:
        app: the ASGI application, boundary and all.
        cors: which pages may read answers.
        hsts: whether browsers are told to come by TLS only (outside development).
    """

    def __init__(self, app: ASGIFramework, *, cors: CorsPolicy, hsts: bool) -> None:
        self._app = app
        self._cors = cors
        self._always = [NOSNIFF, VARY_ORIGIN, *([HSTS] if hsts else [])]

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        origin = _origin(scope)

        async def send_dressed(event: ASGISendEvent) -> None:
            if event["type"] == "http.response.start":
                event["headers"] = self._dressed(list(event["headers"]), origin)
            await send(event)

        return await self._app(scope, receive, send_dressed)

    def _dressed(self, headers: list[Header], origin: bytes | None) -> list[Header]:
        kept = [header for header in headers if header[0].lower() not in _OURS_ALONE]
        names = [name.lower() for name, _ in kept]
        kept += self._always
        kept += [header for header in DEFAULTS if header[0] not in names]
        if origin is not None:
            kept += self._cors.response_headers(origin, names)
        return kept


def _origin(scope: HTTPScope) -> bytes | None:
    return next((value for name, value in scope["headers"] if name == b"origin"), None)
