"""The status route against what a bare gateway is written with elsewhere."""

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from benchmarks.cases.status import CONDITIONS, PATH
from benchmarks.figures import CaseResult, Figure, at_least, informative
from benchmarks.gateway_stack import authorization, gateway, peer, responder
from benchmarks.peer_environment import PeersMissingError, peer_interpreter, peer_versions
from benchmarks.rounds import Options, alternate, cpu, rates
from benchmarks.servers import kafka, redis
from benchmarks.wrk import MISSING, load, wrk_path

PEERS = {"fastapi_aiohttp": "FastAPI, uvicorn and aiohttp", "fastapi_httpx": "FastAPI, uvicorn and httpx"}
LEAST = 0.8
"""No bare gateway in Python is to be more than 1.25 times as fast."""


def run(options: Options, find_interpreter: Callable[[], Path] = peer_interpreter) -> CaseResult:
    """Measure the status route with everything on, against FastAPI + uvicorn with aiohttp and with httpx, bare."""
    if wrk_path() is None:
        return CaseResult("peers", left_out=MISSING)
    try:
        interpreter = find_interpreter()
    except PeersMissingError as missing:
        return CaseResult("peers", left_out=f"{missing}, so this case was left out")
    with responder() as upstream, redis() as redis_url, kafka() as brokers, ExitStack() as running:
        url = f"http://127.0.0.1:{upstream.port}"
        servers = [
            running.enter_context(gateway(upstream=url, redis=redis_url, kafka=brokers)),
            *(running.enter_context(peer(interpreter, module, {"UPSTREAM_URL": url})) for module in PEERS),
        ]
        drives = [partial(load, server, PATH, headers=authorization()) for server in servers]
        mine, *theirs = alternate(*drives, options=options)
    figures: list[Figure] = []
    for name, loads in zip(PEERS.values(), theirs, strict=True):
        figures += [
            at_least(
                f"status route against {name}", "1/s", ours=rates(mine), floor=rates(loads), ratio=LEAST, of="peer"
            ),
            informative(f"CPU a request against {name}", "µs", ours=cpu(mine), floor=cpu(loads)),
        ]
    return CaseResult("peers", figures, f"{CONDITIONS}; {peer_versions()}")
