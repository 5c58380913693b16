"""Serve one peer with uvicorn on uvloop and httptools: ``python -m benchmarks.peers.serve MODULE PORT``."""

import importlib
import sys

import uvicorn

if __name__ == "__main__":
    uvicorn.run(
        importlib.import_module(f"benchmarks.peers.{sys.argv[1]}").create_app(),
        host="127.0.0.1",
        port=int(sys.argv[2]),
        loop="uvloop",
        http="httptools",
        ws="none",
        access_log=False,
        log_level="warning",
    )
