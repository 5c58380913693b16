import pytest
from quart import Quart
from quart.typing import TestClientProtocol as Client

from tests.unit.common.errors.failing_app import failing_app


@pytest.fixture
def app() -> Quart:
    """An app that fails in every way a service can."""
    return failing_app()


@pytest.fixture
def client(app: Quart) -> Client:
    """A client of the failing app."""
    return app.test_client()
