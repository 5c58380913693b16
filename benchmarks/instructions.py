"""Count the instructions of a request or an accepted socket: ``python -m benchmarks.instructions [CASE …]``.

A machine that is busy with other work tells nothing by its rates, and little by its CPU times. The instructions that a
process executes in user space hardly vary (0.3 %), so they tell a step of 1 % from chance. They say nothing of the
kernel's part, about a fifth of a request. Needs callgrind (Debian: ``apt-get install valgrind``); takes some minutes.
"""

import argparse
import contextlib
import http.client
import itertools
import json
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.cases import commands, status
from benchmarks.cases.peers import PEERS
from benchmarks.feed_client import handshake
from benchmarks.feed_stack import SETTLE_S, feed
from benchmarks.gateway_stack import authorization, floor, gateway, peer, responder
from benchmarks.peer_environment import peer_interpreter
from benchmarks.processes import Server, python
from benchmarks.servers import kafka, redis

CONNECTIONS = 4
WARM_UP = 100
COUNTED = 240
PATIENT_FEED = python("benchmarks.patient_feed")
PATIENT_GATEWAY = python("benchmarks.patient_gateway")

FETCH_MAX_WAIT_MS = "5000"
"""So that the feed's own consumer takes next to nothing of what is counted."""

PING_INTERVAL_S = "300"
"""So that nothing is due of the sockets that are open already."""

_TOTAL = re.compile(r"^(?:totals|summary): (\d+)", re.MULTILINE)

Start = Callable[[Sequence[str]], AbstractContextManager[Server]]
Starts = AbstractContextManager[Mapping[str, Start]]

Load = Callable[[int, int], None]
"""Asks a server, by its port, a number of times; raises OSError for a bad answer."""


@dataclass(frozen=True, slots=True)
class Case:
    """What is counted.

    Attributes:
        servers: runs what all need, and yields by name what starts ours first, then the others, under a tool.
        load: makes what asks one server.
        unit: what it asks for.
        less_idle: whether what the server does unasked in the same time is subtracted. The feed renews its leases, and
            beside a server that is slowed down the rest of the world is fast.
    """

    servers: Callable[[], Starts]
    load: Callable[[], Load]
    unit: str = "a request"
    less_idle: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """A request to the gateway, and the floor that is asked the same; without a floor the peers are."""

    path: str
    floor: str = ""
    method: str = "GET"
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.instructions", description=__doc__)
    parser.add_argument("cases", nargs="*", default=list(CASES), metavar="CASE", help=f"of: {', '.join(CASES)}")
    for name in parser.parse_args().cases:
        case = CASES[name]
        with case.servers() as starts:
            ours, *others = [(each, count(start, case)) for each, start in starts.items()]
        for other, bare in others:
            ratio = f"{other} / ours {bare / ours[1]:.2f}"
            print(f"{name:8} ours {ours[1]:,.0f}, {other} {bare:,.0f} instructions {case.unit}; {ratio}", flush=True)
    return 0


@contextlib.contextmanager
def gateway_servers(request: Request) -> Iterator[Mapping[str, Start]]:
    """Run upstream, Redis and Kafka; yield the gateway and its floor or peers.

    Raises:
        PeersMissingError: when the peers' packages can't be fetched.
    """
    with responder() as upstream, redis() as redis_url, kafka() as brokers:
        url = f"http://127.0.0.1:{upstream.port}"
        env = {"UPSTREAM_URL": url, "KAFKA_BOOTSTRAP_SERVERS": brokers}
        starts: dict[str, Start] = {
            "ours": lambda under: gateway(
                upstream=url, redis=redis_url, kafka=brokers, command=[*under, *PATIENT_GATEWAY]
            )
        }
        if request.floor:
            starts["floor"] = partial(_floor, request.floor, env)
        else:
            starts |= {name: partial(_peer, peer_interpreter(), name, env) for name in PEERS}
        yield starts


@contextlib.contextmanager
def feed_servers() -> Iterator[Mapping[str, Start]]:
    """Run Redis and Kafka; yield the feed and its floor."""
    with redis() as redis_url, kafka() as brokers:
        extra = {"KAFKA_FETCH_MAX_WAIT_MS": FETCH_MAX_WAIT_MS, "WEBSOCKET_PING_INTERVAL": PING_INTERVAL_S}
        yield {
            "ours": lambda under: feed(
                redis_url=redis_url, brokers=brokers, extra=extra, command=[*under, *PATIENT_FEED]
            ),
            "floor": partial(_floor, "relay", {"REDIS_URL": redis_url}),
        }


def _floor(module: str, env: Mapping[str, str], under: Sequence[str]) -> AbstractContextManager[Server]:
    return floor(module, env, under=under)


def _peer(
    interpreter: Path, module: str, env: Mapping[str, str], under: Sequence[str]
) -> AbstractContextManager[Server]:
    return peer(interpreter, module, env, under=under)


def count(start: Start, case: Case) -> float:
    """Return the instructions that the server that ``start`` runs takes for one of what ``case`` asks for."""
    load = case.load()
    with TemporaryDirectory(prefix="edge-bench-") as folder:
        out = Path(folder, "callgrind")
        with start(["valgrind", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={out}"]) as server:
            load(server.port, WARM_UP)
            _control(server, "--instr=on")
            load(server.port, CONNECTIONS)
            _control(server, "--zero")
            began = time.monotonic()
            load(server.port, COUNTED)
            took_s = time.monotonic() - began
            _control(server, "--dump")
            if case.less_idle:
                time.sleep(took_s)
                _control(server, "--dump")
        counted = _total(out, 1) - (_total(out, 2) if case.less_idle else 0)
    return counted / COUNTED


def _total(out: Path, dump: int) -> int:
    """Return the instructions of the process's dump of this number."""
    found = _TOTAL.search(out.with_name(f"{out.name}.{dump}").read_text(errors="replace"))
    if found is None:
        message = f"callgrind's dump {dump} has no total"
        raise ValueError(message)
    return int(found[1])


def _control(server: Server, option: str) -> None:
    control = shutil.which("callgrind_control") or "callgrind_control"
    subprocess.run([control, option, str(server.pid)], check=True, capture_output=True)


def requests(request: Request) -> Load:
    """Return a load of ``request`` over some connections at once."""

    def ask(port: int, number: int) -> None:
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            list(pool.map(partial(_ask, port, request), [number // CONNECTIONS] * CONNECTIONS))

    return ask


def _ask(port: int, request: Request, number: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    for _ in range(number):
        connection.request(
            request.method, request.path, body=request.body, headers={**authorization(), **request.headers}
        )
        response = connection.getresponse()
        response.read()
        if response.status >= HTTPStatus.MULTIPLE_CHOICES:
            message = f"{request.path} was answered {response.status}"
            raise OSError(message)
    connection.close()


def sockets() -> Load:
    """Return a load of sockets, each of another user, some opened at once; they stay open."""
    users, opened = itertools.count(), list[socket.socket]()

    def connect(port: int, number: int) -> None:
        names = [f"teacher-{user}" for user in itertools.islice(users, number)]
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            opened.extend(pool.map(partial(_connect, port), names))
        time.sleep(SETTLE_S)  # what follows the response, too, belongs to a socket

    return connect


def _connect(port: int, user: str) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port))
    connection.sendall(handshake(user))
    status, _, _ = connection.recv(4096).partition(b"\r\n")
    if b" 101 " not in status:
        message = f"a handshake was answered {status!r}"
        raise OSError(message)
    return connection


def _gateway_case(request: Request) -> Case:
    return Case(partial(gateway_servers, request), partial(requests, request))


CASES = {
    "status": _gateway_case(Request(status.PATH, "status")),
    "peers": _gateway_case(Request(status.PATH)),
    "stream": _gateway_case(Request("/v1/classes/size/2048", "streaming")),
    "command": _gateway_case(
        Request(
            commands.PATH,
            "producer",
            "POST",
            json.dumps({"requested_pipeline": "cj_assessment"}).encode(),
            {"Content-Type": "application/json"},
        )
    ),
    "accepts": Case(feed_servers, sockets, "an accept", less_idle=True),
}

if __name__ == "__main__":
    sys.exit(main())
