"""The balancer before the feed's replicas, over real sockets."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from sandbox.balancer import Backend, TcpBalancer
from sandbox.ports import LOOPBACK, free_port
from tests.support.eventually import eventually


class Replica:
    """Says its name to each client, then sends back what it gets, and tells whether it is ready."""

    def __init__(self, name: bytes) -> None:
        self.name = name
        self.ready = True
        self.port = free_port()
        self.backend = Backend(self.port, f"http://{LOOPBACK}:{self.port}/readyz")

    async def serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Serve one connection, a probe's or a client's."""
        line = await reader.readline()
        if line.startswith(b"GET"):
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n" if self.ready else b"HTTP/1.1 503 No\r\n\r\n")
        else:
            writer.write(self.name + b" " + line)
            writer.write(await reader.read())
            await writer.drain()
        writer.close()


@asynccontextmanager
async def serving(*replicas: Replica) -> AsyncIterator[TcpBalancer]:
    """Have the replicas and a balancer before them."""
    servers = [await asyncio.start_server(replica.serve, LOOPBACK, replica.port) for replica in replicas]
    try:
        async with TcpBalancer(free_port(), [replica.backend for replica in replicas]) as balancer:
            yield balancer
    finally:
        for server in servers:
            server.close()


async def ask(balancer: TcpBalancer) -> bytes:
    """Return what a client gets that says hello and then that it has no more to say; nothing when it is cut off."""
    reader, writer = await asyncio.open_connection(LOOPBACK, balancer.port)
    try:
        writer.write(b"hello\nand more")
        writer.write_eof()
        return await reader.read()
    except OSError:
        return b""
    finally:
        writer.close()


async def test_connections_go_to_the_replicas_in_turn() -> None:
    """Bytes pass both ways, also after one side has said that it has no more."""
    async with serving(Replica(b"one"), Replica(b"two")) as balancer:
        answers = [await ask(balancer) for _ in range(4)]

    assert sorted(answers) == [b"one hello\nand more"] * 2 + [b"two hello\nand more"] * 2


async def test_an_unready_replica_gets_no_connections() -> None:
    """From the next probe on, and again once it is ready."""
    one, two = Replica(b"one"), Replica(b"two")
    async with serving(one, two) as balancer:
        one.ready = False
        await eventually(lambda: balancer.ready_ports == {two.port})
        without = {await ask(balancer) for _ in range(4)}
        one.ready = True
        await eventually(lambda: balancer.ready_ports == {one.port, two.port})
        again = {await ask(balancer) for _ in range(4)}

    assert without == {b"two hello\nand more"}
    assert len(again) == 2


async def test_a_dead_replica_costs_no_client_anything() -> None:
    """A connection that is refused goes to the next, before a probe has noticed."""
    alive, dead = Replica(b"one"), Replica(b"two")
    async with serving(alive, dead) as balancer:
        balancer.backends = (Backend(free_port(), dead.backend.probe), alive.backend)
        answers = {await ask(balancer) for _ in range(4)}

    assert answers == {b"one hello\nand more"}


async def test_a_lost_network_cuts_what_is_open_and_refuses_what_is_new() -> None:
    """Until it is back."""
    async with serving(Replica(b"one")) as balancer:
        reader, writer = await asyncio.open_connection(LOOPBACK, balancer.port)
        writer.write(b"hello\n")
        await reader.readline()

        balancer.go_down(0.5)

        with suppress(OSError):
            assert await reader.read() == b""
        assert not balancer.is_up
        assert await ask(balancer) == b""
        await eventually(lambda: balancer.is_up)
        assert await ask(balancer) == b"one hello\nand more"
        writer.close()
