"""The ways an upload is refused, each naming the field at fault."""

from typing import NoReturn

from api_gateway import SERVICE_NAME
from common.correlation import correlation_id
from common.errors.factories import (
    raise_missing_required_field,
    raise_parsing_error,
    raise_payload_too_large,
    raise_unsupported_media_type,
    raise_validation_error,
)

MULTIPART = "multipart/form-data"
OPERATION = "inspect_upload"
_LONGEST_NAME = 200


def refuse_not_multipart() -> NoReturn:
    """Raise UNSUPPORTED_MEDIA_TYPE for the body."""
    raise_unsupported_media_type(
        service=SERVICE_NAME,
        operation=OPERATION,
        message=f"The body must be {MULTIPART}.",
        correlation_id=correlation_id(),
        supported=[MULTIPART],
    )


def refuse_malformed(why: str) -> NoReturn:
    """Raise PARSING_ERROR for a body that isn't sound multipart."""
    raise_parsing_error(
        service=SERVICE_NAME,
        operation=OPERATION,
        message=f"The body is not valid {MULTIPART}: {why}.",
        correlation_id=correlation_id(),
    )


def refuse_request_size(limit_bytes: int) -> NoReturn:
    """Raise PAYLOAD_TOO_LARGE for the request."""
    raise_payload_too_large(
        service=SERVICE_NAME,
        operation=OPERATION,
        message=f"The request is larger than {limit_bytes} bytes.",
        correlation_id=correlation_id(),
        limit_bytes=limit_bytes,
    )


def refuse_file_size(field: str, filename: str, limit_bytes: int) -> NoReturn:
    """Raise PAYLOAD_TOO_LARGE for one file."""
    raise_payload_too_large(
        service=SERVICE_NAME,
        operation=OPERATION,
        message=f"The file {_shown(filename)} is larger than {limit_bytes} bytes.",
        correlation_id=correlation_id(),
        limit_bytes=limit_bytes,
        field=_shown(field),
        filename=_shown(filename),
    )


def refuse_text_size(field: str, limit_bytes: int) -> NoReturn:
    """Raise PAYLOAD_TOO_LARGE for one text field."""
    raise_payload_too_large(
        service=SERVICE_NAME,
        operation=OPERATION,
        message=f"The field {_shown(field)} is larger than {limit_bytes} bytes.",
        correlation_id=correlation_id(),
        limit_bytes=limit_bytes,
        field=_shown(field),
    )


def refuse_count(field: str, most: int) -> NoReturn:
    """Raise PAYLOAD_TOO_LARGE for too many parts."""
    raise_payload_too_large(
        service=SERVICE_NAME,
        operation=OPERATION,
        message=f"At most {most} of {_shown(field)} may come in one request.",
        correlation_id=correlation_id(),
        field=_shown(field),
        limit_count=most,
    )


def refuse_extension(field: str, filename: str, supported: list[str]) -> NoReturn:
    """Raise UNSUPPORTED_MEDIA_TYPE for a file."""
    raise_unsupported_media_type(
        service=SERVICE_NAME,
        operation=OPERATION,
        message=f"The name of a file must end in {', '.join(supported[:-1])} or {supported[-1]}.",
        correlation_id=correlation_id(),
        field=_shown(field),
        filename=_shown(filename),
        supported_extensions=[*supported],
    )


def refuse_nested(field: str, declared: str) -> NoReturn:
    """Raise UNSUPPORTED_MEDIA_TYPE for a part that holds parts: what is in them would pass unseen."""
    raise_unsupported_media_type(
        service=SERVICE_NAME,
        operation=OPERATION,
        message=f"The field {_shown(field)} is declared as {_shown(declared)}; send each file as a part of its own.",
        correlation_id=correlation_id(),
        field=_shown(field),
        declared_type=_shown(declared),
    )


def refuse_field(field: str, why: str) -> NoReturn:
    """Raise VALIDATION_ERROR for a field that may not come like that."""
    raise_validation_error(
        service=SERVICE_NAME,
        operation=OPERATION,
        message=f"The field {_shown(field)} {why}.",
        correlation_id=correlation_id(),
        field=_shown(field),
    )


def refuse_missing(field: str) -> NoReturn:
    """Raise MISSING_REQUIRED_FIELD."""
    raise_missing_required_field(
        service=SERVICE_NAME,
        operation=OPERATION,
        message=f"The field {field} is required.",
        correlation_id=correlation_id(),
        field=field,
    )


def _shown(name: str) -> str:
    """Return what is quoted of a name that the caller chose."""
    return name[:_LONGEST_NAME]
