// Made from the code by `make docs`; don't edit.

import type { ErrorText, RangeText } from "../texts/texts.js";
import type { CloseCode, ErrorCode } from "./codes.js";

/** Title, message and advice. */
export const errors: Readonly<Record<ErrorCode, ErrorText>> = {
  "VALIDATION_ERROR": [
    "Något behöver rättas",
    "En eller flera uppgifter saknas eller stämmer inte.",
    "Kontrollera det du har fyllt i och försök igen."
  ],
  "MISSING_REQUIRED_FIELD": [
    "En uppgift saknas",
    "Ett obligatoriskt fält är tomt.",
    "Fyll i fältet och försök igen."
  ],
  "INVALID_REQUEST": [
    "Det gick inte att genomföra",
    "Sidan skickade något som HuleEdu inte förstod. Felet beror inte på dig.",
    "Ladda om sidan och försök igen. Kontakta supporten och uppge referensnumret om det händer igen."
  ],
  "PARSING_ERROR": [
    "Det gick inte att genomföra",
    "Sidan skickade något som HuleEdu inte förstod. Felet beror inte på dig.",
    "Ladda om sidan och försök igen. Kontakta supporten och uppge referensnumret om det händer igen."
  ],
  "AUTHENTICATION_ERROR": [
    "Logga in igen",
    "Du har loggats ut, eller så har du varit inloggad för länge.",
    "Logga in igen för att fortsätta."
  ],
  "INVALID_API_KEY": [
    "Något gick fel",
    "Det uppstod ett fel i HuleEdu. Felet beror inte på dig.",
    "Försök igen om en stund. Kontakta supporten och uppge referensnumret om det händer igen."
  ],
  "INSUFFICIENT_CREDITS": [
    "Krediterna räcker inte",
    "Du eller din skola har inte tillräckligt många krediter kvar.",
    "Välj en mindre analys eller kontakta den som ansvarar för HuleEdu på din skola."
  ],
  "AUTHORIZATION_ERROR": [
    "Du saknar behörighet",
    "Ditt konto har inte behörighet att se eller göra det här.",
    "Kontakta den som ansvarar för HuleEdu på din skola om du behöver behörighet."
  ],
  "RESOURCE_NOT_FOUND": [
    "Det går inte att hitta",
    "Det du söker finns inte eller har tagits bort.",
    "Kontrollera adressen, eller gå tillbaka och ladda om sidan."
  ],
  "METHOD_NOT_ALLOWED": [
    "Det gick inte att genomföra",
    "Sidan skickade något som HuleEdu inte förstod. Felet beror inte på dig.",
    "Ladda om sidan och försök igen. Kontakta supporten och uppge referensnumret om det händer igen."
  ],
  "REQUEST_TIMEOUT": [
    "Överföringen tog för lång tid",
    "Anslutningen var för långsam eller bröts.",
    "Kontrollera nätverket och försök igen."
  ],
  "CONFLICT": [
    "Det går inte att göra just nu",
    "Det du arbetar med har ändrats under tiden.",
    "Ladda om sidan för att se vad som gäller och försök sedan igen."
  ],
  "IDEMPOTENCY_IN_PROGRESS": [
    "Det pågår redan",
    "Du har redan startat det här och det är inte klart än.",
    "Vänta en stund. Du behöver inte starta det igen."
  ],
  "PAYLOAD_TOO_LARGE": [
    "För mycket på en gång",
    "En fil är för stor, eller så är filerna för många.",
    "Skicka färre eller mindre filer åt gången."
  ],
  "UNSUPPORTED_MEDIA_TYPE": [
    "Filtypen går inte att använda",
    "HuleEdu kan inte läsa filer av den här typen.",
    "Spara uppsatsen som PDF, DOCX, RTF eller TXT och ladda upp den igen."
  ],
  "IDEMPOTENCY_KEY_REUSED": [
    "Det här har redan skickats",
    "Samma sak har redan skickats, men med andra uppgifter.",
    "Ladda om sidan och kontrollera om ändringen är gjord innan du försöker igen."
  ],
  "RATE_LIMIT": [
    "Vänta en stund",
    "Det blev för mycket på kort tid.",
    "Försök igen om en stund."
  ],
  "QUOTA_EXCEEDED": [
    "Gränsen är nådd",
    "Du eller din skola har använt allt som ingår för tillfället.",
    "Vänta till nästa period eller kontakta den som ansvarar för HuleEdu på din skola."
  ],
  "HEADERS_TOO_LARGE": [
    "Webbläsaren skickade för mycket",
    "Webbläsaren har sparat för många kakor för webbplatsen.",
    "Rensa webbplatsens kakor i webbläsaren och logga in igen."
  ],
  "REQUEST_QUEUED": [
    "Det står i kö",
    "Det du begärde är mottaget och görs i tur och ordning.",
    "Du behöver inte göra något. Du får en avisering när det är klart."
  ],
  "UNKNOWN_ERROR": [
    "Något gick fel",
    "Det uppstod ett fel i HuleEdu. Felet beror inte på dig.",
    "Försök igen om en stund. Kontakta supporten och uppge referensnumret om det händer igen."
  ],
  "CONFIGURATION_ERROR": [
    "Något gick fel",
    "Det uppstod ett fel i HuleEdu. Felet beror inte på dig.",
    "Försök igen om en stund. Kontakta supporten och uppge referensnumret om det händer igen."
  ],
  "INVALID_CONFIGURATION": [
    "Något gick fel",
    "Det uppstod ett fel i HuleEdu. Felet beror inte på dig.",
    "Försök igen om en stund. Kontakta supporten och uppge referensnumret om det händer igen."
  ],
  "PROCESSING_ERROR": [
    "Något gick fel",
    "Det uppstod ett fel i HuleEdu. Felet beror inte på dig.",
    "Försök igen om en stund. Kontakta supporten och uppge referensnumret om det händer igen."
  ],
  "INITIALIZATION_FAILED": [
    "Något gick fel",
    "Det uppstod ett fel i HuleEdu. Felet beror inte på dig.",
    "Försök igen om en stund. Kontakta supporten och uppge referensnumret om det händer igen."
  ],
  "EXTERNAL_SERVICE_ERROR": [
    "En del av HuleEdu fungerar inte",
    "En del av HuleEdu svarade inte som den skulle. Felet beror inte på dig.",
    "Ladda om sidan och se om det du gjorde gick igenom. Försök annars igen om en stund."
  ],
  "INVALID_RESPONSE": [
    "Något gick fel",
    "Det uppstod ett fel i HuleEdu. Felet beror inte på dig.",
    "Försök igen om en stund. Kontakta supporten och uppge referensnumret om det händer igen."
  ],
  "CONTENT_SERVICE_ERROR": [
    "Uppsatserna går inte att öppna",
    "HuleEdu kommer inte åt de sparade uppsatserna just nu.",
    "Försök igen om en stund."
  ],
  "SPELLCHECK_SERVICE_ERROR": [
    "Stavningskontrollen fungerar inte",
    "Stavningskontrollen fungerar inte som den ska just nu.",
    "Försök igen om en stund."
  ],
  "NLP_SERVICE_ERROR": [
    "Språkanalysen fungerar inte",
    "Språkanalysen fungerar inte som den ska just nu.",
    "Försök igen om en stund."
  ],
  "AI_FEEDBACK_SERVICE_ERROR": [
    "AI-återkopplingen fungerar inte",
    "AI-återkopplingen fungerar inte som den ska just nu.",
    "Försök igen om en stund."
  ],
  "CJ_ASSESSMENT_SERVICE_ERROR": [
    "Den jämförande bedömningen fungerar inte",
    "Den jämförande bedömningen fungerar inte som den ska just nu.",
    "Försök igen om en stund."
  ],
  "LLM_PROVIDER_SERVICE_ERROR": [
    "AI-tjänsten fungerar inte",
    "AI-tjänsten fungerar inte som den ska just nu.",
    "Försök igen om en stund."
  ],
  "CONNECTION_ERROR": [
    "HuleEdu är inte tillgängligt just nu",
    "HuleEdu är överbelastat eller håller på att startas om.",
    "Försök igen om en stund."
  ],
  "SERVICE_UNAVAILABLE": [
    "HuleEdu är inte tillgängligt just nu",
    "HuleEdu är överbelastat eller håller på att startas om.",
    "Försök igen om en stund."
  ],
  "CIRCUIT_BREAKER_OPEN": [
    "HuleEdu är inte tillgängligt just nu",
    "HuleEdu är överbelastat eller håller på att startas om.",
    "Försök igen om en stund."
  ],
  "KAFKA_PUBLISH_ERROR": [
    "Det kanske inte har startat",
    "HuleEdu kunde inte bekräfta att det du begärde har startat.",
    "Vänta en stund och se om det har startat. Försök annars igen."
  ],
  "TIMEOUT": [
    "Det tog för lång tid",
    "HuleEdu svarade inte i tid. Det du gjorde kan ändå ha gått igenom.",
    "Ladda om sidan och kontrollera innan du försöker igen."
  ],
  "CLASS_NOT_FOUND": [
    "Klassen finns inte",
    "Klassen har tagits bort, eller så är länken fel.",
    "Gå tillbaka till dina klasser och välj på nytt."
  ],
  "STUDENT_NOT_FOUND": [
    "Eleven finns inte",
    "Eleven har tagits bort, eller så är länken fel.",
    "Gå tillbaka till klassen och välj på nytt."
  ],
  "COURSE_NOT_FOUND": [
    "Kursen finns inte",
    "HuleEdu känner inte till kursen.",
    "Välj en kurs i listan."
  ],
  "COURSE_VALIDATION_ERROR": [
    "Kursen går inte att använda",
    "Kursen går inte att använda för den här klassen.",
    "Välj en annan kurs."
  ],
  "MULTIPLE_COURSE_ERROR": [
    "Fler än en kurs har valts",
    "En klass kan bara höra till en kurs.",
    "Välj en enda kurs."
  ],
  "EMPTY_CONTENT": [
    "Uppsatsen är tom",
    "Filen innehåller ingen text.",
    "Kontrollera att det är rätt fil och ladda upp den igen."
  ],
  "CONTENT_TOO_SHORT": [
    "Uppsatsen är för kort",
    "Texten är för kort för att kunna bedömas.",
    "Kontrollera att hela uppsatsen finns i filen och ladda upp den igen."
  ],
  "CONTENT_TOO_LONG": [
    "Uppsatsen är för lång",
    "Texten är för lång för att kunna bedömas.",
    "Kontrollera att det bara finns en uppsats i filen och ladda upp den igen."
  ],
  "ENCRYPTED_FILE_UNSUPPORTED": [
    "Filen är lösenordsskyddad",
    "HuleEdu kan inte öppna filer som kräver lösenord.",
    "Spara uppsatsen utan lösenord och ladda upp den igen."
  ],
  "TEXT_EXTRACTION_FAILED": [
    "Filen går inte att läsa",
    "Filen är skadad eller av en annan typ än namnet anger.",
    "Spara uppsatsen på nytt som PDF, DOCX, RTF eller TXT och ladda upp den."
  ],
  "RAW_STORAGE_FAILED": [
    "Filen kunde inte sparas",
    "HuleEdu kan inte ta emot filer just nu.",
    "Försök igen om en stund."
  ],
  "UNKNOWN_VALIDATION_ERROR": [
    "Filen godkändes inte",
    "Det är något med filen som HuleEdu inte kan hantera.",
    "Spara uppsatsen på nytt eller pröva med en annan fil."
  ],
  "SPELL_EVENT_CORRELATION_ERROR": [
    "Ett resultat saknas",
    "Ett resultat kunde inte kopplas till rätt uppsats. Felet beror inte på dig.",
    "Starta analysen igen. Kontakta supporten och uppge referensnumret om det händer igen."
  ],
  "BCS_PIPELINE_DEPENDENCY_RESOLUTION_FAILED": [
    "Analysen kunde inte startas",
    "HuleEdu kunde inte avgöra vilka steg som ingår i analysen. Felet beror inte på dig.",
    "Kontakta supporten och uppge referensnumret."
  ],
  "BCS_PIPELINE_DEPENDENCY_CYCLE_DETECTED": [
    "Analysen kunde inte startas",
    "HuleEdu kunde inte avgöra vilka steg som ingår i analysen. Felet beror inte på dig.",
    "Kontakta supporten och uppge referensnumret."
  ],
  "BCS_PIPELINE_COMPATIBILITY_FAILED": [
    "Analysen går inte att starta än",
    "Inlämningen är inte redo för den här analysen.",
    "Ladda om sidan och välj en analys som går att starta."
  ],
  "CJ_INSUFFICIENT_COMPARISONS": [
    "För få jämförelser",
    "Uppsatserna har jämförts för få gånger för att kunna rangordnas på ett säkert sätt.",
    "Lägg till fler uppsatser i inlämningen och starta bedömningen igen."
  ],
  "CJ_SCORE_CONVERGENCE_FAILED": [
    "Uppsatserna kunde inte rangordnas",
    "Jämförelserna mellan uppsatserna motsäger varandra.",
    "Starta bedömningen igen. Kontakta supporten och uppge referensnumret om det händer igen."
  ],
  "CJ_COMPARISON_IMBALANCE": [
    "Uppsatserna jämfördes ojämnt",
    "Några uppsatser jämfördes mycket oftare än andra.",
    "Starta bedömningen igen. Kontakta supporten och uppge referensnumret om det händer igen."
  ],
  "CJ_CALLBACK_CORRELATION_FAILED": [
    "Ett resultat saknas",
    "Ett resultat kunde inte kopplas till rätt uppsats. Felet beror inte på dig.",
    "Starta analysen igen. Kontakta supporten och uppge referensnumret om det händer igen."
  ],
  "LLM_PROVIDER_UNAVAILABLE": [
    "AI-tjänsten är upptagen",
    "AI-tjänsten som HuleEdu använder har mycket att göra eller går inte att nå.",
    "Försök igen om en stund."
  ],
  "LLM_PROVIDER_RATE_LIMIT": [
    "AI-tjänsten är upptagen",
    "AI-tjänsten som HuleEdu använder har mycket att göra eller går inte att nå.",
    "Försök igen om en stund."
  ],
  "LLM_PROVIDER_TIMEOUT": [
    "AI-tjänsten är upptagen",
    "AI-tjänsten som HuleEdu använder har mycket att göra eller går inte att nå.",
    "Försök igen om en stund."
  ],
  "LLM_PROVIDER_API_ERROR": [
    "AI-tjänsten fungerar inte",
    "AI-tjänsten fungerar inte som den ska just nu.",
    "Försök igen om en stund."
  ],
  "LLM_INVALID_PROMPT": [
    "Instruktionerna går inte att använda",
    "AI-tjänsten kan inte använda instruktionerna för bedömningen.",
    "Ändra instruktionerna och försök igen."
  ],
  "LLM_CONTENT_TOO_LONG": [
    "Texten är för lång för AI-tjänsten",
    "Instruktionerna och uppsatsen är tillsammans för långa.",
    "Korta ner instruktionerna eller uppsatsen och försök igen."
  ],
  "LLM_INVALID_CONFIG": [
    "Valet går inte att använda",
    "HuleEdu erbjuder inte den AI-modell eller de inställningar som valdes.",
    "Välj en annan AI-modell eller andra inställningar."
  ],
  "LLM_QUEUE_FULL": [
    "AI-tjänsten är upptagen",
    "AI-tjänsten som HuleEdu använder har mycket att göra eller går inte att nå.",
    "Försök igen om en stund."
  ],
  "LLM_INTERNAL_ERROR": [
    "Något gick fel",
    "Det uppstod ett fel i HuleEdu. Felet beror inte på dig.",
    "Försök igen om en stund. Kontakta supporten och uppge referensnumret om det händer igen."
  ],
  "LLM_CALLBACK_TOPIC_MISSING": [
    "Något gick fel",
    "Det uppstod ett fel i HuleEdu. Felet beror inte på dig.",
    "Försök igen om en stund. Kontakta supporten och uppge referensnumret om det händer igen."
  ],
  "LLM_INVALID_CALLBACK_TOPIC": [
    "Något gick fel",
    "Det uppstod ett fel i HuleEdu. Felet beror inte på dig.",
    "Försök igen om en stund. Kontakta supporten och uppge referensnumret om det händer igen."
  ],
  "LLM_PARSING_ERROR": [
    "AI-tjänsten fungerar inte",
    "AI-tjänsten fungerar inte som den ska just nu.",
    "Försök igen om en stund."
  ],
  "LLM_INVALID_RESPONSE": [
    "AI-tjänsten fungerar inte",
    "AI-tjänsten fungerar inte som den ska just nu.",
    "Försök igen om en stund."
  ],
  "LLM_COST_LIMIT_EXCEEDED": [
    "Gränsen för AI-tjänsten är nådd",
    "HuleEdu kan inte använda AI-tjänsten mer för tillfället.",
    "Försök igen senare eller kontakta den som ansvarar för HuleEdu på din skola."
  ],
  "LLM_CONFIGURATION_ERROR": [
    "Något gick fel",
    "Det uppstod ett fel i HuleEdu. Felet beror inte på dig.",
    "Försök igen om en stund. Kontakta supporten och uppge referensnumret om det händer igen."
  ],
  "IDENTITY_INVALID_CREDENTIALS": [
    "Fel e-postadress eller lösenord",
    "E-postadressen och lösenordet hör inte ihop.",
    "Kontrollera båda och försök igen, eller återställ lösenordet."
  ],
  "IDENTITY_USER_NOT_FOUND": [
    "Kontot finns inte",
    "Det finns inget konto med de här uppgifterna.",
    "Kontrollera uppgifterna och försök igen."
  ],
  "IDENTITY_USER_ALREADY_EXISTS": [
    "Kontot finns redan",
    "Det finns redan ett konto med den här e-postadressen.",
    "Logga in, eller återställ lösenordet om du har glömt det."
  ],
  "IDENTITY_EMAIL_NOT_VERIFIED": [
    "Bekräfta din e-postadress",
    "Du har inte bekräftat din e-postadress än.",
    "Öppna länken i mejlet från HuleEdu, eller be om ett nytt mejl."
  ],
  "IDENTITY_ACCOUNT_LOCKED": [
    "Kontot är tillfälligt låst",
    "Det blev för många misslyckade inloggningsförsök.",
    "Vänta en stund och försök igen, eller återställ lösenordet."
  ],
  "IDENTITY_TOKEN_EXPIRED": [
    "Logga in igen",
    "Du har loggats ut, eller så har du varit inloggad för länge.",
    "Logga in igen för att fortsätta."
  ],
  "IDENTITY_TOKEN_INVALID": [
    "Logga in igen",
    "Du har loggats ut, eller så har du varit inloggad för länge.",
    "Logga in igen för att fortsätta."
  ],
  "IDENTITY_REFRESH_TOKEN_INVALID": [
    "Logga in igen",
    "Du har loggats ut, eller så har du varit inloggad för länge.",
    "Logga in igen för att fortsätta."
  ],
  "IDENTITY_REFRESH_TOKEN_EXPIRED": [
    "Logga in igen",
    "Du har loggats ut, eller så har du varit inloggad för länge.",
    "Logga in igen för att fortsätta."
  ],
  "IDENTITY_VERIFICATION_TOKEN_EXPIRED": [
    "Länken är för gammal",
    "Länken för att bekräfta din e-postadress gäller inte längre.",
    "Be om ett nytt mejl och öppna länken i det."
  ],
  "IDENTITY_VERIFICATION_TOKEN_INVALID": [
    "Länken går inte att använda",
    "Länken har redan använts, eller så saknas en del av den.",
    "Pröva att logga in, eller be om ett nytt mejl."
  ],
  "IDENTITY_EMAIL_ALREADY_VERIFIED": [
    "E-postadressen är redan bekräftad",
    "Du har redan bekräftat din e-postadress.",
    "Du kan logga in."
  ],
  "IDENTITY_RESET_TOKEN_EXPIRED": [
    "Länken är för gammal",
    "Länken för att återställa lösenordet gäller inte längre.",
    "Be om ett nytt mejl och öppna länken i det."
  ],
  "IDENTITY_RESET_TOKEN_INVALID": [
    "Länken går inte att använda",
    "Länken för att återställa lösenordet har redan använts, eller så saknas en del av den.",
    "Be om ett nytt mejl och öppna länken i det."
  ],
  "IDENTITY_PASSWORD_RESET_NOT_REQUESTED": [
    "Lösenordet går inte att återställa",
    "Ingen har begärt att lösenordet för kontot ska återställas.",
    "Begär det på inloggningssidan."
  ],
  "CONNECTION_LIMIT": [
    "HuleEdu är öppet på för många ställen",
    "Du har redan HuleEdu öppet i så många flikar eller på så många enheter som går.",
    "Stäng en flik som du inte behöver, vänta en minut och ladda om sidan."
  ],
  "CONSUMER_TOO_SLOW": [
    "Liveuppdateringen avbröts",
    "Uppdateringarna kom snabbare än sidan hann ta emot dem. Inget har gått förlorat.",
    "Du behöver inte göra något. Sidan ansluter igen av sig själv."
  ],
  "IDLE_TIMEOUT": [
    "Liveuppdateringen avbröts",
    "Sidan var tyst för länge, kanske för att datorn var i viloläge.",
    "Du behöver inte göra något. Sidan ansluter igen av sig själv."
  ],
  "SERVICE_RESTART": [
    "Liveuppdateringen avbröts",
    "HuleEdu håller på att startas om.",
    "Du behöver inte göra något. Sidan ansluter igen av sig själv."
  ],
  "SERVICE_OVERLOADED": [
    "Liveuppdateringen avbröts",
    "Många använder HuleEdu just nu.",
    "Du behöver inte göra något. Sidan ansluter igen av sig själv."
  ],
  "MESSAGE_TOO_BIG": [
    "Liveuppdateringen avbröts",
    "Sidan skickade något som HuleEdu inte kunde ta emot. Felet beror inte på dig.",
    "Ladda om sidan. Kontakta supporten och uppge referensnumret om det händer igen."
  ],
  "INVALID_FRAME": [
    "Liveuppdateringen avbröts",
    "Sidan skickade något som HuleEdu inte kunde ta emot. Felet beror inte på dig.",
    "Ladda om sidan. Kontakta supporten och uppge referensnumret om det händer igen."
  ],
  "PROTOCOL_ERROR": [
    "Liveuppdateringen avbröts",
    "Sidan skickade något som HuleEdu inte kunde ta emot. Felet beror inte på dig.",
    "Ladda om sidan. Kontakta supporten och uppge referensnumret om det händer igen."
  ],
  "NOT_UTF8": [
    "Liveuppdateringen avbröts",
    "Sidan skickade något som HuleEdu inte kunde ta emot. Felet beror inte på dig.",
    "Ladda om sidan. Kontakta supporten och uppge referensnumret om det händer igen."
  ],
  "UPGRADE_REQUIRED": [
    "Liveuppdateringen kunde inte starta",
    "Något i nätverket släpper inte igenom liveuppdateringen.",
    "Ladda om sidan. Kontakta skolans it-support om det händer igen."
  ]
};

/** Title, message and advice. */
export const closes: Readonly<Record<CloseCode, ErrorText>> = {
  "1002": [
    "Liveuppdateringen avbröts",
    "Sidan skickade något som HuleEdu inte kunde ta emot. Felet beror inte på dig.",
    "Ladda om sidan. Kontakta supporten och uppge referensnumret om det händer igen."
  ],
  "1007": [
    "Liveuppdateringen avbröts",
    "Sidan skickade något som HuleEdu inte kunde ta emot. Felet beror inte på dig.",
    "Ladda om sidan. Kontakta supporten och uppge referensnumret om det händer igen."
  ],
  "1008": [
    "Liveuppdateringen avbröts",
    "Du har loggats ut, eller så skickade sidan för mycket på en gång.",
    "Ladda om sidan och logga in igen om du blir ombedd att göra det."
  ],
  "1009": [
    "Liveuppdateringen avbröts",
    "Sidan skickade något som HuleEdu inte kunde ta emot. Felet beror inte på dig.",
    "Ladda om sidan. Kontakta supporten och uppge referensnumret om det händer igen."
  ],
  "1011": [
    "Liveuppdateringen avbröts",
    "Det uppstod ett fel i HuleEdu. Felet beror inte på dig.",
    "Du behöver inte göra något. Sidan ansluter igen av sig själv."
  ],
  "1012": [
    "Liveuppdateringen avbröts",
    "HuleEdu håller på att startas om.",
    "Du behöver inte göra något. Sidan ansluter igen av sig själv."
  ],
  "1013": [
    "Liveuppdateringen avbröts",
    "Många använder HuleEdu just nu.",
    "Du behöver inte göra något. Sidan ansluter igen av sig själv."
  ],
  "4000": [
    "HuleEdu är öppet på för många ställen",
    "Du har redan HuleEdu öppet i så många flikar eller på så många enheter som går.",
    "Stäng en flik som du inte behöver, vänta en minut och ladda om sidan."
  ],
  "4008": [
    "Liveuppdateringen avbröts",
    "Uppdateringarna kom snabbare än sidan hann ta emot dem. Inget har gått förlorat.",
    "Du behöver inte göra något. Sidan ansluter igen av sig själv."
  ],
  "4408": [
    "Liveuppdateringen avbröts",
    "Sidan var tyst för länge, kanske för att datorn var i viloläge.",
    "Du behöver inte göra något. Sidan ansluter igen av sig själv."
  ]
};

/** First, last, and the text of the codes between them. */
export const ranges: readonly RangeText[] = [
  [
    1000,
    1001,
    "Liveuppdateringen är avslutad",
    "Sidan har avslutat liveuppdateringen.",
    "Ladda om sidan om du vill ha liveuppdateringar igen."
  ],
  [
    1002,
    1015,
    "Liveuppdateringen avbröts",
    "Anslutningen bröts.",
    "Sidan ansluter igen av sig själv. Kontrollera nätverket om det dröjer."
  ],
  [
    4000,
    4099,
    "Liveuppdateringen avbröts",
    "HuleEdu avslutade anslutningen.",
    "Du behöver inte göra något. Sidan ansluter igen av sig själv."
  ],
  [
    4400,
    4499,
    "Liveuppdateringen avbröts",
    "HuleEdu avslutade anslutningen.",
    "Du behöver inte göra något. Sidan ansluter igen av sig själv."
  ]
];
