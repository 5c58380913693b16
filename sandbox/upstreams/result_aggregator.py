"""The result aggregator (RAS): what became of a user's batches."""

from datetime import datetime
from http import HTTPStatus
from secrets import compare_digest

from pydantic import JsonValue
from quart import Quart, request

from common.contracts.statuses import dashboard_status
from common.identity.identity_headers import INTERNAL_KEY_HEADER, SERVICE_HEADER
from sandbox.upstreams.application import service_app
from sandbox.upstreams.listener import Listener
from sandbox.upstreams.records import Batch, BatchState, Essay, Platform, without_zone
from sandbox.upstreams.refusals import crash, refuse
from sandbox.upstreams.surroundings import Surroundings

SERVICE_NAME = "result_aggregator_service"
DEFAULT_PAGE = 20


def result_aggregator_app(around: Surroundings, listener: Listener) -> Quart:
    """Return the result aggregator."""
    app = service_app(SERVICE_NAME, listener)

    @app.get("/internal/v1/batches/<batch_id>/status")
    async def tell_status(batch_id: str) -> dict[str, JsonValue]:
        require_internal_key(around.settings.internal_api_key)
        return status_of(around.platform, batch_id)

    @app.get("/internal/v1/batches/user/<user_id>")
    async def list_batches(user_id: str) -> dict[str, JsonValue]:
        require_internal_key(around.settings.internal_api_key)
        limit = request.args.get("limit", DEFAULT_PAGE, type=int)
        offset = request.args.get("offset", 0, type=int)
        return page_of(around.platform, user_id, limit=limit, offset=offset, status=request.args.get("status"))

    return app


def require_internal_key(expected: str) -> None:
    """Let only the platform's own services on.

    Raises:
        RefusedError: 401.
    """
    given = request.headers.get(INTERNAL_KEY_HEADER)
    if not given or not request.headers.get(SERVICE_HEADER):
        refuse(HTTPStatus.UNAUTHORIZED, "Missing authentication")
    if not compare_digest(given.encode(), expected.encode()):
        refuse(HTTPStatus.UNAUTHORIZED, "Invalid credentials")


def status_of(platform: Platform, batch_id: str) -> dict[str, JsonValue]:
    """Return a batch with its essays; its owner isn't checked.

    Raises:
        RefusedError: 404 for an unknown batch; 400 for one that Kafka has not told of yet.
    """
    batch = platform.batches.get(batch_id)
    if batch is None:
        refuse(HTTPStatus.NOT_FOUND, "Batch not found")
    if not batch.known_to_aggregator:
        refuse(HTTPStatus.BAD_REQUEST, "Invalid batch ID")
    return {**summary(batch), "essays": [essay_status(essay) for essay in batch.essays.values()]}


def page_of(platform: Platform, user_id: str, *, limit: int, offset: int, status: str | None) -> dict[str, JsonValue]:
    """Return a page of a user's batches, newest first; the total counts under the filter.

    Raises:
        RefusedError: 500 for a status that is none of the twelve internal words.
    """
    if status is not None and status not in tuple(BatchState):
        crash()
    found = [
        batch
        for batch in platform.batches_of(user_id)
        if batch.known_to_aggregator and (status is None or batch.state == status)
    ]
    return {
        "batches": [summary(batch) for batch in found[offset : offset + limit]],
        "pagination": {"limit": limit, "offset": offset, "total": len(found)},
    }


def summary(batch: Batch) -> dict[str, JsonValue]:
    """Return the contract's status body without the essays: the status is the dashboard's word, times have no zone."""
    return {
        "batch_id": batch.batch_id,
        "user_id": batch.user_id,
        "assignment_id": batch.assignment_id,
        "overall_status": dashboard_status(batch.state).value,
        "essay_count": batch.expected_essay_count,
        "completed_essay_count": batch.completed_count,
        "failed_essay_count": len(batch.essays) - len(batch.sound_essays),
        "requested_pipeline": batch.requested_pipeline,
        "current_phase": batch.current_phase,
        "created_at": without_zone(batch.created_at),
        "last_updated": without_zone(batch.last_updated),
        "processing_started_at": format_time(batch.processing_started_at),
        "processing_completed_at": format_time(batch.processing_completed_at),
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
        "last_updated": without_zone(essay.last_updated),
    }


def format_time(moment: datetime | None) -> str | None:
    """Return a time as the service writes it."""
    return None if moment is None else without_zone(moment)
