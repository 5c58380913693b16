"""Write the bill of materials of what is installed in production: CycloneDX 1.6, from the two lock files alone.

``python -m scripts.sbom [FILE]`` writes ``dist/sbom.cdx.json`` unless another file is named. The same locks make the
same bytes: there is no time and no serial number in it, and everything is in order. Components are the Python packages
of ``requirements/runtime.txt``, with the hashes of every distribution that may be installed, and the packages that
the browser library brings along.
"""

import base64
import json
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import quote

from pydantic import JsonValue

ROOT: Final = Path(__file__).resolve().parents[1]
LOCK: Final = ROOT / "requirements" / "runtime.txt"
NPM_LOCK: Final = ROOT / "clients" / "typescript" / "package-lock.json"
PROJECT: Final = ROOT / "pyproject.toml"
DEFAULT: Final = ROOT / "dist" / "sbom.cdx.json"
SPEC_VERSION: Final = "1.6"

_REQUIREMENT = re.compile(r"^(?P<name>[a-z0-9._-]+)==(?P<version>[^ ;\\]+)", re.MULTILINE)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_VIA = re.compile(r"^ +# +(?:via +)?(?!via$)([a-z0-9._-]+)", re.MULTILINE)

Component = dict[str, JsonValue]


class Requirement(NamedTuple):
    """One pinned package of a lock: its version, its distributions' digests, and the packages that ask for it."""

    name: str
    version: str
    sha256: tuple[str, ...]
    wanted_by: tuple[str, ...]

    @property
    def purl(self) -> str:
        """What the package is called in the form that scanners look up."""
        return f"pkg:pypi/{self.name}@{self.version}"


def main(arguments: Sequence[str] = ()) -> int:
    """Write the file; return 0."""
    target = Path(arguments[0]) if arguments else DEFAULT
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text_of(bill_of_materials()), encoding="utf-8")
    return 0


def text_of(bill: Mapping[str, JsonValue]) -> str:
    """Return ``bill`` as it is written."""
    return json.dumps(bill, indent=2, ensure_ascii=False) + "\n"


def bill_of_materials() -> dict[str, JsonValue]:
    """Return the bill of both lock files."""
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    root = f"pkg:pypi/{project['name']}@{project['version']}"
    requirements = sorted(read_lock(LOCK.read_text(encoding="utf-8")))
    npm = sorted(read_npm_lock(json.loads(NPM_LOCK.read_text(encoding="utf-8"))), key=lambda each: str(each["purl"]))
    return {
        "bomFormat": "CycloneDX",
        "specVersion": SPEC_VERSION,
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": root,
                "name": project["name"],
                "version": project["version"],
                "purl": root,
            }
        },
        "components": [*map(_component, requirements), *npm],
        "dependencies": list(_dependencies(root, str(project["name"]), requirements)),
    }


def read_lock(lock: str) -> Iterator[Requirement]:
    """Yield the packages of a requirements file as uv compiles it."""
    starts = list(_REQUIREMENT.finditer(lock))
    ends = [each.start() for each in starts[1:]] + [len(lock)]
    for start, end in zip(starts, ends, strict=True):
        block = lock[start.start() : end]
        yield Requirement(
            start["name"], start["version"], tuple(sorted(_HASH.findall(block))), tuple(sorted(_VIA.findall(block)))
        )


def read_npm_lock(lock: Mapping[str, Mapping[str, Mapping[str, str]]]) -> Iterator[Component]:
    """Yield the packages that are installed with ours, not those that build it."""
    for path, package in lock["packages"].items():
        if not path or package.get("dev") or package.get("devOptional"):
            continue
        name = path.rpartition("node_modules/")[2]
        purl = f"pkg:npm/{quote(name, safe='/')}@{package['version']}"
        algorithm, _, digest = package["integrity"].partition("-")
        yield {
            "type": "library",
            "bom-ref": purl,
            "name": name,
            "version": package["version"],
            "purl": purl,
            "licenses": [{"license": {"id": package["license"]}}],
            "hashes": [{"alg": algorithm.upper().replace("SHA", "SHA-"), "content": base64.b64decode(digest).hex()}],
        }


def _component(requirement: Requirement) -> Component:
    return {
        "type": "library",
        "bom-ref": requirement.purl,
        "name": requirement.name,
        "version": requirement.version,
        "purl": requirement.purl,
        "hashes": [{"alg": "SHA-256", "content": digest} for digest in requirement.sha256],
    }


def _dependencies(root: str, project: str, requirements: Sequence[Requirement]) -> Iterator[JsonValue]:
    names = {project: root} | {each.name: each.purl for each in requirements}
    for name, reference in names.items():
        wanted: list[JsonValue] = [each.purl for each in requirements if name in each.wanted_by]
        yield {"ref": reference, "dependsOn": wanted}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
