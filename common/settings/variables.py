"""How settings are read from environment variables, under today's names or old ones, and shown by ``--help``.

Each field is called like its variable, in lower case. White space around a value is dropped, because a file that a
secret is mounted from often ends in a line end; an empty variable counts as unset, because composed deployments pass
optional ones on empty. A name that the platform's previous edge had is read where ours is missing. Settings are read
once, by ``load_settings`` of each service, and never change.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum
from textwrap import fill
from typing import Final, TypeVar

from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError
from pydantic.fields import FieldInfo

EXIT_CODE_BAD_SETTINGS = 2

SettingsT = TypeVar("SettingsT", bound=BaseModel)

SHARED_FAMILIES: Final = ("HULEEDU_", "JWT_", "KAFKA_", "REDIS_", "WEBSOCKET_", "FEED_")
"""Beginnings of variables that other programs in the same environment may have too, or a sister service."""

_ALIKE: Final = 0.85
_SERVICE_LINK = re.compile(r".*_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)")

_LINE_COLUMNS = 100
_INDENT = "      "


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
        (
            ".".join(map(str, fault["loc"])),
            "missing" if fault["type"] == "missing" else fault["msg"].removeprefix("Value error, "),
        )
        for fault in error.errors(include_url=False, include_input=False, include_context=False)
    )
    return "; ".join(f"{variable}: {message}" if variable else message for variable, message in faults)


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


def with_unread(fault: StartError, unknown: Mapping[str, str]) -> StartError:
    """Return ``fault`` with the remarks on ``unknown`` variables: one may be the missing one under a mistyped name."""
    return StartError("; ".join([str(fault), *(f"{variable} {remark}" for variable, remark in unknown.items())]))


def _is_service_link(name: str, value: str) -> bool:
    return bool(_SERVICE_LINK.fullmatch(name)) or (name.endswith("_PORT") and "://" in value)


def _remark(near: Iterable[str]) -> str:
    return "; ".join(["is not read", *(f"the nearest known name is {name}" for name in near)])


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One variable: its name, its default (``required`` when there is none, empty when it is unset) and its meaning."""

    variable: str
    default: str
    meaning: str


def settings_table(*kinds: type[BaseModel]) -> str:
    """Return name, default and meaning of every variable that settings models of ``kinds`` read, one paragraph each."""
    return "\n".join(_paragraph(row) for row in settings_rows(*kinds))


def settings_rows(*kinds: type[BaseModel]) -> list[SettingRow]:
    """Return the variables that settings models of ``kinds`` read, in their order."""
    return [
        SettingRow(
            variable=str(field.validation_alias or field.alias or name),
            default=_default(field),
            meaning=" ".join((field.description or "").split()),
        )
        for kind in kinds
        for name, field in kind.model_fields.items()
        if not _is_model(field)
    ]


def _paragraph(row: SettingRow) -> str:
    head = f"  {row.variable} [{row.default}]" if row.default else f"  {row.variable}"
    if not row.meaning:
        return head
    return f"{head}\n{fill(row.meaning, _LINE_COLUMNS, initial_indent=_INDENT, subsequent_indent=_INDENT)}"


def _default(field: FieldInfo) -> str:
    match field.default:
        case _ if field.is_required():
            return "required"
        case None | SecretStr() | ():
            return ""
        case bool() as flag:
            return str(flag).lower()
        case Enum() as member:
            return str(member.value)
        case value:
            return str(value)


def _is_model(field: FieldInfo) -> bool:
    return isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)


@dataclass(frozen=True, slots=True)
class OldName:
    """One variable of the previous edge.

    Attributes:
        new: what it is called today.
        old: what it was called.
        default: what the previous edge took when nothing was set, where its deployments relied on that.
    """

    new: str
    old: str
    default: str | None = None


@dataclass(frozen=True, slots=True)
class TranslatedNames:
    """An environment in today's names.

    Attributes:
        variables: the environment with the values of old names, and their defaults, under today's names.
        used: by old name, today's name of each that was read.
        defaulted: by today's name, the previous edge's default that was taken.
        passed_over: by old name, today's name of each that was not read, because today's is set.
    """

    variables: Mapping[str, str]
    used: Mapping[str, str]
    defaulted: Mapping[str, str]
    passed_over: Mapping[str, str]

    def as_set(self, fault: str) -> str:
        """Return ``fault`` with the names of variables as they were set."""
        for old, new in self.used.items():
            fault = re.sub(rf"\b{new}\b", old, fault)
        return fault

    @property
    def remarks(self) -> dict[str, str]:
        """What is to be changed, by variable."""
        return (
            {old: f"is an old name; rename it to {new}" for old, new in self.used.items()}
            | {old: f"is not read, because {new} is set" for old, new in self.passed_over.items()}
            | {
                new: f"is not set; the previous edge's default {default} is used, because other old names are set"
                for new, default in self.defaulted.items()
            }
        )


def translate_names(environ: Mapping[str, str], names: Sequence[OldName]) -> TranslatedNames:
    """Return ``environ`` in today's names.

    The previous edge's defaults are taken only for an environment that has other variables under old names, so that
    a new deployment still has to name each address.
    """
    given = {each.old: environ[each.old] for each in names if environ.get(each.old, "").strip()}
    given = {old: value for old, value in given.items() if not _is_set_by_kubernetes(old, environ)}
    set_today = {each.new for each in names if environ.get(each.new, "").strip()}
    used = {each.old: each.new for each in names if each.old in given and each.new not in set_today}
    defaults = {each.new: each.default for each in names if each.default is not None} if used else {}
    defaulted = {new: default for new, default in defaults.items() if new not in {*set_today, *used.values()}}
    return TranslatedNames(
        variables={**environ, **defaulted, **{new: given[old] for old, new in used.items()}},
        used=used,
        defaulted=defaulted,
        passed_over={each.old: each.new for each in names if each.old in given and each.new in set_today},
    )


def _is_set_by_kubernetes(old: str, environ: Mapping[str, str]) -> bool:
    """Return whether Kubernetes made the variable for a Service: it sets ``<NAME>_PORT=tcp://…`` beside it."""
    service, ending, _ = old.partition("_SERVICE_")
    return bool(ending) and "://" in environ.get(f"{service}_PORT", "")
