"""clients/typescript/src/generated: the error catalogue and the gateway's rules, as the client library needs them.

The codes and the rules are in the library's main entry, so they are small. The texts are a module for each language,
which the library loads when it first has to describe an error.
"""

import json
from collections.abc import Iterable, Mapping

from pydantic import JsonValue

from api_gateway.uploads.rules import UploadRules
from common.errors.catalogue import CATALOGUE
from common.errors.close_codes import CLOSE_CODES, CLOSE_RANGES
from common.errors.codes import AuthReason
from common.errors.texts import Language
from scripts.docs.openapi import openapi_json

RETRYABLE_STATUSES = (408, 429, 502, 503, 504)
"""How a client judges the codes that it doesn't know, and those that `retryable_exceptions` doesn't name."""
_HEAD = "// Made from the code by `make docs`; don't edit.\n\n"
_TEXT_TYPES = """\
import type { ErrorText, RangeText } from "../texts/texts.js";
import type { CloseCode, ErrorCode } from "./codes.js";
"""
_BEARER: Mapping[str, JsonValue] = {"bearer": []}
_KEY_PARAMETER = "#/components/parameters/Idempotency-Key"


def retryable_exceptions() -> Mapping[str, bool]:
    """Return whether to retry each code for which its status says the opposite."""
    return {
        entry.code.value: entry.retryable
        for entry in CATALOGUE.values()
        if entry.retryable != (entry.status in RETRYABLE_STATUSES)
    }


def error_codes() -> str:
    """Return the module of the codes: their unions, and when a request can be repeated."""
    return _HEAD + "\n".join(
        (
            _union(
                "ErrorCode",
                (json.dumps(entry.code.value) for entry in CATALOGUE.values()),
                "All codes that the edge can return or close with.",
            ),
            _union("CloseCode", (str(int(code)) for code in CLOSE_CODES), "All codes with which the feed closes."),
            _union(
                "AuthReason",
                (json.dumps(reason.value) for reason in AuthReason),
                "Why a credential was refused: `details.reason` of a refusal, `message` of a close reason.",
            ),
            _constant(
                "RETRYABLE_STATUSES",
                "readonly number[]",
                list(RETRYABLE_STATUSES),
                "The statuses after which the same request can succeed later.",
            ),
            _constant(
                "RETRYABLE_EXCEPTIONS",
                "Readonly<Partial<Record<string, boolean>>>",
                dict(retryable_exceptions()),
                "The codes for which `RETRYABLE_STATUSES` is wrong.",
            ),
        )
    )


def error_texts(language: Language) -> str:
    """Return the module of what a teacher reads in ``language``."""
    errors: dict[str, JsonValue] = {
        entry.code.value: list(entry.teacher.in_language(language)) for entry in CATALOGUE.values()
    }
    closes: dict[str, JsonValue] = {
        str(int(entry.code)): list(entry.teacher.in_language(language)) for entry in CLOSE_CODES.values()
    }
    ranges: list[JsonValue] = [[each.first, each.last, *each.teacher.in_language(language)] for each in CLOSE_RANGES]
    return _HEAD + "\n".join(
        (
            _TEXT_TYPES,
            _constant("errors", "Readonly<Record<ErrorCode, ErrorText>>", errors, "Title, message and advice."),
            _constant("closes", "Readonly<Record<CloseCode, ErrorText>>", closes, "Title, message and advice."),
            _constant("ranges", "readonly RangeText[]", ranges, "First, last, and the text of the codes between them."),
        )
    )


def request_rules() -> str:
    """Return the module of what the gateway accepts, so that the client can tell before it sends."""
    rules = UploadRules()
    limits: dict[str, JsonValue] = {
        "fileBytes": rules.max_file_bytes,
        "requestBytes": rules.max_request_bytes,
        "files": rules.max_files,
        "extensions": list[JsonValue](sorted(rules.extensions)),
    }
    described = json.loads(openapi_json())["paths"]
    keyed: list[JsonValue] = [
        f"{method.upper()} {path}"
        for path, operations in described.items()
        for method, operation in operations.items()
        if any(parameter.get("$ref") == _KEY_PARAMETER for parameter in operation.get("parameters", ()))
    ]
    public: list[JsonValue] = [
        f"{method.upper()} {path}"
        for path, operations in described.items()
        for method, operation in operations.items()
        if method != "get" and operation.get("security") == []
    ]
    return _HEAD + "\n".join(
        (
            _constant("UPLOAD_LIMITS", "", limits, "What one upload may hold."),
            _constant("KEYED", "readonly string[]", keyed, "The commands that take an `Idempotency-Key`."),
            _constant("PUBLIC", "readonly string[]", public, "The commands that need no token."),
        )
    )


def route_answers() -> str:
    """Return the module of what the scripted edge of the library's tests answers as the gateway does."""
    routes: dict[str, JsonValue] = {
        f"{method.upper()} {path}": [_success_of(operation), operation["security"] == [_BEARER]]
        for path, operations in json.loads(openapi_json())["paths"].items()
        for method, operation in operations.items()
    }
    statuses: dict[str, JsonValue] = {entry.code.value: entry.status for entry in CATALOGUE.values()}
    return _HEAD + "\n".join(
        (
            'import type { ErrorCode } from "./codes.js";\n',
            _constant(
                "ROUTES",
                "Readonly<Record<string, readonly [status: number, needsToken: boolean]>>",
                routes,
                "The status of each route's success, and whether it needs a token.",
            ),
            _constant("STATUSES", "Readonly<Record<ErrorCode, number>>", statuses, "The status of each code."),
        )
    )


def _success_of(operation: Mapping[str, Mapping[str, JsonValue]]) -> int:
    return min(int(status.replace("X", "0")) for status in operation["responses"] if status.startswith("2"))


def _union(name: str, members: Iterable[str], meaning: str) -> str:
    return f"/** {meaning} */\nexport type {name} =\n" + "\n".join(f"  | {member}" for member in members) + ";\n"


def _constant(name: str, kind: str, value: JsonValue, meaning: str) -> str:
    declared = f"{name}: {kind}" if kind else name
    return f"/** {meaning} */\nexport const {declared} = {json.dumps(value, indent=2, ensure_ascii=False)};\n"
