"""One event loop, one hypercorn ``serve()``, one process (architecture decision 9)."""

import asyncio
import logging
import os
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import structlog
from hypercorn.asyncio import serve
from hypercorn.config import Config
from quart import Quart

from common.web.drain import DrainState
from common.web.listener import SocketOptions, listen_on
from common.web.preparation import drain_of

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)

_logger = structlog.get_logger(__name__)


class ServiceCrashedError(Exception):
    """A part the service can't live without ended; the cause is chained. The process should exit with 1."""


@dataclass(frozen=True, slots=True)
class ServingOptions:
    """How one process serves.

    Attributes:
        host: the address to listen on.
        port: 0 takes a free port; ``serving.ready`` logs which.
        drain_grace_s: how long to serve on, unready, after SIGTERM (DRAIN_GRACE_SECONDS).
        drain_deadline_s: how long, after that, work in flight has to end.
        resources_deadline_s: how long background jobs and resources have to close.
        keep_alive_s: how long an idle connection is kept; longer than a load balancer keeps its own (60 s).
        websocket_ping_s: seconds between pings on a WebSocket; None sends none.
        websocket_message_bytes: the largest message a client may send.
        sockets: options of the listener and what it accepts.
    """

    host: str
    port: int
    drain_grace_s: float = 5.0
    drain_deadline_s: float = 25.0
    resources_deadline_s: float = 10.0
    keep_alive_s: float = 75.0
    websocket_ping_s: float | None = None
    websocket_message_bytes: int = 65_536
    sockets: SocketOptions = field(default_factory=SocketOptions)


async def serve_until_signalled(app: Quart, serving: ServingOptions) -> None:
    """Serve ``app`` until SIGTERM or SIGINT, drain it, and return when its resources are closed.

    A second signal ends the process at once with status 128 + its number. Raises :class:`CannotListenError`
    when the address is taken and :class:`ServiceCrashedError` when a background job ended by itself.
    """
    drain = drain_of(app)
    listener = listen_on(serving.host, serving.port, serving.sockets)
    host, port = listener.getsockname()[:2]

    async def until_drained() -> None:
        _logger.info("serving.ready", host=host, port=port, pid=os.getpid())
        await drain.stop_asked.wait()
        await drain.drain(grace_s=serving.drain_grace_s, deadline_s=serving.drain_deadline_s)

    with _stop_signals(drain):
        await serve(app, _config(serving, listener.detach()), shutdown_trigger=until_drained)
    _logger.info("serving.stopped")
    if drain.crash is not None:
        message = "a background job ended by itself"
        raise ServiceCrashedError(message) from drain.crash


def run(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run ``main()`` on a new event loop, uvloop's where it is installed."""
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(main())


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    if find_spec("uvloop") is None:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = import_module("uvloop").new_event_loop
    return factory


def _config(serving: ServingOptions, listener_fd: int) -> Config:
    config = Config()
    config.bind = [f"fd://{listener_fd}"]
    config.backlog = serving.sockets.backlog
    config.accesslog = None
    config.errorlog = logging.getLogger("hypercorn.error")
    config.include_server_header = False
    config.keep_alive_timeout = serving.keep_alive_s
    config.graceful_timeout = 5.0
    config.shutdown_timeout = serving.resources_deadline_s
    config.websocket_ping_interval = serving.websocket_ping_s
    config.websocket_max_message_size = serving.websocket_message_bytes
    return config


@contextmanager
def _stop_signals(drain: DrainState) -> Iterator[None]:
    loop = asyncio.get_running_loop()

    def on_signal(number: signal.Signals) -> None:
        if drain.stop_asked.is_set():
            _logger.warning("serving.forced", signal=number.name)
            os._exit(128 + number)
        _logger.info("serving.signalled", signal=number.name)
        drain.ask_to_stop()

    for number in STOP_SIGNALS:
        loop.add_signal_handler(number, on_signal, number)
    try:
        yield
    finally:
        for number in STOP_SIGNALS:
            loop.remove_signal_handler(number)
