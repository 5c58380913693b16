"""Verification keys from a JWK set that another service publishes and rotates (RFC 7517).

One task, :meth:`JwksKeys.run`, does all fetching: at start, before what was fetched grows old, soon again after a
failure, and when a request asks for a key that isn't there. Requests never fetch; at most they wait a moment for that
task. Keys are only ever replaced by newer ones, so a source that is down or wrong ends no session.

A key id that isn't among the keys is unknown once the source was asked after the id was first seen, and not before: its
token may be the first that a new key has signed. A new key may also come under the id of the old one, as Identity's
does, whose id is fixed: a signature that fails is a reason to ask, too.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import NoReturn

import orjson
import structlog

from common.backoff import Backoff
from common.clock import Clock
from common.errors.codes import ErrorCode
from common.errors.source import ErrorSource
from common.identity.keys import Key, TokenHeader, UnusableKeyError, published_key
from common.lru import LruMemory

BACKOFF = Backoff(first_s=1.0, longest_s=30.0)
_log = structlog.get_logger(__name__)


class KeySetUnavailableError(Exception):
    """The key set couldn't be had, or what came isn't one; the text says why, for logs."""


class NoKeyPublishedError(KeySetUnavailableError):
    """The set is there and empty: nobody has logged in since the identity service started."""


@dataclass(frozen=True, slots=True)
class FetchedKeySet:
    """A key set as it came: its bytes, and for how many seconds its source says that it is fresh (None: unsaid)."""

    body: bytes
    max_age_s: float | None


FetchKeySet = Callable[[], Awaitable[FetchedKeySet]]
"""Gets the set once, within a few seconds; raises KeySetUnavailableError and nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JwksTimes:
    """When keys are fetched, in seconds.

    A set is renewed after ``renew_at`` of its lifetime, which is what the source says (``default_lifetime_s`` when it
    says nothing) kept between the other two. After failures ``backoff`` says when. Unknown key ids
    and failed signatures make at most one fetch in ``cooldown_s`` (in the backoff's first delay while there is no key
    at all), and a request waits for it at most ``patience_s``.
    """

    min_lifetime_s: float = 60.0
    default_lifetime_s: float = 300.0
    max_lifetime_s: float = 86_400.0
    renew_at: float = 0.8
    backoff: Backoff = BACKOFF
    cooldown_s: float = 10.0
    patience_s: float = 3.0

    def pause_after_success_s(self, max_age_s: float | None) -> float:
        """Return how long to wait before the next fetch, given what the source said of this one."""
        said = self.default_lifetime_s if max_age_s is None else max_age_s
        return self.renew_at * min(max(said, self.min_lifetime_s), self.max_lifetime_s)


MOST_UNKNOWN_IDS = 1024
"""Key ids remembered at once that the keys don't have, some 150 bytes each."""


class UnknownKeyIds:
    """Remembers, of the key ids that the keys don't have, how many fetches had begun when each was first asked for.

    Bounded: of made-up ids the longest unused is forgotten first, and asked for anew when it comes again.
    """

    def __init__(self, most: int = MOST_UNKNOWN_IDS) -> None:
        self._since = LruMemory[bytes, int](most)

    def first_asked(self, key_id: str, *, begun: int) -> int:
        """Return how many fetches had begun when ``key_id`` was first asked for; ``begun`` if that is now."""
        digest = sha256(key_id.encode()).digest()
        since = self._since.get(digest)
        if since is None:
            self._since.put(digest, since := begun)
        return since


class JwksKeys:
    """A key source (:class:`common.identity.keys.KeySource`) that is fetched.

    Args:
        fetch: gets the key set once.
        clock: its monotonic reading measures the cooldown.
        service: the service's name, for the error body.
        times: when keys are fetched.
    """

    def __init__(self, fetch: FetchKeySet, *, clock: Clock, service: str, times: JwksTimes | None = None) -> None:
        self._fetch = fetch
        self._clock = clock
        self._service = service
        self._times = times or JwksTimes()
        self._keys: tuple[Key, ...] = ()
        self._unknown = UnknownKeyIds()
        self._begun = 0
        self._answered = 0  # the number of the last fetch that brought a set of keys
        self._failures = 0
        self._asked = asyncio.Event()
        self._attempt = asyncio.Event()  # set, and replaced, when the attempt that runs or comes next is over
        self._fetching = False
        self._cooled_down_at = clock.monotonic()

    @property
    def ready(self) -> bool:
        """Whether there is any key to verify with."""
        return bool(self._keys)

    async def key_for(self, header: TokenHeader) -> Key | None:
        """Return the key ``header`` names; one that isn't there yet is asked for, behind the cooldown.

        Raises:
            HuleEduError: SERVICE_UNAVAILABLE with ``Retry-After`` while there is no key at all, or no fetch that began
                after this id was first seen has brought an answer: a token must not be called invalid for our lack of
                its key.
        """
        if not self._settle(header):
            asked_at = self._unknown.first_asked(header.key_id or "", begun=self._begun)
            under_way = self._ask()
            if self._answered <= asked_at:
                if under_way:
                    await self._wait_for_attempt()
                if self._answered <= asked_at and not self._settle(header):
                    self._cannot_tell()
        return _choose(self._keys, header)

    async def replacement_of(self, key: Key | None, header: TokenHeader) -> Key | None:
        """Return the key that has taken the place of ``key`` under its id; the source is asked, behind the cooldown."""
        if not self._settle(header):
            return None
        if self._ask():
            await self._wait_for_attempt()
        newest = _choose(self._keys, header)
        return None if newest == key else newest

    async def run(self) -> None:
        """Keep the keys current until cancelled. Start it once, in the service's TaskGroup."""
        while True:
            self._asked.clear()
            pause_s = await self._fetch_keys()
            over_at = asyncio.get_running_loop().time()
            try:
                async with asyncio.timeout(pause_s):
                    await self._asked.wait()
            except TimeoutError:
                continue
            if not self._keys:
                await asyncio.sleep(over_at + self._times.backoff.first_s - asyncio.get_running_loop().time())

    async def _fetch_keys(self) -> float:
        """Fetch once; return how many seconds to wait before the next time."""
        self._fetching = True
        self._begun += 1
        try:
            fetched = await self._fetch()
            self._keys = usable_keys(fetched.body)
        except KeySetUnavailableError as error:
            self._failures += 1
            pause_s = self._times.backoff.delay_s(self._failures)
            _log.warning("jwks.fetch_failed", cause=str(error), keys_kept=len(self._keys), again_in_s=pause_s)
        else:
            self._failures = 0
            self._answered = self._begun
            pause_s = self._times.pause_after_success_s(fetched.max_age_s)
            _log.info("jwks.fetched", keys=len(self._keys), again_in_s=pause_s)
        finally:
            self._fetching = False
            over, self._attempt = self._attempt, asyncio.Event()
            over.set()
        return pause_s

    def _settle(self, header: TokenHeader) -> bool:
        """Return whether the keys at hand answer ``header`` for good: newer ones are asked for by a new id alone."""
        if header.key_id is None:
            return bool(self._keys)
        return any(key.key_id == header.key_id for key in self._keys)

    def _ask(self) -> bool:
        """Have the keys fetched, unless they were asked for a moment ago; return whether a fetch is under way.

        While there is no key at all a request waits for the next fetch, which is never far: Identity publishes its
        first key as soon as its first token, and that token's first request shall find it.
        """
        if self._fetching or self._asked.is_set():
            return True
        now = self._clock.monotonic()
        if self._keys and now < self._cooled_down_at:
            return False
        self._cooled_down_at = now + self._times.cooldown_s if self._keys else now
        self._asked.set()
        return True

    async def _wait_for_attempt(self) -> None:
        """Wait for the attempt that is under way, no longer than a request may have to."""
        try:
            async with asyncio.timeout(self._times.patience_s):
                await self._attempt.wait()
        except TimeoutError:
            return

    def _cannot_tell(self) -> NoReturn:
        raise ErrorSource(self._service, "verify_token").error(
            ErrorCode.SERVICE_UNAVAILABLE,
            "Access tokens can't be verified at the moment; retry shortly.",
            retry_after_s=max(self._times.backoff.first_s, self._cooled_down_at - self._clock.monotonic()),
        )


def _choose(keys: Iterable[Key], header: TokenHeader) -> Key | None:
    """Return the key of the header's id that takes its algorithm; without an id, the only one that does."""
    fitting = [key for key in keys if header.algorithm in key.algorithms]
    if header.key_id is None:
        return fitting[0] if len(fitting) == 1 else None
    return next((key for key in fitting if key.key_id == header.key_id), None)


def usable_keys(body: bytes) -> tuple[Key, ...]:
    """Return the keys of a JWK set; unusable members are passed over (RFC 7517 section 5).

    Raises:
        NoKeyPublishedError: the set is empty.
        KeySetUnavailableError: it isn't a JWK set, or has no usable key.
    """
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        message = "not JSON"
        raise KeySetUnavailableError(message) from error
    members = parsed.get("keys") if isinstance(parsed, dict) else None
    if not isinstance(members, list):
        message = "not a JWK set"
        raise KeySetUnavailableError(message)
    keys = tuple(key for member in members if (key := _usable(member)) is not None)
    if not members:
        message = "no key is published yet"
        raise NoKeyPublishedError(message)
    if not keys:
        message = f"none of {len(members)} keys is usable"
        raise KeySetUnavailableError(message)
    return keys


def _usable(member: object) -> Key | None:
    if not isinstance(member, Mapping):
        return None
    try:
        return published_key(member)
    except UnusableKeyError as error:
        _log.info("jwks.key_passed_over", cause=str(error))
        return None
