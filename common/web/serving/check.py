"""``--check``: tells on the command line whether a service could start, and which of its neighbours can be reached."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TextIO

REACH_WITHIN_S: Final = 5.0
"""How long each neighbour may take; all are asked at once."""

_NAME_WIDTH: Final = 10


class UnreachableError(Exception):
    """A neighbour can't be reached, or doesn't answer as it should; the message says why."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A server that a service needs.

    Attributes:
        name: what the report calls it.
        address: where it is, without user name and password.
        ask: returns what it answered; raises OSError or UnreachableError when it can't be reached.
    """

    name: str
    address: str
    ask: Callable[[], Awaitable[str]]


async def report_neighbours(neighbours: Sequence[Neighbour], out: TextIO, *, within_s: float = REACH_WITHIN_S) -> bool:
    """Ask every neighbour, write one line for each, and return whether all answered."""
    answers = await asyncio.gather(*(_ask(neighbour, within_s) for neighbour in neighbours))
    for neighbour, (is_reached, answer) in zip(neighbours, answers, strict=True):
        write_line(out, neighbour.name, is_fine=is_reached, remark=f"{neighbour.address}  {answer}")
    return all(is_reached for is_reached, _ in answers)


def report_settings(warnings: Mapping[str, str], out: TextIO) -> None:
    """Write that the settings are sound, and what is doubtful about them."""
    write_line(out, "settings", is_fine=True, remark="")
    out.writelines(f"{'':<{_NAME_WIDTH}} doubtful  {variable}: {remark}\n" for variable, remark in warnings.items())


def write_line(out: TextIO, name: str, *, is_fine: bool, remark: str) -> None:
    """Write one line of the report."""
    out.write(f"{name:<{_NAME_WIDTH}} {'ok' if is_fine else 'FAILED':<8}  {remark}".rstrip() + "\n")


async def _ask(neighbour: Neighbour, within_s: float) -> tuple[bool, str]:
    try:
        async with asyncio.timeout(within_s):
            return True, await neighbour.ask()
    except TimeoutError:
        return False, f"no answer within {within_s:g} s"
    except (OSError, UnreachableError) as failure:
        return False, (str(failure) or type(failure).__name__).split("\n", maxsplit=1)[0]
