"""What only a live connection can run into."""

from common.errors.catalogue.entry import row
from common.errors.codes import CloseCode, FeedErrorCode
from common.errors.texts import feed as feed_texts

ROWS = (
    row(
        FeedErrorCode.CONNECTION_LIMIT,
        429,
        (
            "Too many connections",
            "The user has the maximum number of live connections open.",
            "Close another tab; don't reconnect automatically within a minute.",
        ),
        teacher=feed_texts.TOO_MANY_PLACES,
        close=CloseCode.CONNECTION_LIMIT,
    ),
    row(
        FeedErrorCode.CONSUMER_TOO_SLOW,
        408,
        (
            "The client reads too slowly",
            "Messages arrived faster than the client read them.",
            "Reconnect at once with the last cursor; nothing is lost.",
        ),
        teacher=feed_texts.TOO_SLOW,
        retryable=True,
        close=CloseCode.TOO_SLOW,
    ),
    row(
        FeedErrorCode.IDLE_TIMEOUT,
        408,
        (
            "The connection was idle",
            "The client sent nothing during the idle time, not even a pong.",
            "Reconnect at once with the last cursor.",
        ),
        teacher=feed_texts.IDLE,
        retryable=True,
        close=CloseCode.IDLE,
    ),
    row(
        FeedErrorCode.SERVICE_RESTART,
        503,
        (
            "The service is restarting",
            "This replica is shutting down.",
            "Reconnect after `retry_after_ms` with the last cursor.",
        ),
        teacher=feed_texts.RESTART,
        retryable=True,
        close=CloseCode.RESTART,
    ),
    row(
        FeedErrorCode.SERVICE_OVERLOADED,
        503,
        (
            "The service is overloaded",
            "The feed can't accept another connection now.",
            "Reconnect after `retry_after_ms` with the last cursor.",
        ),
        teacher=feed_texts.OVERLOAD,
        retryable=True,
        close=CloseCode.OVERLOAD,
    ),
    row(
        FeedErrorCode.MESSAGE_TOO_BIG,
        413,
        ("The message is too big", "The client sent a message that exceeds the size limit.", "Send smaller messages."),
        teacher=feed_texts.PAGE_FAULT,
        close=CloseCode.TOO_BIG,
    ),
    row(
        FeedErrorCode.INVALID_FRAME,
        400,
        (
            "The frame was not understood",
            "The client sent a message that is not one of the frames that the feed accepts.",
            "Correct the client; the connection stays open.",
        ),
        teacher=feed_texts.PAGE_FAULT,
        close=CloseCode.POLICY,
    ),
    row(
        FeedErrorCode.PROTOCOL_ERROR,
        400,
        (
            "The WebSocket protocol was violated",
            "The client sent a frame that RFC 6455 doesn't allow, such as one that isn't masked.",
            "Correct the client; reconnect with the last cursor after increasing, jittered delays.",
        ),
        teacher=feed_texts.PAGE_FAULT,
        close=CloseCode.PROTOCOL_ERROR,
    ),
    row(
        FeedErrorCode.NOT_UTF8,
        400,
        (
            "The text is not UTF-8",
            "The client sent a text message or a close reason that is not UTF-8.",
            "Correct the client; reconnect with the last cursor after increasing, jittered delays.",
        ),
        teacher=feed_texts.PAGE_FAULT,
        close=CloseCode.NOT_UTF8,
    ),
    row(
        FeedErrorCode.UPGRADE_REQUIRED,
        426,
        (
            "A WebSocket handshake is required",
            "The path serves WebSockets only, or the handshake is for another version of the protocol than 13.",
            "Connect by WebSocket, version 13; where a proxy breaks WebSockets, use the event stream.",
        ),
        teacher=feed_texts.NOT_LET_THROUGH,
        close=CloseCode.PROTOCOL_ERROR,
    ),
)
