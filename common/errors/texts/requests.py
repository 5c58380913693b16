"""What a teacher reads when a request is refused."""

from common.errors.texts import TeacherTexts, Text

INVALID = TeacherTexts(
    en=Text(
        "Something needs correcting",
        "One or more details are missing or don't look right.",
        "Check what you filled in, then try again.",
    ),
    sv=Text(
        "Något behöver rättas",
        "En eller flera uppgifter saknas eller stämmer inte.",
        "Kontrollera det du har fyllt i och försök igen.",
    ),
)

MISSING_FIELD = TeacherTexts(
    en=Text("Something is missing", "A required field is empty.", "Fill it in, then try again."),
    sv=Text("En uppgift saknas", "Ett obligatoriskt fält är tomt.", "Fyll i fältet och försök igen."),
)

PAGE_FAULT = TeacherTexts(
    en=Text(
        "That couldn't be done",
        "The page sent something that HuleEdu didn't understand. It isn't your fault.",
        "Reload the page and try again. If it happens again, contact support and give the reference number.",
    ),
    sv=Text(
        "Det gick inte att genomföra",
        "Sidan skickade något som HuleEdu inte förstod. Felet beror inte på dig.",
        "Ladda om sidan och försök igen. Kontakta supporten och uppge referensnumret om det händer igen.",
    ),
)

LOG_IN_AGAIN = TeacherTexts(
    en=Text(
        "Please log in again",
        "You have been logged out, or you have been logged in for too long.",
        "Log in again to continue.",
    ),
    sv=Text(
        "Logga in igen",
        "Du har loggats ut, eller så har du varit inloggad för länge.",
        "Logga in igen för att fortsätta.",
    ),
)

TOO_FEW_CREDITS = TeacherTexts(
    en=Text(
        "Not enough credits",
        "You or your school don't have enough credits left for this.",
        "Choose a smaller analysis, or contact the person at your school who is responsible for HuleEdu.",
    ),
    sv=Text(
        "Krediterna räcker inte",
        "Du eller din skola har inte tillräckligt många krediter kvar.",
        "Välj en mindre analys eller kontakta den som ansvarar för HuleEdu på din skola.",
    ),
)

NO_ACCESS = TeacherTexts(
    en=Text(
        "You don't have access",
        "Your account isn't allowed to see or do this.",
        "If you need access, contact the person at your school who is responsible for HuleEdu.",
    ),
    sv=Text(
        "Du saknar behörighet",
        "Ditt konto har inte behörighet att se eller göra det här.",
        "Kontakta den som ansvarar för HuleEdu på din skola om du behöver behörighet.",
    ),
)

NOT_FOUND = TeacherTexts(
    en=Text(
        "It can't be found",
        "What you are looking for doesn't exist, or it has been removed.",
        "Check the address, or go back and reload the page.",
    ),
    sv=Text(
        "Det går inte att hitta",
        "Det du söker finns inte eller har tagits bort.",
        "Kontrollera adressen, eller gå tillbaka och ladda om sidan.",
    ),
)

ARRIVED_TOO_SLOWLY = TeacherTexts(
    en=Text(
        "The transfer took too long",
        "The connection was too slow or was interrupted.",
        "Check the network, then try again.",
    ),
    sv=Text(
        "Överföringen tog för lång tid",
        "Anslutningen var för långsam eller bröts.",
        "Kontrollera nätverket och försök igen.",
    ),
)

CHANGED_MEANWHILE = TeacherTexts(
    en=Text(
        "It can't be done right now",
        "What you are working on has changed in the meantime.",
        "Reload the page to see how things stand, then try again.",
    ),
    sv=Text(
        "Det går inte att göra just nu",
        "Det du arbetar med har ändrats under tiden.",
        "Ladda om sidan för att se vad som gäller och försök sedan igen.",
    ),
)

UNDER_WAY = TeacherTexts(
    en=Text(
        "It is already under way",
        "You have already started this, and it isn't finished yet.",
        "Wait a moment. You don't need to start it again.",
    ),
    sv=Text(
        "Det pågår redan",
        "Du har redan startat det här och det är inte klart än.",
        "Vänta en stund. Du behöver inte starta det igen.",
    ),
)

TOO_LARGE = TeacherTexts(
    en=Text(
        "Too much at once",
        "A file is too large, or there are too many files.",
        "Send fewer or smaller files at a time.",
    ),
    sv=Text(
        "För mycket på en gång",
        "En fil är för stor, eller så är filerna för många.",
        "Skicka färre eller mindre filer åt gången.",
    ),
)

WRONG_TYPE = TeacherTexts(
    en=Text(
        "This type of file can't be used",
        "HuleEdu can't read files of this type.",
        "Save the essay as PDF, DOCX, RTF or TXT, then upload it again.",
    ),
    sv=Text(
        "Filtypen går inte att använda",
        "HuleEdu kan inte läsa filer av den här typen.",
        "Spara uppsatsen som PDF, DOCX, RTF eller TXT och ladda upp den igen.",
    ),
)

SENT_BEFORE = TeacherTexts(
    en=Text(
        "This has been sent before",
        "The same thing has already been sent, but with other details.",
        "Reload the page and check whether the change was made before you try again.",
    ),
    sv=Text(
        "Det här har redan skickats",
        "Samma sak har redan skickats, men med andra uppgifter.",
        "Ladda om sidan och kontrollera om ändringen är gjord innan du försöker igen.",
    ),
)

TOO_FAST = TeacherTexts(
    en=Text("Please wait a moment", "There was too much in a short time.", "Try again in a moment."),
    sv=Text("Vänta en stund", "Det blev för mycket på kort tid.", "Försök igen om en stund."),
)

LIMIT_REACHED = TeacherTexts(
    en=Text(
        "The limit has been reached",
        "You or your school have used everything that is included for now.",
        "Wait until the next period, or contact the person at your school who is responsible for HuleEdu.",
    ),
    sv=Text(
        "Gränsen är nådd",
        "Du eller din skola har använt allt som ingår för tillfället.",
        "Vänta till nästa period eller kontakta den som ansvarar för HuleEdu på din skola.",
    ),
)

TOO_MANY_COOKIES = TeacherTexts(
    en=Text(
        "The browser sent too much",
        "The browser has stored too many cookies for this site.",
        "Clear the site's cookies in the browser, then log in again.",
    ),
    sv=Text(
        "Webbläsaren skickade för mycket",
        "Webbläsaren har sparat för många kakor för webbplatsen.",
        "Rensa webbplatsens kakor i webbläsaren och logga in igen.",
    ),
)

QUEUED = TeacherTexts(
    en=Text(
        "It is in the queue",
        "What you asked for has been received and will be done in turn.",
        "You don't need to do anything. You will be notified when it is finished.",
    ),
    sv=Text(
        "Det står i kö",
        "Det du begärde är mottaget och görs i tur och ordning.",
        "Du behöver inte göra något. Du får en avisering när det är klart.",
    ),
)
