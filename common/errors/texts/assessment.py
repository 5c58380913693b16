"""What a teacher reads about the analysis and assessment of essays."""

from common.errors.texts import TeacherTexts, Text

RESULT_LOST = TeacherTexts(
    en=Text(
        "A result is missing",
        "A result couldn't be matched to its essay. It isn't your fault.",
        "Start the analysis again. If it happens again, contact support and give the reference number.",
    ),
    sv=Text(
        "Ett resultat saknas",
        "Ett resultat kunde inte kopplas till rätt uppsats. Felet beror inte på dig.",
        "Starta analysen igen. Kontakta supporten och uppge referensnumret om det händer igen.",
    ),
)

NOT_PLANNED = TeacherTexts(
    en=Text(
        "The analysis couldn't be started",
        "HuleEdu couldn't work out the steps of the analysis. It isn't your fault.",
        "Contact support and give the reference number.",
    ),
    sv=Text(
        "Analysen kunde inte startas",
        "HuleEdu kunde inte avgöra vilka steg som ingår i analysen. Felet beror inte på dig.",
        "Kontakta supporten och uppge referensnumret.",
    ),
)

NOT_READY = TeacherTexts(
    en=Text(
        "The analysis can't be started yet",
        "The essays that were handed in aren't ready for this analysis.",
        "Reload the page and choose an analysis that can be started.",
    ),
    sv=Text(
        "Analysen går inte att starta än",
        "Inlämningen är inte redo för den här analysen.",
        "Ladda om sidan och välj en analys som går att starta.",
    ),
)

TOO_FEW_COMPARISONS = TeacherTexts(
    en=Text(
        "Too few comparisons",
        "There are too few comparisons between the essays to rank them reliably.",
        "Add more essays, then start the assessment again.",
    ),
    sv=Text(
        "För få jämförelser",
        "Uppsatserna har jämförts för få gånger för att kunna rangordnas på ett säkert sätt.",
        "Lägg till fler uppsatser i inlämningen och starta bedömningen igen.",
    ),
)

NO_RANKING = TeacherTexts(
    en=Text(
        "The essays couldn't be ranked",
        "The comparisons between the essays contradict each other.",
        "Start the assessment again. If it happens again, contact support and give the reference number.",
    ),
    sv=Text(
        "Uppsatserna kunde inte rangordnas",
        "Jämförelserna mellan uppsatserna motsäger varandra.",
        "Starta bedömningen igen. Kontakta supporten och uppge referensnumret om det händer igen.",
    ),
)

UNEVEN_COMPARISONS = TeacherTexts(
    en=Text(
        "The essays were compared unevenly",
        "Some essays were compared much more often than others.",
        "Start the assessment again. If it happens again, contact support and give the reference number.",
    ),
    sv=Text(
        "Uppsatserna jämfördes ojämnt",
        "Några uppsatser jämfördes mycket oftare än andra.",
        "Starta bedömningen igen. Kontakta supporten och uppge referensnumret om det händer igen.",
    ),
)

AI_BUSY = TeacherTexts(
    en=Text(
        "The AI service is busy",
        "The AI service that HuleEdu uses has a lot to do or can't be reached.",
        "Try again in a moment.",
    ),
    sv=Text(
        "AI-tjänsten är upptagen",
        "AI-tjänsten som HuleEdu använder har mycket att göra eller går inte att nå.",
        "Försök igen om en stund.",
    ),
)

UNUSABLE_INSTRUCTIONS = TeacherTexts(
    en=Text(
        "The instructions can't be used",
        "The AI service can't use the instructions for the assessment.",
        "Change the instructions, then try again.",
    ),
    sv=Text(
        "Instruktionerna går inte att använda",
        "AI-tjänsten kan inte använda instruktionerna för bedömningen.",
        "Ändra instruktionerna och försök igen.",
    ),
)

TOO_LONG_FOR_AI = TeacherTexts(
    en=Text(
        "The text is too long for the AI service",
        "The instructions and the essay are too long together.",
        "Shorten the instructions or the essay, then try again.",
    ),
    sv=Text(
        "Texten är för lång för AI-tjänsten",
        "Instruktionerna och uppsatsen är tillsammans för långa.",
        "Korta ner instruktionerna eller uppsatsen och försök igen.",
    ),
)

UNOFFERED_CHOICE = TeacherTexts(
    en=Text(
        "Your choice can't be used",
        "HuleEdu doesn't offer the AI model or the options that were chosen.",
        "Choose another AI model or other options.",
    ),
    sv=Text(
        "Valet går inte att använda",
        "HuleEdu erbjuder inte den AI-modell eller de inställningar som valdes.",
        "Välj en annan AI-modell eller andra inställningar.",
    ),
)

AI_LIMIT_REACHED = TeacherTexts(
    en=Text(
        "The limit for the AI service has been reached",
        "HuleEdu can't use the AI service any more for now.",
        "Try again later, or contact the person at your school who is responsible for HuleEdu.",
    ),
    sv=Text(
        "Gränsen för AI-tjänsten är nådd",
        "HuleEdu kan inte använda AI-tjänsten mer för tillfället.",
        "Försök igen senare eller kontakta den som ansvarar för HuleEdu på din skola.",
    ),
)
