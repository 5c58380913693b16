"""How the services that handle classes, files and essays fail; see :mod:`common.errors.factories`."""

from collections.abc import Mapping
from typing import NoReturn

from common.errors.codes import (
    CJAssessmentErrorCode,
    ClassManagementErrorCode,
    FileValidationErrorCode,
    SpellcheckerErrorCode,
)
from common.errors.detail import CorrelationId
from common.errors.raising import ErrorFactory, Headers, with_facts
from common.errors.source import ErrorSource

raise_course_validation_error = ErrorFactory(ClassManagementErrorCode.COURSE_VALIDATION_ERROR)
raise_multiple_course_error = ErrorFactory(ClassManagementErrorCode.MULTIPLE_COURSE_ERROR)
raise_unknown_validation_error = ErrorFactory(FileValidationErrorCode.UNKNOWN_VALIDATION_ERROR)


def raise_course_not_found(
    service: str,
    operation: str,
    course_id: str,
    correlation_id: CorrelationId,
    *,
    message: str | None = None,
    headers: Headers = None,
    **details: object,
) -> NoReturn:
    """Raise COURSE_NOT_FOUND."""
    raise ErrorSource(service, operation, correlation_id).error(
        ClassManagementErrorCode.COURSE_NOT_FOUND,
        message,
        details=with_facts(details, course_id=course_id),
        headers=headers,
    )


def raise_class_not_found(
    service: str,
    operation: str,
    class_id: str,
    correlation_id: CorrelationId,
    *,
    message: str | None = None,
    headers: Headers = None,
    **details: object,
) -> NoReturn:
    """Raise CLASS_NOT_FOUND."""
    raise ErrorSource(service, operation, correlation_id).error(
        ClassManagementErrorCode.CLASS_NOT_FOUND,
        message,
        details=with_facts(details, class_id=class_id),
        headers=headers,
    )


def raise_student_not_found(
    service: str,
    operation: str,
    student_id: str,
    correlation_id: CorrelationId,
    *,
    message: str | None = None,
    headers: Headers = None,
    **details: object,
) -> NoReturn:
    """Raise STUDENT_NOT_FOUND."""
    raise ErrorSource(service, operation, correlation_id).error(
        ClassManagementErrorCode.STUDENT_NOT_FOUND,
        message,
        details=with_facts(details, student_id=student_id),
        headers=headers,
    )


def raise_empty_content_error(
    service: str,
    operation: str,
    file_name: str,
    correlation_id: CorrelationId,
    *,
    message: str | None = None,
    headers: Headers = None,
    **details: object,
) -> NoReturn:
    """Raise EMPTY_CONTENT for a file without text."""
    raise ErrorSource(service, operation, correlation_id).error(
        FileValidationErrorCode.EMPTY_CONTENT,
        message,
        details=with_facts(details, file_name=file_name),
        headers=headers,
    )


def raise_content_too_short(
    service: str,
    operation: str,
    file_name: str,
    min_length: int,
    actual_length: int,
    correlation_id: CorrelationId,
    *,
    message: str | None = None,
    headers: Headers = None,
    **details: object,
) -> NoReturn:
    """Raise CONTENT_TOO_SHORT; lengths are in the unit that the service counts in."""
    raise ErrorSource(service, operation, correlation_id).error(
        FileValidationErrorCode.CONTENT_TOO_SHORT,
        message,
        details=with_facts(details, file_name=file_name, min_length=min_length, actual_length=actual_length),
        headers=headers,
    )


def raise_content_too_long(
    service: str,
    operation: str,
    file_name: str,
    max_length: int,
    actual_length: int,
    correlation_id: CorrelationId,
    *,
    message: str | None = None,
    headers: Headers = None,
    **details: object,
) -> NoReturn:
    """Raise CONTENT_TOO_LONG; lengths are in the unit that the service counts in."""
    raise ErrorSource(service, operation, correlation_id).error(
        FileValidationErrorCode.CONTENT_TOO_LONG,
        message,
        details=with_facts(details, file_name=file_name, max_length=max_length, actual_length=actual_length),
        headers=headers,
    )


def raise_encrypted_file_error(
    service: str,
    operation: str,
    file_name: str,
    correlation_id: CorrelationId,
    *,
    message: str | None = None,
    headers: Headers = None,
    **details: object,
) -> NoReturn:
    """Raise ENCRYPTED_FILE_UNSUPPORTED."""
    raise ErrorSource(service, operation, correlation_id).error(
        FileValidationErrorCode.ENCRYPTED_FILE_UNSUPPORTED,
        message,
        details=with_facts(details, file_name=file_name),
        headers=headers,
    )


def raise_raw_storage_failed(
    service: str,
    operation: str,
    file_name: str,
    message: str,
    correlation_id: CorrelationId,
    *,
    headers: Headers = None,
    **details: object,
) -> NoReturn:
    """Raise RAW_STORAGE_FAILED: the upload is not kept."""
    raise ErrorSource(service, operation, correlation_id).error(
        FileValidationErrorCode.RAW_STORAGE_FAILED,
        message,
        details=with_facts(details, file_name=file_name),
        headers=headers,
    )


def raise_text_extraction_failed(
    service: str,
    operation: str,
    file_name: str,
    message: str,
    correlation_id: CorrelationId,
    *,
    headers: Headers = None,
    **details: object,
) -> NoReturn:
    """Raise TEXT_EXTRACTION_FAILED: the file can't be read."""
    raise ErrorSource(service, operation, correlation_id).error(
        FileValidationErrorCode.TEXT_EXTRACTION_FAILED,
        message,
        details=with_facts(details, file_name=file_name),
        headers=headers,
    )


def raise_spell_event_correlation_error(
    service: str,
    operation: str,
    message: str,
    correlation_id: CorrelationId,
    missing_field: str | None = None,
    *,
    headers: Headers = None,
    **details: object,
) -> NoReturn:
    """Raise SPELL_EVENT_CORRELATION_ERROR for an event without ``missing_field``."""
    raise ErrorSource(service, operation, correlation_id).error(
        SpellcheckerErrorCode.SPELL_EVENT_CORRELATION_ERROR,
        message,
        details=with_facts(details, missing_field=missing_field),
        headers=headers,
    )


def raise_cj_insufficient_comparisons(
    service: str,
    operation: str,
    message: str,
    correlation_id: CorrelationId,
    batch_id: str | None = None,
    comparison_count: int | None = None,
    required_count: int | None = None,
    *,
    headers: Headers = None,
    **details: object,
) -> NoReturn:
    """Raise CJ_INSUFFICIENT_COMPARISONS."""
    raise ErrorSource(service, operation, correlation_id).error(
        CJAssessmentErrorCode.CJ_INSUFFICIENT_COMPARISONS,
        message,
        details=with_facts(
            details, batch_id=batch_id, comparison_count=comparison_count, required_count=required_count
        ),
        headers=headers,
    )


def raise_cj_score_convergence_failed(
    service: str,
    operation: str,
    message: str,
    correlation_id: CorrelationId,
    batch_id: str | None = None,
    iteration_count: int | None = None,
    convergence_error: str | None = None,
    *,
    headers: Headers = None,
    **details: object,
) -> NoReturn:
    """Raise CJ_SCORE_CONVERGENCE_FAILED."""
    raise ErrorSource(service, operation, correlation_id).error(
        CJAssessmentErrorCode.CJ_SCORE_CONVERGENCE_FAILED,
        message,
        details=with_facts(
            details, batch_id=batch_id, iteration_count=iteration_count, convergence_error=convergence_error
        ),
        headers=headers,
    )


def raise_cj_comparison_imbalance(
    service: str,
    operation: str,
    message: str,
    correlation_id: CorrelationId,
    batch_id: str | None = None,
    imbalance_details: Mapping[str, int] | None = None,
    min_comparisons: int | None = None,
    max_comparisons: int | None = None,
    *,
    headers: Headers = None,
    **details: object,
) -> NoReturn:
    """Raise CJ_COMPARISON_IMBALANCE; ``imbalance_details`` counts the comparisons of each essay."""
    raise ErrorSource(service, operation, correlation_id).error(
        CJAssessmentErrorCode.CJ_COMPARISON_IMBALANCE,
        message,
        details=with_facts(
            details,
            batch_id=batch_id,
            imbalance_details=imbalance_details,
            min_comparisons=min_comparisons,
            max_comparisons=max_comparisons,
        ),
        headers=headers,
    )


def raise_cj_callback_correlation_failed(
    service: str,
    operation: str,
    message: str,
    correlation_id: CorrelationId,
    callback_correlation_id: CorrelationId | None = None,
    batch_id: str | None = None,
    *,
    headers: Headers = None,
    **details: object,
) -> NoReturn:
    """Raise CJ_CALLBACK_CORRELATION_FAILED for a judgement that belongs to no pair."""
    raise ErrorSource(service, operation, correlation_id).error(
        CJAssessmentErrorCode.CJ_CALLBACK_CORRELATION_FAILED,
        message,
        details=with_facts(details, callback_correlation_id=callback_correlation_id, batch_id=batch_id),
        headers=headers,
    )
