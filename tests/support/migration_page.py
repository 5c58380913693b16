"""docs/migration.md, for the tests that hold it to what it says."""

import re

from scripts.docs.kept_files import ROOT

PAGE = (ROOT / "docs" / "migration.md").read_text(encoding="utf-8")


def block(info: str) -> str:
    """Return the text of the page's one fenced block that is headed by ``info``."""
    (found,) = re.findall(rf"^```{re.escape(info)}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return str(found)
