"""aiokafka's producer with its waits cut short and its failures told apart by when they happen."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaConnectionError, KafkaError
from aiokafka.partitioner import DefaultPartitioner
from aiokafka.structs import TopicPartition

from api_gateway import SERVICE_NAME
from common.contracts.envelope import RecordHeaders
from common.settings.kafka import PLAINTEXT, KafkaSecurity

REQUEST_TIMEOUT_MS = 4_000
"""How long the broker may take for one request; aiokafka's own 40 s would hold the caller and the drain."""

START_DEADLINE_S = 10.0
STOP_DEADLINE_S = 2.0
PROBE_DEADLINE_S = 1.0
NO_LEADER = (None, -1)

_partition_of = DefaultPartitioner()
_logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaOptions:
    """Where the brokers are, how they are reached, and whether they know idempotent producers."""

    bootstrap_servers: str
    idempotent: bool = True
    security: KafkaSecurity = PLAINTEXT


class KafkaProducer:
    """One connection to the brokers, made inside a running loop; stop it also when it could not start.

    A record counts as sent when every in-sync replica has it (acks=all).
    """

    def __init__(self, options: KafkaOptions) -> None:
        self._producer = AIOKafkaProducer(
            bootstrap_servers=options.bootstrap_servers,
            client_id=SERVICE_NAME,
            acks="all",
            enable_idempotence=options.idempotent,
            request_timeout_ms=REQUEST_TIMEOUT_MS,
            **options.security.client_options(),
        )

    async def start(self, topic: str) -> None:
        """Connect and learn where ``topic`` lives.

        Raises:
            KafkaError, OSError: no broker is reachable, or they refuse; TimeoutError after 10 s.
        """
        async with asyncio.timeout(START_DEADLINE_S):
            await self._producer.start()
            await self._producer.partitions_for(topic)

    async def enqueue(self, topic: str, *, key: bytes, value: bytes, headers: RecordHeaders) -> Awaitable[object]:
        """Hand a record over and return what resolves when the brokers have it. Raises only while nothing was sent.

        The leader's connection is looked at first: aiokafka would keep the record and try for the whole request
        timeout, and then nobody could tell whether an attempt had got through.
        """
        client = self._producer.client
        partitions = sorted(await self._producer.partitions_for(topic))
        partition = _partition_of(key, partitions, partitions)
        leader = client.cluster.leader_for_partition(TopicPartition(topic, partition))
        if leader in NO_LEADER or not await client.ready(leader):
            client.force_metadata_update()
            message = "the partition's leader is not reachable"
            raise KafkaConnectionError(message)
        acknowledged: Awaitable[object] = await self._producer.send(
            topic, value, key=key, partition=partition, headers=list(headers)
        )
        return acknowledged

    async def answers(self) -> bool:
        """Whether a broker answers a question about the cluster within a second."""
        try:
            async with asyncio.timeout(PROBE_DEADLINE_S):
                return bool(await self._producer.client.force_metadata_update())
        except (KafkaError, OSError):
            return False

    async def stop(self) -> None:
        """Close within 2 s: with records that can't be delivered aiokafka would wait for its whole request timeout."""
        try:
            async with asyncio.timeout(STOP_DEADLINE_S):
                await self._producer.stop()
        except (KafkaError, OSError) as fault:
            _logger.warning("kafka.not_stopped_cleanly", cause=type(fault).__name__)
