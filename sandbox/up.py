"""``python -m sandbox up``: everything up until somebody stops it."""

import asyncio
import sys
from contextlib import suppress
from time import perf_counter
from typing import NoReturn

from sandbox.addresses import Addresses
from sandbox.errors import SandboxError
from sandbox.options import StackOptions
from sandbox.signals import signals_cancel_this_task
from sandbox.stack import Stack

WATCH_INTERVAL_S = 0.2
LABEL_WIDTH = 18


async def up(options: StackOptions, *, as_json: bool) -> int:
    """Start everything, print where it is, keep it up until SIGINT or SIGTERM, stop it; return the exit code.

    A process that dies is reported on stderr; the others are kept up.
    """
    begun = perf_counter()
    stack = Stack(options, on_ready=tell_ready)
    with signals_cancel_this_task(), suppress(asyncio.CancelledError):
        try:
            async with stack:
                tell_addresses(stack.addresses, seconds=perf_counter() - begun, as_json=as_json)
                await report_deaths(stack)
        except SandboxError as failure:
            tell_failure(failure, stack)
            return 1
    return 0


async def report_deaths(stack: Stack) -> NoReturn:
    """Report each process that ends though nobody stopped it, once, until cancelled."""
    reported: set[str] = set()
    while True:
        for death in stack.dead():
            if death.name not in reported:
                reported.add(death.name)
                tell_failure(death, stack)
        await asyncio.sleep(WATCH_INTERVAL_S)


def tell_ready(name: str, at_s: float) -> None:
    """Print on stderr that a process is ready."""
    print(f"  {at_s:5.2f} s  {name} is ready", file=sys.stderr, flush=True)


def tell_failure(failure: SandboxError, stack: Stack) -> None:
    """Print on stderr what went wrong and where the logs are."""
    print(f"{failure}\nThe logs are in {stack.folder}", file=sys.stderr, flush=True)


def tell_addresses(addresses: Addresses, *, seconds: float, as_json: bool) -> None:
    """Print on stdout where everything is: one line of JSON, or a list for people."""
    if as_json:
        print(addresses.to_line(), flush=True)
        return
    rows = {
        "gateway": f"{addresses.gateway}   documentation: {addresses.gateway}/docs",
        "websocket": addresses.websocket,
        "redis": addresses.redis,
        "kafka": addresses.kafka,
        **{f"simulated {name}": url for name, url in addresses.upstreams.items()},
        "logs": addresses.logs,
    }
    print(f"The sandbox is up, after {seconds:.1f} s. Ctrl-C stops it.\n")
    for name, value in rows.items():
        print(f"  {name:<{LABEL_WIDTH}} {value}")
    for person in addresses.users:
        print(f"  {'demo user':<{LABEL_WIDTH}} {person.email}   password: {person.password}")
    sys.stdout.flush()
