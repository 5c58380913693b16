"""Connections that are heard out: an answer that came before the end isn't lost with the request that couldn't go on.

A server that refuses a body answers and closes, its kernel resets the connection over what nobody read, and the next
write fails. The answer lies in the receive buffer by then, but event loops end a connection at the first write that
fails and never look there. RFC 9112 section 9.5 asks a client that sends to watch for such an answer.
"""

import os
from functools import partial

import aiohttp
from aiohttp.client_proto import ResponseHandler

_READ_BYTES = 65_536


class AttentiveConnection(ResponseHandler):
    """aiohttp's side of one connection, that reads what is left to be read before it tells that writing failed.

    Under TLS nothing is left to be read as it is, and nothing is done.
    """

    def set_exception(self, exc: BaseException, *cause: BaseException) -> None:
        """Tell whoever waits for an answer that none will come, unless it is here."""
        if isinstance(exc, aiohttp.ClientOSError):
            self._hear_out()
        super().set_exception(exc, *cause)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Take note of the connection's end; the socket below is closed only afterwards."""
        if exc is not None:
            self._hear_out()
        super().connection_lost(exc)

    def _hear_out(self) -> None:
        """Take in what the kernel holds; a transport that is being closed reads no more itself."""
        transport = self.transport
        if transport is None or not transport.is_closing() or transport.get_extra_info("sslcontext") is not None:
            return
        descriptor = transport.get_extra_info("socket").fileno()
        try:
            while received := os.read(descriptor, _READ_BYTES):
                self.data_received(received)
        except OSError:
            return


class AttentiveConnector(aiohttp.TCPConnector):
    """Makes :class:`AttentiveConnection`; aiohttp has no public way to ask for another kind."""

    def __init__(self, *, keepalive_timeout: float) -> None:
        super().__init__(limit=0, keepalive_timeout=keepalive_timeout)
        kind: type[ResponseHandler] = AttentiveConnection
        self._factory = partial(kind, loop=self._loop)
