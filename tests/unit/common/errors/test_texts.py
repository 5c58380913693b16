"""What a teacher reads is there in each language, short, whole, and free of the developers' words."""

import re
from collections.abc import Iterator
from dataclasses import fields

import pytest

from common.errors.catalogue import CATALOGUE
from common.errors.close_codes import CLOSE_CODES, CLOSE_RANGES
from common.errors.texts import Language, TeacherTexts, Text

LONGEST_TITLE = 60
LONGEST_SENTENCES = 130
JARGON = {
    Language.ENGLISH: (
        r"`|[_{}]|\b(token|http|header|body|server|service behind|request|client|timeout|cache|json|api|batch|pipeline|"
        r"websocket|socket|feed|retry|retryable|id|url|upstream|edge|frame|protocol|cursor|status|config\w*|user|"
        r"backend|correlation|parse\w*)\b"
    ),
    Language.SWEDISH: (
        r"`|[_{}]|\b(token|http|header|body|servern?|request|begäran|klient\w*|timeout|cache|json|api|batch\w*|"
        r"pipeline\w*|websocket|feed|id|url|protokoll\w*|konfig\w*|användare\w*|ni|er|ert|student\w*|the|and|vänligen)\b"
    ),
}


def _texts() -> Iterator[tuple[str, TeacherTexts]]:
    for entry in CATALOGUE.values():
        yield entry.code.value, entry.teacher
    for close in CLOSE_CODES.values():
        yield str(int(close.code)), close.teacher
    for each in CLOSE_RANGES:
        yield f"{each.first}-{each.last}", each.teacher


IN_EACH_LANGUAGE = [
    pytest.param(language, texts.in_language(language), id=f"{name} {language}")
    for name, texts in _texts()
    for language in Language
]


def test_texts_have_a_field_for_each_language_and_no_other() -> None:
    """A language that is added to the one is added to the other."""
    assert [field.name for field in fields(TeacherTexts)] == [language.value for language in Language]


@pytest.mark.parametrize("language", Language)
def test_texts_are_not_made_without_a_language(language: Language) -> None:
    """Whoever adds a row writes it in both languages."""
    others = {each.value: Text("Title", "Message.", "Advice.") for each in Language if each is not language}

    with pytest.raises(TypeError, match=f"'{language}'"):
        TeacherTexts(**others)


@pytest.mark.parametrize(("language", "text"), IN_EACH_LANGUAGE)
def test_a_text_is_short_and_whole(language: Language, text: Text) -> None:
    """The title is a phrase; message and advice are sentences that fit in a few lines of a dialogue."""
    assert re.fullmatch(r"[A-ZÅÄÖ][^.!?]+[^.!? ]", text.title), language
    assert len(text.title) <= LONGEST_TITLE
    for sentences in (text.message, text.advice):
        assert re.fullmatch(r"[A-ZÅÄÖ].+[^ .]\.", sentences)
        assert len(sentences) <= LONGEST_SENTENCES
        assert "  " not in sentences


@pytest.mark.parametrize(("language", "text"), IN_EACH_LANGUAGE)
def test_a_text_uses_no_word_of_the_developers(language: Language, text: Text) -> None:
    """A teacher needs to know nothing of how the platform is built."""
    assert re.findall(JARGON[language], " ".join(text).lower()) == []


@pytest.mark.parametrize("texts", [texts for _, texts in _texts()], ids=[name for name, _ in _texts()])
def test_nothing_is_left_untranslated(texts: TeacherTexts) -> None:
    """No part of the Swedish text is the English one."""
    assert [part for part, other in zip(texts.sv, texts.en, strict=True) if part == other] == []


@pytest.mark.parametrize(
    ("code", "title"),
    [
        ("IDENTITY_REFRESH_TOKEN_EXPIRED", "Logga in igen"),
        ("CLASS_NOT_FOUND", "Klassen finns inte"),
        ("ENCRYPTED_FILE_UNSUPPORTED", "Filen är lösenordsskyddad"),
        ("SERVICE_UNAVAILABLE", "HuleEdu är inte tillgängligt just nu"),
        ("CONNECTION_LIMIT", "HuleEdu är öppet på för många ställen"),
    ],
)
def test_a_code_has_its_own_text(code: str, title: str) -> None:
    """Each row has the text of its failure, and not its neighbour's."""
    assert CATALOGUE[code].teacher.sv.title == title
