"""One gateway process against two on the same port."""

import os
from functools import partial

from benchmarks.cases.status import PATH
from benchmarks.figures import CaseResult, at_most, informative
from benchmarks.gateway_stack import authorization, gateway, responder
from benchmarks.processes import free_port, pin
from benchmarks.rounds import Options, cpu, rates
from benchmarks.servers import kafka, redis
from benchmarks.wrk import MISSING, load, wrk_path

CONDITIONS = (
    "processes share one port by SO_REUSEPORT; load generator, upstream and Valkey take their part of the same cores"
)


def run(options: Options) -> CaseResult:
    """Measure rate and CPU a request with one process and with two.

    On two cores the load generator takes its part of the second one, so the rate can't double: what must hold is that
    a request costs the same with two processes as with one.
    """
    if wrk_path() is None:
        return CaseResult("replicas", left_out=MISSING)
    port = free_port()
    with responder() as upstream, redis() as redis_url, kafka() as brokers:
        start = partial(
            gateway, upstream=f"http://127.0.0.1:{upstream.port}", redis=redis_url, kafka=brokers, port=port
        )
        with start() as first:
            drive = partial(load, first, PATH, headers=authorization(), seconds=options.seconds)
            drive()
            alone = [drive() for _ in range(options.rounds)]
            with start() as second:
                pin(second.pid, (os.cpu_count() or 1) - 1)
                drive()
                shared = []
                for _ in range(options.rounds):
                    before = second.cpu_s()
                    one = drive()
                    both_us = one.cpu_us + (second.cpu_s() - before) / max(1, one.requests) * 1e6
                    shared.append((one.rate, both_us))
    cost_ratio = [pair[1] / alone_cost for pair, alone_cost in zip(shared, cpu(alone), strict=True)]
    figures = [
        informative("one process, requests a second", "1/s", ours=rates(alone)),
        informative("two processes, requests a second", "1/s", ours=[rate for rate, _ in shared]),
        at_most("two processes, CPU a request against one", "×", ours=cost_ratio, bound=1.15),
    ]
    return CaseResult("replicas", figures, CONDITIONS)
