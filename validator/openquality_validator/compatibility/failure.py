"""What a proof could not show: a rule, two places, and a sentence."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final


class Effect(StrEnum):
    """Say what a change does to the records that one schema allows and the other reads."""

    KEEPS = "keeps"
    BREAKS = "breaks"
    UNKNOWN = "unknown"


RULES: Final[Mapping[str, str]] = {
    "Z101": "A type is taken away.",
    "Z102": "A value is taken from a list.",
    "Z103": "A member must be there that was optional or not known; a default fills in nothing.",
    "Z104": "A member is taken away, or is new, and the reading schema is closed there.",
    "Z105": "A member is described where the other schema lets any member be anything.",
    "Z106": "The limits of a number are narrower.",
    "Z107": "The limits of a text's length are narrower.",
    "Z108": "A pattern does not follow from the one before.",
    "Z109": "A format is asked for that was not, or is another one.",
    "Z110": "The limits of a list's length are narrower.",
    "Z111": "A list must not repeat items any more.",
    "Z112": "The limits of the number of members are narrower.",
    "Z113": "The names of members are limited.",
    "Z114": "A member asks for another one beside it that it did not ask for.",
    "Z115": "Whether one of several alternatives always holds cannot be told.",
    "Z116": "Whether what is forbidden never happened cannot be told.",
    "Z117": "Nothing is allowed where something was.",
    "Z118": "A list must hold an item that it did not have to hold.",
    "Z119": "Whether every member or item is described cannot be told.",
    "Z120": "A number must be a multiple that it did not have to be.",
    "Z121": "A keyword is not one that is understood here.",
    "Z122": "The comparison takes more steps than are allowed.",
}

# Steps that are no names of members: a slash stands in no JSON Pointer's token unescaped.
OTHER: Final = "/other"
ITEM: Final = "/item"


@dataclass(frozen=True, slots=True)
class Failure:
    """Say what the reader's schema refuses, or may refuse, of what the writer's allows.

    `written` and `read` are JSON Pointers into the schemas of writer and reader; `steps` lead from
    the value that was looked at down to the one that is refused: names of members, OTHER, or ITEM.
    """

    rule: str
    effect: Effect
    written: str
    read: str
    sentence: str
    steps: tuple[str, ...] = ()

    def below(self, step: str) -> "Failure":
        """Return the failure as seen from one level above."""
        return replace(self, steps=(step, *self.steps))
