"""docs/operations.md against the settings themselves."""

from pathlib import Path

import pytest

from api_gateway.settings import GatewaySettings
from common.settings import SharedSettings
from common.settings_table import SettingRow, settings_rows
from websocket_service.settings import FeedSettings

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "operations.md").read_text()
ROWS = settings_rows(GatewaySettings, FeedSettings, SharedSettings)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row.variable))
def test_every_variable_stands_in_the_page_with_its_default(row: SettingRow) -> None:
    """The configuration table is true: name, default and meaning as the code has them."""
    told = {"required": "**required**", "": ""}.get(row.default, f"`{row.default}`")

    assert f"| `{row.variable}` | {told} | {row.meaning} |" in PAGE


def test_no_variable_stands_in_the_page_that_nobody_reads() -> None:
    """A variable that was removed leaves the page too."""
    told = [line.split("`")[1] for line in PAGE.splitlines() if line.startswith("| `") and line.split("`")[1].isupper()]

    assert sorted(told) == sorted(row.variable for row in ROWS)
