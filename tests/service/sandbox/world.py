"""The simulated services without processes or Kafka."""

import asyncio
from dataclasses import dataclass

from quart.typing import TestClientProtocol

from sandbox.options import SigningAlgorithm
from sandbox.tokens import TokenMint
from sandbox.upstreams.batch_orchestrator import batch_orchestrator_app
from sandbox.upstreams.class_management import class_management_app
from sandbox.upstreams.file_service import file_service_app
from sandbox.upstreams.identity import identity_app
from sandbox.upstreams.listener import Listener
from sandbox.upstreams.records import Batch, Essay, Platform, SchoolClass, Student
from sandbox.upstreams.result_aggregator import result_aggregator_app
from sandbox.upstreams.settings import UpstreamSettings
from sandbox.upstreams.surroundings import Surroundings
from sandbox.upstreams.teacher_bff import teacher_bff_app
from tests.fakes.notifier import RecordingNotifier

KEY = "internal-key"
MARIA = {"X-User-ID": "teacher-maria", "X-Org-ID": "bjorkskolan"}
ERIK = {"X-User-ID": "teacher-erik"}
INSIDE = {"X-Internal-API-Key": KEY, "X-Service-ID": "api-gateway-service"}


@dataclass(frozen=True)
class World:
    """The simulated services, each as a test client, and what they share."""

    platform: Platform
    notifier: RecordingNotifier
    complete: asyncio.Queue[Batch]
    identity: TestClientProtocol
    bos: TestClientProtocol
    ras: TestClientProtocol
    files: TestClientProtocol
    cms: TestClientProtocol
    bff: TestClientProtocol

    async def status_without_user(self, service: str, method: str, path: str) -> tuple[int, object]:
        """Return status and body of a request that names no user."""
        client: TestClientProtocol = getattr(self, service)
        answer = await getattr(client, method.lower())(path)
        return answer.status_code, await answer.get_json()

    def batch(self, **facts: object) -> Batch:
        """Add a batch of Maria's that the result aggregator knows and that has a prompt."""
        known = {
            "user_id": "teacher-maria",
            "course_code": "ENG5",
            "expected_essay_count": 1,
            "known_to_aggregator": True,
            "prompt_storage_id": "prompt-1",
        }
        batch = Batch(**{**known, **facts})  # type: ignore[arg-type]
        self.platform.batches[batch.batch_id] = batch
        return batch

    def essay(self, batch: Batch, **facts: object) -> Essay:
        """Add an essay to a batch."""
        known = {"filename": "ella_berg.txt", "size_bytes": 1, "content_hash": "00"}
        essay = Essay(**{**known, **facts})  # type: ignore[arg-type]
        batch.essays[essay.file_upload_id] = essay
        return essay

    def school_class(self, *students: Student, user_id: str = "teacher-maria") -> SchoolClass:
        """Add a class with these pupils."""
        school_class = SchoolClass(user_id=user_id, name="8B", course_code="ENG5")
        self.platform.classes[school_class.class_id] = school_class
        for student in students:
            student.class_ids.append(school_class.class_id)
            self.platform.students[student.student_id] = student
        return school_class


def make_world(listener: Listener, mint: TokenMint) -> World:
    """Return fresh services that sign tokens with ``mint``."""
    settings = UpstreamSettings(
        ports={},
        redis_url="",
        kafka_bootstrap="",
        internal_api_key=KEY,
        algorithm=SigningAlgorithm(mint.algorithm),
        token_lifetime_s=600,
        phase_s=0,
        validation_timeout_s=60,
        prompt_retries_s=0,
    )
    notifier, platform = RecordingNotifier(), Platform()
    around = Surroundings(settings=settings, platform=platform, notifier=notifier, mint=mint)
    return World(
        platform=platform,
        notifier=notifier,
        complete=around.complete,
        identity=identity_app(around, listener).test_client(),
        bos=batch_orchestrator_app(around, listener).test_client(),
        ras=result_aggregator_app(around, listener).test_client(),
        files=file_service_app(around, listener).test_client(),
        cms=class_management_app(around, listener).test_client(),
        bff=teacher_bff_app(around, listener).test_client(),
    )
