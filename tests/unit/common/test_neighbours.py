"""``--reach`` asks for keys as the services do, so that what it calls reached is of use to them."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from api_gateway.settings import load_settings
from common.neighbours import common_neighbours
from common.web.serving.check import Neighbour, UnreachableError
from tests.support.gateway import ENVIRON
from tests.support.key_server import KeyServer, running_key_server
from tests.support.signing import rsa_pair


@pytest_asyncio.fixture
async def server() -> AsyncIterator[KeyServer]:
    """A server that publishes an empty set."""
    async with running_key_server() as server:
        yield server


def keys_at(server: KeyServer) -> Neighbour:
    """Return the key set as a neighbour."""
    environ = {name: value for name, value in ENVIRON.items() if not name.startswith("JWT_")}
    settings = load_settings(environ | {"JWT_JWKS_URL": server.url})
    return next(one for one in common_neighbours(settings, topic="commands") if one.name == "keys")


async def test_an_empty_set_is_reached_and_told(server: KeyServer) -> None:
    """The identity service makes its key at its first login, which a deploy can't wait for."""
    assert (await keys_at(server).ask()).startswith("no key yet")


async def test_the_keys_are_counted(server: KeyServer) -> None:
    """Those that can verify a token alone."""
    server.publish(rsa_pair("a").jwk(kid="a"), {"kty": "oct", "k": "AAAA"})

    assert await keys_at(server).ask() == "usable keys: 1"


@pytest.mark.parametrize(
    "body", [b"<html>", b"{}", b'{"keys": [{"kty": "oct", "k": "AAAA"}]}'], ids=["page", "no set", "no usable key"]
)
async def test_what_is_no_key_set_is_no_success(server: KeyServer, body: bytes) -> None:
    """A 200 of another page doesn't pass for keys."""
    server.body = body

    with pytest.raises(UnreachableError):
        await keys_at(server).ask()
