"""OpenAPI Generator reads the description, and its Python client compiles."""

import compileall
import shutil
import subprocess
from pathlib import Path

import pytest

from scripts.docs.kept_files import ROOT
from tests.support.java import JAVA

VERSION = "7.17.0"
ARTIFACT = f"org.openapitools:openapi-generator-cli:{VERSION}"
CACHE = ROOT / ".cache" / "openapi-generator"
FETCH_WITHIN_S = 120
GENERATE_WITHIN_S = 120


@pytest.fixture(scope="module")
def jar() -> Path:
    """OpenAPI Generator, fetched by mvn once a checkout; skips, saying why, where it can't be had."""
    kept = CACHE / f"openapi-generator-cli-{VERSION}.jar"
    if kept.is_file():
        return kept
    if shutil.which("java") is None or shutil.which("mvn") is None:
        pytest.skip("OpenAPI Generator needs java and mvn on the PATH")
    copy = ["mvn", "--batch-mode", "--quiet", "dependency:copy", f"-Dartifact={ARTIFACT}"]
    try:
        fetched = _run(*copy, f"-DoutputDirectory={CACHE}", within_s=FETCH_WITHIN_S)
    except subprocess.TimeoutExpired:
        pytest.skip(f"mvn did not fetch OpenAPI Generator within {FETCH_WITHIN_S} s")
    if fetched.returncode != 0:
        pytest.skip(f"mvn could not fetch OpenAPI Generator: {fetched.stdout[-500:]}")
    return kept


@pytest.mark.parametrize(
    ("generator", "model"),
    [("python", "openapi_client/models/new_class.py"), ("typescript-fetch", "models/NewClass.ts")],
)
def test_a_client_is_generated(jar: Path, tmp_path: Path, generator: str, model: str) -> None:
    """The generator accepts the description, validation included, and makes the body that creates a class."""
    described = str(ROOT / "docs" / "openapi.json")

    made = _run(
        *(*JAVA, "-jar", str(jar), "generate", "-g", generator, "-i", described, "-o", str(tmp_path)),
        within_s=GENERATE_WITHIN_S,
    )

    assert made.returncode == 0, made.stdout[-2000:]
    assert (tmp_path / model).is_file()
    assert compileall.compile_dir(tmp_path, quiet=1)


def _run(*command: str, within_s: float) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=within_s,
        check=False,
    )
