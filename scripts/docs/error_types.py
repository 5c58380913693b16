"""clients/typescript/errors.ts: the error catalogue as a client decides by it."""

import json
from collections.abc import Iterable

from pydantic import JsonValue

from common.errors.catalogue import CATALOGUE
from common.errors.challenges import AuthReason
from common.errors.close_codes import CLOSE_CODES, CLOSE_RANGES

_HEAD = """\
// Made from common/errors by `make docs`; don't edit.

"""
_SHAPES = """\
/** The meaning of one code, and advice for clients. */
export interface ErrorEntry {
  /** The HTTP status of its response. */
  readonly status: number;
  /** The code that closes a socket which this error ends. */
  readonly closeCode: number;
  readonly title: string;
  readonly meaning: string;
  readonly advice: string;
  /** Whether the same request can succeed later. */
  readonly retryable: boolean;
}

/** The meaning of one close code of the feed, and advice for clients. */
export interface CloseEntry {
  /** The `message` in the close reason, unless a more specific one applies. */
  readonly reason: string;
  readonly meaning: string;
  readonly advice: string;
}

/** The meaning of an unknown close code in a range. */
export interface CloseRange {
  readonly first: number;
  readonly last: number;
  readonly meaning: string;
  readonly advice: string;
}
"""
_FUNCTIONS = """\
/** Whether `code` is in this catalogue; for others, which newer services may send, use the HTTP status. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERRORS, code);
}

/** Whether the feed closes with `code`; other codes are in one of `CLOSE_RANGES`. */
export function isCloseCode(code: number): code is CloseCode {
  return Object.hasOwn(CLOSE_CODES, code);
}
"""


def error_types() -> str:
    """Return the module: unions of codes, the tables behind them, and two guards."""
    errors: dict[str, JsonValue] = {
        entry.code.value: {
            "status": entry.status,
            "closeCode": entry.close_code,
            "title": entry.title,
            "meaning": entry.meaning,
            "advice": entry.advice,
            "retryable": entry.retryable,
        }
        for entry in CATALOGUE.values()
    }
    closes: dict[str, JsonValue] = {
        str(int(entry.code)): {"reason": entry.reason, "meaning": entry.meaning, "advice": entry.advice}
        for entry in CLOSE_CODES.values()
    }
    ranges: list[JsonValue] = [
        {"first": each.first, "last": each.last, "meaning": each.meaning, "advice": each.advice}
        for each in CLOSE_RANGES
    ]
    return _HEAD + "\n".join(
        (
            _union("ErrorCode", map(json.dumps, errors), "All codes that the edge can return or close with."),
            _union("CloseCode", closes, "All codes with which the feed closes a socket."),
            _union(
                "AuthReason",
                (json.dumps(reason.value) for reason in AuthReason),
                "Why a credential was refused: `details.reason` of a refusal, `message` of a close reason.",
            ),
            _SHAPES,
            _table("ERRORS", "Readonly<Record<ErrorCode, ErrorEntry>>", errors),
            _table("CLOSE_CODES", "Readonly<Record<CloseCode, CloseEntry>>", closes),
            _table("CLOSE_RANGES", "readonly CloseRange[]", ranges),
            _FUNCTIONS,
        )
    )


def _union(name: str, members: Iterable[str], told: str) -> str:
    return f"/** {told} */\nexport type {name} =\n" + "\n".join(f"  | {member}" for member in members) + ";\n"


def _table(name: str, kind: str, rows: JsonValue) -> str:
    return f"export const {name}: {kind} = {json.dumps(rows, indent=2, ensure_ascii=False)};\n"
