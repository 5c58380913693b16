"""One aiohttp session for all upstreams, told to pass things on and to leave them as they are."""

from collections.abc import Sequence

import aiohttp
from aiohttp import ClientHandlerType, ClientRequest, ClientResponse, TraceConfig

from api_gateway.adapters.upstream_connections import AttentiveConnector
from api_gateway.adapters.upstream_failures import UpstreamDisconnectedError

KEEP_ALIVE_S = 4.0
"""How long an idle connection is kept: shorter than the upstreams keep theirs (hypercorn: 5 s), so that a request that
must not be repeated seldom meets a connection that is just being closed."""

_NEVER_ADDED = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")


def open_session(*, connect_timeout_s: float, trace_configs: Sequence[TraceConfig] = ()) -> aiohttp.ClientSession:
    """Return a session without cookies, decompression, timeouts of its own but for connecting, or quiet repeats.

    The pool has no limit of its own: the calls under way are bounded for each upstream before they get here, and a
    caller told so at once is better off than one that waits in a queue. Must be called with the loop running; the
    caller closes it.
    """
    return aiohttp.ClientSession(
        connector=AttentiveConnector(keepalive_timeout=KEEP_ALIVE_S),
        timeout=aiohttp.ClientTimeout(total=None, connect=connect_timeout_s),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        skip_auto_headers=_NEVER_ADDED,
        middlewares=(_never_repeat_quietly,),
        trace_configs=list(trace_configs),
    )


async def _never_repeat_quietly(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
    """Hide a lost connection from aiohttp, which would send PUT and DELETE again over another one.

    Only GET and HEAD are repeated (docs/gateway.md, row 11), as :mod:`api_gateway.adapters.retries` decides.
    """
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as exc:
        raise UpstreamDisconnectedError(str(exc)) from exc
