"""The tables of docs/operations.md: what can be set, and what can be measured."""

from pydantic import BaseModel

from api_gateway.settings import GatewaySettings
from common.settings.shared import SharedSettings
from common.settings.variables import settings_rows
from scripts.docs.metrics import metric_table
from scripts.docs.tables import table, with_table
from websocket_service.settings import FeedSettings

SETTINGS: dict[str, type[BaseModel]] = {
    "settings of the gateway": GatewaySettings,
    "settings of the feed": FeedSettings,
    "settings of both": SharedSettings,
}


def with_operations(page: str) -> str:
    """Return ``page`` with each table put between its markers.

    Raises:
        ValueError: ``page`` lacks a table's markers.
    """
    for name, settings in SETTINGS.items():
        page = with_table(page, name, setting_table(settings))
    return with_table(page, "metrics", metric_table())


def setting_table(settings: type[BaseModel]) -> str:
    """Return the variables that ``settings`` read, each with its default and meaning."""
    told = {"required": "**required**", "": ""}
    rows = (
        (f"`{row.variable}`", told.get(row.default, f"`{row.default}`"), row.meaning) for row in settings_rows(settings)
    )
    return table(("variable", "default", "what it says"), rows)
