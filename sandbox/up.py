"""``python -m sandbox up``: everything up until it is stopped."""

import asyncio
import os
import sys
import webbrowser
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from importlib import import_module
from time import perf_counter
from typing import NoReturn, Protocol

from sandbox.addresses import Addresses
from sandbox.errors import ProcessEndedError, SandboxError
from sandbox.options import StackOptions
from sandbox.signals import signals_cancel_this_task
from sandbox.stack import Stack

WATCH_INTERVAL_S = 0.2
LABEL_WIDTH = 18
RESTART_KEY = b"r"


class Restarts(Protocol):
    """What the key restarts: :class:`sandbox.dashboard.control.Control`."""

    def restart_next(self) -> str | None:
        """Begin to start what has ended, or to restart a replica of the feed; return its name, None while busy."""
        ...


async def up(options: StackOptions, *, as_json: bool, browse: bool) -> int:
    """Start everything, print where it is, keep it up until SIGINT or SIGTERM, stop it; return the exit code.

    A process that dies is reported on stderr; the others are kept up. With ``browse`` the page is opened where there is
    a display.
    """
    begun = perf_counter()
    with signals_cancel_this_task(), suppress(asyncio.CancelledError):
        stack = Stack(options, on_ready=tell_ready)
        try:
            async with stack, with_page(stack) as control:
                tell_addresses(stack.addresses, seconds=perf_counter() - begun, as_json=as_json)
                if browse and stack.addresses.page is not None and has_display():
                    await asyncio.to_thread(webbrowser.open, stack.addresses.page)
                with restarting_by_key(control):
                    await report_deaths(stack)
        except SandboxError as failure:
            tell_failure(failure, stack)
            return 1
    return 0


@asynccontextmanager
async def with_page(stack: Stack) -> AsyncIterator[Restarts | None]:
    """Serve the page for the block, where there is to be one. Its modules are loaded only then: they take a while."""
    port = stack.page_port
    if port is None:
        yield None
        return
    control, server = import_module("sandbox.dashboard.control"), import_module("sandbox.dashboard.server")
    async with (
        control.controlling(stack.parts, stack.addresses) as controls,
        server.serving_page(controls, stack.addresses, port=port),
    ):
        yield controls


async def report_deaths(stack: Stack) -> NoReturn:
    """Report each process that ends without having been stopped, once each time, until cancelled."""
    reported: set[str] = set()
    while True:
        deaths = {death.name: death for death in stack.dead()}
        for name in deaths.keys() - reported:
            tell_death(deaths[name], stack.addresses)
        reported = set(deaths)
        await asyncio.sleep(WATCH_INTERVAL_S)


@contextmanager
def restarting_by_key(control: Restarts | None) -> Iterator[None]:
    """Restart a replica at each press of the key, where there is a terminal to press it on."""
    if control is None or not sys.stdin.isatty():
        yield
        return
    termios, tty = import_module("termios"), import_module("tty")
    keyboard, loop = sys.stdin.fileno(), asyncio.get_running_loop()
    before = termios.tcgetattr(keyboard)

    def take_key() -> None:
        if RESTART_KEY in os.read(keyboard, 64).lower():
            name = control.restart_next()
            print("A restart is under way." if name is None else f"Restarting {name} …", file=sys.stderr, flush=True)

    tty.setcbreak(keyboard)
    loop.add_reader(keyboard, take_key)
    try:
        yield
    finally:
        loop.remove_reader(keyboard)
        termios.tcsetattr(keyboard, termios.TCSADRAIN, before)


def has_display() -> bool:
    """Tell whether a browser would be seen: on a desktop, at a terminal."""
    desktop = sys.platform == "darwin" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    return desktop and sys.stdout.isatty()


def tell_ready(name: str, at_s: float) -> None:
    """Print on stderr that a process is ready."""
    print(f"  {at_s:5.2f} s  {name} is ready", file=sys.stderr, flush=True)


def tell_failure(failure: SandboxError, stack: Stack) -> None:
    """Print on stderr what went wrong and where the logs are."""
    print(f"{failure}\nThe logs are in {stack.folder}", file=sys.stderr, flush=True)


def tell_death(death: ProcessEndedError, addresses: Addresses) -> None:
    """Print on stderr which part ended, that the others go on, and how to bring it back."""
    ways = ["press r"] if sys.stdin.isatty() and addresses.page is not None else []
    ways += [] if addresses.page is None else [f'use "Try it" on {addresses.page}']
    cure = f"To start it again, {' or '.join(ways)}." if ways else "To start it again, restart the sandbox."
    print(f"{death}\nEverything else is still up. {cure}", file=sys.stderr, flush=True)


def tell_addresses(addresses: Addresses, *, seconds: float, as_json: bool) -> None:
    """Print on stdout where everything is: one line of JSON, or a list for people."""
    if as_json:
        print(addresses.to_line(), flush=True)
        return
    rows = {
        **({} if addresses.page is None else {"dashboard": f"{addresses.page}   open this in a browser"}),
        "gateway": f"{addresses.gateway}   documentation: {addresses.gateway}/docs",
        "websocket": addresses.websocket,
        "redis": addresses.redis,
        "kafka": addresses.kafka,
        **{f"simulated {name}": url for name, url in addresses.upstreams.items()},
        "logs": addresses.logs,
    }
    keys = "r restarts a replica of the feed, Ctrl-C stops everything." if sys.stdin.isatty() else "Ctrl-C stops it."
    print(f"The sandbox is up, after {seconds:.1f} s. {keys}\n")
    for name, value in rows.items():
        print(f"  {name:<{LABEL_WIDTH}} {value}")
    for person in addresses.users:
        print(f"  {'demo user':<{LABEL_WIDTH}} {person.email}   password: {person.password}")
    sys.stdout.flush()
