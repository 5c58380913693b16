from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.support.consumer_world import World
from tests.support.kafka_records import consuming


@pytest.fixture
def world() -> World:
    """A consumer that isn't running."""
    return World()


@pytest_asyncio.fixture
async def running(world: World) -> AsyncIterator[World]:
    """A consumer that runs."""
    async with consuming(world.consumer):
        yield world
