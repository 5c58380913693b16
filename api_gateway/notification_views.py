"""A user's notifications as the dashboard reads them, joined from frames that were encoded when they were logged."""

from common.notification_log import Gap, Page


def page_body(page: Page) -> bytes:
    """Return the JSON of ``page`` (:class:`api_gateway.schemas.notifications.NotificationPage`).

    Each item is its entry's frame byte for byte. Cursors hold nothing that JSON would escape.
    """
    items = b",".join(entry.payload for entry in page.entries)
    facts = b'"cursor":"%b","unread":%d,"outcome":"%b"' % (
        str(page.cursor).encode(),
        page.seen.unread,
        page.outcome.value.encode(),
    )
    return b'{"items":[%b],%b%b}' % (items, facts, _gap_member(page.gap))


def _gap_member(gap: Gap | None) -> bytes:
    if gap is None:
        return b""
    return b',"gap":{"from":"%b","to":"%b"}' % (str(gap.begin).encode(), str(gap.end).encode())
