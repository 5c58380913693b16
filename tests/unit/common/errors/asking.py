"""A request to the failing app, and what came back."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson
from pydantic import JsonValue
from quart.testing import sentinel
from quart.typing import TestClientProtocol
from werkzeug.datastructures import Headers

from tests.unit.common.errors.failing_app import HEADERS


@dataclass(frozen=True)
class Request:
    """One request that must fail."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    data: bytes = b""
    form: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Headers
    body: bytes

    @property
    def error(self) -> dict[str, JsonValue]:
        """The object under ``error``."""
        error: dict[str, JsonValue] = orjson.loads(self.body)["error"]
        return error

    @property
    def details(self) -> dict[str, JsonValue]:
        """The error's details."""
        details = self.error["details"]
        assert isinstance(details, dict)
        return details


async def ask(client: TestClientProtocol, request: Request) -> Answer:
    """Send ``request`` with our correlation id."""
    response = await client.open(
        request.path,
        method=request.method,
        headers={**HEADERS, **request.headers},
        data=request.data if request.form is None else None,
        form=dict(request.form) if request.form is not None else None,
        json=sentinel,
    )
    return Answer(response.status_code, response.headers, await response.get_data(as_text=False))


def post(body: bytes, content_type: str = "application/json", path: str = "/batches") -> Request:
    """Return the POST of ``body``."""
    return Request("POST", path, {"Content-Type": content_type}, body)
