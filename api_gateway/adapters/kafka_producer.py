"""aiokafka's producer with its waits cut short and its failures told apart by when they happen."""

import asyncio
from collections.abc import Awaitable

from aiokafka.errors import KafkaConnectionError, KafkaError
from aiokafka.partitioner import DefaultPartitioner
from aiokafka.structs import TopicPartition

from api_gateway import SERVICE_NAME
from common.contracts.envelope import RecordHeaders
from common.kafka_producer import KafkaOptions

REQUEST_DEADLINE_S = 4.0
START_DEADLINE_S = 10.0
PROBE_DEADLINE_S = 1.0
NO_LEADER = (None, -1)

_partition_of = DefaultPartitioner()


class KafkaProducer:
    """Sends to one topic over one connection to the brokers. It is made inside a running loop."""

    def __init__(self, options: KafkaOptions, topic: str) -> None:
        self._topic = topic
        self._producer = options.new_producer(request_timeout_s=REQUEST_DEADLINE_S, client_id=SERVICE_NAME)

    async def start(self) -> None:
        """Connect and learn where the topic lives.

        Raises:
            KafkaError, OSError: no broker is reachable, or they refuse; TimeoutError after 10 s.
        """
        async with asyncio.timeout(START_DEADLINE_S):
            await self._producer.start()
            await self._producer.partitions_for(self._topic)

    async def enqueue(self, *, key: bytes, value: bytes, headers: RecordHeaders) -> Awaitable[object]:
        """Hand a record over and return what resolves when the brokers have it. Raises only while nothing was sent.

        The leader's connection is looked at first: aiokafka would keep the record and try for the whole request
        timeout, and then nobody could tell whether an attempt had got through.
        """
        client = self._producer.client
        partitions = sorted(await self._producer.partitions_for(self._topic))
        partition = _partition_of(key, partitions, partitions)
        leader = client.cluster.leader_for_partition(TopicPartition(self._topic, partition))
        if leader in NO_LEADER or not await client.ready(leader):
            client.force_metadata_update()
            message = "the partition's leader is not reachable"
            raise KafkaConnectionError(message)
        acknowledged: Awaitable[object] = await self._producer.send(
            self._topic, value, key=key, partition=partition, headers=list(headers)
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
        """Close; also when it could not start."""
        await self._producer.stop()
