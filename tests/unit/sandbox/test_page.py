"""What can be read off the page's files: they are small, keep to the server's policy, and lack no language."""

import gzip
import re
from pathlib import Path

import pytest

from sandbox.dashboard.server import STATIC

BUDGET_BYTES = 100_000
LONGEST_MODULE = 250
MODULES = sorted(file for file in STATIC.glob("*.js") if not file.name.startswith("edge"))
WORDS = ("words-sv.js", "words-en.js")
LAZY = ("edge-sv.js", "edge-en.js")
"""The texts of errors: the browser loads one language of them when the page has been painted."""

KEY = re.compile(r'^  (?:"([^"]+)"|(\w+)):', re.MULTILINE)
USED = re.compile(r'\b(?:tt?|label|action)\("([\w.-]+)"')


def keys_of(name: str) -> set[str]:
    """Return the keys of one language's words."""
    text = (STATIC / name).read_text(encoding="utf-8")
    return {quoted or plain for quoted, plain in KEY.findall(text)}


def test_both_languages_have_the_same_words() -> None:
    """No text of the page lacks Swedish or English."""
    swedish, english = map(keys_of, WORDS)

    assert swedish == english


def test_every_text_that_is_used_exists() -> None:
    """A key that a module names by a literal is one of the words."""
    used = {key for module in MODULES for key in USED.findall(module.read_text(encoding="utf-8"))}

    assert used <= keys_of(WORDS[0])


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_a_module_is_one_subject(module: Path) -> None:
    """No module is long, and none parses HTML or sets a style attribute, which the page's policy forbids."""
    text = module.read_text(encoding="utf-8")

    assert len(text.splitlines()) < LONGEST_MODULE
    assert re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|[\"']style[\"']", text) is None


def test_the_page_holds_no_inline_script_or_style() -> None:
    """The policy ``default-src 'self'`` lets everything on the page pass."""
    page = (STATIC / "index.html").read_text(encoding="utf-8")

    assert re.search(r"<style|\bstyle=|\bon\w+=|<script(?![^>]*\bsrc=)|https?://", page) is None


def test_the_page_is_small() -> None:
    """What one language's first view loads is under 100 KB, compressed as the server sends it."""
    loaded = [file for file in STATIC.iterdir() if file.name not in (*LAZY, WORDS[1])]

    assert sum(len(gzip.compress(file.read_bytes())) for file in loaded) < BUDGET_BYTES
