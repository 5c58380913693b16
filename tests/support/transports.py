"""Breaking connections off."""

from asyncio import WriteTransport


def break_off(transport: WriteTransport) -> None:
    """Drop the connection without a goodbye; one that has ended by itself is left alone.

    Asyncio's abort fails on a transport that was closed, had bytes to send then, and has sent them since.
    """
    if transport.get_extra_info("socket").fileno() >= 0:
        transport.abort()
