"""How each kind of neighbour is asked whether it can be reached, for ``--check --reach``."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from urllib.parse import urlsplit

from aiohttp import ClientError, ClientSession, DummyCookieJar
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError
from redis.exceptions import RedisError

from common.identity.jwks import KeySetUnavailableError, NoKeyPublishedError, usable_keys
from common.identity.jwks_http import fetch_over_http
from common.redis_client import make_redis
from common.settings.shared import ServiceSettings
from common.web.serving.check import REACH_WITHIN_S, Neighbour, UnreachableError


def common_neighbours(settings: ServiceSettings, *, topic: str) -> list[Neighbour]:
    """Return Redis, Kafka with ``topic``, and the JWK set where keys are fetched."""
    url = settings.shared.jwt_jwks_url
    keys = [] if url is None else [Neighbour("keys", place_of(url), _ask_keys(url))]
    return [_redis(settings), _kafka(settings, topic), *keys]


def http_neighbour(
    name: str,
    url: str,
    *,
    path: str,
    headers: Mapping[str, str] | None = None,
    refused: Mapping[int, str] | None = None,
) -> Neighbour:
    """Return a service that answers ``path`` below ``url`` with 200.

    Args:
        name: what the report calls it.
        url: where it is.
        path: what is asked for.
        headers: what the request carries.
        refused: what statuses mean that say which setting is wrong.
    """

    async def ask() -> str:
        with _told_as_unreachable(ClientError):
            async with (
                ClientSession(cookie_jar=DummyCookieJar()) as session,
                session.get(url + path, headers=headers) as response,
            ):
                if response.status != HTTPStatus.OK:
                    meaning = (refused or {}).get(response.status, "")
                    message = f"answered {response.status} to GET {path}{meaning}"
                    raise UnreachableError(message)
        return f"answered 200 to GET {path}"

    return Neighbour(name, url, ask)


def place_of(url: str) -> str:
    """Return scheme, host and port of ``url``, without user name and password."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


@contextmanager
def _told_as_unreachable(*failures: type[Exception]) -> Iterator[None]:
    """Raise UnreachableError in place of what a client library raises."""
    try:
        yield
    except failures as failure:
        message = f"{type(failure).__name__}: {failure}"
        raise UnreachableError(message) from failure


def _redis(settings: ServiceSettings) -> Neighbour:
    async def ask() -> str:
        redis = make_redis(settings.redis_url, settings.shared, connect_within_s=REACH_WITHIN_S)
        try:
            with _told_as_unreachable(RedisError):
                await redis.ping()
        finally:
            await redis.aclose()
        return "answered PING"

    return Neighbour("redis", place_of(settings.redis_url), ask)


def _kafka(settings: ServiceSettings, topic: str) -> Neighbour:
    servers = settings.kafka_bootstrap_servers

    async def ask() -> str:
        client = AIOKafkaClient(bootstrap_servers=servers, **settings.shared.kafka_security().client_options())
        try:
            with _told_as_unreachable(KafkaError):
                await client.bootstrap()
                await client.set_topics([topic])
            partitions = client.cluster.partitions_for_topic(topic)
        finally:
            await client.close()
        if not partitions:
            message = f"there is no topic {topic}"
            raise UnreachableError(message)
        return f"topic {topic} has {len(partitions)} partitions"

    return Neighbour("kafka", servers, ask)


def _ask_keys(url: str) -> Callable[[], Awaitable[str]]:
    async def ask() -> str:
        with _told_as_unreachable(KeySetUnavailableError):
            key_set = await fetch_over_http(url)()
            try:
                keys = usable_keys(key_set.body)
            except NoKeyPublishedError:
                return "no key yet: the identity service makes it at its first login"
        return f"usable keys: {len(keys)}"

    return ask
