"""The Kafka topics of the platform contract that the edge writes to and reads from."""

PIPELINE_COMMAND_TOPIC = "huleedu.commands.batch.pipeline.v1"
TEACHER_NOTIFICATION_TOPIC = "huleedu.notification.teacher.requested.v1"


def dead_letter_topic(topic: str) -> str:
    """Return the topic that takes records of ``topic`` which can never be processed."""
    return f"{topic}.dlq"
