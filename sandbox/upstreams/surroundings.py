"""What a simulated service works with."""

from dataclasses import dataclass

from redis.asyncio import Redis

from sandbox.tokens import TokenMint
from sandbox.upstreams.notifications import Notifier
from sandbox.upstreams.records import Platform
from sandbox.upstreams.settings import UpstreamSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Shared by all services of the process."""

    settings: UpstreamSettings
    platform: Platform
    notifier: Notifier
    mint: TokenMint
    redis: Redis
