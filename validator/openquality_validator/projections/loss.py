"""What a projection gives back: the document or the draft claims, and everything that was lost."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Loss:
    """Name a value that has no place on the other side, or keeps only part of its meaning there.

    `pointer` is a JSON Pointer (RFC 6901) into the document that was read; what it names is lost
    with everything below. `reason` is a sentence for people.
    """

    pointer: str
    reason: str


@dataclass(frozen=True, slots=True)
class Projected:
    """Hold a document in another format. Numbers in it are exact: `int` or `Decimal`."""

    document: dict[str, Any]
    losses: tuple[Loss, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """Hold claims without `id`, as far as the other format states them.

    A draft may lack members that a valid claim must have: what the other format does not say,
    nobody guesses.
    """

    claims: tuple[dict[str, Any], ...]
    losses: tuple[Loss, ...]
