"""``python -m sandbox``: the whole platform on one machine. See ``--help``."""

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from sandbox.addresses import demo_people
from sandbox.errors import SandboxError
from sandbox.options import SigningAlgorithm, StackOptions
from sandbox.ports import free_port, require_free
from sandbox.tied import die_with_parent
from sandbox.up import up

COURSES = ("ENG5", "SV1")
MOST_REPLICAS = 9
DEMO_FEEDS = 2

DESCRIPTION = """\
The whole HuleEdu edge on this machine, on loopback ports: Valkey, a Kafka-protocol broker, the platform's other
services (simulated), the API gateway and the WebSocket service."""
UP_DESCRIPTION = """\
Start everything, print where it is, and keep it up until Ctrl-C or SIGTERM. With --json one line of JSON is printed
on stdout as soon as everything is ready: gateway, websocket, redis, kafka, upstreams, users, logs. A simulated service
can be made slow or failing: curl -X PUT UPSTREAM/_sandbox/dials -H 'content-type: application/json'
-d '{"latency_ms": 200, "failure": "none|500|502|hang|reset|garbage|trickle", "for_next": 3}'. In the same way
identity's /_sandbox/login takes {"refusal": "IDENTITY_ACCOUNT_LOCKED|IDENTITY_EMAIL_NOT_VERIFIED|RATE_LIMIT"}, bos's
/_sandbox/preflight {"outcome": "insufficient_credits|rate_limit|not_found|empty_pipeline|failed|..."}, and the
/_sandbox/outbox of bos, file and cms {"publish_again": 1}: the next notification is published twice, under two ids.
--gateway-port 8080 --websocket-port 8081 are the ports of the platform's previous edge on a developer's host."""
DEMO_DESCRIPTION = """\
Play a teacher's day: log in, open the live feed, create a class, register a batch, upload essays, confirm which
pupil wrote which, have the essays assessed, hear of everything live, make one deliberate mistake, log out. Starts
everything by itself unless --gateway and --websocket name services that run already. Exit code 0 when all went well."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return the exit code."""
    parser = make_parser()
    asked = parser.parse_args(arguments)
    try:
        if asked.command == "up":
            return run_up(asked)
        return run_demo(asked, parser)
    except SandboxError as failure:
        print(failure, file=sys.stderr)
        return 1


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=DESCRIPTION)
    commands = parser.add_subparsers(dest="command", required=True, metavar="{up,demo}")
    running = commands.add_parser("up", description=UP_DESCRIPTION, help="start everything and keep it up")
    running.add_argument("--json", action="store_true", help="print the addresses as one line of JSON")
    running.add_argument("--gateway-port", type=port, metavar="N", help="the gateway's port (default: a free one)")
    running.add_argument("--websocket-port", type=port, metavar="N", help="the WebSocket service's port (the same)")
    running.add_argument(
        "--feeds", type=replicas, default=DEMO_FEEDS, metavar="N", help="replicas of it (default: %(default)s)"
    )
    running.add_argument("--page-port", type=port, metavar="N", help="the dashboard's port (default: a free one)")
    running.add_argument("--no-page", action="store_true", help="serve no dashboard")
    running.add_argument("--no-browser", action="store_true", help="open no browser")
    running.add_argument(
        "--exit-with-parent", action="store_true", help="stop when the process that started this one ends (Linux)"
    )
    add_stack_options(running)
    demo = commands.add_parser("demo", description=DEMO_DESCRIPTION, help="play a teacher's day")
    demo.add_argument("--gateway", metavar="URL", help="a gateway that runs already, http://…")
    demo.add_argument("--websocket", metavar="URL", help="a WebSocket service that runs already, ws://…/ws")
    demo.add_argument("--email", default=demo_people()[0].email, help="who logs in (default: %(default)s)")
    demo.add_argument("--password", default=demo_people()[0].password, help="the password (default: the demo user's)")
    demo.add_argument("--course", choices=COURSES, default=COURSES[0], help="whose essays (default: %(default)s)")
    add_stack_options(demo)
    return parser


def add_stack_options(parser: argparse.ArgumentParser) -> None:
    """Add what both commands let choose."""
    parser.add_argument(
        "--algorithm",
        type=SigningAlgorithm,
        choices=[*SigningAlgorithm],
        default=SigningAlgorithm.HS256,
        help="how tokens are signed; RS256 as in production, by published keys (default: %(default)s)",
    )
    parser.add_argument(
        "--phase-seconds", type=float, default=0.3, metavar="S", help="a pipeline phase's time (default: %(default)s)"
    )
    parser.add_argument(
        "--token-seconds", type=int, default=3600, metavar="S", help="an access token's life (default: %(default)s)"
    )
    parser.add_argument(
        "--logs",
        type=Path,
        metavar="DIR",
        help="keep the logs there (default: a temporary folder, kept after failures)",
    )


def port(raw: str) -> int:
    """Return ``raw`` as a port number; argparse says what is wrong with it."""
    number = int(raw)
    if not 0 < number < 1 << 16:
        message = f"{number} is no port"
        raise argparse.ArgumentTypeError(message)
    return number


def replicas(raw: str) -> int:
    """Return ``raw`` as a number of replicas; argparse says what is wrong with it."""
    number = int(raw)
    if not 0 < number <= MOST_REPLICAS:
        message = f"{number} is not between 1 and {MOST_REPLICAS}"
        raise argparse.ArgumentTypeError(message)
    return number


def stack_options(asked: argparse.Namespace) -> StackOptions:
    """Return what was asked for."""
    return StackOptions(
        gateway_port=getattr(asked, "gateway_port", None),
        websocket_port=getattr(asked, "websocket_port", None),
        page_port=page_port(asked),
        feeds=getattr(asked, "feeds", DEMO_FEEDS),
        algorithm=asked.algorithm,
        token_lifetime_s=asked.token_seconds,
        phase_s=asked.phase_seconds,
        logs=asked.logs,
    )


def page_port(asked: argparse.Namespace) -> int | None:
    """Return the dashboard's port, None where there is to be none: for ``demo``, and with ``--no-page``."""
    if getattr(asked, "no_page", True):
        return None
    return asked.page_port or free_port()


def run_up(asked: argparse.Namespace) -> int:
    """Run ``up``."""
    if asked.exit_with_parent and not die_with_parent(os.getppid(), signal.SIGTERM):
        return 1
    for chosen, option in (
        (asked.gateway_port, "--gateway-port"),
        (asked.websocket_port, "--websocket-port"),
        (asked.page_port, "--page-port"),
    ):
        if chosen is not None:
            require_free(chosen, option=option)
    browse = not (asked.json or asked.no_browser)
    return asyncio.run(up(stack_options(asked), as_json=asked.json, browse=browse))


def run_demo(asked: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    """Run ``demo``. Its modules are loaded only here: ``up`` is ready sooner without rich and aiohttp."""
    if bool(asked.gateway) != bool(asked.websocket):
        parser.error("--gateway and --websocket belong together")
    demo = import_module("sandbox.demo")
    who = {"email": asked.email, "password": asked.password, "course": asked.course}
    if asked.gateway:
        scene = demo.Scene(gateway=asked.gateway.rstrip("/"), websocket=asked.websocket, **who)
        code: int = asyncio.run(demo.demo_on_running(scene))
    else:
        code = asyncio.run(demo.demo_on_own_stack(stack_options(asked), **who))
    return code


if __name__ == "__main__":
    sys.exit(main())
