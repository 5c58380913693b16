"""A replica of the feed is restarted once each of them reads Kafka.

Tansu goes on naming a member as its group's leader that left when another was about to join; no member is
assigned partitions from then on (docs/upstream-reports/tansu.md). Apache Kafka needs no such care.
"""

import asyncio
from collections.abc import Sequence

from sandbox.http_process import HttpProcess
from sandbox.probes import is_healthy

DRAIN_WITHIN_S = 15.0
READING_WITHIN_S = 15.0
ASK_EVERY_S = 0.1


async def restart_feed(
    replica: HttpProcess, replicas: Sequence[HttpProcess], *, within_s: float = READING_WITHIN_S
) -> None:
    """Stop and start ``replica``, one of ``replicas`` on one broker; after about ``within_s`` though not all read.

    Raises:
        SandboxError: when it does not become ready again.
    """
    await all_read_kafka(replicas, within_s=within_s)
    await replica.stop(grace_s=DRAIN_WITHIN_S)
    await replica.start()


async def all_read_kafka(replicas: Sequence[HttpProcess], *, within_s: float = READING_WITHIN_S) -> bool:
    """Return True once each of ``replicas`` that runs reads Kafka, False when that takes about ``within_s`` or more."""
    for _ in range(round(within_s / ASK_EVERY_S)):
        healths = [health_url(replica) for replica in replicas if replica.running]
        if all([await is_healthy(url) for url in healths]):
            return True
        await asyncio.sleep(ASK_EVERY_S)
    return False


def health_url(replica: HttpProcess) -> str:
    """Return where the replica tells how it and its neighbours are."""
    return replica.probes[0].replace("/readyz", "/healthz")
