"""``python -m <service>``: the command line of both services."""

import argparse
import asyncio
import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import structlog
from pydantic import BaseModel
from quart import Quart

from common import __version__
from common.observability.logging import configure_logging
from common.settings.shared import ServiceSettings, SharedSettings
from common.settings.variables import EXIT_CODE_BAD_SETTINGS, StartError, settings_table
from common.tested_versions import UntestedVersionError, check_versions
from common.web.serving.check import Neighbour, report_neighbours, report_settings
from common.web.serving.server import (
    CannotListenError,
    ServiceCrashedError,
    ServingOptions,
    run,
    serve_until_signalled,
)

EXIT_CODE_FAILED = 1

_logger = structlog.get_logger(__name__)
Settings = TypeVar("Settings", bound=ServiceSettings)


@dataclass(frozen=True, slots=True)
class ServiceCommand(Generic[Settings]):
    """The command that serves one service until a signal stops it.

    Attributes:
        package: what follows ``python -m``.
        service: its name in the log.
        what: what ``--help`` says it serves.
        settings: the model of its settings.
        load: reads them from the environment; raises StartError.
        warnings: returns warnings about them, by variable; each is logged at the start.
        create_app: returns the app that they ask for; raises StartError.
        options: returns how the process serves the app.
        neighbours: returns the servers that the service needs, for ``--check --reach``.
        check: raises UntestedVersionError when a package is installed that the service was not tested with.
    """

    package: str
    service: str
    what: str
    settings: type[BaseModel]
    load: Callable[[], Settings]
    warnings: Callable[[Settings], Mapping[str, str]]
    create_app: Callable[[Settings], Quart]
    options: Callable[[Settings], ServingOptions]
    neighbours: Callable[[Settings], Sequence[Neighbour]]
    check: Callable[[], None] = check_versions

    def __call__(self, arguments: Sequence[str] | None = None) -> int:
        """Run the command and return its exit code: 0 stopped in order, 1 failed, 2 can't start as configured."""
        asked = self._parser().parse_args(arguments)
        try:
            settings = self._load_settings(console=sys.stdout.isatty())
            if asked.check or asked.reach:
                return self._check(settings, reach=asked.reach)
            for variable, remark in self.warnings(settings).items():
                _logger.warning("settings.doubtful", variable=variable, remark=remark)
            run(lambda: self._serve(settings))
        except StartError as fault:
            return self._report_failure(fault, EXIT_CODE_BAD_SETTINGS)
        except (CannotListenError, ServiceCrashedError, UntestedVersionError) as fault:
            return self._report_failure(fault, EXIT_CODE_FAILED)
        return 0

    def create_app_from_environment(self) -> Quart:
        """Return the app as the environment describes it, for hypercorn's own command line.

        Raises:
            UntestedVersionError, StartError: as ``check``, ``load`` and ``create_app``.
        """
        return self.create_app(self._load_settings(console=False))

    def _load_settings(self, *, console: bool) -> Settings:
        self.check()
        settings = self.load()
        configure_logging(settings.log_level, service=self.service, console=console)
        return settings

    def _check(self, settings: Settings, *, reach: bool) -> int:
        logging.disable()  # client libraries log what the report tells in one line
        report_settings(self.warnings(settings), sys.stdout)
        reached = not reach or asyncio.run(report_neighbours(self.neighbours(settings), sys.stdout))
        return 0 if reached else EXIT_CODE_BAD_SETTINGS

    async def _serve(self, settings: Settings) -> None:
        await serve_until_signalled(self.create_app(settings), self.options(settings))

    def _parser(self) -> argparse.ArgumentParser:
        parser = argparse.ArgumentParser(
            prog=self._name(),
            description=f"Serve {self.what}. It is configured by environment variables only.",
            epilog=f"environment variables:\n{settings_table(self.settings, SharedSettings)}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        parser.add_argument("--check", action="store_true", help="check the settings and exit: 0, or 2 for a fault")
        parser.add_argument("--reach", action="store_true", help="as --check, and ask Redis, Kafka and every service")
        parser.add_argument("--version", action="version", version=__version__)
        return parser

    def _name(self) -> str:
        """Return how the command was called: by its module, or by the name it is installed under."""
        called = Path(sys.argv[0])
        return f"python -m {self.package}" if called.suffix == ".py" else called.name

    def _report_failure(self, fault: Exception, exit_code: int) -> int:
        sys.stderr.write(f"{self.package} can't run: {fault}\n")
        return exit_code
