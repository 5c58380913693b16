"""One connection to Redis on which many callers ask at once.

redis-py has each command take a connection from a pool, look whether it is still good, and give it back; that is five
times the work of the command itself. Here a command is written at once, behind those that others wait for, and Redis
answers in this order. It is for short commands to one server: one that takes long holds up those behind it.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, cast

import hiredis
from redis.asyncio import Redis, RedisCluster
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import (
    InvalidResponse,
    MasterDownError,
    NoScriptError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)

from common.clock import LOOP_SCHEDULER, Scheduler, Timeout, Timer
from common.redis_client import CONNECT_WITHIN_S, DEMOTED, RedisClient
from common.redis_script import Argument, ClientRunner, ScriptRunner

_LOST: Final = "the connection to Redis was lost"
_NOT_YET: Final = object()
_CLASSES: Final[Mapping[str, type[ResponseError]]] = MappingProxyType(
    {"MASTERDOWN": MasterDownError, "NOSCRIPT": NoScriptError, "READONLY": ReadOnlyError}
)


def script_runner(redis: RedisClient, *, answer_within_s: float) -> ScriptRunner:
    """Return what runs scripts, each within ``answer_within_s``: a shared connection where there is one server."""
    if isinstance(redis, RedisCluster):
        return _BoundedCluster(redis, answer_within_s)
    return SharedConnection(redis, answer_within_s=answer_within_s)


class _BoundedCluster(ClientRunner):
    """Runs scripts on a cluster, each within a deadline; raises TimeoutError past it."""

    def __init__(self, redis: RedisCluster, answer_within_s: float) -> None:
        super().__init__(redis)
        self._answer_within_s = answer_within_s

    async def evalsha(self, sha: str, numkeys: int, *keys_and_args: Argument) -> object:
        """Run the script that the server knows by ``sha``."""
        async with asyncio.timeout(self._answer_within_s):
            return await super().evalsha(sha, numkeys, *keys_and_args)

    async def eval(self, script: str, numkeys: int, *keys_and_args: Argument) -> object:
        """Run ``script``."""
        async with asyncio.timeout(self._answer_within_s):
            return await super().eval(script, numkeys, *keys_and_args)

    async def ask_each(self, *commands: Sequence[Argument]) -> Sequence[object]:
        """Send commands as one pipeline; see the port."""
        async with asyncio.timeout(self._answer_within_s):
            return await super().ask_each(*commands)


class SharedConnection:
    """Takes one connection from the pool of ``redis``, and another when that is lost; closing ``redis`` closes it.

    Args:
        redis: a client of one server, or of the master that Sentinel names.
        answer_within_s: Redis's time for an answer, a call's wait for a connection included. A connection that owes one
            for longer is replaced, so that Sentinel is asked again and no backlog grows; all calls that wait for an
            answer on it fail at once.
        scheduler: measures that.
    """

    def __init__(self, redis: Redis, *, answer_within_s: float, scheduler: Scheduler = LOOP_SCHEDULER) -> None:
        self._pool = redis.connection_pool
        self._get_connection: Callable[[], Awaitable[AbstractConnection]] = self._pool.get_connection  # untyped
        self._answer_within_s = answer_within_s
        self._scheduler = scheduler
        self._link: _Link | None = None
        self._attempt: asyncio.Future[_Link] | None = None

    async def evalsha(self, digest: str, key_count: int, *keys_and_arguments: Argument) -> object:
        """Run the script that the server knows by ``digest``; see :meth:`ask`."""
        return await self.ask("EVALSHA", digest, key_count, *keys_and_arguments)

    async def eval(self, text: str, key_count: int, *keys_and_arguments: Argument) -> object:
        """Run a script; see :meth:`ask`."""
        return await self.ask("EVAL", text, key_count, *keys_and_arguments)

    async def ask(self, *command: Argument) -> object:
        """Return the answer to ``command``: integers, bytes, None, lists of them.

        Cancelling gives the answer up and disturbs no other caller. Raises what redis-py raises; ConnectionError when
        the connection is lost before the answer, TimeoutError when Redis takes too long.
        """
        if (link := self._link) is not None and link.is_open:
            return await link.ask(command)
        async with Timeout(self._scheduler, self._answer_within_s):
            return await (await self._connected()).ask(command)

    async def ask_each(self, *commands: Sequence[Argument]) -> Sequence[object]:
        """Send commands, at least one, in one write and return their answers; see the port and :meth:`ask`."""
        if (link := self._link) is not None and link.is_open:
            return await link.ask_each(commands)
        async with Timeout(self._scheduler, self._answer_within_s):
            return await (await self._connected()).ask_each(commands)

    async def _connected(self) -> "_Link":
        """Return an open link once there is one.

        To connect takes several trips. It goes on when the callers that wait for it have no time left, or those that
        come after them would begin anew each time.
        """
        if self._attempt is None or self._attempt.done():
            self._attempt = asyncio.shield(self._connect())
            self._attempt.add_done_callback(_note_outcome)
        attempt = self._attempt
        await asyncio.wait({attempt})
        link = attempt.result()
        if not link.is_open:
            raise RedisConnectionError(_LOST)
        return link

    async def _connect(self) -> "_Link":
        lost, self._link = self._link, None
        if lost is not None:
            await lost.connection.disconnect(nowait=True)
            await self._pool.release(lost.connection)
        async with Timeout(self._scheduler, max(CONNECT_WITHIN_S, self._answer_within_s)):
            connection = await self._get_connection()
        self._link = _Link(connection, self._answer_within_s, self._scheduler)
        return self._link


def _note_outcome(attempt: "asyncio.Future[_Link]") -> None:
    """Take note of an attempt's failure, which all callers may have left; asyncio would log it."""
    if not attempt.cancelled():
        attempt.exception()


class _Connected(AbstractConnection):
    """What redis-py doesn't show of a connection that it has made; never an instance of its own."""

    def transport(self) -> asyncio.WriteTransport:
        """Return what the connection is written to."""
        if self._writer is None:
            message = "redis-py returned a connection that isn't connected"
            raise RedisConnectionError(message)
        return self._writer.transport


class _Answers:
    """Collects the answers to commands that were sent together."""

    __slots__ = ("_replies", "_wanted", "complete")

    def __init__(self, wanted: int, complete: "asyncio.Future[Sequence[object]]") -> None:
        self._replies: list[object] = []
        self._wanted = wanted
        self.complete = complete

    def add(self, reply: object) -> None:
        """Take the next answer."""
        self._replies.append(reply)
        if len(self._replies) == self._wanted and not self.complete.done():
            self.complete.set_result(self._replies)


class _Link(asyncio.Protocol):
    """Reads the answers on a connection that redis-py has made and logged in."""

    def __init__(self, connection: AbstractConnection, answer_within_s: float, scheduler: Scheduler) -> None:
        self.connection = connection
        self._answer_within_s = answer_within_s
        self._scheduler = scheduler
        self._loop = asyncio.get_running_loop()
        self._replies = hiredis.Reader(protocolError=InvalidResponse, replyError=_error_for, notEnoughData=_NOT_YET)
        self._waiting: deque[tuple[float, asyncio.Future[object] | _Answers]] = deque()
        self._timer: Timer | None = None
        self._end: Exception = RedisConnectionError(_LOST)
        self._transport = _Connected.transport(cast("_Connected", connection))
        self._streams = self._transport.get_protocol()
        self._transport.set_protocol(self)

    @property
    def is_open(self) -> bool:
        """Whether the connection can be used."""
        return not self._transport.is_closing()

    def ask(self, command: Sequence[Argument]) -> asyncio.Future[object]:
        """Send ``command``; returns what resolves to its answer."""
        answer: asyncio.Future[object] = self._loop.create_future()
        self._transport.write(b"".join(self.connection.pack_command(*command)))
        self._expect(answer, 1)
        return answer

    def ask_each(self, commands: Sequence[Sequence[Argument]]) -> asyncio.Future[Sequence[object]]:
        """Send ``commands``; returns what resolves to their answers, errors among them."""
        complete: asyncio.Future[Sequence[object]] = self._loop.create_future()
        pack = self.connection.pack_command
        self._transport.write(b"".join([part for command in commands for part in pack(*command)]))
        self._expect(_Answers(len(commands), complete), len(commands))
        return complete

    def _expect(self, answer: "asyncio.Future[object] | _Answers", count: int) -> None:
        entry = (self._scheduler.time(), answer)
        for _ in range(count):
            self._waiting.append(entry)
        if self._timer is None:
            self._timer = self._scheduler.call_later(self._answer_within_s, self._look)

    def data_received(self, data: bytes) -> None:
        """Hand on the answers in ``data``; what answers nothing ends the connection."""
        self._replies.feed(data)
        try:
            while (reply := self._replies.gets()) is not _NOT_YET:
                _, answer = self._waiting.popleft()
                self._resolve(answer, reply)
        except (IndexError, RedisError):
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell those who wait, and redis-py, which waits for this when it closes the connection."""
        self._streams.connection_lost(exc)
        while self._waiting:
            _, answer = self._waiting.popleft()
            waiting = answer.complete if isinstance(answer, _Answers) else answer
            if not waiting.done():
                waiting.set_exception(self._end)

    def _resolve(self, answer: "asyncio.Future[object] | _Answers", reply: object) -> None:
        if isinstance(reply, DEMOTED):
            self._transport.close()  # a demoted primary: the next connection goes to the new one
        if isinstance(answer, _Answers):
            answer.add(reply)
        elif answer.done():
            pass  # its caller has given up
        elif isinstance(reply, Exception):
            answer.set_exception(reply)
        else:
            answer.set_result(reply)

    def _look(self) -> None:
        """Look whether the next answer is overdue; one timer serves all who wait."""
        if not self._waiting:
            self._timer = None
        elif (left_s := self._left_s()) > 0:
            self._timer = self._scheduler.call_later(left_s, self._look)
        else:
            # The loop may have been busy all the while: what has come meanwhile is read before the second turn.
            self._loop.call_soon(self._loop.call_soon, self._end_if_overdue)

    def _end_if_overdue(self) -> None:
        if self._waiting and self._left_s() <= 0:
            self._end = TimeoutError("Redis took too long for an answer")
            self._transport.abort()
        else:
            self._look()

    def _left_s(self) -> float:
        return self._waiting[0][0] + self._answer_within_s - self._scheduler.time()


def _error_for(text: str) -> ResponseError:
    """Return the error that a reply spells; callers tell apart no others than these."""
    return _CLASSES.get(text.partition(" ")[0], ResponseError)(text)
