"""deploy/nginx/edge.conf as a running nginx: its addresses and certificate are a test's, all else is as it stands."""

import os
import shutil
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox.ports import LOOPBACK, free_port
from sandbox.probes import accepts
from sandbox.processes import ManagedProcess
from scripts.docs.kept_files import ROOT
from tests.support.certificates import Authority, Identity
from tests.support.servers import running

CONF = ROOT / "deploy" / "nginx" / "edge.conf"
READY_WITHIN_S = 20.0


@dataclass(frozen=True, slots=True)
class Proxy:
    """Where nginx listens, and a context that trusts its certificate."""

    gateway_port: int
    feed_port: int
    tls: ssl.SSLContext

    @property
    def gateway(self) -> str:
        """The gateway's address for browsers."""
        return f"https://{LOOPBACK}:{self.gateway_port}"

    @property
    def feed(self) -> str:
        """The feed's address for sockets."""
        return f"wss://{LOOPBACK}:{self.feed_port}/ws"

    @property
    def events(self) -> str:
        """The feed's address for event streams."""
        return f"https://{LOOPBACK}:{self.feed_port}/events"


@asynccontextmanager
async def nginx(
    folder: Path, *, gateways: Sequence[int], feeds: Sequence[int], read_timeout: str = "90s"
) -> AsyncIterator[Proxy]:
    """Run nginx before replicas on those ports; skip the test where nginx isn't found.

    ``read_timeout`` is how long it waits for the gateway.
    """
    program = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if program is None:
        pytest.skip("nginx is not installed")
    authority = Authority(folder)
    proxy = Proxy(free_port(), free_port(), ssl.create_default_context(cafile=str(authority.file)))
    conf = folder / "nginx.conf"
    adapted = _adapted(folder, proxy, authority.issue("edge"), gateways=gateways, feeds=feeds)
    conf.write_text(adapted.replace("proxy_read_timeout 90s;", f"proxy_read_timeout {read_timeout};"))
    alone = "daemon off; master_process off;"  # one process, which ends with the test
    command = [program, "-p", str(folder), "-c", str(conf), "-e", str(folder / "error.log"), "-g", alone]
    async with running(_Nginx("nginx", command, log=folder / "nginx.log", port=proxy.feed_port)):
        yield proxy


class _Nginx(ManagedProcess):
    def __init__(self, name: str, command: Sequence[str], *, log: Path, port: int) -> None:
        super().__init__(name, command, log=log)
        self._port = port

    async def start(self) -> None:
        self.launch()
        await self.ready(lambda: accepts(self._port), within_s=READY_WITHIN_S)


def _adapted(folder: Path, proxy: Proxy, identity: Identity, *, gateways: Sequence[int], feeds: Sequence[int]) -> str:
    """Return the file with a test's addresses; what is replaced must stand there as often as is said."""
    text = CONF.read_text("utf-8")
    temporary = "".join(
        f"    {kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    for old, new in [
        ("pid /run/nginx.pid;", f"pid {folder}/nginx.pid;"),
        ("http {\n", f"http {{\n{temporary}"),
        ("/etc/nginx/tls/edge.pem", str(identity.certificate)),
        ("/etc/nginx/tls/edge.key", str(identity.key)),
        ("/var/log/nginx/edge.log", f"{folder}/access.log"),
        ("/var/log/nginx/error.log", f"{folder}/error.log"),
        ("listen 80;", f"listen {LOOPBACK}:{free_port()};"),
        ("listen 443 ssl http2;", f"listen {LOOPBACK}:{proxy.gateway_port} ssl http2;"),
        ("listen 443 ssl http2;", f"listen {LOOPBACK}:{proxy.feed_port} ssl http2;"),
        *((f"gateway-{n}.internal.example:4001", f"{LOOPBACK}:{port}") for n, port in enumerate(gateways, 1)),
        *((f"feed-{n}.internal.example:8080", f"{LOOPBACK}:{port}") for n, port in enumerate(feeds, 1)),
    ]:
        assert old in text, old
        text = text.replace(old, new, 1)
    assert ".internal.example" not in text
    return text
