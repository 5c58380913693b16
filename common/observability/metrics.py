"""Where an app's metrics live: a registry of its own, so that two apps in one process don't share figures."""

from prometheus_client import CollectorRegistry, GCCollector, Info, PlatformCollector, ProcessCollector

from common.version import __version__


def make_registry(*, service: str) -> CollectorRegistry:
    """Return a registry that already tells of the process, its garbage collector and what was built.

    Each metric is made with ``registry=`` this one. Labels are closed sets: route templates,
    methods, statuses, names of ours; never paths, user ids or correlation ids.
    """
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    Info("huleedu_build", "The running service and its version, as labels.", registry=registry).info(
        {"service": service, "version": __version__}
    )
    return registry
