"""One real example of every message, made by the functions that send them."""

from datetime import UTC, datetime
from uuid import UUID

import orjson
from pydantic import JsonValue

from api_gateway import SERVICE_NAME
from common.contracts.envelope import PIPELINE_COMMAND_TOPIC, TEACHER_NOTIFICATION_TOPIC, EventEnvelope
from common.contracts.notification import Category, NotificationType, Priority, TeacherNotification, relay_message
from common.contracts.pipeline_command import PipelineCommand, PipelineName
from common.errors.exceptions import error_object
from common.notification_log import Cursor, Gap, Outcome, Seen
from common.notification_log.log import with_id
from websocket_service.live import close_errors
from websocket_service.protocol import server_frames

Json = dict[str, JsonValue]

BATCH_ID = "3f0c1f8e-5d0a-4d6b-9c1e-2b7a8f6d4e11"
USER_ID = "teacher-maria"
CORRELATION_ID = UUID("6f0d1f64-3c1c-4f5e-9a0e-0f5b0c0d7a11")
COMMAND_ID = UUID("0c9a3f52-7a43-4e0c-8b7d-5b8f4f1f2a01")
NOTIFICATION_ID = UUID("0c9a3f52-7a43-4e0c-8b7d-5b8f4f1f2a02")
MOMENT = datetime(2025, 1, 31, 8, 15, 30, tzinfo=UTC)
CURSOR = Cursor("k3J9x", 1738311330123, 0)
EARLIER = Cursor("k3J9x", 1738311000000, 2)

_NOTIFICATION = TeacherNotification(
    teacher_id=USER_ID,
    notification_type=NotificationType.BATCH_SPELLCHECK_COMPLETED,
    category=Category.PROCESSING_RESULTS,
    priority=Priority.STANDARD,
    payload={"essays_checked": 3},
    correlation_id=str(CORRELATION_ID),
    batch_id=BATCH_ID,
    timestamp=MOMENT,
)


def ping() -> Json:
    """Return the heartbeat."""
    return {"type": "ping"}


def renewal() -> Json:
    """Return a renewal."""
    return {"type": "auth", "token": "eyJhbGciOiJSUzI1NiIs…"}


def seen_mark() -> Json:
    """Return a seen-mark."""
    return {"type": "seen", "id": str(CURSOR)}


def notification() -> Json:
    """Return a notification as clients get it."""
    return _read(with_id(orjson.dumps(relay_message(_NOTIFICATION)), CURSOR))


def direct() -> Json:
    """Return what another service might publish itself."""
    return {"event": "maintenance_announced", "data": {"starts_at": "2025-02-01T02:00:00Z"}}


def pong() -> Json:
    """Return the answer to a ping."""
    return _read(server_frames.PONG_TEXT)


def ready() -> Json:
    """Return the welcome."""
    frame = server_frames.ready(cursor=CURSOR, outcome=Outcome.RESUMED, heartbeat_s=30.0, retry_after_ms=2000)
    return _read(frame.text)


def gap() -> Json:
    """Return the word about a gap."""
    return _read(server_frames.gap(Gap(EARLIER, CURSOR)).text)


def expiring() -> Json:
    """Return the warning of a token's end."""
    return _read(server_frames.expiring(in_s=60).text)


def seen() -> Json:
    """Return the seen-mark as it stands."""
    return _read(server_frames.seen(Seen(CURSOR, 2)).text)


def drain() -> Json:
    """Return the announcement of a drain."""
    return _read(server_frames.drain(retry_after_ms=1500).text)


def error() -> Json:
    """Return the answer to something the feed doesn't know."""
    detail = close_errors.invalid_frame('Unknown "type"; the feed knows ping, auth and seen.').error_detail
    told = detail.model_copy(update={"correlation_id": CORRELATION_ID, "timestamp": MOMENT})
    return _read(server_frames.error(error_object(told)).text)


def revocation() -> Json:
    """Return a revocation of one token."""
    return {"user_id": USER_ID, "jti": "b7c1d0e2"}


def pipeline_command() -> Json:
    """Return the record of a pipeline command."""
    envelope = EventEnvelope[PipelineCommand](
        event_id=COMMAND_ID,
        event_type=PIPELINE_COMMAND_TOPIC,
        event_timestamp=MOMENT,
        source_service=SERVICE_NAME,
        correlation_id=CORRELATION_ID,
        data=PipelineCommand(
            batch_id=BATCH_ID,
            requested_pipeline=PipelineName.CJ_ASSESSMENT,
            client_correlation_id=CORRELATION_ID,
            user_id=USER_ID,
        ),
        metadata={"org_id": "school-1"},
    )
    return _read(envelope.to_bytes())


def teacher_notification() -> Json:
    """Return the record that asks for a teacher to be told."""
    envelope = EventEnvelope[TeacherNotification](
        event_id=NOTIFICATION_ID,
        event_type=TEACHER_NOTIFICATION_TOPIC,
        event_timestamp=MOMENT,
        source_service="essay-lifecycle-service",
        correlation_id=CORRELATION_ID,
        data=_NOTIFICATION,
    )
    return _read(envelope.to_bytes())


def _read(text: str | bytes) -> Json:
    read: Json = orjson.loads(text)
    return read
