"""Import a program's modules in less time."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quick_imports() -> Iterator[None]:
    """Import inside the block without garbage collection, which frees next to nothing of what imports allocate.

    It takes a third of a service's start. In the end what was imported is excluded from later collections.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()
