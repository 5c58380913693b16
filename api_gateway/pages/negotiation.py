"""Which form and which language a reader wants: ``Accept`` and ``Accept-Language`` (RFC 9110, section 12.5)."""

from collections.abc import Iterable

from werkzeug.datastructures import Accept, Headers
from werkzeug.http import parse_accept_header

from common.errors.rendering import JSON_TYPE, LONGEST_PREFERENCES, PROBLEM_TYPE
from common.errors.texts import Language

HTML_TYPE = "text/html"
DEFAULT_LANGUAGE = Language.ENGLISH


def wants_page(headers: Headers) -> bool:
    """Return whether ``Accept`` names text/html before JSON: with a higher quality, or with the same one and earlier.

    A wildcard names nothing, but gives JSON its quality.
    """
    qualities: dict[str, float] = {}
    for media_range, quality in _preferences(headers, "Accept"):
        qualities.setdefault(media_range.partition(";")[0].strip().lower(), quality)
    of_page = qualities.get(HTML_TYPE, 0.0)
    return of_page > 0 and not any(_comes_before_page(name, qualities) for name in (JSON_TYPE, PROBLEM_TYPE))


def preferred_language(headers: Headers) -> Language:
    """Return the language to speak, by the lookup of RFC 4647, section 3.4: ``sv-SE`` finds ``sv``.

    English is spoken to those who name no language that we have, unless they refuse it by a quality of 0.
    """
    ranges = [(name.strip().lower(), quality) for name, quality in _preferences(headers, "Accept-Language")]
    refused = {name for name, quality in ranges if quality == 0}
    spoken = [language for language in Language if language.value not in refused]
    for name, quality in ranges:
        if quality == 0:
            continue
        if language := next((language for language in spoken if _is_found_by(name, language)), None):
            return language
    return spoken[0] if spoken else DEFAULT_LANGUAGE


def _preferences(headers: Headers, name: str) -> Iterable[tuple[str, float]]:
    """Return the ranges of a header with their qualities, the best first, equal ones as they were sent, ``*`` last."""
    told = ",".join(headers.getlist(name))
    return parse_accept_header(told if len(told) <= LONGEST_PREFERENCES else "", Accept)


def _comes_before_page(name: str, qualities: dict[str, float]) -> bool:
    """Return whether ``name`` is preferred to text/html; ``qualities`` are in the order of preference."""
    quality = next((qualities[each] for each in (name, "application/*", "*/*") if each in qualities), 0.0)
    order = list(qualities)
    is_named_earlier = name in qualities and order.index(name) < order.index(HTML_TYPE)
    return quality > qualities[HTML_TYPE] or (quality == qualities[HTML_TYPE] and is_named_earlier)


def _is_found_by(language_range: str, language: Language) -> bool:
    """Return whether ``language`` is ``language_range``, or what remains of it as subtags are cut from its end."""
    return f"{language_range}-".startswith(f"{language.value}-")
