"""The certification measure: a signed word in the life of a certificate or a record.

    credentialSubject: {"id": "<target key>", "log": "<origin>", "measure": "…", "reason": "…",
                        "about"?: "sha256:…", "deadline"?: "2027-01-31", "outcome"?: "accepted",
                        "criteria"?: […], "profile"?: {…}, "evidence"?: [{"digest": …}]}

`about` names the statement that this one answers; `log` the log in which it is said, so that it
cannot be said elsewhere. Suspending and revoking are status statements.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from openquality_validator import kinds
from openquality_validator.errors import StatusError
from openquality_validator.message import message
from openquality_validator.records import VerifiedRecord

TYPE = "CertificationMeasure"


class Kind(StrEnum):
    """Say what a measure is."""

    WARNING = "warning"
    REQUEST = "correctiveActionRequest"
    ACTION = "correctiveAction"
    CLOSURE = "closure"
    APPEAL = "appeal"
    DECISION = "decision"

    @property
    def opens(self) -> bool:
        """True for what answers nothing: whoever may speak about the target says it."""
        return self in {Kind.WARNING, Kind.REQUEST}


class Outcome(StrEnum):
    """Say what a closure or a decision comes to."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UPHELD = "upheld"
    REJECTED = "rejected"


_OUTCOMES: Mapping[Kind, frozenset[Outcome]] = MappingProxyType(
    {
        Kind.CLOSURE: frozenset({Outcome.ACCEPTED, Outcome.REFUSED}),
        Kind.DECISION: frozenset({Outcome.UPHELD, Outcome.REJECTED}),
    }
)


@dataclass(frozen=True, slots=True)
class Measure:
    """Hold a measure whose signature was verified.

    `target` is a key such as `certificate:ISO-9001/12`; `about` the digest of what it answers;
    `deadline` the last day (UTC) of a request; `issued` the day on which it was signed.
    """

    digest: str
    issuer: str
    target: str
    log: str
    kind: Kind
    reason: str
    issued: dt.date
    about: str | None = None
    deadline: dt.date | None = None
    outcome: Outcome | None = None
    criteria: tuple[str, ...] = ()
    profile: Mapping[str, str] | None = None
    evidence: tuple[Mapping[str, str], ...] = ()


def read(verified: VerifiedRecord) -> Measure:
    """Take a verified measure as a value. Raises StatusError (U020, U021, U023)."""
    return read_admitted(verified.value, digest=verified.digest)


def read_admitted(credential: Mapping[str, Any], *, digest: str) -> Measure:
    """Take a measure as a value that was verified before. Raises what `read` raises."""
    if kinds.of(credential).type != TYPE:
        raise StatusError(
            "U020",
            message("The statement is not a certification measure."),
            message("Make one with `openquality certification`."),
        )
    subject = credential["credentialSubject"]
    kind = Kind(subject["measure"])
    outcome = Outcome(subject["outcome"]) if "outcome" in subject else None
    _check_members(kind, subject, outcome)
    signed = dt.datetime.fromisoformat(credential["validFrom"]).astimezone(dt.UTC).date()
    deadline = dt.date.fromisoformat(subject["deadline"]) if "deadline" in subject else None
    if deadline is not None and deadline < signed:
        raise StatusError(
            "U023",
            message(
                "The deadline {deadline} lies before the day of signing, {signed}.",
                deadline=deadline,
                signed=signed,
            ),
            message("Give a day on which an answer can still be in time."),
        )
    return Measure(
        digest=digest,
        issuer=credential["issuer"]["id"],
        target=subject["id"],
        log=subject["log"],
        kind=kind,
        reason=subject["reason"],
        issued=signed,
        about=subject.get("about"),
        deadline=deadline,
        outcome=outcome,
        criteria=tuple(subject.get("criteria", ())),
        profile=subject.get("profile"),
        evidence=tuple(subject.get("evidence", ())),
    )


def _check_members(kind: Kind, subject: Mapping[str, Any], outcome: Outcome | None) -> None:
    wanted = {
        "about": not kind.opens,
        "deadline": kind is Kind.REQUEST,
        "outcome": kind in _OUTCOMES,
    }
    wrong = [name for name, is_asked in wanted.items() if (name in subject) is not is_asked]
    if outcome is not None and outcome not in _OUTCOMES.get(kind, {outcome}):
        wrong.append("outcome")
    if wrong:
        raise StatusError(
            "U021",
            message("The {kind} has not the right {member}.", kind=kind, member=wrong[0]),
            message(
                "A request has a deadline; a closure is accepted or refused, a decision upheld or "
                "rejected; all but warnings and requests say what they are about."
            ),
        )
