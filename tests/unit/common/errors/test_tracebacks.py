"""Errors that have been dealt with hold nothing."""

import pytest

from common.errors.tracebacks import drop_tracebacks, raise_others


def failed() -> LookupError:
    """Return an error that was raised because of another."""
    with pytest.raises(LookupError) as raised:
        look_up()
    return raised.value


def look_up() -> None:
    """Raise LookupError because of a KeyError."""
    try:
        dict[str, int]()["key"]
    except KeyError as cause:
        raise LookupError from cause


def test_dropped_tracebacks() -> None:
    """The error loses its own, and so does what it came from."""
    error = failed()

    drop_tracebacks(error)

    assert error.__traceback__ is None
    assert isinstance(error.__cause__, KeyError)
    assert error.__cause__.__traceback__ is None


def test_group_whose_tracebacks_are_dropped() -> None:
    """What a group encloses loses its own."""
    enclosed = failed()

    drop_tracebacks(ExceptionGroup("failed", [enclosed]))

    assert enclosed.__traceback__ is None


def test_error_that_is_its_own_cause() -> None:
    """It is looked at once."""
    error = failed()
    error.__cause__ = error

    drop_tracebacks(error)

    assert error.__traceback__ is None


def test_expected_errors() -> None:
    """A group of nothing else ends, and nothing is kept by its tracebacks."""
    enclosed = failed()

    raise_others(ExceptionGroup("failed", [enclosed]), LookupError)

    assert enclosed.__traceback__ is None


def test_others() -> None:
    """What isn't expected is raised, with its traceback."""
    other = failed()
    ended = ExceptionGroup("failed", [ValueError(), other])

    with pytest.raises(ExceptionGroup) as raised:
        raise_others(ended, ValueError)

    assert raised.value.exceptions == (other,)
    assert other.__traceback__ is not None
