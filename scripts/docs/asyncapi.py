"""docs/asyncapi.yaml (AsyncAPI 3.0): sockets, Redis channels and Kafka topics, from the models and the protocol."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import yaml
from pydantic import BaseModel, JsonValue

from api_gateway.openapi.components import tidy
from common import __version__
from common.contracts.envelope import (
    PIPELINE_COMMAND_TOPIC,
    TEACHER_NOTIFICATION_TOPIC,
    EventEnvelope,
    dead_letter_topic,
)
from common.contracts.notification import MAX_MESSAGE_BYTES, TeacherNotification
from common.contracts.pipeline_command import PipelineCommand
from common.errors.close_codes import CLOSE_CODES
from common.identity.principal import UserId
from common.identity.revocation import REVOCATIONS_CHANNEL
from scripts.docs import feed_examples as examples
from scripts.docs import feed_models as models
from websocket_service.live.authentication import BEARER_PREFIX, SUBPROTOCOL
from websocket_service.live.dispatcher import ChannelNames
from websocket_service.protocol.limits import FeedLimits

Json = dict[str, JsonValue]

HEAD = "# Made from the code by `make docs`; don't edit.\n"
SCHEMAS = "#/components/schemas/"

_LIMITS = FeedLimits()
_DESCRIPTION = f"""\
The messages at the edge of the HuleEdu platform besides REST: the live feed to teachers' browsers, the Redis channels
and the Kafka topics behind it. docs/feed.md is the guide for clients.

A notification has at most {_LIMITS.notification_bytes} bytes, a client's message {MAX_MESSAGE_BYTES}; a client sends
at most {_LIMITS.client_frames_per_minute} a minute; a user has at most {_LIMITS.sockets_per_user} connections.
"""


@dataclass(frozen=True, slots=True)
class Message:
    """One kind of message: its payload's model, an example, and what Kafka carries beside the payload."""

    payload: type[BaseModel]
    example: Callable[[], Json]
    headers: type[BaseModel] | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Channel:
    """One place messages travel through; ``receives`` and ``sends`` as the edge does."""

    address: str
    server: str
    told: str
    receives: tuple[str, ...] = ()
    sends: tuple[str, ...] = ()


CLIENT_FRAMES = ("Ping", "Renewal", "SeenMark")
CONTROL_FRAMES = ("Ready", "Gap", "Expiring", "Seen", "Drain", "Error")
TOLD_TO_ALL = ("Notification", "Direct", "Pong")

MESSAGES: Mapping[str, Message] = MappingProxyType(
    {
        "Ping": Message(models.Ping, examples.ping),
        "Renewal": Message(models.Renewal, examples.renewal),
        "SeenMark": Message(models.SeenMark, examples.seen_mark),
        "Notification": Message(models.NotificationFrame, examples.notification),
        "Direct": Message(models.DirectFrame, examples.direct),
        "Pong": Message(models.Pong, examples.pong),
        "Ready": Message(models.Ready, examples.ready),
        "Gap": Message(models.GapNotice, examples.gap),
        "Expiring": Message(models.Expiring, examples.expiring),
        "Seen": Message(models.Seen, examples.seen),
        "Drain": Message(models.Drain, examples.drain),
        "Error": Message(models.FeedError, examples.error),
        "Revocation": Message(models.RevocationNotice, examples.revocation),
        "PipelineCommand": Message(EventEnvelope[PipelineCommand], examples.pipeline_command, key="The batch's id."),
        "TeacherNotification": Message(EventEnvelope[TeacherNotification], examples.teacher_notification),
        "DeadLetter": Message(
            EventEnvelope[TeacherNotification], examples.teacher_notification, headers=models.DeadLetterHeaders
        ),
    }
)

CHANNELS: Mapping[str, Channel] = MappingProxyType(
    {
        "socket": Channel(
            "/ws",
            "feed",
            f"The live feed. One credential: the subprotocols `{SUBPROTOCOL}, {BEARER_PREFIX}<token>`, `?ticket=`, or "
            f"`?token=`. `?cursor=` resumes. Control frames reach clients that negotiated `{SUBPROTOCOL}`.",
            receives=CLIENT_FRAMES,
            sends=(*TOLD_TO_ALL, *CONTROL_FRAMES),
        ),
        "events": Channel(
            "/events",
            "events",
            "The same feed as server-sent events: each frame is the `data` of one event, its cursor the event's id, "
            "also for `feed.ready`. "
            "Bearer token or `?ticket=`; `Last-Event-ID` or `?cursor=` resumes.",
            sends=("Notification", "Direct", *CONTROL_FRAMES),
        ),
        "userChannel": Channel(
            ChannelNames().of(UserId("{userId}")),
            "redis",
            "Live messages to one user. The feed publishes what it has logged; any service may publish directly, "
            "best effort. A message that isn't a JSON object, exceeds the size limit or has a `feed.` name is dropped.",
            receives=("Notification", "Direct", "Seen"),
            sends=("Notification", "Seen"),
        ),
        "revocations": Channel(
            REVOCATIONS_CHANNEL,
            "redis",
            "Revoked tokens; the feed closes every socket that they opened. The gateway publishes the tokens that a "
            "logout ends; `jti` is the token's own, or `sha256:` and the digest of its signed part.",
            receives=("Revocation",),
            sends=("Revocation",),
        ),
        "pipelineCommands": Channel(
            PIPELINE_COMMAND_TOPIC,
            "kafka",
            "Pipelines that teachers started; the teacher gets 202 after all in-sync replicas have acknowledged.",
            sends=("PipelineCommand",),
        ),
        "teacherNotifications": Channel(
            TEACHER_NOTIFICATION_TOPIC,
            "kafka",
            "Notifications to teachers from the platform's services. A repeated `event_id` is delivered once.",
            receives=("TeacherNotification",),
        ),
        "deadLetters": Channel(
            dead_letter_topic(TEACHER_NOTIFICATION_TOPIC),
            "kafka",
            "Records, and batches of records, that can't be delivered, unchanged, with the reason in their headers.",
            sends=("DeadLetter",),
        ),
    }
)

_SERVERS: Json = {
    "feed": {"host": "localhost:8080", "protocol": "ws", "description": "The WebSocket service."},
    "events": {
        "host": "localhost:8080",
        "protocol": "http",
        "description": "The WebSocket service, for event streams.",
    },
    "redis": {"host": "localhost:6379", "protocol": "redis"},
    "kafka": {"host": "localhost:9092", "protocol": "kafka"},
}


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as such."""


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _represent_text)


def asyncapi_yaml() -> str:
    """Return the document as YAML."""
    described = tidy(document())
    return HEAD + yaml.dump(described, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


def document() -> Json:
    """Return the document."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "HuleEdu edge",
            "version": __version__,
            "description": _DESCRIPTION,
            "license": {"name": "MIT"},
        },
        "defaultContentType": "application/json",
        "servers": _SERVERS,
        "channels": {name: _channel(name, channel) for name, channel in CHANNELS.items()},
        "operations": dict(_operations()),
        "components": {
            "messages": {name: _message(name, message) for name, message in MESSAGES.items()},
            "schemas": _schemas(),
        },
    }


def _channel(name: str, channel: Channel) -> Json:
    messages = dict.fromkeys((*channel.receives, *channel.sends))
    described: Json = {
        "address": channel.address,
        "description": channel.told,
        "servers": [{"$ref": f"#/servers/{channel.server}"}],
        "messages": {each: {"$ref": f"#/components/messages/{each}"} for each in messages},
    }
    match channel.server:
        case "feed":
            query, headers = _strings("token", "ticket", "cursor"), _strings("Sec-WebSocket-Protocol", "Origin")
            described["bindings"] = {"ws": {"method": "GET", "query": query, "headers": headers}}
            described["x-close-codes"] = {
                str(int(entry.code)): {"reason": entry.reason, "meaning": entry.meaning, "advice": entry.advice}
                for entry in CLOSE_CODES.values()
            }
        case "kafka":
            described["bindings"] = {"kafka": {"topic": channel.address}}
    if name == "userChannel":
        described["parameters"] = {"userId": {"description": "The user's id, as it is."}}
    return described


def _strings(*names: str) -> Json:
    properties: Json = {name: {"type": "string"} for name in names}
    return {"type": "object", "properties": properties}


def _operations() -> Iterable[tuple[str, JsonValue]]:
    for name, channel in CHANNELS.items():
        for action, messages in (("receive", channel.receives), ("send", channel.sends)):
            if messages:
                yield (
                    f"{action}{name[0].upper()}{name[1:]}",
                    {
                        "action": action,
                        "channel": {"$ref": f"#/channels/{name}"},
                        "messages": [{"$ref": f"#/channels/{name}/messages/{each}"} for each in messages],
                    },
                )


def _message(name: str, message: Message) -> Json:
    described: Json = {
        "name": name,
        "summary": _summary(message.payload),
        "payload": {"$ref": f"{SCHEMAS}{_schema_name(message.payload)}"},
        "examples": [{"payload": message.example()}],
    }
    if message.headers is not None:
        described["headers"] = {"$ref": f"{SCHEMAS}{_schema_name(message.headers)}"}
    if message.key is not None:
        described["bindings"] = {"kafka": {"key": {"type": "string", "description": message.key}}}
    return described


def _schemas() -> Json:
    shapes = (
        shape for message in MESSAGES.values() for shape in (message.payload, message.headers) if shape is not None
    )
    schemas: Json = {}
    for shape in shapes:
        schema = shape.model_json_schema(ref_template=f"{SCHEMAS}{{model}}")
        schemas |= {**schema.pop("$defs", {}), _schema_name(shape): schema}
    return dict(sorted(schemas.items()))


def _schema_name(model: type[BaseModel]) -> str:
    """Return the model's name; an envelope's is that of what it holds."""
    arguments = model.__pydantic_generic_metadata__["args"]
    return f"{arguments[0].__name__}Event" if arguments else model.__name__


def _summary(model: type[BaseModel]) -> str:
    return (model.__doc__ or "").partition("\n")[0]
