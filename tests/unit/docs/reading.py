"""Finding one's way in JSON documents."""

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

METHODS = frozenset({"get", "put", "post", "delete", "patch"})


def operations(described: Json) -> Iterator[tuple[str, str, Json]]:
    """Yield path, method and operation of everything an OpenAPI description describes."""
    for path, members in described["paths"].items():
        for method, operation in members.items():
            yield path, method, operation


def references(part: object) -> Iterator[str]:
    """Yield every reference in ``part``."""
    match part:
        case {"$ref": str(reference)}:
            yield reference
        case dict():
            for value in part.values():
                yield from references(value)
        case list():
            for value in part:
                yield from references(value)


def resolved(document: Json, reference: str) -> Json:
    """Return what ``reference`` (``#/a/b``) leads to; raises KeyError when it leads nowhere."""
    found = document
    for step in reference.removeprefix("#/").split("/"):
        found = found[step.replace("~1", "/").replace("~0", "~")]
    return found
