"""What the feed is put together from."""

from redis.asyncio import Redis

from common.redis_client import RedisClient
from sandbox.secrets import JWT_SECRET
from websocket_service.settings import load_settings
from websocket_service.wiring import make_container


async def test_redis_py_bounds_no_answer() -> None:
    """Each call bounds itself: redis-py's own bound may swallow a cancellation, and a loop then never ends."""
    servers = {"REDIS_URL": "redis://nowhere.invalid", "KAFKA_BOOTSTRAP_SERVERS": "nowhere.invalid:9092"}
    container = make_container(load_settings({"JWT_SECRET_KEY": JWT_SECRET, **servers}))

    redis = await container.get(RedisClient)

    assert isinstance(redis, Redis)
    assert redis.connection_pool.connection_kwargs["socket_timeout"] is None
    assert redis.connection_pool.connection_kwargs["socket_connect_timeout"]
    await container.close()
