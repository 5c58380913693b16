"""What an address of Redis may say; a connection is built from it at the start, and nothing is contacted."""

import ssl
from collections.abc import Callable, Mapping
from typing import Annotated, Final
from urllib.parse import parse_qs, unquote, urlsplit

from pydantic import AfterValidator
from redis.asyncio.connection import AbstractConnection, ConnectionPool, SSLConnection, parse_url
from redis.exceptions import RedisError

from common.settings.values import check_printable

SCHEMES: Final = ("redis", "rediss", "unix")
TLS_OPTIONS: Final = frozenset(
    {"ssl_ca_certs", "ssl_ca_path", "ssl_cert_reqs", "ssl_certfile", "ssl_check_hostname", "ssl_keyfile"}
)
OPTIONS: Final = frozenset({"client_name", "db", "password", "username"})
_NOT_OPTIONS: Final = frozenset({"connection_class", "host", "path", "port"})

# redis-py ships these without types.
_parse: Callable[[str], Mapping[str, object]] = parse_url
_pool: Callable[[str], ConnectionPool] = ConnectionPool.from_url


def check_redis_url(raw: str) -> str:
    """Return ``raw`` if a connection can be made as it says.

    Only options that say where Redis is and how to be let in are taken: the services rely on how replies look
    (``decode_responses``, ``protocol``) and set every bound of time and number themselves.

    Raises:
        ValueError: what is wrong, without the value.
    """
    check_printable(raw)
    scheme = urlsplit(raw).scheme
    if scheme not in SCHEMES:
        message = "must begin with redis://, rediss:// or unix://"
        raise ValueError(message)
    _check_options(raw, OPTIONS | TLS_OPTIONS if scheme == "rediss" else OPTIONS)
    _check_place(raw)
    _build(raw)
    return raw


RedisUrl = Annotated[str, AfterValidator(check_redis_url)]


def connection_options(url: str) -> dict[str, object]:
    """Return what ``url`` says beside where Redis is, as redis-py's connections take it."""
    return {name: value for name, value in _parse(url).items() if name not in _NOT_OPTIONS}


def fits_mode(url: str, *, shared_database_only: bool, by_network: bool) -> str | None:
    """Return why ``url`` can't be used where Redis is asked for like this, or None when it can.

    Args:
        url: one that ``check_redis_url`` took.
        shared_database_only: there is only database 0, as in a Cluster.
        by_network: Redis is reached by host and port, as the nodes are that a Sentinel or a Cluster names.
    """
    if by_network and urlsplit(url).scheme == "unix":
        return "must be redis:// or rediss:// with this REDIS_MODE"
    if shared_database_only and _parse(url).get("db", 0) != 0:
        return "must not name a database, because a Cluster has only one"
    return None


def _check_options(raw: str, known: frozenset[str]) -> None:
    given = parse_qs(urlsplit(raw).query, keep_blank_values=True)
    unknown = sorted(name if name.isidentifier() else "?" for name in given.keys() - known)
    if unknown:
        message = f"option {', '.join(unknown)} is not allowed; allowed are {', '.join(sorted(known))}"
        raise ValueError(message)
    repeated = sorted(name for name, values in given.items() if len(values) > 1)
    if repeated:
        message = f"option {', '.join(repeated)} is given more than once"
        raise ValueError(message)


def _check_place(raw: str) -> None:
    parts = urlsplit(raw)
    if parts.scheme == "unix":
        if not parts.path:
            message = "must name the socket's path, unix:///path"
            raise ValueError(message)
        return
    if not parts.hostname:
        message = "must name a host"
        raise ValueError(message)
    if parts.port == 0:
        message = "its port must be a number from 1 to 65535"
        raise ValueError(message)
    database = unquote(parts.path).strip("/")
    if database and not database.isdecimal():
        message = "its path must be the database's number"
        raise ValueError(message)


def _build(raw: str) -> None:
    """Make a connection, and for TLS what it would be secured with."""
    try:
        make: Callable[[], AbstractConnection] = _pool(raw).make_connection
        connection = make()
        if isinstance(connection, SSLConnection):
            connection.ssl_context.get()
    except (OSError, ssl.SSLError) as error:
        message = f"its certificates can't be read: {error.strerror or type(error).__name__}"
        raise ValueError(message) from error
    except (RedisError, TypeError) as error:
        message = "no connection can be made with these options"
        raise ValueError(message) from error
