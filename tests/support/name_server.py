"""A name server on loopback that knows a few names, for programs that look names up themselves."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from ipaddress import IPv4Address

from sandbox.ports import LOOPBACK

_HEAD = struct.Struct("!6H")
_ANSWERED, _NO_SUCH_NAME = 0x8180, 0x8183
_POINTS_TO_THE_QUESTION = 0xC00C
_A, _IN = 1, 1
_LIFE_S = 1
_LARGEST = 512


@asynccontextmanager
async def name_server(names: Mapping[str, Sequence[str]]) -> AsyncIterator[int]:
    """Answer with each name's addresses as they are at the moment; yields the port."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind((LOOPBACK, 0))
        listener.settimeout(0)

        def answer() -> None:
            query, client = listener.recvfrom(_LARGEST)
            listener.sendto(_answer(query, names), client)

        loop.add_reader(listener, answer)
        try:
            yield listener.getsockname()[1]
        finally:
            loop.remove_reader(listener)


def _answer(query: bytes, names: Mapping[str, Sequence[str]]) -> bytes:
    """Return the reply of RFC 1035, section 4.1: the question again, and an A record for each address."""
    number = _HEAD.unpack_from(query)[0]
    end = query.index(b"\0", _HEAD.size) + 5
    addresses = names.get(_name(query, _HEAD.size), ())
    flags = _ANSWERED if addresses else _NO_SUCH_NAME
    records = b"".join(
        struct.pack("!HHHIH", _POINTS_TO_THE_QUESTION, _A, _IN, _LIFE_S, 4) + IPv4Address(address).packed
        for address in addresses
    )
    return _HEAD.pack(number, flags, 1, len(addresses), 0, 0) + query[_HEAD.size : end] + records


def _name(query: bytes, at: int) -> str:
    labels = []
    while length := query[at]:
        labels.append(query[at + 1 : at + 1 + length].decode())
        at += 1 + length
    return ".".join(labels)
