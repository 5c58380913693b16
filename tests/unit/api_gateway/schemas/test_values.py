"""Numbers as JSON Schema has them: 3.0 is an integer, 3.5 isn't."""

import pytest
from pydantic import TypeAdapter, ValidationError

from api_gateway.schemas import MAX_COUNT, PositiveCount

COUNT: TypeAdapter[int] = TypeAdapter(PositiveCount)


@pytest.mark.parametrize("spelled", [3, 3.0])
def test_a_whole_number_counts_however_it_is_spelled(spelled: float) -> None:
    """A client whose language has one kind of number isn't refused for it."""
    count = COUNT.validate_python(spelled)

    assert (count, type(count)) == (3, int)


@pytest.mark.parametrize("wrong", [0, -1, 3.5, True, "3", None, MAX_COUNT + 1, 1e300, float("inf"), float("nan")])
def test_anything_else_is_refused(wrong: object) -> None:
    """Neither fractions, booleans and texts, nor what storage can't hold."""
    with pytest.raises(ValidationError):
        COUNT.validate_python(wrong)


def test_the_bounds_are_described() -> None:
    """The schema tells what is refused."""
    assert COUNT.json_schema() == {"exclusiveMinimum": 0, "maximum": MAX_COUNT, "type": "integer"}
