"""The OpenAPI description is valid and complete."""

import re
from collections.abc import Iterator

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import BaseModel
from redis.asyncio import Redis

from api_gateway.adapters.redis_idempotency import RedisIdempotency
from api_gateway.middleware.authentication import PUBLIC_ROUTES
from api_gateway.middleware.idempotency import KEY_HEADER, KEYED_ROUTES
from api_gateway.openapi.services import SERVICE_OPERATIONS
from api_gateway.ports import IdempotentRequest, RateClass
from api_gateway.schemas import classes
from api_gateway.upstream.ports import UpstreamName, UpstreamRequest
from api_gateway.upstream.transport_errors import Failure, ProxyError, error_for
from common.errors.catalogue import CATALOGUE
from common.errors.codes import ErrorCode
from common.errors.exceptions import HuleEduError
from common.web.serving.health import HEALTH_PATHS
from sandbox.ports import free_port
from sandbox.upstreams import classes as upstream
from tests.support.gateway import make_gateway
from tests.unit.docs.reading import METHODS, Json, operations, references, resolved

EXAMPLES = "#/components/examples/"
PARAMETER = re.compile(r"<(?:[^:>]+:)?([^>]+)>")
BEHIND_PREFIXES = {
    known.path for route, operations in SERVICE_OPERATIONS.items() for known in operations if known.path != route
}
"""Described beside the prefix that passes them on, because their shape is known."""


def _template(rule: str) -> str:
    return PARAMETER.sub(r"{\1}", rule)


def test_it_is_valid(described: Json) -> None:
    """It keeps to OpenAPI 3.1, examples of parameters included."""
    faults = list(OpenAPIV31SpecValidator(described).iter_errors())

    assert described["openapi"] == "3.1.0"
    assert faults == []


def test_every_route_is_described(described: Json) -> None:
    """Each route and method of the app stands in it; OPTIONS and the HEAD of a GET go without saying."""
    rules = make_gateway().app.url_map.iter_rules()

    routes = {(_template(rule.rule), method.lower()) for rule in rules for method in rule.methods or ()}

    described_routes = {(path, method) for path, method, _ in operations(described) if path not in BEHIND_PREFIXES}
    assert described_routes == {(path, method) for path, method in routes if method in METHODS}


def test_every_reference_leads_somewhere(described: Json) -> None:
    """No reference is broken, and no component is there that nothing refers to, codes' examples aside."""
    found = set(references(described))

    targets = [resolved(described, reference) for reference in found]

    unused = {
        f"#/components/{section}/{name}"
        for section, members in described["components"].items()
        for name in members
        if section not in {"examples", "securitySchemes"}
    } - found
    assert len(targets) > 50
    assert unused == set()


def test_operations_have_names_of_their_own(described: Json) -> None:
    """The types' names are made from them."""
    names = [operation["operationId"] for _, _, operation in operations(described)]

    assert len(names) == len(set(names))


def test_only_the_public_list_is_open(described: Json) -> None:
    """Whatever needs no token says so; everything else names the scheme. Logging out reads a token that is sent."""
    alternatives = {path: operation["security"] for path, _, operation in operations(described)}
    open_paths = {path for path, security in alternatives.items() if security == [] or {} in security}

    guarded = {str(operation["security"]) for path, _, operation in operations(described) if path not in open_paths}
    assert open_paths == {_template(route) for route in PUBLIC_ROUTES}
    assert guarded == {"[{'bearer': []}]"}
    assert alternatives["/v1/auth/logout"] == [{}, {"bearer": []}]


def test_every_code_has_an_example_in_both_forms(described: Json) -> None:
    """Each code that an operation ends in is shown, no other, and each example fits its schema."""
    examples = described["components"]["examples"]
    used = {each.removeprefix(EXAMPLES) for each in references(described) if each.startswith(EXAMPLES)}
    house = Draft202012Validator({"$ref": "#/components/schemas/ErrorBody", "components": described["components"]})
    problem = Draft202012Validator({"$ref": "#/components/schemas/Problem", "components": described["components"]})

    shown = {code for code in CATALOGUE if code in examples}
    unfit = [
        code
        for code in shown
        if not house.is_valid(examples[code]["value"]) or not problem.is_valid(examples[f"{code}.problem"]["value"])
    ]

    assert unfit == []
    assert examples.keys() == used == shown | {f"{code}.problem" for code in shown}


@pytest.mark.parametrize("method", ["post", "put", "patch"])
def test_every_write_that_is_passed_on_takes_a_body(described: Json, method: str) -> None:
    """A generated type lets a client send one: a known one, or an object with any members."""
    tags = {"Classes", "Student associations", "Teacher dashboard", "Authentication"}

    without = [
        path
        for path, verb, each in operations(described)
        if verb == method and tags & set(each["tags"]) and "application/json" not in each["requestBody"]["content"]
    ]

    assert without == []


def test_a_class_is_created_and_associations_confirmed_by_name(described: Json) -> None:
    """The bodies of the two writes that the dashboard needs are models, not any object."""
    paths = described["paths"]
    confirm = paths["/v1/batches/{batch_id}/student-associations/confirm"]["post"]

    bodies = [
        each["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        for each in (paths["/v1/classes"]["post"], confirm)
    ]

    assert bodies == ["NewClass", "ConfirmAssociations"]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (classes.NewClass, upstream.ClassBody),
        (classes.ClassChange, upstream.ClassChange),
        (classes.NewStudent, upstream.StudentBody),
        (classes.StudentChange, upstream.StudentChange),
    ],
)
def test_the_known_bodies_are_those_of_the_service(ours: type[BaseModel], theirs: type[BaseModel]) -> None:
    """Members and which of them must be there, as Class Management reads them; and it takes what is shown."""
    members = {name: field.is_required() for name, field in ours.model_fields.items()}
    examples = ours.model_json_schema()["examples"]

    taken = [theirs.model_validate(example) for example in examples]

    assert members == {name: field.is_required() for name, field in theirs.model_fields.items()}
    assert len(taken) == len(examples) > 0


def test_what_may_be_null_is_one_type_list(described: Json) -> None:
    """Only a schema with a name has its null beside it, which generators read as the name or null."""
    found = [part for part in _with_any_of(described) if {"type": "null"} in part]

    assert all("$ref" in part[0] for part in found)
    assert found


def _with_any_of(part: object) -> Iterator[list[Json]]:
    match part:
        case {"anyOf": [*alternatives]}:
            yield alternatives
        case dict():
            for value in part.values():
                yield from _with_any_of(value)
        case list():
            for value in part:
                yield from _with_any_of(value)


def test_every_example_of_a_model_fits_it(described: Json) -> None:
    """What the models show is what they take."""
    schemas = described["components"]["schemas"]

    unfit = [
        name
        for name, schema in schemas.items()
        for example in schema.get("examples", ())
        if not Draft202012Validator({**schema, "components": described["components"]}).is_valid(example)
    ]

    assert unfit == []
    assert sum("examples" in schema for schema in schemas.values()) > 5


def test_every_operation_tells_its_errors_and_limits(described: Json) -> None:
    """500, 431 and the rate class on everything that is limited; 401 on everything guarded."""
    limited = [each for path, _, each in operations(described) if path not in HEALTH_PATHS]

    assert {each["x-rate-class"] for each in limited} <= set(RateClass)
    assert all({"431", "500", "429"} <= each["responses"].keys() for each in limited)
    assert all("401" in each["responses"] for each in limited if each["security"])


def test_keyed_routes_take_the_key(described: Json) -> None:
    """The Idempotency-Key stands on the routes that read it, and nowhere else."""
    reference = {"$ref": f"#/components/parameters/{KEY_HEADER}"}

    keyed = {(method.upper(), path) for path, method, each in operations(described) if reference in each["parameters"]}

    assert keyed == {(method, _template(route)) for method, route in KEYED_ROUTES}


async def test_keyed_routes_say_what_they_answer_without_the_store(described: Json) -> None:
    """The one code that a key can't be honoured with stands there, and not the store's own trouble."""
    async with Redis.from_url(f"redis://127.0.0.1:{free_port()}/0") as nowhere:
        with pytest.raises(HuleEduError) as refusal:
            await RedisIdempotency(nowhere).claim(IdempotentRequest("scope", "fingerprint", 1.0))

    told = [
        set(resolved(described, each["responses"]["503"]["$ref"])["content"]["application/json"]["examples"])
        for path, method, each in operations(described)
        if (method.upper(), path) in {(known, _template(route)) for known, route in KEYED_ROUTES}
    ]
    assert len(told) == len(KEYED_ROUTES)
    assert all(refusal.value.error_code in codes and ErrorCode.CONNECTION_ERROR not in codes for codes in told)


def test_examples_name_what_the_gateway_names(described: Json) -> None:
    """A reader finds the words of an example in the answers again: services, and who speaks of them."""
    examples = described["components"]["examples"]
    named = {
        facts["external_service"]
        for example in examples.values()
        if "external_service" in (facts := example["value"].get("error", {}).get("details", {}))
    }

    failure = Failure(ErrorCode.TIMEOUT, ProxyError.ANSWER_TIMEOUT, "took too long")
    asked = UpstreamRequest(upstream=UpstreamName.RAS, method="GET", path="/")

    assert named <= {upstream.value for upstream in UpstreamName}
    assert (
        described["components"]["headers"]["Proxy-Status"]["example"]
        == (error_for(failure, asked).headers["Proxy-Status"])
    )


def test_it_is_the_same_each_time(described: Json) -> None:
    """Two processes describe themselves alike, so that the kept file can be compared."""
    app = make_gateway().app

    again = app.extensions["QUART_SCHEMA"].openapi_provider.schema()

    assert list(again["paths"]) == list(described["paths"])
    assert again == described


def test_it_leads_to_the_behaviour_and_the_catalogue(described: Json) -> None:
    """A reader finds what no schema says."""
    assert described["externalDocs"]["url"] == "/docs/gateway.md"
    assert "(/v1/errors)" in described["info"]["description"]
