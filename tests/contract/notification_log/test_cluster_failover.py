"""A Redis Cluster that fails over: the log is written where it is kept now."""

from contextlib import aclosing
from pathlib import Path
from uuid import uuid4

from redis.asyncio import RedisCluster

from common.errors.exceptions import HuleEduError
from common.identity.principal import UserId
from common.notification_log.keys import UserKeys
from common.notification_log.redis_log import RedisNotificationLog
from common.redis_client import make_redis
from common.settings.shared import RedisMode
from tests.support.eventually import eventually
from tests.support.notification_logs import new_user
from tests.support.real_ingest import redis_settings
from tests.support.valkey_cluster import ValkeyCluster

NODE_TIMEOUT_S = 1.0
PROMOTED_WITHIN_S = 60.0
DEADLINE_S = 1.0


async def test_a_primary_that_hangs(tmp_path: Path) -> None:
    """It refuses nothing and closes nothing; who took its place is found, though nobody else is asked anything."""
    async with ValkeyCluster(tmp_path, replicas=True, node_timeout_s=NODE_TIMEOUT_S) as cluster:
        redis = make_redis(cluster.servers[0].url, redis_settings(RedisMode.CLUSTER))
        assert isinstance(redis, RedisCluster)
        async with aclosing(redis):
            await redis.initialize()
            log = RedisNotificationLog(redis, service="test", deadline_s=DEADLINE_S)
            user = user_at(redis, cluster.servers[1].port)
            assert await is_appended(log, user)
            await cluster.servers[1].freeze()
            try:
                await eventually(lambda: is_appended(log, user), within_s=PROMOTED_WITHIN_S)
            finally:
                cluster.servers[1].thaw()


async def is_appended(log: RedisNotificationLog, user: UserId) -> bool:
    """Append, and tell whether that was confirmed in time."""
    try:
        await log.append(user, event_id=uuid4(), message=b'{"event":"class_created","data":{}}')
    except HuleEduError:
        return False
    return True


def user_at(redis: RedisCluster, port: int) -> UserId:
    """Return a new user whose log the primary with that port keeps."""
    while True:
        user = new_user()
        node = redis.get_node_from_key(UserKeys.of(user).state)
        if node is not None and node.port == port:
            return user
