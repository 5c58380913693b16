// Made from the code by `make docs`; don't edit.

import type { CloseText, ErrorText, RangeText } from "../texts/texts.js";
import type { CloseCode, ErrorCode } from "./codes.js";

/** Title, meaning and advice. */
export const errors: Readonly<Record<ErrorCode, ErrorText>> = {
  "VALIDATION_ERROR": [
    "The request is invalid",
    "One or more fields don't meet the route's requirements.",
    "Show each message of `details.field_errors` at the field its `pointer` names; don't resend unchanged."
  ],
  "MISSING_REQUIRED_FIELD": [
    "A required field is missing",
    "A field that the route requires was not sent.",
    "Send the field that `details.field` names."
  ],
  "INVALID_REQUEST": [
    "The request is malformed",
    "The path, a header or the credential violates the rules of HTTP or of the route.",
    "Correct the client; don't resend unchanged."
  ],
  "PARSING_ERROR": [
    "The body can't be parsed",
    "The body doesn't match its content type: invalid JSON, or text that isn't UTF-8.",
    "Correct the client; don't resend unchanged."
  ],
  "AUTHENTICATION_ERROR": [
    "Authentication is required",
    "The access token is missing, expired, revoked or invalid.",
    "Refresh the token when `details.reason` is `token_expired`, else send the user to the login."
  ],
  "INVALID_API_KEY": [
    "The API key is invalid",
    "A service called another one with a wrong internal key.",
    "Correct the calling service's configuration."
  ],
  "INSUFFICIENT_CREDITS": [
    "Not enough credits",
    "The pipeline costs more credits than the user or the organisation has left.",
    "Show the figures in `details`, and where to buy credits."
  ],
  "AUTHORIZATION_ERROR": [
    "Access is denied",
    "The user is authenticated, but not allowed to do this.",
    "Tell the user; don't resend with the same token."
  ],
  "RESOURCE_NOT_FOUND": [
    "Not found",
    "The route doesn't exist, or no resource has that id.",
    "Check the URL or the id; discard data cached under it."
  ],
  "METHOD_NOT_ALLOWED": [
    "The method is not allowed",
    "The route exists, but doesn't support this method.",
    "Use one of the methods that `Allow` lists."
  ],
  "REQUEST_TIMEOUT": [
    "The request took too long to arrive",
    "The body arrived too slowly or was incomplete.",
    "Send the request again over a better connection."
  ],
  "CONFLICT": [
    "The request conflicts with the current state",
    "The resource is not in a state that allows the change.",
    "Read the resource again, then decide again."
  ],
  "IDEMPOTENCY_IN_PROGRESS": [
    "The same request is still running",
    "An earlier request with this `Idempotency-Key` has not finished.",
    "Send it again with the same key after `Retry-After`."
  ],
  "PAYLOAD_TOO_LARGE": [
    "The body is too large",
    "The body, one of its files, or the number of files exceeds the limit.",
    "Send less at a time."
  ],
  "UNSUPPORTED_MEDIA_TYPE": [
    "The media type is not supported",
    "The body or a file has a type that the route doesn't accept, or no type.",
    "Send one of the types that the route accepts, with its `Content-Type`."
  ],
  "IDEMPOTENCY_KEY_REUSED": [
    "The idempotency key was used for another request",
    "This `Idempotency-Key` belongs to a request with another body.",
    "Create a new key for each new request."
  ],
  "RATE_LIMIT": [
    "Too many requests",
    "The number of requests in the window exceeds the limit.",
    "Wait `Retry-After` seconds."
  ],
  "QUOTA_EXCEEDED": [
    "A quota is exhausted",
    "The quota that `details.quota_type` names is exhausted.",
    "Wait until the quota is renewed, or request a larger one."
  ],
  "HEADERS_TOO_LARGE": [
    "The headers are too large",
    "The request line or the headers exceed the limit.",
    "Send fewer or shorter headers; delete stale cookies."
  ],
  "UNKNOWN_ERROR": [
    "Something went wrong",
    "An unexpected failure; it is logged under the correlation id.",
    "Show a general message with the correlation id; report the failure if it persists."
  ],
  "CONFIGURATION_ERROR": [
    "The service is misconfigured",
    "A setting is missing or contradicts another.",
    "Show a general message with the correlation id; report the failure if it persists."
  ],
  "INVALID_CONFIGURATION": [
    "A setting is invalid",
    "A setting has a value that the service can't use.",
    "Show a general message with the correlation id; report the failure if it persists."
  ],
  "PROCESSING_ERROR": [
    "The request could not be processed",
    "A processing step failed in the service.",
    "Show a general message with the correlation id; report the failure if it persists."
  ],
  "INITIALIZATION_FAILED": [
    "The service could not start properly",
    "A component of the service failed to start.",
    "Show a general message with the correlation id; report the failure if it persists."
  ],
  "EXTERNAL_SERVICE_ERROR": [
    "A service behind the edge failed",
    "An upstream service refused the connection or answered with a failure.",
    "Retry reads at once, and commands only with the same `Idempotency-Key`, after increasing delays."
  ],
  "INVALID_RESPONSE": [
    "A service behind the edge sent an invalid response",
    "The response of an upstream service doesn't have the agreed format.",
    "Show a general message with the correlation id; report the failure if it persists."
  ],
  "CONTENT_SERVICE_ERROR": [
    "The content service failed",
    "The content service refused the request or failed.",
    "Retry reads at once, and commands only with the same `Idempotency-Key`, after increasing delays."
  ],
  "SPELLCHECK_SERVICE_ERROR": [
    "The spellcheck service failed",
    "The spellcheck service refused the request or failed.",
    "Retry reads at once, and commands only with the same `Idempotency-Key`, after increasing delays."
  ],
  "NLP_SERVICE_ERROR": [
    "The language analysis failed",
    "The NLP service refused the request or failed.",
    "Retry reads at once, and commands only with the same `Idempotency-Key`, after increasing delays."
  ],
  "AI_FEEDBACK_SERVICE_ERROR": [
    "The AI feedback failed",
    "The AI feedback service refused the request or failed.",
    "Retry reads at once, and commands only with the same `Idempotency-Key`, after increasing delays."
  ],
  "CJ_ASSESSMENT_SERVICE_ERROR": [
    "The comparative judgement failed",
    "The CJ assessment service refused the request or failed.",
    "Retry reads at once, and commands only with the same `Idempotency-Key`, after increasing delays."
  ],
  "LLM_PROVIDER_SERVICE_ERROR": [
    "The language model failed",
    "The LLM provider service refused the request or failed.",
    "Retry reads at once, and commands only with the same `Idempotency-Key`, after increasing delays."
  ],
  "CONNECTION_ERROR": [
    "A connection could not be made",
    "A data store or service that the edge needs is unreachable.",
    "Retry after increasing, jittered delays; respect `Retry-After`."
  ],
  "SERVICE_UNAVAILABLE": [
    "The service is unavailable",
    "The service is draining, overloaded, or missing a dependency.",
    "Retry after increasing, jittered delays; respect `Retry-After`."
  ],
  "CIRCUIT_BREAKER_OPEN": [
    "Calls to a service behind the edge are suspended",
    "An upstream service failed repeatedly, so calls to it are suspended for a while.",
    "Retry after increasing, jittered delays; respect `Retry-After`."
  ],
  "KAFKA_PUBLISH_ERROR": [
    "The command could not be sent",
    "The message broker did not confirm the command; `details.outcome` says whether it may have been sent.",
    "Send the command again after `Retry-After` with the same `Idempotency-Key`."
  ],
  "TIMEOUT": [
    "A service behind the edge took too long",
    "An upstream service did not respond before the deadline; it may still be processing the request.",
    "Retry reads at once, and commands only with the same `Idempotency-Key`, after increasing delays."
  ],
  "REQUEST_QUEUED": [
    "The request is queued",
    "The work was accepted and is waiting in a queue.",
    "Don't resend; wait for the notification."
  ],
  "CLASS_NOT_FOUND": [
    "The class does not exist",
    "No class has that id.",
    "Reload the list of classes."
  ],
  "STUDENT_NOT_FOUND": [
    "The pupil does not exist",
    "No pupil has that id.",
    "Reload the class."
  ],
  "COURSE_NOT_FOUND": [
    "The course does not exist",
    "No course has that code.",
    "Offer only courses that the platform knows."
  ],
  "COURSE_VALIDATION_ERROR": [
    "The course is invalid",
    "The course can't be used for this class.",
    "Choose another course."
  ],
  "MULTIPLE_COURSE_ERROR": [
    "More than one course was given",
    "A class belongs to exactly one course.",
    "Choose one course."
  ],
  "EMPTY_CONTENT": [
    "The essay is empty",
    "The file contains no text.",
    "Ask for the file that contains the essay."
  ],
  "CONTENT_TOO_SHORT": [
    "The essay is too short",
    "The text is too short to be assessed.",
    "Ask for the whole essay."
  ],
  "CONTENT_TOO_LONG": [
    "The essay is too long",
    "The text is too long to be assessed.",
    "Ask for one essay per file."
  ],
  "ENCRYPTED_FILE_UNSUPPORTED": [
    "The file is encrypted",
    "A password-protected file can't be read.",
    "Ask for the file without a password."
  ],
  "TEXT_EXTRACTION_FAILED": [
    "The text could not be read",
    "The file is damaged, or its type doesn't match its name.",
    "Ask for the essay, saved again as PDF, DOCX, RTF or TXT."
  ],
  "RAW_STORAGE_FAILED": [
    "The file could not be stored",
    "The file store did not accept the upload.",
    "Retry after increasing, jittered delays; respect `Retry-After`."
  ],
  "UNKNOWN_VALIDATION_ERROR": [
    "The file was not accepted",
    "The file failed a check that has no specific code.",
    "Try another file."
  ],
  "SPELL_EVENT_CORRELATION_ERROR": [
    "A spellcheck result matches no essay",
    "A spellchecker result could not be matched to its essay.",
    "Show a general message with the correlation id; report the failure if it persists."
  ],
  "BCS_PIPELINE_DEPENDENCY_RESOLUTION_FAILED": [
    "The pipeline could not be planned",
    "The steps that the pipeline depends on could not be determined.",
    "Show a general message with the correlation id; report the failure if it persists."
  ],
  "BCS_PIPELINE_DEPENDENCY_CYCLE_DETECTED": [
    "The pipeline depends on itself",
    "The platform's definition of the pipeline contains a cycle.",
    "Show a general message with the correlation id; report the failure if it persists."
  ],
  "BCS_PIPELINE_COMPATIBILITY_FAILED": [
    "The pipeline doesn't fit the batch",
    "The batch is not in a state that allows this pipeline to start.",
    "Read the batch again, and offer only pipelines for which it is ready."
  ],
  "CJ_INSUFFICIENT_COMPARISONS": [
    "Too few comparisons",
    "There are too few comparisons between the essays to rank them reliably.",
    "Add essays to the batch, then start the assessment again."
  ],
  "CJ_SCORE_CONVERGENCE_FAILED": [
    "The scores did not converge",
    "The comparisons contradict each other too much to produce a ranking.",
    "Start the assessment again; report the failure if it persists."
  ],
  "CJ_COMPARISON_IMBALANCE": [
    "The comparisons are unevenly spread",
    "Some essays were compared much more often than others.",
    "Start the assessment again; report the failure if it persists."
  ],
  "CJ_CALLBACK_CORRELATION_FAILED": [
    "A judgement matches no pair of essays",
    "A judgement by the language model could not be matched to its pair of essays.",
    "Show a general message with the correlation id; report the failure if it persists."
  ],
  "LLM_PROVIDER_UNAVAILABLE": [
    "The language model is unavailable",
    "The language model's provider is unreachable.",
    "Retry after increasing, jittered delays; respect `Retry-After`."
  ],
  "LLM_PROVIDER_RATE_LIMIT": [
    "The language model is busy",
    "The platform has reached the request limit of the language model's provider.",
    "Retry after increasing, jittered delays; respect `Retry-After`."
  ],
  "LLM_PROVIDER_TIMEOUT": [
    "The language model took too long",
    "The language model's provider did not respond in time.",
    "Retry reads at once, and commands only with the same `Idempotency-Key`, after increasing delays."
  ],
  "LLM_PROVIDER_API_ERROR": [
    "The language model's provider failed",
    "The language model's provider returned an error.",
    "Retry reads at once, and commands only with the same `Idempotency-Key`, after increasing delays."
  ],
  "LLM_INVALID_PROMPT": [
    "The prompt is invalid",
    "The language model can't use the prompt.",
    "Change the prompt."
  ],
  "LLM_CONTENT_TOO_LONG": [
    "The text is too long for the language model",
    "Prompt and essay together exceed the language model's limit.",
    "Shorten the prompt or the essay."
  ],
  "LLM_INVALID_CONFIG": [
    "The language model's options are invalid",
    "The platform doesn't offer the model or one of its options, such as the temperature.",
    "Choose another model or other options."
  ],
  "LLM_QUEUE_FULL": [
    "The language model's queue is full",
    "Too many requests are waiting for the language model.",
    "Retry after increasing, jittered delays; respect `Retry-After`."
  ],
  "LLM_INTERNAL_ERROR": [
    "The language model service failed",
    "A processing step failed in the language model service.",
    "Show a general message with the correlation id; report the failure if it persists."
  ],
  "LLM_CALLBACK_TOPIC_MISSING": [
    "The address for the language model's response is missing",
    "A service of the platform called the language model without an address for the response.",
    "Show a general message with the correlation id; report the failure if it persists."
  ],
  "LLM_INVALID_CALLBACK_TOPIC": [
    "The address for the language model's response is invalid",
    "A service of the platform gave an address for the language model's response that doesn't exist.",
    "Show a general message with the correlation id; report the failure if it persists."
  ],
  "LLM_PARSING_ERROR": [
    "The language model's response can't be parsed",
    "The language model's response doesn't have the requested format.",
    "Retry reads at once, and commands only with the same `Idempotency-Key`, after increasing delays."
  ],
  "LLM_INVALID_RESPONSE": [
    "The language model's response can't be used",
    "The language model's response lacks the requested content.",
    "Retry reads at once, and commands only with the same `Idempotency-Key`, after increasing delays."
  ],
  "LLM_COST_LIMIT_EXCEEDED": [
    "The language model's budget is exhausted",
    "The cost exceeds the platform's current budget for the language model.",
    "Wait until the budget is renewed, or request a larger one."
  ],
  "LLM_CONFIGURATION_ERROR": [
    "The language model service is misconfigured",
    "A setting is missing or contradicts another.",
    "Show a general message with the correlation id; report the failure if it persists."
  ],
  "IDENTITY_INVALID_CREDENTIALS": [
    "The e-mail address or the password is wrong",
    "No account has this e-mail address with this password.",
    "Say so at the login form, without saying which of the two is wrong; don't refresh the token."
  ],
  "IDENTITY_USER_NOT_FOUND": [
    "The account does not exist",
    "No account matches the request.",
    "Check the input."
  ],
  "IDENTITY_USER_ALREADY_EXISTS": [
    "The account already exists",
    "An account with this e-mail address exists.",
    "Offer the login or a password reset."
  ],
  "IDENTITY_EMAIL_NOT_VERIFIED": [
    "The e-mail address is not verified",
    "The owner of the account has not yet followed the link in the verification mail.",
    "Ask the user to follow the link, and offer to send it again."
  ],
  "IDENTITY_ACCOUNT_LOCKED": [
    "The account is locked",
    "Too many logins failed; the account is locked temporarily.",
    "Show the user the end of the lock, from `details.locked_until` or `details.remaining_minutes` if present."
  ],
  "IDENTITY_TOKEN_EXPIRED": [
    "The token has expired",
    "A token of the identity service has expired.",
    "Send the user to the login."
  ],
  "IDENTITY_TOKEN_INVALID": [
    "The token is invalid",
    "The identity service doesn't accept the token, or got none.",
    "Send the user to the login."
  ],
  "IDENTITY_REFRESH_TOKEN_INVALID": [
    "The refresh token is invalid",
    "The refresh token was revoked, or is not a refresh token.",
    "Send the user to the login."
  ],
  "IDENTITY_REFRESH_TOKEN_EXPIRED": [
    "The refresh token has expired",
    "The session is too old to be renewed.",
    "Send the user to the login."
  ],
  "IDENTITY_VERIFICATION_TOKEN_EXPIRED": [
    "The verification link has expired",
    "The link of the verification mail has expired.",
    "Offer a new mail."
  ],
  "IDENTITY_VERIFICATION_TOKEN_INVALID": [
    "The verification link is invalid",
    "The link of the verification mail was used before, or was not sent by the platform.",
    "Offer the login, or a new mail."
  ],
  "IDENTITY_EMAIL_ALREADY_VERIFIED": [
    "The e-mail address is already verified",
    "The link was followed before.",
    "Offer the login."
  ],
  "IDENTITY_RESET_TOKEN_EXPIRED": [
    "The password reset link has expired",
    "The link of the mail has expired.",
    "Offer a new mail."
  ],
  "IDENTITY_RESET_TOKEN_INVALID": [
    "The password reset link is invalid",
    "The link of the mail was used before, or was not sent by the platform.",
    "Offer a new mail."
  ],
  "IDENTITY_PASSWORD_RESET_NOT_REQUESTED": [
    "No password reset was requested",
    "No password reset was requested for the account.",
    "Offer to request one."
  ],
  "CONNECTION_LIMIT": [
    "Too many connections",
    "The user has the maximum number of live connections open.",
    "Close another tab; don't reconnect automatically within a minute."
  ],
  "CONSUMER_TOO_SLOW": [
    "The client reads too slowly",
    "Messages arrived faster than the client read them.",
    "Reconnect at once with the last cursor; nothing is lost."
  ],
  "IDLE_TIMEOUT": [
    "The connection was idle",
    "The client sent nothing during the idle time, not even a pong.",
    "Reconnect at once with the last cursor."
  ],
  "SERVICE_RESTART": [
    "The service is restarting",
    "This replica is shutting down.",
    "Reconnect after `retry_after_ms` with the last cursor."
  ],
  "SERVICE_OVERLOADED": [
    "The service is overloaded",
    "The feed can't accept another connection now.",
    "Reconnect after `retry_after_ms` with the last cursor."
  ],
  "MESSAGE_TOO_BIG": [
    "The message is too big",
    "The client sent a message that exceeds the size limit.",
    "Send smaller messages."
  ],
  "INVALID_FRAME": [
    "The frame was not understood",
    "The client sent a message that is not one of the frames that the feed accepts.",
    "Correct the client; the connection stays open."
  ],
  "PROTOCOL_ERROR": [
    "The WebSocket protocol was violated",
    "The client sent a frame that RFC 6455 doesn't allow, such as one that isn't masked.",
    "Correct the client; reconnect with the last cursor after increasing, jittered delays."
  ],
  "NOT_UTF8": [
    "The text is not UTF-8",
    "The client sent a text message or a close reason that is not UTF-8.",
    "Correct the client; reconnect with the last cursor after increasing, jittered delays."
  ],
  "UPGRADE_REQUIRED": [
    "A WebSocket handshake is required",
    "The path serves WebSockets only, or the handshake is for another version of the protocol than 13.",
    "Connect by WebSocket, version 13; where a proxy breaks WebSockets, use the event stream."
  ]
};

/** Meaning and advice. */
export const closes: Readonly<Record<CloseCode, CloseText>> = {
  "1002": [
    "The client sent a frame that the WebSocket protocol doesn't allow.",
    "Correct the client; reconnect with the last cursor after increasing, jittered delays."
  ],
  "1007": [
    "The client sent a text that is not UTF-8.",
    "Correct the client; reconnect with the last cursor after increasing, jittered delays."
  ],
  "1008": [
    "The credential was refused or has expired, or the client exceeded a message limit.",
    "Read `message`: renew the token on `token_expired`, log in on `token_invalid`, `token_missing` or `revoked`, wait a minute on `rate`; then reconnect."
  ],
  "1009": [
    "The client sent a message that exceeds the size limit.",
    "Reconnect; don't send that message again."
  ],
  "1011": [
    "The server failed.",
    "Reconnect with the last cursor after increasing, jittered delays."
  ],
  "1012": [
    "This replica is shutting down.",
    "Reconnect after `retry_after_ms` with the last cursor."
  ],
  "1013": [
    "The service can't accept the connection now.",
    "Reconnect after `retry_after_ms` with the last cursor."
  ],
  "4000": [
    "The user has the maximum number of connections open.",
    "Close another tab; don't reconnect automatically within a minute."
  ],
  "4008": [
    "The client read more slowly than its messages arrived.",
    "Reconnect at once with the last cursor; nothing is lost."
  ],
  "4408": [
    "The client sent nothing during the idle time, not even a pong.",
    "Reconnect at once with the last cursor."
  ]
};

/** First, last, meaning and advice for other codes. */
export const ranges: readonly RangeText[] = [
  [
    1000,
    1001,
    "A normal end.",
    "Never sent by the edge."
  ],
  [
    1002,
    1015,
    "The WebSocket protocol's own codes (IANA registry).",
    "Reconnect after increasing delays."
  ],
  [
    4000,
    4099,
    "The feed's rules for a connection.",
    "Reconnect with the last cursor; follow the code's advice."
  ],
  [
    4400,
    4499,
    "HTTP's status of the same last three digits.",
    "Reconnect with the last cursor."
  ]
];
