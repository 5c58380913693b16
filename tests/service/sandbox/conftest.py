from collections.abc import AsyncIterator, Iterator

import pytest
from redis.asyncio import Redis

from sandbox.options import SigningAlgorithm
from sandbox.ports import free_port
from sandbox.redis_server import RedisServer
from sandbox.tokens import TokenMint
from sandbox.upstreams.batch_orchestrator import batch_orchestrator_app
from sandbox.upstreams.class_management import class_management_app
from sandbox.upstreams.file_service import file_service_app
from sandbox.upstreams.identity import identity_app
from sandbox.upstreams.listener import Listener
from sandbox.upstreams.records import Platform
from sandbox.upstreams.result_aggregator import result_aggregator_app
from sandbox.upstreams.settings import UpstreamSettings
from sandbox.upstreams.surroundings import Surroundings
from sandbox.upstreams.teacher_bff import teacher_bff_app
from tests.fakes.notifier import RecordingNotifier
from tests.service.sandbox.world import KEY, World


@pytest.fixture
async def redis(valkey: RedisServer) -> AsyncIterator[Redis]:
    """A client of the session's Valkey."""
    async with Redis.from_url(valkey.url, decode_responses=True) as client:
        yield client


@pytest.fixture
def listener() -> Iterator[Listener]:
    """A listener on a free port."""
    with Listener(free_port()) as opened:
        yield opened


@pytest.fixture
def world(redis: Redis, listener: Listener) -> World:
    """Fresh services that remember what they would have told the teacher."""
    settings = UpstreamSettings(
        ports={},
        redis_url="",
        kafka_bootstrap="",
        internal_api_key=KEY,
        algorithm=SigningAlgorithm.HS256,
        token_lifetime_s=600,
        phase_s=0,
        validation_timeout_s=60,
    )
    notifier, platform = RecordingNotifier(), Platform()
    around = Surroundings(settings=settings, platform=platform, notifier=notifier, mint=TokenMint(), redis=redis)
    return World(
        platform=platform,
        notifier=notifier,
        identity=identity_app(around, listener).test_client(),
        bos=batch_orchestrator_app(around, listener).test_client(),
        ras=result_aggregator_app(around, listener).test_client(),
        files=file_service_app(around, listener).test_client(),
        cms=class_management_app(around, listener).test_client(),
        bff=teacher_bff_app(around, listener).test_client(),
    )
