import pytest

from tests.support.echo_app import Handlers


@pytest.fixture
def handlers() -> Handlers:
    """What the handlers report."""
    return Handlers()
