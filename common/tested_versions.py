"""The versions of other packages that the edge was tested with.

The edge replaces and uses names of theirs that they don't promise (docs/foreign-names.md). Without the check another
version could bring a defect back that the edge mends, and no message would say so. A program that imports only a part,
as the platform's services import :mod:`common.errors`, is not checked.
"""

from collections.abc import Callable, Mapping
from importlib.metadata import version
from types import MappingProxyType
from typing import Final

TESTED: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "aiohttp": ("3.14.5",),
        "aiokafka": ("0.14.0",),
        "hypercorn": ("0.18.0",),
        "multipart": ("2.0.1",),
        "quart": ("0.22.0",),
        "quart-schema": ("0.25.0",),
        "redis": ("8.1.0",),
    }
)
"""By package: the versions that the whole test suite passed with; the lock file has one of them."""


class UntestedVersionError(Exception):
    """A package is installed in a version that the edge was not tested with; the text is the line that says which."""


def check_versions(installed: Callable[[str], str] = version) -> None:
    """Raise :class:`UntestedVersionError` where ``installed`` names a version of a package that is not in the table."""
    found = {package: installed(package) for package in TESTED}
    untested = {package: there for package, there in found.items() if there not in TESTED[package]}
    if untested:
        faults = (f"{package} {there} (tested: {', '.join(TESTED[package])})" for package, there in untested.items())
        message = (
            f"not tested with {'; '.join(faults)}. Install a tested version, as requirements/runtime.txt has it, "
            "or run the tests with this one and add it to common/tested_versions.py"
        )
        raise UntestedVersionError(message)
