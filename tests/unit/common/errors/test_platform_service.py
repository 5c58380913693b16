"""A service of the platform that takes common.errors instead of its own library: an app of its own, and a worker."""

import asyncio
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextvars import Context
from types import MappingProxyType
from typing import NoReturn
from uuid import NAMESPACE_OID, UUID, uuid5

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from quart import Quart, Response, request
from structlog.testing import capture_logs

from common.errors import (
    HuleEduError,
    IdentityErrorCode,
    create_error_detail_with_context,
    raise_class_not_found,
    raise_invalid_credentials_error,
    raise_processing_error,
    record_failure,
)
from common.errors.quart_handlers import create_error_response, extract_correlation_id, register_error_handlers

CORRELATION_ID = UUID("8e03978e-40d5-43e8-bc93-6894a57f9324")
HEAVY = ("aiohttp", "aiokafka", "dishka", "hypercorn", "quart", "quart_schema", "redis", "werkzeug")


@pytest.fixture
def app() -> Quart:
    """A plain app, as a service of the platform makes one."""
    app = Quart("class_management_service")
    register_error_handlers(app)

    @app.get("/classes/<class_id>")
    async def read(class_id: str) -> NoReturn:
        correlation_id = extract_correlation_id(request)
        raise_class_not_found("class_management_service", "read", class_id, correlation_id)

    @app.get("/login")
    async def log_in() -> NoReturn:
        raise_invalid_credentials_error("identity_service", "log_in", "a@b.se", extract_correlation_id(request))

    @app.get("/bug")
    async def bug() -> NoReturn:
        message = "password=hunter2"
        raise RuntimeError(message)

    return app


async def ask(app: Quart, path: str, headers: Mapping[str, str] = MappingProxyType({})) -> Response:
    """Return the answer to a request of its own context, in which no id is bound yet."""
    async with asyncio.TaskGroup() as requests:
        asked = requests.create_task(app.test_client().get(path, headers=dict(headers)), context=Context())
    return asked.result()


async def test_an_error_is_answered_in_the_house_format(app: Quart) -> None:
    """Code, status and details are the factory's; the headers for clients that read no body are set."""
    answer = await ask(app, "/classes/c1", {"X-Correlation-ID": str(CORRELATION_ID)})

    error = (await answer.get_json())["error"]
    assert answer.status_code == 404
    assert (error["code"], error["message"], error["details"]) == (
        "CLASS_NOT_FOUND",
        "No class has that id.",
        {"class_id": "c1"},
    )
    assert error["correlation_id"] == str(CORRELATION_ID)
    assert answer.headers["X-Error-Code"] == "CLASS_NOT_FOUND"


@pytest.mark.parametrize(
    ("path", "headers"),
    [("/classes/c1", {"X-Correlation-ID": "batch 7"}), ("/classes/c1?correlation_id=batch%207", {})],
)
async def test_a_request_may_name_itself_in_other_words(app: Quart, path: str, headers: dict[str, str]) -> None:
    """An id that is no UUID, in the header or the query, becomes the one that the platform derives from it."""
    answer = await ask(app, path, headers)

    assert (await answer.get_json())["error"]["correlation_id"] == str(uuid5(NAMESPACE_OID, "batch 7"))


async def test_a_request_without_an_id_gets_one(app: Quart) -> None:
    """The id is a UUID, new for each request."""
    answers = [await ask(app, "/classes/c1") for _ in range(2)]

    first, second = [UUID((await answer.get_json())["error"]["correlation_id"]) for answer in answers]
    assert first != second


@pytest.mark.parametrize(
    ("configuration", "service"),
    [({}, "class_management_service"), ({"SERVICE_NAME": "cms"}, "cms")],
)
async def test_a_bug_is_answered_by_the_service_and_without_its_text(
    app: Quart, configuration: dict[str, str], service: str
) -> None:
    """The service's name is its configuration's, also where that is read after the handlers were registered."""
    app.config.update(configuration)

    answer = await ask(app, "/bug")

    body = await answer.get_data(as_text=True)
    assert answer.status_code == 500
    assert f'"service":"{service}"' in body
    assert "hunter2" not in body


async def test_a_401_has_a_challenge(app: Quart) -> None:
    """Also where the code's factory sets none: RFC 9110 asks for it."""
    answer = await ask(app, "/login")

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="huleedu"'


async def test_an_app_without_the_handlers_may_answer_by_hand() -> None:
    """A detail becomes an answer in any app."""
    app = Quart("file_service")

    @app.get("/")
    async def made() -> Response:
        return create_error_response(create_error_detail_with_context(IdentityErrorCode.TOKEN_EXPIRED, "m", "s", "o"))

    answer = await ask(app, "/")

    assert (await answer.get_json())["error"]["code"] == "IDENTITY_TOKEN_EXPIRED"
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="huleedu", error="invalid_token"'
    assert "Link" not in answer.headers


def in_a_span(work: Callable[[], None]) -> ReadableSpan:
    """Return the span of a worker's record, during which ``work`` was done."""
    with TracerProvider().get_tracer("test").start_as_current_span("record") as span:
        work()
    assert isinstance(span, ReadableSpan)
    return span


def handle_record() -> None:
    """Fail at a record, and remember it, as a worker does."""
    try:
        raise_processing_error(
            "nlp_service", "analyse", "The essay can't be parsed.", "batch 7", essay_id=CORRELATION_ID
        )
    except HuleEduError as error:
        record_failure(error)


def test_a_workers_error_is_recorded_on_its_span() -> None:
    """Outside any request and loop the error knows its trace, and the span knows the error."""
    with capture_logs() as lines:
        span = in_a_span(handle_record)

    assert span.attributes is not None
    assert (span.attributes["error.code"], span.status.is_ok) == ("PROCESSING_ERROR", False)
    assert [event.name for event in span.events] == ["exception"]
    assert [line["event"] for line in lines] == ["error.answered"]


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("common.errors", HEAVY),
        ("common.errors.testing", HEAVY),
        ("common.errors.quart_handlers", ("aiokafka", "dishka", "redis")),
    ],
)
def test_what_a_service_imports_brings_no_more_than_it_needs(module: str, absent: tuple[str, ...]) -> None:
    """A service without Redis, Kafka or Quart takes the errors alone; only the handlers need Quart."""
    program = f"import sys, {module}; print(*sorted(set({absent!r}) & sys.modules.keys()))"

    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)

    assert done.stdout.split() == []
