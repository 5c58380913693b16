"""Which files are made from the code, and by what."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from common.errors.texts import Language
from scripts.docs.asyncapi import asyncapi_yaml
from scripts.docs.error_tables import close_code_table, with_tables
from scripts.docs.error_types import error_codes, error_texts, request_rules, route_answers
from scripts.docs.frame_types import frame_types
from scripts.docs.openapi import openapi_json
from scripts.docs.operations import with_operations
from scripts.docs.sizing import with_sizing
from scripts.docs.tables import with_table
from scripts.docs.versions import VERSIONED, current_version, with_version

ROOT = Path(__file__).parents[2]
GENERATED = ROOT / "clients" / "typescript" / "src" / "generated"


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file and what makes it from the text that stands there now ("" when nothing does)."""

    path: Path
    make: Callable[[str], str]

    def is_current(self) -> bool:
        """Tell whether the file says what the code does."""
        return self.fresh_text() == self._read_kept()

    def fresh_text(self) -> str:
        """Return what the file should hold."""
        return self.make(self._read_kept())

    def write(self) -> None:
        """Write the text that it should hold."""
        self.path.write_text(self.fresh_text(), encoding="utf-8")

    def _read_kept(self) -> str:
        return self.path.read_text(encoding="utf-8") if self.path.exists() else ""


KEPT_FILES = (
    KeptFile(ROOT / "docs" / "openapi.json", lambda _: openapi_json()),
    KeptFile(ROOT / "docs" / "asyncapi.yaml", lambda _: asyncapi_yaml()),
    KeptFile(ROOT / "docs" / "errors.md", with_tables),
    KeptFile(ROOT / "docs" / "operations.md", with_operations),
    KeptFile(ROOT / "docs" / "sizing.md", with_sizing),
    KeptFile(ROOT / "docs" / "feed.md", lambda page: with_table(page, "close codes", close_code_table())),
    KeptFile(GENERATED / "codes.ts", lambda _: error_codes()),
    KeptFile(GENERATED / "en.ts", lambda _: error_texts(Language.ENGLISH)),
    KeptFile(GENERATED / "sv.ts", lambda _: error_texts(Language.SWEDISH)),
    KeptFile(GENERATED / "rules.ts", lambda _: request_rules()),
    KeptFile(GENERATED / "answers.ts", lambda _: route_answers()),
    KeptFile(GENERATED / "frames.ts", lambda _: frame_types()),
    *(KeptFile(ROOT / name, lambda text: with_version(text, current_version())) for name in VERSIONED),
)
"""schema.ts beside codes.ts is made by openapi-typescript from openapi.json, where node is."""
