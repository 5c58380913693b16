"""The batch orchestrator (BOS): registers batches, takes prompts, says whether a pipeline may start."""

from pydantic import BaseModel, JsonValue, PositiveInt
from quart import Quart

from common.correlation import correlation_id
from common.errors.factories import raise_authorization_error
from sandbox.upstreams.application import body_as, caller, owned_batch, refuse, require_internal_key, service_app
from sandbox.upstreams.dials import CONTROL_PREFIX
from sandbox.upstreams.listener import Listener
from sandbox.upstreams.preflight import SERVICE_NAME, Preflights, PreflightSetting, known_pipeline
from sandbox.upstreams.records import Batch, now
from sandbox.upstreams.surroundings import Surroundings


class Registration(BaseModel):
    """A batch as the edge registers it: the dashboard's body with the owner added."""

    user_id: str
    org_id: str | None = None
    expected_essay_count: PositiveInt
    course_code: str
    class_id: str | None = None
    student_prompt_ref: str | dict[str, JsonValue] | None = None


class Prompt(BaseModel):
    """The prompt the essays answer."""

    student_prompt_ref: str | dict[str, JsonValue]


def batch_orchestrator_app(around: Surroundings, listener: Listener) -> Quart:
    """Return the batch orchestrator."""
    app = service_app(SERVICE_NAME, listener)
    preflights = Preflights(around)

    @app.post("/v1/batches/register")
    async def register() -> tuple[dict[str, JsonValue], int]:
        registration = await body_as(Registration)
        if registration.user_id != caller().user_id:
            refuse(raise_authorization_error, "The batch's owner is not the caller.")
        batch = Batch(**registration.model_dump())
        around.platform.batches[batch.batch_id] = batch
        return {"batch_id": batch.batch_id, "correlation_id": str(correlation_id()), "status": "registered"}, 202

    @app.patch("/v1/batches/<batch_id>/prompt")
    async def set_prompt(batch_id: str) -> dict[str, JsonValue]:
        prompt = await body_as(Prompt)
        batch = owned_batch(around.platform, batch_id)
        batch.student_prompt_ref = prompt.student_prompt_ref
        batch.last_updated = now()
        return {"batch_id": batch_id, "student_prompt_ref": prompt.student_prompt_ref}

    @app.post("/internal/v1/batches/<batch_id>/pipelines/<phase>/preflight")
    async def preflight(batch_id: str, phase: str) -> tuple[dict[str, JsonValue], int]:
        require_internal_key(around.settings.internal_api_key)
        batch = owned_batch(around.platform, batch_id)
        return preflights.judge(batch, known_pipeline(phase))

    @app.put(f"{CONTROL_PREFIX}preflight")
    async def force_preflight() -> dict[str, JsonValue]:
        setting = await body_as(PreflightSetting)
        preflights.force(setting)
        return setting.model_dump(mode="json")

    return app
