"""How a certificate stands on a day by one claim of it, and when its end is near."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from openquality_validator.status import State

Json = Mapping[str, Any]
WARN_DAYS: Final = (90, 30, 7)
"""The days before its last day on which the end of a certificate is announced."""

_REVOKED, _SUSPENDED, _EXPIRED = "withdrawn", "suspended", "expired"  # `status` of a claim


class CertificateState(StrEnum):
    """Say how a certificate stands on a day."""

    VALID = "valid"
    EXPIRING = "expiring"
    NOT_YET_VALID = "notYetValid"
    EXPIRED = "expired"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"

    @property
    def holds(self) -> bool:
        """True if the certificate is in force."""
        return self in {CertificateState.VALID, CertificateState.EXPIRING}


@dataclass(frozen=True, slots=True)
class Standing:
    """Hold the state of a certificate on a day, and its last day, None if none is stated."""

    state: CertificateState
    ends: dt.date | None
    day: dt.date

    @property
    def expires_in(self) -> int | None:
        """The days to its last day, 0 on it, below 0 after it; None without one."""
        return None if self.ends is None else (self.ends - self.day).days


def stands(
    claim: Json,
    day: dt.date,
    *,
    record: State = State.ACTIVE,
    words: State = State.ACTIVE,
    record_ends: dt.date | None = None,
) -> Standing:
    """Say how a certificate stands on a day by a claim of it.

    `record` is how the record with the claim stands, `words` the worst of the words on the
    certificate itself that count, `record_ends` the last day of the record. What was taken back
    for good comes first, then what was replaced, what is suspended, and the days.
    """
    ends = last_day(claim, record_ends=record_ends)
    return Standing(_state(claim, day, record, words, ends), ends, day)


def last_day(claim: Json, *, record_ends: dt.date | None = None) -> dt.date | None:
    """Return the last day of a certificate: of the claim, or of the record if that is earlier."""
    end = claim["validity"].get("end")
    stated = None if end is None else dt.date.fromisoformat(end)
    return min((each for each in (stated, record_ends) if each is not None), default=None)


def _state(
    claim: Json, day: dt.date, record: State, words: State, ends: dt.date | None
) -> CertificateState:
    said = claim["status"]
    if State.REVOKED in {record, words} or said == _REVOKED:
        return CertificateState.REVOKED
    if record is State.SUPERSEDED:
        return CertificateState.SUPERSEDED
    if State.SUSPENDED in {record, words} or said == _SUSPENDED:
        return CertificateState.SUSPENDED
    if said == _EXPIRED or (ends is not None and ends < day):
        return CertificateState.EXPIRED
    if dt.date.fromisoformat(claim["validity"]["start"]) > day:
        return CertificateState.NOT_YET_VALID
    is_near = ends is not None and (ends - day).days <= max(WARN_DAYS)
    return CertificateState.EXPIRING if is_near else CertificateState.VALID
