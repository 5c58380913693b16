"""deploy/kubernetes agrees with the services: settings, ports, routes, and the time that a stop takes."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import kubernetes_validate
import pytest
import yaml

from api_gateway.settings import load_settings as load_gateway
from api_gateway.settings import start_warnings as gateway_warnings
from common import __version__
from common.web.serving.server import ServingOptions
from scripts.docs.kept_files import ROOT
from scripts.docs.sizing import feed_mb, most_sockets
from tests.support.deployment import feed_serving, gateway_serving, longest_stop_s
from tests.support.programs import printed_by
from websocket_service.settings import load_settings as load_feed
from websocket_service.settings import start_warnings as feed_warnings

FOLDER = ROOT / "deploy" / "kubernetes"
FILES = sorted(path for path in FOLDER.glob("*.yaml") if path.name != "kustomization.yaml")
OBJECTS = [one for path in FILES for one in yaml.safe_load_all(path.read_text("utf-8"))]
IMAGE = f"huleedu/edge:{__version__}"
SECRET = "a-secret-of-its-own-5b0c2f6e91d34a78"
"""Stands for each value that the examples leave empty."""


@dataclass(frozen=True, slots=True)
class Service:
    """A service, and how it reads its settings."""

    name: str
    module: str
    job: str
    serving: Callable[[Mapping[str, str]], ServingOptions]

    @property
    def environ(self) -> dict[str, str]:
        """The variables that its container gets."""
        sources = [
            _find("Secret" if "secretRef" in source else "ConfigMap", next(iter(source.values()))["name"])
            for source in self.container["envFrom"]
        ]
        given = [source.get("data", {}) | source.get("stringData", {}) for source in sources]
        return {name: value or SECRET for variables in given for name, value in variables.items()}

    @property
    def pod(self) -> dict[str, Any]:
        """Its pod's specification."""
        spec: dict[str, Any] = _find("Deployment", self.name)["spec"]["template"]["spec"]
        return spec

    @property
    def container(self) -> dict[str, Any]:
        """Its one container."""
        (container,) = self.pod["containers"]
        assert isinstance(container, dict)
        return container


GATEWAY = Service("huleedu-gateway", "api_gateway", "api_gateway_service", gateway_serving)
FEED = Service("huleedu-feed", "websocket_service", "websocket_service", feed_serving)
each_service = pytest.mark.parametrize("service", [GATEWAY, FEED], ids=lambda service: service.name)


def _find(kind: str, name: str) -> dict[str, Any]:
    (found,) = [one for one in OBJECTS if (one["kind"], one["metadata"]["name"]) == (kind, name)]
    assert isinstance(found, dict)
    return found


def test_every_file_is_applied() -> None:
    """The kustomization names each, and no other."""
    kustomization = yaml.safe_load((FOLDER / "kustomization.yaml").read_text("utf-8"))

    assert sorted(kustomization["resources"]) == [path.name for path in FILES]
    assert [f"{image['name']}:{image['newTag']}" for image in kustomization["images"]] == [IMAGE]


def test_the_gateway_starts_with_these_settings() -> None:
    """Each variable is one that it reads, and has a value that it takes."""
    settings = load_gateway(GATEWAY.environ)

    assert gateway_warnings(settings, GATEWAY.environ) == {}
    assert not settings.shared.in_development


def test_the_feed_starts_with_these_settings() -> None:
    """Each variable is one that it reads, and has a value that it takes."""
    settings = load_feed(FEED.environ)

    assert feed_warnings(settings, FEED.environ) == {}
    assert not settings.shared.in_development


@each_service
def test_a_pod_runs_the_service_on_its_port(service: Service) -> None:
    """Without root, on a read-only file system, and without Kubernetes' own variables."""
    port = service.serving(service.environ).port
    container = service.container

    assert (container["image"], container["command"]) == (IMAGE, ["python", "-m", service.module])
    assert container["ports"] == [{"name": "http", "containerPort": port}]
    assert _find("Service", service.name)["spec"]["ports"] == [{"name": "http", "port": port, "targetPort": "http"}]
    assert container["securityContext"]["readOnlyRootFilesystem"]
    assert service.pod["securityContext"]["runAsNonRoot"]
    assert service.pod["enableServiceLinks"] is False


@each_service
def test_a_pod_may_take_the_time_that_its_stop_takes(service: Service) -> None:
    """Its preStop hook, the whole drain and the closing; unready long enough for a probe to notice."""
    serving = service.serving(service.environ)
    _, pause_s = service.container["lifecycle"]["preStop"]["exec"]["command"]
    readiness = service.container["readinessProbe"]

    assert service.pod["terminationGracePeriodSeconds"] >= int(pause_s) + longest_stop_s(serving)
    assert readiness["periodSeconds"] * readiness["failureThreshold"] < serving.drain_grace_s


@each_service
def test_probes_ask_the_routes_that_are_for_them(service: Service) -> None:
    """/livez restarts the process, /readyz takes its traffic away."""
    asked = {name: service.container[f"{name}Probe"]["httpGet"] for name in ("startup", "liveness", "readiness")}

    assert {name: get["path"] for name, get in asked.items()} == {
        "startup": "/livez",
        "liveness": "/livez",
        "readiness": "/readyz",
    }
    assert {get["port"] for get in asked.values()} == {"http"}


@each_service
def test_what_selects_a_service_finds_it(service: Service) -> None:
    """Its Service, its budget, its policy and its scaler; Prometheus gives it the job that rules select by."""
    labels = {"app.kubernetes.io/name": service.name}
    deployment, kubernetes_service = _find("Deployment", service.name), _find("Service", service.name)
    scaler = _find("HorizontalPodAutoscaler", service.name)["spec"]
    monitor = _find("ServiceMonitor", "huleedu-edge")["spec"]

    assert deployment["spec"]["template"]["metadata"]["labels"] == labels
    assert deployment["spec"]["selector"]["matchLabels"] == labels
    assert kubernetes_service["spec"]["selector"] == labels
    assert _find("PodDisruptionBudget", service.name)["spec"]["selector"]["matchLabels"] == labels
    assert _find("NetworkPolicy", service.name)["spec"]["podSelector"]["matchLabels"] == labels
    assert (scaler["scaleTargetRef"]["name"], scaler["minReplicas"]) == (service.name, 2)
    assert kubernetes_service["metadata"]["labels"] == labels | {monitor["jobLabel"]: service.job}
    assert service.name in monitor["selector"]["matchExpressions"][0]["values"]


def test_a_feed_is_scaled_as_the_sizing_reckons() -> None:
    """By connections; with twice as many, when one of two is lost, it keeps a quarter of its memory free.

    The sizing follows what the last benchmark measured, which moves by a few percent; the file needn't follow that.
    """
    spec = _find("HorizontalPodAutoscaler", FEED.name)["spec"]
    (target,) = [metric["pods"]["target"] for metric in spec["metrics"] if metric["type"] == "Pods"]
    limit = FEED.container["resources"]["limits"]["memory"]

    assert target["type"] == "AverageValue"
    assert 0.9 * most_sockets() <= int(target["averageValue"]) <= most_sockets()
    assert limit == "1Gi"
    assert feed_mb(2 * most_sockets()) < 0.75 * 2**30 / 1e6


def test_the_internet_reaches_the_routes_and_nothing_else() -> None:
    """Every described route has a path in the Ingress; health and metrics have none."""
    described = json.loads((ROOT / "docs" / "openapi.json").read_text("utf-8"))["paths"]
    hidden = {path for path in described if path.lstrip("/").split("/")[0] in {"livez", "readyz", "healthz", "metrics"}}

    shown = {path for path in described if _has_path(GATEWAY, path)}

    assert shown == described.keys() - hidden
    assert hidden
    assert [_has_path(FEED, path) for path in ("/ws", "/events", "/livez", "/metrics")] == [True, True, False, False]


def _has_path(service: Service, path: str) -> bool:
    (rule,) = _find("Ingress", service.name)["spec"]["rules"]
    return any(
        path == one["path"] or (one["pathType"] == "Prefix" and path.startswith(one["path"] + "/"))
        for one in rule["http"]["paths"]
    )


def test_a_pod_may_reach_what_its_settings_name() -> None:
    """The policy's ports are those of the platform's services, Redis and Kafka."""
    allowed = {
        port["port"] for rule in _find("NetworkPolicy", GATEWAY.name)["spec"]["egress"] for port in rule["ports"]
    }
    settings = load_gateway(GATEWAY.environ)
    brokers = {int(broker.rpartition(":")[2]) for broker in str(settings.kafka_bootstrap_servers).split(",")}

    assert allowed == {int(url.rpartition(":")[2]) for url in settings.upstream_urls.values()} | brokers | {6379, 53}


async def test_kustomize_builds_it() -> None:
    """Every object, in the one namespace."""
    objects = list(yaml.safe_load_all(await printed_by("kubectl", "kustomize", str(FOLDER))))

    assert len(objects) == len(OBJECTS)
    assert {one["metadata"].get("namespace", "huleedu") for one in objects} == {"huleedu"}


@pytest.mark.parametrize("version", ["1.27", kubernetes_validate.latest_version()])
def test_the_objects_keep_kubernetes_schemas(version: str) -> None:
    """Every one, strictly: a field that Kubernetes doesn't know is a fault. A ServiceMonitor isn't Kubernetes' own."""
    own = [one for one in OBJECTS if one["kind"] != "ServiceMonitor"]

    for one in own:
        kubernetes_validate.validate(one, version, strict=True)

    assert len(own) == len(OBJECTS) - 1
