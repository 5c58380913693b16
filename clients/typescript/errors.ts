// Made from common/errors by `make docs`; don't edit.

/** Every code the edge can answer or close with. */
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

/** Every code the feed closes a socket with. */
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

/** What one code means, and what to do about it. */
export interface ErrorEntry {
  /** The HTTP status it is answered with. */
  readonly status: number;
  /** The code that closes a socket it ends. */
  readonly closeCode: number;
  readonly title: string;
  readonly meaning: string;
  readonly advice: string;
  /** Whether the same request, sent again later, may succeed. */
  readonly retryable: boolean;
}

/** What a close code of the feed means, and what to do about it. */
export interface CloseEntry {
  /** What `message` in the close reason says when nothing narrower does. */
  readonly reason: string;
  readonly meaning: string;
  readonly advice: string;
}

/** What may be concluded from a close code one doesn't know. */
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
    "title": "The request is not valid",
    "meaning": "One or more fields break the rules of the route.",
    "advice": "Show each message of `details.field_errors` at the field its `pointer` names; don't resend unchanged.",
    "retryable": false
  },
  "MISSING_REQUIRED_FIELD": {
    "status": 400,
    "closeCode": 1011,
    "title": "A required field is missing",
    "meaning": "A field the route needs was not sent.",
    "advice": "Send the field that `details.field` names.",
    "retryable": false
  },
  "INVALID_REQUEST": {
    "status": 400,
    "closeCode": 1008,
    "title": "The request is malformed",
    "meaning": "The request breaks the rules of HTTP or of the route: its path, a header or the credential.",
    "advice": "Correct the client; don't resend unchanged.",
    "retryable": false
  },
  "PARSING_ERROR": {
    "status": 400,
    "closeCode": 1011,
    "title": "The body can't be parsed",
    "meaning": "The body is not what its content type says: broken JSON, or text that isn't UTF-8.",
    "advice": "Correct the client; don't resend unchanged.",
    "retryable": false
  },
  "AUTHENTICATION_ERROR": {
    "status": 401,
    "closeCode": 1008,
    "title": "Authentication is required",
    "meaning": "The access token is missing, expired, revoked or not valid.",
    "advice": "Refresh the token when `details.reason` is `token_expired`, else send the user to the login.",
    "retryable": false
  },
  "INVALID_API_KEY": {
    "status": 401,
    "closeCode": 1008,
    "title": "The API key is not valid",
    "meaning": "A service called another with a wrong internal key.",
    "advice": "Correct the calling service's configuration.",
    "retryable": false
  },
  "INSUFFICIENT_CREDITS": {
    "status": 402,
    "closeCode": 1011,
    "title": "Not enough credits",
    "meaning": "The pipeline costs more credits than the user or the organisation has left.",
    "advice": "Show the figures in `details` and where credits are bought.",
    "retryable": false
  },
  "AUTHORIZATION_ERROR": {
    "status": 403,
    "closeCode": 1008,
    "title": "Access is denied",
    "meaning": "The user is known, but may not do this.",
    "advice": "Tell the user; don't resend with the same token.",
    "retryable": false
  },
  "RESOURCE_NOT_FOUND": {
    "status": 404,
    "closeCode": 1011,
    "title": "Not found",
    "meaning": "There is no such route, or nothing with that id.",
    "advice": "Check the address or the id; drop what the client kept under it.",
    "retryable": false
  },
  "METHOD_NOT_ALLOWED": {
    "status": 405,
    "closeCode": 1011,
    "title": "The method is not allowed",
    "meaning": "The route exists, but not for this method.",
    "advice": "Use one of the methods that `Allow` lists.",
    "retryable": false
  },
  "REQUEST_TIMEOUT": {
    "status": 408,
    "closeCode": 1011,
    "title": "The request took too long to arrive",
    "meaning": "The body arrived too slowly or stopped before its end.",
    "advice": "Send the request again over a better connection.",
    "retryable": true
  },
  "CONFLICT": {
    "status": 409,
    "closeCode": 1011,
    "title": "The request conflicts with the present state",
    "meaning": "What the request would change is not in a state that allows it.",
    "advice": "Read the resource again and decide anew.",
    "retryable": false
  },
  "IDEMPOTENCY_IN_PROGRESS": {
    "status": 409,
    "closeCode": 1011,
    "title": "The same request is still running",
    "meaning": "A request with this `Idempotency-Key` has not finished.",
    "advice": "Send it again with the same key after `Retry-After`.",
    "retryable": true
  },
  "PAYLOAD_TOO_LARGE": {
    "status": 413,
    "closeCode": 1009,
    "title": "The body is too large",
    "meaning": "The body, one of its files, or their number is over the limit.",
    "advice": "Send less at a time.",
    "retryable": false
  },
  "UNSUPPORTED_MEDIA_TYPE": {
    "status": 415,
    "closeCode": 1011,
    "title": "The media type is not supported",
    "meaning": "The body or a file has a type the route doesn't take, or no type at all.",
    "advice": "Send one of the types the route takes, with its `Content-Type`.",
    "retryable": false
  },
  "IDEMPOTENCY_KEY_REUSED": {
    "status": 422,
    "closeCode": 1011,
    "title": "The idempotency key was used for another request",
    "meaning": "This `Idempotency-Key` already stands for a request with another body.",
    "advice": "Make a new key for a new request.",
    "retryable": false
  },
  "RATE_LIMIT": {
    "status": 429,
    "closeCode": 1008,
    "title": "Too many requests",
    "meaning": "More requests arrived in the window than the limit allows.",
    "advice": "Wait `Retry-After` seconds.",
    "retryable": true
  },
  "QUOTA_EXCEEDED": {
    "status": 429,
    "closeCode": 1008,
    "title": "A quota is used up",
    "meaning": "The allowance that `details.quota_type` names is used up.",
    "advice": "Wait until the quota renews, or ask for a larger one.",
    "retryable": false
  },
  "HEADERS_TOO_LARGE": {
    "status": 431,
    "closeCode": 1011,
    "title": "The headers are too large",
    "meaning": "The request line or the headers are over the limit.",
    "advice": "Send fewer or shorter headers; drop stale cookies.",
    "retryable": false
  },
  "UNKNOWN_ERROR": {
    "status": 500,
    "closeCode": 1011,
    "title": "Something went wrong",
    "meaning": "An unexpected failure; the log has it under the correlation id.",
    "advice": "Show a general message with the correlation id; report it when it persists.",
    "retryable": false
  },
  "CONFIGURATION_ERROR": {
    "status": 500,
    "closeCode": 1011,
    "title": "The service is misconfigured",
    "meaning": "A setting is missing or contradicts another.",
    "advice": "Show a general message with the correlation id; report it when it persists.",
    "retryable": false
  },
  "INVALID_CONFIGURATION": {
    "status": 500,
    "closeCode": 1011,
    "title": "A setting is not valid",
    "meaning": "A setting has a value the service can't work with.",
    "advice": "Show a general message with the correlation id; report it when it persists.",
    "retryable": false
  },
  "PROCESSING_ERROR": {
    "status": 500,
    "closeCode": 1011,
    "title": "The request could not be processed",
    "meaning": "A step of the work failed inside the service.",
    "advice": "Show a general message with the correlation id; report it when it persists.",
    "retryable": false
  },
  "INITIALIZATION_FAILED": {
    "status": 500,
    "closeCode": 1011,
    "title": "The service could not start properly",
    "meaning": "A part of the service failed to start.",
    "advice": "Show a general message with the correlation id; report it when it persists.",
    "retryable": false
  },
  "EXTERNAL_SERVICE_ERROR": {
    "status": 502,
    "closeCode": 1011,
    "title": "A service behind the edge failed",
    "meaning": "An upstream service refused the connection or answered with a failure.",
    "advice": "Retry reads at once and commands only with the same `Idempotency-Key`, with growing pauses.",
    "retryable": true
  },
  "INVALID_RESPONSE": {
    "status": 502,
    "closeCode": 1011,
    "title": "A service behind the edge answered nonsense",
    "meaning": "An upstream's answer doesn't have the agreed shape.",
    "advice": "Show a general message with the correlation id; report it when it persists.",
    "retryable": false
  },
  "CONTENT_SERVICE_ERROR": {
    "status": 502,
    "closeCode": 1011,
    "title": "The content service failed",
    "meaning": "The store of texts refused or failed.",
    "advice": "Retry reads at once and commands only with the same `Idempotency-Key`, with growing pauses.",
    "retryable": true
  },
  "SPELLCHECK_SERVICE_ERROR": {
    "status": 502,
    "closeCode": 1011,
    "title": "The spellcheck service failed",
    "meaning": "Spellchecking refused or failed.",
    "advice": "Retry reads at once and commands only with the same `Idempotency-Key`, with growing pauses.",
    "retryable": true
  },
  "NLP_SERVICE_ERROR": {
    "status": 502,
    "closeCode": 1011,
    "title": "The language analysis failed",
    "meaning": "The NLP service refused or failed.",
    "advice": "Retry reads at once and commands only with the same `Idempotency-Key`, with growing pauses.",
    "retryable": true
  },
  "AI_FEEDBACK_SERVICE_ERROR": {
    "status": 502,
    "closeCode": 1011,
    "title": "The AI feedback failed",
    "meaning": "The AI feedback service refused or failed.",
    "advice": "Retry reads at once and commands only with the same `Idempotency-Key`, with growing pauses.",
    "retryable": true
  },
  "CJ_ASSESSMENT_SERVICE_ERROR": {
    "status": 502,
    "closeCode": 1011,
    "title": "The comparative judgement failed",
    "meaning": "The CJ assessment service refused or failed.",
    "advice": "Retry reads at once and commands only with the same `Idempotency-Key`, with growing pauses.",
    "retryable": true
  },
  "LLM_PROVIDER_SERVICE_ERROR": {
    "status": 502,
    "closeCode": 1011,
    "title": "The language model failed",
    "meaning": "The LLM provider service refused or failed.",
    "advice": "Retry reads at once and commands only with the same `Idempotency-Key`, with growing pauses.",
    "retryable": true
  },
  "CONNECTION_ERROR": {
    "status": 503,
    "closeCode": 1013,
    "title": "A connection could not be made",
    "meaning": "A store or service the edge needs can't be reached.",
    "advice": "Try again with growing, jittered pauses; respect `Retry-After`.",
    "retryable": true
  },
  "SERVICE_UNAVAILABLE": {
    "status": 503,
    "closeCode": 1013,
    "title": "The service is unavailable",
    "meaning": "The service is draining, overloaded or lacks what it needs.",
    "advice": "Try again with growing, jittered pauses; respect `Retry-After`.",
    "retryable": true
  },
  "CIRCUIT_BREAKER_OPEN": {
    "status": 503,
    "closeCode": 1013,
    "title": "A service behind the edge is resting",
    "meaning": "An upstream failed so often that calls to it are held back for a while.",
    "advice": "Try again with growing, jittered pauses; respect `Retry-After`.",
    "retryable": true
  },
  "KAFKA_PUBLISH_ERROR": {
    "status": 503,
    "closeCode": 1011,
    "title": "The command could not be handed over",
    "meaning": "The message broker did not confirm the command; `details.outcome` says whether it may have been sent.",
    "advice": "Send the command again after `Retry-After` with the same `Idempotency-Key`.",
    "retryable": true
  },
  "TIMEOUT": {
    "status": 504,
    "closeCode": 1011,
    "title": "A service behind the edge took too long",
    "meaning": "An upstream did not answer before the deadline; it may still be working.",
    "advice": "Retry reads at once and commands only with the same `Idempotency-Key`, with growing pauses.",
    "retryable": true
  },
  "REQUEST_QUEUED": {
    "status": 202,
    "closeCode": 1011,
    "title": "The request is queued",
    "meaning": "The work was accepted and waits for its turn.",
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
    "advice": "Offer only the courses the platform knows.",
    "retryable": false
  },
  "COURSE_VALIDATION_ERROR": {
    "status": 400,
    "closeCode": 1011,
    "title": "The course is not valid",
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
    "meaning": "The file holds no text.",
    "advice": "Ask for the file that holds the essay.",
    "retryable": false
  },
  "CONTENT_TOO_SHORT": {
    "status": 400,
    "closeCode": 1011,
    "title": "The essay is too short",
    "meaning": "The text is shorter than can be assessed.",
    "advice": "Ask for the whole essay.",
    "retryable": false
  },
  "CONTENT_TOO_LONG": {
    "status": 400,
    "closeCode": 1011,
    "title": "The essay is too long",
    "meaning": "The text is longer than can be assessed.",
    "advice": "Ask for a single essay a file.",
    "retryable": false
  },
  "ENCRYPTED_FILE_UNSUPPORTED": {
    "status": 400,
    "closeCode": 1011,
    "title": "The file is encrypted",
    "meaning": "A file behind a password can't be read.",
    "advice": "Ask for the file without a password.",
    "retryable": false
  },
  "TEXT_EXTRACTION_FAILED": {
    "status": 500,
    "closeCode": 1011,
    "title": "The text could not be read",
    "meaning": "The file is damaged or not of the type its name says.",
    "advice": "Ask for the essay saved anew as PDF, DOCX, RTF or TXT.",
    "retryable": false
  },
  "RAW_STORAGE_FAILED": {
    "status": 500,
    "closeCode": 1011,
    "title": "The file could not be stored",
    "meaning": "The store of files did not take the upload.",
    "advice": "Try again with growing, jittered pauses; respect `Retry-After`.",
    "retryable": true
  },
  "UNKNOWN_VALIDATION_ERROR": {
    "status": 400,
    "closeCode": 1011,
    "title": "The file was not accepted",
    "meaning": "The file failed a check that has no code of its own.",
    "advice": "Try another file.",
    "retryable": false
  },
  "SPELL_EVENT_CORRELATION_ERROR": {
    "status": 400,
    "closeCode": 1011,
    "title": "A spellcheck result matches no essay",
    "meaning": "A result of the spellchecker could not be matched to the essay it is about.",
    "advice": "Show a general message with the correlation id; report it when it persists.",
    "retryable": false
  },
  "BCS_PIPELINE_DEPENDENCY_RESOLUTION_FAILED": {
    "status": 500,
    "closeCode": 1011,
    "title": "The pipeline could not be planned",
    "meaning": "The steps that the pipeline depends on could not be worked out.",
    "advice": "Show a general message with the correlation id; report it when it persists.",
    "retryable": false
  },
  "BCS_PIPELINE_DEPENDENCY_CYCLE_DETECTED": {
    "status": 500,
    "closeCode": 1011,
    "title": "The pipeline depends on itself",
    "meaning": "The platform's definition of the pipeline has a circle in it.",
    "advice": "Show a general message with the correlation id; report it when it persists.",
    "retryable": false
  },
  "BCS_PIPELINE_COMPATIBILITY_FAILED": {
    "status": 409,
    "closeCode": 1011,
    "title": "The pipeline doesn't fit the batch",
    "meaning": "The batch is not in a state in which this pipeline can start.",
    "advice": "Read the batch again and offer only what it is ready for.",
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
    "title": "The scores did not settle",
    "meaning": "The comparisons contradict each other so much that no ranking came out of them.",
    "advice": "Start the assessment again; report it when it persists.",
    "retryable": false
  },
  "CJ_COMPARISON_IMBALANCE": {
    "status": 500,
    "closeCode": 1011,
    "title": "The comparisons are unevenly spread",
    "meaning": "Some essays were compared much more often than others.",
    "advice": "Start the assessment again; report it when it persists.",
    "retryable": false
  },
  "CJ_CALLBACK_CORRELATION_FAILED": {
    "status": 500,
    "closeCode": 1011,
    "title": "A judgement matches no pair of essays",
    "meaning": "A judgement of the language model could not be matched to the pair it is about.",
    "advice": "Show a general message with the correlation id; report it when it persists.",
    "retryable": false
  },
  "LLM_PROVIDER_UNAVAILABLE": {
    "status": 503,
    "closeCode": 1011,
    "title": "The language model is unavailable",
    "meaning": "The provider of the language model can't be reached.",
    "advice": "Try again with growing, jittered pauses; respect `Retry-After`.",
    "retryable": true
  },
  "LLM_PROVIDER_RATE_LIMIT": {
    "status": 503,
    "closeCode": 1011,
    "title": "The language model is busy",
    "meaning": "The platform has sent the provider of the language model as much as it may for now.",
    "advice": "Try again with growing, jittered pauses; respect `Retry-After`.",
    "retryable": true
  },
  "LLM_PROVIDER_TIMEOUT": {
    "status": 504,
    "closeCode": 1011,
    "title": "The language model took too long",
    "meaning": "The provider of the language model did not answer in time.",
    "advice": "Retry reads at once and commands only with the same `Idempotency-Key`, with growing pauses.",
    "retryable": true
  },
  "LLM_PROVIDER_API_ERROR": {
    "status": 502,
    "closeCode": 1011,
    "title": "The language model's provider failed",
    "meaning": "The provider of the language model answered with a failure.",
    "advice": "Retry reads at once and commands only with the same `Idempotency-Key`, with growing pauses.",
    "retryable": true
  },
  "LLM_INVALID_PROMPT": {
    "status": 400,
    "closeCode": 1011,
    "title": "The prompt is not valid",
    "meaning": "The language model can't work with the prompt.",
    "advice": "Change the prompt.",
    "retryable": false
  },
  "LLM_CONTENT_TOO_LONG": {
    "status": 400,
    "closeCode": 1011,
    "title": "The text is too long for the language model",
    "meaning": "Prompt and essay together are longer than the language model reads.",
    "advice": "Shorten the prompt or the essay.",
    "retryable": false
  },
  "LLM_INVALID_CONFIG": {
    "status": 400,
    "closeCode": 1011,
    "title": "The language model's options are not valid",
    "meaning": "The model or one of its options, such as the temperature, is not one that the platform offers.",
    "advice": "Choose another model or other options.",
    "retryable": false
  },
  "LLM_QUEUE_FULL": {
    "status": 503,
    "closeCode": 1011,
    "title": "The language model's queue is full",
    "meaning": "Too much work waits for the language model.",
    "advice": "Try again with growing, jittered pauses; respect `Retry-After`.",
    "retryable": true
  },
  "LLM_INTERNAL_ERROR": {
    "status": 500,
    "closeCode": 1011,
    "title": "The language model service failed",
    "meaning": "A step of the work failed inside the language model service.",
    "advice": "Show a general message with the correlation id; report it when it persists.",
    "retryable": false
  },
  "LLM_CALLBACK_TOPIC_MISSING": {
    "status": 500,
    "closeCode": 1011,
    "title": "The address for the language model's answer is missing",
    "meaning": "A service of the platform asked the language model without saying where the answer goes.",
    "advice": "Show a general message with the correlation id; report it when it persists.",
    "retryable": false
  },
  "LLM_INVALID_CALLBACK_TOPIC": {
    "status": 500,
    "closeCode": 1011,
    "title": "The address for the language model's answer is not valid",
    "meaning": "A service of the platform asked for the language model's answer in a place that doesn't exist.",
    "advice": "Show a general message with the correlation id; report it when it persists.",
    "retryable": false
  },
  "LLM_PARSING_ERROR": {
    "status": 502,
    "closeCode": 1011,
    "title": "The language model's answer can't be parsed",
    "meaning": "The language model answered in another form than it was asked for.",
    "advice": "Retry reads at once and commands only with the same `Idempotency-Key`, with growing pauses.",
    "retryable": true
  },
  "LLM_INVALID_RESPONSE": {
    "status": 502,
    "closeCode": 1011,
    "title": "The language model's answer can't be used",
    "meaning": "The language model's answer lacks what was asked for.",
    "advice": "Retry reads at once and commands only with the same `Idempotency-Key`, with growing pauses.",
    "retryable": true
  },
  "LLM_COST_LIMIT_EXCEEDED": {
    "status": 429,
    "closeCode": 1011,
    "title": "The language model's budget is used up",
    "meaning": "The work costs more than the platform may spend on the language model for now.",
    "advice": "Wait until the budget renews, or ask for a larger one.",
    "retryable": false
  },
  "LLM_CONFIGURATION_ERROR": {
    "status": 500,
    "closeCode": 1011,
    "title": "The language model service is misconfigured",
    "meaning": "A setting is missing or contradicts another.",
    "advice": "Show a general message with the correlation id; report it when it persists.",
    "retryable": false
  },
  "IDENTITY_INVALID_CREDENTIALS": {
    "status": 401,
    "closeCode": 1008,
    "title": "The e-mail address or the password is wrong",
    "meaning": "No account has this e-mail address with this password.",
    "advice": "Say so at the login form, without telling which of the two is wrong; don't refresh the token.",
    "retryable": false
  },
  "IDENTITY_USER_NOT_FOUND": {
    "status": 404,
    "closeCode": 1011,
    "title": "The account does not exist",
    "meaning": "No account matches the request.",
    "advice": "Check what was typed.",
    "retryable": false
  },
  "IDENTITY_USER_ALREADY_EXISTS": {
    "status": 409,
    "closeCode": 1011,
    "title": "The account exists already",
    "meaning": "There is an account with this e-mail address.",
    "advice": "Offer the login, or a new password.",
    "retryable": false
  },
  "IDENTITY_EMAIL_NOT_VERIFIED": {
    "status": 403,
    "closeCode": 1008,
    "title": "The e-mail address is not verified",
    "meaning": "The account waits for its owner to follow the link in the verification mail.",
    "advice": "Ask the user to follow the link, and offer to send it again.",
    "retryable": false
  },
  "IDENTITY_ACCOUNT_LOCKED": {
    "status": 403,
    "closeCode": 1008,
    "title": "The account is locked",
    "meaning": "Too many logins failed; the account is locked for a while.",
    "advice": "Tell the user until when, by `details.locked_until` or `details.remaining_minutes` where they are given.",
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
    "title": "The token is not valid",
    "meaning": "The identity service doesn't accept the token, or was given none.",
    "advice": "Send the user to the login.",
    "retryable": false
  },
  "IDENTITY_REFRESH_TOKEN_INVALID": {
    "status": 401,
    "closeCode": 1008,
    "title": "The refresh token is not valid",
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
    "title": "The verification link is not valid",
    "meaning": "The link of the verification mail was used before, or is not one that the platform sent.",
    "advice": "Offer the login, or a new mail.",
    "retryable": false
  },
  "IDENTITY_EMAIL_ALREADY_VERIFIED": {
    "status": 409,
    "closeCode": 1011,
    "title": "The e-mail address is verified already",
    "meaning": "The link was followed before.",
    "advice": "Offer the login.",
    "retryable": false
  },
  "IDENTITY_RESET_TOKEN_EXPIRED": {
    "status": 400,
    "closeCode": 1011,
    "title": "The link for a new password has expired",
    "meaning": "The link of the mail has expired.",
    "advice": "Offer a new mail.",
    "retryable": false
  },
  "IDENTITY_RESET_TOKEN_INVALID": {
    "status": 400,
    "closeCode": 1011,
    "title": "The link for a new password is not valid",
    "meaning": "The link of the mail was used before, or is not one that the platform sent.",
    "advice": "Offer a new mail.",
    "retryable": false
  },
  "IDENTITY_PASSWORD_RESET_NOT_REQUESTED": {
    "status": 409,
    "closeCode": 1011,
    "title": "No new password was requested",
    "meaning": "No reset of the password was requested for the account.",
    "advice": "Offer to ask for one.",
    "retryable": false
  },
  "CONNECTION_LIMIT": {
    "status": 429,
    "closeCode": 4000,
    "title": "Too many connections",
    "meaning": "The user has as many live connections open as one may have.",
    "advice": "Close another tab; don't reconnect by itself in less than a minute.",
    "retryable": false
  },
  "CONSUMER_TOO_SLOW": {
    "status": 408,
    "closeCode": 4008,
    "title": "The client reads too slowly",
    "meaning": "Messages arrived faster than the client took them.",
    "advice": "Reconnect at once with the last cursor; nothing is lost.",
    "retryable": true
  },
  "IDLE_TIMEOUT": {
    "status": 408,
    "closeCode": 4408,
    "title": "The connection was idle",
    "meaning": "Nothing was heard from the client for the idle time, not even a pong.",
    "advice": "Reconnect at once with the last cursor.",
    "retryable": true
  },
  "SERVICE_RESTART": {
    "status": 503,
    "closeCode": 1012,
    "title": "The service is restarting",
    "meaning": "This replica is going away in good order.",
    "advice": "Reconnect after `retry_after_ms` with the last cursor.",
    "retryable": true
  },
  "SERVICE_OVERLOADED": {
    "status": 503,
    "closeCode": 1013,
    "title": "The service is overloaded",
    "meaning": "The feed can't take another connection just now.",
    "advice": "Reconnect after `retry_after_ms` with the last cursor.",
    "retryable": true
  },
  "MESSAGE_TOO_BIG": {
    "status": 413,
    "closeCode": 1009,
    "title": "The message is too big",
    "meaning": "The client sent a message over the limit.",
    "advice": "Send smaller messages.",
    "retryable": false
  },
  "INVALID_FRAME": {
    "status": 400,
    "closeCode": 1008,
    "title": "The frame was not understood",
    "meaning": "The client sent something that is none of the frames the feed takes.",
    "advice": "Correct the client; the connection stays open.",
    "retryable": false
  },
  "PROTOCOL_ERROR": {
    "status": 400,
    "closeCode": 1002,
    "title": "The WebSocket protocol was broken",
    "meaning": "The client sent a frame that RFC 6455 doesn't allow, such as one that isn't masked.",
    "advice": "Correct the client; reconnect with growing, jittered pauses and the last cursor.",
    "retryable": false
  },
  "NOT_UTF8": {
    "status": 400,
    "closeCode": 1007,
    "title": "The text is not UTF-8",
    "meaning": "The client sent a text message or a close reason that is not UTF-8.",
    "advice": "Correct the client; reconnect with growing, jittered pauses and the last cursor.",
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
    "advice": "Correct the client; reconnect with growing, jittered pauses and the last cursor."
  },
  "1007": {
    "reason": "not_utf8",
    "meaning": "The client sent a text that is not UTF-8.",
    "advice": "Correct the client; reconnect with growing, jittered pauses and the last cursor."
  },
  "1008": {
    "reason": "policy",
    "meaning": "The credential was refused or ran out, or the client sent more than it may.",
    "advice": "Read `message`: renew the token on `token_expired`, log in on `token_invalid`, `token_missing` or `revoked`, wait a minute on `rate`; then reconnect."
  },
  "1009": {
    "reason": "too_big",
    "meaning": "The client sent a message over the limit.",
    "advice": "Reconnect; don't send that message again."
  },
  "1011": {
    "reason": "internal",
    "meaning": "The server failed.",
    "advice": "Reconnect with growing, jittered pauses and the last cursor."
  },
  "1012": {
    "reason": "restart",
    "meaning": "This replica is going away in good order.",
    "advice": "Reconnect after `retry_after_ms` with the last cursor."
  },
  "1013": {
    "reason": "overload",
    "meaning": "The service can't take the connection just now.",
    "advice": "Reconnect after `retry_after_ms` with the last cursor."
  },
  "4000": {
    "reason": "connection_limit",
    "meaning": "The user has as many connections open as one may have.",
    "advice": "Close another tab; don't reconnect by itself in less than a minute."
  },
  "4008": {
    "reason": "too_slow",
    "meaning": "The client read more slowly than its messages arrived.",
    "advice": "Reconnect at once with the last cursor; nothing is lost."
  },
  "4408": {
    "reason": "idle",
    "meaning": "Nothing was heard from the client for the idle time, not even a pong.",
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
    "advice": "Reconnect with growing pauses."
  },
  {
    "first": 4000,
    "last": 4099,
    "meaning": "The feed's rules for a connection.",
    "advice": "Reconnect with the last cursor; mind the code's advice."
  },
  {
    "first": 4400,
    "last": 4499,
    "meaning": "HTTP's status of the same last three digits.",
    "advice": "Reconnect with the last cursor."
  }
];

/** Whether `code` is one of this catalogue; a service newer than it may send others: go by the HTTP status then. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERRORS, code);
}

/** Whether `code` is one the feed closes with; another one lies in one of `CLOSE_RANGES`. */
export function isCloseCode(code: number): code is CloseCode {
  return Object.hasOwn(CLOSE_CODES, code);
}
