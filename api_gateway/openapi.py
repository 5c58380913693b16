"""The OpenAPI description, made by quart-schema from the routes and completed with what every route shares."""

from collections import defaultdict
from collections.abc import Iterable
from typing import cast

from pydantic import BaseModel, JsonValue
from quart import Quart, Response
from quart_schema import QuartSchema, hide
from quart_schema.openapi import HttpSecurityScheme, Info, OpenAPIProvider, Tag
from werkzeug.routing.rules import Rule

from api_gateway.admission import REST_OF_PATH
from api_gateway.answers import json_answer
from api_gateway.authentication import PUBLIC_ROUTES
from api_gateway.paths import MAX_ID_CHARACTERS
from api_gateway.route_docs import ANY_ROUTE, PROTECTED, WITH_IDS, RouteDocs, docs_of
from api_gateway.schemas.errors import ErrorBody, Problem
from common.errors.catalogue import ErrorEntry, entry_for
from common.errors.codes import ErrorCode
from common.errors.rendering import JSON_TYPE, PROBLEM_TYPE
from common.version import __version__
from common.web.health import HEALTH_PATHS

JsonObject = dict[str, JsonValue]

BEARER = "bearer"
METHODS_WITH_BODY = frozenset({"post", "put", "patch"})
REFERENCES = "#/components/schemas/"
DESCRIPTION = (
    "The REST edge of the HuleEdu platform. Every error has one body; `code` is explained at "
    "[/v1/errors](/v1/errors). Every answer carries `X-Correlation-ID`: quote it when you report a problem."
)
TAGS = {
    "Authentication": "Log in and out; forwarded to the identity service.",
    "Batches": "Batches of essays.",
    "Pipelines": "Starting the platform's work on a batch.",
    "Student associations": "Which pupil wrote which essay.",
    "Files": "Essay files of a batch.",
    "Classes": "Classes and pupils; passed on to Class Management.",
    "Teacher dashboard": "The dashboard's own views; passed on to the Teacher BFF.",
    "Errors": "The catalogue of everything that can fail.",
    "Health": "How this replica is.",
}


class GatewayDescription(OpenAPIProvider):
    """Adds security, errors and relayed answers to what quart-schema derives from the models."""

    def schema(self) -> dict[str, object]:
        """Return the whole description."""
        described: dict[str, dict[str, dict[str, object]]] = super().schema()
        for model in (ErrorBody, Problem):
            described["components"]["schemas"] |= _components(model)
        return cast("dict[str, object]", described)

    def generate_rules(self) -> Iterable[Rule]:
        """Return the rules in the order of their paths, so that the description is the same each time."""
        return sorted(super().generate_rules(), key=lambda rule: rule.rule)

    def generate_methods(self, rule: Rule) -> Iterable[str]:
        """Return the methods in alphabetical order."""
        return sorted(super().generate_methods(rule))

    def build_paths(self, rule: Rule) -> tuple[dict[str, dict[str, JsonObject]], dict[str, JsonObject]]:
        """Return the path objects of ``rule``, completed, and the components they refer to."""
        paths, components = super().build_paths(rule)
        docs = docs_of(self._app.view_functions[rule.endpoint])
        for operations in paths.values():
            for method, operation in operations.items():
                operations[method] = _completed(operation, method, rule, docs)
        return paths, components


class GatewaySchema(QuartSchema):
    """quart-schema with the description made once instead of for each request."""

    openapi_provider_class = GatewayDescription
    _made: JsonObject | None = None

    @hide
    async def openapi(self) -> Response:
        """Serve the description."""
        if self._made is None:
            self._made = self.openapi_provider.schema()
        return json_answer(self._made, headers={"Cache-Control": "no-cache"})


def describe(app: Quart) -> GatewaySchema:
    """Have ``app`` described at /openapi.json, /docs and /redocs; the package's other pages stay off."""
    return GatewaySchema(
        app,
        info=Info(title="HuleEdu API Gateway", version=__version__, description=DESCRIPTION),
        tags=[Tag(name=name, description=text) for name, text in TAGS.items()],
        security_schemes={BEARER: HttpSecurityScheme(scheme="bearer", bearer_format="JWT")},
        scalar_ui_path=None,
        conversion_preference="pydantic",
    )


def _completed(operation: JsonObject, method: str, rule: Rule, docs: RouteDocs) -> JsonObject:
    public = rule.rule in PUBLIC_ROUTES
    codes = docs.errors | ANY_ROUTE | (frozenset() if public else PROTECTED)
    parameters = [_bounded(parameter) for parameter in _objects(operation["parameters"])]
    if any(parameter["in"] == "path" and parameter["name"] != REST_OF_PATH for parameter in parameters):
        codes |= WITH_IDS
    done: JsonObject = {
        **operation,
        "parameters": [*parameters],
        "security": [] if public else [{BEARER: []}],
        "responses": _responses(operation["responses"], codes, docs),
    }
    if rule.rule in HEALTH_PATHS:
        done["tags"] = ["Health"]
    if docs.body is not None and method in METHODS_WITH_BODY:
        done["requestBody"] = docs.body
    return done


def _responses(own: JsonValue, codes: frozenset[ErrorCode], docs: RouteDocs) -> JsonObject:
    by_status: dict[int, list[ErrorEntry]] = defaultdict(list)
    for code in sorted(codes):
        by_status[entry_for(code).status].append(entry_for(code))
    responses: JsonObject = {
        str(status): response for status, response in (own if isinstance(own, dict) else {}).items()
    }
    if docs.relays:
        responses["2XX"] = {"description": f"What {docs.relays} answers."}
        responses["3XX"] = {"description": f"What {docs.relays} answers."}
        responses["4XX"] = _error_response(f"What {docs.relays} refuses.", [])
    if not responses:
        responses["200"] = {"description": "As the path says."}
    for status, entries in sorted(by_status.items()):
        told = "\n".join(f"- `{entry.code}`: {entry.meaning}" for entry in entries)
        responses[str(status)] = _error_response(told, entries)
    return responses


def _error_response(description: str, entries: list[ErrorEntry]) -> JsonObject:
    examples: JsonObject = {entry.code.value: {"summary": entry.title, "value": _example(entry)} for entry in entries}
    house: JsonObject = {"schema": {"$ref": f"{REFERENCES}{ErrorBody.__name__}"}}
    if examples:
        house["examples"] = examples
    return {
        "description": description,
        "content": {JSON_TYPE: house, PROBLEM_TYPE: {"schema": {"$ref": f"{REFERENCES}{Problem.__name__}"}}},
    }


def _example(entry: ErrorEntry) -> JsonObject:
    return {
        "error": {
            "code": entry.code.value,
            "message": entry.meaning,
            "correlation_id": "6f0d1f64-3c1c-4f5e-9a0e-0f5b0c0d7a11",
            "service": "api-gateway-service",
            "timestamp": "2025-01-31T08:15:30.123Z",
            "details": {},
        }
    }


def _bounded(parameter: JsonObject) -> JsonObject:
    if parameter["in"] != "path":
        return parameter
    return {**parameter, "schema": {"type": "string", "minLength": 1, "maxLength": MAX_ID_CHARACTERS}}


def _objects(value: JsonValue) -> list[JsonObject]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _components(model: type[BaseModel]) -> dict[str, object]:
    schema = model.model_json_schema(ref_template=f"{REFERENCES}{{model}}", mode="serialization")
    return {**schema.pop("$defs", {}), model.__name__: schema}
