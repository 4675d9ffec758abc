"""Evaluate a profile: records with their standing in, an assessment out; the same for everybody.

1. the records that have to do with the subject, each once, by digest
2. each indicator, after those on which its condition rests
3. the score of each section, then the whole
4. what blocks: critical indicators, required evidence, sections in which nothing was judged
5. the level: the highest that holds with all levels below it
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from openquality_validator import catalogue as catalogues
from openquality_validator.errors import InvalidInput
from openquality_validator.evidence import Accreditor
from openquality_validator.message import message
from openquality_validator.profiles import answers, certificates, claims, metrics
from openquality_validator.profiles.assessment import Assessment, Outcome, SectionScore
from openquality_validator.profiles.held import (
    About,
    Held,
    Proof,
    Related,
    related,
    speaks_as_producer,
)
from openquality_validator.profiles.judged import Judged, State, earliest
from openquality_validator.profiles.profile import (
    Applies,
    CertificateAsked,
    ClaimAsked,
    Indicator,
    Level,
    MetricAsked,
    Profile,
)

_NOT_ASKED = Judged(State.NOT_APPLICABLE, ("conditionDoesNotHold",))


@dataclass(frozen=True, slots=True)
class _Case:
    """Hold what every indicator of one assessment is judged by."""

    profile: Profile
    as_of: dt.date
    accreditors: tuple[Accreditor, ...]
    parameters: Mapping[str, str]
    subject_type: str | None
    records: tuple[Related, ...]
    values: tuple[metrics.Value, ...]
    answers: Mapping[str, tuple[answers.Answer, ...]]
    surveyed: dt.date | None


def evaluate(
    profile: Profile,
    records: Iterable[Held],
    *,
    subject: str,
    as_of: dt.date,
    accreditors: Sequence[Accreditor] = (),
    parameters: Mapping[str, str] | None = None,
    producer: str | None = None,
) -> Assessment:
    """Say what the profile says about a subject on a day.

    `records` are verified; those that have nothing to do with the subject change nothing.
    `accreditors` is the verifier's list: certifiers by the scheme of their certificates, assessors
    by the scheme of the profile. `producer` says whose word on a product or service is its
    producer's, if several call themselves so.
    Raises InvalidInput (Z210, Z211) for parameters that the profile does not have and a subject of
    a type that it does not assess.
    """
    given = _parameters(profile, parameters or {})
    # (1) its records
    found = related(records, subject, as_of=as_of, producer=producer)
    case = _Case(
        profile,
        as_of,
        tuple(accreditors),
        given,
        _subject_type(profile, found),
        found,
        metrics.values(found),
        answers.answers(found),
        answers.survey(found, profile, as_of=as_of, accreditors=accreditors),
    )
    # (2) its indicators
    judged: dict[str, Judged] = {}
    for each in profile.order:
        applies = _applies(each.applies, case, judged)
        judged[each.id] = _judge(each, case) if applies else _NOT_ASKED
    outcomes = tuple(Outcome(each, judged[each.id]) for each in profile.indicators)
    # (3) its score
    sections = tuple(_score(profile, outcomes))
    whole = sum((each.worth for each in sections), Fraction(0))
    earned = sum((each.points for each in sections), Fraction(0))
    points = profile.points * earned / whole if whole else Fraction(0)
    # (4) what blocks
    blocked = tuple(_blocked(profile, outcomes))
    # (5) its level
    level = _level(profile, points, sections, judged, is_blocked=bool(blocked))
    return Assessment(
        profile=profile,
        subject=subject,
        as_of=as_of,
        parameters=given,
        accreditors=case.accreditors,
        points=points,
        level=level,
        blocked_by=blocked,
        sections=sections,
        outcomes=outcomes,
        holds_until=earliest(
            *(each.judged.until for each in outcomes if each.judged.state is State.PASSED)
        ),
        records=tuple((each.held.record.digest, each.held.proof) for each in found),
        producers=tuple(
            sorted(
                {
                    each.held.record.issuer
                    for each in found
                    if each.about is About.ITSELF and speaks_as_producer(each.held)
                }
            )
        ),
        is_preview=any(each.held.proof is Proof.DRAFT for each in found),
    )


def _parameters(profile: Profile, given: Mapping[str, str]) -> dict[str, str]:
    for name, value in given.items():
        if value not in profile.parameters.get(name, ()):
            known = [
                f"{each}={one}" for each, values in profile.parameters.items() for one in values
            ]
            raise InvalidInput(
                "Z210",
                message("{id} knows no {name}={value}.", id=profile.id, name=name, value=value),
                message("It knows: {known}.", known=", ".join(known) or message("none")),
            )
    return {**profile.defaults, **given}


def _subject_type(profile: Profile, records: Iterable[Related]) -> str | None:
    own = [each.held for each in records if each.about is About.ITSELF]
    # What a stranger calls it decides only where its producer says nothing.
    voices = [each for each in own if speaks_as_producer(each)] or own
    types = {str(each.subject["type"]) for each in voices}
    wrong = sorted(types) if types.isdisjoint(profile.subject_types) else ()
    if wrong:
        raise InvalidInput(
            "Z211",
            message("{id} does not assess a subject of type {type}.", id=profile.id, type=wrong[0]),
            message("It assesses: {types}.", types=", ".join(profile.subject_types)),
        )
    types &= set(profile.subject_types)
    return min(types, default=None)


def _applies(when: Applies, case: _Case, judged: Mapping[str, Judged]) -> bool:
    return (
        (not when.subject_types or case.subject_type in when.subject_types)
        and all(case.parameters[name] in values for name, values in when.parameters)
        and all(judged[name].state in states for name, states in when.indicators)
    )


def _judge(indicator: Indicator, case: _Case) -> Judged:
    asks = indicator.asks
    day, listed = case.as_of, case.accreditors
    match asks:
        case MetricAsked():
            query = asks.queries[case.parameters.get(asks.parameter, "")]
            return metrics.judge(query, case.values, as_of=day, accreditors=listed)
        case CertificateAsked():
            return certificates.judge(
                asks,
                case.records,
                as_of=day,
                accreditors=listed,
                cycle=case.profile.cycle,
                catalogue=catalogues.load(),
            )
        case ClaimAsked():
            return claims.judge(
                asks, case.records, as_of=day, accreditors=listed, catalogue=catalogues.load()
            )
        case _:
            return answers.judge(
                asks,
                case.answers.get(asks.criterion, ()),
                as_of=day,
                accreditors=listed,
                profile=case.profile,
                surveyed=case.surveyed,
            )


def _score(profile: Profile, outcomes: Sequence[Outcome]) -> Iterator[SectionScore]:
    for section in profile.sections:
        own = [each for each in outcomes if each.indicator.section == section.id]
        asked = [each for each in own if each.judged.state is not State.NOT_APPLICABLE]
        possible = sum((each.indicator.points for each in asked), Fraction(0))
        if possible:
            earned = sum((each.earned for each in asked), Fraction(0))
            yield SectionScore(section, section.points, section.points * earned / possible)


def _blocked(profile: Profile, outcomes: Sequence[Outcome]) -> Iterator[str]:
    fine = {State.PASSED, State.NOT_APPLICABLE}
    for each in outcomes:
        if each.indicator.critical and (
            each.judged.state not in fine or answers.AS_NOT_APPLICABLE in each.judged.reasons
        ):
            yield each.indicator.id
    there = frozenset[str]().union(*(each.judged.evidence for each in outcomes))
    for kind in profile.required_evidence:
        if kind not in there:
            yield f"evidence:{kind}"
    for section in profile.sections if profile.every_section else ():
        states = {each.judged.state for each in outcomes if each.indicator.section == section.id}
        if not states & {State.PASSED, State.FAILED}:
            yield f"section:{section.id}"


def _level(
    profile: Profile,
    points: Fraction,
    sections: Sequence[SectionScore],
    judged: Mapping[str, Judged],
    *,
    is_blocked: bool,
) -> Level | None:
    reached = None
    for level in profile.levels:
        if not level.always and (is_blocked or not _holds(level, points, sections, judged)):
            break
        reached = level
    return reached


def _holds(
    level: Level,
    points: Fraction,
    sections: Sequence[SectionScore],
    judged: Mapping[str, Judged],
) -> bool:
    fine = {State.PASSED, State.NOT_APPLICABLE}
    return (
        points >= level.min_points
        and all(each.points >= level.min_section * each.worth for each in sections)
        and all(judged[name].state in fine for name in level.requires)
    )
