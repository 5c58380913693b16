"""What a teacher reads when the platform or a part of it fails."""

from common.errors.texts import TeacherTexts, Text


def broken_part(*, en: str, sv: str) -> TeacherTexts:
    """Return the text for a failing part of the platform.

    Args:
        en: the part with its article, as a sentence begins.
        sv: the part in the definite form, of common gender (``Stavningskontrollen``).
    """
    return TeacherTexts(
        en=Text(f"{en} isn't working", f"{en} isn't working as it should right now.", "Try again in a moment."),
        sv=Text(f"{sv} fungerar inte", f"{sv} fungerar inte som den ska just nu.", "Försök igen om en stund."),
    )


OUR_FAULT = TeacherTexts(
    en=Text(
        "Something went wrong",
        "An error occurred in HuleEdu. It isn't your fault.",
        "Try again in a moment. If it happens again, contact support and give the reference number.",
    ),
    sv=Text(
        "Något gick fel",
        "Det uppstod ett fel i HuleEdu. Felet beror inte på dig.",
        "Försök igen om en stund. Kontakta supporten och uppge referensnumret om det händer igen.",
    ),
)

PART_FAILED = TeacherTexts(
    en=Text(
        "Part of HuleEdu isn't working",
        "Part of HuleEdu didn't respond as it should. It isn't your fault.",
        "Reload the page to see whether what you did went through. If not, try again in a moment.",
    ),
    sv=Text(
        "En del av HuleEdu fungerar inte",
        "En del av HuleEdu svarade inte som den skulle. Felet beror inte på dig.",
        "Ladda om sidan och se om det du gjorde gick igenom. Försök annars igen om en stund.",
    ),
)

ESSAYS_AWAY = TeacherTexts(
    en=Text(
        "The essays can't be opened",
        "HuleEdu can't reach the saved essays right now.",
        "Try again in a moment.",
    ),
    sv=Text(
        "Uppsatserna går inte att öppna",
        "HuleEdu kommer inte åt de sparade uppsatserna just nu.",
        "Försök igen om en stund.",
    ),
)

SPELLCHECK_FAILED = broken_part(en="The spelling check", sv="Stavningskontrollen")
LANGUAGE_ANALYSIS_FAILED = broken_part(en="The language analysis", sv="Språkanalysen")
FEEDBACK_FAILED = broken_part(en="The AI feedback", sv="AI-återkopplingen")
COMPARISON_FAILED = broken_part(en="The comparison of essays", sv="Den jämförande bedömningen")
AI_FAILED = broken_part(en="The AI service", sv="AI-tjänsten")

UNAVAILABLE = TeacherTexts(
    en=Text(
        "HuleEdu isn't available right now",
        "HuleEdu is overloaded or being restarted.",
        "Try again in a moment.",
    ),
    sv=Text(
        "HuleEdu är inte tillgängligt just nu",
        "HuleEdu är överbelastat eller håller på att startas om.",
        "Försök igen om en stund.",
    ),
)

NOT_CONFIRMED = TeacherTexts(
    en=Text(
        "It may not have started",
        "HuleEdu couldn't confirm that what you asked for has started.",
        "Wait a moment and see whether it has started. If not, try again.",
    ),
    sv=Text(
        "Det kanske inte har startat",
        "HuleEdu kunde inte bekräfta att det du begärde har startat.",
        "Vänta en stund och se om det har startat. Försök annars igen.",
    ),
)

TOO_SLOW = TeacherTexts(
    en=Text(
        "It took too long",
        "HuleEdu didn't respond in time. What you did may still have gone through.",
        "Reload the page and check before you try again.",
    ),
    sv=Text(
        "Det tog för lång tid",
        "HuleEdu svarade inte i tid. Det du gjorde kan ändå ha gått igenom.",
        "Ladda om sidan och kontrollera innan du försöker igen.",
    ),
)
