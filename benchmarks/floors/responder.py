"""A raw upstream: answers every request on a keep-alive connection with prepared bytes, as fast as asyncio goes.

``python -m benchmarks.floors.responder PORT USER_ID``. The path decides the answer: ``/size/<n>`` anywhere in it gives
``n`` bytes, a path with ``/preflight`` allows the pipeline, everything else gets a 2 KB RAS status body of the batch,
owned by ``USER_ID``.
"""

import asyncio
import json
import re
import sys
from functools import lru_cache
from typing import cast

import uvloop

BODY_BYTES = 2048
_HEAD_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
_SIZE = re.compile(r"/size/(\d+)")
_BATCH = re.compile(r"/batches/([^/]+)/")


def status_body(batch_id: str, user_id: str) -> bytes:
    """Return a RAS status answer of exactly 2 KB, in the shape of the platform's contract."""
    stamp = "2026-03-02T08:00:00Z"
    body = {
        "batch_id": batch_id,
        "user_id": user_id,
        "overall_status": "processing_pipelines",
        "essay_count": 2,
        "completed_essay_count": 1,
        "failed_essay_count": 0,
        "requested_pipeline": "cj_assessment",
        "current_phase": "SPELLCHECK",
        "essays": [{"essay_id": "essay-1", "filename": "essay-1.docx", "last_updated": stamp}],
        "created_at": stamp,
        "last_updated": stamp,
        "padding": "",
    }
    missing = BODY_BYTES - len(json.dumps(body))
    body["padding"] = "x" * max(0, missing)
    return json.dumps(body).encode()


@lru_cache(maxsize=32_768)
def answer(path: str, user_id: str) -> bytes:
    """Return head and body for ``path``."""
    media = "application/json"
    if sized := _SIZE.search(path):
        body, media = b"x" * int(sized[1]), "application/octet-stream"
    elif "/preflight" in path:
        body = b'{"allowed":true}'
    else:
        found = _BATCH.search(path)
        body = status_body(found[1] if found else "b1", user_id)
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {media}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


class Responder(asyncio.Protocol):
    """One connection: reads heads, skips bodies of known length, writes prepared answers."""

    def __init__(self, user_id: str) -> None:
        self._user_id = user_id
        self._buffer = b""
        self._to_skip = 0
        self._pending = b""
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport to answer on."""
        self._transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        """Answer every request that has arrived whole."""
        if self._to_skip >= len(data):
            self._to_skip -= len(data)
            if self._to_skip == 0:
                self._answer()
            return
        if self._to_skip:
            data = data[self._to_skip :]
            self._to_skip = 0
            self._answer()
        self._buffer += data
        while self._to_skip == 0 and (end := self._buffer.find(_HEAD_END)) >= 0:
            head = self._buffer[:end]
            rest = self._buffer[end + len(_HEAD_END) :]
            self._pending = answer(head.split(b" ", 2)[1].decode("latin1"), self._user_id)
            length = _LENGTH.search(head)
            wanted = int(length[1]) if length else 0
            self._to_skip = max(0, wanted - len(rest))
            self._buffer = rest[wanted:]
            if self._to_skip == 0:
                self._answer()

    def _answer(self) -> None:
        if self._transport is not None and self._pending:
            self._transport.write(self._pending)
            self._pending = b""


async def _run(port: int, user_id: str) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Responder(user_id), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run(int(sys.argv[1]), sys.argv[2]))
