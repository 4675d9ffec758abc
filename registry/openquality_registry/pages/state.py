"""How a record stands today, in one line: what a visitor reads first."""

import datetime as dt
from dataclasses import dataclass

from openquality_validator.status import State

SOON = 30  # days before its end from which a record is said to expire


@dataclass(frozen=True, slots=True)
class StateLine:
    """Say how a record stands: `kind` for the looks, a sign, a word, and a sentence."""

    kind: str
    sign: str
    word: str
    sentence: str
    until: dt.datetime | None = None


def state_line(
    state: State, *, valid_from: str, valid_until: str | None, now: dt.datetime
) -> StateLine:
    """Join the word of the log with the record's own term; the log's word comes first."""
    until = None if valid_until is None else dt.datetime.fromisoformat(valid_until)
    match state:
        case State.REVOKED:
            return StateLine("revoked", "✕", "Revoked", "It was withdrawn for good.", until)
        case State.SUSPENDED:
            return StateLine(
                "suspended", "‖", "Suspended", "It does not count until it is reinstated.", until
            )
        case State.SUPERSEDED:
            return StateLine(
                "superseded", "→", "Superseded", "Its issuer replaced it by a newer record.", until
            )
        case _:
            return _in_time(dt.datetime.fromisoformat(valid_from), until, now)


def _in_time(start: dt.datetime, until: dt.datetime | None, now: dt.datetime) -> StateLine:
    if now < start:
        text = f"It counts from {start:%Y-%m-%d} on."
        return StateLine("ahead", "…", "Not valid yet", text, until)
    if until is None:
        return StateLine("valid", "✓", "Valid", "It names no end of its validity.")
    days = (until.astimezone(dt.UTC).date() - now.astimezone(dt.UTC).date()).days
    if until < now:
        text = f"It ended on {until:%Y-%m-%d}."
        return StateLine("expired", "⊗", "Expired", text, until)
    if days <= SOON:
        left = "today" if not days else f"in {days} day{'' if days == 1 else 's'}"
        return StateLine(
            "expiring", "◷", f"Valid, expires {left}", f"Until {until:%Y-%m-%d}.", until
        )
    return StateLine("valid", "✓", "Valid", f"Until {until:%Y-%m-%d}, {days} days.", until)
