"""Build the wheel, install it into a clean environment with each pip, and ask the installed services.

``python -m scripts.check_wheel [PIP ...]``: pips as ``23.0.1``, or ``newest``. It fails when one can't install the
wheel, when a command doesn't run, when the installed gateway doesn't serve its pages, or when the types of the
installed packages don't reach a consumer's mypy.
"""

import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import venv
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.error import URLError

from common.tested_versions import TESTED

ROOT = Path(__file__).resolve().parents[1]
PIPS: Final = ("23.0.1" if sys.version_info < (3, 12) else "23.2.1", "24.0", "newest")
"""The first is about the oldest that runs on the Python at hand."""

NEWEST: Final = "newest"
COMMANDS: Final = ("huleedu-gateway", "huleedu-websocket")
PAGES: Final = ("/livez", "/docs/gateway.md", "/docs", "/openapi.json")
READY_WITHIN_S: Final = 60
CONSUMER: Final = """
from common.errors import ErrorCode, HuleEduError, create_error_detail_with_context

code: ErrorCode = HuleEduError  # type: ignore[assignment]  # unused, and so an error, where the types aren't seen
create_error_detail_with_context(
    error_code=ErrorCode.TIMEOUT,
    message=1,  # type: ignore[arg-type]
    service="consumer",
    operation="check_types",
)
"""
"""A service that uses the installed package wrongly, twice."""

UPSTREAMS: Final = ("IDENTITY", "BOS", "RESULT_AGGREGATOR", "FILE_SERVICE", "CMS_API", "BFF_TEACHER")


def main(pips: Sequence[str]) -> int:
    """Check the wheel with each of ``pips``; return 0 when all went well."""
    with tempfile.TemporaryDirectory(prefix="wheel-") as folder:
        wheel = _build(Path(folder))
        for pip in pips or PIPS:
            started = time.monotonic()
            environment = Path(folder) / f"pip-{pip}"
            _check(wheel, pip, environment)
            print(f"{wheel.name} with pip {pip}: installs and serves ({time.monotonic() - started:.0f} s)", flush=True)
        _check_types(environment)
        print(f"{wheel.name}: a consumer's mypy sees its types", flush=True)
    return 0


def _build(folder: Path) -> Path:
    _run("uv", "build", "--quiet", "--wheel", "--out-dir", str(folder), str(ROOT), cwd=ROOT)
    return next(folder.glob("*.whl"))


def _check(wheel: Path, pip: str, folder: Path) -> None:
    venv.create(folder, with_pip=True)
    install = (str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    _run(*install, "--upgrade", "pip" if pip == NEWEST else f"pip=={pip}", cwd=folder)
    constraints = folder / "constraints.txt"
    constraints.write_text("".join(f"{package}=={versions[-1]}\n" for package, versions in TESTED.items()))
    _run(*install, "--constraint", str(constraints), str(wheel), cwd=folder)
    for command in COMMANDS:
        _run(str(folder / "bin" / command), "--version", cwd=folder)
    _ask(folder)


def _check_types(folder: Path) -> None:
    (folder / "consumer.py").write_text(CONSUMER, encoding="utf-8")
    _run(sys.executable, "-m", "mypy", "--strict", "--python-executable", "bin/python", "consumer.py", cwd=folder)


def _ask(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environ = {
        "PATH": os.environ["PATH"],
        "JWT_SECRET_KEY": secrets.token_hex(32),
        "API_GATEWAY_HTTP_PORT": str(port),
        "API_GATEWAY_REDIS_URL": "redis://127.0.0.1:9",
        "API_GATEWAY_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9",
        "API_GATEWAY_DRAIN_GRACE_SECONDS": "0",
        **{f"API_GATEWAY_{name}_URL": "http://127.0.0.1:9" for name in UPSTREAMS},
    }
    command = [str(folder / "bin" / COMMANDS[0])]
    with subprocess.Popen(command, env=environ, cwd=folder, stdout=subprocess.DEVNULL) as gateway:
        try:
            for page in PAGES:
                _get(f"http://127.0.0.1:{port}{page}", gateway)
        finally:
            gateway.terminate()


def _get(url: str, gateway: subprocess.Popen[bytes]) -> None:
    """Ask until the gateway listens.

    Raises:
        URLError: it doesn't within 60 s, or the answer is no 200.
    """
    give_up_at = time.monotonic() + READY_WITHIN_S
    while True:
        try:
            with urllib.request.urlopen(url, timeout=READY_WITHIN_S):
                return
        except urllib.error.HTTPError:
            raise
        except URLError:
            if gateway.poll() is not None or time.monotonic() > give_up_at:
                raise
            time.sleep(0.1)


def _run(*command: str, cwd: Path) -> None:
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environ['PATH']}"
    subprocess.run(command, cwd=cwd, env=environ, check=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
