"""The table of what is looked for in a text."""

import unicodedata
from dataclasses import dataclass
from re import Pattern

from openquality_validator.findings import Severity
from openquality_validator.message import message
from openquality_validator.rules.claim import Problems
from openquality_validator.rules.rule import Rule
from openquality_validator.text import characters, markup, scripts, wording
from openquality_validator.text.quick import MAX_CHARACTERS


@dataclass(frozen=True, slots=True)
class Text:
    """Hold one string of a document and what its place says about it.

    `machine`: its form is fixed elsewhere, so words mean nothing in it. `certified`: the record
    holds a certificate claim. `party`: it is an organisation's own name.
    """

    content: str
    machine: bool = False
    certified: bool = False
    party: bool = False

    @property
    def words(self) -> str:
        """The text as an eye reads it, in lower case; empty where words mean nothing."""
        return "" if self.machine else scripts.skeleton(self.content).lower()


def _at(text: Text, kind: str) -> Problems:
    index = characters.hidden(text.content).get(kind)
    if index is not None:
        yield (
            "",
            message(
                "U+{ord:04X} stands at character {index}.",
                ord=ord(text.content[index]),
                index=index + 1,
            ),
        )


def _matches(content: str, pattern: Pattern[str]) -> Problems:
    found = pattern.search(content)
    if found:
        yield (
            "",
            message(
                "Character {start} begins {group!r}.",
                start=found.start() + 1,
                group=found.group().strip()[:60],
            ),
        )


def control(text: Text) -> Problems:
    """A text holds no control characters and no line breaks: it is one paragraph."""
    return _at(text, characters.CONTROL)


def invisible(text: Text) -> Problems:
    """A text holds no invisible characters but joiners that a script or an emoji needs."""
    return _at(text, characters.INVISIBLE)


def direction(text: Text) -> Problems:
    """A text holds no characters that change the direction of reading."""
    return _at(text, characters.DIRECTION)


def tag(text: Text) -> Problems:
    """A text holds no tag characters (U+E0000 to U+E007F), which hide whole sentences."""
    return _at(text, characters.TAG)


def private(text: Text) -> Problems:
    """A text holds no private, surrogate or meaningless code points."""
    return _at(text, characters.PRIVATE)


def selector(text: Text) -> Problems:
    """A variation selector follows an emoji or an ideograph, one at a time."""
    return _at(text, characters.SELECTOR)


def normalised(text: Text) -> Problems:
    """A text is in Unicode normalisation form C, so that equal texts have equal bytes."""
    if not unicodedata.is_normalized("NFC", text.content):
        yield "", message("Letters and accents stand apart.")


def html(text: Text) -> Problems:
    """A text holds no HTML."""
    return _matches("" if text.machine else text.content, markup.HTML)


def markdown(text: Text) -> Problems:
    """A text holds no Markdown."""
    return _matches("" if text.machine else text.content, markup.MARKDOWN)


def length(text: Text) -> Problems:
    """A text has no more than 2000 characters."""
    if len(text.content) > MAX_CHARACTERS:
        yield "", message("It has {count} characters.", count=len(text.content))


def lookalikes(text: Text) -> Problems:
    """A name or identifier does not mix letters of two scripts that look alike."""
    deception = scripts.deceives(text.content)
    if deception:
        yield "", deception


def order(text: Text) -> Problems:
    """A text informs its readers, and gives no orders to programs that read it."""
    return _matches(text.words, wording.ORDER)


def superlative(text: Text) -> Problems:
    """A text praises nothing: claims with numbers do."""
    return _matches("" if text.party else text.words, wording.SUPERLATIVE)


def endorsement(text: Text) -> Problems:
    """A word of endorsement has a claim behind it: a certificate claim for `certified`."""
    words = text.words
    found = wording.PRAISED.search(words)
    if found is None and not text.certified:
        found = wording.CERTIFIED.search(words)
    if found:
        yield (
            "",
            message(
                "It says {group!r}, and no claim in this record backs it.",
                group=found.group().strip(),
            ),
        )


_TYPE_AGAIN = message("Delete it and type the text again; it may have come along with a copy.")
_PLAIN = message("Write plain text; numbers and lists have members of their own.")

RULES = (
    Rule(
        "X001",
        Severity.ERROR,
        control,
        message("Write one paragraph without tabs and line breaks."),
    ),
    Rule("X002", Severity.ERROR, invisible, _TYPE_AGAIN),
    Rule("X003", Severity.ERROR, direction, _TYPE_AGAIN),
    Rule("X004", Severity.ERROR, tag, _TYPE_AGAIN),
    Rule(
        "X005", Severity.ERROR, private, message("Use characters that have a meaning everywhere.")
    ),
    Rule("X006", Severity.ERROR, selector, _TYPE_AGAIN),
    Rule("X007", Severity.ERROR, normalised, message("Save the text in Unicode form NFC.")),
    Rule("X008", Severity.ERROR, html, _PLAIN),
    Rule("X009", Severity.ERROR, markdown, _PLAIN),
    Rule(
        "X010",
        Severity.ERROR,
        length,
        message("Put long texts into evidence, and name it by digest."),
    ),
    Rule(
        "X011",
        Severity.WARNING,
        lookalikes,
        message("Write each word in the letters of one script."),
    ),
    Rule("X012", Severity.WARNING, order, message("State facts about the subject only.")),
    Rule("X013", Severity.WARNING, superlative, message("State the measured value instead.")),
    Rule(
        "X014",
        Severity.WARNING,
        endorsement,
        message("Add the certificate as a claim, or leave it out."),
    ),
)
