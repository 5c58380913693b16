"""The books of commands: acknowledged means once on Kafka."""

import pytest

from benchmarks.soak.load.command_ledger import CommandLedger


def ledger_of(*, acknowledged: bool = True, cut: bool = False, records: tuple[str, ...]) -> CommandLedger:
    """Return the books of one command of batch ``b``."""
    ledger = CommandLedger()
    command = ledger.attempt("b")
    command.acknowledged, command.cut = acknowledged, cut
    for event_id in records:
        ledger.record("b", event_id)
    return ledger


@pytest.mark.parametrize(
    ("ledger", "wrong"),
    [
        (ledger_of(records=("e",)), {}),
        (ledger_of(records=()), {"missing": 1}),
        (ledger_of(acknowledged=False, records=()), {}),
        (ledger_of(records=("e", "f")), {"two_ids": 1}),
        (ledger_of(records=("e", "e")), {"repeated": 1}),
        (ledger_of(cut=True, records=("e", "e")), {"repeated_after_cut": 1}),
        (ledger_of(cut=True, records=("e", "f")), {"two_ids": 1}),
    ],
)
def test_what_is_wrong(ledger: CommandLedger, wrong: dict[str, int]) -> None:
    """A repeat under one event id is expected only where an attempt was cut off; two event ids never are."""
    summary = ledger.summary()

    names = ("missing", "two_ids", "repeated", "repeated_after_cut")
    assert {name: summary[name] for name in names if summary[name]} == wrong
