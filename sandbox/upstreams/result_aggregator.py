"""The result aggregator (RAS): what became of a user's batches."""

from datetime import datetime

from pydantic import JsonValue
from quart import Quart, request

from sandbox.upstreams.application import known_batch, require_internal_key, service_app
from sandbox.upstreams.listener import Listener
from sandbox.upstreams.records import Batch, Essay
from sandbox.upstreams.surroundings import Surroundings

SERVICE_NAME = "result_aggregator_service"
DEFAULT_PAGE = 20


def result_aggregator_app(around: Surroundings, listener: Listener) -> Quart:
    """Return the result aggregator."""
    app = service_app(SERVICE_NAME, listener)

    @app.get("/internal/v1/batches/<batch_id>/status")
    async def tell_status(batch_id: str) -> dict[str, JsonValue]:
        require_internal_key(around.settings.internal_api_key)
        batch = known_batch(around.platform, batch_id)
        return {**summary(batch), "essays": [essay_status(essay) for essay in batch.essays.values()]}

    @app.get("/internal/v1/batches/user/<user_id>")
    async def list_batches(user_id: str) -> dict[str, JsonValue]:
        require_internal_key(around.settings.internal_api_key)
        limit = request.args.get("limit", DEFAULT_PAGE, type=int)
        offset = request.args.get("offset", 0, type=int)
        wanted = request.args.getlist("status")
        found = [batch for batch in around.platform.batches_of(user_id) if not wanted or batch.state in wanted]
        return {
            "batches": [summary(batch) for batch in found[offset : offset + limit]],
            "pagination": {"limit": limit, "offset": offset, "total": len(found)},
        }

    return app


def summary(batch: Batch) -> dict[str, JsonValue]:
    """Return the contract's status body without the essays; the status is the orchestrator's own word."""
    return {
        "batch_id": batch.batch_id,
        "user_id": batch.user_id,
        "assignment_id": batch.assignment_id,
        "overall_status": batch.state.value,
        "essay_count": batch.expected_essay_count,
        "completed_essay_count": batch.completed_count,
        "failed_essay_count": len(batch.essays) - len(batch.sound_essays),
        "requested_pipeline": batch.requested_pipeline,
        "current_phase": batch.current_phase,
        "created_at": batch.created_at.isoformat(),
        "last_updated": batch.last_updated.isoformat(),
        "processing_started_at": written(batch.processing_started_at),
        "processing_completed_at": written(batch.processing_completed_at),
    }


def essay_status(essay: Essay) -> dict[str, JsonValue]:
    """Return how far one essay has come."""
    return {
        "essay_id": essay.essay_id,
        "filename": essay.filename,
        "spellcheck_status": essay.phases.get("spellcheck"),
        "cj_assessment_status": essay.phases.get("cj_assessment"),
        "cj_rank": essay.cj_rank,
        "cj_score": essay.cj_score,
        "last_updated": essay.last_updated.isoformat(),
    }


def written(moment: datetime | None) -> str | None:
    """Return a time as the platform writes it."""
    return None if moment is None else moment.isoformat()
