"""``python -m websocket_service``: serve the feed alone, as the environment describes it."""

import argparse
import sys
from collections.abc import Sequence

from common.observability.logging import configure_logging
from common.settings import EXIT_CODE_BAD_SETTINGS, SharedSettings, StartError
from common.settings_table import settings_table
from common.version import __version__
from common.web.listener import CannotListenError, SocketOptions
from common.web.serving import ServiceCrashedError, ServingOptions, run, serve_until_signalled
from websocket_service.app import create_app
from websocket_service.endings import SERVICE
from websocket_service.settings import FeedSettings, load_settings
from websocket_service.wiring import make_container

EXIT_CODE_FAILED = 1

SEND_BUFFER_BYTES = 64 * 1024
"""What a client that stops reading may pin in the kernel."""

UNACKNOWLEDGED_S = 20.0
"""How long what was sent may stay unacknowledged before the kernel gives the client up."""


async def serve(settings: FeedSettings) -> None:
    """Serve until SIGTERM or SIGINT, then drain and close.

    Raises:
        StartError: the settings ask for what can't be made.
        CannotListenError: the address is taken.
        ServiceCrashedError: a part the feed can't live without ended.
    """
    options = ServingOptions(
        host=settings.host,
        port=settings.websocket_port,
        drain_grace_s=settings.drain_grace_seconds,
        websocket_ping_s=settings.websocket_ping_interval,
        deflate=settings.websocket_deflate,
        sockets=SocketOptions(send_buffer_bytes=SEND_BUFFER_BYTES, unacknowledged_s=UNACKNOWLEDGED_S),
    )
    await serve_until_signalled(create_app(make_container(settings)), options)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code: 0 stopped in order, 1 failed, 2 can't start as configured."""
    _parser().parse_args(arguments)
    try:
        settings = load_settings()
        configure_logging(settings.log_level, service=SERVICE, console=sys.stdout.isatty())
        run(lambda: serve(settings))
    except StartError as fault:
        return _failed(fault, EXIT_CODE_BAD_SETTINGS)
    except (CannotListenError, ServiceCrashedError) as fault:
        return _failed(fault, EXIT_CODE_FAILED)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m websocket_service",
        description="Serve the HuleEdu live feed. It is configured by environment variables alone.",
        epilog=f"environment variables:\n{settings_table(FeedSettings, SharedSettings)}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=__version__)
    return parser


def _failed(fault: Exception, exit_code: int) -> int:
    sys.stderr.write(f"websocket_service can't run: {fault}\n")
    return exit_code


if __name__ == "__main__":
    sys.exit(main())
