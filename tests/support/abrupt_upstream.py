"""An upstream that answers and is gone between two chunks of what it is sent."""

import socket
from typing import Self


class AbruptUpstream:
    """A server that answers its one request and closes, unread bytes and all, without a turn of the event loop."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        host, port = self._listener.getsockname()
        self.url = f"http://{host}:{port}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def answer_and_go(self) -> None:
        """Answer; the head of the request must have been sent. Its kernel resets the connection over the rest."""
        connection, _ = self._listener.accept()
        with connection:
            connection.recv(1)
            connection.sendall(self._answer)
