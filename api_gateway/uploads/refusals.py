"""The ways an upload is refused, each naming the field at fault."""

from typing import NoReturn

from api_gateway import fail
from common.errors.codes import ErrorCode

MULTIPART = "multipart/form-data"
OPERATION = "inspect_upload"
_LONGEST_NAME = 200


def refuse_not_multipart() -> NoReturn:
    """Raise UNSUPPORTED_MEDIA_TYPE for the body."""
    raise fail.during(OPERATION).unsupported_media_type(f"The body must be {MULTIPART}.", supported=[MULTIPART])


def refuse_malformed(why: str) -> NoReturn:
    """Raise PARSING_ERROR for a body that isn't sound multipart."""
    raise fail.during(OPERATION).error(ErrorCode.PARSING_ERROR, f"The body is not valid {MULTIPART}: {why}.")


def refuse_request_size(limit_bytes: int) -> NoReturn:
    """Raise PAYLOAD_TOO_LARGE for the request."""
    raise fail.during(OPERATION).error(
        ErrorCode.PAYLOAD_TOO_LARGE,
        f"The request is larger than {limit_bytes} bytes.",
        details={"limit_bytes": limit_bytes},
    )


def refuse_file_size(field: str, filename: str, limit_bytes: int) -> NoReturn:
    """Raise PAYLOAD_TOO_LARGE for one file."""
    raise fail.during(OPERATION).error(
        ErrorCode.PAYLOAD_TOO_LARGE,
        f"The file {_shown(filename)} is larger than {limit_bytes} bytes.",
        details={"limit_bytes": limit_bytes, "field": _shown(field), "filename": _shown(filename)},
    )


def refuse_text_size(field: str, limit_bytes: int) -> NoReturn:
    """Raise PAYLOAD_TOO_LARGE for one text field."""
    raise fail.during(OPERATION).error(
        ErrorCode.PAYLOAD_TOO_LARGE,
        f"The field {_shown(field)} is larger than {limit_bytes} bytes.",
        details={"limit_bytes": limit_bytes, "field": _shown(field)},
    )


def refuse_count(field: str, most: int) -> NoReturn:
    """Raise PAYLOAD_TOO_LARGE for too many parts."""
    raise fail.during(OPERATION).error(
        ErrorCode.PAYLOAD_TOO_LARGE,
        f"At most {most} of {_shown(field)} may come in one request.",
        details={"field": _shown(field), "limit_count": most},
    )


def refuse_extension(field: str, filename: str, supported: list[str]) -> NoReturn:
    """Raise UNSUPPORTED_MEDIA_TYPE for a file."""
    raise fail.during(OPERATION).unsupported_media_type(
        f"The name of a file must end in {', '.join(supported[:-1])} or {supported[-1]}.",
        details={"field": _shown(field), "filename": _shown(filename), "supported_extensions": [*supported]},
    )


def refuse_nested(field: str, declared: str) -> NoReturn:
    """Raise UNSUPPORTED_MEDIA_TYPE for a part that holds parts: what is in them would pass unseen."""
    raise fail.during(OPERATION).unsupported_media_type(
        f"The field {_shown(field)} is declared as {_shown(declared)}; send each file as a part of its own.",
        details={"field": _shown(field), "declared_type": _shown(declared)},
    )


def refuse_field(field: str, why: str) -> NoReturn:
    """Raise VALIDATION_ERROR for a field that may not come like that."""
    raise fail.during(OPERATION).validation_error(_shown(field), f"The field {_shown(field)} {why}.")


def refuse_missing(field: str) -> NoReturn:
    """Raise MISSING_REQUIRED_FIELD."""
    raise fail.during(OPERATION).error(
        ErrorCode.MISSING_REQUIRED_FIELD, f"The field {field} is required.", details={"field": field}
    )


def _shown(name: str) -> str:
    """Return what is quoted of a name that the caller chose."""
    return name[:_LONGEST_NAME]
