"""``python -m sandbox.dashboard``: the page alone, for services that run elsewhere, as they do in compose.yaml."""

import argparse
import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.addresses import Addresses, demo_people
from sandbox.balancer import TcpBalancer
from sandbox.dashboard.control import controlling
from sandbox.dashboard.server import serving_page
from sandbox.http_process import HttpProcess
from sandbox.processes import ManagedProcess
from sandbox.signals import stop_signal
from sandbox.upstreams.settings import UpstreamSettings


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """No part that this process could break: others run them."""

    processes: Mapping[str, ManagedProcess] = field(default_factory=dict)
    feeds: Sequence[HttpProcess] = ()
    balancer: TcpBalancer | None = None


async def serve(addresses: Addresses, *, host: str, port: int) -> None:
    """Serve the page until SIGTERM or SIGINT."""
    stop = stop_signal()
    async with controlling(Elsewhere(), addresses) as control, serving_page(control, addresses, port=port, host=host):
        await stop.wait()


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.dashboard", description="The page alone.")
    parser.add_argument("--settings", type=Path, required=True, help="what the simulated services were told")
    parser.add_argument("--platform", required=True, metavar="HOST", help="where the simulated services are")
    parser.add_argument("--gateway", required=True, metavar="URL", help="the gateway as browsers call it, http://…")
    parser.add_argument("--websocket", required=True, metavar="URL", help="the feed as browsers call it, ws://…/ws")
    parser.add_argument("--port", type=int, required=True, help="where the page is, also for browsers")
    asked = parser.parse_args(arguments)
    settings = UpstreamSettings.from_file(asked.settings)
    addresses = Addresses(
        gateway=asked.gateway,
        websocket=asked.websocket,
        redis=settings.redis_url,
        kafka=settings.kafka_bootstrap,
        upstreams={name: f"http://{asked.platform}:{port}" for name, port in settings.ports.items()},
        users=demo_people(),
        logs="",
    )
    asyncio.run(serve(addresses, host=settings.host, port=asked.port))


if __name__ == "__main__":
    main()
