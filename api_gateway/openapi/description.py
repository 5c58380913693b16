"""The OpenAPI description, made by quart-schema from the routes and completed with what every route shares."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import cast

from pydantic import BaseModel, JsonValue
from quart import Quart, Response
from quart_schema import QuartSchema, tag
from quart_schema.openapi import ExternalDocumentation, HttpSecurityScheme, Info, OpenAPIProvider, Server, Tag
from quart_schema.typing import Model
from quart_schema.validation import DataSource
from werkzeug.routing.rules import Rule

from api_gateway.middleware.etag import not_modified_if_known
from api_gateway.openapi.components import ERROR_CODE_HEADER, EXAMPLES, SCHEMAS, JsonObject, shared_components, tidy
from api_gateway.openapi.operations import BEARER, complete_operation
from api_gateway.openapi.services import describe_services
from api_gateway.responses import json_response
from api_gateway.routes.documentation import BEHAVIOUR_PATH
from api_gateway.routes.route_docs import RouteDocs, docs_of, document_route
from api_gateway.schemas.errors import HealthReport, Liveness, Readiness
from api_gateway.settings import GatewaySettings
from common import __version__
from common.web.serving.health import HEALTH, LIVENESS, METRICS, READINESS

_FIELDS = GatewaySettings.model_fields
_REQUESTS = _FIELDS["rate_limit_requests"].default
_COMMANDS = _FIELDS["rate_limit_commands"].default
_UPLOADS = _FIELDS["rate_limit_uploads"].default
_LOGIN = _FIELDS["rate_limit_login"].default

DESCRIPTION = f"""\
The REST API of the HuleEdu platform for teachers' browsers. [docs/gateway.md]({BEHAVIOUR_PATH}) specifies its behaviour
row by row, each with a command to try it.

**Authentication.** `Authorization: Bearer <access token>` on all routes except those marked public. Log in at
`POST /v1/auth/login`. After a 401 with `details.reason` `token_expired` refresh the token; after any other log in.

**Errors.** Every failure has the same body format; [/v1/errors](/v1/errors) explains each `code`. With
`Accept: application/problem+json` the same information comes in the format of RFC 9457.

**Limits.** Per user and minute {_REQUESTS} `requests`, {_COMMANDS} `commands` and {_UPLOADS} `uploads`, per IP address
and minute {_LOGIN} `login`, unless this gateway is configured otherwise. `RateLimit` gives the remaining requests,
`Retry-After` the seconds to wait.

**Retries.** Send a new UUID with each POST that takes an `Idempotency-Key`, and retry with the same UUID until you
get a response; the request is carried out once.

**Reports.** Every response carries `X-Correlation-ID`; quote it when you report a problem.
"""

TAGS = {
    "Authentication": "Login, refresh and logout; forwarded to the identity service.",
    "Batches": "Batches of essays.",
    "Pipelines": "Start the platform's work on a batch.",
    "Student associations": "Match pupils with the essays they wrote.",
    "Files": "Essay files of a batch.",
    "Classes": "Classes and pupils; passed on to Class Management.",
    "Notifications": "The live feed by REST: tickets for its sockets, missed notifications, and the seen-mark.",
    "Teacher dashboard": "The dashboard's own views; passed on to the Teacher BFF.",
    "Errors": "The catalogue of all error codes.",
    "Documentation": "These pages.",
    "Health": "Health of this replica.",
}


OPENAPI_PATH = "/openapi.json"

_HEALTH: Mapping[str, tuple[str, type[BaseModel] | None, bool]] = MappingProxyType(
    {
        LIVENESS: ("Report that the process runs.", Liveness, False),
        READINESS: ("Report whether this replica should get traffic.", Readiness, True),
        HEALTH: ("Report the health of the replica and its dependencies.", HealthReport, True),
        METRICS: ("Return the replica's metrics for Prometheus.", None, False),
    }
)
"""The summary of each health route, its answer, and whether that answer also comes with 503."""


class GatewayDescription(OpenAPIProvider):
    """Adds security, limits, errors and relayed answers to what quart-schema derives from the models."""

    def schema(self) -> dict[str, object]:
        """Return the whole description."""
        described: dict[str, dict[str, dict[str, object]]] = super().schema()
        for section, members in shared_components().items():
            described["components"].setdefault(section, {}).update(members)
        describe_services(described)
        share_errors(described)
        drop_unused_examples(described)
        return cast("dict[str, object]", tidy(described))

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
                known = operation
                if rule.rule in _HEALTH:
                    known, docs = self._health(operation, rule.rule, components)
                operations[method] = complete_operation(known, method, rule, docs)
        return paths, components

    def build_request_body(self, model: type[Model], source: DataSource) -> tuple[JsonObject, JsonObject]:
        """Return the request body that ``model`` describes, the model among the components under its name."""
        return _by_name(super().build_request_body(model, source), model)

    def build_response_object(
        self, model: type[Model], headers_model: type[Model] | None
    ) -> tuple[JsonObject, JsonObject]:
        """Return the response that ``model`` describes, the model among the components under its name."""
        return _by_name(super().build_response_object(model, headers_model), model)

    def operation_id(self, method: str, path: str, func: Callable[..., object]) -> str | None:
        """Return the operation's own name; what lies below a proxied prefix differs from the prefix itself."""
        name = super().operation_id(method, path, func)
        return f"{name}_below" if path.endswith("/{path}") else name

    def _health(
        self, operation: JsonObject, path: str, components: dict[str, JsonObject]
    ) -> tuple[JsonObject, RouteDocs]:
        summary, model, may_be_unwell = _HEALTH[path]
        healthy: JsonObject = {**operation, "summary": summary, "tags": ["Health"]}
        if model is None:
            return healthy, RouteDocs(answer="The metrics.", media=("text/plain",))
        response, definitions = self.build_response_object(model, None)
        components.update(cast("dict[str, JsonObject]", definitions))
        unwell: JsonObject = {"503": {**response, "description": "Not now."}} if may_be_unwell else {}
        return {**healthy, "responses": {"200": response, **unwell}}, RouteDocs()


class GatewaySchema(QuartSchema):
    """quart-schema with the description made once instead of for each request, and served under its own ETag."""

    openapi_provider_class = GatewayDescription
    _made: Response | None = None

    @tag(["Documentation"])
    @document_route(RouteDocs(answer="The description.", media=("application/json",), headers=("ETag",)))
    async def openapi(self) -> Response:
        """Return this description."""
        if self._made is None:
            self._made = json_response(self.openapi_provider.schema(), headers={"Cache-Control": "public, no-cache"})
            await self._made.add_etag()
        body = await self._made.get_data(as_text=False)
        response = Response(body, 200, dict(self._made.headers))
        return not_modified_if_known(response)


def describe(app: Quart) -> GatewaySchema:
    """Have ``app`` described at /openapi.json; quart-schema's own pages, which load from elsewhere, stay off."""
    return GatewaySchema(
        app,
        openapi_path=OPENAPI_PATH,
        swagger_ui_path=None,
        redoc_ui_path=None,
        scalar_ui_path=None,
        info=Info(title="HuleEdu API Gateway", version=__version__, description=DESCRIPTION),
        tags=[Tag(name=name, description=text) for name, text in TAGS.items()],
        servers=[Server(url="/", description="This gateway.")],
        external_docs=ExternalDocumentation(url=BEHAVIOUR_PATH, description="The gateway's behaviour, row by row."),
        security_schemes={BEARER: HttpSecurityScheme(scheme="bearer", bearer_format="JWT")},
        conversion_preference="pydantic",
    )


def share_errors(described: dict[str, dict[str, dict[str, object]]]) -> None:
    """Move the error responses of all operations to the components, each kind once, and refer to them there."""
    shared: dict[str, object] = described["components"].setdefault("responses", {})
    for path in described["paths"].values():
        for operation in path.values():
            responses = cast("dict[str, JsonObject]", cast("JsonObject", operation)["responses"])
            for status, response in responses.items():
                if ERROR_CODE_HEADER in cast("JsonObject", response["headers"]):
                    name = _name(status, response)
                    shared[name] = response
                    responses[status] = {"$ref": f"#/components/responses/{name}"}


def drop_unused_examples(described: dict[str, dict[str, dict[str, object]]]) -> None:
    """Remove the examples of codes that no operation ends in."""
    used = {reference.removeprefix(EXAMPLES) for reference in _references(described)}
    examples = described["components"]["examples"]
    described["components"]["examples"] = {name: value for name, value in examples.items() if name in used}


def _references(part: object) -> Iterator[str]:
    match part:
        case {"$ref": str(reference)}:
            yield reference
        case dict():
            for value in part.values():
                yield from _references(value)
        case list():
            for value in part:
                yield from _references(value)


def _name(status: str, response: JsonObject) -> str:
    content = cast("dict[str, dict[str, dict[str, JsonValue]]]", response["content"])
    return ".".join((status, *content["application/json"].get("examples", {})))


def _by_name(built: tuple[JsonObject, JsonObject], model: type[Model]) -> tuple[JsonObject, JsonObject]:
    part, definitions = built
    content = cast("dict[str, JsonObject]", part["content"])
    named = {media: {**body, "schema": {"$ref": f"{SCHEMAS}{model.__name__}"}} for media, body in content.items()}
    (schema,) = (body["schema"] for body in content.values())
    return {**part, "content": cast("JsonObject", named)}, {**definitions, model.__name__: schema}
