"""The kinds of values that environment variables spell: each is checked for what will be done with it.

A value that would pass the start and then break every request is refused here, in words that say what to write
instead. No message repeats a value, because it may be a secret.
"""

import json
import re
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

KAFKA_PORT: Final = 9092
"""The port of a broker that names none, as every Kafka client has it."""

_DEFAULT_PORTS: Final = {"http": ":80", "https": ":443"}
_SERVICE_LINK: Final = "tcp://"
_MAX_PORT: Final = 65_535


def _fault(message: str) -> ValueError:
    return ValueError(message)


def _from_json(raw: object) -> object:
    if not isinstance(raw, str):
        return raw
    try:
        listed = json.loads(raw)
    except ValueError as error:
        message = 'must be a JSON list, as ["https://app.example"]'
        raise ValueError(message) from error
    return [item.strip() if isinstance(item, str) else item for item in listed] if isinstance(listed, list) else listed


JsonList = BeforeValidator(_from_json)
"""Marks a list that its variable spells in JSON."""


def _from_commas(raw: object) -> object:
    return tuple(word.strip() for word in raw.split(",") if word.strip()) if isinstance(raw, str) else raw


CommaList = BeforeValidator(_from_commas)
"""Marks a tuple that its variable spells with commas."""


def check_printable(raw: str) -> None:
    """Refuse an address with white space or invisible characters inside, such as a line end that was pasted along.

    Raises:
        ValueError: it has one.
    """
    if not raw.isprintable() or any(character.isspace() for character in raw):
        message = "must not contain white space or control characters"
        raise _fault(message)


def _http_url(raw: str) -> str:
    check_printable(raw)
    parts = urlsplit(raw)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        message = "must be an http or https URL"
        raise _fault(message)
    _check_port(lambda: parts.port)
    return raw


def _check_port(read: Callable[[], int | None]) -> None:
    """``urlsplit`` reads the port only when asked, and raises then."""
    try:
        port = read()
    except ValueError:
        port = 0
    if port == 0:
        message = f"its port must be a number from 1 to {_MAX_PORT}"
        raise _fault(message)


HttpUrl = Annotated[str, AfterValidator(_http_url)]


def _base_url(raw: str) -> str:
    parts = urlsplit(raw)
    if "?" in raw or "#" in raw:
        message = "must be a base URL, without query and fragment"
        raise _fault(message)
    if "@" in parts.netloc:
        message = "must not contain a user or password"
        raise _fault(message)
    return raw.rstrip("/")


BaseUrl = Annotated[HttpUrl, AfterValidator(_base_url)]
"""An address to which paths are added; it has no slash at its end."""

_ORIGIN = re.compile(r"(?P<scheme>https?)://(\[[0-9a-f:.]+\]|[a-z0-9.\-]+)(:[0-9]{1,5})?")


def _origin(origin: str) -> str:
    spelled = _ORIGIN.fullmatch(origin)
    if not spelled:
        message = "must be origins as browsers spell them, scheme://host[:port] in lower case, without a path or *"
        raise _fault(message)
    _check_port(lambda: urlsplit(origin).port)
    return origin.removesuffix(_DEFAULT_PORTS[spelled["scheme"]])


Origin = Annotated[str, AfterValidator(_origin)]
"""An origin as browsers send it, which is without the scheme's default port (RFC 6454 section 6.2)."""


def _upper(raw: object) -> object:
    return raw.upper() if isinstance(raw, str) else raw


LogLevel = Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], BeforeValidator(_upper)]


def _not_a_service_link(raw: object) -> object:
    if isinstance(raw, str) and raw.startswith(_SERVICE_LINK):
        message = (
            "must be a number; Kubernetes sets variables of this form for a Service of the same name: "
            "set enableServiceLinks: false in the pod, or this variable in the container"
        )
        raise _fault(message)
    return raw


Port = Annotated[int, Field(ge=0, le=_MAX_PORT), BeforeValidator(_not_a_service_link)]
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
SecondsOrZero = Annotated[float, Field(ge=0, allow_inf_nan=False)]


def _network(raw: object) -> object:
    return ip_network(raw, strict=False) if isinstance(raw, str) else raw


Network = Annotated[IPv4Network | IPv6Network, BeforeValidator(_network)]


def _host_and_port(raw: object) -> object:
    if not isinstance(raw, str):
        return raw
    host, _, port = raw.rpartition(":")
    if not host or not port.isdecimal():
        message = "must be comma-separated host:port"
        raise _fault(message)
    return host.strip("[]"), int(port)


Address = Annotated[tuple[str, Annotated[int, Field(ge=1, le=_MAX_PORT)]], BeforeValidator(_host_and_port)]
"""A host and its port."""

_BROKER = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^\[\]:\s]+)(:(?P<port>[0-9]{1,5}))?")


def _broker(raw: str) -> str:
    protocol, scheme, _ = raw.partition("://")
    if scheme:
        message = f"must be host:port without {protocol}://; KAFKA_SECURITY_PROTOCOL names the protocol"
        raise _fault(message)
    check_printable(raw)
    spelled = _BROKER.fullmatch(raw)
    port = int(spelled["port"] or KAFKA_PORT) if spelled else 0
    if not spelled or not 1 <= port <= _MAX_PORT:
        message = "must be comma-separated host:port"
        raise _fault(message)
    return f"{spelled['host']}:{port}"


def _brokers(raw: str) -> str:
    brokers = [_broker(word.strip()) for word in raw.split(",") if word.strip()]
    if not brokers:
        message = "must name at least one broker, host:port"
        raise _fault(message)
    return ",".join(brokers)


Brokers = Annotated[str, AfterValidator(_brokers)]
"""Comma-separated brokers, each with its port, without blanks."""


def _header_value(secret: SecretStr) -> SecretStr:
    value = secret.get_secret_value()
    if not value.isascii() or not value.isprintable():
        message = "must be printable ASCII, because it is sent as a header"
        raise _fault(message)
    return secret


HeaderSecret = Annotated[SecretStr, AfterValidator(_header_value)]
"""A secret that is sent as the value of a header (RFC 9110 section 5.5)."""
