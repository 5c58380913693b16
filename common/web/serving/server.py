"""One process (decision 9): its listening socket, its event loop, one ``serve()`` of hypercorn's."""

import asyncio
import gc
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import structlog
from hypercorn.asyncio import serve
from hypercorn.utils import LifespanFailureError, LifespanTimeoutError
from quart import Quart

from common.contracts.notification import MAX_MESSAGE_BYTES
from common.web.hypercorn_overrides import install_overrides
from common.web.hypercorn_overrides.config import ConnectionLimits, EdgeConfig
from common.web.middleware.request_head import PARSED_HEAD_BYTES
from common.web.serving.configure import ServingParts, serving_parts
from common.web.serving.drain import DrainState
from common.web.serving.lifespan import CLOSE_WITHIN_S

CONNECTIONS_END_WITHIN_S = 5.0
"""How long hypercorn waits, after our drain, for connections to send their last bytes."""

QUEUED_EVENTS = 2
"""ASGI events (up to 256 KB of body each) between a connection and its handler."""

LOOP_WAITS_S = 0.001
"""How long the event loop waits for the interpreter's lock while a thread computes (a large JSON body), a dozen times
in each request; Python's own 5 ms would add up."""

NEW_OBJECTS = 10_000
YOUNG_PASSES = 2
MIDDLE_PASSES = 100
"""When the garbage collector looks: through what is new after so many objects were made and not freed (Python's own:
700), through what outlived that after so many passes, and through all after so many of those (Python's own: 10 and 10).

No client is served meanwhile. A pass takes a microsecond an object, and a socket keeps 170. While 5,000 connect,
Python's own counts make passes of 0.1 s and then one of a second through all; these make none through all, and the rest
take half. What a request or a socket is made of is freed without the collector, so that a full pass finds little; it
still comes, once in some 17,000 sockets or 400,000 requests (each leaves 8 objects, a closure of Werkzeug's, for the
first kind of pass), so that what does need it can't grow for ever.
"""

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)

_logger = structlog.get_logger(__name__)


class CannotListenError(Exception):
    """The address can't be listened on; the message names the address and the cause."""


@dataclass(frozen=True, slots=True)
class SocketOptions:
    """Options of the listener and of every accepted socket.

    Attributes:
        send_buffer_bytes: the kernel's send buffer for each connection, which is what a client that stops reading
            can pin; None leaves the kernel's auto-tuning (up to 4 MB) alone.
        unacknowledged_s: how long sent bytes may stay unacknowledged, or a closed window closed, before the
            kernel drops the connection (TCP_USER_TIMEOUT); None leaves the kernel's 15 minutes.
        keepalive_idle_s: when the kernel starts to probe a silent connection; three probes, 10 s apart, follow.
        backlog: connections that may wait to be accepted.
    """

    send_buffer_bytes: int | None = None
    unacknowledged_s: float | None = None
    keepalive_idle_s: int = 60
    backlog: int = 1024


class ServiceCrashedError(Exception):
    """The service failed to start or to stop, or a part it can't live without ended; the cause is chained.

    The process should exit with status 1.
    """


@dataclass(frozen=True, slots=True)
class ServingOptions:
    """How one process serves.

    Attributes:
        host: the address to listen on.
        port: 0 takes a free port; ``serving.ready`` logs which.
        drain_grace_s: how long to serve on, unready, after SIGTERM (DRAIN_GRACE_SECONDS).
        drain_deadline_s: how long, after that, work in flight has to end.
        resources_deadline_s: how long background jobs and resources have to close.
        websocket_ping_s: seconds between pings on a WebSocket; a peer silent for two intervals is dropped. None sends
            no pings and drops no peer.
        deflate: whether to compress WebSocket messages for clients that offer to.
        sockets: options of the listener and of the sockets it accepts.
        connections: how long connections may take for each of their phases.
    """

    host: str
    port: int
    drain_grace_s: float = 5.0
    drain_deadline_s: float = 25.0
    resources_deadline_s: float = 10.0
    websocket_ping_s: float | None = None
    deflate: bool = False
    sockets: SocketOptions = field(default_factory=SocketOptions)
    connections: ConnectionLimits = field(default_factory=ConnectionLimits)


async def serve_until_signalled(app: Quart, serving: ServingOptions) -> None:
    """Serve ``app`` until SIGTERM or SIGINT, drain it, and return when its resources are closed.

    A second signal ends the process at once with status 128 + its number. Raises :class:`CannotListenError`
    when the address is taken and :class:`ServiceCrashedError` when the app fails to start or stop, or one of its
    background jobs ended by itself.
    """
    listener = listen_on(serving.host, serving.port, serving.sockets)
    with closing(listener), _stop_signals(serving_parts(app).drain):
        _tune_garbage_collector()
        sys.setswitchinterval(LOOP_WAITS_S)
        await serve_until_stopped(app, serving, listener)


def _tune_garbage_collector() -> None:
    """Exclude the app's own objects from garbage collection, and collect less often.

    Each collection would walk through all of them, and no request is served meanwhile.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, YOUNG_PASSES, MIDDLE_PASSES)


async def serve_until_stopped(app: Quart, serving: ServingOptions, listener: socket.socket) -> None:
    """Serve ``app`` on ``listener`` until its drain is asked to stop; otherwise as :func:`serve_until_signalled`."""
    web = serving_parts(app)
    config = _config(serving, listener, web)

    async def until_drained() -> None:
        host, port = listener.getsockname()[:2]
        _logger.info("serving.ready", host=host, port=port, pid=os.getpid())
        web.drain.serving.set()
        await web.drain.stop_requested.wait()
        config.idle_connections.leave()
        await web.drain.drain(grace_s=serving.drain_grace_s, deadline_s=serving.drain_deadline_s)
        config.idle_connections.close()

    app.config[CLOSE_WITHIN_S] = serving.resources_deadline_s
    install_overrides()
    try:
        await serve(app, config, shutdown_trigger=until_drained)
    except (LifespanFailureError, LifespanTimeoutError) as error:
        raise ServiceCrashedError(str(error)) from error
    _logger.info("serving.stopped")
    if web.drain.crash is not None:
        message = "a background job ended by itself"
        raise ServiceCrashedError(message) from web.drain.crash


def run(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run ``main()`` on a new event loop, uvloop's where it is installed."""
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(main())


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    if find_spec("uvloop") is None:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = import_module("uvloop").new_event_loop
    return factory


def _config(serving: ServingOptions, listener: socket.socket, web: ServingParts) -> EdgeConfig:
    config = EdgeConfig(
        listener,
        refuse=web.edge.refuse,
        limits=serving.connections,
        deflate=serving.deflate,
        scheduler=web.scheduler,
    )
    config.accesslog = None
    config.errorlog = logging.getLogger("hypercorn.error")
    config.errorlog.setLevel(logging.WARNING)
    config.backlog = serving.sockets.backlog
    config.h11_max_incomplete_size = PARSED_HEAD_BYTES
    config.max_app_queue_size = QUEUED_EVENTS
    config.graceful_timeout = CONNECTIONS_END_WITHIN_S
    config.shutdown_timeout = serving.resources_deadline_s + CONNECTIONS_END_WITHIN_S  # ours comes first
    config.websocket_ping_interval = serving.websocket_ping_s
    config.websocket_max_message_size = MAX_MESSAGE_BYTES
    return config


@contextmanager
def _stop_signals(drain: DrainState) -> Iterator[None]:
    loop = asyncio.get_running_loop()

    def on_signal(number: signal.Signals) -> None:
        if drain.stop_requested.is_set():
            _logger.warning("serving.forced", signal=number.name)
            os._exit(128 + number)
        _logger.info("serving.signalled", signal=number.name)
        drain.request_stop()

    for number in STOP_SIGNALS:
        loop.add_signal_handler(number, on_signal, number)
    try:
        yield
    finally:
        for number in STOP_SIGNALS:
            loop.remove_signal_handler(number)


def listen_on(host: str, port: int, options: SocketOptions) -> socket.socket:
    """Return a bound socket, not yet listening; ``port`` 0 takes a free one.

    SO_REUSEPORT lets several replicas share a port. Raises :class:`CannotListenError`.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise CannotListenError(_complaint(host, port, error)) from error
    try:
        _set_options(listener, options)
        listener.bind(address)
    except OSError as error:
        listener.close()
        raise CannotListenError(_complaint(host, port, error)) from error
    return listener


def _set_options(listener: socket.socket, options: SocketOptions) -> None:
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    _set_where_known(listener, socket.SOL_SOCKET, "SO_REUSEPORT", 1)
    _set_where_known(listener, socket.IPPROTO_TCP, "TCP_KEEPIDLE", options.keepalive_idle_s)
    _set_where_known(listener, socket.IPPROTO_TCP, "TCP_KEEPINTVL", 10)
    _set_where_known(listener, socket.IPPROTO_TCP, "TCP_KEEPCNT", 3)
    if options.send_buffer_bytes is not None:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, options.send_buffer_bytes)
    if options.unacknowledged_s is not None:
        milliseconds = int(options.unacknowledged_s * 1000)
        _set_where_known(listener, socket.IPPROTO_TCP, "TCP_USER_TIMEOUT", milliseconds)


def _set_where_known(listener: socket.socket, level: int, name: str, value: int) -> None:
    """Set an option that not every system has."""
    option = getattr(socket, name, None)
    if option is not None:
        listener.setsockopt(level, option, value)


def _complaint(host: str, port: int, error: OSError) -> str:
    return f"cannot listen on {host}:{port}: {error.strerror or error}"
