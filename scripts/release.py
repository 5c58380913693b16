"""Make the files of a release from the last commit.

They are sdist, wheel and its pinned requirements, the browser library, bill of materials, and checksums.

``python -m scripts.release [--out DIR] [--twice]``. What isn't committed has no part in it, and neither has the time:
the same commit makes the same bytes. ``--twice`` makes them again in another folder and compares.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Final

from scripts.docs.versions import current_version

ROOT: Final = Path(__file__).resolve().parents[1]
SUMS: Final = "SHA256SUMS"
BILL: Final = "scripts.sbom"


def main(arguments: Sequence[str]) -> int:
    """Make the files; return 0, or 1 when a second making differs."""
    parser = argparse.ArgumentParser(prog="python -m scripts.release", description="Make the files of a release.")
    parser.add_argument("--out", type=Path, default=ROOT / "dist" / "release", help="where to (default: dist/release)")
    parser.add_argument("--twice", action="store_true", help="make them again elsewhere and compare")
    asked = parser.parse_args(arguments)
    made = make_release(asked.out)
    print(f"{current_version()} in {asked.out}:\n{(asked.out / SUMS).read_text()}", end="", flush=True)
    if not asked.twice:
        return 0
    with tempfile.TemporaryDirectory(prefix="release-again-") as folder:
        again = make_release(Path(folder))
    different = sorted(name for name in made.keys() | again.keys() if made.get(name) != again.get(name))
    print(f"made twice, different: {', '.join(different)}" if different else "made twice: the same bytes", flush=True)
    return 1 if different else 0


def make_release(out: Path) -> dict[str, str]:
    """Make every file in ``out``, which is emptied first; return their SHA-256 digests by name."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    with tempfile.TemporaryDirectory(prefix="release-") as folder:
        source = Path(folder) / "source"
        _export(source)
        environment = {**os.environ, "SOURCE_DATE_EPOCH": _commit_time(), "TZ": "UTC", "PYTHONPATH": str(source)}
        _run("uv", "build", "--quiet", "--out-dir", str(out), str(source), cwd=source, environment=environment)
        (out / ".gitignore").unlink(missing_ok=True)
        shutil.copyfile(source / "requirements" / "runtime.txt", out / "requirements.txt")
        _pack_client(source / "clients" / "typescript", out, environment)
        _write_bill(source, out / "sbom.cdx.json", environment)
    digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(out.iterdir())}
    (out / SUMS).write_text("".join(f"{digest}  {name}\n" for name, digest in digests.items()), encoding="utf-8")
    return digests


def _export(target: Path) -> None:
    """Write the last commit's files, with modes that don't depend on who exports them."""
    archive = subprocess.run(
        ["git", "-c", "tar.umask=0022", "archive", "--format=tar", "HEAD"], cwd=ROOT, check=True, capture_output=True
    )
    with tarfile.open(fileobj=BytesIO(archive.stdout)) as files:
        files.extractall(target, filter="data")


def _commit_time() -> str:
    """Return when the last commit was made, in seconds since 1970."""
    told = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, check=True, capture_output=True, text=True)
    return told.stdout.strip()


def _pack_client(folder: Path, out: Path, environment: Mapping[str, str]) -> None:
    if shutil.which("npm") is None:
        print("npm is not installed: the release lacks the browser library", flush=True)
        return
    _run("npm", "ci", "--silent", "--ignore-scripts", cwd=folder, environment=environment)
    _run("npm", "run", "--silent", "build", cwd=folder, environment=environment)
    pack = ("npm", "pack", "--silent", "--ignore-scripts", "--pack-destination", str(out))
    _run(*pack, cwd=folder, environment=environment)


def _write_bill(source: Path, target: Path, environment: Mapping[str, str]) -> None:
    if find_spec(BILL) is None:
        print(f"{BILL} is not there: the release lacks its bill of materials", flush=True)
        return
    _run(sys.executable, "-m", BILL, str(target), cwd=source, environment=environment)


def _run(*command: str, cwd: Path, environment: Mapping[str, str]) -> None:
    program = shutil.which(command[0], path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    subprocess.run([program or command[0], *command[1:]], cwd=cwd, env=environment, check=True, stdout=sys.stderr)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
