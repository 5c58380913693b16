"""What a PromQL expression asks for, held against the metrics that the services export."""

import re

from prometheus_client import ProcessCollector

from scripts.docs.metrics import SUFFIXES, metrics

TARGET = frozenset({"job", "instance"})
"""The labels that Prometheus gives every series of a target."""

SERIES: dict[str, frozenset[str]] = (
    {
        name: frozenset({*metric.labels, *(("le",) if name.endswith("_bucket") else ())})
        for metric in metrics()
        for name in (
            [metric.name + suffix for suffix in ("_bucket", "_sum", "_count")]
            if metric.kind == "histogram"
            else [metric.name]
        )
    }
    | {"up": frozenset(), "huleedu_build_info": frozenset({"service", "version"})}
    | {
        family.name + SUFFIXES.get(family.type, ""): frozenset[str]()
        for family in ProcessCollector(registry=None).collect()
    }
)
"""The labels of every series that a replica exports, by its name, without those of the target."""

WORDS = frozenset({"and", "bool", "offset", "or", "unless"})
GROUPED = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right) \(([^)]*)\)")


def unknown_names(expression: str) -> list[str]:
    """Return the metrics and labels in ``expression`` that no service exports."""
    asked = {
        (name, label)
        for name, matchers in re.findall(r"(\w+)\{([^}]*)\}", expression)
        for label in re.findall(r'(\w+)[!=]~?"', matchers)
    }
    plain = re.sub(r'"[^"]*"|\{[^}]*\}|\[[^\]]*\]', "", expression)
    grouped = {label for labels in GROUPED.findall(plain) for label in labels.split(", ") if label}
    named = set(re.findall(r"\b[a-z]\w*\b(?! *\()", GROUPED.sub("", plain))) - WORDS
    known = frozenset().union(TARGET, *(SERIES.get(name, frozenset()) for name in named))
    return sorted(
        {name for name in named if name not in SERIES}
        | {label for name, label in asked if label not in SERIES.get(name, frozenset()) | TARGET}
        | {label for label in grouped if label not in known}
    )
