"""Results as files: one JSON a case, with the machine it was measured on."""

import json
import os
import platform
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypedDict

from benchmarks.figures import CaseResult, Figure
from benchmarks.rounds import Options

FOLDER = Path(__file__).resolve().parent / "results"
STACK = ("quart", "hypercorn", "dishka", "aiohttp", "redis", "aiokafka", "uvloop")


class Document(TypedDict):
    """A saved result."""

    case: str
    figures: list[dict[str, Any]]
    conditions: str
    left_out: str
    series: dict[str, list[list[float]]]
    measured_at: str
    rounds: int
    seconds_a_round: float
    machine: dict[str, str | int]


def save(result: CaseResult, options: Options) -> None:
    """Write ``result`` to ``benchmarks/results/<case>.json``; a case left out keeps the figures that are there."""
    path = FOLDER / f"{result.case}.json"
    if result.left_out and path.exists():
        return
    document = {
        **asdict(result),
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "rounds": options.rounds,
        "seconds_a_round": options.seconds,
        "machine": {
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "system": f"{platform.system()} {platform.machine()}",
            **{name: version(name) for name in STACK},
        },
    }
    FOLDER.mkdir(exist_ok=True)
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")


def read_results() -> list[tuple[CaseResult, Document]]:
    """Return every saved result with its whole document, by case name."""
    return [_read(path) for path in sorted(FOLDER.glob("*.json"))]


def _read(path: Path) -> tuple[CaseResult, Document]:
    document: Document = json.loads(path.read_text())
    result = CaseResult(
        case=document["case"],
        figures=[Figure(**figure) for figure in document["figures"]],
        conditions=document["conditions"],
        left_out=document["left_out"],
        series={title: [(x, y) for x, y in points] for title, points in document["series"].items()},
    )
    return result, document
