"""The correlation id of the work at hand."""

import asyncio
from contextvars import Context
from uuid import NAMESPACE_OID, UUID, uuid4, uuid5

import pytest

from common.correlation import (
    bind_correlation_id,
    bound_correlation_id,
    canonical_correlation_id,
    correlation_id,
    parse_correlation_id,
)

SPELLED = "3f1b4e1c-9a5e-4a53-9b47-0c6b0e6f2d11"


def test_asking_binds_a_fresh_id() -> None:
    """So that two errors of one piece of work carry the same."""
    assert Context().run(lambda: correlation_id() == correlation_id() == bound_correlation_id())


def test_looking_binds_nothing() -> None:
    """A log line outside any request has no id, and gives none to what follows."""
    assert Context().run(lambda: (bound_correlation_id(), bound_correlation_id())) == (None, None)


async def test_tasks_inherit_the_id_and_keep_theirs_apart() -> None:
    """Two requests at once never see each other's."""
    outer = uuid4()

    async def work() -> tuple[UUID, UUID]:
        inherited = correlation_id()
        bind_correlation_id(own := uuid4())
        await asyncio.sleep(0)
        assert correlation_id() == own
        return inherited, own

    bind_correlation_id(outer)
    (first, one), (second, other) = await asyncio.gather(work(), work())

    assert first == second == outer
    assert one != other
    assert correlation_id() == outer


@pytest.mark.parametrize("raw", [SPELLED, SPELLED.upper()])
def test_a_canonical_uuid_is_taken(raw: str) -> None:
    """In either case."""
    assert parse_correlation_id(raw) == UUID(SPELLED)


@pytest.mark.parametrize(
    "raw",
    [
        None,
        "",
        "1",
        SPELLED.replace("-", ""),
        f"{{{SPELLED}}}",
        f"urn:uuid:{SPELLED}",
        f" {SPELLED}",
        f"{SPELLED}\n",
        SPELLED.replace("3", "g", 1),
        SPELLED.replace("-", "_"),
        "3f1b4e1c9a5e-4a53-9b47-0c6b0e6f2d11-",
        "\uff13f1b4e1c-9a5e-4a53-9b47-0c6b0e6f2d11",
    ],
)
def test_anything_else_is_not(raw: str | None) -> None:
    """It would travel into headers and logs of every service behind."""
    assert parse_correlation_id(raw) is None


@pytest.mark.parametrize("value", [SPELLED, SPELLED.upper(), SPELLED.replace("-", ""), UUID(SPELLED)])
def test_any_spelling_of_a_uuid_is_that_uuid(value: str | UUID) -> None:
    """A service may hold the id as text or as a UUID."""
    assert canonical_correlation_id(value) == UUID(SPELLED)


def test_another_text_gives_the_uuid_the_platform_derives() -> None:
    """The logs of two services that were given the same text can be joined."""
    assert canonical_correlation_id("batch 7") == uuid5(NAMESPACE_OID, "batch 7")
    assert canonical_correlation_id("\ud800").version == 5


@pytest.mark.parametrize("nothing", [None, ""])
def test_no_text_gives_the_id_of_the_context(nothing: str | None) -> None:
    """What fails within a piece of work has its id; what fails outside has one of its own, and lends it to nothing."""
    outside = [Context().run(canonical_correlation_id, nothing) for _ in range(2)]

    assert Context().run(lambda: correlation_id() == canonical_correlation_id(nothing))
    assert Context().run(lambda: (canonical_correlation_id(nothing), bound_correlation_id())[1]) is None
    assert outside[0] != outside[1]
