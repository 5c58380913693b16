"""What node says about the kept files and the client library made of them: current, compiled, tested, packed."""

import json
import re
from pathlib import Path

import pytest
import pytest_asyncio
from jsonschema import Draft7Validator

from scripts.docs.kept_files import ROOT
from tests.support.node_project import CLIENT, installed_client, run
from tests.unit.docs.reading import Json

PAGE = Path("sandbox/dashboard/static")
SCHEMA = Path("src/generated/schema.ts")
ASYNCAPI_SCHEMA = Path("node_modules/@asyncapi/specs/schemas/3.0.0-without-$id.json")


@pytest_asyncio.fixture(scope="session")
async def node_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of clients/typescript with what its lock file names; skips where that can't be had."""
    return await installed_client(tmp_path_factory.mktemp("repository"))


async def test_the_types_are_those_of_the_description(node_project: Path) -> None:
    """schema.ts equals what openapi-typescript makes of openapi.json; if not, run ``make docs``."""
    status, told = await run("npm", "run", "--silent", "generate", folder=node_project)

    assert status == 0, told
    made = (node_project / SCHEMA).read_text(encoding="utf-8")
    assert made == (CLIENT / SCHEMA).read_text(encoding="utf-8")


async def test_the_library_and_its_tests_compile(node_project: Path) -> None:
    """tsc, strict, finds nothing in the library's type tests and the examples of its pages."""
    status, told = await run("npm", "run", "--silent", "check", folder=node_project)

    assert (status, told.strip()) == (0, "")


async def test_the_library_passes_its_tests(node_project: Path) -> None:
    """Its tests by vitest pass, the budget of each entry included."""
    status, told = await run("npm", "test", "--silent", folder=node_project)

    assert status == 0, told


async def test_the_library_packs(node_project: Path) -> None:
    """``npm pack`` compiles the library, strictly; what its exports and its page lead to is there; node imports it."""
    status, told = await run("npm", "pack", "--json", "--silent", folder=node_project)

    assert status == 0, told
    [package] = json.loads(told[told.index("[") :])
    packed = {f"./{file['path']}" for file in package["files"]}
    manifest = json.loads((node_project / "package.json").read_text(encoding="utf-8"))
    assert {path for entry in manifest["exports"].values() for path in entry.values()} <= packed
    page = (node_project / "README.md").read_text(encoding="utf-8")
    assert {f"./{path}" for path in re.findall(r"\]\((docs/\w+\.md)", page)} <= packed
    imports = "".join(f"await import('{manifest['name']}{name[1:]}');" for name in manifest["exports"])
    assert await run("node", "--input-type=module", "--eval", imports, folder=node_project) == (0, "")


async def test_the_page_has_the_library_as_it_is(node_project: Path) -> None:
    """The bundle that the sandbox's page loads is what the library makes now; if not, run ``make docs``."""
    status, told = await run("npm", "run", "--silent", "bundle", folder=node_project)

    assert status == 0, told
    made = node_project.parent.parent / PAGE
    assert {file.name: file.read_text() for file in made.iterdir()} == {
        file.name: file.read_text() for file in (ROOT / PAGE).glob("edge*.js")
    }


async def test_asyncapi_finds_the_document_valid(node_project: Path, asyncapi: Json) -> None:
    """The document keeps to AsyncAPI 3.0."""
    schema = json.loads((node_project / ASYNCAPI_SCHEMA).read_text(encoding="utf-8"))

    faults = [
        f"{'/'.join(map(str, fault.path))}: {fault.message}" for fault in Draft7Validator(schema).iter_errors(asyncapi)
    ]

    assert faults == []


def test_the_lock_file_names_hashes_and_no_registry() -> None:
    """Every package is held to its hash, wherever it comes from."""
    locked = json.loads((CLIENT / "package-lock.json").read_text(encoding="utf-8"))["packages"]

    packages = {name: package for name, package in locked.items() if name}

    assert packages.keys() == {name for name, package in packages.items() if "integrity" in package}
    assert not any("resolved" in package for package in packages.values())
