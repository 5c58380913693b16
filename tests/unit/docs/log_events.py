"""The events that the services log, read from where they do."""

import ast
from collections.abc import Iterator

from scripts.docs.source import modules

LEVELS = {
    "debug": "debug",
    "info": "info",
    "warning": "warning",
    "error": "error",
    "exception": "error",
    "critical": "critical",
}
"""What each method of a logger writes as level."""


def log_events() -> Iterator[tuple[str, str, str]]:
    """Yield name, level and whose of each event; names are literals, or the values of a module's own table."""
    for service, module in modules():
        tables = {
            target.id: node.value
            for node in module.body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        loggers = {name for name, made in tables.items() if "get_logger" in ast.unparse(made)}
        for node in ast.walk(module):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id=logger), attr=method), args=[name, *_]) if (
                    logger in loggers
                ):
                    for event in _names(name, tables):
                        yield event, LEVELS[method], service


def _names(told: ast.expr, tables: dict[str, ast.expr]) -> Iterator[str]:
    match told:
        case ast.Constant(value=str(name)):
            yield name
        case ast.Subscript(value=ast.Name(id=table)):
            yield from ast.literal_eval(tables[table]).values()
        case _:
            message = f"not the name of an event: {ast.unparse(told)}"
            raise ValueError(message)
