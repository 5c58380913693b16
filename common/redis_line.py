"""One connection to Redis that many callers use at once.

A redis-py client lends each command a connection of its own, which costs more than the command. Here commands go out as
they come, those of one turn of the loop in one packet, and replies come back in the same order (pipelining).
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from math import inf

from redis.asyncio.connection import AbstractConnection, ConnectionPool
from redis.exceptions import ConnectionError as LostConnectionError
from redis.exceptions import ResponseError

Argument = str | bytes | int | float


class RedisLine:
    """Runs scripts over one connection of ``pool``, opened when it is first needed, and again after it was lost.

    Args:
        pool: of a client for one server (not a cluster's) and without timeouts of its own, since with them redis-py
            waits between sending two commands. Whoever closes it closes the line.
        answer_within_s: bounds each call, connecting included. Past it the connection is given up, and whoever else
            waits for a reply is told that it is lost.

    Raises:
        ValueError: the pool's connections have a timeout.
    """

    def __init__(self, pool: ConnectionPool, *, answer_within_s: float) -> None:
        if pool.connection_kwargs.get("socket_timeout", inf) is not None:
            message = "the client must leave timeouts to the line"
            raise ValueError(message)
        self._connected: Callable[[], Awaitable[AbstractConnection]] = pool.get_connection
        self._given_back = pool.release
        self._answer_within_s = answer_within_s
        self._opening = asyncio.Lock()
        self._replies: _Replies | None = None

    def evalsha(self, digest: str, key_count: int, *arguments: Argument) -> Coroutine[None, None, object]:
        """Run the script of this digest; raises what redis-py raises, NoScriptError when it isn't known."""
        return self._call("EVALSHA", digest, key_count, *arguments)

    def eval(self, text: str, key_count: int, *arguments: Argument) -> Coroutine[None, None, object]:
        """Run the script ``text``; raises what redis-py raises."""
        return self._call("EVAL", text, key_count, *arguments)

    async def _call(self, *command: Argument) -> object:
        """Send ``command`` and return its reply. Cancel-safe: the reply of a caller who left is skipped."""
        replies = None
        try:
            async with asyncio.timeout(self._answer_within_s):
                replies = self._replies
                if replies is None or await replies.are_cut_off():
                    replies = await self._reopened(replies)
                return await replies.ask(command)
        except ResponseError:
            raise
        except Exception:
            await self._lose(replies)
            raise

    async def _reopened(self, lost: "_Replies | None") -> "_Replies":
        async with self._opening:
            await self._lose(lost)
            if self._replies is None:
                self._replies = _Replies(await self._connected())
            return self._replies

    async def _lose(self, lost: "_Replies | None") -> None:
        if lost is None or self._replies is not lost:
            return
        self._replies = None
        lost.give_up()
        await lost.connection.disconnect(nowait=True)
        await self._given_back(lost.connection)


class _Replies:
    """The replies of one connection, each given to whom it is for."""

    def __init__(self, connection: AbstractConnection) -> None:
        self.connection = connection
        self._given_up = False
        self._asked = 0
        self._read = 0
        self._turn = asyncio.Lock()

    async def are_cut_off(self) -> bool:
        """Tell whether none can come any more. While none is awaited, what could be read is that the server hung up."""
        if not self.connection.is_connected:
            return True
        return self._asked == self._read and bool(await self.connection.can_read())

    def give_up(self) -> None:
        """Read no more: the pool opens the same connection object anew, and what comes then is for others."""
        self._given_up = True

    async def ask(self, command: tuple[Argument, ...]) -> object:
        """Send ``command`` and return its reply; raises redis-py's ConnectionError when the connection is lost."""
        number = self._asked
        self._asked += 1
        await self.connection.send_packed_command(self.connection.pack_command(*command), check_health=False)
        async with self._turn:  # asyncio's locks are fair: turns come in the order the commands went
            while self._read < number:
                await self._skip()
            return await self._next()

    async def _skip(self) -> None:
        """Read a reply nobody waits for any more."""
        try:
            await self._next()
        except ResponseError:
            return

    async def _next(self) -> object:
        if self._given_up:
            message = "the connection was lost while its reply was awaited"
            raise LostConnectionError(message)
        try:
            reply = await self.connection.read_response(disconnect_on_error=False)
        except ResponseError:
            self._read += 1
            raise
        except (AttributeError, RuntimeError) as failure:  # what redis-py makes of a connection closed underneath
            raise LostConnectionError from failure
        self._read += 1
        return reply
