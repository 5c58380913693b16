"""The cross-references of docstrings lead to something."""

import ast
import re
from collections.abc import Iterator

from scripts.docs.kept_files import ROOT

PACKAGES = ("api_gateway", "websocket_service", "common", "sandbox", "benchmarks", "scripts", "tests")
REFERENCE = re.compile(r":(?:meth|func|class|data|attr|mod):`~?([\w.]+)`")
FOREIGN = re.compile(r"(?:quart|hypercorn|aiokafka|aiohttp|redis|dishka|asyncio|wsproto|jwt|pydantic)\.")


def names_in(tree: ast.AST) -> Iterator[str]:
    """Yield whatever the module defines or assigns, at any depth."""
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name


def test_a_cross_reference_names_what_is_there() -> None:
    """By its last part: a name that was changed leaves none behind."""
    texts = {path: path.read_text("utf-8") for package in PACKAGES for path in (ROOT / package).rglob("*.py")}
    known = {name for text in texts.values() for name in names_in(ast.parse(text))}
    known |= {path.stem for path in texts} | {path.parent.name for path in texts}

    dangling = {
        f"{path.relative_to(ROOT)}: {target}"
        for path, text in texts.items()
        for target in REFERENCE.findall(text)
        if target.split(".")[-1] not in known and not FOREIGN.match(target)
    }

    assert dangling == set()
