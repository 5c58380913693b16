"""Connections that keep an early response: it isn't lost with what follows it, nor with a body that couldn't be sent.

A server that refuses a body answers and closes, its kernel resets the connection over the unread bytes, and the next
write fails. The answer lies in the receive buffer by then, but event loops end a connection at the first write that
fails and never look there. RFC 9112 section 9.5 asks a client that sends to watch for such an answer.

A server may also send more than its answer: a body to HEAD, chunks behind a 204, bytes beyond the announced length.
aiohttp parses a packet as a whole and fails as a whole. RFC 9112 section 6.3 says where an answer ends; what follows
is dropped, and the connection with it.
"""

import os
import re
from functools import partial
from http import HTTPStatus

import aiohttp
from aiohttp import StreamReader
from aiohttp.client_proto import ResponseHandler
from aiohttp.http_parser import RawResponseMessage
from aiohttp.streams import EMPTY_PAYLOAD

from api_gateway.upstream.transport_errors import BrokenBodyError

_READ_BYTES = 65_536
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_LONGEST_END = 4
BODILESS_STATUSES = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})
"""Of answers that end with their head (RFC 9112 section 6.3)."""


class EarlyResponseConnection(ResponseHandler):
    """aiohttp's side of one connection, which parses what was received before it reports a fault.

    Under TLS nothing is left to be read as it is when writing fails, and nothing is done.
    """

    _body: StreamReader = EMPTY_PAYLOAD
    _head_tail = b""

    def data_received(self, data: bytes) -> None:
        """Take in ``data``, each head apart from what stands behind it, so that it outlives a fault in that."""
        while self._body.is_eof() and self.exception() is None and (end := self._end_of_head(data)):
            super().data_received(data[:end])
            data = data[end:]
            if not data:
                return
        super().data_received(data)
        fault = self.exception()
        if fault is not None and not self._body.is_eof():
            self._body.set_exception(BrokenBodyError(str(fault)), fault)

    def feed_data(self, data: tuple[RawResponseMessage, StreamReader], size: int = 0) -> None:
        """Hand on a head and its body, which comes through the same reader later.

        A body that must not come, behind a 204, a 304 or the head that HEAD asked for, may come nevertheless, at any
        moment, and would be taken for the next answer: such a connection is used no more.
        """
        message, self._body = data
        announced = "Transfer-Encoding" in message.headers or message.headers.get("Content-Length", "0") != "0"
        if message.code in BODILESS_STATUSES or (announced and self._body is EMPTY_PAYLOAD):
            self.force_close()
        super().feed_data(data, size)

    def is_connected(self) -> bool:
        """Whether the connection can be used: not one on which an answer came that answers nothing."""
        return super().is_connected() and not len(self)

    def set_exception(self, exc: BaseException, *cause: BaseException) -> None:
        """End the wait for an answer with ``exc``, unless an answer is here."""
        if isinstance(exc, aiohttp.ClientOSError):
            self._read_pending()
        super().set_exception(exc, *cause)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Take note of the connection's end; the socket below is closed only afterwards."""
        if exc is not None:
            self._read_pending()
        super().connection_lost(exc)

    def _end_of_head(self, data: bytes) -> int:
        """Return where in ``data`` a head ends, 0 when it doesn't; its end may have begun in what came before."""
        seen = self._head_tail
        ended = _END_OF_HEAD.search(seen + data)
        if ended is None:
            self._head_tail = (seen + data)[1 - _LONGEST_END :]
            return 0
        self._head_tail = b""
        return ended.end() - len(seen)

    def _read_pending(self) -> None:
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


class EarlyResponseConnector(aiohttp.TCPConnector):
    """Makes :class:`EarlyResponseConnection`; aiohttp has no public way to ask for another kind."""

    def __init__(self, *, keepalive_timeout: float) -> None:
        super().__init__(limit=0, keepalive_timeout=keepalive_timeout)
        kind: type[ResponseHandler] = EarlyResponseConnection
        self._factory = partial(kind, loop=self._loop)
