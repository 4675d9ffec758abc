"""What a profile says about a subject on a day, as a value and as JSON (docs/spec/profile.md)."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal, localcontext
from fractions import Fraction
from typing import Any

from openquality_validator.evidence import Accreditor
from openquality_validator.message import message
from openquality_validator.profiles.closing import closes
from openquality_validator.profiles.held import Proof
from openquality_validator.profiles.judged import Judged, State
from openquality_validator.profiles.profile import Indicator, Level, Profile, Section

VERSION = 1
NOTICE = message(
    "This is what the records show under a profile; it is no certificate, and not the word of "
    "the scheme's owner."
)
_PLACES = Decimal("0.01")
_DIGITS = 60  # more than any score with two places has


@dataclass(frozen=True, slots=True)
class Outcome:
    """Hold how one indicator came out."""

    indicator: Indicator
    judged: Judged

    @property
    def earned(self) -> Fraction:
        """Its points if it passed, else none."""
        return self.indicator.points if self.judged.state is State.PASSED else Fraction(0)


@dataclass(frozen=True, slots=True)
class SectionScore:
    """Hold the points of a section that applies, of what it is worth."""

    section: Section
    worth: Fraction
    points: Fraction


@dataclass(frozen=True, slots=True)
class Assessment:
    """Hold the whole: whoever has the records, the list and the day computes it again.

    `records` are the digests that were looked at, with what was proved of each; `is_preview` says
    that some were not even signed. `producers` are those who call themselves the producer of the
    subject; if they are several, nobody here decides who is right. `level` is None if none is
    reached.
    """

    profile: Profile
    subject: str
    as_of: dt.date
    parameters: Mapping[str, str]
    accreditors: tuple[Accreditor, ...]
    points: Fraction
    level: Level | None
    blocked_by: tuple[str, ...]
    sections: tuple[SectionScore, ...]
    outcomes: tuple[Outcome, ...]
    holds_until: dt.date | None
    records: tuple[tuple[str, Proof], ...]
    producers: tuple[str, ...]
    is_preview: bool

    @property
    def open(self) -> Iterator[Outcome]:
        """What keeps points or a level away."""
        fine = {State.PASSED, State.NOT_APPLICABLE}
        return (each for each in self.outcomes if each.judged.state not in fine)

    def to_json(self) -> dict[str, Any]:
        """Write it with stable members; points are rounded down to two places."""
        scores = {each.section.id: each for each in self.sections}
        return {
            "v": VERSION,
            "profile": self.named(),
            "title": self.profile.title,
            "basis": self.profile.basis,
            "notice": NOTICE,
            "preview": self.is_preview,
            "subject": self.subject,
            "asOf": self.as_of.isoformat(),
            "parameters": dict(self.parameters),
            "points": rounded(self.points),
            "of": rounded(self.profile.points),
            "level": None
            if self.level is None
            else {"id": self.level.id, "title": self.level.title},
            "blockedBy": list(self.blocked_by),
            "holdsUntil": None if self.holds_until is None else self.holds_until.isoformat(),
            "sections": [
                {
                    "id": each.id,
                    "title": each.title,
                    "points": None if each.id not in scores else rounded(scores[each.id].points),
                    "of": rounded(each.points),
                }
                for each in self.profile.sections
            ],
            "indicators": [_indicator(each, self) for each in self.outcomes],
            "records": [
                {"statement": digest, "proof": proof.value} for digest, proof in self.records
            ],
            "producers": list(self.producers),
            "accreditors": [
                {"did": each.did, "schemes": list(each.schemes)} for each in self.accreditors
            ],
        }

    def named(self) -> dict[str, str]:
        """Name the profile by its exact bytes."""
        profile = self.profile
        return {"id": profile.id, "version": profile.version, "digest": profile.digest}

    def result(self) -> dict[str, Any]:
        """Write the member `result` of an assessment that an assessor signs."""
        parameters = [{"name": name, "value": value} for name, value in self.parameters.items()]
        return {
            "profile": self.named(),
            "asOf": self.as_of.isoformat(),
            **({"parameters": parameters} if parameters else {}),
            "points": rounded(self.points),
            **({} if self.level is None else {"level": self.level.id}),
            "blockedBy": list(self.blocked_by),
            "sections": [
                {"id": each.section.id, "points": rounded(each.points)} for each in self.sections
            ],
            "indicators": [
                {"id": each.indicator.id, "state": each.judged.state.value}
                for each in self.outcomes
            ],
            **({} if self.holds_until is None else {"holdsUntil": self.holds_until.isoformat()}),
            "records": [digest for digest, _ in self.records],
        }


def rounded(points: Fraction) -> str:
    """Write points with two places, rounded down: a score never looks like more than it is."""
    with localcontext() as context:
        context.prec = _DIGITS
        context.rounding = ROUND_FLOOR
        exact = Decimal(points.numerator) / points.denominator
        return f"{exact.quantize(_PLACES):f}"


def _indicator(outcome: Outcome, whole: Assessment) -> dict[str, Any]:
    indicator, judged = outcome.indicator, outcome.judged
    is_open = judged.state not in {State.PASSED, State.NOT_APPLICABLE}
    return {
        "id": indicator.id,
        "section": indicator.section,
        "title": indicator.title,
        "state": judged.state.value,
        "reasons": list(judged.reasons),
        "critical": indicator.critical,
        "points": rounded(outcome.earned),
        "of": rounded(indicator.points),
        "assumed": list(indicator.assumed),
        "until": None if judged.until is None else judged.until.isoformat(),
        "records": [{"statement": each.statement, "part": each.part} for each in judged.sources],
        "closes": closes(indicator, whole.profile, whole.parameters) if is_open else None,
    }
