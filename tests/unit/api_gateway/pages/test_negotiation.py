"""Who gets a page and in which language, by what a browser or a program sends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import Headers

from api_gateway.pages.negotiation import preferred_language, wants_page
from common.errors.rendering import LONGEST_PREFERENCES
from common.errors.texts import Language

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"


@pytest.mark.parametrize(
    "accept",
    [
        BROWSER,
        "text/html",
        "TEXT/HTML;level=1",
        "text/html, application/json",
        "text/html, */*",
        "*/*, text/html",
        "application/json;q=0.5, text/html;q=0.6",
        "text/html;q=0.9, application/problem+json;q=0.8",
        "application/json;q=0, text/html;q=0.1",
    ],
)
def test_a_reader_that_names_html_first_wants_a_page(accept: str) -> None:
    """A higher quality counts, then the order; a wildcard of the same quality names no JSON."""
    assert wants_page(Headers({"Accept": accept}))


@pytest.mark.parametrize(
    "accept",
    [
        "",
        "*/*",
        "text/*",
        "application/json",
        "application/json, text/plain, */*",
        "application/json, text/html",
        "application/json, text/html;q=0.9",
        "application/problem+json, text/html",
        "text/html;q=0.5, */*",
        "text/html;q=0.5, application/*;q=0.6",
        "text/html;q=0",
        "text/html;q=high",
        "application/xhtml+xml",
    ],
)
def test_every_other_client_gets_json(accept: str) -> None:
    """A wildcard asks for no page, nor does HTML that is less welcome than JSON."""
    assert not wants_page(Headers({"Accept": accept}))


def test_a_client_that_sends_nothing_gets_json_in_english() -> None:
    """No header is no preference."""
    assert not wants_page(Headers())
    assert preferred_language(Headers()) is Language.ENGLISH


@pytest.mark.parametrize(
    ("accept_language", "language"),
    [
        ("sv", Language.SWEDISH),
        ("sv-SE", Language.SWEDISH),
        ("SV-fi", Language.SWEDISH),
        ("sv-Latn-SE-x-skola", Language.SWEDISH),
        ("sv-SE,sv;q=0.9,en-US;q=0.8,en;q=0.7", Language.SWEDISH),
        ("sv-SE,en;q=0.8", Language.SWEDISH),
        ("nb-NO,sv;q=0.5", Language.SWEDISH),
        ("en;q=0.5, sv;q=0.6", Language.SWEDISH),
        ("sv, en", Language.SWEDISH),
        ("sv;q=0.5, *;q=0.9", Language.SWEDISH),
        ("en;q=0", Language.SWEDISH),
        ("*, en;q=0", Language.SWEDISH),
        ("en", Language.ENGLISH),
        ("en-GB,en;q=0.9,sv;q=0.8", Language.ENGLISH),
        ("en, sv", Language.ENGLISH),
        ("sv;q=0, en;q=0.1", Language.ENGLISH),
        ("sv;q=0", Language.ENGLISH),
        ("en;q=0, sv;q=0", Language.ENGLISH),
        ("fi", Language.ENGLISH),
        ("sva, s, svenska", Language.ENGLISH),
        ("*", Language.ENGLISH),
        ("sv;q=2", Language.ENGLISH),
        (";;,-,q=1", Language.ENGLISH),
    ],
)
def test_the_language_is_looked_up(accept_language: str, language: Language) -> None:
    """RFC 4647, section 3.4: the best range first, each shortened from its end until it names one that we speak."""
    assert preferred_language(Headers({"Accept-Language": accept_language})) is language


def test_several_lines_of_a_header_are_one_list() -> None:
    """RFC 9110, section 5.3."""
    headers = Headers([("Accept-Language", "fi"), ("Accept-Language", "sv;q=0.5"), ("Accept", "a/b")])
    headers.add("Accept", "text/html")

    assert preferred_language(headers) is Language.SWEDISH
    assert wants_page(headers)


def test_a_header_that_is_too_long_to_read_says_nothing() -> None:
    """To read 30 KB of it would hold up everybody else; browsers send a few hundred characters."""
    accept, language = f"{BROWSER}, a/b{'x' * LONGEST_PREFERENCES}", f"sv-{'a-' * LONGEST_PREFERENCES}a"

    assert not wants_page(Headers({"Accept": accept}))
    assert preferred_language(Headers({"Accept-Language": language})) is Language.ENGLISH
    assert preferred_language(Headers({"Accept-Language": f"sv-{'a-' * 900}a"})) is Language.SWEDISH


@given(header=st.text(st.characters(codec="latin-1", exclude_characters="\r\n\0")))
def test_no_header_is_too_odd(header: str) -> None:
    """Whatever is sent gets an answer in a language that we speak."""
    headers = Headers({"Accept": header, "Accept-Language": header})

    assert preferred_language(headers) in Language
    assert wants_page(headers) in {True, False}
