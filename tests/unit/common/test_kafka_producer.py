"""The lifecycle of a service's one Kafka producer."""

import asyncio
from dataclasses import dataclass, field

import pytest
from aiokafka.errors import KafkaConnectionError, KafkaError, ProducerFenced, RequestTimedOutError
from structlog.testing import capture_logs

from common.kafka_producer import ProducerConnection
from tests.support.eventually import eventually


@dataclass(slots=True)
class Plug:
    """Implements :class:`common.kafka_producer.Producer`: fails or hangs where a test wants it to, without a broker."""

    on_start: Exception | None = None
    on_stop: Exception | None = None
    hangs: bool = False
    starts: asyncio.Event = field(default_factory=asyncio.Event)
    started: int = 0
    stopped: int = 0

    def __post_init__(self) -> None:
        self.starts.set()

    async def start(self) -> None:
        """Connect."""
        self.started += 1
        await self.starts.wait()
        if self.on_start is not None:
            raise self.on_start

    async def stop(self) -> None:
        """Close."""
        self.stopped += 1
        if self.hangs:
            await asyncio.Event().wait()
        if self.on_stop is not None:
            raise self.on_stop


def connection_of(*plugs: Plug, stop_deadline_s: float = 60.0) -> ProducerConnection[Plug]:
    """Return a connection that takes one of these after the other."""
    left = iter(plugs)
    return ProducerConnection(lambda: next(left), stop_deadline_s=stop_deadline_s)


async def test_callers_that_come_together_share_one_producer() -> None:
    """It is connected once, by the first of them."""
    plug = Plug()
    plug.starts.clear()
    connection = connection_of(plug)

    async with asyncio.TaskGroup() as group:
        callers = [group.create_task(connection.connect()) for _ in range(5)]
        await eventually(lambda: plug.started == 1)
        meanwhile = connection.producer
        plug.starts.set()

    assert meanwhile is None
    assert all(caller.result() is plug for caller in callers)
    assert connection.producer is plug
    assert plug.started == 1


async def test_a_producer_that_could_not_connect_is_closed() -> None:
    """The next attempt is another's."""
    absent, present = Plug(on_start=KafkaConnectionError()), Plug()
    connection = connection_of(absent, present)

    with pytest.raises(KafkaConnectionError):
        await connection.connect()

    assert (absent.stopped, connection.producer) == (1, None)
    assert await connection.connect() is present


async def test_a_caller_that_leaves_while_it_connects_leaves_nothing_open() -> None:
    """Its cancellation closes the producer."""
    plug = Plug()
    plug.starts.clear()
    connection = connection_of(plug)

    async with asyncio.TaskGroup() as group:
        caller = group.create_task(connection.connect())
        await eventually(lambda: plug.started == 1)
        caller.cancel()

    assert (plug.stopped, connection.producer) == (1, None)


async def test_another_takes_the_place_of_one_that_was_closed() -> None:
    """It is connected when it is asked for, and closing what is closed does nothing."""
    first, second = Plug(), Plug()
    connection = connection_of(first, second)
    await connection.connect()

    await connection.close()
    await connection.close()

    assert (first.stopped, connection.producer) == (1, None)
    assert await connection.connect() is second


@pytest.mark.parametrize(
    ("failure", "broken"),
    [
        pytest.param(ProducerFenced(), True, id="never recovers"),
        pytest.param(KafkaError("Unexpected error during batch delivery"), True, id="its sender died"),
        pytest.param(RequestTimedOutError(), False, id="passes"),
        pytest.param(OSError(), False, id="the network"),
    ],
)
async def test_a_producer_is_broken_when_every_later_send_fails(failure: Exception, *, broken: bool) -> None:
    """What passes doesn't cost the connection."""
    connection = connection_of(Plug())

    assert connection.is_broken(await connection.connect(), failure) is broken


async def test_a_producer_that_was_replaced_is_not_broken_again() -> None:
    """Sends that fail together after its end don't close the one that took its place."""
    connection = connection_of(Plug(), Plug())
    first = await connection.connect()
    await connection.close()

    assert not connection.is_broken(first, ProducerFenced())
    await connection.connect()
    assert not connection.is_broken(first, ProducerFenced())


@pytest.mark.parametrize(
    ("plug", "cause"),
    [
        pytest.param(Plug(on_stop=KafkaConnectionError()), "KafkaConnectionError", id="fails"),
        pytest.param(Plug(hangs=True), "TimeoutError", id="hangs"),
    ],
)
async def test_closing_neither_raises_nor_hangs(plug: Plug, cause: str) -> None:
    """What can't be closed in time is left; the log says so."""
    connection = connection_of(plug, stop_deadline_s=0.01)
    await connection.connect()

    with capture_logs() as logs:
        await connection.close()

    assert [(line["event"], line["cause"]) for line in logs] == [("kafka.not_stopped_cleanly", cause)]
