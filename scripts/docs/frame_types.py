"""clients/typescript/src/generated/frames.ts: the feed's frames as a TypeScript client sees them."""

import json
from collections.abc import Iterable
from enum import StrEnum

from pydantic import BaseModel, JsonValue

from api_gateway.schemas.errors import ErrorTold
from common.contracts.notification import Category, NotificationType, Priority
from common.notification_log import Outcome
from scripts.docs import feed_models

Schema = dict[str, JsonValue]

CONTROL_DATA: dict[str, tuple[type[BaseModel], type[BaseModel]]] = {
    "feed.ready": (feed_models.Ready, feed_models.ReadyFacts),
    "feed.gap": (feed_models.GapNotice, feed_models.GapFacts),
    "feed.expiring": (feed_models.Expiring, feed_models.ExpiringFacts),
    "feed.seen": (feed_models.Seen, feed_models.SeenFacts),
    "feed.drain": (feed_models.Drain, feed_models.DrainFacts),
    "feed.error": (feed_models.FeedError, ErrorTold),
}
"""Each control frame's model, which describes it, and the model of its data."""

_OPEN_WORDS = {"category": "Category", "priority": "Priority"}
_PLAIN = {
    "string": "string",
    "boolean": "boolean",
    "null": "null",
    "number": "number",
    "integer": "number",
    "object": "Readonly<Record<string, unknown>>",
}

_HEAD = """\
// Made from the contracts and the feed's models by `make docs`; don't edit.

/** A type, category or priority that is newer than this client. */
export type Newer = string & {};

/** A position in the user's history; opaque: keep it and send it back. */
export type Cursor = string;
"""
_FRAMES = """\
export type AnyPayload = Readonly<Record<string, unknown>>;

/**
 * The payload of a type: what `Payloads` declares, such as `{ class_created: { class_designation: string } }`. The
 * contract leaves payloads to the services that send them, so a page declares what it relies on.
 */
export type PayloadOf<Payloads, Type> = Type extends keyof Payloads
  ? Payloads[Type]
  : AnyPayload;

/** A notification to the teacher; kept and replayed by its `id`. */
export interface Notification<Type extends string = NotificationType | Newer, Payload = AnyPayload> {
  readonly event: Type;
  readonly data: NotificationFacts & Payload;
  readonly id: Cursor;
}

/** A message that another service published directly: it has no `id` and may be missed. */
export interface DirectMessage {
  readonly event: Newer;
  readonly data?: unknown;
  readonly id?: undefined;
}

export type ControlEvent = keyof ControlFacts;

/** A frame of the feed itself. */
export interface ControlFrame<Event extends ControlEvent = ControlEvent> {
  readonly event: Event;
  readonly data: ControlFacts[Event];
  readonly id?: undefined;
}

/** A frame that moves the client's position. */
export type ChainedFrame = Notification | ControlFrame<"feed.ready"> | ControlFrame<"feed.gap">;

export type AnyFrame = Notification | DirectMessage | { [Event in ControlEvent]: ControlFrame<Event> }[ControlEvent];
"""


def frame_types() -> str:
    """Return the module: unions of the words in use, the facts of each frame, and the frames."""
    return _HEAD + "\n".join(
        (
            "",
            _union("NotificationType", NotificationType, "The notification types in use; a new one is relayed too."),
            _union("Category", Category, "The categories in use; a new one is relayed too."),
            _union("Priority", Priority, "The priorities in use, most urgent first; a new one is relayed too."),
            _union("Outcome", Outcome, "How truthfully a client could be continued."),
            _notification_facts(),
            _control_facts(),
            _FRAMES,
        )
    )


def _union(name: str, words: Iterable[StrEnum], told: str) -> str:
    members = "\n".join(f"  | {json.dumps(word.value)}" for word in words)
    return f"/** {told} */\nexport type {name} =\n{members};\n"


def _notification_facts() -> str:
    told = "The members that every notification has; its payload's own members stand beside them."
    body = _members(feed_models.NotificationFacts, indent="  ")
    return f"/** {told} */\nexport interface NotificationFacts {{\n{body}}}\n"


def _control_facts() -> str:
    frames = "".join(
        f"  /** {(frame.__doc__ or '').strip()} */\n"
        f"  readonly {json.dumps(event)}: {{\n{_members(facts, indent='    ')}  }};\n"
        for event, (frame, facts) in CONTROL_DATA.items()
    )
    return f"/** The data of each control frame, by its event. */\nexport interface ControlFacts {{\n{frames}}}\n"


def _members(model: type[BaseModel], *, indent: str) -> str:
    schema = model.model_json_schema(by_alias=True)
    required = schema.get("required", [])
    return "".join(
        f"{indent}readonly {name}{'' if name in required else '?'}: {_type(name, each)};\n"
        for name, each in schema["properties"].items()
    )


def _type(name: str, schema: Schema) -> str:
    if name in _OPEN_WORDS:
        return f"{_OPEN_WORDS[name]} | Newer"
    match schema:
        case {"$ref": str(reference)}:
            return reference.rpartition("/")[2]
        case {"anyOf": [*choices]}:
            return " | ".join(_type(name, choice) for choice in choices if isinstance(choice, dict))
        case {"type": str(kind)} if "pattern" not in schema:
            return _PLAIN[kind]
    return "Cursor"
