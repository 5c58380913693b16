"""What a simulated service works with."""

import asyncio
from dataclasses import dataclass, field

from sandbox.tokens import TokenMint
from sandbox.upstreams.notifications import Notifier
from sandbox.upstreams.records import Batch, Platform
from sandbox.upstreams.settings import UpstreamSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Shared by all services of the process; ``complete`` takes the batches of a class whose essays have all come."""

    settings: UpstreamSettings
    platform: Platform
    notifier: Notifier
    mint: TokenMint
    complete: asyncio.Queue[Batch] = field(default_factory=asyncio.Queue)
