"""Tickets: what opens one connection to the live feed."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from common.identity.tickets import TICKET_LIFETIME_S

EXAMPLE_TICKET = "u3Zk1QXb0mYwq7nC5eT2sJfL9aHdR8vGpK4xWiOyB6E"


class Ticket(BaseModel):
    """A ticket for one connection: `wss://…/ws?ticket=…` or `GET /events?ticket=…`."""

    model_config = ConfigDict(
        frozen=True, json_schema_extra={"examples": [{"ticket": EXAMPLE_TICKET, "expires_in": TICKET_LIFETIME_S}]}
    )

    ticket: Annotated[str, Field(repr=False, description="Good once; stands for the caller, expiry included.")]
    expires_in: Annotated[
        int,
        Field(ge=1, le=TICKET_LIFETIME_S, description="Seconds it can be used; fewer when the token ends sooner."),
    ]
