import pytest

from tests.support.gateway import Gateway, make_gateway


@pytest.fixture
def gateway() -> Gateway:
    """The gateway with fakes behind its ports."""
    return make_gateway()
