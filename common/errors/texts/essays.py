"""What a teacher reads about classes, pupils, courses and files."""

from common.errors.texts import TeacherTexts, Text

NO_CLASS = TeacherTexts(
    en=Text(
        "The class doesn't exist",
        "The class has been removed, or the link is wrong.",
        "Go back to your classes and choose again.",
    ),
    sv=Text(
        "Klassen finns inte",
        "Klassen har tagits bort, eller så är länken fel.",
        "Gå tillbaka till dina klasser och välj på nytt.",
    ),
)

NO_PUPIL = TeacherTexts(
    en=Text(
        "The pupil doesn't exist",
        "The pupil has been removed, or the link is wrong.",
        "Go back to the class and choose again.",
    ),
    sv=Text(
        "Eleven finns inte",
        "Eleven har tagits bort, eller så är länken fel.",
        "Gå tillbaka till klassen och välj på nytt.",
    ),
)

NO_COURSE = TeacherTexts(
    en=Text("The course doesn't exist", "HuleEdu doesn't know this course.", "Choose a course from the list."),
    sv=Text("Kursen finns inte", "HuleEdu känner inte till kursen.", "Välj en kurs i listan."),
)

UNSUITABLE_COURSE = TeacherTexts(
    en=Text(
        "The course can't be used",
        "The course can't be used for this class.",
        "Choose another course.",
    ),
    sv=Text(
        "Kursen går inte att använda",
        "Kursen går inte att använda för den här klassen.",
        "Välj en annan kurs.",
    ),
)

SEVERAL_COURSES = TeacherTexts(
    en=Text("More than one course was chosen", "A class can only belong to one course.", "Choose one course."),
    sv=Text("Fler än en kurs har valts", "En klass kan bara höra till en kurs.", "Välj en enda kurs."),
)

EMPTY = TeacherTexts(
    en=Text(
        "The essay is empty",
        "The file contains no text.",
        "Check that it is the right file, then upload it again.",
    ),
    sv=Text(
        "Uppsatsen är tom",
        "Filen innehåller ingen text.",
        "Kontrollera att det är rätt fil och ladda upp den igen.",
    ),
)

TOO_SHORT = TeacherTexts(
    en=Text(
        "The essay is too short",
        "The text is too short to be assessed.",
        "Check that the whole essay is in the file, then upload it again.",
    ),
    sv=Text(
        "Uppsatsen är för kort",
        "Texten är för kort för att kunna bedömas.",
        "Kontrollera att hela uppsatsen finns i filen och ladda upp den igen.",
    ),
)

TOO_LONG = TeacherTexts(
    en=Text(
        "The essay is too long",
        "The text is too long to be assessed.",
        "Check that there is only one essay in the file, then upload it again.",
    ),
    sv=Text(
        "Uppsatsen är för lång",
        "Texten är för lång för att kunna bedömas.",
        "Kontrollera att det bara finns en uppsats i filen och ladda upp den igen.",
    ),
)

LOCKED_FILE = TeacherTexts(
    en=Text(
        "The file has a password",
        "HuleEdu can't open files that need a password.",
        "Save the essay without a password, then upload it again.",
    ),
    sv=Text(
        "Filen är lösenordsskyddad",
        "HuleEdu kan inte öppna filer som kräver lösenord.",
        "Spara uppsatsen utan lösenord och ladda upp den igen.",
    ),
)

UNREADABLE_FILE = TeacherTexts(
    en=Text(
        "The file can't be read",
        "The file is damaged, or of another type than its name says.",
        "Save the essay again as PDF, DOCX, RTF or TXT, then upload it.",
    ),
    sv=Text(
        "Filen går inte att läsa",
        "Filen är skadad eller av en annan typ än namnet anger.",
        "Spara uppsatsen på nytt som PDF, DOCX, RTF eller TXT och ladda upp den.",
    ),
)

FILE_NOT_SAVED = TeacherTexts(
    en=Text("The file couldn't be saved", "HuleEdu can't receive files right now.", "Try again in a moment."),
    sv=Text("Filen kunde inte sparas", "HuleEdu kan inte ta emot filer just nu.", "Försök igen om en stund."),
)

FILE_REFUSED = TeacherTexts(
    en=Text(
        "The file wasn't accepted",
        "There is something about the file that HuleEdu can't handle.",
        "Save the essay again, or try another file.",
    ),
    sv=Text(
        "Filen godkändes inte",
        "Det är något med filen som HuleEdu inte kan hantera.",
        "Spara uppsatsen på nytt eller pröva med en annan fil.",
    ),
)
