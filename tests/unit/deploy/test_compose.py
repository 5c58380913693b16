"""compose.yaml, what it mounts and the Dockerfile, as far as they can be judged without a container engine.

tests/e2e/test_compose.py runs what compose.yaml would run.
"""

import re
from collections.abc import Callable, Iterator
from ipaddress import IPv4Address
from secrets import token_hex
from urllib.parse import urlsplit

import pytest
import yaml
from pydantic import BaseModel

from api_gateway.settings import GatewaySettings
from api_gateway.settings import load_settings as load_gateway
from common.settings.kafka import KafkaSecuritySettings
from common.settings.shared import SharedSettings
from common.settings.variables import settings_rows
from sandbox.secrets import INTERNAL_API_KEY
from sandbox.upstreams.settings import UpstreamSettings
from scripts.docs.kept_files import ROOT
from tests.support.programs import printed_by
from websocket_service.settings import FeedSettings
from websocket_service.settings import load_settings as load_feed

COMPOSE = (ROOT / "compose.yaml").read_text()
DOCKERFILE = (ROOT / "Dockerfile").read_text()
FOLDER = ROOT / "deploy" / "compose"
PROXY = (FOLDER / "nginx.conf").read_text()
SERVICES = yaml.safe_load(COMPOSE)["services"]
OURS = ("api-gateway", "websocket")
PLATFORM = ("platform", "page")
PUBLISHED = {"proxy", "page"}
PLATFORM_ENV = dict(
    line.split("=", 1)
    for line in (FOLDER / "platform.env").read_text().splitlines()
    if line and not line.startswith("#")
)
NOT_COMPOSED = {
    "JWT_PUBLIC_KEY_PATH",
    "REDIS_SENTINELS",
    "REDIS_SENTINEL_MASTER",
    "REDIS_SENTINEL_USERNAME",
    "REDIS_SENTINEL_PASSWORD",
    *(row.variable for row in settings_rows(KafkaSecuritySettings)),
}
"""A file that would have to be mounted, and what compose.yaml's own Redis and Kafka don't need."""

FROM = re.compile(r"^FROM (\S+) AS (\w+)$", re.MULTILINE)


@pytest.mark.parametrize("variables", [{"HULEEDU_INTERNAL_API_KEY": "any"}, PLATFORM_ENV], ids=["edge", "platform"])
async def test_docker_compose_takes_the_file(variables: dict[str, str]) -> None:
    """Docker's own program merges and checks it; the platform is there when it is asked for."""
    arguments = ("--file", ROOT / "compose.yaml", "config", "--services")

    services = set((await printed_by("docker-compose", *arguments, environment=variables)).split())

    assert services == SERVICES.keys() - (set() if variables is PLATFORM_ENV else {*PLATFORM})


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_service_is_hardened_and_watched(name: str) -> None:
    """No service runs as root, gains privileges, takes all memory, fills the disk with its log, or goes unwatched."""
    service = SERVICES[name]

    assert not str(service["user"]).startswith("0")
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"]
    assert service["logging"]["options"].keys() == {"max-size", "max-file"}
    assert service["healthcheck"] == {"disable": True} if name == "topics" else service["healthcheck"]["test"]


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_can_be_scaled(name: str) -> None:
    """None has a name or a port of the host's to itself, but for the two that publish, on loopback."""
    ports = SERVICES[name].get("ports", [])

    assert "container_name" not in SERVICES[name]
    assert bool(ports) == (name in PUBLISHED)
    assert all(re.fullmatch(r"127\.0\.0\.1:(\d+):\1", port) for port in ports)


@pytest.mark.parametrize("name", sorted(SERVICES.keys() - {"kafka"}))
def test_file_systems_are_read_only(name: str) -> None:
    """What a service writes goes to a volume or a tmpfs; Apache Kafka's image is the stated exception."""
    assert SERVICES[name]["read_only"] is True


@pytest.mark.parametrize("name", ["redis", "kafka"])
def test_what_must_last_is_on_a_volume(name: str) -> None:
    """The Redis log and the Kafka log survive their containers."""
    assert SERVICES[name]["volumes"] == [f"{name}-data:{SERVICES[name]['volumes'][0].split(':')[1]}"]


def test_what_is_mounted_is_there() -> None:
    """Each file of this repository, to be read alone."""
    mounted = [
        volume.split(":")
        for service in SERVICES.values()
        for volume in service.get("volumes", [])
        if volume.startswith(".")
    ]

    assert all((ROOT / file).is_file() and mode == "ro" for file, _, mode in mounted)
    assert {file for file, _, _ in mounted} == {
        "./deploy/kafka-topics.sh",
        "./deploy/compose/nginx.conf",
        "./deploy/compose/upstreams.json",
    }


def test_secrets_come_from_the_environment() -> None:
    """No secret has a value in the file."""
    for name in OURS:
        environment = SERVICES[name]["environment"]
        assert environment["JWT_SECRET_KEY"] == "${JWT_SECRET_KEY-}"
        assert environment["HULEEDU_INTERNAL_API_KEY"].startswith("${HULEEDU_INTERNAL_API_KEY:?")


@pytest.mark.parametrize(("name", "settings"), [("api-gateway", GatewaySettings), ("websocket", FeedSettings)])
def test_every_setting_can_be_given(name: str, settings: type[BaseModel]) -> None:
    """Each variable of a service, and no other, is passed to it or decided by the file."""
    known = {row.variable for row in settings_rows(settings, SharedSettings)}

    assert SERVICES[name]["environment"].keys() == known - NOT_COMPOSED


@pytest.mark.parametrize(("name", "load"), [("api-gateway", load_gateway), ("websocket", load_feed)])
def test_two_secrets_are_enough_to_start(name: str, load: Callable[[dict[str, str]], BaseModel]) -> None:
    """With nothing else in the environment, what the file passes on makes settings that a service takes."""
    settings = load(_passed(name, {"JWT_SECRET_KEY": token_hex(32), "HULEEDU_INTERNAL_API_KEY": token_hex(32)}))

    assert settings.model_dump()["shared"]["environment"] == "production"


@pytest.mark.parametrize(("name", "load"), [("api-gateway", load_gateway), ("websocket", load_feed)])
def test_the_platforms_file_is_enough_to_start(name: str, load: Callable[[dict[str, str]], BaseModel]) -> None:
    """Both services take its variables, verify by the simulated identity's keys, and let the page call."""
    settings = load(_passed(name, PLATFORM_ENV)).model_dump()
    origins = settings["cors_origins"]

    (published,) = SERVICES["page"]["ports"]
    page = published.rpartition(":")[2]
    assert settings["shared"]["jwt_jwks_url"] == PLATFORM_ENV["JWT_JWKS_URL"]
    assert {*origins} == {f"http://{host}:{page}" for host in ("127.0.0.1", "localhost")}


def test_the_simulated_services_are_where_the_gateway_looks() -> None:
    """By the names and ports of its settings; they know its internal key, Redis and Kafka."""
    upstreams = UpstreamSettings.from_file(FOLDER / "upstreams.json")
    gateway = load_gateway(_passed("api-gateway", PLATFORM_ENV))
    called = [urlsplit(url) for url in gateway.upstream_urls.values()]

    assert {url.hostname for url in called} == {*SERVICES["platform"]["networks"]["default"]["aliases"]}
    assert {url.port for url in called} == {*upstreams.ports.values()}
    assert upstreams.internal_api_key == PLATFORM_ENV["HULEEDU_INTERNAL_API_KEY"] == INTERNAL_API_KEY
    assert (upstreams.redis_url, upstreams.kafka_bootstrap) == (gateway.redis_url, gateway.kafka_bootstrap_servers)
    assert IPv4Address(upstreams.host) == IPv4Address(0)


def test_the_proxy_calls_the_services_by_their_names() -> None:
    """Each by a variable, which nginx looks up again, at its own port; and it publishes those ports."""
    ports = {
        "api-gateway": SERVICES["api-gateway"]["environment"]["API_GATEWAY_HTTP_PORT"],
        "websocket": SERVICES["websocket"]["environment"]["WEBSOCKET_PORT"],
    }

    called = re.findall(r"set (\$\w+) ([\w-]+);\n +proxy_pass http://(\$\w+):(\d+);", PROXY)

    assert {name: port for _, name, _, port in called} == ports
    assert all(set_variable == used for set_variable, _, used, _ in called)
    assert SERVICES["proxy"]["ports"] == [f"127.0.0.1:{port}:{port}" for port in ports.values()]


async def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    """Neither an error nor a hint."""
    assert await printed_by("hadolint", ROOT / "Dockerfile") == ""


def test_the_image_holds_the_services_alone() -> None:
    """It is what is built when no target is asked for, watches itself, and has nothing of the sandbox in it."""
    (first, *_) = bases = [*_stages_of("edge")]
    stages = dict(zip([name for _, name in FROM.findall(DOCKERFILE)], FROM.split(DOCKERFILE)[3::3], strict=True))

    assert first == [*stages][-1]
    assert "sandbox" not in "".join(stages[name] for name in bases)
    assert "\nHEALTHCHECK " in stages["edge"]
    assert "\nCOPY sandbox " in stages["platform"]
    assert {SERVICES[name]["build"]["target"] for name in OURS} == {"edge"}
    assert {SERVICES[name]["build"]["target"] for name in PLATFORM} == {"platform"}


def test_image_runs_as_a_numbered_user_from_locked_dependencies() -> None:
    """The image installs by hash and drops root by number, so that an orchestrator can check it."""
    assert "--require-hashes -r runtime.txt" in DOCKERFILE
    assert "\nUSER 10001\n" in DOCKERFILE


def _passed(name: str, given: dict[str, str]) -> dict[str, str]:
    """Return the variables that the service gets where ``given`` is the environment of compose."""
    return {
        variable: re.sub(r"\$\{(\w+)(?::?[-?](.*?))?\}", lambda told: given.get(told[1], told[2]), str(value))
        for variable, value in SERVICES[name]["environment"].items()
    }


def _stages_of(name: str) -> Iterator[str]:
    """Yield a stage of the Dockerfile and those that it builds on."""
    bases = {stage: base for base, stage in FROM.findall(DOCKERFILE)}
    while name in bases:
        yield name
        name = bases[name]
