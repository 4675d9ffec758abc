"""One column of a sheet: which part of a record its cells give, and how they are read."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from openquality_validator.message import Message, join, message

KEYED: Final = "="
"""Begins the token of a list's element that a member names: `identifiers/=scheme:gtin/value`."""


class Kind(StrEnum):
    """Say how the cells of a column are read."""

    TEXT = "text"
    NUMBER = "number"  # a decimal, kept as text with its zeros
    COUNT = "count"  # a whole number
    ANSWER = "answer"  # yes or no
    DAY = "day"
    MOMENT = "moment"
    CHOICE = "choice"  # one of a closed list
    LETTERS = "letters"  # a code of capital letters: countries, currencies
    UNIT = "unit"
    METRIC = "metric"
    DIGITS = "digits"  # a number that names something, and is kept as it is written
    PART = "part"  # the short name of a claim or of evidence


class Need(StrEnum):
    """Say whether a row needs a value in a column."""

    ALWAYS = "always"
    GROUP = "group"  # if another column of its group is filled in
    SOMETIMES = "sometimes"  # for some metrics
    OPTIONAL = "optional"


@dataclass(frozen=True, slots=True)
class Column:
    """Describe a column; `path` leads from what the row stands for to the value.

    A path whose token begins with `=` goes through the element of a list that has this member.
    `titles` are the titles of the schema along the path; `many` says that a cell holds a list.
    """

    path: tuple[str, ...]
    kind: Kind
    titles: tuple[str, ...]
    about: str
    need: Need = Need.OPTIONAL
    choices: tuple[str, ...] = ()
    meanings: tuple[str, ...] = ()
    many: bool = False
    needed_by: tuple[str, ...] = ()  # metrics, where some need it

    @property
    def pointer(self) -> str:
        """The path as text, by which the template names its columns: `/value/amount`."""
        return f"/{'/'.join(self.path)}"

    @property
    def is_keyed(self) -> bool:
        """Whether the path goes through an element of a list."""
        return len(self.path) > 1 and self.path[-2].startswith(KEYED)

    @property
    def heading(self) -> Message:
        """What stands above the column: the titles of the schema."""
        return join(": ", [message(title) for title in self.titles])

    @property
    def sibling(self) -> tuple[str, ...] | None:
        """The path of the unit that belongs to this amount, if it has one."""
        return (*self.path[:-1], "unit") if self.path[-1:] == ("amount",) else None


def keyed(member: str, value: str) -> str:
    """Write the token of the element of a list whose member has a value."""
    return f"{KEYED}{member}:{value}"


def key_of(token: str) -> tuple[str, str] | None:
    """Return member and value of such a token, or None for a plain one."""
    if not token.startswith(KEYED):
        return None
    member, _, value = token[len(KEYED) :].partition(":")
    return member, value
