"""The simulated services put on Kafka what the platform's own do, and read it as they do."""

import json
from datetime import datetime
from uuid import uuid4

import pytest

from common.contracts.envelope import EventEnvelope
from common.contracts.notification import NotificationType, TeacherNotification
from sandbox.upstreams.notifications import News
from tests.service.sandbox.world import World


def news(source: str) -> News:
    """Return news of a service."""
    return News(
        type=NotificationType.CLASS_CREATED, teacher_id="teacher-maria", correlation_id=str(uuid4()), source=source
    )


@pytest.mark.parametrize(("source", "metadata"), [("class_management_service", {}), ("file_service", None)])
def test_metadata_is_null_or_empty(source: str, metadata: object) -> None:
    """Never absent."""
    envelope = news(source).row().envelope()

    assert envelope["metadata"] == metadata


@pytest.mark.parametrize(("source", "offset"), [("file_service", None), ("batch_orchestrator_service", "0:00:00")])
def test_times_have_no_zone_or_plus_zero(source: str, offset: str | None) -> None:
    """In the envelope as in the data."""
    row = news(source).row()

    times = [datetime.fromisoformat(str(told)) for told in (row.envelope()["event_timestamp"], row.data["timestamp"])]
    assert [None if time.tzinfo is None else str(time.utcoffset()) for time in times] == [offset] * 2
    assert not str(row.data["timestamp"]).endswith("Z")


def test_ids_are_apart() -> None:
    """The event, the envelope's correlation and the notification's correlation are three ids."""
    row = news("file_service").row()
    envelope = row.envelope()

    assert len({envelope["event_id"], envelope["correlation_id"], row.data["correlation_id"]}) == 3


def test_a_row_published_twice_differs_in_event_id_and_time_only() -> None:
    """Its data is equal, the data's own time included."""
    row = news("file_service").row()
    first, second = row.envelope(), row.envelope()

    assert first["data"] == second["data"]
    assert {key for key in first if first[key] != second[key]} == {"event_id", "event_timestamp"}


def test_the_edge_can_read_it() -> None:
    """Rude, but an envelope."""
    envelope = EventEnvelope[TeacherNotification].model_validate_json(json.dumps(news("file_service").row().envelope()))

    assert (envelope.data.teacher_id, envelope.metadata) == ("teacher-maria", None)


async def test_a_dial_has_the_relay_publish_rows_twice(world: World) -> None:
    """As it does when an acknowledgement is lost."""
    answer = await world.cms.put("/_sandbox/outbox", json={"publish_again": 2})

    assert (answer.status_code, world.notifier.again) == (200, 2)
