"""The environment of the peers: what is locked for it, and what happens without a network."""

import re
import sys
from pathlib import Path

import pytest

from benchmarks.cases import peers
from benchmarks.peer_environment import LOCK, PeersMissingError, peer_interpreter, peer_versions
from benchmarks.processes import ROOT
from benchmarks.rounds import Options

PINS = re.compile(r"^(\S+)==(\S+)", re.MULTILINE)
HASHED = re.compile(r"^\S+==.* \\\n +--hash=sha256:", re.MULTILINE)


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return a folder of a uv that has no network and nothing in its cache."""
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("UV_FIND_LINKS", raising=False)
    return tmp_path / "environment"


def test_packages_that_cannot_be_fetched_are_told_in_a_line(offline: Path) -> None:
    """It says what to look at, and nothing counts as installed."""
    with pytest.raises(PeersMissingError, match=r"\Athe peers' packages could not be fetched from PyPI .*\)\Z"):
        peer_interpreter(offline)

    with pytest.raises(PeersMissingError):
        peer_interpreter(offline)


def test_the_case_is_left_out_with_that_reason(offline: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No server is started."""
    wrk = tmp_path / "wrk"
    wrk.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    result = peers.run(Options(1, 1.0), lambda: peer_interpreter(offline))

    assert result.left_out.startswith("the peers' packages could not be fetched from PyPI")
    assert "\n" not in result.left_out
    assert result.figures == ()


def test_an_environment_that_has_what_is_locked_is_taken_as_it_is(offline: Path) -> None:
    """Without asking uv."""
    offline.mkdir()
    (offline / "installed").write_text(f"{sys.version}\n{LOCK.read_text(encoding='utf-8')}", encoding="utf-8")

    assert peer_interpreter(offline) == offline / "bin" / "python"


def test_shared_packages_are_locked_to_the_versions_of_the_product() -> None:
    """Peers and floors do their job with the same libraries; and each package has hashes."""
    product, bench = (
        dict(PINS.findall((ROOT / "requirements" / name).read_text(encoding="utf-8")))
        for name in ("runtime.txt", "bench.txt")
    )
    shared = product.keys() & bench.keys()

    assert {"aiohttp", "orjson", "pyjwt", "uvloop"} <= shared
    assert {name: bench[name] for name in shared} == {name: product[name] for name in shared}
    assert len(HASHED.findall(LOCK.read_text(encoding="utf-8"))) == len(bench)
    assert "://" not in LOCK.read_text(encoding="utf-8")


def test_a_result_names_the_versions() -> None:
    """Of what the peers are made of."""
    assert re.fullmatch(
        r"fastapi [\d.]+, uvicorn [\d.]+, httptools [\d.]+, aiohttp [\d.]+, httpx [\d.]+", peer_versions()
    )
