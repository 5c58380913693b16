"""``python -m common.web.serving.probe /livez``: the health check of a container that runs one of the services.

It loads nothing but the standard library, because a container runs it every few seconds.
"""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException

PORTS = {"API_GATEWAY_HTTP_PORT": "4001", "WEBSOCKET_PORT": "8080"}
"""Where each service listens, and its default."""

ANSWERED_WITHIN_S = 2.0


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Ask the path for its status on each port that may be the service's; return 0 when one answers 200, else 1."""
    (path,) = arguments
    return 0 if HTTPStatus.OK in _statuses(path, environ) else 1


def _statuses(path: str, environ: Mapping[str, str]) -> Iterator[int]:
    for variable, default in PORTS.items():
        connection = HTTPConnection("127.0.0.1", int(environ.get(variable) or default), timeout=ANSWERED_WITHIN_S)
        try:
            connection.request("GET", path)
            yield connection.getresponse().status
        except (OSError, HTTPException):  # the other service has this port, or this one doesn't answer
            continue
        finally:
            connection.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
