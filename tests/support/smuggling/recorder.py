"""A service that believes nothing it can't account for byte by byte, and answers with what it read."""

import re
from asyncio import IncompleteReadError, StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from common.identity.identity_headers import fold_name
from sandbox.ports import LOOPBACK
from tests.support.smuggling.cases import Forwarded
from tests.support.transports import serving

_REQUEST_LINE = re.compile(rb"([A-Z]+) (/[!-~]*) HTTP/1\.1")
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+): ([\t -~\x80-\xff]*)")
_LENGTH = re.compile(rb"\d{1,18}")
_CHUNK_SIZE = re.compile(rb"[0-9a-f]{1,15}\r\n")
_ONCE = ("host", "x-user-id", "x-correlation-id")


class NotSoundError(Exception):
    """The gateway sent what a service could read in two ways."""


@dataclass(slots=True)
class Recorder:
    """What has arrived: whole requests, beginnings of others, and whatever was not beyond doubt."""

    user: str
    requests: list[Forwarded] = field(default_factory=list)
    beginnings: list[bytes] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    url: str = ""

    def requests_below(self, prefix: str) -> list[Forwarded]:
        """Return the whole requests for targets that begin with ``prefix``, in order."""
        return [each for each in self.requests if each.target.startswith(prefix)]

    def beginnings_below(self, prefix: str) -> list[bytes]:
        """Return the beginnings of requests that broke off and whose target begins with ``prefix``."""
        return [each for each in self.beginnings if f" {prefix}".encode() in each]

    async def serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Read requests, one after the other, until the connection ends."""
        try:
            while True:
                received = await self._read(reader)
                self.requests.append(received)
                told = answer_to(received)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % len(told))
                writer.write(b"" if received.method == "HEAD" else told)
                await writer.drain()
        except IncompleteReadError as cut:
            if cut.partial:
                self.beginnings.append(cut.partial)
        except NotSoundError as fault:
            self.faults.append(str(fault))
        except ConnectionError:
            return
        finally:
            writer.close()

    async def _read(self, reader: StreamReader) -> Forwarded:
        head = (await reader.readuntil(b"\r\n\r\n")).removesuffix(b"\r\n\r\n")
        line, *lines = head.split(b"\r\n")
        started = _REQUEST_LINE.fullmatch(line)
        if started is None:
            raise NotSoundError(f"request line {line!r}")
        fields = self._fields(lines)
        try:
            body = await _body(reader, fields)
        except IncompleteReadError as cut:
            raise IncompleteReadError(head + cut.partial, None) from cut
        return Forwarded(started[1].decode(), started[2].decode(), body)

    def _fields(self, lines: list[bytes]) -> dict[str, bytes]:
        """Return the fields that matter by their folded names; each is there at most once, whatever its spelling."""
        fields: dict[str, bytes] = {}
        for line in lines:
            matched = _FIELD.fullmatch(line)
            if matched is None:
                raise NotSoundError(f"header {line!r}")
            name = fold_name(matched[1].decode())
            if name in fields and name in {*_ONCE, "content-length", "transfer-encoding"}:
                raise NotSoundError(f"two of {name}")
            fields[name] = matched[2]
        if any(name not in fields for name in _ONCE) or fields["x-user-id"] != self.user.encode():
            raise NotSoundError(f"caller of {lines!r}")
        return fields


async def _body(reader: StreamReader, fields: dict[str, bytes]) -> bytes:
    length, coding = fields.get("content-length"), fields.get("transfer-encoding")
    match length, coding:
        case None, None:
            return b""
        case bytes(), None if _LENGTH.fullmatch(length):
            return await reader.readexactly(int(length))
        case None, b"chunked":
            return await _chunks(reader)
    raise NotSoundError(f"length {length!r}, coding {coding!r}")


async def _chunks(reader: StreamReader) -> bytes:
    body = b""
    while True:
        line = await reader.readuntil(b"\r\n")
        if _CHUNK_SIZE.fullmatch(line) is None:
            raise NotSoundError(f"chunk size {line!r}")
        size = int(line, 16)
        chunk = await reader.readexactly(size + 2)
        if not chunk.endswith(b"\r\n"):
            raise NotSoundError(f"end of chunk {chunk[-2:]!r}")
        if not size:
            return body
        body += chunk[:-2]


def answer_to(received: Forwarded) -> bytes:
    """Return the body that answers ``received``: which request it was."""
    return f"{received.method} {received.target} ".encode() + received.body.hex().encode()


@asynccontextmanager
async def recording(user: str) -> AsyncIterator[Recorder]:
    """Serve as a service to which the gateway sends requests of ``user``."""
    recorder = Recorder(user)
    async with serving(recorder.serve) as server:
        recorder.url = f"http://{LOOPBACK}:{server.sockets[0].getsockname()[1]}"
        yield recorder
