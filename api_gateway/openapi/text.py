"""The prose of the OpenAPI description."""

from api_gateway.routes.documentation import BEHAVIOUR_PATH
from api_gateway.settings import GatewaySettings

_FIELDS = GatewaySettings.model_fields
_REQUESTS = _FIELDS["rate_limit_requests"].default
_COMMANDS = _FIELDS["rate_limit_commands"].default
_UPLOADS = _FIELDS["rate_limit_uploads"].default
_LOGIN = _FIELDS["rate_limit_login"].default

DESCRIPTION = f"""\
The REST edge of the HuleEdu platform: what a teacher's browser calls. What it does exactly, row by row and with a line
to try each, stands in [docs/gateway.md]({BEHAVIOUR_PATH}).

**Authentication.** `Authorization: Bearer <access token>` on everything but the routes marked public. Log in at
`POST /v1/auth/login`. A 401 whose `details.reason` is `token_expired` asks for a refresh, any other for a login.

**Errors.** One body for every failure, whoever made it; `code` is explained at [/v1/errors](/v1/errors). With
`Accept: application/problem+json` the same facts come in the form of RFC 9457.

**Limits.** Per user and minute {_REQUESTS} `requests`, {_COMMANDS} `commands` and {_UPLOADS} `uploads`, per IP address
and minute {_LOGIN} `login`, unless this gateway is configured otherwise. `RateLimit` tells how many are left,
`Retry-After` in how many seconds to come again.

**Repeats.** Give a POST that takes an `Idempotency-Key` a fresh UUID, and repeat it with the same one until it is
answered: it is done once.

**Reports.** Every answer carries `X-Correlation-ID`; quote it when you report a problem.
"""

TAGS = {
    "Authentication": "Log in and out; forwarded to the identity service.",
    "Batches": "Batches of essays.",
    "Pipelines": "Starting the platform's work on a batch.",
    "Student associations": "Which pupil wrote which essay.",
    "Files": "Essay files of a batch.",
    "Classes": "Classes and pupils; passed on to Class Management.",
    "Notifications": "The live feed by REST: tickets for its sockets, what happened meanwhile, how far one has seen.",
    "Teacher dashboard": "The dashboard's own views; passed on to the Teacher BFF.",
    "Errors": "The catalogue of everything that can fail.",
    "Documentation": "These pages.",
    "Health": "How this replica is.",
}
