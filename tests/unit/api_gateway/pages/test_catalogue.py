"""The catalogue's pages say what the table says, and its examples are bodies the gateway could send."""

import re
from collections.abc import Callable
from functools import partial
from html import escape
from typing import NoReturn
from uuid import UUID

import pytest

from api_gateway.pages.catalogue import catalogue_page, entry_object, entry_page, platform_example, problem_example
from common.errors import factories
from common.errors.catalogue import CATALOGUE, ErrorEntry
from common.errors.codes import AuthReason
from common.errors.exceptions import HuleEduError
from common.errors.texts import Language

Facts = dict[str, object]

NOBODY = UUID(int=0)
FACTORIES: dict[str, Callable[..., NoReturn]] = {
    "MISSING_REQUIRED_FIELD": partial(factories.raise_missing_required_field, field="f"),
    "AUTHENTICATION_ERROR": partial(factories.raise_authentication_error, reason=AuthReason.TOKEN_EXPIRED),
    "RESOURCE_NOT_FOUND": partial(factories.raise_resource_not_found, resource_type="t", resource_id="i"),
    "IDEMPOTENCY_IN_PROGRESS": partial(factories.raise_idempotency_in_progress, retry_after_s=1),
    "PAYLOAD_TOO_LARGE": partial(factories.raise_payload_too_large, limit_bytes=1),
    "UNSUPPORTED_MEDIA_TYPE": partial(factories.raise_unsupported_media_type, supported=["a/b"]),
    "RATE_LIMIT": partial(factories.raise_rate_limit_error, retry_after_s=1),
    "EXTERNAL_SERVICE_ERROR": partial(factories.raise_external_service_error, external_service="e"),
    "SERVICE_UNAVAILABLE": partial(factories.raise_service_unavailable, retry_after_s=1),
    "CIRCUIT_BREAKER_OPEN": partial(factories.raise_circuit_breaker_open, retry_after_s=1),
    "KAFKA_PUBLISH_ERROR": partial(factories.raise_kafka_publish_error, topic="t", retry_after_s=1),
    "TIMEOUT": partial(factories.raise_timeout_error, timeout_seconds=1.0),
}


@pytest.mark.parametrize("language", Language)
def test_every_code_is_listed_with_a_link(language: Language) -> None:
    """Nothing the edge can answer with is missing, and each row says what a teacher reads."""
    made = catalogue_page(CATALOGUE.values(), language)

    assert [code for code in CATALOGUE if f'<tr id="{code}">' not in made or f"/v1/errors/{code}" not in made] == []
    titles = {escape(entry.teacher.in_language(language).title) for entry in CATALOGUE.values()}
    assert [title for title in titles if f"<b>{title}</b>" not in made] == []


@pytest.mark.parametrize("entry", CATALOGUE.values(), ids=lambda entry: entry.code.value)
def test_a_page_explains_its_code(entry: ErrorEntry) -> None:
    """Title, code, status and close code, and what it looks like in both forms."""
    made = entry_page(entry, Language.ENGLISH)

    assert f"<h1><span>{escape(entry.title)}</span></h1>" in made
    assert f'">{entry.status}</span>' in made
    assert f"<code>{entry.close_code}</code>" in made
    assert made.count(f"&quot;code&quot;: &quot;{entry.code.value}&quot;") == 2


@pytest.mark.parametrize("language", Language)
def test_a_page_tells_what_a_teacher_reads(language: Language) -> None:
    """In the language of the page, which the page names."""
    entry = CATALOGUE["CLASS_NOT_FOUND"]

    made = entry_page(entry, language)

    assert f'<html lang="{language.value}">' in made
    assert [part for part in entry.teacher.in_language(language) if f">{escape(part)}</p>" not in made] == []


def test_english_on_a_swedish_page_is_marked() -> None:
    """A screen reader pronounces the developers' words as English."""
    entry = CATALOGUE["CLASS_NOT_FOUND"]

    made = entry_page(entry, Language.SWEDISH)

    assert [
        text for text in (entry.title, entry.meaning, entry.advice) if f'<span lang="en">{escape(text)}' not in made
    ] == []


def test_samples_can_be_reached_by_keyboard() -> None:
    """What scrolls takes the focus and has a name (WCAG 2.1.1), one for each sample."""
    made = entry_page(CATALOGUE["RATE_LIMIT"], Language.SWEDISH)

    names = re.findall(r'<pre tabindex=0 role=region aria-label="([^"]+)">', made)

    assert names == ["Exempel: application/json", "Exempel: application/problem+json"]
    assert made.count("<pre") == len(names)


def test_words_in_backticks_become_code() -> None:
    """The table's light markup is shown as what it means, and nothing else is markup."""
    made = entry_page(CATALOGUE["RATE_LIMIT"], Language.ENGLISH)

    assert "Wait <code>Retry-After</code> seconds." in made


def test_an_entry_for_machines_tells_the_whole_row() -> None:
    """Everything a client decides by."""
    told = entry_object(CATALOGUE["RATE_LIMIT"], Language.SWEDISH)

    assert told.keys() == {
        "code",
        "status",
        "close_code",
        "title",
        "meaning",
        "advice",
        "teacher",
        "retryable",
        "documentation",
    }
    assert told["documentation"] == "/v1/errors/RATE_LIMIT"
    assert told["teacher"] == {
        "language": "sv",
        "title": "Vänta en stund",
        "message": "Det blev för mycket på kort tid.",
        "advice": "Försök igen om en stund.",
    }


def _details(form: Facts) -> Facts:
    error = form["error"]
    assert isinstance(error, dict)
    details = error["details"]
    assert isinstance(details, dict)
    return details


@pytest.mark.parametrize("entry", CATALOGUE.values(), ids=lambda entry: entry.code.value)
def test_both_forms_tell_of_the_same_failure(entry: ErrorEntry) -> None:
    """One code, one correlation id, the catalogue's status."""
    house, problem = platform_example(entry), problem_example(entry)

    error = house["error"]
    assert isinstance(error, dict)
    assert (error["code"], error["correlation_id"]) == (problem["code"], problem["correlation_id"])
    assert problem["status"] == entry.status


@pytest.mark.parametrize("code", FACTORIES)
def test_an_example_tells_the_facts_a_real_one_has(code: str) -> None:
    """What a factory puts into details, the example shows too."""
    with pytest.raises(HuleEduError) as raised:
        FACTORIES[code](service="s", operation="o", message="m", correlation_id=NOBODY)

    shown = _details(dict(platform_example(CATALOGUE[code])))
    assert raised.value.error_detail.details.keys() <= shown.keys()
