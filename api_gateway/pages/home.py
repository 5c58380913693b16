"""The two pages that a reader meets without looking for them: the start page, and the one for what doesn't exist."""

from html import escape
from uuid import UUID

from api_gateway.pages.layout import HOME_PATH, TITLE, page
from api_gateway.pages.words import WORDS
from common.errors.catalogue import entry_for
from common.errors.rendering import CATALOGUE_PATH, catalogue_path
from common.errors.texts import Language


def home_page(language: Language) -> str:
    """Return the page at ``/``, which leads to the others."""
    words = WORDS[language]
    leads = (
        ("/docs", words.try_it, words.try_it_lead),
        ("/redocs", words.read_it, words.read_it_lead),
        (CATALOGUE_PATH, words.errors, words.errors_lead),
        ("/docs/gateway.md", words.behaviour, words.behaviour_lead),
        ("/openapi.json", words.openapi, words.openapi_lead),
    )
    links = "".join(
        f'<li><a href="{place}"><b>{escape(name)}</b><span>{escape(lead)}</span></a></li>'
        for place, name, lead in leads
    )
    body = f'<h1>{TITLE}</h1><p class="lead">{words.home_lead}</p><ul class="places">{links}</ul>'
    return page(words.home, f'<main class="house">{body}</main>', language=language)


def not_found_page(code: str, correlation_id: UUID, language: Language) -> str:
    """Return the page for a 404 with the error code ``code``."""
    words, text = WORDS[language], entry_for(code).teacher.in_language(language)
    number = f'<p class="code">{words.reference_number}: <code>{correlation_id}</code></p>'
    links = (
        f'<p class="back"><a href="{HOME_PATH}">{words.to_start}</a> · '
        f'<a href="{catalogue_path(code)}">{words.about_code}</a></p>'
    )
    body = f"<h1>{escape(text.title)}</h1><p>{escape(text.message)}</p><p>{escape(text.advice)}</p>{number}{links}"
    return page(text.title, f'<main class="house alone">{body}</main>', language=language)
