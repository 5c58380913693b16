"""Who may reach which object by its id, on every route that takes one; a new route fails here until it is entered."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from urllib.parse import unquote

import pytest
from pydantic import JsonValue

from api_gateway.upstream.ports import UpstreamName
from tests.support.asgi_client import Answer, Call
from tests.support.gateway import USER, Gateway, bearer, make_gateway
from tests.support.multipart_bodies import CONTENT_TYPE, file_part, form, upload

OWNER = "the-real-owner"
AUTOMATIC = {"HEAD", "OPTIONS"}


class Guard(Enum):
    """Who keeps another user's object from the caller."""

    EDGE = auto()
    """The gateway, by the aggregator's record, before any other service is asked."""

    SERVICE = auto()
    """The service behind, by the caller's id that the gateway sets; its refusal is handed on, without the owner."""

    NOBODY = auto()
    """No one: the service acts on any id."""

    PUBLIC = auto()
    """No one has to: what it names is no user's."""


@dataclass(frozen=True, slots=True)
class Access:
    """How a route is called with another's id, and who guards it."""

    guard: Guard
    upstream: UpstreamName | None = None
    path: str = ""
    body: JsonValue = None


PROMPT: JsonValue = {"student_prompt_ref": {"references": {"student_prompt_text": {"storage_id": "s1"}}}}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ROUTES: dict[tuple[str, str], Access] = {
    ("GET", "/v1/batches/<batch_id>/status"): Access(Guard.EDGE),
    ("POST", "/v1/batches/<batch_id>/pipelines"): Access(Guard.EDGE, body={"requested_pipeline": "nlp"}),
    ("GET", "/v1/batches/<batch_id>/student-associations"): Access(Guard.EDGE),
    ("POST", "/v1/batches/<batch_id>/student-associations/confirm"): Access(Guard.EDGE, body={"associations": []}),
    ("PATCH", "/v1/batches/<batch_id>/prompt"): Access(Guard.SERVICE, UpstreamName.BOS, body=PROMPT),
    ("POST", "/v1/files/batch/<batch_id>/files"): Access(Guard.SERVICE, UpstreamName.FILE),
    ("DELETE", "/v1/files/batch/<batch_id>/files/<file_upload_id>"): Access(Guard.SERVICE, UpstreamName.FILE),
    ("GET", "/v1/files/batch/<batch_id>/state"): Access(Guard.SERVICE, UpstreamName.FILE),
    **{
        (method, "/bff/v1/teacher/<path:path>"): Access(Guard.SERVICE, UpstreamName.BFF, "/bff/v1/teacher/batches/b2")
        for method in METHODS
    },
    **{
        (method, "/v1/classes/<path:path>"): Access(Guard.NOBODY, UpstreamName.CMS, "/v1/classes/c2")
        for method in METHODS
    },
    ("GET", "/v1/errors/<code>"): Access(Guard.PUBLIC),
    ("GET", "/docs/assets/<name>"): Access(Guard.PUBLIC),
}


def routes_with_ids(gateway: Gateway) -> Iterator[tuple[str, str]]:
    """Yield method and rule of each route of ``gateway`` whose path has a part that the caller chooses."""
    for rule in gateway.app.url_map.iter_rules():
        if rule.arguments:
            yield from ((method, rule.rule) for method in (rule.methods or set()) - AUTOMATIC)


def guarded_by(guard: Guard) -> list[tuple[str, str]]:
    """Return the routes that ``guard`` guards."""
    return [route for route, access in ROUTES.items() if access.guard is guard]


async def call(gateway: Gateway, route: tuple[str, str]) -> Answer:
    """Call ``route`` as USER for an object of OWNER's."""
    method, rule = route
    access = ROUTES[route]
    path = access.path or rule.replace("<batch_id>", "b2").replace("<file_upload_id>", "f2")
    if rule.endswith("/files"):
        return await gateway.client.send_bytes(
            method, path, form(file_part("essay.txt")), bearer() | {"Content-Type": CONTENT_TYPE}
        )
    if access.body is None:
        return await gateway.client.send(Call(method=method, target=path, headers=[*bearer().items()]))
    return await gateway.client.send_json(method, path, access.body, bearer())


def test_every_route_with_an_id_has_its_guard(gateway: Gateway) -> None:
    """A route that is added is no way round: it must be entered here, and then its guard is tested."""
    assert set(routes_with_ids(gateway)) == set(ROUTES)


@pytest.mark.parametrize("route", guarded_by(Guard.EDGE))
async def test_the_edge_refuses_anothers_object(gateway: Gateway, route: tuple[str, str]) -> None:
    """403 by the record alone; no other service is asked, no command is sent, the owner isn't named."""
    gateway.upstreams.answer(UpstreamName.RAS, {"user_id": OWNER, "overall_status": "processing", "essays": []})

    answer = await call(gateway, route)

    assert (answer.status, answer.error["code"]) == (403, "AUTHORIZATION_ERROR")
    assert OWNER not in f"{answer.body!r} {answer.headers}"
    assert {seen.request.upstream for seen in gateway.upstreams.seen} == {UpstreamName.RAS}
    assert gateway.commands.published == []


@pytest.mark.parametrize("route", guarded_by(Guard.SERVICE))
async def test_a_service_refuses_anothers_object_and_the_caller_hears_no_owner(
    gateway: Gateway, route: tuple[str, str]
) -> None:
    """The service gets the id of the token, so that it can refuse; what it says of the owner stays behind."""
    upstream = ROUTES[route].upstream
    assert upstream is not None
    refusal: JsonValue = {
        "error": {"error_code": "AUTHORIZATION_ERROR", "message": "no", "details": {"batch_owner": OWNER}}
    }
    gateway.upstreams.answer(upstream, refusal, status=403)

    answer = await call(gateway, route)

    asked = [seen.headers["x-user-id"] for seen in gateway.upstreams.seen if seen.request.upstream is upstream]
    assert asked == [USER]
    assert (answer.status, answer.error["code"]) == (403, "AUTHORIZATION_ERROR")
    assert OWNER not in f"{answer.body!r} {answer.headers}"


@pytest.mark.parametrize("route", guarded_by(Guard.NOBODY))
async def test_what_nobody_guards_is_at_least_asked_for_as_the_caller(gateway: Gateway, route: tuple[str, str]) -> None:
    """The caller's id stands in the request, so that the service can begin to check without a change here."""
    await call(gateway, route)

    (seen,) = gateway.upstreams.seen
    assert seen.headers["x-user-id"] == USER


@pytest.mark.parametrize(("method", "rule"), [route for route in ROUTES if ROUTES[route].guard is not Guard.PUBLIC])
async def test_without_a_token_nobody_asks(gateway: Gateway, method: str, rule: str) -> None:
    """401 for a stranger on each of them, whatever the id; no service is asked."""
    path = ROUTES[method, rule].path or rule.replace("<", "").replace(">", "")

    answer = await gateway.client.send(Call(method=method, target=path))

    assert answer.status == 401
    assert gateway.upstreams.seen == []


async def test_an_upload_for_anothers_batch_goes_out_as_the_caller(gateway: Gateway) -> None:
    """The batch stands in the body, which the File Service judges by the caller's id."""
    await gateway.client.send_bytes(
        "POST", "/v1/files/batch", upload(file_part("essay.txt")), bearer() | {"Content-Type": CONTENT_TYPE}
    )

    (seen,) = gateway.upstreams.seen
    assert (seen.request.upstream, seen.headers["x-user-id"]) == (UpstreamName.FILE, USER)


async def test_a_list_is_the_callers_whatever_it_asks_for(gateway: Gateway) -> None:
    """No parameter, header or body names another user."""
    gateway.upstreams.answer(UpstreamName.RAS, {"batches": [], "pagination": {"limit": 20, "offset": 0, "total": 0}})

    await gateway.client.get(f"/v1/batches?user_id={OWNER}&user={OWNER}", bearer() | {"X-User-ID": OWNER})

    (seen,) = gateway.upstreams.seen
    assert seen.request.path == f"/internal/v1/batches/user/{USER}"
    assert OWNER not in f"{seen.request}"


ESCAPES = {
    "dots": "../x",
    "dots at the end": "..",
    "one dot": "./x",
    "encoded dots": "%2e%2e/x",
    "half encoded": ".%2e/x",
    "upper case": "%2E%2E/x",
    "a parameter behind dots": "..;/x",
    "a parameter with a value": "..;a=b/x",
    "an encoded slash": "a%2fx",
    "an encoded slash in upper case": "a%2Fx",
    "dots and an encoded slash": "..%2fx",
    "all encoded": "%2e%2e%2fx",
    "a backslash": "..\\x",
    "an encoded backslash": "..%5cx",
    "NUL": "a%00",
    "NUL in front of an extension": "a%00.txt",
    "line ends": "a%0d%0aX-User-ID:%20other",
    "a tab": "a%09",
    "DEL": "a%7f",
    "an overlong slash": "..%c0%afx",
    "an overlong dot": "%c0%ae%c0%ae/x",
    "no UTF-8": "a%ff",
    "half a character": "a%ed%a0%80",
    "a broken escape": "a%zz",
    "half an escape": "a%2",
    "%u": "..%u2215x",
}
"""Refused whatever stands behind; they are what another reader takes for a different path."""

HARMLESS = {
    "encoded twice": "%252e%252e%252fx",
    "a full-width slash": "%ef%bc%8fx",
    "full-width dots": "%ef%bc%8e%ef%bc%8e",
    "a division slash": "..%e2%88%95x",
    "three dots": "...",
    "dots within": "a..b",
    "a colon": "a:b",
}
"""One segment for every reader that decodes once; it goes on as it was sent, and isn't decoded here."""

FORWARDED = sorted({(method, rule) for method, rule in ROUTES if ROUTES[method, rule].guard is not Guard.PUBLIC})


def path_with(rule: str, value: str) -> str:
    """Return the path of ``rule`` whose first part of the caller's is ``value``."""
    begin, _, rest = rule.partition("<")
    return begin + value + rest.partition(">")[2].replace("<file_upload_id>", "f2")


@pytest.mark.parametrize("name", ESCAPES)
async def test_no_path_leads_out_of_its_route(name: str) -> None:
    """400 on every route that goes on to a service, before anything is asked; a refusal names the path alone."""
    gateway = make_gateway()
    answers = {}
    for method, rule in FORWARDED:
        answer = await gateway.client.send(
            Call(method=method, target=path_with(rule, ESCAPES[name]), headers=[*bearer().items()])
        )
        answers[method, rule] = (answer.status, answer.error["code"])

    assert set(answers.values()) == {(400, "INVALID_REQUEST")}
    assert gateway.upstreams.seen == []


@pytest.mark.parametrize("name", HARMLESS)
async def test_what_looks_like_an_escape_stays_one_segment(name: str) -> None:
    """A service gets it as it was sent, or spelled so that it decodes to the same; it never becomes two segments."""
    gateway = make_gateway()
    gateway.upstreams.answer(UpstreamName.RAS, {"user_id": USER, "overall_status": "processing", "essays": []})

    for method, rule in FORWARDED:
        await gateway.client.send(
            Call(method=method, target=path_with(rule, HARMLESS[name]), headers=[*bearer().items()])
        )

    paths = [seen.request.path for seen in gateway.upstreams.seen]
    assert len(paths) >= len([rule for _, rule in FORWARDED if "path:" in rule])
    assert [path for path in paths if unquote(HARMLESS[name]) not in unquote(path)] == []
