"""The only place where hypercorn 0.18 is overridden; see docs/decisions/0010-hypercorn-seams.md.

Hypercorn's connection is subclassed (in ``connections``), and so are what it runs apps in (``app_tasks``) and its
WebSockets (``sockets``). Its HTTP/1.1 is not used: ``requests`` serves it, by :mod:`common.web.http1`.
:func:`install_overrides` puts our connection in the place of theirs, for servers under our configuration; ``config``
carries what it needs to know. A server under hypercorn's own configuration in the same process (a simulated service in
a test) keeps hypercorn's own classes.

The one name that is replaced is private to hypercorn. The version is checked when a service starts
(:mod:`common.tested_versions`), the behaviour by tests/unit/common/web/hypercorn_overrides.
"""

from collections.abc import Callable

import hypercorn.asyncio.run
from hypercorn.asyncio.tcp_server import TCPServer

from common.web.hypercorn_overrides.config import EdgeConfig
from common.web.hypercorn_overrides.connections import EdgeConnection


def install_overrides() -> None:
    """Have servers under an :class:`EdgeConfig` use our connections; further calls change nothing."""
    for module, name, replacement in ((hypercorn.asyncio.run, "TCPServer", _connection),):
        setattr(module, name, replacement)


def _connection(*arguments: object) -> TCPServer:
    """Return a connection of ours when an :class:`EdgeConfig` is among the arguments, else one of hypercorn's."""
    is_ours = any(isinstance(argument, EdgeConfig) for argument in arguments)
    make: Callable[..., TCPServer] = EdgeConnection if is_ours else TCPServer
    return make(*arguments)
