"""The bill of materials: complete, valid, and the same each time."""

import json
from pathlib import Path

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from scripts.sbom import LOCK, Requirement, bill_of_materials, main, read_lock, read_npm_lock, text_of

LOCKED = """\
# made by
one==1.0 \\
    --hash=sha256:{a} \\
    --hash=sha256:{b}
    # via
    #   huleedu-edge (pyproject.toml)
    #   two
two==2.0.post1 ; sys_platform == 'linux' \\
    --hash=sha256:{b}
    # via huleedu-edge (pyproject.toml)
""".format(a="a" * 64, b="b" * 64)


def test_it_is_valid_cyclonedx() -> None:
    """By the schema of the version that it names."""
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text_of(bill_of_materials())) is None


def test_every_locked_package_is_in_it() -> None:
    """With its version and its digests: each line that pins one has its component."""
    pinned = {line.split(" ")[0] for line in LOCK.read_text().splitlines() if "==" in line and not line.startswith("#")}
    components = bill_of_materials()["components"]
    assert isinstance(components, list)

    named = {f"{each['name']}=={each['version']}" for each in components if isinstance(each, dict)}

    assert pinned <= named
    assert all(each["hashes"] for each in components if isinstance(each, dict))


def test_the_same_locks_make_the_same_bytes(tmp_path: Path) -> None:
    """Nothing in it is of the moment or the machine."""
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    main([str(first)])
    main([str(second)])

    assert first.read_bytes() == second.read_bytes()
    assert {"serialNumber", "timestamp"}.isdisjoint(
        json.loads(first.read_text()) | json.loads(first.read_text())["metadata"]
    )


def test_a_lock_is_read() -> None:
    """Versions, digests and who asks for a package, also behind a marker."""
    one, two = read_lock(LOCKED)

    assert one == Requirement("one", "1.0", ("a" * 64, "b" * 64), ("huleedu-edge", "two"))
    assert (two.version, two.wanted_by, two.purl) == ("2.0.post1", ("huleedu-edge",), "pkg:pypi/two@2.0.post1")


def test_what_builds_the_library_is_not_in_it() -> None:
    """Only what is installed with it, under the name that it has there."""
    installed = {"version": "1.0.0", "license": "MIT", "integrity": "sha512-AAEC"}
    lock = {"packages": {"": {}, "node_modules/@a/b": installed, "node_modules/c": installed | {"dev": "true"}}}

    (component,) = read_npm_lock(lock)

    assert component["purl"] == "pkg:npm/%40a/b@1.0.0"
    assert component["hashes"] == [{"alg": "SHA-512", "content": "000102"}]
