"""docs/errors-for-services.md is enough to swap the platform's error library: its lines run."""

import ast
import json
import re
import runpy
from typing import Any

import pytest
from quart import Quart
from structlog.testing import capture_logs

from common.errors import ErrorCode
from common.errors.testing import create_test_huleedu_error
from scripts.docs.kept_files import ROOT

PAGE = (ROOT / "docs" / "errors-for-services.md").read_text(encoding="utf-8")
ID = {"X-Correlation-ID": "8e03978e-40d5-43e8-bc93-6894a57f9324"}


def blocks(info: str) -> list[str]:
    """Return the text of each fenced block that is headed by ``info``, in order."""
    return re.findall(rf"^```{re.escape(info)}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def imported(source: str) -> set[str]:
    """Return the names that ``source`` imports from somewhere."""
    statements = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)]
    return {alias.name for statement in statements for alias in statement.names}


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the names of the page stand for once all of it has run, one block after the other."""
    program = tmp_path_factory.mktemp("page") / "errors_for_services.py"
    program.write_text("\n".join(blocks("python")), encoding="utf-8")
    with capture_logs() as lines:
        names = runpy.run_path(str(program))
    return {**names, "logged": lines}


def test_the_lines_after_import_what_those_before_did() -> None:
    """Each name of the platform's imports has its place here."""
    (before,) = blocks("python before")
    after = blocks("python")[0]

    assert imported(before) == imported(after)


def test_the_worker_records_its_error(page: dict[str, Any]) -> None:
    """The example's error is logged, under the id that is derived from its record's."""
    (line,) = page["logged"]

    assert (line["event"], line["error_code"]) == ("error.answered", "IDENTITY_USER_NOT_FOUND")


async def test_the_service_answers_as_is_shown(page: dict[str, Any]) -> None:
    """The body is the page's, but for the time."""
    app = page["app"]
    assert isinstance(app, Quart)
    (shown,) = [json.loads(block) for block in blocks("json")]

    answer = await app.test_client().get("/v1/classes/courses/ENG7", headers=ID)

    body = await answer.get_json()
    assert answer.status_code == 404
    assert body["error"] | {"timestamp": shown["error"]["timestamp"]} == shown["error"]


def test_the_answer_for_another_framework_is_the_same(page: dict[str, Any]) -> None:
    """Body, status and headers are what the Quart handlers give; the lines for FastAPI are at least Python."""
    error = create_test_huleedu_error(ErrorCode.TIMEOUT)

    body, status, headers = page["answer"](error, None)

    (lines,) = blocks("python fastapi")
    compile(lines, "docs/errors-for-services.md", "exec")
    assert (json.loads(body), status) == (error.to_dict(), 504)
    assert (headers["Content-Type"], headers["X-Error-Code"]) == ("application/json", "TIMEOUT")
