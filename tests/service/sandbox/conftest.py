from collections.abc import Iterator

import pytest

from sandbox.options import SigningAlgorithm
from sandbox.ports import free_port
from sandbox.tokens import TokenMint
from sandbox.upstreams.listener import Listener
from tests.service.sandbox.world import World, make_world


@pytest.fixture
def listener() -> Iterator[Listener]:
    """A listener on a free port."""
    with Listener(free_port()) as opened:
        yield opened


@pytest.fixture
def world(listener: Listener) -> World:
    """Fresh services that remember what they would have told the teacher."""
    return make_world(listener, TokenMint())


@pytest.fixture
def production(listener: Listener) -> World:
    """Fresh services that sign as in production."""
    return make_world(listener, TokenMint.for_algorithm(SigningAlgorithm.RS256))
