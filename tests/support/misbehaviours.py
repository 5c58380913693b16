"""Ways in which an upstream misbehaves: what :class:`tests.support.raw_upstream.RawUpstream` does to a connection."""

import asyncio

from tests.support.raw_upstream import Connection


async def reset_at_once(connection: Connection) -> None:
    """Break off without reading."""
    connection.reset()


async def reset_after_head(connection: Connection) -> None:
    """Read the request, then break off."""
    await connection.head()
    connection.reset()


async def close_after_head(connection: Connection) -> None:
    """Read the request, then close without an answer."""
    await connection.head()


async def garbage(connection: Connection) -> None:
    """Answer with something that isn't HTTP."""
    await connection.head()
    await connection.send(b"\x16\x03\x01\x02\x00 hello \r\n\r\n")


async def bad_chunks(connection: Connection) -> None:
    """Answer with a broken chunked body."""
    await connection.head()
    await connection.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnot-a-size\r\n")


async def huge_header(connection: Connection) -> None:
    """Answer with a header of 100 KB."""
    await connection.head()
    await connection.send(b"HTTP/1.1 200 OK\r\nX-Huge: " + b"x" * 100_000 + b"\r\nContent-Length: 0\r\n\r\n")


async def endless_head(connection: Connection) -> None:
    """Answer with headers that never end."""
    await connection.head()
    await connection.send(b"HTTP/1.1 200 OK\r\n")
    while True:
        await connection.send(b"X-More: more\r\n" * 100)
        await asyncio.sleep(0)


async def contradicting_lengths(connection: Connection) -> None:
    """Answer with two lengths."""
    await connection.head()
    await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 20\r\n\r\nok")


async def upgrade_unasked(connection: Connection) -> None:
    """Switch protocols though nobody asked."""
    await connection.head()
    await connection.send(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
    await connection.hang()


async def break_off_in_body(connection: Connection) -> None:
    """Announce ten bytes, send three, close."""
    await connection.head()
    await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")


async def break_off_in_chunks(connection: Connection) -> None:
    """Send one chunk, never the last."""
    await connection.head()
    await connection.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")


async def close_before_body(connection: Connection) -> None:
    """Announce ten bytes, send none, close."""
    await connection.head()
    await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n")


async def hang_before_head(connection: Connection) -> None:
    """Read the request and never answer."""
    await connection.hang()


async def hang_before_body(connection: Connection) -> None:
    """Answer with a head and nothing else."""
    await connection.head()
    await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n")
    await connection.hang()


async def hang_in_body(connection: Connection) -> None:
    """Answer with a head and a part of the body."""
    await connection.head()
    await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
    await connection.hang()


async def hang_in_error(connection: Connection) -> None:
    """Answer with an error whose body doesn't come."""
    await connection.head()
    await connection.send(b"HTTP/1.1 404 Not Found\r\nContent-Length: 10\r\n\r\nabc")
    await connection.hang()


async def trickle(connection: Connection) -> None:
    """Send a byte now and then, for ever."""
    await connection.head()
    await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    while True:
        await connection.send(b"x")
        await asyncio.sleep(0.05)


async def too_large(connection: Connection) -> None:
    """Answer with 5 MB."""
    await connection.head()
    await connection.answer(bytes(5_000_000))


async def unknown_coding(connection: Connection) -> None:
    """Answer compressed in a way nobody asked for."""
    await connection.head()
    await connection.answer(b"\x1b\x00", headers=b"Content-Encoding: br\r\n")


async def garbage_to_tls(connection: Connection) -> None:
    """Answer a TLS hello in plain text."""
    await connection.some()
    await connection.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
