"""The file service: takes essays in, tells whether a batch's files can change, removes one."""

from dataclasses import dataclass
from http import HTTPStatus

from pydantic import JsonValue
from quart import Quart, request
from quart.datastructures import FileStorage

from common.contracts.notification import NotificationType
from common.correlation import correlation_id
from sandbox.upstreams.application import add_outbox_controls, decode_caller_id, service_app
from sandbox.upstreams.essay_files import fault_of, measure
from sandbox.upstreams.listener import Listener
from sandbox.upstreams.notifications import News
from sandbox.upstreams.records import Batch, BatchState, Essay, Platform
from sandbox.upstreams.refusals import refuse, refuse_in_detail
from sandbox.upstreams.surroundings import Surroundings

SERVICE_NAME = "file_service"


def file_service_app(around: Surroundings, listener: Listener) -> Quart:
    """Return the file service."""
    app = service_app(SERVICE_NAME, listener)
    add_outbox_controls(app, around.notifier)
    intake = Intake(around)

    @app.post("/v1/files/batch")
    async def upload() -> tuple[dict[str, JsonValue], int]:
        form = await request.form
        batch_id = form.get("batch_id")
        if not batch_id:
            refuse(HTTPStatus.BAD_REQUEST, "batch_id is required in form data.")
        batch = changeable_batch(around.platform, batch_id, operation="upload_batch_files")
        files = real_files((await request.files).getlist("files"))
        batch.assignment_id = form.get("assignment_id", batch.assignment_id)
        intake.take(batch, files)
        return upload_response(batch_id, f"{len(files)} files received for batch {batch_id} and are being processed.")

    @app.post("/v1/files/batch/<batch_id>/files")
    async def add_files(batch_id: str) -> tuple[dict[str, JsonValue], int]:
        batch = changeable_batch(around.platform, batch_id, operation="add_files_to_batch")
        files = real_files((await request.files).getlist("files"))
        taken = intake.take(batch, files)
        body, status = upload_response(
            batch_id, f"{len(files)} files added to batch {batch_id} and are being processed."
        )
        return {**body, "added_files": taken}, status

    @app.delete("/v1/files/batch/<batch_id>/files/<file_upload_id>")
    async def remove_file(batch_id: str, file_upload_id: str) -> dict[str, JsonValue]:
        batch = changeable_batch(around.platform, batch_id, operation="remove_file_from_batch")
        intake.remove(batch, file_upload_id)
        message = f"File removal request processed for file {file_upload_id}"
        return {"message": message, "batch_id": batch_id, "file_upload_id": file_upload_id}

    @app.get("/v1/files/batch/<batch_id>/state")
    async def tell_state(batch_id: str) -> dict[str, JsonValue]:
        batch = find_batch(around.platform, batch_id, operation="get_batch_state")
        return {"batch_id": batch_id, "lock_status": lock_status(batch)}

    return app


def find_batch(platform: Platform, batch_id: str, *, operation: str) -> Batch:
    """Return the caller's batch.

    Raises:
        RefusedError: 401 without a user, 404, or 403 when it is another's: that one names both users.
    """
    user_id = decode_caller_id()
    batch = platform.batches.get(batch_id)
    if batch is None:
        refuse(HTTPStatus.NOT_FOUND, "Batch not found")
    if batch.user_id != user_id:
        refuse_in_detail(
            HTTPStatus.FORBIDDEN,
            "AUTHORIZATION_ERROR",
            "Access denied: You don't own this batch",
            service=SERVICE_NAME,
            operation=operation,
            details={"batch_id": batch_id, "batch_owner": batch.user_id, "requested_user": user_id},
        )
    return batch


def changeable_batch(platform: Platform, batch_id: str, *, operation: str) -> Batch:
    """Return the caller's batch, whose files can be changed.

    Raises:
        RefusedError: as :func:`find_batch`, or 409 when its processing has begun.
    """
    batch = find_batch(platform, batch_id, operation=operation)
    if batch.locked:
        refuse(HTTPStatus.CONFLICT, "Batch is locked: SPELLCHECK_STARTED")
    return batch


def real_files(files: list[FileStorage]) -> list[FileStorage]:
    """Return the files that a form holds.

    Raises:
        RefusedError: 400 without any.
    """
    if not files:
        refuse(HTTPStatus.BAD_REQUEST, "No files provided in 'files' field.")
    return files


def upload_response(batch_id: str, message: str) -> tuple[dict[str, JsonValue], int]:
    """Return the answer to an upload: what is wrong with its files is told later, as a notification."""
    return {"message": message, "batch_id": batch_id, "correlation_id": str(correlation_id())}, HTTPStatus.ACCEPTED


def lock_status(batch: Batch) -> dict[str, JsonValue]:
    """Return whether the batch's files can be changed, and why not."""
    if batch.locked:
        return {"locked": True, "reason": "spellcheck processing has started", "current_phase": "spellcheck"}
    return {
        "locked": False,
        "reason": "Batch is open for modifications",
        "current_state": "READY_FOR_MODIFICATIONS",
    }


def receipt(essay: Essay) -> dict[str, JsonValue]:
    """Return what the service tells of one file."""
    return {
        "file_upload_id": essay.file_upload_id,
        "filename": essay.filename,
        "size_bytes": essay.size_bytes,
        "status": "accepted" if essay.failure is None else "rejected",
        "reason": essay.failure,
    }


@dataclass(frozen=True, slots=True)
class Intake:
    """Adds files to batches and removes them, and tells the teacher."""

    around: Surroundings

    def take(self, batch: Batch, files: list[FileStorage]) -> int:
        """Add those of ``files`` that have a name and return how many they are.

        A file input that was left empty has none, and is skipped. A batch that has all its essays is ready, or goes on
        to its class's pupils.
        """
        essays = [read(file, file.filename) for file in files if file.filename]
        batch.essays.update({essay.file_upload_id: essay for essay in essays})
        was_complete = batch.state is not BatchState.AWAITING_CONTENT_VALIDATION
        if not was_complete and len(batch.sound_essays) >= batch.expected_essay_count:
            self._complete(batch)
        self._tell_of(batch, essays)
        return len(essays)

    def remove(self, batch: Batch, file_upload_id: str) -> None:
        """Remove one file; one that isn't there is as good as removed."""
        essay = batch.essays.pop(file_upload_id, None)
        if len(batch.sound_essays) < batch.expected_essay_count:
            batch.move_to(BatchState.AWAITING_CONTENT_VALIDATION)
        payload = {"file_upload_id": file_upload_id, "filename": essay.filename if essay else f"file_{file_upload_id}"}
        self._tell(batch, NotificationType.BATCH_FILE_REMOVED, {**payload})

    def _complete(self, batch: Batch) -> None:
        if batch.class_id is None:
            batch.move_to(BatchState.READY)
        else:
            self.around.complete.put_nowait(batch)

    def _tell_of(self, batch: Batch, essays: list[Essay]) -> None:
        for essay in essays:
            if essay.failure is not None:
                self._tell(batch, NotificationType.BATCH_VALIDATION_FAILED, receipt(essay))
        sound = [receipt(essay) for essay in essays if essay.failure is None]
        if sound:
            names: list[JsonValue] = [one["filename"] for one in sound]
            files: list[JsonValue] = [*sound]
            facts: dict[str, JsonValue] = {"filenames": names, "file_count": len(sound), "files": files}
            self._tell(batch, NotificationType.BATCH_FILES_UPLOADED, facts)

    def _tell(self, batch: Batch, kind: NotificationType, payload: dict[str, JsonValue]) -> None:
        self.around.notifier.tell(
            News(
                type=kind,
                teacher_id=batch.user_id,
                correlation_id=str(correlation_id()),
                source=SERVICE_NAME,
                batch_id=batch.batch_id,
                class_id=batch.class_id,
                payload=payload,
            )
        )


def read(file: FileStorage, filename: str) -> Essay:
    """Return the essay that an uploaded file is, with what is wrong with it."""
    size_bytes, content_hash, beginning = measure(file.stream)
    fault = fault_of(filename, size_bytes, beginning)
    return Essay(
        filename=filename, size_bytes=size_bytes, content_hash=content_hash, failure=fault.value if fault else None
    )
