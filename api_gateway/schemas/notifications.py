"""Notifications by REST: the newest, the missed ones, how far the user has seen, and tickets for the live feed."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, JsonValue, PlainValidator, WithJsonSchema
from pydantic.config import JsonDict
from pydantic.json_schema import SkipJsonSchema

from common.identity.tickets import TICKET_LIFETIME_S
from common.notification_log import PAGE_LIMIT, Cursor, Outcome

EXAMPLE_CURSOR = "9b1c2f7e5a3d4806:1738311330123-0"
_EXAMPLE_NEXT_CURSOR = "9b1c2f7e5a3d4806:1738311342410-0"

_EXAMPLE_GAP: dict[str, JsonValue] = {
    "from": "9b1c2f7e5a3d4806:1738224930123-0",
    "to": "9b1c2f7e5a3d4806:1738224991002-3",
}

_EXAMPLE_NOTIFICATION: dict[str, JsonValue] = {
    "event": "batch_results_ready",
    "data": {
        "batch_id": "3f0c1f8e-5d0a-4d6b-9c1e-2b7a8f6d4e11",
        "category": "processing_results",
        "priority": "high",
        "action_required": False,
        "timestamp": "2025-01-31T08:15:30.123000Z",
    },
    "id": EXAMPLE_CURSOR,
}

_GIVEN_OUT = r"^[0-9A-Za-z_-]{1,32}:(0|[1-9][0-9]{0,14})-(0|[1-9][0-9]{0,14})$"


def _cursor(value: object) -> Cursor:
    cursor = Cursor.parse(value) if isinstance(value, str) else None
    if cursor is None:
        message = "must be a notification's id or a cursor of the feed"
        raise ValueError(message)
    return cursor


def _without_default(schema: JsonDict) -> None:
    """Have a member that is left out, never null, described so."""
    schema.pop("default", None)


CursorText = Annotated[str, Field(examples=[EXAMPLE_CURSOR], description="A position in the user's log; opaque.")]

GivenCursor = Annotated[
    Cursor,
    PlainValidator(_cursor),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": _GIVEN_OUT,
            "examples": [EXAMPLE_CURSOR],
            "description": "The newest notification that the user has seen: its `id`, or a `cursor`.",
        }
    ),
]
"""A cursor as clients send it back."""


class ReadNotifications(BaseModel):
    """Which of the caller's notifications to read."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    after: Annotated[
        str | None, Field(description="Read the notifications after this cursor; without it, the newest ones.")
    ] = None
    limit: Annotated[int, Field(ge=1, le=PAGE_LIMIT, description="Maximum number of notifications.")] = PAGE_LIMIT


class Notification(BaseModel):
    """A notification, byte for byte the frame that the feed's sockets get."""

    model_config = ConfigDict(frozen=True, json_schema_extra={"examples": [_EXAMPLE_NOTIFICATION]})

    event: Annotated[str, Field(description="The notification's type.")]
    data: dict[str, JsonValue]
    id: CursorText


class LostSpan(BaseModel):
    """The notifications no longer kept: all after `from`, up to and including `to`."""

    model_config = ConfigDict(frozen=True, json_schema_extra={"examples": [_EXAMPLE_GAP]})

    begin: Annotated[CursorText, Field(alias="from")]
    end: Annotated[CursorText, Field(alias="to")]


class NotificationPage(BaseModel):
    """Notifications, oldest first, and where to continue."""

    model_config = ConfigDict(
        frozen=True,
        json_schema_extra={
            "examples": [
                {"items": [_EXAMPLE_NOTIFICATION], "cursor": EXAMPLE_CURSOR, "unread": 1, "outcome": "live"},
                {"items": [], "cursor": EXAMPLE_CURSOR, "unread": 0, "outcome": "gap", "gap": _EXAMPLE_GAP},
            ]
        },
    )

    items: Annotated[list[Notification], Field(max_length=PAGE_LIMIT)]
    cursor: Annotated[
        CursorText, Field(description="Where to continue: `after` of the next page, `cursor` of a socket.")
    ]
    unread: Annotated[int, Field(ge=0, description="Number of kept notifications after the seen-mark.")]
    outcome: Annotated[
        Outcome,
        Field(
            description="Outcome of `after`: `live`, none was given; `resumed`, nothing is missing; `gap`, some "
            "notifications after it are lost; `reset`, its history no longer exists, so discard what you have."
        ),
    ]
    gap: Annotated[
        LostSpan | SkipJsonSchema[None],
        Field(description="Present if the outcome is `gap`.", json_schema_extra=_without_default),
    ] = None


class MarkSeen(BaseModel):
    """The seen-mark to set. Fields not named here are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", json_schema_extra={"examples": [{"id": EXAMPLE_CURSOR}]})

    id: GivenCursor


class SeenMark(BaseModel):
    """The user's seen-mark, for all devices."""

    model_config = ConfigDict(
        frozen=True, json_schema_extra={"examples": [{"cursor": _EXAMPLE_NEXT_CURSOR, "unread": 3}]}
    )

    cursor: CursorText
    unread: Annotated[int, Field(ge=0, description="Number of kept notifications after the seen-mark.")]


EXAMPLE_TICKET = "u3Zk1QXb0mYwq7nC5eT2sJfL9aHdR8vGpK4xWiOyB6E"


class Ticket(BaseModel):
    """A ticket for one connection: `wss://…/ws?ticket=…` or `GET /events?ticket=…`."""

    model_config = ConfigDict(
        frozen=True, json_schema_extra={"examples": [{"ticket": EXAMPLE_TICKET, "expires_in": TICKET_LIFETIME_S}]}
    )

    ticket: Annotated[
        str, Field(repr=False, description="Valid for one connection; represents the caller, expiry included.")
    ]
    expires_in: Annotated[
        int,
        Field(
            ge=1, le=TICKET_LIFETIME_S, description="Seconds for which it is valid; fewer if the token expires sooner."
        ),
    ]
