"""Pipeline commands, acknowledged by the broker, against a bare producer route."""

import json
import tempfile
from functools import partial
from pathlib import Path

from benchmarks.figures import CaseResult, at_least, informative
from benchmarks.gateway_stack import authorization, floor, gateway, responder
from benchmarks.rounds import Options, alternate, cpu, rates
from benchmarks.servers import kafka, redis
from benchmarks.wrk import MISSING, load, wrk_path

PATH = "/v1/batches/b1/pipelines"
CONDITIONS = (
    "one gateway process on core 0 (it asks the preflight first); wrk, raw upstream, Tansu and Valkey on core 1"
)


def run(options: Options) -> CaseResult:
    """Measure acknowledged commands, preflight included, against producing alone and producing after a bare call."""
    if wrk_path() is None:
        return CaseResult("command", left_out=MISSING)
    with tempfile.TemporaryDirectory() as folder, responder() as upstream, redis() as redis_url, kafka() as brokers:
        script = Path(folder, "post.lua")
        body = json.dumps({"requested_pipeline": "cj_assessment"})
        script.write_text(f'wrk.method = "POST"\nwrk.body = {json.dumps(body)}\n')
        headers = {**authorization(), "Content-Type": "application/json"}
        drive = partial(load, path=PATH, headers=headers, script=script)
        url = f"http://127.0.0.1:{upstream.port}"
        produce = {"KAFKA_BOOTSTRAP_SERVERS": brokers}
        with (
            floor("producer", produce) as bare,
            floor("producer", {**produce, "UPSTREAM_URL": url}) as asking,
            gateway(upstream=url, redis=redis_url, kafka=brokers) as ours,
        ):
            mine, theirs, asked = alternate(
                partial(drive, ours), partial(drive, bare), partial(drive, asking), options=options
            )
    figures = [
        informative("pipeline command, acknowledged", "1/s", ours=rates(mine), floor=rates(theirs)),
        informative("pipeline command, CPU a request", "µs", ours=cpu(mine), floor=cpu(theirs)),
        at_least("against a floor that asks first too", "1/s", ours=rates(mine), floor=rates(asked), ratio=0.75),
        informative("against a floor that asks first too, CPU a request", "µs", ours=cpu(mine), floor=cpu(asked)),
    ]
    return CaseResult("command", figures, CONDITIONS)
