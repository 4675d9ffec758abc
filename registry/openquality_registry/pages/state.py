"""How a record stands today, in one line: what a visitor reads first."""

import datetime as dt
from dataclasses import dataclass

from openquality_validator.message import message
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
            return StateLine(
                "revoked", "✕", message("Revoked"), message("It was withdrawn for good."), until
            )
        case State.SUSPENDED:
            return StateLine(
                "suspended",
                "‖",
                message("Suspended"),
                message("It does not count until it is reinstated."),
                until,
            )
        case State.SUPERSEDED:
            return StateLine(
                "superseded",
                "→",
                message("Superseded"),
                message("Its issuer replaced it by a newer record."),
                until,
            )
        case _:
            return _in_time(dt.datetime.fromisoformat(valid_from), until, now)


def _in_time(start: dt.datetime, until: dt.datetime | None, now: dt.datetime) -> StateLine:
    if now < start:
        text = message("It counts from {day:%Y-%m-%d} on.", day=start)
        return StateLine("ahead", "…", message("Not valid yet"), text, until)
    if until is None:
        return StateLine(
            "valid", "✓", message("Valid"), message("It names no end of its validity.")
        )
    days = (until.astimezone(dt.UTC).date() - now.astimezone(dt.UTC).date()).days
    if until < now:
        text = message("It ended on {day:%Y-%m-%d}.", day=until)
        return StateLine("expired", "⊗", message("Expired"), text, until)
    if days <= SOON:
        text = message("Until {day:%Y-%m-%d}.", day=until)
        return StateLine("expiring", "◷", expires(days), text, until)
    text = message("Until {day:%Y-%m-%d}, {days} days.", day=until, days=days)
    return StateLine("valid", "✓", message("Valid"), text, until)


def expires(days: int) -> str:
    """Say in how many days something valid expires."""
    if days > 1:
        return message("Valid, expires in {days} days", days=days)
    return message("Valid, expires in 1 day") if days else message("Valid, expires today")
