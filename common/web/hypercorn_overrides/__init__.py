"""The only place where hypercorn 0.18 is overridden; see docs/decisions/0010-hypercorn-seams.md.

Four classes of hypercorn's are subclassed (in ``connections``, ``requests`` and ``sockets``), and
:func:`install_overrides` puts them in the place of theirs, for servers under our configuration; ``config`` carries what
they need to know. A server under hypercorn's own configuration in the same process (a simulated service in a test)
keeps hypercorn's own classes.

The four names that are replaced are private to hypercorn. The version is checked when a service starts
(:mod:`common.tested_versions`), the behaviour by tests/unit/common/web/hypercorn_overrides.
"""

from collections.abc import Callable
from typing import TypeVar

import hypercorn.asyncio.run
import hypercorn.asyncio.tcp_server
import hypercorn.protocol
import hypercorn.protocol.h11
from hypercorn.asyncio.tcp_server import TCPServer
from hypercorn.protocol.h11 import H11Protocol
from hypercorn.protocol.ws_stream import WSStream

from common.web.hypercorn_overrides.config import EdgeConfig
from common.web.hypercorn_overrides.connections import EdgeConnection, EdgeTaskGroup
from common.web.hypercorn_overrides.requests import EdgeRequests
from common.web.hypercorn_overrides.sockets import EdgeSocket

_Theirs = TypeVar("_Theirs")


def install_overrides() -> None:
    """Have servers under an :class:`EdgeConfig` use our classes; further calls change nothing."""
    replaced = (
        (hypercorn.asyncio.run, "TCPServer", _choose_by_config(EdgeConnection, TCPServer)),
        (hypercorn.asyncio.tcp_server, "TaskGroup", EdgeTaskGroup),
        (hypercorn.protocol, "H11Protocol", _choose_by_config(EdgeRequests, H11Protocol)),
        (hypercorn.protocol.h11, "WSStream", _choose_by_config(EdgeSocket, WSStream)),
    )
    for module, name, replacement in replaced:
        setattr(module, name, replacement)


def _choose_by_config(ours: type[_Theirs], theirs: type[_Theirs]) -> Callable[..., _Theirs]:
    """Return what makes an instance of ``ours`` when an :class:`EdgeConfig` is among the arguments, else theirs."""

    def make(*arguments: object) -> _Theirs:
        is_ours = any(isinstance(argument, EdgeConfig) for argument in arguments)
        return (ours if is_ours else theirs)(*arguments)

    return make
