"""Serve one floor with hypercorn on uvloop: ``python -m benchmarks.floors.serve MODULE PORT``."""

import asyncio
import importlib
import sys

import uvloop
from hypercorn.asyncio import serve
from hypercorn.config import Config


async def _serve(module: str, port: int) -> None:
    app = importlib.import_module(f"benchmarks.floors.{module}").create_app()
    config = Config()
    config.bind = [f"127.0.0.1:{port}"]
    config.accesslog = None
    config.errorlog = None
    await serve(app, config)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(sys.argv[1], int(sys.argv[2])))
