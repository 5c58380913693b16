"""Log lines of tests: plain, since structlog's own default draws each traceback, which took half of the tests' time."""

import structlog
from structlog.contextvars import merge_contextvars
from structlog.processors import KeyValueRenderer, add_log_level, format_exc_info


def log_plainly() -> None:
    """Have structlog write a line of keys and values, and a traceback as Python prints it."""
    render = KeyValueRenderer(key_order=["level", "event"])
    structlog.configure(processors=[merge_contextvars, add_log_level, format_exc_info, render])
