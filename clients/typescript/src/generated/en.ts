// Made from the code by `make docs`; don't edit.

import type { ErrorText, RangeText } from "../texts/texts.js";
import type { CloseCode, ErrorCode } from "./codes.js";

/** Title, message and advice. */
export const errors: Readonly<Record<ErrorCode, ErrorText>> = {
  "VALIDATION_ERROR": [
    "Something needs correcting",
    "One or more details are missing or don't look right.",
    "Check what you filled in, then try again."
  ],
  "MISSING_REQUIRED_FIELD": [
    "Something is missing",
    "A required field is empty.",
    "Fill it in, then try again."
  ],
  "INVALID_REQUEST": [
    "That couldn't be done",
    "The page sent something that HuleEdu didn't understand. It isn't your fault.",
    "Reload the page and try again. If it happens again, contact support and give the reference number."
  ],
  "PARSING_ERROR": [
    "That couldn't be done",
    "The page sent something that HuleEdu didn't understand. It isn't your fault.",
    "Reload the page and try again. If it happens again, contact support and give the reference number."
  ],
  "AUTHENTICATION_ERROR": [
    "Please log in again",
    "You have been logged out, or you have been logged in for too long.",
    "Log in again to continue."
  ],
  "INVALID_API_KEY": [
    "Something went wrong",
    "An error occurred in HuleEdu. It isn't your fault.",
    "Try again in a moment. If it happens again, contact support and give the reference number."
  ],
  "INSUFFICIENT_CREDITS": [
    "Not enough credits",
    "You or your school don't have enough credits left for this.",
    "Choose a smaller analysis, or contact the person at your school who is responsible for HuleEdu."
  ],
  "AUTHORIZATION_ERROR": [
    "You don't have access",
    "Your account isn't allowed to see or do this.",
    "If you need access, contact the person at your school who is responsible for HuleEdu."
  ],
  "RESOURCE_NOT_FOUND": [
    "It can't be found",
    "What you are looking for doesn't exist, or it has been removed.",
    "Check the address, or go back and reload the page."
  ],
  "METHOD_NOT_ALLOWED": [
    "That couldn't be done",
    "The page sent something that HuleEdu didn't understand. It isn't your fault.",
    "Reload the page and try again. If it happens again, contact support and give the reference number."
  ],
  "REQUEST_TIMEOUT": [
    "The transfer took too long",
    "The connection was too slow or was interrupted.",
    "Check the network, then try again."
  ],
  "CONFLICT": [
    "It can't be done right now",
    "What you are working on has changed in the meantime.",
    "Reload the page to see how things stand, then try again."
  ],
  "IDEMPOTENCY_IN_PROGRESS": [
    "It is already under way",
    "You have already started this, and it isn't finished yet.",
    "Wait a moment. You don't need to start it again."
  ],
  "PAYLOAD_TOO_LARGE": [
    "Too much at once",
    "A file is too large, or there are too many files.",
    "Send fewer or smaller files at a time."
  ],
  "UNSUPPORTED_MEDIA_TYPE": [
    "This type of file can't be used",
    "HuleEdu can't read files of this type.",
    "Save the essay as PDF, DOCX, RTF or TXT, then upload it again."
  ],
  "IDEMPOTENCY_KEY_REUSED": [
    "This has been sent before",
    "The same thing has already been sent, but with other details.",
    "Reload the page and check whether the change was made before you try again."
  ],
  "RATE_LIMIT": [
    "Please wait a moment",
    "There was too much in a short time.",
    "Try again in a moment."
  ],
  "QUOTA_EXCEEDED": [
    "The limit has been reached",
    "You or your school have used everything that is included for now.",
    "Wait until the next period, or contact the person at your school who is responsible for HuleEdu."
  ],
  "HEADERS_TOO_LARGE": [
    "The browser sent too much",
    "The browser has stored too many cookies for this site.",
    "Clear the site's cookies in the browser, then log in again."
  ],
  "REQUEST_QUEUED": [
    "It is in the queue",
    "What you asked for has been received and will be done in turn.",
    "You don't need to do anything. You will be notified when it is finished."
  ],
  "UNKNOWN_ERROR": [
    "Something went wrong",
    "An error occurred in HuleEdu. It isn't your fault.",
    "Try again in a moment. If it happens again, contact support and give the reference number."
  ],
  "CONFIGURATION_ERROR": [
    "Something went wrong",
    "An error occurred in HuleEdu. It isn't your fault.",
    "Try again in a moment. If it happens again, contact support and give the reference number."
  ],
  "INVALID_CONFIGURATION": [
    "Something went wrong",
    "An error occurred in HuleEdu. It isn't your fault.",
    "Try again in a moment. If it happens again, contact support and give the reference number."
  ],
  "PROCESSING_ERROR": [
    "Something went wrong",
    "An error occurred in HuleEdu. It isn't your fault.",
    "Try again in a moment. If it happens again, contact support and give the reference number."
  ],
  "INITIALIZATION_FAILED": [
    "Something went wrong",
    "An error occurred in HuleEdu. It isn't your fault.",
    "Try again in a moment. If it happens again, contact support and give the reference number."
  ],
  "EXTERNAL_SERVICE_ERROR": [
    "Part of HuleEdu isn't working",
    "Part of HuleEdu didn't respond as it should. It isn't your fault.",
    "Reload the page to see whether what you did went through. If not, try again in a moment."
  ],
  "INVALID_RESPONSE": [
    "Something went wrong",
    "An error occurred in HuleEdu. It isn't your fault.",
    "Try again in a moment. If it happens again, contact support and give the reference number."
  ],
  "CONTENT_SERVICE_ERROR": [
    "The essays can't be opened",
    "HuleEdu can't reach the saved essays right now.",
    "Try again in a moment."
  ],
  "SPELLCHECK_SERVICE_ERROR": [
    "The spelling check isn't working",
    "The spelling check isn't working as it should right now.",
    "Try again in a moment."
  ],
  "NLP_SERVICE_ERROR": [
    "The language analysis isn't working",
    "The language analysis isn't working as it should right now.",
    "Try again in a moment."
  ],
  "AI_FEEDBACK_SERVICE_ERROR": [
    "The AI feedback isn't working",
    "The AI feedback isn't working as it should right now.",
    "Try again in a moment."
  ],
  "CJ_ASSESSMENT_SERVICE_ERROR": [
    "The comparison of essays isn't working",
    "The comparison of essays isn't working as it should right now.",
    "Try again in a moment."
  ],
  "LLM_PROVIDER_SERVICE_ERROR": [
    "The AI service isn't working",
    "The AI service isn't working as it should right now.",
    "Try again in a moment."
  ],
  "CONNECTION_ERROR": [
    "HuleEdu isn't available right now",
    "HuleEdu is overloaded or being restarted.",
    "Try again in a moment."
  ],
  "SERVICE_UNAVAILABLE": [
    "HuleEdu isn't available right now",
    "HuleEdu is overloaded or being restarted.",
    "Try again in a moment."
  ],
  "CIRCUIT_BREAKER_OPEN": [
    "HuleEdu isn't available right now",
    "HuleEdu is overloaded or being restarted.",
    "Try again in a moment."
  ],
  "KAFKA_PUBLISH_ERROR": [
    "It may not have started",
    "HuleEdu couldn't confirm that what you asked for has started.",
    "Wait a moment and see whether it has started. If not, try again."
  ],
  "TIMEOUT": [
    "It took too long",
    "HuleEdu didn't respond in time. What you did may still have gone through.",
    "Reload the page and check before you try again."
  ],
  "CLASS_NOT_FOUND": [
    "The class doesn't exist",
    "The class has been removed, or the link is wrong.",
    "Go back to your classes and choose again."
  ],
  "STUDENT_NOT_FOUND": [
    "The pupil doesn't exist",
    "The pupil has been removed, or the link is wrong.",
    "Go back to the class and choose again."
  ],
  "COURSE_NOT_FOUND": [
    "The course doesn't exist",
    "HuleEdu doesn't know this course.",
    "Choose a course from the list."
  ],
  "COURSE_VALIDATION_ERROR": [
    "The course can't be used",
    "The course can't be used for this class.",
    "Choose another course."
  ],
  "MULTIPLE_COURSE_ERROR": [
    "More than one course was chosen",
    "A class can only belong to one course.",
    "Choose one course."
  ],
  "EMPTY_CONTENT": [
    "The essay is empty",
    "The file contains no text.",
    "Check that it is the right file, then upload it again."
  ],
  "CONTENT_TOO_SHORT": [
    "The essay is too short",
    "The text is too short to be assessed.",
    "Check that the whole essay is in the file, then upload it again."
  ],
  "CONTENT_TOO_LONG": [
    "The essay is too long",
    "The text is too long to be assessed.",
    "Check that there is only one essay in the file, then upload it again."
  ],
  "ENCRYPTED_FILE_UNSUPPORTED": [
    "The file has a password",
    "HuleEdu can't open files that need a password.",
    "Save the essay without a password, then upload it again."
  ],
  "TEXT_EXTRACTION_FAILED": [
    "The file can't be read",
    "The file is damaged, or of another type than its name says.",
    "Save the essay again as PDF, DOCX, RTF or TXT, then upload it."
  ],
  "RAW_STORAGE_FAILED": [
    "The file couldn't be saved",
    "HuleEdu can't receive files right now.",
    "Try again in a moment."
  ],
  "UNKNOWN_VALIDATION_ERROR": [
    "The file wasn't accepted",
    "There is something about the file that HuleEdu can't handle.",
    "Save the essay again, or try another file."
  ],
  "SPELL_EVENT_CORRELATION_ERROR": [
    "A result is missing",
    "A result couldn't be matched to its essay. It isn't your fault.",
    "Start the analysis again. If it happens again, contact support and give the reference number."
  ],
  "BCS_PIPELINE_DEPENDENCY_RESOLUTION_FAILED": [
    "The analysis couldn't be started",
    "HuleEdu couldn't work out the steps of the analysis. It isn't your fault.",
    "Contact support and give the reference number."
  ],
  "BCS_PIPELINE_DEPENDENCY_CYCLE_DETECTED": [
    "The analysis couldn't be started",
    "HuleEdu couldn't work out the steps of the analysis. It isn't your fault.",
    "Contact support and give the reference number."
  ],
  "BCS_PIPELINE_COMPATIBILITY_FAILED": [
    "The analysis can't be started yet",
    "The essays that were handed in aren't ready for this analysis.",
    "Reload the page and choose an analysis that can be started."
  ],
  "CJ_INSUFFICIENT_COMPARISONS": [
    "Too few comparisons",
    "There are too few comparisons between the essays to rank them reliably.",
    "Add more essays, then start the assessment again."
  ],
  "CJ_SCORE_CONVERGENCE_FAILED": [
    "The essays couldn't be ranked",
    "The comparisons between the essays contradict each other.",
    "Start the assessment again. If it happens again, contact support and give the reference number."
  ],
  "CJ_COMPARISON_IMBALANCE": [
    "The essays were compared unevenly",
    "Some essays were compared much more often than others.",
    "Start the assessment again. If it happens again, contact support and give the reference number."
  ],
  "CJ_CALLBACK_CORRELATION_FAILED": [
    "A result is missing",
    "A result couldn't be matched to its essay. It isn't your fault.",
    "Start the analysis again. If it happens again, contact support and give the reference number."
  ],
  "LLM_PROVIDER_UNAVAILABLE": [
    "The AI service is busy",
    "The AI service that HuleEdu uses has a lot to do or can't be reached.",
    "Try again in a moment."
  ],
  "LLM_PROVIDER_RATE_LIMIT": [
    "The AI service is busy",
    "The AI service that HuleEdu uses has a lot to do or can't be reached.",
    "Try again in a moment."
  ],
  "LLM_PROVIDER_TIMEOUT": [
    "The AI service is busy",
    "The AI service that HuleEdu uses has a lot to do or can't be reached.",
    "Try again in a moment."
  ],
  "LLM_PROVIDER_API_ERROR": [
    "The AI service isn't working",
    "The AI service isn't working as it should right now.",
    "Try again in a moment."
  ],
  "LLM_INVALID_PROMPT": [
    "The instructions can't be used",
    "The AI service can't use the instructions for the assessment.",
    "Change the instructions, then try again."
  ],
  "LLM_CONTENT_TOO_LONG": [
    "The text is too long for the AI service",
    "The instructions and the essay are too long together.",
    "Shorten the instructions or the essay, then try again."
  ],
  "LLM_INVALID_CONFIG": [
    "Your choice can't be used",
    "HuleEdu doesn't offer the AI model or the options that were chosen.",
    "Choose another AI model or other options."
  ],
  "LLM_QUEUE_FULL": [
    "The AI service is busy",
    "The AI service that HuleEdu uses has a lot to do or can't be reached.",
    "Try again in a moment."
  ],
  "LLM_INTERNAL_ERROR": [
    "Something went wrong",
    "An error occurred in HuleEdu. It isn't your fault.",
    "Try again in a moment. If it happens again, contact support and give the reference number."
  ],
  "LLM_CALLBACK_TOPIC_MISSING": [
    "Something went wrong",
    "An error occurred in HuleEdu. It isn't your fault.",
    "Try again in a moment. If it happens again, contact support and give the reference number."
  ],
  "LLM_INVALID_CALLBACK_TOPIC": [
    "Something went wrong",
    "An error occurred in HuleEdu. It isn't your fault.",
    "Try again in a moment. If it happens again, contact support and give the reference number."
  ],
  "LLM_PARSING_ERROR": [
    "The AI service isn't working",
    "The AI service isn't working as it should right now.",
    "Try again in a moment."
  ],
  "LLM_INVALID_RESPONSE": [
    "The AI service isn't working",
    "The AI service isn't working as it should right now.",
    "Try again in a moment."
  ],
  "LLM_COST_LIMIT_EXCEEDED": [
    "The limit for the AI service has been reached",
    "HuleEdu can't use the AI service any more for now.",
    "Try again later, or contact the person at your school who is responsible for HuleEdu."
  ],
  "LLM_CONFIGURATION_ERROR": [
    "Something went wrong",
    "An error occurred in HuleEdu. It isn't your fault.",
    "Try again in a moment. If it happens again, contact support and give the reference number."
  ],
  "IDENTITY_INVALID_CREDENTIALS": [
    "Wrong e-mail address or password",
    "The e-mail address and the password don't belong together.",
    "Check both and try again, or reset the password."
  ],
  "IDENTITY_USER_NOT_FOUND": [
    "The account doesn't exist",
    "There is no account with these details.",
    "Check the details, then try again."
  ],
  "IDENTITY_USER_ALREADY_EXISTS": [
    "The account already exists",
    "There is already an account with this e-mail address.",
    "Log in, or reset the password if you have forgotten it."
  ],
  "IDENTITY_EMAIL_NOT_VERIFIED": [
    "Confirm your e-mail address",
    "You haven't confirmed your e-mail address yet.",
    "Open the link in the e-mail from HuleEdu, or ask for a new e-mail."
  ],
  "IDENTITY_ACCOUNT_LOCKED": [
    "The account is locked for a while",
    "There were too many failed attempts to log in.",
    "Wait a while and try again, or reset the password."
  ],
  "IDENTITY_TOKEN_EXPIRED": [
    "Please log in again",
    "You have been logged out, or you have been logged in for too long.",
    "Log in again to continue."
  ],
  "IDENTITY_TOKEN_INVALID": [
    "Please log in again",
    "You have been logged out, or you have been logged in for too long.",
    "Log in again to continue."
  ],
  "IDENTITY_REFRESH_TOKEN_INVALID": [
    "Please log in again",
    "You have been logged out, or you have been logged in for too long.",
    "Log in again to continue."
  ],
  "IDENTITY_REFRESH_TOKEN_EXPIRED": [
    "Please log in again",
    "You have been logged out, or you have been logged in for too long.",
    "Log in again to continue."
  ],
  "IDENTITY_VERIFICATION_TOKEN_EXPIRED": [
    "The link is too old",
    "The link for confirming your e-mail address no longer works.",
    "Ask for a new e-mail and open the link in it."
  ],
  "IDENTITY_VERIFICATION_TOKEN_INVALID": [
    "The link can't be used",
    "The link has already been used, or part of it is missing.",
    "Try to log in, or ask for a new e-mail."
  ],
  "IDENTITY_EMAIL_ALREADY_VERIFIED": [
    "The e-mail address is already confirmed",
    "You have already confirmed your e-mail address.",
    "You can log in."
  ],
  "IDENTITY_RESET_TOKEN_EXPIRED": [
    "The link is too old",
    "The link for resetting the password no longer works.",
    "Ask for a new e-mail and open the link in it."
  ],
  "IDENTITY_RESET_TOKEN_INVALID": [
    "The link can't be used",
    "The link for resetting the password has already been used, or part of it is missing.",
    "Ask for a new e-mail and open the link in it."
  ],
  "IDENTITY_PASSWORD_RESET_NOT_REQUESTED": [
    "The password can't be reset",
    "Nobody has asked to reset the password of this account.",
    "Ask for it on the login page."
  ],
  "CONNECTION_LIMIT": [
    "HuleEdu is open in too many places",
    "You have HuleEdu open in as many tabs or on as many devices as is allowed.",
    "Close a tab that you don't need, wait a minute, then reload the page."
  ],
  "CONSUMER_TOO_SLOW": [
    "The live updates were interrupted",
    "The updates came faster than the page could receive them. Nothing has been lost.",
    "You don't need to do anything. The page connects again by itself."
  ],
  "IDLE_TIMEOUT": [
    "The live updates were interrupted",
    "The page was silent for too long, perhaps because the computer was asleep.",
    "You don't need to do anything. The page connects again by itself."
  ],
  "SERVICE_RESTART": [
    "The live updates were interrupted",
    "HuleEdu is being restarted.",
    "You don't need to do anything. The page connects again by itself."
  ],
  "SERVICE_OVERLOADED": [
    "The live updates were interrupted",
    "A lot of people are using HuleEdu right now.",
    "You don't need to do anything. The page connects again by itself."
  ],
  "MESSAGE_TOO_BIG": [
    "The live updates were interrupted",
    "The page sent something that HuleEdu couldn't receive. It isn't your fault.",
    "Reload the page. If it happens again, contact support and give the reference number."
  ],
  "INVALID_FRAME": [
    "The live updates were interrupted",
    "The page sent something that HuleEdu couldn't receive. It isn't your fault.",
    "Reload the page. If it happens again, contact support and give the reference number."
  ],
  "PROTOCOL_ERROR": [
    "The live updates were interrupted",
    "The page sent something that HuleEdu couldn't receive. It isn't your fault.",
    "Reload the page. If it happens again, contact support and give the reference number."
  ],
  "NOT_UTF8": [
    "The live updates were interrupted",
    "The page sent something that HuleEdu couldn't receive. It isn't your fault.",
    "Reload the page. If it happens again, contact support and give the reference number."
  ],
  "UPGRADE_REQUIRED": [
    "The live updates couldn't start",
    "Something in the network doesn't let the live updates through.",
    "Reload the page. If it happens again, contact your school's IT support."
  ]
};

/** Title, message and advice. */
export const closes: Readonly<Record<CloseCode, ErrorText>> = {
  "1002": [
    "The live updates were interrupted",
    "The page sent something that HuleEdu couldn't receive. It isn't your fault.",
    "Reload the page. If it happens again, contact support and give the reference number."
  ],
  "1007": [
    "The live updates were interrupted",
    "The page sent something that HuleEdu couldn't receive. It isn't your fault.",
    "Reload the page. If it happens again, contact support and give the reference number."
  ],
  "1008": [
    "The live updates were interrupted",
    "You have been logged out, or the page sent too much at once.",
    "Reload the page, and log in again if you are asked to."
  ],
  "1009": [
    "The live updates were interrupted",
    "The page sent something that HuleEdu couldn't receive. It isn't your fault.",
    "Reload the page. If it happens again, contact support and give the reference number."
  ],
  "1011": [
    "The live updates were interrupted",
    "An error occurred in HuleEdu. It isn't your fault.",
    "You don't need to do anything. The page connects again by itself."
  ],
  "1012": [
    "The live updates were interrupted",
    "HuleEdu is being restarted.",
    "You don't need to do anything. The page connects again by itself."
  ],
  "1013": [
    "The live updates were interrupted",
    "A lot of people are using HuleEdu right now.",
    "You don't need to do anything. The page connects again by itself."
  ],
  "4000": [
    "HuleEdu is open in too many places",
    "You have HuleEdu open in as many tabs or on as many devices as is allowed.",
    "Close a tab that you don't need, wait a minute, then reload the page."
  ],
  "4008": [
    "The live updates were interrupted",
    "The updates came faster than the page could receive them. Nothing has been lost.",
    "You don't need to do anything. The page connects again by itself."
  ],
  "4408": [
    "The live updates were interrupted",
    "The page was silent for too long, perhaps because the computer was asleep.",
    "You don't need to do anything. The page connects again by itself."
  ]
};

/** First, last, and the text of the codes between them. */
export const ranges: readonly RangeText[] = [
  [
    1000,
    1001,
    "The live updates have ended",
    "The page has ended the live updates.",
    "Reload the page if you want live updates again."
  ],
  [
    1002,
    1015,
    "The live updates were interrupted",
    "The connection was lost.",
    "The page connects again by itself. If it takes long, check the network."
  ],
  [
    4000,
    4099,
    "The live updates were interrupted",
    "HuleEdu ended the connection.",
    "You don't need to do anything. The page connects again by itself."
  ],
  [
    4400,
    4499,
    "The live updates were interrupted",
    "HuleEdu ended the connection.",
    "You don't need to do anything. The page connects again by itself."
  ]
];
