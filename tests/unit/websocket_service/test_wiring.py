"""What the feed is put together from."""

from redis.asyncio import Redis

from common.notification_log import PAGE_BYTES
from common.notification_log.log import Retention
from common.redis_client import RedisClient
from sandbox.secrets import JWT_SECRET
from websocket_service.app import create_app
from websocket_service.protocol.limits import FeedLimits
from websocket_service.settings import LARGEST_NOTIFICATION_LIMIT, load_settings
from websocket_service.wiring import make_container


async def test_the_size_of_a_notification_is_the_settings() -> None:
    """What is told, and what may be published directly, has the same limit."""
    servers = {"REDIS_URL": "redis://nowhere.invalid", "KAFKA_BOOTSTRAP_SERVERS": "nowhere.invalid:9092"}
    settings = load_settings({"JWT_SECRET_KEY": JWT_SECRET, "FEED_MAX_NOTIFICATION_BYTES": "100000", **servers})
    container = make_container(settings)

    limits = await container.get(FeedLimits)

    assert limits.notification_bytes == 100_000
    await container.close()


def test_two_of_the_largest_notifications_find_room() -> None:
    """Whatever the setting says, an outbox takes one beside another, a page takes one, and a user keeps several."""
    limits = FeedLimits()

    assert limits.outbox_bytes >= 2 * LARGEST_NOTIFICATION_LIMIT
    assert LARGEST_NOTIFICATION_LIMIT <= PAGE_BYTES
    assert Retention().stream_bytes >= 8 * LARGEST_NOTIFICATION_LIMIT


async def test_redis_py_bounds_no_answer() -> None:
    """Each call bounds itself: redis-py's own bound may swallow a cancellation, and a loop then never ends."""
    servers = {"REDIS_URL": "redis://nowhere.invalid", "KAFKA_BOOTSTRAP_SERVERS": "nowhere.invalid:9092"}
    container = make_container(load_settings({"JWT_SECRET_KEY": JWT_SECRET, **servers}))

    redis = await container.get(RedisClient)

    assert isinstance(redis, Redis)
    assert redis.connection_pool.connection_kwargs["socket_timeout"] is None
    assert redis.connection_pool.connection_kwargs["socket_connect_timeout"]
    await container.close()


def test_no_route_of_the_feed_takes_an_id() -> None:
    """Whose notifications are sent follows from the credential alone, so there is no id of another user's to send."""
    servers = {"REDIS_URL": "redis://nowhere.invalid", "KAFKA_BOOTSTRAP_SERVERS": "nowhere.invalid:9092"}
    app = create_app(make_container(load_settings({"JWT_SECRET_KEY": JWT_SECRET, **servers})))

    assert [rule.rule for rule in app.url_map.iter_rules() if rule.arguments] == []
