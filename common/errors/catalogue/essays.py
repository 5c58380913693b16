"""What can fail about classes and files: the codes of class management and the file service."""

from common.errors.catalogue.entry import LATER, row
from common.errors.codes import ClassManagementErrorCode, FileValidationErrorCode
from common.errors.texts import essays as essays_texts

CLASS_MANAGEMENT = (
    row(
        ClassManagementErrorCode.CLASS_NOT_FOUND,
        404,
        ("The class does not exist", "No class has that id.", "Reload the list of classes."),
        teacher=essays_texts.NO_CLASS,
        details=("class_id",),
    ),
    row(
        ClassManagementErrorCode.STUDENT_NOT_FOUND,
        404,
        ("The pupil does not exist", "No pupil has that id.", "Reload the class."),
        teacher=essays_texts.NO_PUPIL,
        details=("student_id",),
    ),
    row(
        ClassManagementErrorCode.COURSE_NOT_FOUND,
        404,
        ("The course does not exist", "No course has that code.", "Offer only courses that the platform knows."),
        teacher=essays_texts.NO_COURSE,
        details=("course_id", "course_code", "missing_course_codes"),
    ),
    row(
        ClassManagementErrorCode.COURSE_VALIDATION_ERROR,
        400,
        ("The course is invalid", "The course can't be used for this class.", "Choose another course."),
        teacher=essays_texts.UNSUITABLE_COURSE,
    ),
    row(
        ClassManagementErrorCode.MULTIPLE_COURSE_ERROR,
        409,
        ("More than one course was given", "A class belongs to exactly one course.", "Choose one course."),
        teacher=essays_texts.SEVERAL_COURSES,
        details=("provided_course_codes",),
    ),
)

FILES = (
    row(
        FileValidationErrorCode.EMPTY_CONTENT,
        400,
        ("The essay is empty", "The file contains no text.", "Ask for the file that contains the essay."),
        teacher=essays_texts.EMPTY,
        details=("file_name",),
    ),
    row(
        FileValidationErrorCode.CONTENT_TOO_SHORT,
        400,
        ("The essay is too short", "The text is too short to be assessed.", "Ask for the whole essay."),
        teacher=essays_texts.TOO_SHORT,
        details=("file_name", "min_length", "actual_length"),
    ),
    row(
        FileValidationErrorCode.CONTENT_TOO_LONG,
        400,
        ("The essay is too long", "The text is too long to be assessed.", "Ask for one essay per file."),
        teacher=essays_texts.TOO_LONG,
        details=("file_name", "max_length", "actual_length"),
    ),
    row(
        FileValidationErrorCode.ENCRYPTED_FILE_UNSUPPORTED,
        400,
        ("The file is encrypted", "A password-protected file can't be read.", "Ask for the file without a password."),
        teacher=essays_texts.LOCKED_FILE,
        details=("file_name",),
    ),
    row(
        FileValidationErrorCode.TEXT_EXTRACTION_FAILED,
        500,
        (
            "The text could not be read",
            "The file is damaged, or its type doesn't match its name.",
            "Ask for the essay, saved again as PDF, DOCX, RTF or TXT.",
        ),
        teacher=essays_texts.UNREADABLE_FILE,
        details=("file_name",),
    ),
    row(
        FileValidationErrorCode.RAW_STORAGE_FAILED,
        500,
        ("The file could not be stored", "The file store did not accept the upload.", LATER),
        teacher=essays_texts.FILE_NOT_SAVED,
        retryable=True,
        details=("file_name",),
    ),
    row(
        FileValidationErrorCode.UNKNOWN_VALIDATION_ERROR,
        400,
        ("The file was not accepted", "The file failed a check that has no specific code.", "Try another file."),
        teacher=essays_texts.FILE_REFUSED,
    ),
)

ROWS = (*CLASS_MANAGEMENT, *FILES)
