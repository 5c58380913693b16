"""The opening handshake, by its headers alone."""

import pytest

from common.web.middleware.request_head import (
    asks_for_websocket,
    handshake_error_status,
    join_list_headers,
    with_websocket_upgrade,
)

SOUND = [(b"sec-websocket-version", b"13"), (b"sec-websocket-key", b"dGhlIHNhbXBsZSBub25jZQ==")]


@pytest.mark.parametrize(
    ("headers", "asks"),
    [
        ([(b"connection", b"Upgrade"), (b"upgrade", b"websocket")], True),
        ([(b"connection", b"keep-alive, UPGRADE"), (b"upgrade", b"WebSocket")], True),
        ([(b"connection", b"Upgrade"), (b"upgrade", b"h2c, websocket")], True),
        ([(b"connection", b"Upgrade"), (b"upgrade", b"websocket"), (b"upgrade", b"h2c")], True),
        ([(b"connection", b"Upgrade"), (b"connection", b"keep-alive"), (b"upgrade", b"websocket")], True),
        ([(b"connection", b"\xff, Upgrade"), (b"upgrade", b"websocket")], True),
        ([(b"connection", b"keep-alive"), (b"upgrade", b"websocket")], False),
        ([(b"upgrade", b"websocket")], False),
        ([(b"connection", b"Upgrade"), (b"upgrade", b"h2c")], False),
        ([(b"connection", b"Upgrade"), (b"upgrade", b"websockets")], False),
        ([(b"connection", b"Upgrade")], False),
        ([], False),
    ],
)
def test_upgrade_is_a_list(headers: list[tuple[bytes, bytes]], *, asks: bool) -> None:
    """The word counts in either header wherever it stands, in any case; what is asked for is then asked for plainly."""
    assert asks_for_websocket(headers) is asks
    assert with_websocket_upgrade([*headers, (b"host", b"a")]) == [
        (b"host", b"a"),
        (b"connection", b"Upgrade"),
        (b"upgrade", b"websocket"),
    ]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (SOUND, None),
        ([*SOUND, (b"sec-websocket-protocol", b"huleedu.v1, bearer.x")], None),
        ([(b"sec-websocket-version", b"8"), SOUND[1]], 426),
        ([(b"sec-websocket-version", b"13, 8"), SOUND[1]], 426),
        ([SOUND[0], *SOUND], 426),
        ([SOUND[1]], 426),
        ([SOUND[0]], 400),
        ([*SOUND, SOUND[1]], 400),
        ([SOUND[0], (b"sec-websocket-key", b"")], 400),
        ([SOUND[0], (b"sec-websocket-key", b"dGhlIHNhbXBsZQ==")], 400),
        ([SOUND[0], (b"sec-websocket-key", b"dGhlIHNhbXBsZSBub25jZQA=")], 400),
        ([SOUND[0], (b"sec-websocket-key", b"dGhlIHNhbXBsZSBub25j!!==")], 400),
        ([*SOUND, (b"sec-websocket-protocol", b"\xff")], 400),
        ([*SOUND, (b"sec-websocket-extensions", b"\xc3\xa5")], 400),
    ],
)
def test_what_refuses_a_handshake(headers: list[tuple[bytes, bytes]], status: int | None) -> None:
    """Version 13 once, a key of 16 bytes once, ASCII."""
    assert handshake_error_status(headers) == status


@pytest.mark.parametrize(
    ("offered", "kept"),
    [
        ([b"permessage-deflate"], [b"permessage-deflate"]),
        (
            [b"permessage-deflate; client_max_window_bits", b"permessage-deflate;server_max_window_bits=10"],
            [b"permessage-deflate; client_max_window_bits, permessage-deflate;server_max_window_bits=10"],
        ),
        ([b"permessage-deflate; client_max_window_bits=abc, permessage-deflate"], [b"permessage-deflate"]),
        ([b"permessage-deflate; server_max_window_bits"], []),
        ([b"permessage-deflate; unknown", b"x-webkit-deflate-frame"], []),
    ],
)
def test_extensions_are_one_list(offered: list[bytes], kept: list[bytes]) -> None:
    """They may come on several lines; what can't be negotiated is left out, as if it weren't offered."""
    headers = [*((b"sec-websocket-extensions", line) for line in offered), (b"host", b"a")]

    assert join_list_headers(headers) == [(b"host", b"a"), *((b"sec-websocket-extensions", line) for line in kept)]
