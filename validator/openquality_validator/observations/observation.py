"""What can be seen of a record in its log: the codes, and one such observation."""

from collections.abc import Mapping
from dataclasses import dataclass

from openquality_validator.message import message

# docs/spec/observations.md says the same.
CODES: Mapping[str, str] = {
    "O001": "Another issuer named a data file of the record before, about another subject.",
    "O002": "Another issuer named a data file of the record later, about another subject.",
    "O003": "The issuer names the same data file about another subject too.",
    "O004": "An earlier record of another issuer has the same figures, period and shape of data.",
    "O005": "Another producer was named for the same subject before.",
    "O006": "Another producer was named for the same subject later.",
    "O007": "Values of the series were replaced or revoked several times within 30 days.",
    "O008": "The value lies far from those of its peers.",
    "O009": "The period had ended long before, and newer periods were in the log already.",
    "O010": "The record says that it was valid long before it came into the log.",
    "O011": "What buyers observed differs from what the producer states, beyond both bounds.",
}
MOST_NAMED = 5  # log indexes that one observation names; the message has their number


@dataclass(frozen=True, slots=True)
class Observation:
    """Hold one observation: what was seen, and at which log indexes.

    `claim` is the id of the claim that it is about, or None for the whole record. The message is
    made of our words, figures and log indexes alone; it says what was seen and judges nobody.
    """

    code: str
    message: str
    entries: tuple[int, ...] = ()
    claim: str | None = None


def observed(
    code: str, message: str, entries: tuple[int, ...] = (), *, claim: str | None = None
) -> Observation:
    """Make an observation that names at most MOST_NAMED entries, in the order of the log."""
    return Observation(code, message, tuple(sorted(set(entries)))[:MOST_NAMED], claim)


def listed(entries: tuple[int, ...]) -> str:
    """Write log indexes for a message: the first ones, and how many more there are."""
    shown = sorted(set(entries))
    first = ", ".join(map(str, shown[:MOST_NAMED]))
    more = len(shown) - MOST_NAMED
    if more > 0:
        return message("entries {first} and {more} more", first=first, more=more)
    if len(shown) > 1:
        return message("entries {first}", first=first)
    return message("entry {first}", first=first)
