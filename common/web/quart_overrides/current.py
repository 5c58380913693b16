"""The request or socket that is being served, and what its hooks keep for one another, looked up directly.

Quart's own ``request`` and ``g`` stand for what a context holds. Each look at one of their attributes takes a dozen
calls and an exception inside werkzeug; the thirty that a request once took were a tenth of what it cost.
"""

from contextvars import ContextVar, Token
from dataclasses import dataclass, field
from functools import lru_cache
from types import SimpleNamespace

from quart import Quart, Request, Websocket

MOST_ENDPOINTS = 512
"""Endpoints whose blueprints are remembered; an app has fewer."""


@lru_cache(maxsize=MOST_ENDPOINTS)
def blueprints_of(endpoint: str) -> list[str]:
    """Return the names of the blueprints that ``endpoint`` is in, the innermost first; not to be changed.

    Quart works them out anew each of the times it asks, three for a request.
    """
    names = []
    while "." in endpoint:
        endpoint = endpoint.rpartition(".")[0]
        names.append(endpoint)
    return names


@dataclass(frozen=True, slots=True)
class _Served:
    app: Quart
    request: Request
    kept: SimpleNamespace = field(default_factory=SimpleNamespace)


_served: ContextVar[_Served] = ContextVar("served_request")


def begin_serving(app: Quart, request: Request) -> Token[_Served]:
    """Have the functions below return these until :func:`end_serving` is called with what this returns."""
    return _served.set(_Served(app, request))


def end_serving(begun: Token[_Served]) -> None:
    """Have them return what they did before."""
    _served.reset(begun)


def current_request() -> Request:
    """Return the request that is being served; raises LookupError outside any."""
    return _served.get().request


def serving_app() -> Quart:
    """Return the app that serves the current request or socket; raises LookupError outside any."""
    served = _served.get(None)
    return _served_websocket.get().app if served is None else served.app


def request_state() -> SimpleNamespace:
    """Return what the hooks of the current request keep for one another; raises LookupError outside any request."""
    return _served.get().kept


@dataclass(frozen=True, slots=True)
class _ServedWebsocket:
    app: Quart
    websocket: Websocket
    kept: SimpleNamespace = field(default_factory=SimpleNamespace)


_served_websocket: ContextVar[_ServedWebsocket] = ContextVar("served_websocket")


def begin_serving_websocket(app: Quart, websocket: Websocket) -> None:
    """Have the functions below return these in the calling task, which serves nothing else."""
    _served_websocket.set(_ServedWebsocket(app, websocket))


def current_websocket() -> Websocket:
    """Return the socket that is being served; raises LookupError outside any."""
    return _served_websocket.get().websocket


def websocket_state() -> SimpleNamespace:
    """Return what the hooks and the handler of the current socket keep for one another; raises LookupError as well."""
    return _served_websocket.get().kept
