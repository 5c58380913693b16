"""A batch from its registration to its pipeline, and what Kafka then holds of it."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Final, NoReturn
from uuid import uuid4

import aiohttp
from aiokafka import AIOKafkaConsumer

from benchmarks.soak.load.command_ledger import CommandLedger
from benchmarks.soak.load.teacher import Answer, Call, Teacher
from common.contracts.envelope import PIPELINE_COMMAND_TOPIC

TRIES_FOR_S = 120.0
"""Longer than a key stays claimed by a gateway that was killed."""

LONGEST_WAIT_S = 3.0
REPEATED_AT_ONCE = 0.1
"""The part of commands that a second click sends again while the first is under way."""

TEXT: Final = b"In the summer holidays my family and I went to the lake, and there I learned to swim. "
BATCHES_KEPT = 3
"""How many of a teacher's batches she still looks at."""


class BatchWork:
    """Registers a batch, uploads its essays and starts its pipeline.

    Args:
        ledger: learns what was acknowledged.
    """

    def __init__(self, ledger: CommandLedger) -> None:
        self._ledger = ledger

    async def carry_out(self, teacher: Teacher, due: float) -> None:
        """Take one batch of ``teacher`` from registration to an accepted command."""
        essays = teacher.random.randint(1, 4)
        body = {"course_code": "ENG5", "expected_essay_count": essays}
        registration = keyed_call("/v1/batches/register", body, route="register", due=due)
        registered = Answer(0)
        async for answer in until_settled(teacher, registration):
            registered = answer
        if not registered.ok:
            return
        batch_id = registered.body["batch_id"]
        teacher.batches = [*teacher.batches, batch_id][-BATCHES_KEPT:]
        form = essay_form(batch_id, essays, teacher)
        upload = Call(method="POST", path="/v1/files/batch", route="upload", form=form)
        if (await teacher.call(upload)).ok:
            await self._start(teacher, batch_id)

    async def _start(self, teacher: Teacher, batch_id: str) -> None:
        command = self._ledger.attempt(batch_id)
        call = keyed_call(f"/v1/batches/{batch_id}/pipelines", {"requested_pipeline": "nlp"}, route="command")

        async def click() -> None:
            async for answer in until_settled(teacher, call):
                command.cut = command.cut or (is_unsettled(answer) and answer.status != HTTPStatus.CONFLICT)
                command.acknowledged = command.acknowledged or answer.status == HTTPStatus.ACCEPTED
                command.refused = command.refused or not (answer.ok or is_unsettled(answer))

        async with asyncio.TaskGroup() as clicks:
            clicks.create_task(click())
            if teacher.random.random() < REPEATED_AT_ONCE:
                clicks.create_task(click())


def keyed_call(path: str, body: object, *, route: str, due: float | None = None) -> Call:
    """Return a POST under a fresh ``Idempotency-Key``."""
    return Call(method="POST", path=path, route=route, due=due, json=body, headers={"Idempotency-Key": str(uuid4())})


async def until_settled(teacher: Teacher, call: Call) -> AsyncIterator[Answer]:
    """Send a request under its key until it is settled, or time is up; yield each answer."""
    give_up = time.monotonic() + TRIES_FOR_S
    while True:
        answer = await teacher.call(call)
        yield answer
        if not is_unsettled(answer) or time.monotonic() > give_up:
            return
        call = call.again
        await asyncio.sleep(min(LONGEST_WAIT_S, answer.retry_after_s) * teacher.random.uniform(0.5, 1.0))


def is_unsettled(answer: Answer) -> bool:
    """Tell whether the request is to be sent again under its key: no response, or one that isn't stored."""
    passing = {0, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS}
    return answer.status in passing or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR


def essay_form(batch_id: str, count: int, teacher: Teacher) -> aiohttp.FormData:
    """Return the form that uploads ``count`` essays of some kilobytes."""
    form = aiohttp.FormData()
    form.add_field("batch_id", batch_id)
    for number in range(count):
        essay = TEXT * teacher.random.randint(20, 200)
        form.add_field("files", essay, filename=f"essay-{number}.txt", content_type="text/plain")
    return form


async def read_commands(bootstrap: str, ledger: CommandLedger) -> NoReturn:
    """Note every command that Kafka holds, from the first on, until cancelled."""
    consumer = AIOKafkaConsumer(
        PIPELINE_COMMAND_TOPIC, bootstrap_servers=bootstrap, auto_offset_reset="earliest", enable_auto_commit=False
    )
    await consumer.start()
    try:
        while True:
            record = await consumer.getone()
            event_id = next((value.decode() for name, value in record.headers if name == "event_id"), "none")
            ledger.record(json.loads(record.value)["data"]["batch_id"], event_id)
    finally:
        await consumer.stop()
