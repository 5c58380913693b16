"""Open-loop load: requests leave on a schedule, whatever the answers do: a stall is measured, not waited out."""

import asyncio
import time
from collections.abc import Mapping

import uvloop

CONNECTIONS = 32
_HEAD_END = b"\r\n\r\n"


def latencies_ms(port: int, path: str, *, headers: Mapping[str, str], rate: float, seconds: float) -> list[float]:
    """Send ``rate`` GETs a second for ``seconds`` over 32 keep-alive connections and return each one's latency.

    A latency runs from the moment a request was due (not from when a busy connection got to it) to its last byte.
    """
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_drive(port, _request(path, headers), rate, seconds))


def _request(path: str, headers: Mapping[str, str]) -> bytes:
    lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def _drive(port: int, request: bytes, rate: float, seconds: float) -> list[float]:
    loop_start = time.perf_counter() + 0.1
    total = int(rate * seconds)
    measured: list[float] = []
    async with asyncio.TaskGroup() as group:
        for lane in range(CONNECTIONS):
            due = [loop_start + n / rate for n in range(lane, total, CONNECTIONS)]
            group.create_task(_lane(port, request, due, measured))
    return measured


async def _lane(port: int, request: bytes, due: list[float], measured: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for at in due:
        await asyncio.sleep(max(0.0, at - time.perf_counter()))
        writer.write(request)
        head = await reader.readuntil(_HEAD_END)
        if not head.startswith(b"HTTP/1.1 200"):
            raise ConnectionError(head.decode("latin1"))
        await reader.readexactly(_content_length(head))
        measured.append((time.perf_counter() - at) * 1000)
    writer.close()


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0
