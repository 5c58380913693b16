"""The table of settings that ``--help`` shows, made from the models themselves."""

from dataclasses import dataclass
from enum import Enum
from textwrap import fill

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

_LINE_COLUMNS = 100
_INDENT = "      "


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
