"""``python -m api_gateway``: serve the gateway alone, as the environment describes it."""

import argparse
import sys
from collections.abc import Sequence

from api_gateway.app import create_app
from api_gateway.domain import SERVICE_NAME
from api_gateway.settings import GatewaySettings, load_settings
from api_gateway.wiring import make_container
from common.observability.logging import configure_logging
from common.settings import EXIT_CODE_BAD_SETTINGS, SharedSettings, StartError
from common.settings_table import settings_table
from common.version import __version__
from common.web.listener import CannotListenError
from common.web.serving import ServiceCrashedError, ServingOptions, run, serve_until_signalled

EXIT_CODE_FAILED = 1


async def serve(settings: GatewaySettings) -> None:
    """Serve until SIGTERM or SIGINT, then drain and close.

    Raises:
        CannotListenError: the address is taken.
        ServiceCrashedError: a part the gateway can't live without ended.
    """
    app = create_app(make_container(settings))
    options = ServingOptions(host=settings.host, port=settings.http_port, drain_grace_s=settings.drain_grace_seconds)
    await serve_until_signalled(app, options)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code: 0 stopped in order, 1 failed, 2 can't start as configured."""
    _parser().parse_args(arguments)
    try:
        settings = load_settings()
        configure_logging(settings.log_level, service=SERVICE_NAME, console=sys.stdout.isatty())
        run(lambda: serve(settings))
    except StartError as fault:
        return _failed(fault, EXIT_CODE_BAD_SETTINGS)
    except (CannotListenError, ServiceCrashedError) as fault:
        return _failed(fault, EXIT_CODE_FAILED)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m api_gateway",
        description="Serve the HuleEdu API gateway. It is configured by environment variables alone.",
        epilog=f"environment variables:\n{settings_table(GatewaySettings, SharedSettings)}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=__version__)
    return parser


def _failed(fault: Exception, exit_code: int) -> int:
    sys.stderr.write(f"api_gateway can't run: {fault}\n")
    return exit_code


if __name__ == "__main__":
    sys.exit(main())
