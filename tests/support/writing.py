"""Short ways to fill a notification log and to see what is in it."""

from uuid import uuid4

import orjson

from common.identity.principal import UserId
from common.notification_log import Cursor, Entry, NotificationLog, Page

MESSAGE = b'{"event":"batch_results_ready","data":{"batch_id":"b1"}}'


def numbered_message(number: int) -> bytes:
    """Return a message that carries ``number``."""
    return b'{"event":"numbered","data":{"n":%d}}' % number


def large(number: int, size: int) -> bytes:
    """Return a message of ``size`` bytes that carries ``number``."""
    short = numbered_message(number)
    return short[:-2] + b',"t":"%b"}}' % (b"x" * (size - len(short) - len(',"t":""')))


async def append_many(
    log: NotificationLog, user_id: UserId, *, count: int, first: int = 0, size: int | None = None
) -> list[Cursor]:
    """Append ``count`` messages numbered from ``first``, of ``size`` bytes where told; return their cursors."""
    return [
        (
            await log.append(
                user_id, event_id=uuid4(), message=numbered_message(number) if size is None else large(number, size)
            )
        ).cursor
        for number in range(first, first + count)
    ]


def payloads(page: Page) -> list[int]:
    """Return the numbers of a page's messages."""
    return [number_of(entry) for entry in page.entries]


def number_of(entry: Entry) -> int:
    """Return the number an entry's message carries."""
    return int(orjson.loads(entry.payload)["data"]["n"])
