"""What the platform tells teachers, through Kafka: numbered, acknowledged, some of it twice."""

import asyncio
import time
from collections.abc import Sequence
from random import Random
from uuid import uuid4

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from benchmarks.feed_load import envelope, notification
from benchmarks.soak.load.ledger import Ledger
from common.contracts.envelope import TEACHER_NOTIFICATION_TOPIC

AGAIN_UNDER_ANOTHER_ID = 0.02
"""The part that is published twice as an outbox does whose acknowledgement was lost: the same data, a new event id."""

AGAIN_AS_IT_WAS = 0.01
"""The part that is published twice as a producer's retry does."""


class Notifications:
    """Sends numbered notifications.

    Args:
        producer: a started producer that waits for acknowledgements.
        ledger: learns what was sent and acknowledged.
        random: decides what is sent twice.
    """

    def __init__(self, producer: AIOKafkaProducer, ledger: Ledger, random: Random) -> None:
        self._producer = producer
        self._ledger = ledger
        self._random = random

    async def run(self, users: Sequence[str], *, rate: float, seconds: float) -> None:
        """Send ``rate`` notifications a second, on the average, to ``users`` chosen at random, for ``seconds``."""
        due, end = time.monotonic(), time.monotonic() + seconds
        async with asyncio.TaskGroup() as sending:
            while (due := due + self._random.expovariate(rate)) < end:
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                sending.create_task(self._send(self._random.choice(users)))

    async def _send(self, user_id: str) -> None:
        number = self._ledger.send(user_id)
        data, event_id = notification(user_id, number), uuid4()
        records = [envelope(data, event_id=event_id)]
        chance = self._random.random()
        if chance < AGAIN_UNDER_ANOTHER_ID:
            records.append(envelope(data))
        elif chance < AGAIN_UNDER_ANOTHER_ID + AGAIN_AS_IT_WAS:
            records.append(records[0])
        for record in records:
            try:
                await self._producer.send_and_wait(TEACHER_NOTIFICATION_TOPIC, record, key=user_id.encode())
            except KafkaError:
                return
            self._ledger.acknowledge(user_id, number)
