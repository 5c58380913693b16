import json
from typing import cast

import pytest

from scripts.docs.asyncapi import document
from scripts.docs.openapi import openapi_json
from tests.unit.docs.reading import Json


@pytest.fixture(scope="session")
def described() -> Json:
    """The OpenAPI description of the gateway as it is."""
    return cast("Json", json.loads(openapi_json()))


@pytest.fixture(scope="session")
def asyncapi() -> Json:
    """The AsyncAPI document of the edge as it is."""
    return document()
