"""What a teacher reads when something fails, in each language of the platform.

The developers' texts stand in :mod:`common.errors.catalogue`. These are for the person in front of the page: they say
what happened, whether anything was lost and what to do, in the words of a school, and name no part of the technology.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, assert_never


class Language(StrEnum):
    """The languages in which a teacher reads what failed, by their tag (BCP 47); the first is the default."""

    ENGLISH = "en"
    SWEDISH = "sv"


class Text(NamedTuple):
    """What a teacher reads in one language.

    Attributes:
        title: what happened, as a heading.
        message: what that means, in a sentence or two.
        advice: what to do about it.
    """

    title: str
    message: str
    advice: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TeacherTexts:
    """The text of one failure in every language; none can be left out."""

    en: Text
    sv: Text

    def in_language(self, language: Language) -> Text:
        """Return the text in ``language``."""
        match language:
            case Language.ENGLISH:
                return self.en
            case Language.SWEDISH:
                return self.sv
        assert_never(language)
