"""Errors that have been dealt with."""


def drop_tracebacks(error: BaseException) -> None:
    """Take the tracebacks off ``error`` and off all that it came from, because it has been dealt with.

    They hold the frames it passed through, and many of those hold the error: ``asyncio.TaskGroup``'s holds each that it
    raises. Only the garbage collector would free it, with all that these frames know.
    """
    waiting, seen = [error], {id(error)}
    while waiting:
        current = waiting.pop()
        current.__traceback__ = None
        causes = (current.__cause__, current.__context__)
        enclosed = current.exceptions if isinstance(current, BaseExceptionGroup) else ()
        for origin in (*causes, *enclosed):
            if origin is not None and id(origin) not in seen:
                seen.add(id(origin))
                waiting.append(origin)


def raise_others(ended: ExceptionGroup, expected: type[Exception]) -> None:
    """Raise what in ``ended`` isn't ``expected``; when that is all, drop its tracebacks.

    As ``except*``, which takes a copy of the group, and leaves the group itself to the garbage collector.
    """
    _, others = ended.split(expected)
    if others is not None:
        raise others from None
    drop_tracebacks(ended)
