"""``python -m sandbox.upstreams SETTINGS``: all simulated services in one process, until SIGTERM."""

import argparse
import asyncio
import logging
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TypeAlias

from common.quick_imports import quick_imports

with quick_imports():
    from hypercorn.asyncio import serve
    from quart import Quart

    from sandbox.people import DEMO_USERS, crowd
    from sandbox.signals import stop_signal
    from sandbox.tokens import TokenMint
    from sandbox.upstreams.batch_orchestrator import batch_orchestrator_app
    from sandbox.upstreams.class_management import class_management_app
    from sandbox.upstreams.connections import connect_redis, consuming, producing, rewind_after_restarts
    from sandbox.upstreams.file_service import file_service_app
    from sandbox.upstreams.identity import identity_app
    from sandbox.upstreams.listener import Listener, ListenerConfig
    from sandbox.upstreams.notifications import OutboxNotifier
    from sandbox.upstreams.pipelines import PipelineWorker
    from sandbox.upstreams.records import Platform
    from sandbox.upstreams.result_aggregator import result_aggregator_app
    from sandbox.upstreams.settings import UpstreamSettings
    from sandbox.upstreams.surroundings import Surroundings
    from sandbox.upstreams.teacher_bff import teacher_bff_app

AppFactory: TypeAlias = Callable[[Surroundings, Listener], Quart]

SERVICES: dict[str, AppFactory] = {
    "identity": identity_app,
    "bos": batch_orchestrator_app,
    "ras": result_aggregator_app,
    "file": file_service_app,
    "cms": class_management_app,
    "bff": teacher_bff_app,
}


async def run(settings: UpstreamSettings) -> None:
    """Serve every service and carry out commands until SIGTERM or SIGINT."""
    async with AsyncExitStack() as resources:
        producer = await resources.enter_async_context(producing(settings.kafka_bootstrap))
        commands = await resources.enter_async_context(consuming(settings.kafka_bootstrap))
        redis = await resources.enter_async_context(connect_redis(settings.redis_url))
        notifier = OutboxNotifier(producer, redis)
        around = Surroundings(
            settings=settings,
            platform=Platform((*DEMO_USERS, *crowd(settings.crowd))),
            notifier=notifier,
            mint=TokenMint.for_algorithm(settings.algorithm, secret=settings.jwt_secret),
        )
        stop = stop_signal()
        async with asyncio.TaskGroup() as tasks:
            working = [
                tasks.create_task(notifier.run()),
                tasks.create_task(PipelineWorker(around).run(commands)),
                tasks.create_task(rewind_after_restarts(commands, settings.kafka_bootstrap)),
            ]
            for name, make_app in SERVICES.items():
                listener = Listener(settings.ports[name], host=settings.host)
                app = make_app(around, listener)
                tasks.create_task(serve(app, ListenerConfig(listener), shutdown_trigger=stop.wait))
            await stop.wait()
            for task in working:
                task.cancel()


def main() -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.upstreams", description="The simulated services.")
    parser.add_argument("settings", type=Path, help="a file the sandbox has written (sandbox/upstreams/settings.py)")
    settings = UpstreamSettings.from_file(parser.parse_args().settings)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for noisy in ("aiokafka", "sandbox.upstreams.hypercorn"):
        logging.getLogger(noisy).setLevel(logging.CRITICAL)
    asyncio.run(run(settings))


if __name__ == "__main__":
    main()
