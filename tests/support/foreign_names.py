"""What our code uses of other packages without their promise: found in the source, and in the running classes.

A name counts where it begins with an underscore, or where it belongs to a class that we subclass or to a module or app
that we change. Whether a class is meant to be subclassed is not decided here.
"""

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Final

from quart import Quart

from scripts.docs.kept_files import ROOT

PRODUCT: Final = ("api_gateway", "common", "websocket_service")
BESIDE: Final = ("benchmarks", "sandbox", "scripts", "tests")
_OURS: Final = frozenset((*PRODUCT, *BESIDE))
_BY_NAME: Final = frozenset({"getattr", "setattr", "hasattr", "delattr"})


@dataclass(frozen=True, slots=True, order=True)
class ForeignName:
    """One use of a name of another package.

    Attributes:
        owner: the class or module that has the name, dotted.
        name: the name; empty for the class itself.
        how: ``subclassed``, ``overridden``, ``set``, ``used``, ``replaced`` or ``imported``.
        module: which of our modules does it; empty where something is replaced, since a running package can't tell.
        base: the class that ours inherits from, of which ``owner`` is one or a parent.
    """

    owner: str
    name: str
    how: str
    module: str = ""
    base: str = ""

    def __str__(self) -> str:
        return f"{self.owner} {self.name} {self.how} {self.module}"


def modules(*packages: str) -> Iterator[tuple[str, Path]]:
    """Yield name and file of every module of ``packages``."""
    for package in packages:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def is_private(name: str) -> bool:
    """Tell whether ``name`` begins with an underscore and is none of Python's own, such as ``__init__``."""
    return name.startswith("_") and not name.endswith("__") and name != "_"


def private_uses(module: str, tree: ast.Module) -> Iterator[str]:
    """Yield each reach for a private name that isn't by ``self``, ``cls`` or ``super()``, as "module:line text"."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=value, attr=name):
                reaches = is_private(name) and not _is_own(value)
            case ast.ImportFrom(module=str(origin), names=names):
                told = [*origin.split("."), *(alias.name for alias in names)]
                reaches = told[0] not in _OURS and any(map(is_private, told))
            case ast.Import(names=names):
                reaches = any(is_private(part) for alias in names for part in alias.name.split("."))
            case ast.Call(func=ast.Name(id=function), args=[_, ast.Constant(value=str(name)), *_]):
                reaches = function in _BY_NAME and is_private(name)
            case _:
                reaches = False
        if reaches:
            yield f"{module}:{getattr(node, 'lineno', 0)} {ast.unparse(node)}"


def in_subclasses(module: str, tree: ast.Module) -> Iterator[ForeignName]:
    """Yield what ``module``'s classes override, set and use of classes of other packages, exceptions apart.

    The annotations of a pydantic model and what our own bases bring are none of it.
    """
    for node in tree.body:
        if not isinstance(node, ast.ClassDef) or not node.bases:
            continue
        bases = foreign_bases(getattr(import_module(module), node.name))
        if not bases:
            continue
        base = dotted_name(bases[0])
        yield ForeignName(base, "", "subclassed", module, base)
        for name, how in _first_uses(node):
            owner = next((base for base in bases if name in names_of(base)), None)
            if owner is not None:
                yield ForeignName(dotted_name(owner), name, how, module, base)


def foreign_bases(kind: type) -> list[type]:
    """Return the classes of other packages that ``kind`` inherits from; of Python's own, exceptions and models none."""
    if issubclass(kind, BaseException):
        return []
    standard = {*sys.stdlib_module_names, *_OURS, "pydantic", "typing_extensions"}
    return [base for base in kind.__mro__ if base.__module__.partition(".")[0] not in standard]


@cache
def names_of(kind: type) -> frozenset[str]:
    """Return the names of a class: what it defines, and what its methods set on ``self``."""
    tree = _classes_of(kind.__module__).get(kind.__qualname__)
    if tree is None:  # compiled
        return frozenset(vars(kind))
    stored = (node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store))
    return frozenset(vars(kind)) | {node.attr for node in stored if _is_own(node.value)}


@cache
def _classes_of(module: str) -> Mapping[str, ast.ClassDef]:
    """Return the classes in the source of a module by their qualified names; none where it is compiled."""
    path = Path(sys.modules[module].__file__ or "")
    return dict(_classes_in(ast.parse(path.read_text(encoding="utf-8")).body)) if path.suffix == ".py" else {}


def _classes_in(body: Iterable[ast.stmt], outer: str = "") -> Iterator[tuple[str, ast.ClassDef]]:
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield outer + node.name, node
            yield from _classes_in(node.body, f"{outer}{node.name}.")
        elif isinstance(node, ast.If | ast.Try):
            yield from _classes_in([*node.body, *node.orelse], outer)


def dotted_name(kind: type) -> str:
    """Return module and name of a class."""
    return f"{kind.__module__}.{kind.__qualname__}"


def module_replacements(package: str) -> Iterator[ForeignName]:
    """Yield what stands in the imported modules of ``package`` and was made by one of ours."""
    for owner, module in tuple(sys.modules.items()):
        if owner.partition(".")[0] == package:
            for name, value in vars(module).items():
                made_by = getattr(value, "__module__", None) or ""
                if made_by.partition(".")[0] in PRODUCT:
                    yield ForeignName(owner, name, "replaced")


def resolve(owner: str) -> object:
    """Return the class or module that ``owner`` names; raises AttributeError or ImportError when it is gone."""
    try:
        return import_module(owner)
    except ModuleNotFoundError:
        module, _, name = owner.rpartition(".")
        return getattr(import_module(module), name)


def has_name(owner: str, name: str) -> bool:
    """Tell whether what ``owner`` names is there and has ``name``."""
    try:
        found = resolve(owner)
    except (AttributeError, ImportError):
        return False
    return not name or (name in names_of(found) if isinstance(found, type) else hasattr(found, name))


def app_replacements(app: Quart) -> Iterator[ForeignName]:
    """Yield what ``app`` has of its own that another app has of its class."""
    others = vars(Quart("other"))
    for name in vars(app):
        if hasattr(Quart, name) and name not in others:
            yield ForeignName(dotted_name(Quart), name, "replaced")


def _first_uses(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    """Yield each name that a class defines, sets or uses on itself, and which of these it does first of all."""
    defined = {part.name for part in node.body if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef)}
    assigned = {
        target.id
        for part in node.body
        for target in (part.targets if isinstance(part, ast.Assign) else [getattr(part, "target", None)])
        if isinstance(target, ast.Name)
    }
    own = [part for part in ast.walk(node) if isinstance(part, ast.Attribute) and _is_own(part.value)]
    stored = {part.attr for part in own if isinstance(part.ctx, ast.Store)} | assigned
    used = {part.attr for part in own}
    yield from ((name, "overridden") for name in sorted(defined))
    yield from ((name, "set") for name in sorted(stored - defined))
    yield from ((name, "used") for name in sorted(used - stored - defined))


def _is_own(value: ast.expr) -> bool:
    match value:
        case ast.Name(id="self" | "cls") | ast.Call(func=ast.Name(id="super")):
            return True
    return False
