"""JSON by Quart's own calls."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from pydantic import BaseModel
from quart import Quart, jsonify

from common.web.quart_overrides.request import OrjsonProvider


class Thing(BaseModel):
    """A model."""

    name: str


@pytest.fixture
def provider() -> OrjsonProvider:
    """The provider of some app."""
    return OrjsonProvider(Quart("tests", static_folder=None))


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ({"a": 1}, '{"a":1}'),
        (float("nan"), "null"),
        (Thing(name="x"), '{"name":"x"}'),
        (UUID(int=1), '"00000000-0000-0000-0000-000000000001"'),
        (datetime(2026, 1, 1, tzinfo=UTC), '"2026-01-01T00:00:00+00:00"'),
        (Decimal("1.5"), '"1.5"'),
        ("å", '"å"'),
    ],
    ids=repr,
)
def test_what_python_has_is_written_as_valid_json(provider: OrjsonProvider, value: object, written: str) -> None:
    """Models, dates and ids too, and never ``NaN``."""
    assert provider.dumps(value) == written


def test_quarts_options_are_understood(provider: OrjsonProvider) -> None:
    """QuartSchema asks for indentation, tests for sorted keys; anything else is nobody's business."""
    written = provider.dumps({"b": 1, "a": 2}, indent=2, sort_keys=True, separators=(",", ":"))

    assert written == '{\n  "a": 2,\n  "b": 1\n}'


def test_reading_is_strict(provider: OrjsonProvider) -> None:
    """Broken JSON is a ValueError, as Quart expects."""
    assert provider.loads('{"a":[1]}') == {"a": [1]}

    with pytest.raises(ValueError, match="JSON"):
        provider.loads("NaN")


async def test_quart_answers_through_it() -> None:
    """``jsonify`` and returned dicts are written by the provider that is set."""
    app = Quart("tests", static_folder=None)
    app.json = OrjsonProvider(app)

    async with app.app_context():
        response = jsonify({"value": float("inf")})

    assert await response.get_data() == b'{"value":null}'
