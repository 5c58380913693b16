"""How single services fail: identity, and those that handle classes, files and essays.

See :mod:`common.errors.factories`.
"""

from collections.abc import Mapping
from typing import NoReturn

from common.errors.codes import (
    CJAssessmentErrorCode,
    ClassManagementErrorCode,
    FileValidationErrorCode,
    IdentityErrorCode,
    SpellcheckerErrorCode,
)
from common.errors.detail import CorrelationId
from common.errors.source import AccountErrorFactory, ErrorFactory, ErrorSource, Headers, WordedErrorFactory, with_facts

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


raise_invalid_credentials_error = AccountErrorFactory(IdentityErrorCode.INVALID_CREDENTIALS)
raise_user_already_exists_error = AccountErrorFactory(IdentityErrorCode.USER_ALREADY_EXISTS)
raise_email_not_verified_error = AccountErrorFactory(IdentityErrorCode.EMAIL_NOT_VERIFIED)
raise_account_locked_error = AccountErrorFactory(IdentityErrorCode.ACCOUNT_LOCKED)
raise_email_already_verified_error = AccountErrorFactory(IdentityErrorCode.EMAIL_ALREADY_VERIFIED)
raise_password_reset_not_requested_error = AccountErrorFactory(IdentityErrorCode.PASSWORD_RESET_NOT_REQUESTED)

raise_refresh_token_invalid_error = WordedErrorFactory(IdentityErrorCode.REFRESH_TOKEN_INVALID)
raise_refresh_token_expired_error = WordedErrorFactory(IdentityErrorCode.REFRESH_TOKEN_EXPIRED)
raise_verification_token_expired_error = WordedErrorFactory(IdentityErrorCode.VERIFICATION_TOKEN_EXPIRED)
raise_verification_token_invalid_error = WordedErrorFactory(IdentityErrorCode.VERIFICATION_TOKEN_INVALID)
raise_reset_token_expired_error = WordedErrorFactory(IdentityErrorCode.RESET_TOKEN_EXPIRED)
raise_reset_token_invalid_error = WordedErrorFactory(IdentityErrorCode.RESET_TOKEN_INVALID)


def raise_user_not_found_error(
    service: str,
    operation: str,
    identifier: str,
    correlation_id: CorrelationId,
    *,
    message: str | None = None,
    headers: Headers = None,
    **details: object,
) -> NoReturn:
    """Raise USER_NOT_FOUND; ``identifier`` is the id or the e-mail address that was looked for."""
    raise ErrorSource(service, operation, correlation_id).error(
        IdentityErrorCode.USER_NOT_FOUND, message, details=with_facts(details, identifier=identifier), headers=headers
    )


def raise_token_expired_error(
    service: str,
    operation: str,
    token_type: str,
    correlation_id: CorrelationId,
    *,
    message: str | None = None,
    headers: Headers = None,
    **details: object,
) -> NoReturn:
    """Raise TOKEN_EXPIRED for a token of ``token_type``, such as ``access``."""
    raise ErrorSource(service, operation, correlation_id).error(
        IdentityErrorCode.TOKEN_EXPIRED, message, details=with_facts(details, token_type=token_type), headers=headers
    )


def raise_token_invalid_error(
    service: str,
    operation: str,
    token_type: str,
    correlation_id: CorrelationId,
    *,
    message: str | None = None,
    headers: Headers = None,
    **details: object,
) -> NoReturn:
    """Raise TOKEN_INVALID for a token of ``token_type``, such as ``access``."""
    raise ErrorSource(service, operation, correlation_id).error(
        IdentityErrorCode.TOKEN_INVALID, message, details=with_facts(details, token_type=token_type), headers=headers
    )
