"""The start page leads everywhere; the page of a 404 says what a teacher needs and no more."""

from uuid import UUID

import pytest

from api_gateway.pages.home import home_page, not_found_page
from api_gateway.pages.layout import PLACES
from common.errors.texts import Language

CORRELATION_ID = UUID("8e03978e-40d5-43e8-bc93-6894a57f9324")


@pytest.mark.parametrize("language", Language)
def test_the_start_page_leads_to_every_other(language: Language) -> None:
    """Each place has a card, and the behaviour too."""
    _, main = home_page(language).split("<main")

    assert [place for place in (*PLACES, "/docs/gateway.md") if f'<a href="{place}">' not in main] == []


@pytest.mark.parametrize(
    ("code", "language", "title"),
    [
        ("RESOURCE_NOT_FOUND", Language.ENGLISH, "It can&#x27;t be found"),
        ("RESOURCE_NOT_FOUND", Language.SWEDISH, "Det går inte att hitta"),
        ("CLASS_NOT_FOUND", Language.SWEDISH, "Klassen finns inte"),
        ("FROM_A_NEWER_SERVICE", Language.SWEDISH, "Något gick fel"),
    ],
)
def test_what_does_not_exist_is_told_to_a_teacher(code: str, language: Language, title: str) -> None:
    """In the teacher's language, with the number to quote and a way out."""
    made = not_found_page(code, CORRELATION_ID, language)

    assert f'<html lang="{language.value}">' in made
    assert f"<h1>{title}</h1>" in made
    assert str(CORRELATION_ID) in made
    assert '<a href="/">' in made


def test_a_strangers_code_is_not_markup() -> None:
    """A code that a service sent is looked up, never shown as it came."""
    assert "<script>" not in not_found_page("<script>", CORRELATION_ID, Language.ENGLISH)
