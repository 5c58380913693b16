"""The books of a soak: what counts as lost, as twice, as another's."""

from benchmarks.soak.load.ledger import Ledger


def test_what_was_acknowledged_and_did_not_arrive_is_lost() -> None:
    """What Kafka never acknowledged isn't: it may never have been there."""
    ledger = Ledger()
    acknowledged, uncertain = ledger.send("maria"), ledger.send("maria")
    ledger.acknowledge("maria", acknowledged)

    before = ledger.missing
    ledger.receive("maria", cursor="a:1", number=acknowledged)

    assert (before, ledger.missing) == (1, 0)
    assert uncertain not in ledger.page("maria").lost


def test_an_arrival_before_its_acknowledgement_counts() -> None:
    """The feed may be faster than the producer's answer, which may not come at all."""
    ledger = Ledger()
    number = ledger.send("maria")

    ledger.receive("maria", cursor="a:1", number=number)
    ledger.acknowledge("maria", number)

    assert ledger.missing == 0
    assert ledger.summary()["foreign"] == 0


def test_the_same_number_under_two_cursors_came_twice() -> None:
    """As when the feed appends a record a second time."""
    ledger = Ledger()
    number = ledger.send("maria")
    for cursor in ("a:1", "a:2"):
        ledger.receive("maria", cursor=cursor, number=number)

    assert ledger.page("maria").twice == {f"number {number}"}


def test_the_same_cursor_again_came_twice() -> None:
    """As when a resume repeats something; that holds for notifications without a number too."""
    ledger = Ledger()
    for _ in range(2):
        ledger.receive("maria", cursor="a:1", number=None)

    assert ledger.summary()["twice"] == 1


def test_what_is_anothers_is_foreign() -> None:
    """A number that was sent to another teacher, or to nobody."""
    ledger = Ledger()
    number = ledger.send("erik")
    ledger.acknowledge("erik", number)

    ledger.receive("maria", cursor="a:1", number=number)

    assert ledger.summary()["foreign"] == 1
    assert ledger.summary()["lost"] == 1
