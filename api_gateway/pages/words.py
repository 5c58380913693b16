"""The words of the pages themselves, in each language; what they say of errors is the catalogue's."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from common.errors.texts import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class PageWords:
    """What the pages say in one language; none can be left out. Those that end in ``_html`` hold markup."""

    try_it: str
    read_it: str
    errors: str
    openapi: str
    behaviour: str
    menu: str

    home: str
    home_lead: str
    try_it_lead: str
    read_it_lead: str
    errors_lead: str
    openapi_lead: str
    behaviour_lead: str

    catalogue: str
    catalogue_lead_html: str
    code: str
    status: str
    teacher_reads: str
    when: str
    what_to_do: str
    retry: str
    yes: str
    no: str

    all_codes: str
    for_developers: str
    http_status: str
    close_code: str
    can_be_retried: str
    looks_like: str
    sample: str

    reference_number: str
    to_start: str
    about_code: str


_ENGLISH = PageWords(
    try_it="Try it",
    read_it="Read it",
    errors="Errors",
    openapi="OpenAPI",
    behaviour="Behaviour",
    menu="Pages",
    home="Start page",
    home_lead="The REST interface between the teacher's page and the services of HuleEdu.",
    try_it_lead="Every route with a form to call it.",
    read_it_lead="The reference of the routes, their bodies and their answers.",
    errors_lead="Every error code: when it occurs, what to do, what a teacher reads.",
    openapi_lead="The description of the routes for programs.",
    behaviour_lead="What the gateway promises, row by row, each with a command to try it.",
    catalogue="Error catalogue",
    catalogue_lead_html=(
        "All error codes of the edge, over HTTP and on a live socket. An error's <code>code</code> is one of these, in "
        "its body and in <code>X-Error-Code</code>; an unknown code comes from a service newer than this page; use the "
        "HTTP status. The same list as JSON: <code>curl -H 'Accept: application/json' …/v1/errors</code>"
    ),
    code="Code",
    status="Status",
    teacher_reads="A teacher reads",
    when="When",
    what_to_do="What to do",
    retry="Retry",
    yes="yes",
    no="no",
    all_codes="All codes",
    for_developers="For developers",
    http_status="HTTP status",
    close_code="Close code on a socket",
    can_be_retried="Can the same request succeed later?",
    looks_like="What it looks like",
    sample="Sample",
    reference_number="Reference number",
    to_start="To the start page",
    about_code="About this error",
)

_SWEDISH = PageWords(
    try_it="Prova",
    read_it="Läs",
    errors="Felkoder",
    openapi="OpenAPI",
    behaviour="Så fungerar den",
    menu="Sidor",
    home="Startsida",
    home_lead="REST-gränssnittet mellan lärarens sida och HuleEdus tjänster.",
    try_it_lead="Alla anrop, med formulär för att prova dem. På engelska.",
    read_it_lead="Referens över anropen: vad de tar emot och vad de svarar. På engelska.",
    errors_lead="Alla felkoder: när de uppstår, vad man gör och vad en lärare läser.",
    openapi_lead="Beskrivningen av anropen, för program.",
    behaviour_lead="Vad gatewayen lovar, rad för rad, med ett kommando för varje. På engelska.",
    catalogue="Felkoder",
    catalogue_lead_html=(
        "Alla felkoder, över HTTP och på en liveanslutning. Ett fels <code>code</code> är en av dem, i svaret och i "
        "<code>X-Error-Code</code>. En okänd kod kommer från en tjänst som är nyare än den här sidan; gå då efter "
        "HTTP-statusen. Samma lista som JSON: <code>curl -H 'Accept: application/json' …/v1/errors</code>"
    ),
    code="Kod",
    status="Status",
    teacher_reads="En lärare läser",
    when="När",
    what_to_do="Vad klienten gör",
    retry="Nytt försök",
    yes="ja",
    no="nej",
    all_codes="Alla koder",
    for_developers="För utvecklare",
    http_status="HTTP-status",
    close_code="Stängningskod på en liveanslutning",
    can_be_retried="Kan samma begäran lyckas senare?",
    looks_like="Så ser det ut",
    sample="Exempel",
    reference_number="Referensnummer",
    to_start="Till startsidan",
    about_code="Om felet",
)

WORDS: Mapping[Language, PageWords] = MappingProxyType({Language.ENGLISH: _ENGLISH, Language.SWEDISH: _SWEDISH})
