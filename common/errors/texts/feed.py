"""What a teacher reads when the live connection ends or can't begin."""

from common.errors.texts import TeacherTexts, Text

_ENDED_EN = "The live updates were interrupted"
_ENDED_SV = "Liveuppdateringen avbröts"


def reconnecting(*, en: str, sv: str) -> TeacherTexts:
    """Return the text for an end after which the page connects again by itself, with the reason in a sentence."""
    return TeacherTexts(
        en=Text(_ENDED_EN, en, "You don't need to do anything. The page connects again by itself."),
        sv=Text(_ENDED_SV, sv, "Du behöver inte göra något. Sidan ansluter igen av sig själv."),
    )


TOO_MANY_PLACES = TeacherTexts(
    en=Text(
        "HuleEdu is open in too many places",
        "You have HuleEdu open in as many tabs or on as many devices as is allowed.",
        "Close a tab that you don't need, wait a minute, then reload the page.",
    ),
    sv=Text(
        "HuleEdu är öppet på för många ställen",
        "Du har redan HuleEdu öppet i så många flikar eller på så många enheter som går.",
        "Stäng en flik som du inte behöver, vänta en minut och ladda om sidan.",
    ),
)

TOO_SLOW = reconnecting(
    en="The updates came faster than the page could receive them. Nothing has been lost.",
    sv="Uppdateringarna kom snabbare än sidan hann ta emot dem. Inget har gått förlorat.",
)

IDLE = reconnecting(
    en="The page was silent for too long, perhaps because the computer was asleep.",
    sv="Sidan var tyst för länge, kanske för att datorn var i viloläge.",
)

RESTART = reconnecting(en="HuleEdu is being restarted.", sv="HuleEdu håller på att startas om.")

OVERLOAD = reconnecting(en="A lot of people are using HuleEdu right now.", sv="Många använder HuleEdu just nu.")

SERVER_ERROR = reconnecting(
    en="An error occurred in HuleEdu. It isn't your fault.",
    sv="Det uppstod ett fel i HuleEdu. Felet beror inte på dig.",
)

ENDED_BY_HULEEDU = reconnecting(en="HuleEdu ended the connection.", sv="HuleEdu avslutade anslutningen.")

NETWORK = TeacherTexts(
    en=Text(
        _ENDED_EN,
        "The connection was lost.",
        "The page connects again by itself. If it takes long, check the network.",
    ),
    sv=Text(
        _ENDED_SV,
        "Anslutningen bröts.",
        "Sidan ansluter igen av sig själv. Kontrollera nätverket om det dröjer.",
    ),
)

PAGE_LEFT = TeacherTexts(
    en=Text(
        "The live updates have ended",
        "The page has ended the live updates.",
        "Reload the page if you want live updates again.",
    ),
    sv=Text(
        "Liveuppdateringen är avslutad",
        "Sidan har avslutat liveuppdateringen.",
        "Ladda om sidan om du vill ha liveuppdateringar igen.",
    ),
)

PAGE_FAULT = TeacherTexts(
    en=Text(
        _ENDED_EN,
        "The page sent something that HuleEdu couldn't receive. It isn't your fault.",
        "Reload the page. If it happens again, contact support and give the reference number.",
    ),
    sv=Text(
        _ENDED_SV,
        "Sidan skickade något som HuleEdu inte kunde ta emot. Felet beror inte på dig.",
        "Ladda om sidan. Kontakta supporten och uppge referensnumret om det händer igen.",
    ),
)

NOT_LET_THROUGH = TeacherTexts(
    en=Text(
        "The live updates couldn't start",
        "Something in the network doesn't let the live updates through.",
        "Reload the page. If it happens again, contact your school's IT support.",
    ),
    sv=Text(
        "Liveuppdateringen kunde inte starta",
        "Något i nätverket släpper inte igenom liveuppdateringen.",
        "Ladda om sidan. Kontakta skolans it-support om det händer igen.",
    ),
)

LOGGED_OUT_OR_TOO_FAST = TeacherTexts(
    en=Text(
        _ENDED_EN,
        "You have been logged out, or the page sent too much at once.",
        "Reload the page, and log in again if you are asked to.",
    ),
    sv=Text(
        _ENDED_SV,
        "Du har loggats ut, eller så skickade sidan för mycket på en gång.",
        "Ladda om sidan och logga in igen om du blir ombedd att göra det.",
    ),
)
