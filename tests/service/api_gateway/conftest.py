from collections.abc import Iterator
from io import BytesIO

import pytest
import structlog

from api_gateway import SERVICE_NAME
from common.observability.logging import LineWriter, log_processors
from tests.support.gateway import Gateway, make_gateway


@pytest.fixture
def gateway() -> Gateway:
    """The gateway with fakes behind its ports."""
    return make_gateway()


@pytest.fixture(autouse=True)
def _plain_logs() -> Iterator[None]:
    """Log as a service does: structlog's own default draws every local variable of a traceback, which takes seconds."""
    processors = log_processors(service=SERVICE_NAME, console=False)
    structlog.configure(processors=processors, logger_factory=lambda name="": LineWriter(BytesIO(), name))
    yield
    structlog.reset_defaults()
