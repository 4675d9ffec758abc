"""The language of the reader: of the person at this machine, or of whom a server answers.

At this machine it is `OPENQUALITY_LANGUAGE`, else the setting `language` of `openquality.toml`,
else what the terminal says (`LC_ALL`, `LC_MESSAGES`, `LANG`) if there is a catalogue for it, else
English.
"""

import os
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache

from openquality.configuration import BadConfiguration, current
from openquality_validator.errors import OpenQualityError
from openquality_validator.message import SOURCE, join, languages, message, nearest, translate

VARIABLE = "OPENQUALITY_LANGUAGE"


@dataclass(eq=False)
class UnknownLanguage(OpenQualityError):
    """Someone asked for a language that there is no catalogue for."""

    asked: str

    def __str__(self) -> str:
        return message(
            "There is no language {asked!r}. Take one of: {known}.",
            asked=self.asked,
            known=join(", ", languages()),
        )


_answered: ContextVar[str | None] = ContextVar("openquality_language", default=None)


def speak(language: str) -> None:
    """Speak to the reader whom this task or thread answers, in one of `languages()`."""
    _answered.set(language)


def chosen() -> str:
    """Return the reader's language, one of `openquality_validator.message.languages`.

    Raises UnknownLanguage if one was asked for that is not there.
    """
    return _answered.get() or here()


@cache
def here() -> str:
    """Return the language of the person at this machine; raises UnknownLanguage."""
    asked = os.environ.get(VARIABLE) or _of_project()
    if asked:
        found = nearest(asked)
        if found is None:
            raise UnknownLanguage(asked)
        return found
    said = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    # The first that is set counts, as in POSIX (locale(7)), even if it is unknown here.
    first = next((each for each in said if each), "")
    plain = first.partition(".")[0] in {"", "C", "POSIX"}  # C.UTF-8 names no language either
    return (None if plain else nearest(first)) or SOURCE


def _of_project() -> str | None:
    try:
        return current().language
    except (BadConfiguration, OSError):
        return None  # who needs the settings says what is wrong with them


def local(text: str) -> str:
    """Say a Message in the reader's language; any other text stays."""
    return translate(text, chosen())
