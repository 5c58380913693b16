"""What a teacher is told, from Kafka to the channel."""

import pytest
from pydantic import JsonValue, ValidationError

from common.contracts.notification import NotificationType, TeacherNotification, relay_message

REQUESTED: dict[str, JsonValue] = {
    "teacher_id": "u1",
    "notification_type": "batch_results_ready",
    "category": "processing_results",
    "priority": "high",
    "payload": {"essays": 7, "note": None},
    "action_required": True,
    "deadline_timestamp": "2026-03-09T08:00:00Z",
    "correlation_id": "3f1b4e1c-9a5e-4a53-9b47-0c6b0e6f2d11",
    "batch_id": "b1",
    "class_id": "c1",
    "timestamp": "2026-03-02T08:00:00Z",
}


def test_a_notification_becomes_the_message_of_the_contract() -> None:
    """The payload stands beside the contract's own fields; the deadline loses half its name."""
    message = relay_message(TeacherNotification.model_validate(REQUESTED))

    assert message == {
        "event": "batch_results_ready",
        "data": {
            "essays": 7,
            "note": None,
            "category": "processing_results",
            "priority": "high",
            "action_required": True,
            "deadline": "2026-03-09T08:00:00Z",
            "batch_id": "b1",
            "class_id": "c1",
            "correlation_id": "3f1b4e1c-9a5e-4a53-9b47-0c6b0e6f2d11",
            "timestamp": "2026-03-02T08:00:00Z",
        },
    }


def test_a_payload_cannot_pass_for_the_contracts_fields() -> None:
    """Else a producer's batch_id inside the payload would hide the real one."""
    requested = REQUESTED | {"payload": {"batch_id": "another", "priority": "low"}}

    message = relay_message(TeacherNotification.model_validate(requested))

    assert message["data"] == relay_message(TeacherNotification.model_validate(REQUESTED | {"payload": {}}))["data"]


def test_what_may_be_absent_is_null_or_its_default() -> None:
    """So that the dashboard can rely on every field."""
    needed = {"teacher_id", "notification_type", "category", "priority", "correlation_id", "timestamp"}
    requested = {name: value for name, value in REQUESTED.items() if name in needed}

    message = relay_message(TeacherNotification.model_validate(requested))

    assert message["data"] == {
        "category": "processing_results",
        "priority": "high",
        "action_required": False,
        "deadline": None,
        "batch_id": None,
        "class_id": None,
        "correlation_id": "3f1b4e1c-9a5e-4a53-9b47-0c6b0e6f2d11",
        "timestamp": "2026-03-02T08:00:00Z",
    }


@pytest.mark.parametrize("known", NotificationType)
def test_types_in_use_are_taken(known: NotificationType) -> None:
    """All that the contract lists."""
    requested = REQUESTED | {"notification_type": known.value}

    assert relay_message(TeacherNotification.model_validate(requested))["event"] == known.value


@pytest.mark.parametrize(
    "newer",
    [
        {"notification_type": "parent_evening_moved"},
        {"category": "parents"},
        {"priority": "whenever"},
        {"mood": "cheerful"},
    ],
)
def test_newer_words_are_relayed_all_the_same(newer: dict[str, JsonValue]) -> None:
    """The edge must not lose what a teacher is told because it is older than the producer."""
    assert relay_message(TeacherNotification.model_validate(REQUESTED | newer))


@pytest.mark.parametrize(
    "wrong",
    [
        {"teacher_id": ""},
        {"teacher_id": None},
        {"notification_type": ""},
        {"notification_type": "feed.ready"},
        {"payload": ["list"]},
        {"timestamp": "soon"},
        {"correlation_id": None},
    ],
)
def test_what_breaks_the_contract_is_refused(wrong: dict[str, JsonValue]) -> None:
    """Nobody to tell, nothing to tell, or a name that only the feed itself uses."""
    with pytest.raises(ValidationError):
        TeacherNotification.model_validate(REQUESTED | wrong)
