"""One more gateway process beside a running sandbox, to be stopped or left alone by what it needs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sandbox.addresses import Addresses
from sandbox.http_process import HttpProcess
from sandbox.parts import service_process
from sandbox.ports import LOOPBACK, free_port
from sandbox.stack import Stack
from tests.support.servers import running


@dataclass(frozen=True, slots=True)
class FurtherGateway:
    """The process, its port, and the sandbox's addresses with this gateway in place of its own."""

    process: HttpProcess
    port: int
    addresses: Addresses


@asynccontextmanager
async def further_gateway(sandbox: Stack, folder: Path, **variables: str) -> AsyncIterator[FurtherGateway]:
    """Run a gateway as the sandbox's is run but for its port and ``variables``; its log is in ``folder``."""
    port = free_port()
    environment = dict(sandbox.parts.gateway.environment or {}) | {"API_GATEWAY_HTTP_PORT": str(port)} | variables
    process = service_process("api_gateway", port, folder, environment)
    async with running(process):
        yield FurtherGateway(process, port, replace(sandbox.addresses, gateway=f"http://{LOOPBACK}:{port}"))
