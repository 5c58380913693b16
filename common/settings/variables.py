"""How settings are read from environment variables.

Each field is called like its variable, in lower case. White space around a value is dropped, because a file that a
secret is mounted from often ends in a line end; an empty variable counts as unset, because composed deployments pass
optional ones on empty. Settings are read once, by ``load_settings`` of each service, and never change.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Final, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

EXIT_CODE_BAD_SETTINGS = 2

SettingsT = TypeVar("SettingsT", bound=BaseModel)


class StartError(Exception):
    """The service can't start as it is configured; the text is the one line that says why."""


def environment_config(prefix: str = "") -> ConfigDict:
    """Return the configuration of a settings model whose fields come from variables named ``<prefix><FIELD>``."""
    return ConfigDict(
        frozen=True,
        extra="ignore",
        populate_by_name=True,
        alias_generator=lambda field: f"{prefix}{field.upper()}",
        hide_input_in_errors=True,
        validate_default=True,
    )


def read_settings(kind: type[SettingsT], environ: Mapping[str, str], **given: object) -> SettingsT:
    """Return the settings that ``environ`` spells; ``given`` are fields that are known already.

    Raises:
        StartError: one line that names every variable at fault.
    """
    spelled = {name: stripped for name, value in environ.items() if (stripped := value.strip()) and name.isupper()}
    try:
        return kind.model_validate(spelled | given)
    except ValidationError as error:
        raise StartError(explain(error)) from error


def explain(error: ValidationError) -> str:
    """Return the one line that names each variable at fault and says what is wrong, never its value."""
    faults = (
        (".".join(map(str, fault["loc"])), fault["msg"].removeprefix("Value error, "))
        for fault in error.errors(include_url=False, include_input=False, include_context=False)
    )
    return "; ".join(f"{variable}: {message}" if variable else message for variable, message in faults)


SHARED_FAMILIES: Final = ("HULEEDU_", "JWT_", "KAFKA_", "REDIS_", "WEBSOCKET_", "FEED_")
"""Beginnings of variables that other programs in the same environment may have too, or a sister service."""

_ALIKE: Final = 0.85
_SERVICE_LINK = re.compile(r".*_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)")


def unknown_variables(environ: Mapping[str, str], known: Sequence[str], *, own_prefix: str = "") -> dict[str, str]:
    """Return the variables that are probably meant for the service and that it doesn't read, each with a remark.

    One that begins with ``own_prefix`` counts always, unless Kubernetes made it for a Service of that name; one of
    SHARED_FAMILIES only when a known name that isn't set is spelled almost like it.
    """
    unset = [name for name in known if not environ.get(name)]
    remarks = {}
    for name in sorted(environ.keys() - set(known)):
        if own_prefix and name.startswith(own_prefix):
            if not _is_service_link(name, environ[name]):
                remarks[name] = _remark(get_close_matches(name, known, n=1, cutoff=0))
        elif name.startswith(SHARED_FAMILIES) and (near := get_close_matches(name, unset, n=1, cutoff=_ALIKE)):
            remarks[name] = _remark(near)
    return remarks


def _is_service_link(name: str, value: str) -> bool:
    return bool(_SERVICE_LINK.fullmatch(name)) or (name.endswith("_PORT") and "://" in value)


def _remark(near: Iterable[str]) -> str:
    return "; ".join(["is not read", *(f"the nearest known name is {name}" for name in near)])
