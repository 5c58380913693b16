"""The simulated services without processes or Kafka."""

from dataclasses import dataclass

from quart.typing import TestClientProtocol

from sandbox.upstreams.records import Batch, Platform
from tests.fakes.notifier import RecordingNotifier

KEY = "internal-key"
MARIA = {"X-User-ID": "teacher-maria", "X-Org-ID": "bjorkskolan"}
INSIDE = {"X-Internal-API-Key": KEY, "X-Service-ID": "api-gateway-service"}


@dataclass(frozen=True)
class World:
    """The simulated services, each as a test client, and what they share."""

    platform: Platform
    notifier: RecordingNotifier
    identity: TestClientProtocol
    bos: TestClientProtocol
    ras: TestClientProtocol
    files: TestClientProtocol
    cms: TestClientProtocol
    bff: TestClientProtocol

    def batch(self, **facts: object) -> Batch:
        """Add a batch of Maria's."""
        known = {"user_id": "teacher-maria", "org_id": None, "course_code": "ENG5", "expected_essay_count": 1}
        batch = Batch(**{**known, **facts})  # type: ignore[arg-type]
        self.platform.batches[batch.batch_id] = batch
        return batch
