"""A request whose body is bounded in size and time and read as JSON only where it is JSON; JSON in and out.

JSON is read as RFC 8259 means it, and written by orjson, which never writes the invalid ``NaN``.
"""

from typing import NoReturn

import orjson
from pydantic import JsonValue
from pydantic_core import to_jsonable_python
from quart import Request
from quart.json.provider import JSONProvider
from quart.wrappers.request import Body
from typing_extensions import override

from common.errors.codes import ErrorCode
from common.errors.source import ErrorSource
from common.web.middleware.request_head import raw_header
from common.web.middleware.request_record import current_service
from common.web.quart_overrides.current import blueprints_of
from common.web.quart_overrides.request_body import BoundedBody
from common.web.quart_overrides.strict_json import NotJsonError, read_json

JSON_TYPE = "application/json"

_NO_CODING = frozenset({b"", b"identity"})


class StrictRequest(Request):
    """A request whose body is bounded and whose JSON is JSON."""

    body_class: type[Body] = BoundedBody
    _parsed: tuple[JsonValue] | None = None
    _announced_length: tuple[int | None] | None = None

    @property
    @override
    def blueprints(self) -> list[str]:
        """The blueprints of the route that matched."""
        return [] if self.url_rule is None else blueprints_of(self.url_rule.endpoint)

    @property
    @override
    def content_length(self) -> int | None:
        """The announced length of the body, None without one; werkzeug looks anew, by exceptions, each time it asks."""
        if self._announced_length is None:
            has_length = raw_header(self, b"content-length") is not None
            self._announced_length = (super().content_length if has_length else None,)
        return self._announced_length[0]

    @override
    async def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> JsonValue:
        """Return the body as JSON, None when there is no body.

        Raises HuleEduError: UNSUPPORTED_MEDIA_TYPE when the body has another type (unless ``force``), PARSING_ERROR
        when it isn't JSON; with ``silent`` the answer is None instead.
        """
        if not await self._has_body():
            return None
        if not (force or self.is_json):
            return None if silent else self._refuse_type()
        if self._parsed is None:
            refuse_content_coding(self)
            raw = await self.body
            try:
                self._parsed = (await read_json(raw),)
            except NotJsonError as error:
                return None if silent else _refuse_json(error)
        value = self._parsed[0]
        if not cache:
            self._parsed = None
        return value

    async def _has_body(self) -> bool:
        if self.content_length is not None:
            return self.content_length > 0
        # Over HTTP/1.1 there would be none; a test client announces nothing.
        return "Transfer-Encoding" in self.headers or bool(await self.body)

    def _refuse_type(self) -> NoReturn:
        raise ErrorSource(current_service(), "read_body").unsupported_media_type(
            f"The body must be {JSON_TYPE}.", supported=[JSON_TYPE]
        )


def refuse_content_coding(request: Request) -> None:
    """Raise UNSUPPORTED_MEDIA_TYPE for a body that is compressed: what is inside it couldn't be judged as it passes.

    The answer names what is taken in ``Accept-Encoding`` (RFC 9110 section 15.5.16).
    """
    codings = (raw_header(request, b"content-encoding") or b"").lower().split(b",")
    if any(coding.strip() not in _NO_CODING for coding in codings):
        raise ErrorSource(current_service(), "read_body").unsupported_media_type(
            "The body must not have a Content-Encoding.", headers={"Accept-Encoding": "identity"}
        )


def _refuse_json(error: NotJsonError) -> NoReturn:
    raise ErrorSource(current_service(), "read_body").error(
        ErrorCode.PARSING_ERROR, f"The body is not valid JSON: {error}."
    )


class OrjsonProvider(JSONProvider):
    """``app.json``; set it after QuartSchema, which sets its own."""

    def dumps(self, obj: object, **kwargs: object) -> str:
        """Return ``obj`` as JSON; of Quart's options only ``indent`` (always two spaces) and ``sort_keys`` count."""
        options = orjson.OPT_INDENT_2 if kwargs.get("indent") else 0
        options |= orjson.OPT_SORT_KEYS if kwargs.get("sort_keys") else 0
        return orjson.dumps(obj, default=to_jsonable_python, option=options).decode()

    def loads(self, s: str | bytes, **_kwargs: object) -> JsonValue:
        """Return the value that ``s`` spells; raises ValueError for anything that isn't JSON."""
        value: JsonValue = orjson.loads(s)
        return value
