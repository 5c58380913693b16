"""An address of Redis that passes the start is one that a connection can be made of."""

import pytest

from common.settings.redis_url import check_redis_url, connection_options, fits_mode


@pytest.mark.parametrize(
    "url",
    [
        "redis://redis",
        "redis://redis:6380/3",
        "redis://user:p%40ss@redis:6379",
        "redis://redis?db=3&client_name=edge",
        "redis://[::1]:6379",
        "rediss://redis?ssl_cert_reqs=none&ssl_check_hostname=false",
        "unix:///run/redis.sock",
        "unix:///run/redis.sock?db=2",
    ],
)
def test_an_address_is_taken_as_it_is(url: str) -> None:
    """Nothing is contacted: none of these servers is there."""
    assert check_redis_url(url) == url


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://redis", "must begin with"),
        ("redis", "must begin with"),
        ("redis://", "must name a host"),
        ("redis:///0", "must name a host"),
        ("redis://redis:0", "port"),
        ("redis://redis:66000", "Port out of range"),
        ("redis://redis/cache", "the database's number"),
        ("redis://re dis", "white space"),
        ("redis://redis\u200b", "white space or control"),
        ("redis://redis?decode_responses=True", "option decode_responses is not allowed"),
        ("redis://redis?protocol=3", "option protocol is not allowed"),
        ("redis://redis?family=0", "option family is not allowed"),
        ("redis://redis?ssl=true", "option ssl is not allowed"),
        ("redis://redis?ssl_cert_reqs=none", "option ssl_cert_reqs is not allowed"),
        ("redis://redis?socket_timeout=60", "option socket_timeout is not allowed"),
        ("redis://redis?max_connections=2", "option max_connections is not allowed"),
        ("redis://redis?db=1&db=2", "option db is given more than once"),
        ("redis://redis?db=one", "Invalid value for 'db'"),
        ("redis://redis?%0a=1", "option ? is not allowed"),
        ("rediss://redis?ssl_ca_certs=/no/such.pem", "certificates can't be read: No such file"),
        ("rediss://redis?ssl_cert_reqs=perhaps", "no connection can be made"),
        ("unix://", "the socket's path"),
    ],
)
def test_an_address_that_would_fail_later_is_refused(url: str, told: str) -> None:
    """With what to write instead, or what is wrong."""
    with pytest.raises(ValueError, match=told.replace("?", r"\?")):
        check_redis_url(url)


def test_a_refusal_never_repeats_a_password() -> None:
    """It ends up in a log."""
    with pytest.raises(ValueError, match="not allowed") as refused:
        check_redis_url("redis://:hunter2@redis?protocol=hunter2")

    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "shared_database_only", "by_network", "fits"),
    [
        ("unix:///run/redis.sock", False, False, True),
        ("unix:///run/redis.sock", False, True, False),
        ("redis://redis/1", False, True, True),
        ("redis://redis/1", True, True, False),
        ("redis://redis/0", True, True, True),
        ("redis://redis?db=1", True, True, False),
    ],
)
def test_an_address_fits_the_mode(url: str, *, shared_database_only: bool, by_network: bool, fits: bool) -> None:
    """A Cluster has one database, and neither it nor Sentinel tells of sockets in the file system."""
    assert (fits_mode(url, shared_database_only=shared_database_only, by_network=by_network) is None) is fits


def test_what_an_address_says_beside_the_place_counts_under_sentinel_too() -> None:
    """TLS's options as well as the credentials: the master's place is told by the Sentinels."""
    options = connection_options("rediss://user:pw@anywhere:1/2?ssl_cert_reqs=none&client_name=edge")

    assert options == {"username": "user", "password": "pw", "db": 2, "ssl_cert_reqs": "none", "client_name": "edge"}
