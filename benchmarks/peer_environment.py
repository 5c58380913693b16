"""The peers' packages, in an environment of their own, which is made when a case asks for it."""

import re
import subprocess
import sys
from pathlib import Path

from benchmarks.processes import ROOT

LOCK = ROOT / "requirements" / "bench.txt"
FOLDER = ROOT / ".venv-bench"
TOLD = ("fastapi", "uvicorn", "httptools", "aiohttp", "httpx")
"""The packages whose versions a result names."""


class PeersMissingError(RuntimeError):
    """The peers' packages aren't installed and could not be fetched; the message is one line."""


def peer_interpreter(folder: Path = FOLDER) -> Path:
    """Return the interpreter of the environment in ``folder``, made anew if the lock or this Python has changed.

    Raises:
        PeersMissingError: when packages can't be fetched; uv has then said why on standard error.
    """
    interpreter, stamp = folder / "bin" / "python", folder / "installed"
    wanted = f"{sys.version}\n{LOCK.read_text(encoding='utf-8')}"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return interpreter
    print(f"installing the peers' packages into {folder.name} …", flush=True)
    _uv("venv", "--clear", "--python", sys.executable, str(folder))
    _uv("pip", "sync", "--require-hashes", "--python", str(interpreter), str(LOCK))
    stamp.write_text(wanted, encoding="utf-8")
    return interpreter


def peer_versions() -> str:
    """Return the locked versions of the packages that the peers are made of."""
    locked = dict(re.findall(r"^(\S+)==(\S+)", LOCK.read_text(encoding="utf-8"), re.MULTILINE))
    return ", ".join(f"{name} {locked[name]}" for name in TOLD)


def _uv(*arguments: str) -> None:
    uv = Path(sys.executable).with_name("uv")
    if subprocess.run([uv, "--quiet", *arguments], check=False).returncode:
        raise PeersMissingError(
            "the peers' packages could not be fetched from PyPI (check the network, or name a mirror by UV_INDEX_URL)"
        )
