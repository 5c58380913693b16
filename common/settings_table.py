"""The table of settings that ``--help`` shows, made from the models themselves."""

from enum import Enum
from textwrap import fill

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

_LINE_COLUMNS = 100
_INDENT = "      "


def settings_table(*kinds: type[BaseModel]) -> str:
    """Return name, default and meaning of every variable that settings models of ``kinds`` read, one paragraph each."""
    return "\n".join(
        _row(str(field.validation_alias or field.alias or name), field)
        for kind in kinds
        for name, field in kind.model_fields.items()
        if not _is_model(field)
    )


def _row(variable: str, field: FieldInfo) -> str:
    head = f"  {variable} {_default(field)}".rstrip()
    told = " ".join((field.description or "").split())
    return f"{head}\n{fill(told, _LINE_COLUMNS, initial_indent=_INDENT, subsequent_indent=_INDENT)}" if told else head


def _default(field: FieldInfo) -> str:
    match field.default:
        case _ if field.is_required():
            return "[required]"
        case None | SecretStr() | ():
            return ""
        case bool() as flag:
            return f"[{str(flag).lower()}]"
        case Enum() as member:
            return f"[{member.value}]"
        case value:
            return f"[{value}]"


def _is_model(field: FieldInfo) -> bool:
    return isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
