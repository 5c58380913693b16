"""The batch orchestrator (BOS): registers batches, takes prompts, says whether a pipeline may start."""

from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, NoReturn

from pydantic import BaseModel, Field, JsonValue, PositiveInt, StringConstraints, TypeAdapter, ValidationError
from quart import Quart

from common.correlation import correlation_id
from sandbox.upstreams.application import add_outbox_controls, caller_id, json_body, parse_body, service_app
from sandbox.upstreams.dials import CONTROL_PREFIX
from sandbox.upstreams.listener import Listener
from sandbox.upstreams.preflight import Preflights, PreflightSetting
from sandbox.upstreams.records import PROMPT_CHANGEABLE, Batch, Platform, now
from sandbox.upstreams.references import StorageReference
from sandbox.upstreams.refusals import crash, refuse
from sandbox.upstreams.surroundings import Surroundings

SERVICE_NAME = "batch_orchestrator_service"
REGISTRATION_FAILED = "Failed to register batch."
PYDANTIC_ERRORS: TypeAdapter[list[JsonValue]] = TypeAdapter(list[JsonValue])

Id = Annotated[str, StringConstraints(max_length=255)]


class Course(StrEnum):
    """The courses a batch can belong to."""

    ENG5 = "ENG5"
    ENG6 = "ENG6"
    ENG7 = "ENG7"
    SV1 = "SV1"
    SV2 = "SV2"
    SV3 = "SV3"


class Registration(BaseModel):
    """A batch as the edge registers it: the dashboard's body with the owner added."""

    user_id: Id
    org_id: str | None = None
    expected_essay_count: PositiveInt
    essay_ids: Annotated[list[str], Field(min_length=1)] | None = None
    course_code: Course
    class_id: str | None = None
    assignment_id: Annotated[str, StringConstraints(max_length=100)] | None = None
    student_prompt_ref: StorageReference | None = None
    cj_default_llm_model: str | None = None
    cj_default_temperature: Annotated[float, Field(ge=0, le=2)] | None = None


class Prompt(BaseModel):
    """The prompt the essays answer."""

    student_prompt_ref: StorageReference


def batch_orchestrator_app(around: Surroundings, listener: Listener) -> Quart:
    """Return the batch orchestrator."""
    app = service_app(SERVICE_NAME, listener)
    add_outbox_controls(app, around.notifier)
    preflights = Preflights(around)

    @app.post("/v1/batches/register")
    async def register() -> tuple[dict[str, JsonValue], int]:
        registration = parse_registration(await json_body(crash_text=REGISTRATION_FAILED))
        batch = new_batch(registration)
        around.platform.batches[batch.batch_id] = batch
        around.notifier.announce(batch)
        return {"batch_id": batch.batch_id, "correlation_id": str(correlation_id()), "status": "registered"}, 202

    @app.patch("/v1/batches/<batch_id>/prompt")
    async def set_prompt(batch_id: str) -> dict[str, JsonValue]:
        user_id = caller_id()
        prompt = parse_prompt(await json_body())
        batch = changeable_batch(around.platform, batch_id, user_id)
        storage_id = prompt.student_prompt_ref.prompt_storage_id
        if storage_id is None:
            refuse(HTTPStatus.BAD_REQUEST, "Invalid student_prompt_ref")
        batch.prompt_storage_id = storage_id
        batch.last_updated = now()
        return {"status": "success", "batch_id": batch_id, **prompt.model_dump(mode="json")}

    @app.post("/internal/v1/batches/<batch_id>/pipelines/<phase>/preflight")
    async def preflight(batch_id: str, phase: str) -> tuple[dict[str, JsonValue], int]:
        return await preflights.judge(batch_id, phase)

    @app.put(f"{CONTROL_PREFIX}preflight")
    async def force_preflight() -> dict[str, JsonValue]:
        setting = await parse_body(PreflightSetting)
        preflights.force(setting)
        return setting.model_dump(mode="json")

    return app


def parse_registration(sent: object) -> Registration:
    """Return the body as a registration.

    Raises:
        RefusedError: 400 with what is wrong; 500 when the essay ids are not as many as the essays.
    """
    try:
        registration = Registration.model_validate(sent)
    except ValidationError as failure:
        refuse_invalid(failure)
    if registration.essay_ids is not None and len(registration.essay_ids) != registration.expected_essay_count:
        crash(REGISTRATION_FAILED)
    return registration


def parse_prompt(sent: object) -> Prompt:
    """Return the body as a prompt.

    Raises:
        RefusedError: 400 with what is wrong.
    """
    try:
        return Prompt.model_validate(sent)
    except ValidationError as failure:
        refuse_invalid(failure)


def new_batch(registration: Registration) -> Batch:
    """Return the batch that was registered; who calls is not looked at."""
    reference = registration.student_prompt_ref
    return Batch(
        user_id=registration.user_id,
        org_id=registration.org_id,
        course_code=registration.course_code,
        expected_essay_count=registration.expected_essay_count,
        class_id=registration.class_id,
        assignment_id=registration.assignment_id,
        prompt_storage_id=None if reference is None else reference.prompt_storage_id,
    )


def changeable_batch(platform: Platform, batch_id: str, user_id: str) -> Batch:
    """Return the caller's batch, whose prompt can be changed.

    Raises:
        RefusedError: 404, 403 when it is another's, 409 when it is too late.
    """
    batch = platform.batches.get(batch_id)
    if batch is None:
        refuse(HTTPStatus.NOT_FOUND, "Batch not found")
    if batch.user_id != user_id:
        refuse(HTTPStatus.FORBIDDEN, "Batch not owned by user")
    if batch.state not in PROMPT_CHANGEABLE:
        refuse(HTTPStatus.CONFLICT, "Batch not editable for prompt amendment")
    return batch


def refuse_invalid(failure: ValidationError) -> NoReturn:
    """Raise a 400 that lists pydantic's errors."""
    details = PYDANTIC_ERRORS.validate_json(failure.json())
    refuse(HTTPStatus.BAD_REQUEST, "Validation Error", details=details)
