"""README.md names what the services can't start without."""

import re

import pytest
from pydantic import BaseModel

from api_gateway.settings import PREFIX, GatewaySettings
from common.settings.variables import settings_rows
from scripts.docs.kept_files import ROOT
from websocket_service.settings import FeedSettings

PAGE = (ROOT / "README.md").read_text(encoding="utf-8")
ROWS = [line.split(" | ") for line in PAGE.splitlines() if line.startswith("| `")]


@pytest.mark.parametrize(("column", "settings"), [(1, GatewaySettings), (2, FeedSettings)], ids=["gateway", "feed"])
def test_every_required_variable_is_told(column: int, settings: type[BaseModel]) -> None:
    """Those without a default are called required, and no others."""
    told = [name for row in ROWS if row[column] == "required" for name in re.findall(r"`(\w+)`", row[0])]

    required = [row.variable.removeprefix(PREFIX) for row in settings_rows(settings) if row.default == "required"]

    assert sorted(told) == sorted(required)
