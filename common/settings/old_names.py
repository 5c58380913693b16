"""Variables under the names that the platform's previous edge had for them, read where ours are missing."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


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
    given = {old: value for old, value in given.items() if not _is_service_link(old, environ)}
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


def _is_service_link(old: str, environ: Mapping[str, str]) -> bool:
    """Return whether Kubernetes made the variable for a Service: it sets ``<NAME>_PORT=tcp://…`` beside it."""
    service, ending, _ = old.partition("_SERVICE_")
    return bool(ending) and "://" in environ.get(f"{service}_PORT", "")
