"""Sentences for people, which keep the template and the values that they were made of.

The core writes English and knows no other language. At the rim, where a sentence is shown,
`translate` looks up its template in the gettext catalogue of the reader's language and fills in
the same values. The catalogues are `locale/LANGUAGE/LC_MESSAGES/openquality.po`, and `.mo` beside
them as programs read them; `make messages` brings both up to date (docs/guide/translate.md).
"""

from collections.abc import Iterable
from functools import cache, reduce
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from gettext import NullTranslations
    from importlib.resources.abc import Traversable

SOURCE: Final = "en"
"""The language that the templates themselves are written in."""


class Message(str):
    """Be a sentence in English that can be said in other languages.

    `template` names its values in braces, as `str.format` does; a value may be a Message itself.
    Without values, braces mean themselves.
    """

    __slots__ = ("template", "values")
    template: str
    values: dict[str, object]

    def __new__(cls, template: str, values: dict[str, object]) -> Self:
        """Fill the values into the template."""
        self = super().__new__(cls, template.format(**values) if values else template)
        self.template = template
        self.values = values
        return self

    def __reduce__(self) -> tuple[type[Self], tuple[str, dict[str, object]]]:
        return type(self), (self.template, self.values)


def message(template: str, /, **values: object) -> Message:
    """Write a sentence: `message("The cell {cell} holds {text!r}.", cell=cell, text=text)`.

    The template is a literal, so that `make messages` finds it. An error among the values is said
    in its own words.
    """
    for name, value in values.items():
        if isinstance(value, Exception):
            values[name] = str(value)
    return Message(template, values)


def join(separator: str, parts: Iterable[str]) -> Message:
    """Join texts, each of which keeps being said in the reader's language."""
    values: dict[str, object] = {f"part{index}": part for index, part in enumerate(parts)}
    return Message(separator.join(f"{{{name}}}" for name in values), values)


def any_of(parts: Iterable[str]) -> str:
    """Join alternatives: `a or b`; '' for none."""
    return reduce(_or, parts) if (parts := tuple(parts)) else ""


def all_of(parts: Iterable[str]) -> str:
    """Join what goes together: `a and b`; '' for none."""
    return reduce(_and, parts) if (parts := tuple(parts)) else ""


def _or(one: str, other: str) -> str:
    return message("{one} or {other}", one=one, other=other)


def _and(one: str, other: str) -> str:
    return message("{one} and {other}", one=one, other=other)


def translate(text: str, language: str) -> str:
    """Say a text in another language; what is no Message, or has no translation, stays."""
    if language == SOURCE or not isinstance(text, Message):
        return text
    said = catalogue(language).gettext(text.template) if text.template else ""
    return said.format(**_values(text, language)) if text.values else said


def _values(text: Message, language: str) -> dict[str, object]:
    return {
        name: translate(value, language) if isinstance(value, Message) else value
        for name, value in text.values.items()
    }


@cache
def languages() -> tuple[str, ...]:
    """Return the languages that there are, English first."""
    found = sorted(each.name for each in _locale().iterdir() if each.is_dir())
    return (SOURCE, *found)


def nearest(tag: str) -> str | None:
    """Return the language that serves a tag such as `de-AT` or `fr_CA.UTF-8`, or None."""
    wanted = tag.partition(".")[0].replace("_", "-").lower()
    if wanted.partition("-")[0] == SOURCE:
        return SOURCE
    known = {each.lower().replace("_", "-"): each for each in languages()}
    return known.get(wanted) or known.get(wanted.partition("-")[0])


@cache
def catalogue(language: str) -> "NullTranslations":
    """Return the catalogue of one of `languages`; that of English says what it is given."""
    from gettext import GNUTranslations, NullTranslations

    if language == SOURCE:
        return NullTranslations()
    with (_locale() / language / "LC_MESSAGES" / "openquality.mo").open("rb") as file:
        return GNUTranslations(file)


def _locale() -> "Traversable":
    # Loaded late: it takes longer than a record takes to validate, and English needs none of it.
    from importlib.resources import files

    return files("openquality_validator") / "locale"
