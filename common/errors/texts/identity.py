"""What a teacher reads about the account, the login and the e-mails that belong to it."""

from common.errors.texts import TeacherTexts, Text

WRONG_CREDENTIALS = TeacherTexts(
    en=Text(
        "Wrong e-mail address or password",
        "The e-mail address and the password don't belong together.",
        "Check both and try again, or reset the password.",
    ),
    sv=Text(
        "Fel e-postadress eller lösenord",
        "E-postadressen och lösenordet hör inte ihop.",
        "Kontrollera båda och försök igen, eller återställ lösenordet.",
    ),
)

NO_ACCOUNT = TeacherTexts(
    en=Text(
        "The account doesn't exist", "There is no account with these details.", "Check the details, then try again."
    ),
    sv=Text(
        "Kontot finns inte",
        "Det finns inget konto med de här uppgifterna.",
        "Kontrollera uppgifterna och försök igen.",
    ),
)

ACCOUNT_EXISTS = TeacherTexts(
    en=Text(
        "The account already exists",
        "There is already an account with this e-mail address.",
        "Log in, or reset the password if you have forgotten it.",
    ),
    sv=Text(
        "Kontot finns redan",
        "Det finns redan ett konto med den här e-postadressen.",
        "Logga in, eller återställ lösenordet om du har glömt det.",
    ),
)

EMAIL_NOT_CONFIRMED = TeacherTexts(
    en=Text(
        "Confirm your e-mail address",
        "You haven't confirmed your e-mail address yet.",
        "Open the link in the e-mail from HuleEdu, or ask for a new e-mail.",
    ),
    sv=Text(
        "Bekräfta din e-postadress",
        "Du har inte bekräftat din e-postadress än.",
        "Öppna länken i mejlet från HuleEdu, eller be om ett nytt mejl.",
    ),
)

LOCKED = TeacherTexts(
    en=Text(
        "The account is locked for a while",
        "There were too many failed attempts to log in.",
        "Wait a while and try again, or reset the password.",
    ),
    sv=Text(
        "Kontot är tillfälligt låst",
        "Det blev för många misslyckade inloggningsförsök.",
        "Vänta en stund och försök igen, eller återställ lösenordet.",
    ),
)

CONFIRMATION_TOO_OLD = TeacherTexts(
    en=Text(
        "The link is too old",
        "The link for confirming your e-mail address no longer works.",
        "Ask for a new e-mail and open the link in it.",
    ),
    sv=Text(
        "Länken är för gammal",
        "Länken för att bekräfta din e-postadress gäller inte längre.",
        "Be om ett nytt mejl och öppna länken i det.",
    ),
)

CONFIRMATION_UNUSABLE = TeacherTexts(
    en=Text(
        "The link can't be used",
        "The link has already been used, or part of it is missing.",
        "Try to log in, or ask for a new e-mail.",
    ),
    sv=Text(
        "Länken går inte att använda",
        "Länken har redan använts, eller så saknas en del av den.",
        "Pröva att logga in, eller be om ett nytt mejl.",
    ),
)

EMAIL_CONFIRMED = TeacherTexts(
    en=Text(
        "The e-mail address is already confirmed", "You have already confirmed your e-mail address.", "You can log in."
    ),
    sv=Text("E-postadressen är redan bekräftad", "Du har redan bekräftat din e-postadress.", "Du kan logga in."),
)

RESET_TOO_OLD = TeacherTexts(
    en=Text(
        "The link is too old",
        "The link for resetting the password no longer works.",
        "Ask for a new e-mail and open the link in it.",
    ),
    sv=Text(
        "Länken är för gammal",
        "Länken för att återställa lösenordet gäller inte längre.",
        "Be om ett nytt mejl och öppna länken i det.",
    ),
)

RESET_UNUSABLE = TeacherTexts(
    en=Text(
        "The link can't be used",
        "The link for resetting the password has already been used, or part of it is missing.",
        "Ask for a new e-mail and open the link in it.",
    ),
    sv=Text(
        "Länken går inte att använda",
        "Länken för att återställa lösenordet har redan använts, eller så saknas en del av den.",
        "Be om ett nytt mejl och öppna länken i det.",
    ),
)

RESET_NOT_REQUESTED = TeacherTexts(
    en=Text(
        "The password can't be reset",
        "Nobody has asked to reset the password of this account.",
        "Ask for it on the login page.",
    ),
    sv=Text(
        "Lösenordet går inte att återställa",
        "Ingen har begärt att lösenordet för kontot ska återställas.",
        "Begär det på inloggningssidan.",
    ),
)
