"""Puts our four classes in the place of hypercorn's, for as long as we serve.

These four names are private to hypercorn 0.18. The version is checked here, the behaviour by
tests/unit/common/web/hypercorn_seams.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from types import ModuleType

import hypercorn.asyncio.run
import hypercorn.asyncio.tcp_server
import hypercorn.protocol
import hypercorn.protocol.h11

from common.web.hypercorn_seams.app_tasks import EdgeTaskGroup
from common.web.hypercorn_seams.connections import EdgeConnection
from common.web.hypercorn_seams.requests import EdgeRequests
from common.web.hypercorn_seams.sockets import EdgeSocket

KNOWN_VERSION = "0.18.0"

_REPLACED: tuple[tuple[ModuleType, str, type], ...] = (
    (hypercorn.asyncio.run, "TCPServer", EdgeConnection),
    (hypercorn.asyncio.tcp_server, "TaskGroup", EdgeTaskGroup),
    (hypercorn.protocol, "H11Protocol", EdgeRequests),
    (hypercorn.protocol.h11, "WSStream", EdgeSocket),
)


class UnknownHypercornError(Exception):
    """The installed hypercorn is not the one these seams were made for."""


@contextmanager
def seams_installed() -> Iterator[None]:
    """Serve through our classes inside the block; raises :class:`UnknownHypercornError` for another hypercorn."""
    check_version(version("hypercorn"))
    originals = [getattr(module, name) for module, name, _ in _REPLACED]
    for module, name, ours in _REPLACED:
        setattr(module, name, ours)
    try:
        yield
    finally:
        for (module, name, _), original in zip(_REPLACED, originals, strict=True):
            setattr(module, name, original)


def check_version(installed: str) -> None:
    """Raise :class:`UnknownHypercornError` unless ``installed`` is the version the seams were made for."""
    if installed != KNOWN_VERSION:
        message = f"common.web.hypercorn_seams was made for hypercorn {KNOWN_VERSION}, not {installed}"
        raise UnknownHypercornError(message)
