"""The command line says what it takes and refuses the rest."""

import pytest

from sandbox.__main__ import main, make_parser, stack_options
from sandbox.options import SigningAlgorithm


@pytest.mark.parametrize("command", [[], ["up"], ["demo"]])
def test_help_ends_well(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """--help prints what there is to choose."""
    with pytest.raises(SystemExit) as ended:
        main([*command, "--help"])

    assert ended.value.code == 0
    assert "usage: python -m sandbox" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["down"],
        ["up", "--gateway-port", "0"],
        ["up", "--gateway-port", "65536"],
        ["up", "--gateway-port", "four"],
        ["up", "--algorithm", "none"],
        ["demo", "--gateway", "http://127.0.0.1:1"],
        ["demo", "--websocket", "ws://127.0.0.1:1/ws"],
        ["demo", "--course", "MA1"],
    ],
)
def test_what_makes_no_sense_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2 and a line that says what is wrong."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)

    assert ended.value.code == 2
    assert "error:" in capsys.readouterr().err


def test_options_reach_the_stack() -> None:
    """What is asked for is what is started."""
    asked = make_parser().parse_args(["up", "--gateway-port", "4001", "--algorithm", "RS256", "--phase-seconds", "2"])

    options = stack_options(asked)

    assert (options.gateway_port, options.websocket_port) == (4001, None)
    assert (options.algorithm, options.phase_s) == (SigningAlgorithm.RS256, 2.0)
