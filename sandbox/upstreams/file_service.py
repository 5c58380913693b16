"""The file service: takes essays in, tells what it has, removes one."""

from dataclasses import dataclass

from pydantic import JsonValue
from quart import Quart, request
from quart.datastructures import FileStorage

from common.contracts.notification import NotificationType
from common.correlation import correlation_id
from common.errors.codes import FileValidationErrorCode
from common.errors.factories import (
    raise_conflict,
    raise_file_validation_error,
    raise_missing_required_field,
    raise_resource_not_found,
)
from sandbox.upstreams.application import owned_batch, refuse, service_app
from sandbox.upstreams.essay_files import fault_of, measure
from sandbox.upstreams.listener import Listener
from sandbox.upstreams.notifications import News
from sandbox.upstreams.records import Batch, BatchState, Essay
from sandbox.upstreams.surroundings import Surroundings

SERVICE_NAME = "file_service"


def file_service_app(around: Surroundings, listener: Listener) -> Quart:
    """Return the file service."""
    app = service_app(SERVICE_NAME, listener)
    intake = Intake(around)

    @app.post("/v1/files/batch")
    async def upload() -> tuple[dict[str, JsonValue], int]:
        form = await request.form
        batch_id = form.get("batch_id")
        if not batch_id:
            refuse(raise_missing_required_field, "The form names no batch.", field="batch_id")
        batch = owned_batch(around.platform, batch_id)
        batch.assignment_id = form.get("assignment_id", batch.assignment_id)
        return intake.take(batch, (await request.files).getlist("files"))

    @app.post("/v1/files/batch/<batch_id>/files")
    async def add_files(batch_id: str) -> tuple[dict[str, JsonValue], int]:
        batch = owned_batch(around.platform, batch_id)
        return intake.take(batch, (await request.files).getlist("files"))

    @app.delete("/v1/files/batch/<batch_id>/files/<file_upload_id>")
    async def remove_file(batch_id: str, file_upload_id: str) -> dict[str, JsonValue]:
        batch = owned_batch(around.platform, batch_id)
        intake.remove(batch, file_upload_id)
        return {"batch_id": batch_id, "file_upload_id": file_upload_id, "message": "File removed"}

    @app.get("/v1/files/batch/<batch_id>/state")
    async def tell_state(batch_id: str) -> dict[str, JsonValue]:
        batch = owned_batch(around.platform, batch_id)
        return {
            "batch_id": batch_id,
            "locked": batch.locked,
            "status": batch.state.value,
            "file_count": len(batch.essays),
            "files": [receipt(essay) for essay in batch.essays.values()],
        }

    return app


def receipt(essay: Essay) -> dict[str, JsonValue]:
    """Return what the service says about one file."""
    return {
        "file_upload_id": essay.file_upload_id,
        "filename": essay.filename,
        "size_bytes": essay.size_bytes,
        "sha256": essay.content_hash,
        "status": "accepted" if essay.failure is None else "rejected",
        "reason": essay.failure,
    }


@dataclass(frozen=True, slots=True)
class Intake:
    """Adds files to batches and removes them, and tells the teacher."""

    around: Surroundings

    def take(self, batch: Batch, files: list[FileStorage]) -> tuple[dict[str, JsonValue], int]:
        """Add ``files`` and return body and status: 201 when all are sound, 202 when some are not.

        Raises:
            HuleEduError: MISSING_REQUIRED_FIELD without files, CONFLICT while the batch is being processed, the
                first file's fault when none is sound.
        """
        refuse_if_locked(batch)
        if not files:
            refuse(raise_missing_required_field, "The form holds no files.", field="files")
        essays = [read(file) for file in files]
        sound = [essay for essay in essays if essay.failure is None]
        if not sound:
            code = FileValidationErrorCode(essays[0].failure or "")
            refuse(raise_file_validation_error, "No file could be read.", code=code, filename=essays[0].filename)
        batch.essays.update({essay.file_upload_id: essay for essay in essays})
        complete = len(batch.sound_essays) >= batch.expected_essay_count
        batch.moved_to(BatchState.READY if complete else batch.state)
        self._tell_of(batch, essays)
        body: dict[str, JsonValue] = {"batch_id": batch.batch_id, "files": [receipt(essay) for essay in essays]}
        return body, 201 if len(sound) == len(essays) else 202

    def remove(self, batch: Batch, file_upload_id: str) -> None:
        """Remove one file.

        Raises:
            HuleEduError: RESOURCE_NOT_FOUND, or CONFLICT while the batch is being processed.
        """
        refuse_if_locked(batch)
        essay = batch.essays.pop(file_upload_id, None)
        if essay is None:
            refuse(raise_resource_not_found, "No such file.", resource_type="file", resource_id=file_upload_id)
        if len(batch.sound_essays) < batch.expected_essay_count:
            batch.moved_to(BatchState.AWAITING_CONTENT_VALIDATION)
        self._tell(batch, NotificationType.BATCH_FILE_REMOVED, receipt(essay))

    def _tell_of(self, batch: Batch, essays: list[Essay]) -> None:
        for essay in essays:
            if essay.failure is not None:
                self._tell(batch, NotificationType.BATCH_VALIDATION_FAILED, receipt(essay))
        names: list[JsonValue] = [essay.filename for essay in essays if essay.failure is None]
        facts: dict[str, JsonValue] = {"filenames": names, "file_count": len(names), "status": batch.state.value}
        self._tell(batch, NotificationType.BATCH_FILES_UPLOADED, facts)

    def _tell(self, batch: Batch, kind: NotificationType, payload: dict[str, JsonValue]) -> None:
        self.around.notifier.tell(
            News(
                type=kind,
                teacher_id=batch.user_id,
                correlation_id=correlation_id(),
                source=SERVICE_NAME,
                batch_id=batch.batch_id,
                class_id=batch.class_id,
                payload=payload,
            )
        )


def refuse_if_locked(batch: Batch) -> None:
    """Raise CONFLICT while the batch's files can't be changed."""
    if batch.locked:
        refuse(raise_conflict, "The batch is being processed.", status=batch.state.value)


def read(file: FileStorage) -> Essay:
    """Return the essay that an uploaded file is, with what is wrong with it."""
    filename = file.filename or "unnamed"
    size_bytes, content_hash, beginning = measure(file.stream)
    fault = fault_of(filename, size_bytes, beginning)
    return Essay(
        filename=filename, size_bytes=size_bytes, content_hash=content_hash, failure=fault.value if fault else None
    )
