from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from common.observability import otlp


@pytest.fixture
def exported() -> InMemorySpanExporter:
    """What was traced."""
    return InMemorySpanExporter()


@pytest_asyncio.fixture(loop_scope="session")
async def tracing(exported: InMemorySpanExporter) -> AsyncIterator[otlp.SdkTracing]:
    """Tracing into ``exported``, undone afterwards."""
    started = otlp.SdkTracing(SimpleSpanProcessor(exported), service="test-service")
    yield started
    await started.close()
