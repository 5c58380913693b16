// Made from common/errors by `make docs`; don't edit.

/** All codes that the edge can return or close with. */
export type ErrorCode =
  | "VALIDATION_ERROR"
  | "MISSING_REQUIRED_FIELD"
  | "INVALID_REQUEST"
  | "PARSING_ERROR"
  | "AUTHENTICATION_ERROR"
  | "INVALID_API_KEY"
  | "INSUFFICIENT_CREDITS"
  | "AUTHORIZATION_ERROR"
  | "RESOURCE_NOT_FOUND"
  | "METHOD_NOT_ALLOWED"
  | "REQUEST_TIMEOUT"
  | "CONFLICT"
  | "IDEMPOTENCY_IN_PROGRESS"
  | "PAYLOAD_TOO_LARGE"
  | "UNSUPPORTED_MEDIA_TYPE"
  | "IDEMPOTENCY_KEY_REUSED"
  | "RATE_LIMIT"
  | "QUOTA_EXCEEDED"
  | "HEADERS_TOO_LARGE"
  | "UNKNOWN_ERROR"
  | "CONFIGURATION_ERROR"
  | "INVALID_CONFIGURATION"
  | "PROCESSING_ERROR"
  | "INITIALIZATION_FAILED"
  | "EXTERNAL_SERVICE_ERROR"
  | "INVALID_RESPONSE"
  | "CONTENT_SERVICE_ERROR"
  | "SPELLCHECK_SERVICE_ERROR"
  | "NLP_SERVICE_ERROR"
  | "AI_FEEDBACK_SERVICE_ERROR"
  | "CJ_ASSESSMENT_SERVICE_ERROR"
  | "LLM_PROVIDER_SERVICE_ERROR"
  | "CONNECTION_ERROR"
  | "SERVICE_UNAVAILABLE"
  | "CIRCUIT_BREAKER_OPEN"
  | "KAFKA_PUBLISH_ERROR"
  | "TIMEOUT"
  | "REQUEST_QUEUED"
  | "CLASS_NOT_FOUND"
  | "STUDENT_NOT_FOUND"
  | "COURSE_NOT_FOUND"
  | "COURSE_VALIDATION_ERROR"
  | "MULTIPLE_COURSE_ERROR"
  | "EMPTY_CONTENT"
  | "CONTENT_TOO_SHORT"
  | "CONTENT_TOO_LONG"
  | "ENCRYPTED_FILE_UNSUPPORTED"
  | "TEXT_EXTRACTION_FAILED"
  | "RAW_STORAGE_FAILED"
  | "UNKNOWN_VALIDATION_ERROR"
  | "SPELL_EVENT_CORRELATION_ERROR"
  | "BCS_PIPELINE_DEPENDENCY_RESOLUTION_FAILED"
  | "BCS_PIPELINE_DEPENDENCY_CYCLE_DETECTED"
  | "BCS_PIPELINE_COMPATIBILITY_FAILED"
  | "CJ_INSUFFICIENT_COMPARISONS"
  | "CJ_SCORE_CONVERGENCE_FAILED"
  | "CJ_COMPARISON_IMBALANCE"
  | "CJ_CALLBACK_CORRELATION_FAILED"
  | "LLM_PROVIDER_UNAVAILABLE"
  | "LLM_PROVIDER_RATE_LIMIT"
  | "LLM_PROVIDER_TIMEOUT"
  | "LLM_PROVIDER_API_ERROR"
  | "LLM_INVALID_PROMPT"
  | "LLM_CONTENT_TOO_LONG"
  | "LLM_INVALID_CONFIG"
  | "LLM_QUEUE_FULL"
  | "LLM_INTERNAL_ERROR"
  | "LLM_CALLBACK_TOPIC_MISSING"
  | "LLM_INVALID_CALLBACK_TOPIC"
  | "LLM_PARSING_ERROR"
  | "LLM_INVALID_RESPONSE"
  | "LLM_COST_LIMIT_EXCEEDED"
  | "LLM_CONFIGURATION_ERROR"
  | "IDENTITY_INVALID_CREDENTIALS"
  | "IDENTITY_USER_NOT_FOUND"
  | "IDENTITY_USER_ALREADY_EXISTS"
  | "IDENTITY_EMAIL_NOT_VERIFIED"
  | "IDENTITY_ACCOUNT_LOCKED"
  | "IDENTITY_TOKEN_EXPIRED"
  | "IDENTITY_TOKEN_INVALID"
  | "IDENTITY_REFRESH_TOKEN_INVALID"
  | "IDENTITY_REFRESH_TOKEN_EXPIRED"
  | "IDENTITY_VERIFICATION_TOKEN_EXPIRED"
  | "IDENTITY_VERIFICATION_TOKEN_INVALID"
  | "IDENTITY_EMAIL_ALREADY_VERIFIED"
  | "IDENTITY_RESET_TOKEN_EXPIRED"
  | "IDENTITY_RESET_TOKEN_INVALID"
  | "IDENTITY_PASSWORD_RESET_NOT_REQUESTED"
  | "CONNECTION_LIMIT"
  | "CONSUMER_TOO_SLOW"
  | "IDLE_TIMEOUT"
  | "SERVICE_RESTART"
  | "SERVICE_OVERLOADED"
  | "MESSAGE_TOO_BIG"
  | "INVALID_FRAME"
  | "PROTOCOL_ERROR"
  | "NOT_UTF8"
  | "UPGRADE_REQUIRED";

/** All codes with which the feed closes a socket. */
export type CloseCode =
  | 1002
  | 1007
  | 1008
  | 1009
  | 1011
  | 1012
  | 1013
  | 4000
  | 4008
  | 4408;

/** Why a credential was refused: `details.reason` of a refusal, `message` of a close reason. */
export type AuthReason =
  | "token_missing"
  | "request_malformed"
  | "token_expired"
  | "token_invalid"
  | "revoked"
  | "insufficient_scope"
  | "wrong_credentials"
  | "account_locked"
  | "email_not_verified";

/** The meaning of one code, and advice for clients. */
export interface ErrorEntry {
  /** The HTTP status of its response. */
  readonly status: number;
  /** The code that closes a socket which this error ends. */
  readonly closeCode: number;
  readonly title: string;
  readonly meaning: string;
  readonly advice: string;
  /** Whether the same request can succeed later. */
  readonly retryable: boolean;
}

/** The meaning of one close code of the feed, and advice for clients. */
export interface CloseEntry {
  /** The `message` in the close reason, unless a more specific one applies. */
  readonly reason: string;
  readonly meaning: string;
  readonly advice: string;
}

/** The meaning of an unknown close code in a range. */
export interface CloseRange {
  readonly first: number;
  readonly last: number;
  readonly meaning: string;
  readonly advice: string;
}

export const ERRORS: Readonly<Record<ErrorCode, ErrorEntry>> = {
  "VALIDATION_ERROR": {
    "status": 400,
    "closeCode": 1011,
    "title": "The request is invalid",
    "meaning": "One or more fields don't meet the route's requirements.",
    "advice": "Show each message of `details.field_errors` at the field its `pointer` names; don't resend unchanged.",
    "retryable": false
  },
  "MISSING_REQUIRED_FIELD": {
    "status": 400,
    "closeCode": 1011,
    "title": "A required field is missing",
    "meaning": "A field that the route requires was not sent.",
    "advice": "Send the field that `details.field` names.",
    "retryable": false
  },
  "INVALID_REQUEST": {
    "status": 400,
    "closeCode": 1008,
    "title": "The request is malformed",
    "meaning": "The path, a header or the credential violates the rules of HTTP or of the route.",
    "advice": "Correct the client; don't resend unchanged.",
    "retryable": false
  },
  "PARSING_ERROR": {
    "status": 400,
    "closeCode": 1011,
    "title": "The body can't be parsed",
    "meaning": "The body doesn't match its content type: invalid JSON, or text that isn't UTF-8.",
    "advice": "Correct the client; don't resend unchanged.",
    "retryable": false
  },
  "AUTHENTICATION_ERROR": {
    "status": 401,
    "closeCode": 1008,
    "title": "Authentication is required",
    "meaning": "The access token is missing, expired, revoked or invalid.",
    "advice": "Refresh the token when `details.reason` is `token_expired`, else send the user to the login.",
    "retryable": false
  },
  "INVALID_API_KEY": {
    "status": 401,
    "closeCode": 1008,
    "title": "The API key is invalid",
    "meaning": "A service called another one with a wrong internal key.",
    "advice": "Correct the calling service's configuration.",
    "retryable": false
  },
  "INSUFFICIENT_CREDITS": {
    "status": 402,
    "closeCode": 1011,
    "title": "Not enough credits",
    "meaning": "The pipeline costs more credits than the user or the organisation has left.",
    "advice": "Show the figures in `details`, and where to buy credits.",
    "retryable": false
  },
  "AUTHORIZATION_ERROR": {
    "status": 403,
    "closeCode": 1008,
    "title": "Access is denied",
    "meaning": "The user is authenticated, but not allowed to do this.",
    "advice": "Tell the user; don't resend with the same token.",
    "retryable": false
  },
  "RESOURCE_NOT_FOUND": {
    "status": 404,
    "closeCode": 1011,
    "title": "Not found",
    "meaning": "The route doesn't exist, or no resource has that id.",
    "advice": "Check the URL or the id; discard data cached under it.",
    "retryable": false
  },
  "METHOD_NOT_ALLOWED": {
    "status": 405,
    "closeCode": 1011,
    "title": "The method is not allowed",
    "meaning": "The route exists, but doesn't support this method.",
    "advice": "Use one of the methods that `Allow` lists.",
    "retryable": false
  },
  "REQUEST_TIMEOUT": {
    "status": 408,
    "closeCode": 1011,
    "title": "The request took too long to arrive",
    "meaning": "The body arrived too slowly or was incomplete.",
    "advice": "Send the request again over a better connection.",
    "retryable": true
  },
  "CONFLICT": {
    "status": 409,
    "closeCode": 1011,
    "title": "The request conflicts with the current state",
    "meaning": "The resource is not in a state that allows the change.",
    "advice": "Read the resource again, then decide again.",
    "retryable": false
  },
  "IDEMPOTENCY_IN_PROGRESS": {
    "status": 409,
    "closeCode": 1011,
    "title": "The same request is still running",
    "meaning": "An earlier request with this `Idempotency-Key` has not finished.",
    "advice": "Send it again with the same key after `Retry-After`.",
    "retryable": true
  },
  "PAYLOAD_TOO_LARGE": {
    "status": 413,
    "closeCode": 1009,
    "title": "The body is too large",
    "meaning": "The body, one of its files, or the number of files exceeds the limit.",
    "advice": "Send less at a time.",
    "retryable": false
  },
  "UNSUPPORTED_MEDIA_TYPE": {
    "status": 415,
    "closeCode": 1011,
    "title": "The media type is not supported",
    "meaning": "The body or a file has a type that the route doesn't accept, or no type.",
    "advice": "Send one of the types that the route accepts, with its `Content-Type`.",
    "retryable": false
  },
  "IDEMPOTENCY_KEY_REUSED": {
    "status": 422,
    "closeCode": 1011,
    "title": "The idempotency key was used for another request",
    "meaning": "This `Idempotency-Key` belongs to a request with another body.",
    "advice": "Create a new key for each new request.",
    "retryable": false
  },
  "RATE_LIMIT": {
    "status": 429,
    "closeCode": 1008,
    "title": "Too many requests",
    "meaning": "The number of requests in the window exceeds the limit.",
    "advice": "Wait `Retry-After` seconds.",
    "retryable": true
  },
  "QUOTA_EXCEEDED": {
    "status": 429,
    "closeCode": 1008,
    "title": "A quota is exhausted",
    "meaning": "The quota that `details.quota_type` names is exhausted.",
    "advice": "Wait until the quota is renewed, or request a larger one.",
    "retryable": false
  },
  "HEADERS_TOO_LARGE": {
    "status": 431,
    "closeCode": 1011,
    "title": "The headers are too large",
    "meaning": "The request line or the headers exceed the limit.",
    "advice": "Send fewer or shorter headers; delete stale cookies.",
    "retryable": false
  },
  "UNKNOWN_ERROR": {
    "status": 500,
    "closeCode": 1011,
    "title": "Something went wrong",
    "meaning": "An unexpected failure; it is logged under the correlation id.",
    "advice": "Show a general message with the correlation id; report the failure if it persists.",
    "retryable": false
  },
  "CONFIGURATION_ERROR": {
    "status": 500,
    "closeCode": 1011,
    "title": "The service is misconfigured",
    "meaning": "A setting is missing or contradicts another.",
    "advice": "Show a general message with the correlation id; report the failure if it persists.",
    "retryable": false
  },
  "INVALID_CONFIGURATION": {
    "status": 500,
    "closeCode": 1011,
    "title": "A setting is invalid",
    "meaning": "A setting has a value that the service can't use.",
    "advice": "Show a general message with the correlation id; report the failure if it persists.",
    "retryable": false
  },
  "PROCESSING_ERROR": {
    "status": 500,
    "closeCode": 1011,
    "title": "The request could not be processed",
    "meaning": "A processing step failed in the service.",
    "advice": "Show a general message with the correlation id; report the failure if it persists.",
    "retryable": false
  },
  "INITIALIZATION_FAILED": {
    "status": 500,
    "closeCode": 1011,
    "title": "The service could not start properly",
    "meaning": "A component of the service failed to start.",
    "advice": "Show a general message with the correlation id; report the failure if it persists.",
    "retryable": false
  },
  "EXTERNAL_SERVICE_ERROR": {
    "status": 502,
    "closeCode": 1011,
    "title": "A service behind the edge failed",
    "meaning": "An upstream service refused the connection or answered with a failure.",
    "advice": "Retry reads at once, and commands only with the same `Idempotency-Key`, after increasing delays.",
    "retryable": true
  },
  "INVALID_RESPONSE": {
    "status": 502,
    "closeCode": 1011,
    "title": "A service behind the edge sent an invalid response",
    "meaning": "The response of an upstream service doesn't have the agreed format.",
    "advice": "Show a general message with the correlation id; report the failure if it persists.",
    "retryable": false
  },
  "CONTENT_SERVICE_ERROR": {
    "status": 502,
    "closeCode": 1011,
    "title": "The content service failed",
    "meaning": "The content service refused the request or failed.",
    "advice": "Retry reads at once, and commands only with the same `Idempotency-Key`, after increasing delays.",
    "retryable": true
  },
  "SPELLCHECK_SERVICE_ERROR": {
    "status": 502,
    "closeCode": 1011,
    "title": "The spellcheck service failed",
    "meaning": "The spellcheck service refused the request or failed.",
    "advice": "Retry reads at once, and commands only with the same `Idempotency-Key`, after increasing delays.",
    "retryable": true
  },
  "NLP_SERVICE_ERROR": {
    "status": 502,
    "closeCode": 1011,
    "title": "The language analysis failed",
    "meaning": "The NLP service refused the request or failed.",
    "advice": "Retry reads at once, and commands only with the same `Idempotency-Key`, after increasing delays.",
    "retryable": true
  },
  "AI_FEEDBACK_SERVICE_ERROR": {
    "status": 502,
    "closeCode": 1011,
    "title": "The AI feedback failed",
    "meaning": "The AI feedback service refused the request or failed.",
    "advice": "Retry reads at once, and commands only with the same `Idempotency-Key`, after increasing delays.",
    "retryable": true
  },
  "CJ_ASSESSMENT_SERVICE_ERROR": {
    "status": 502,
    "closeCode": 1011,
    "title": "The comparative judgement failed",
    "meaning": "The CJ assessment service refused the request or failed.",
    "advice": "Retry reads at once, and commands only with the same `Idempotency-Key`, after increasing delays.",
    "retryable": true
  },
  "LLM_PROVIDER_SERVICE_ERROR": {
    "status": 502,
    "closeCode": 1011,
    "title": "The language model failed",
    "meaning": "The LLM provider service refused the request or failed.",
    "advice": "Retry reads at once, and commands only with the same `Idempotency-Key`, after increasing delays.",
    "retryable": true
  },
  "CONNECTION_ERROR": {
    "status": 503,
    "closeCode": 1013,
    "title": "A connection could not be made",
    "meaning": "A data store or service that the edge needs is unreachable.",
    "advice": "Retry after increasing, jittered delays; respect `Retry-After`.",
    "retryable": true
  },
  "SERVICE_UNAVAILABLE": {
    "status": 503,
    "closeCode": 1013,
    "title": "The service is unavailable",
    "meaning": "The service is draining, overloaded, or missing a dependency.",
    "advice": "Retry after increasing, jittered delays; respect `Retry-After`.",
    "retryable": true
  },
  "CIRCUIT_BREAKER_OPEN": {
    "status": 503,
    "closeCode": 1013,
    "title": "Calls to a service behind the edge are suspended",
    "meaning": "An upstream service failed repeatedly, so calls to it are suspended for a while.",
    "advice": "Retry after increasing, jittered delays; respect `Retry-After`.",
    "retryable": true
  },
  "KAFKA_PUBLISH_ERROR": {
    "status": 503,
    "closeCode": 1011,
    "title": "The command could not be sent",
    "meaning": "The message broker did not confirm the command; `details.outcome` says whether it may have been sent.",
    "advice": "Send the command again after `Retry-After` with the same `Idempotency-Key`.",
    "retryable": true
  },
  "TIMEOUT": {
    "status": 504,
    "closeCode": 1011,
    "title": "A service behind the edge took too long",
    "meaning": "An upstream service did not respond before the deadline; it may still be processing the request.",
    "advice": "Retry reads at once, and commands only with the same `Idempotency-Key`, after increasing delays.",
    "retryable": true
  },
  "REQUEST_QUEUED": {
    "status": 202,
    "closeCode": 1011,
    "title": "The request is queued",
    "meaning": "The work was accepted and is waiting in a queue.",
    "advice": "Don't resend; wait for the notification.",
    "retryable": false
  },
  "CLASS_NOT_FOUND": {
    "status": 404,
    "closeCode": 1011,
    "title": "The class does not exist",
    "meaning": "No class has that id.",
    "advice": "Reload the list of classes.",
    "retryable": false
  },
  "STUDENT_NOT_FOUND": {
    "status": 404,
    "closeCode": 1011,
    "title": "The pupil does not exist",
    "meaning": "No pupil has that id.",
    "advice": "Reload the class.",
    "retryable": false
  },
  "COURSE_NOT_FOUND": {
    "status": 404,
    "closeCode": 1011,
    "title": "The course does not exist",
    "meaning": "No course has that code.",
    "advice": "Offer only courses that the platform knows.",
    "retryable": false
  },
  "COURSE_VALIDATION_ERROR": {
    "status": 400,
    "closeCode": 1011,
    "title": "The course is invalid",
    "meaning": "The course can't be used for this class.",
    "advice": "Choose another course.",
    "retryable": false
  },
  "MULTIPLE_COURSE_ERROR": {
    "status": 409,
    "closeCode": 1011,
    "title": "More than one course was given",
    "meaning": "A class belongs to exactly one course.",
    "advice": "Choose one course.",
    "retryable": false
  },
  "EMPTY_CONTENT": {
    "status": 400,
    "closeCode": 1011,
    "title": "The essay is empty",
    "meaning": "The file contains no text.",
    "advice": "Ask for the file that contains the essay.",
    "retryable": false
  },
  "CONTENT_TOO_SHORT": {
    "status": 400,
    "closeCode": 1011,
    "title": "The essay is too short",
    "meaning": "The text is too short to be assessed.",
    "advice": "Ask for the whole essay.",
    "retryable": false
  },
  "CONTENT_TOO_LONG": {
    "status": 400,
    "closeCode": 1011,
    "title": "The essay is too long",
    "meaning": "The text is too long to be assessed.",
    "advice": "Ask for one essay per file.",
    "retryable": false
  },
  "ENCRYPTED_FILE_UNSUPPORTED": {
    "status": 400,
    "closeCode": 1011,
    "title": "The file is encrypted",
    "meaning": "A password-protected file can't be read.",
    "advice": "Ask for the file without a password.",
    "retryable": false
  },
  "TEXT_EXTRACTION_FAILED": {
    "status": 500,
    "closeCode": 1011,
    "title": "The text could not be read",
    "meaning": "The file is damaged, or its type doesn't match its name.",
    "advice": "Ask for the essay, saved again as PDF, DOCX, RTF or TXT.",
    "retryable": false
  },
  "RAW_STORAGE_FAILED": {
    "status": 500,
    "closeCode": 1011,
    "title": "The file could not be stored",
    "meaning": "The file store did not accept the upload.",
    "advice": "Retry after increasing, jittered delays; respect `Retry-After`.",
    "retryable": true
  },
  "UNKNOWN_VALIDATION_ERROR": {
    "status": 400,
    "closeCode": 1011,
    "title": "The file was not accepted",
    "meaning": "The file failed a check that has no specific code.",
    "advice": "Try another file.",
    "retryable": false
  },
  "SPELL_EVENT_CORRELATION_ERROR": {
    "status": 400,
    "closeCode": 1011,
    "title": "A spellcheck result matches no essay",
    "meaning": "A spellchecker result could not be matched to its essay.",
    "advice": "Show a general message with the correlation id; report the failure if it persists.",
    "retryable": false
  },
  "BCS_PIPELINE_DEPENDENCY_RESOLUTION_FAILED": {
    "status": 500,
    "closeCode": 1011,
    "title": "The pipeline could not be planned",
    "meaning": "The steps that the pipeline depends on could not be determined.",
    "advice": "Show a general message with the correlation id; report the failure if it persists.",
    "retryable": false
  },
  "BCS_PIPELINE_DEPENDENCY_CYCLE_DETECTED": {
    "status": 500,
    "closeCode": 1011,
    "title": "The pipeline depends on itself",
    "meaning": "The platform's definition of the pipeline contains a cycle.",
    "advice": "Show a general message with the correlation id; report the failure if it persists.",
    "retryable": false
  },
  "BCS_PIPELINE_COMPATIBILITY_FAILED": {
    "status": 409,
    "closeCode": 1011,
    "title": "The pipeline doesn't fit the batch",
    "meaning": "The batch is not in a state that allows this pipeline to start.",
    "advice": "Read the batch again, and offer only pipelines for which it is ready.",
    "retryable": false
  },
  "CJ_INSUFFICIENT_COMPARISONS": {
    "status": 409,
    "closeCode": 1011,
    "title": "Too few comparisons",
    "meaning": "There are too few comparisons between the essays to rank them reliably.",
    "advice": "Add essays to the batch, then start the assessment again.",
    "retryable": false
  },
  "CJ_SCORE_CONVERGENCE_FAILED": {
    "status": 500,
    "closeCode": 1011,
    "title": "The scores did not converge",
    "meaning": "The comparisons contradict each other too much to produce a ranking.",
    "advice": "Start the assessment again; report the failure if it persists.",
    "retryable": false
  },
  "CJ_COMPARISON_IMBALANCE": {
    "status": 500,
    "closeCode": 1011,
    "title": "The comparisons are unevenly spread",
    "meaning": "Some essays were compared much more often than others.",
    "advice": "Start the assessment again; report the failure if it persists.",
    "retryable": false
  },
  "CJ_CALLBACK_CORRELATION_FAILED": {
    "status": 500,
    "closeCode": 1011,
    "title": "A judgement matches no pair of essays",
    "meaning": "A judgement by the language model could not be matched to its pair of essays.",
    "advice": "Show a general message with the correlation id; report the failure if it persists.",
    "retryable": false
  },
  "LLM_PROVIDER_UNAVAILABLE": {
    "status": 503,
    "closeCode": 1011,
    "title": "The language model is unavailable",
    "meaning": "The language model's provider is unreachable.",
    "advice": "Retry after increasing, jittered delays; respect `Retry-After`.",
    "retryable": true
  },
  "LLM_PROVIDER_RATE_LIMIT": {
    "status": 503,
    "closeCode": 1011,
    "title": "The language model is busy",
    "meaning": "The platform has reached the request limit of the language model's provider.",
    "advice": "Retry after increasing, jittered delays; respect `Retry-After`.",
    "retryable": true
  },
  "LLM_PROVIDER_TIMEOUT": {
    "status": 504,
    "closeCode": 1011,
    "title": "The language model took too long",
    "meaning": "The language model's provider did not respond in time.",
    "advice": "Retry reads at once, and commands only with the same `Idempotency-Key`, after increasing delays.",
    "retryable": true
  },
  "LLM_PROVIDER_API_ERROR": {
    "status": 502,
    "closeCode": 1011,
    "title": "The language model's provider failed",
    "meaning": "The language model's provider returned an error.",
    "advice": "Retry reads at once, and commands only with the same `Idempotency-Key`, after increasing delays.",
    "retryable": true
  },
  "LLM_INVALID_PROMPT": {
    "status": 400,
    "closeCode": 1011,
    "title": "The prompt is invalid",
    "meaning": "The language model can't use the prompt.",
    "advice": "Change the prompt.",
    "retryable": false
  },
  "LLM_CONTENT_TOO_LONG": {
    "status": 400,
    "closeCode": 1011,
    "title": "The text is too long for the language model",
    "meaning": "Prompt and essay together exceed the language model's limit.",
    "advice": "Shorten the prompt or the essay.",
    "retryable": false
  },
  "LLM_INVALID_CONFIG": {
    "status": 400,
    "closeCode": 1011,
    "title": "The language model's options are invalid",
    "meaning": "The platform doesn't offer the model or one of its options, such as the temperature.",
    "advice": "Choose another model or other options.",
    "retryable": false
  },
  "LLM_QUEUE_FULL": {
    "status": 503,
    "closeCode": 1011,
    "title": "The language model's queue is full",
    "meaning": "Too many requests are waiting for the language model.",
    "advice": "Retry after increasing, jittered delays; respect `Retry-After`.",
    "retryable": true
  },
  "LLM_INTERNAL_ERROR": {
    "status": 500,
    "closeCode": 1011,
    "title": "The language model service failed",
    "meaning": "A processing step failed in the language model service.",
    "advice": "Show a general message with the correlation id; report the failure if it persists.",
    "retryable": false
  },
  "LLM_CALLBACK_TOPIC_MISSING": {
    "status": 500,
    "closeCode": 1011,
    "title": "The address for the language model's response is missing",
    "meaning": "A service of the platform called the language model without an address for the response.",
    "advice": "Show a general message with the correlation id; report the failure if it persists.",
    "retryable": false
  },
  "LLM_INVALID_CALLBACK_TOPIC": {
    "status": 500,
    "closeCode": 1011,
    "title": "The address for the language model's response is invalid",
    "meaning": "A service of the platform gave an address for the language model's response that doesn't exist.",
    "advice": "Show a general message with the correlation id; report the failure if it persists.",
    "retryable": false
  },
  "LLM_PARSING_ERROR": {
    "status": 502,
    "closeCode": 1011,
    "title": "The language model's response can't be parsed",
    "meaning": "The language model's response doesn't have the requested format.",
    "advice": "Retry reads at once, and commands only with the same `Idempotency-Key`, after increasing delays.",
    "retryable": true
  },
  "LLM_INVALID_RESPONSE": {
    "status": 502,
    "closeCode": 1011,
    "title": "The language model's response can't be used",
    "meaning": "The language model's response lacks the requested content.",
    "advice": "Retry reads at once, and commands only with the same `Idempotency-Key`, after increasing delays.",
    "retryable": true
  },
  "LLM_COST_LIMIT_EXCEEDED": {
    "status": 429,
    "closeCode": 1011,
    "title": "The language model's budget is exhausted",
    "meaning": "The cost exceeds the platform's current budget for the language model.",
    "advice": "Wait until the budget is renewed, or request a larger one.",
    "retryable": false
  },
  "LLM_CONFIGURATION_ERROR": {
    "status": 500,
    "closeCode": 1011,
    "title": "The language model service is misconfigured",
    "meaning": "A setting is missing or contradicts another.",
    "advice": "Show a general message with the correlation id; report the failure if it persists.",
    "retryable": false
  },
  "IDENTITY_INVALID_CREDENTIALS": {
    "status": 401,
    "closeCode": 1008,
    "title": "The e-mail address or the password is wrong",
    "meaning": "No account has this e-mail address with this password.",
    "advice": "Say so at the login form, without saying which of the two is wrong; don't refresh the token.",
    "retryable": false
  },
  "IDENTITY_USER_NOT_FOUND": {
    "status": 404,
    "closeCode": 1011,
    "title": "The account does not exist",
    "meaning": "No account matches the request.",
    "advice": "Check the input.",
    "retryable": false
  },
  "IDENTITY_USER_ALREADY_EXISTS": {
    "status": 409,
    "closeCode": 1011,
    "title": "The account already exists",
    "meaning": "An account with this e-mail address exists.",
    "advice": "Offer the login or a password reset.",
    "retryable": false
  },
  "IDENTITY_EMAIL_NOT_VERIFIED": {
    "status": 403,
    "closeCode": 1008,
    "title": "The e-mail address is not verified",
    "meaning": "The owner of the account has not yet followed the link in the verification mail.",
    "advice": "Ask the user to follow the link, and offer to send it again.",
    "retryable": false
  },
  "IDENTITY_ACCOUNT_LOCKED": {
    "status": 403,
    "closeCode": 1008,
    "title": "The account is locked",
    "meaning": "Too many logins failed; the account is locked temporarily.",
    "advice": "Show the user the end of the lock, from `details.locked_until` or `details.remaining_minutes` if present.",
    "retryable": false
  },
  "IDENTITY_TOKEN_EXPIRED": {
    "status": 401,
    "closeCode": 1008,
    "title": "The token has expired",
    "meaning": "A token of the identity service has expired.",
    "advice": "Send the user to the login.",
    "retryable": false
  },
  "IDENTITY_TOKEN_INVALID": {
    "status": 401,
    "closeCode": 1008,
    "title": "The token is invalid",
    "meaning": "The identity service doesn't accept the token, or got none.",
    "advice": "Send the user to the login.",
    "retryable": false
  },
  "IDENTITY_REFRESH_TOKEN_INVALID": {
    "status": 401,
    "closeCode": 1008,
    "title": "The refresh token is invalid",
    "meaning": "The refresh token was revoked, or is not a refresh token.",
    "advice": "Send the user to the login.",
    "retryable": false
  },
  "IDENTITY_REFRESH_TOKEN_EXPIRED": {
    "status": 401,
    "closeCode": 1008,
    "title": "The refresh token has expired",
    "meaning": "The session is too old to be renewed.",
    "advice": "Send the user to the login.",
    "retryable": false
  },
  "IDENTITY_VERIFICATION_TOKEN_EXPIRED": {
    "status": 400,
    "closeCode": 1011,
    "title": "The verification link has expired",
    "meaning": "The link of the verification mail has expired.",
    "advice": "Offer a new mail.",
    "retryable": false
  },
  "IDENTITY_VERIFICATION_TOKEN_INVALID": {
    "status": 400,
    "closeCode": 1011,
    "title": "The verification link is invalid",
    "meaning": "The link of the verification mail was used before, or was not sent by the platform.",
    "advice": "Offer the login, or a new mail.",
    "retryable": false
  },
  "IDENTITY_EMAIL_ALREADY_VERIFIED": {
    "status": 409,
    "closeCode": 1011,
    "title": "The e-mail address is already verified",
    "meaning": "The link was followed before.",
    "advice": "Offer the login.",
    "retryable": false
  },
  "IDENTITY_RESET_TOKEN_EXPIRED": {
    "status": 400,
    "closeCode": 1011,
    "title": "The password reset link has expired",
    "meaning": "The link of the mail has expired.",
    "advice": "Offer a new mail.",
    "retryable": false
  },
  "IDENTITY_RESET_TOKEN_INVALID": {
    "status": 400,
    "closeCode": 1011,
    "title": "The password reset link is invalid",
    "meaning": "The link of the mail was used before, or was not sent by the platform.",
    "advice": "Offer a new mail.",
    "retryable": false
  },
  "IDENTITY_PASSWORD_RESET_NOT_REQUESTED": {
    "status": 409,
    "closeCode": 1011,
    "title": "No password reset was requested",
    "meaning": "No password reset was requested for the account.",
    "advice": "Offer to request one.",
    "retryable": false
  },
  "CONNECTION_LIMIT": {
    "status": 429,
    "closeCode": 4000,
    "title": "Too many connections",
    "meaning": "The user has the maximum number of live connections open.",
    "advice": "Close another tab; don't reconnect automatically within a minute.",
    "retryable": false
  },
  "CONSUMER_TOO_SLOW": {
    "status": 408,
    "closeCode": 4008,
    "title": "The client reads too slowly",
    "meaning": "Messages arrived faster than the client read them.",
    "advice": "Reconnect at once with the last cursor; nothing is lost.",
    "retryable": true
  },
  "IDLE_TIMEOUT": {
    "status": 408,
    "closeCode": 4408,
    "title": "The connection was idle",
    "meaning": "The client sent nothing during the idle time, not even a pong.",
    "advice": "Reconnect at once with the last cursor.",
    "retryable": true
  },
  "SERVICE_RESTART": {
    "status": 503,
    "closeCode": 1012,
    "title": "The service is restarting",
    "meaning": "This replica is shutting down.",
    "advice": "Reconnect after `retry_after_ms` with the last cursor.",
    "retryable": true
  },
  "SERVICE_OVERLOADED": {
    "status": 503,
    "closeCode": 1013,
    "title": "The service is overloaded",
    "meaning": "The feed can't accept another connection now.",
    "advice": "Reconnect after `retry_after_ms` with the last cursor.",
    "retryable": true
  },
  "MESSAGE_TOO_BIG": {
    "status": 413,
    "closeCode": 1009,
    "title": "The message is too big",
    "meaning": "The client sent a message that exceeds the size limit.",
    "advice": "Send smaller messages.",
    "retryable": false
  },
  "INVALID_FRAME": {
    "status": 400,
    "closeCode": 1008,
    "title": "The frame was not understood",
    "meaning": "The client sent a message that is not one of the frames that the feed accepts.",
    "advice": "Correct the client; the connection stays open.",
    "retryable": false
  },
  "PROTOCOL_ERROR": {
    "status": 400,
    "closeCode": 1002,
    "title": "The WebSocket protocol was violated",
    "meaning": "The client sent a frame that RFC 6455 doesn't allow, such as one that isn't masked.",
    "advice": "Correct the client; reconnect with the last cursor after increasing, jittered delays.",
    "retryable": false
  },
  "NOT_UTF8": {
    "status": 400,
    "closeCode": 1007,
    "title": "The text is not UTF-8",
    "meaning": "The client sent a text message or a close reason that is not UTF-8.",
    "advice": "Correct the client; reconnect with the last cursor after increasing, jittered delays.",
    "retryable": false
  },
  "UPGRADE_REQUIRED": {
    "status": 426,
    "closeCode": 1002,
    "title": "A WebSocket handshake is required",
    "meaning": "The path serves WebSockets only, or the handshake is for another version of the protocol than 13.",
    "advice": "Connect by WebSocket, version 13; where a proxy breaks WebSockets, use the event stream.",
    "retryable": false
  }
};

export const CLOSE_CODES: Readonly<Record<CloseCode, CloseEntry>> = {
  "1002": {
    "reason": "protocol_error",
    "meaning": "The client sent a frame that the WebSocket protocol doesn't allow.",
    "advice": "Correct the client; reconnect with the last cursor after increasing, jittered delays."
  },
  "1007": {
    "reason": "not_utf8",
    "meaning": "The client sent a text that is not UTF-8.",
    "advice": "Correct the client; reconnect with the last cursor after increasing, jittered delays."
  },
  "1008": {
    "reason": "policy",
    "meaning": "The credential was refused or has expired, or the client exceeded a message limit.",
    "advice": "Read `message`: renew the token on `token_expired`, log in on `token_invalid`, `token_missing` or `revoked`, wait a minute on `rate`; then reconnect."
  },
  "1009": {
    "reason": "too_big",
    "meaning": "The client sent a message that exceeds the size limit.",
    "advice": "Reconnect; don't send that message again."
  },
  "1011": {
    "reason": "internal",
    "meaning": "The server failed.",
    "advice": "Reconnect with the last cursor after increasing, jittered delays."
  },
  "1012": {
    "reason": "restart",
    "meaning": "This replica is shutting down.",
    "advice": "Reconnect after `retry_after_ms` with the last cursor."
  },
  "1013": {
    "reason": "overload",
    "meaning": "The service can't accept the connection now.",
    "advice": "Reconnect after `retry_after_ms` with the last cursor."
  },
  "4000": {
    "reason": "connection_limit",
    "meaning": "The user has the maximum number of connections open.",
    "advice": "Close another tab; don't reconnect automatically within a minute."
  },
  "4008": {
    "reason": "too_slow",
    "meaning": "The client read more slowly than its messages arrived.",
    "advice": "Reconnect at once with the last cursor; nothing is lost."
  },
  "4408": {
    "reason": "idle",
    "meaning": "The client sent nothing during the idle time, not even a pong.",
    "advice": "Reconnect at once with the last cursor."
  }
};

export const CLOSE_RANGES: readonly CloseRange[] = [
  {
    "first": 1000,
    "last": 1001,
    "meaning": "A normal end.",
    "advice": "Never sent by the edge."
  },
  {
    "first": 1002,
    "last": 1015,
    "meaning": "The WebSocket protocol's own codes (IANA registry).",
    "advice": "Reconnect after increasing delays."
  },
  {
    "first": 4000,
    "last": 4099,
    "meaning": "The feed's rules for a connection.",
    "advice": "Reconnect with the last cursor; follow the code's advice."
  },
  {
    "first": 4400,
    "last": 4499,
    "meaning": "HTTP's status of the same last three digits.",
    "advice": "Reconnect with the last cursor."
  }
];

/** Whether `code` is in this catalogue; for others, which newer services may send, use the HTTP status. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERRORS, code);
}

/** Whether the feed closes with `code`; other codes are in one of `CLOSE_RANGES`. */
export function isCloseCode(code: number): code is CloseCode {
  return Object.hasOwn(CLOSE_CODES, code);
}
