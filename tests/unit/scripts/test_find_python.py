"""The set-up says which Pythons it found, and why none of them will do."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.docs.kept_files import ROOT

SCRIPT = ROOT / "scripts" / "find-python.sh"
TOO_OLD = 'import sys; sys.version_info = (3, 10, 13, "final", 0); exec(sys.argv.pop(1))'
WITHOUT_VENV = 'import sys; sys.modules["venv"] = None; exec(sys.argv.pop(1))'


def find_python(folder: Path, *, named: str = "") -> subprocess.CompletedProcess[str]:
    """Run the script where ``folder`` alone has Pythons."""
    return subprocess.run(
        ["/bin/sh", str(SCRIPT)],
        env={"PATH": f"{folder}", "PYENV_ROOT": str(folder / "pyenv"), "PYTHON": named},
        capture_output=True,
        text=True,
        check=False,
    )


def put_python(path: Path, python: str, code: str) -> None:
    """Put a Python at ``path`` that is ``python`` after ``code``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\nshift\nexec '{python}' -c '{code}' \"$@\"\n")
    path.chmod(0o755)


@pytest.mark.parametrize(
    ("code", "why"), [(TOO_OLD, "Python 3.10.13: too old."), (WITHOUT_VENV, ": without its venv module.")]
)
def test_a_python_that_will_not_do_is_told_with_the_reason(
    tmp_path: Path, test_python: str, code: str, why: str
) -> None:
    """A bare version would say nothing of a Python that is new enough and lacks venv."""
    put_python(tmp_path / "python3", test_python, code)

    found = find_python(tmp_path)

    assert (found.returncode, found.stdout) == (1, "")
    assert "Found python3, which is Python 3." in found.stderr
    assert why in found.stderr


def test_only_the_named_python_is_told_of(tmp_path: Path, test_python: str) -> None:
    """Others would do, but weren't asked for; pyenv's stand among its versions."""
    put_python(tmp_path / "python3", test_python, "import sys; exec(sys.argv.pop(1))")
    put_python(tmp_path / "pyenv/versions/3.10.13/bin/python3.10", test_python, TOO_OLD)

    named, whichever = find_python(tmp_path, named="python3.10"), find_python(tmp_path)

    assert named.returncode == 1
    assert [line for line in named.stderr.splitlines() if line.startswith("Found")] == [
        f"Found {tmp_path}/pyenv/versions/3.10.13/bin/python3.10, which is Python 3.10.13: too old."
    ]
    assert (whichever.returncode, whichever.stdout) == (0, f"{tmp_path}/python3\n")


@pytest.fixture
def test_python() -> str:
    """The Python of the tests, past any launcher on the PATH."""
    return os.path.realpath(sys.executable)
