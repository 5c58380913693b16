// Made from the code by `make docs`; don't edit.

import type { ErrorCode } from "./codes.js";

/** The status of each route's success, and whether it needs a token. */
export const ROUTES: Readonly<Record<string, readonly [status: number, needsToken: boolean]>> = {
  "GET /": [
    200,
    false
  ],
  "DELETE /bff/v1/teacher/{path}": [
    200,
    true
  ],
  "GET /bff/v1/teacher/{path}": [
    200,
    true
  ],
  "PATCH /bff/v1/teacher/{path}": [
    200,
    true
  ],
  "POST /bff/v1/teacher/{path}": [
    200,
    true
  ],
  "PUT /bff/v1/teacher/{path}": [
    200,
    true
  ],
  "GET /docs": [
    200,
    false
  ],
  "GET /docs/assets/{name}": [
    200,
    false
  ],
  "GET /docs/gateway.md": [
    200,
    false
  ],
  "GET /healthz": [
    200,
    false
  ],
  "GET /livez": [
    200,
    false
  ],
  "GET /metrics": [
    200,
    false
  ],
  "GET /openapi.json": [
    200,
    false
  ],
  "GET /readyz": [
    200,
    false
  ],
  "GET /redocs": [
    200,
    false
  ],
  "POST /v1/auth/login": [
    200,
    false
  ],
  "POST /v1/auth/logout": [
    200,
    false
  ],
  "POST /v1/auth/refresh": [
    200,
    false
  ],
  "GET /v1/batches": [
    200,
    true
  ],
  "POST /v1/batches/{batch_id}/pipelines": [
    202,
    true
  ],
  "PATCH /v1/batches/{batch_id}/prompt": [
    200,
    true
  ],
  "GET /v1/batches/{batch_id}/status": [
    200,
    true
  ],
  "GET /v1/batches/{batch_id}/student-associations": [
    200,
    true
  ],
  "POST /v1/batches/{batch_id}/student-associations/confirm": [
    200,
    true
  ],
  "POST /v1/batches/register": [
    202,
    true
  ],
  "DELETE /v1/classes": [
    200,
    true
  ],
  "GET /v1/classes": [
    200,
    true
  ],
  "PATCH /v1/classes": [
    200,
    true
  ],
  "POST /v1/classes": [
    201,
    true
  ],
  "PUT /v1/classes": [
    200,
    true
  ],
  "DELETE /v1/classes/{path}": [
    200,
    true
  ],
  "GET /v1/classes/{path}": [
    200,
    true
  ],
  "PATCH /v1/classes/{path}": [
    200,
    true
  ],
  "POST /v1/classes/{path}": [
    200,
    true
  ],
  "PUT /v1/classes/{path}": [
    200,
    true
  ],
  "GET /v1/errors": [
    200,
    false
  ],
  "GET /v1/errors/{code}": [
    200,
    false
  ],
  "POST /v1/files/batch": [
    202,
    true
  ],
  "POST /v1/files/batch/{batch_id}/files": [
    202,
    true
  ],
  "DELETE /v1/files/batch/{batch_id}/files/{file_upload_id}": [
    200,
    true
  ],
  "GET /v1/files/batch/{batch_id}/state": [
    200,
    true
  ],
  "GET /v1/notifications": [
    200,
    true
  ],
  "POST /v1/notifications/seen": [
    200,
    true
  ],
  "POST /v1/ws/tickets": [
    201,
    true
  ],
  "POST /v1/classes/students": [
    201,
    true
  ],
  "GET /v1/classes/students/{student_id}": [
    200,
    true
  ],
  "PUT /v1/classes/students/{student_id}": [
    200,
    true
  ],
  "DELETE /v1/classes/students/{student_id}": [
    200,
    true
  ],
  "GET /bff/v1/teacher/dashboard": [
    200,
    true
  ]
};

/** The status of each code. */
export const STATUSES: Readonly<Record<ErrorCode, number>> = {
  "VALIDATION_ERROR": 400,
  "MISSING_REQUIRED_FIELD": 400,
  "INVALID_REQUEST": 400,
  "PARSING_ERROR": 400,
  "AUTHENTICATION_ERROR": 401,
  "INVALID_API_KEY": 401,
  "INSUFFICIENT_CREDITS": 402,
  "AUTHORIZATION_ERROR": 403,
  "RESOURCE_NOT_FOUND": 404,
  "METHOD_NOT_ALLOWED": 405,
  "REQUEST_TIMEOUT": 408,
  "CONFLICT": 409,
  "IDEMPOTENCY_IN_PROGRESS": 409,
  "PAYLOAD_TOO_LARGE": 413,
  "UNSUPPORTED_MEDIA_TYPE": 415,
  "IDEMPOTENCY_KEY_REUSED": 422,
  "RATE_LIMIT": 429,
  "QUOTA_EXCEEDED": 429,
  "HEADERS_TOO_LARGE": 431,
  "REQUEST_QUEUED": 202,
  "UNKNOWN_ERROR": 500,
  "CONFIGURATION_ERROR": 500,
  "INVALID_CONFIGURATION": 500,
  "PROCESSING_ERROR": 500,
  "INITIALIZATION_FAILED": 500,
  "EXTERNAL_SERVICE_ERROR": 502,
  "INVALID_RESPONSE": 502,
  "CONTENT_SERVICE_ERROR": 502,
  "SPELLCHECK_SERVICE_ERROR": 502,
  "NLP_SERVICE_ERROR": 502,
  "AI_FEEDBACK_SERVICE_ERROR": 502,
  "CJ_ASSESSMENT_SERVICE_ERROR": 502,
  "LLM_PROVIDER_SERVICE_ERROR": 502,
  "CONNECTION_ERROR": 503,
  "SERVICE_UNAVAILABLE": 503,
  "CIRCUIT_BREAKER_OPEN": 503,
  "KAFKA_PUBLISH_ERROR": 503,
  "TIMEOUT": 504,
  "CLASS_NOT_FOUND": 404,
  "STUDENT_NOT_FOUND": 404,
  "COURSE_NOT_FOUND": 404,
  "COURSE_VALIDATION_ERROR": 400,
  "MULTIPLE_COURSE_ERROR": 409,
  "EMPTY_CONTENT": 400,
  "CONTENT_TOO_SHORT": 400,
  "CONTENT_TOO_LONG": 400,
  "ENCRYPTED_FILE_UNSUPPORTED": 400,
  "TEXT_EXTRACTION_FAILED": 500,
  "RAW_STORAGE_FAILED": 500,
  "UNKNOWN_VALIDATION_ERROR": 400,
  "SPELL_EVENT_CORRELATION_ERROR": 400,
  "BCS_PIPELINE_DEPENDENCY_RESOLUTION_FAILED": 500,
  "BCS_PIPELINE_DEPENDENCY_CYCLE_DETECTED": 500,
  "BCS_PIPELINE_COMPATIBILITY_FAILED": 409,
  "CJ_INSUFFICIENT_COMPARISONS": 409,
  "CJ_SCORE_CONVERGENCE_FAILED": 500,
  "CJ_COMPARISON_IMBALANCE": 500,
  "CJ_CALLBACK_CORRELATION_FAILED": 500,
  "LLM_PROVIDER_UNAVAILABLE": 503,
  "LLM_PROVIDER_RATE_LIMIT": 503,
  "LLM_PROVIDER_TIMEOUT": 504,
  "LLM_PROVIDER_API_ERROR": 502,
  "LLM_INVALID_PROMPT": 400,
  "LLM_CONTENT_TOO_LONG": 400,
  "LLM_INVALID_CONFIG": 400,
  "LLM_QUEUE_FULL": 503,
  "LLM_INTERNAL_ERROR": 500,
  "LLM_CALLBACK_TOPIC_MISSING": 500,
  "LLM_INVALID_CALLBACK_TOPIC": 500,
  "LLM_PARSING_ERROR": 502,
  "LLM_INVALID_RESPONSE": 502,
  "LLM_COST_LIMIT_EXCEEDED": 429,
  "LLM_CONFIGURATION_ERROR": 500,
  "IDENTITY_INVALID_CREDENTIALS": 401,
  "IDENTITY_USER_NOT_FOUND": 404,
  "IDENTITY_USER_ALREADY_EXISTS": 409,
  "IDENTITY_EMAIL_NOT_VERIFIED": 403,
  "IDENTITY_ACCOUNT_LOCKED": 403,
  "IDENTITY_TOKEN_EXPIRED": 401,
  "IDENTITY_TOKEN_INVALID": 401,
  "IDENTITY_REFRESH_TOKEN_INVALID": 401,
  "IDENTITY_REFRESH_TOKEN_EXPIRED": 401,
  "IDENTITY_VERIFICATION_TOKEN_EXPIRED": 400,
  "IDENTITY_VERIFICATION_TOKEN_INVALID": 400,
  "IDENTITY_EMAIL_ALREADY_VERIFIED": 409,
  "IDENTITY_RESET_TOKEN_EXPIRED": 400,
  "IDENTITY_RESET_TOKEN_INVALID": 400,
  "IDENTITY_PASSWORD_RESET_NOT_REQUESTED": 409,
  "CONNECTION_LIMIT": 429,
  "CONSUMER_TOO_SLOW": 408,
  "IDLE_TIMEOUT": 408,
  "SERVICE_RESTART": 503,
  "SERVICE_OVERLOADED": 503,
  "MESSAGE_TOO_BIG": 413,
  "INVALID_FRAME": 400,
  "PROTOCOL_ERROR": 400,
  "NOT_UTF8": 400,
  "UPGRADE_REQUIRED": 426
};
