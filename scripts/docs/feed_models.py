"""What travels on the socket and on Redis, as models; the code itself builds and reads these without any."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints, WithJsonSchema

from api_gateway.schemas.errors import ErrorTold
from common.contracts.envelope import UtcDatetime
from common.contracts.notification import Category, NotificationType, Priority
from common.notification_log import Outcome
from common.notification_log.log import CURSOR_PATTERN

CursorText = Annotated[
    str,
    StringConstraints(pattern=f"^{CURSOR_PATTERN}$"),
    Field(description="A place in the user's history; opaque, to be kept and brought back.", examples=["a1b2:17-0"]),
]


def _in_use(kind: type[Category | Priority | NotificationType]) -> str:
    return f"In use: {', '.join(kind)}. A new one is relayed all the same."


class Ping(BaseModel):
    """The client's heartbeat; answered by `feed.pong`."""

    type: Literal["ping"]


class Renewal(BaseModel):
    """A fresh access token for the same user, before the old one ends."""

    type: Literal["auth"]
    token: str


class SeenMark(BaseModel):
    """The user has looked at everything up to this cursor."""

    type: Literal["seen"]
    id: CursorText


class NotificationFacts(BaseModel):
    """The notification's payload, and the contract's own facts, which win over equal names in it."""

    model_config = ConfigDict(extra="allow")

    category: str = Field(description=_in_use(Category))
    priority: str = Field(description=_in_use(Priority))
    action_required: bool
    deadline: UtcDatetime | None
    batch_id: str | None
    class_id: str | None
    correlation_id: str
    timestamp: UtcDatetime


class NotificationFrame(BaseModel):
    """Something happened that the teacher is told; kept and replayed by cursor."""

    event: str = Field(description=_in_use(NotificationType))
    data: NotificationFacts
    id: CursorText


class DirectFrame(BaseModel):
    """What another service published itself: relayed as it is, never replayed, its event none of `feed.*`."""

    model_config = ConfigDict(extra="allow")

    event: Annotated[str, WithJsonSchema({"type": "string", "pattern": r"^(?!feed\.)"})] = ""
    data: JsonValue = None


class Pong(BaseModel):
    """The answer to a ping; every client gets it."""

    event: Literal["feed.pong"]
    type: Literal["pong"]
    data: dict[str, JsonValue]


class ReadyFacts(BaseModel):
    """Where the client stands; a reset while the feed runs tells only the first two."""

    cursor: CursorText
    outcome: Outcome
    heartbeat_s: float | None = Field(default=None, description="How often the server pings.")
    retry_after_ms: int | None = Field(
        default=None, description="Over how long a client that loses the server without a word spreads its return."
    )


class Ready(BaseModel):
    """The feed is on, or its history began anew."""

    event: Literal["feed.ready"]
    data: ReadyFacts


class GapFacts(BaseModel):
    """The place the client had, and the last one that is lost."""

    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=True)

    begin: CursorText = Field(alias="from")
    end: CursorText = Field(alias="to")


class GapNotice(BaseModel):
    """What lay between two cursors is no longer kept: read the state anew by REST."""

    event: Literal["feed.gap"]
    data: GapFacts


class ExpiringFacts(BaseModel):
    """How long the token lasts."""

    in_s: int


class Expiring(BaseModel):
    """The token ends soon; renew it."""

    event: Literal["feed.expiring"]
    data: ExpiringFacts


class SeenFacts(BaseModel):
    """The user's one seen-mark, and how many kept notifications lie beyond it."""

    cursor: CursorText
    unread: int


class Seen(BaseModel):
    """The seen-mark as it stands, on this device or any other."""

    event: Literal["feed.seen"]
    data: SeenFacts


class DrainFacts(BaseModel):
    """When to come back."""

    retry_after_ms: int


class Drain(BaseModel):
    """This replica goes away; the close follows."""

    event: Literal["feed.drain"]
    data: DrainFacts


class FeedError(BaseModel):
    """What the client sent was not taken; the connection stays."""

    event: Literal["feed.error"]
    data: ErrorTold


class RevocationNotice(BaseModel):
    """Tokens of a user that don't count any more; neither told means all of them."""

    user_id: str
    jti: str | None = Field(default=None, description="The one token that is meant, by its id.")
    not_before: float | None = Field(default=None, description="Epoch seconds before which tokens don't count.")


class DeadLetterHeaders(BaseModel):
    """Why the record could never be told, and where it stood."""

    reason: str = Field(alias="dlq-reason")
    error_class: str = Field(alias="dlq-error-class")
    detail: str = Field(alias="dlq-detail")
    topic: str = Field(alias="dlq-topic")
    partition: str = Field(alias="dlq-partition")
    offset: str = Field(alias="dlq-offset")
    last_offset: str | None = Field(
        default=None,
        alias="dlq-last-offset",
        description="Of a batch that couldn't be decoded: where its last record stood. The value is the batch's bytes.",
    )
    value_bytes: str | None = Field(
        default=None, alias="dlq-value-bytes", description="The size of a value too large to be kept here."
    )
