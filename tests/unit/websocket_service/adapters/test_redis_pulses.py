"""Which messages of a Cluster were lost: by the pulses of each primary, and by the links that they come over."""

import pytest

from websocket_service.adapters.redis_pulses import READ_UP_ROUNDS, UNHEARD_AFTER, ClusterLosses

SOUND, LOST = "sound", "lost"
SLOTS = range(2 * READ_UP_ROUNDS)
LINKS = frozenset({(b"a", 1), (b"b", 2)})


@pytest.fixture
def losses() -> ClusterLosses:
    """Three primaries whose first pulses were all heard."""
    known = ClusterLosses(links=LINKS)
    play_round(known)
    return known


def play_round(losses: ClusterLosses, *, unheard: str = "", links: frozenset[tuple[bytes, int]] | None = LINKS) -> None:
    """Have each primary take a pulse, all of which are heard but that of ``unheard``."""
    losses.begin_round([SOUND, LOST, "third"])
    for name, primary in losses.primaries.items():
        primary.sent += 1
        primary.unheard += 1
        if name != unheard:
            primary.hear(primary.sent)
    losses.end_round(links)


def concerned(losses: ClusterLosses, primary: str | None) -> set[int]:
    """Return the slots to read up now."""
    return {slot for slot in SLOTS if losses.concerns(primary, slot)}


def test_nothing_is_read_up_while_all_is_heard(losses: ClusterLosses) -> None:
    """Round after round."""
    for _ in range(2 * UNHEARD_AFTER):
        play_round(losses)

        assert not losses.any
        assert [concerned(losses, primary) for primary in (SOUND, LOST, None)] == [set()] * 3


def test_a_cut_off_primary(losses: ClusterLosses) -> None:
    """Each of its users is read up once in so many rounds; no other primary's are; what comes from any is too."""
    for _ in range(UNHEARD_AFTER):
        assert not losses.any
        play_round(losses, unheard=LOST)
    turns = []
    for _ in range(READ_UP_ROUNDS):
        turns.append(concerned(losses, LOST))
        assert concerned(losses, SOUND) == set()
        play_round(losses, unheard=LOST)

    assert losses.cut_off == {LOST}
    assert [len(turn) for turn in turns] == [2] * READ_UP_ROUNDS
    assert set().union(*turns) == set(SLOTS)
    assert any(losses.concerns(None, turn) for turn in SLOTS)
    assert not losses.is_outcast


def test_heard_again(losses: ClusterLosses) -> None:
    """All of its users are read up once, and then nobody."""
    for _ in range(UNHEARD_AFTER):
        play_round(losses, unheard=LOST)
    play_round(losses)
    at_once = concerned(losses, LOST), concerned(losses, SOUND), concerned(losses, None)
    play_round(losses)

    assert at_once == (set(SLOTS), set(), set(SLOTS))
    assert not losses.any


def test_one_lost_pulse(losses: ClusterLosses) -> None:
    """Is enough to know that messages may have been lost with it."""
    play_round(losses, unheard=LOST)
    play_round(losses)

    assert concerned(losses, LOST) == set(SLOTS)


def test_a_link_that_was_made_again(losses: ClusterLosses) -> None:
    """Everyone is read up once, though every pulse was heard; links that can't be told say nothing."""
    remade = frozenset({(b"a", 1), (b"b", 3)})
    play_round(losses, links=None)
    untold = losses.any
    play_round(losses, links=remade)
    at_once = concerned(losses, SOUND)
    play_round(losses, links=remade)

    assert not untold
    assert at_once == set(SLOTS)
    assert not losses.any


def test_most_are_cut_off() -> None:
    """Then it is the node that is subscribed to that lost the others."""
    losses = ClusterLosses()
    for _ in range(UNHEARD_AFTER):
        losses.begin_round([SOUND, LOST, "third"])
        for name in (LOST, "third"):
            losses.primaries[name].unheard += 1
        losses.end_round(None)

    assert losses.is_outcast


def test_a_primary_that_is_none_any_more(losses: ClusterLosses) -> None:
    """Is missed by nobody."""
    for _ in range(UNHEARD_AFTER):
        play_round(losses, unheard=LOST)
    losses.begin_round([SOUND, "third"])
    losses.end_round(LINKS)

    assert losses.cut_off == set()
