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
    Field(description="A position in the user's history; opaque; keep it and send it back.", examples=["a1b2:17-0"]),
]


def _in_use(kind: type[Category | Priority | NotificationType]) -> str:
    return f"In use: {', '.join(kind)}. A new one is relayed too."


class Ping(BaseModel):
    """The client's heartbeat; answered by `feed.pong`."""

    type: Literal["ping"]


class Renewal(BaseModel):
    """A new access token for the same user, before the old one expires."""

    type: Literal["auth"]
    token: str


class SeenMark(BaseModel):
    """The user has seen everything up to this cursor."""

    type: Literal["seen"]
    id: CursorText


class NotificationFacts(BaseModel):
    """The notification's payload and the contract's members, which override equal names in it."""

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
    """A notification to the teacher; kept and replayed by cursor."""

    event: str = Field(description=_in_use(NotificationType))
    data: NotificationFacts
    id: CursorText


class DirectFrame(BaseModel):
    """A message that another service published directly: relayed unchanged, never replayed, not named `feed.*`."""

    model_config = ConfigDict(extra="allow")

    event: Annotated[str, WithJsonSchema({"type": "string", "pattern": r"^(?!feed\.)"})] = ""
    data: JsonValue = None


class Pong(BaseModel):
    """The reply to a ping, for every client."""

    event: Literal["feed.pong"]
    type: Literal["pong"]
    data: dict[str, JsonValue]


class ReadyFacts(BaseModel):
    """The client's position; a reset on an open connection has only the first two members."""

    cursor: CursorText
    outcome: Outcome
    heartbeat_s: float | None = Field(default=None, description="Seconds between the server's pings.")
    retry_after_ms: int | None = Field(
        default=None, description="Time over which to spread a reconnect after a loss without a close frame."
    )


class Ready(BaseModel):
    """The feed is ready, or its history was reset."""

    event: Literal["feed.ready"]
    data: ReadyFacts


class GapFacts(BaseModel):
    """The client's cursor, and the last lost one."""

    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=True)

    begin: CursorText = Field(alias="from")
    end: CursorText = Field(alias="to")


class GapNotice(BaseModel):
    """The notifications between two cursors are no longer kept; reload the state by REST."""

    event: Literal["feed.gap"]
    data: GapFacts


class ExpiringFacts(BaseModel):
    """The seconds until the token expires."""

    in_s: int


class Expiring(BaseModel):
    """The token expires soon; renew it."""

    event: Literal["feed.expiring"]
    data: ExpiringFacts


class SeenFacts(BaseModel):
    """The user's seen-mark, and the number of kept notifications after it."""

    cursor: CursorText
    unread: int


class Seen(BaseModel):
    """The seen-mark has moved, on this device or another."""

    event: Literal["feed.seen"]
    data: SeenFacts


class DrainFacts(BaseModel):
    """When to reconnect."""

    retry_after_ms: int


class Drain(BaseModel):
    """This replica shuts down; a close follows."""

    event: Literal["feed.drain"]
    data: DrainFacts


class FeedError(BaseModel):
    """The client's frame was not accepted; the connection stays open."""

    event: Literal["feed.error"]
    data: ErrorTold


class RevocationNotice(BaseModel):
    """Revoked tokens of a user; without `jti` and `not_before`, all of them."""

    user_id: str
    jti: str | None = Field(default=None, description="The id of the one revoked token.")
    not_before: float | None = Field(default=None, description="Epoch seconds; tokens issued earlier are revoked.")


class DeadLetterHeaders(BaseModel):
    """Why the record can't be delivered, and where it was."""

    reason: str = Field(alias="dlq-reason")
    error_class: str = Field(alias="dlq-error-class")
    detail: str = Field(alias="dlq-detail")
    topic: str = Field(alias="dlq-topic")
    partition: str = Field(alias="dlq-partition")
    offset: str = Field(alias="dlq-offset")
    last_offset: str | None = Field(
        default=None,
        alias="dlq-last-offset",
        description="For a batch that can't be decoded: the offset of its last record. The value is the batch's bytes.",
    )
    value_bytes: str | None = Field(
        default=None, alias="dlq-value-bytes", description="The size of a value that is too large to be kept."
    )
