"""Scripts that Redis runs."""

import hashlib
from collections.abc import Awaitable, Sequence
from typing import Protocol, cast

from redis.exceptions import NoScriptError

from common.redis_client import RedisClient

Argument = str | bytes | int | float

ScriptCall = tuple[Sequence[str], Sequence[Argument]]
"""The keys and the arguments of one call of a script."""

ScriptRun = tuple["RedisScript", ScriptCall]
"""A script and one call of it."""


class ScriptRunner(Protocol):
    """Runs scripts: :class:`ClientRunner`, or :class:`common.redis_shared_connection.SharedConnection`."""

    def evalsha(self, sha: str, numkeys: int, *keys_and_args: Argument) -> Awaitable[object]:
        """Run the script that the server knows by ``sha``."""
        ...

    def eval(self, script: str, numkeys: int, *keys_and_args: Argument) -> Awaitable[object]:
        """Run ``script``."""
        ...

    def ask_each(self, *commands: Sequence[Argument]) -> Awaitable[Sequence[object]]:
        """Send commands in one trip and return their answers, between which others' commands may be run.

        In place of the answer to a command that failed stands what redis-py would raise; what fails the whole trip it
        raises.
        """
        ...


class ClientRunner:
    """Runs scripts on a client."""

    def __init__(self, redis: RedisClient) -> None:
        self._redis = redis

    async def evalsha(self, sha: str, numkeys: int, *keys_and_args: Argument) -> object:
        """Run the script that the server knows by ``sha``."""
        return await self._redis.evalsha(sha, numkeys, *keys_and_args)

    async def eval(self, script: str, numkeys: int, *keys_and_args: Argument) -> object:
        """Run ``script``."""
        return await self._redis.eval(script, numkeys, *keys_and_args)

    async def ask_each(self, *commands: Sequence[Argument]) -> Sequence[object]:
        """Send commands as one pipeline; see the port."""
        pipeline = self._redis.pipeline(transaction=False)
        for command in commands:
            pipeline.execute_command(*command)
        return list(await pipeline.execute(raise_on_error=False))


class RedisScript:
    """One script; a server that doesn't know its digest (new, restarted, promoted, flushed) is sent the text once.

    Only the server that owns the keys is: redis-py's own Script would load it to every primary of a cluster, dead
    ones included.

    Args:
        redis: runs it.
        text: in Lua.
        runner: runs it in the place of ``redis``, where it is run once at a time.
    """

    def __init__(self, redis: RedisClient, text: str, *, runner: ScriptRunner | None = None) -> None:
        self._runner: ScriptRunner = ClientRunner(redis) if runner is None else runner
        self._text = text
        self._digest = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()

    async def run(self, *, keys: Sequence[str], args: Sequence[Argument]) -> object:
        """Run the script once and return its reply (integers, bytes, lists of them); raises what redis-py raises."""
        try:
            return await self._runner.evalsha(self._digest, len(keys), *keys, *args)
        except NoScriptError:
            return await self._runner.eval(self._text, len(keys), *keys, *args)

    async def run_each(self, calls: Sequence[ScriptCall]) -> Sequence[object]:
        """Run the script once for each of ``calls``, in one trip, and return their replies; errors are among them.

        See :meth:`ScriptRunner.ask_each`.
        """
        return await _run_each(self._runner, [(self, call) for call in calls], ())

    def by_digest(self, call: ScriptCall) -> Sequence[Argument]:
        """Return the command that runs the script on a server that knows it."""
        keys, args = call
        return "EVALSHA", self._digest, len(keys), *keys, *args

    def by_text(self, call: ScriptCall) -> Sequence[Argument]:
        """Return the command that runs the script on any server."""
        keys, args = call
        return "EVAL", self._text, len(keys), *keys, *args


async def run_and_get(
    runner: ScriptRunner, runs: Sequence[ScriptRun], wanted: Sequence[str]
) -> tuple[Sequence[object], Sequence[bytes | None]]:
    """Run scripts and get the values of the keys ``wanted``, in one trip; raises what redis-py raises.

    For scripts that don't need each other's outcome: a server that doesn't know one of them runs it last. And for keys
    that can't be a script's own: a cluster has them in other slots, or an operator lets the service read them alone,
    and a script must be allowed to write all its keys. The values may be of another moment than the replies.
    """
    replies = all_or_raise(await _run_each(runner, runs, [("GET", key) for key in wanted]))
    return replies[: len(runs)], cast("Sequence[bytes | None]", replies[len(runs) :])


async def _run_each(
    runner: ScriptRunner, runs: Sequence[ScriptRun], others: Sequence[Sequence[Argument]]
) -> Sequence[object]:
    """Run scripts and the commands ``others`` in one trip, and return their replies; errors are among them."""
    replies = list(await runner.ask_each(*(script.by_digest(call) for script, call in runs), *others))
    unknown = [place for place, reply in enumerate(replies) if isinstance(reply, NoScriptError)]
    if unknown:
        again = await runner.ask_each(*(script.by_text(call) for script, call in map(runs.__getitem__, unknown)))
        for place, reply in zip(unknown, again, strict=True):
            replies[place] = reply
    return replies


def all_or_raise(replies: Sequence[object]) -> Sequence[object]:
    """Return ``replies``; raises the first that stands for an error."""
    for reply in replies:
        if isinstance(reply, Exception):
            raise reply
    return replies
