"""The services start with packages that were tested, and with no others."""

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest
from quart import Quart

from api_gateway.__main__ import main as gateway
from api_gateway.app import create_app_from_environment as gateway_from_environment
from common.tested_versions import TESTED, UntestedVersionError, check_versions
from common.web.serving.command import EXIT_CODE_FAILED
from scripts.docs.kept_files import ROOT
from websocket_service.app import create_app_from_environment as feed_from_environment

LOCKED = dict(re.findall(r"^([\w-]+)==([\w.]+)", (ROOT / "requirements" / "runtime.txt").read_text(), re.MULTILINE))


def quart_is_newer(package: str) -> str:
    """Return an installation's versions: those of the lock, but a Quart of tomorrow."""
    return "0.23.1" if package == "quart" else LOCKED[package]


def test_what_is_installed_and_what_is_locked_was_tested() -> None:
    """The whole suite runs with these, so it is the test that the table speaks of."""
    check_versions()
    check_versions(LOCKED.__getitem__)


def test_another_version_is_refused_by_name() -> None:
    """The message says what is there, what was tested and what to do, and nothing of packages that are in order."""
    with pytest.raises(UntestedVersionError) as raised:
        check_versions(quart_is_newer)

    message = str(raised.value)
    assert message.startswith("not tested with quart 0.23.1 (tested: 0.22.0). Install a tested version")
    assert "common/tested_versions.py" in message
    assert "hypercorn" not in message


def test_the_command_says_so_and_fails(capsys: pytest.CaptureFixture[str]) -> None:
    """Before it reads its settings, which are not at fault."""

    def read_nothing() -> NoReturn:
        message = "the settings were read"
        raise AssertionError(message)

    status = replace(gateway, check=lambda: check_versions(quart_is_newer), load=read_nothing)([])

    assert status == EXIT_CODE_FAILED
    assert capsys.readouterr().err.startswith("api_gateway can't run: not tested with quart 0.23.1")


@pytest.mark.parametrize("create_app", [gateway_from_environment, feed_from_environment], ids=["gateway", "feed"])
def test_so_do_the_app_factories(
    create_app: Callable[[], Quart], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hypercorn's own command line gets the same answer where another Quart is installed."""
    installed = tmp_path / "quart-0.1.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: quart\nVersion: 0.1\n")
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(UntestedVersionError, match=r"quart 0\.1 \(tested: 0\.22\.0\)"):
        create_app()


def test_a_service_that_takes_the_errors_alone_is_not_checked() -> None:
    """It has a Quart of its own."""
    program = "import sys, common.errors.quart_handlers; print('common.tested_versions' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)

    assert done.stdout == "False\n"


@pytest.mark.parametrize("package", sorted(TESTED))
def test_the_metadata_keep_a_range(package: str) -> None:
    """A service that takes ``common.errors`` alone may have another patch release, but not the next minor one."""
    (asked,) = re.findall(
        rf'^    "{package}(?:\[.*?\])?([<>=].*?)",', (ROOT / "pyproject.toml").read_text(), re.MULTILINE
    )

    assert re.fullmatch(r">=[\d.]+,<[\d.]+", asked)
