"""Judge an answer asked for: a finding of an assessor, or a control that is documented."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isqrt
from typing import Any

from openquality_validator import evidence
from openquality_validator.evidence import Accreditor, Independence, Relation
from openquality_validator.profiles.held import About, Held, Related, is_assessment
from openquality_validator.profiles.judged import (
    Judged,
    Source,
    State,
    earliest,
    failed,
    missing,
    passed,
    stale,
)
from openquality_validator.profiles.metrics import WITHDRAWN
from openquality_validator.profiles.profile import AnswerAsked, Profile, SamplingAsked

Json = Mapping[str, Any]
AS_NOT_APPLICABLE = "assessedAsNotApplicable"
_ORDER = list(Independence)
_SEEN = {"observation", "verification"}  # what happened before the assessor's eyes is no file
_WRITTEN = ("question", "explanation", "reasoning")  # what a finding says beside its evidence


@dataclass(frozen=True, slots=True)
class Answer:
    """Hold one answer to a criterion, with the assessment in which it stands."""

    held: Held
    said: Json

    @property
    def end(self) -> dt.date:
        """The last day on which was assessed."""
        return dt.date.fromisoformat(self.held.subject["period"]["end"])

    @property
    def source(self) -> Source:
        """Where it stands."""
        return Source(self.held.record.digest, self.said["criterion"])

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of evidence that it binds: what is a file, by the digest of the file."""
        return frozenset(
            each["kind"]
            for each in self.said.get("evidence", ())
            if "digest" in each or each["kind"] in _SEEN
        )


def answers(records: Iterable[Related]) -> Mapping[str, tuple[Answer, ...]]:
    """List the answers about the subject, or about who makes it, by criterion."""
    found: dict[str, tuple[Answer, ...]] = {}
    for each in records:
        if each.about is About.MADE or not is_assessment(each.held):
            continue
        for said in each.held.subject.get("findings", ()):
            name = said["criterion"]
            found[name] = (*found.get(name, ()), Answer(each.held, said))
    return found


def judge(
    asked: AnswerAsked,
    found: Sequence[Answer],
    *,
    as_of: dt.date,
    accreditors: Sequence[Accreditor],
    profile: Profile,
    surveyed: dt.date | None,
) -> Judged:
    """Judge the answers to one criterion.

    Of each issuer the newest answer counts; one that is not `fulfilled` fails the indicator,
    whatever others say. `surveyed` is the last day of surveillance (see `survey`).
    """
    counted: list[Answer] = []
    why: dict[str, list[Source]] = {}
    for each in _newest(found, as_of):
        wrong = tuple(_wrong(each, asked, accreditors, profile))
        for reason in wrong:
            why.setdefault(reason, []).append(each.source)
        if not wrong:
            counted.append(each)
    if counted:
        return _judge(asked, counted, as_of, surveyed)
    if gone := [each.source for each in found if not each.held.is_active]:
        why[WITHDRAWN] = gone
    return missing(*sorted(why), sources=[source for each in why.values() for source in each])


def _judge(
    asked: AnswerAsked, counted: Sequence[Answer], as_of: dt.date, surveyed: dt.date | None
) -> Judged:
    """Judge the answers that count."""
    fresh = [each for each in counted if _until(each, asked.max_age_days) >= as_of]
    sources = [each.source for each in fresh]
    if not fresh:
        return stale("tooOld", sources=[each.source for each in counted])
    if bad := [each.source for each in fresh if each.said["conclusion"] == "notFulfilled"]:
        return failed("notFulfilled", sources=bad)
    if all(each.said["conclusion"] == "notApplicable" for each in fresh):
        return Judged(State.NOT_APPLICABLE, (AS_NOT_APPLICABLE,), tuple(sources))
    until = earliest(*(_until(each, asked.max_age_days) for each in fresh))
    if asked.floor is Independence.ACCREDITED:
        if surveyed is None or surveyed < as_of:
            return stale("surveillanceOverdue", sources=sources)
        until = earliest(until, surveyed)
    kinds = frozenset[str]().union(*(each.kinds for each in fresh))
    return passed(sources, until=until, evidence=kinds)


def survey(
    records: Iterable[Related],
    profile: Profile,
    *,
    as_of: dt.date,
    accreditors: Sequence[Accreditor],
) -> dt.date | None:
    """Return the last day of surveillance: the last assessment by a listed assessor holds so long.

    Findings hold for the whole cycle only if somebody looks again in between, at whatever part.
    """
    ends = [
        dt.date.fromisoformat(each.held.subject["period"]["end"])
        for each in records
        if each.about is not About.MADE
        and is_assessment(each.held)
        and each.held.is_active
        and each.held.subject.get("findings")
        and _stands(each.held, accreditors, profile.scheme)[1] is Relation.ASSESSOR
    ]
    last = max((end for end in ends if end <= as_of), default=None)
    return None if last is None else last + dt.timedelta(days=profile.cycle.surveyed)


def _newest(found: Iterable[Answer], as_of: dt.date) -> Iterator[Answer]:
    newest: dict[str, Answer] = {}
    for each in found:
        if not each.held.is_active or each.end > as_of:
            continue
        before = newest.get(each.held.record.issuer)
        if before is None or _recent(each) > _recent(before):
            newest[each.held.record.issuer] = each
    return iter([newest[issuer] for issuer in sorted(newest)])


def _recent(each: Answer) -> tuple[dt.date, str, str]:
    return each.end, each.held.record.value["validFrom"], each.held.record.digest


def _wrong(
    each: Answer,
    asked: AnswerAsked,
    accreditors: Sequence[Accreditor],
    profile: Profile,
) -> Iterator[str]:
    """Say why an answer does not count."""
    independence, relation = _stands(each.held, accreditors, profile.scheme)
    is_finding = asked.floor is Independence.ACCREDITED
    if _ORDER.index(independence) < _ORDER.index(asked.floor):
        yield "assessorNotListed"
    elif not is_finding and relation is Relation.OTHER:
        yield "relation"
    if is_finding and not all(each.said.get(name) for name in (*_WRITTEN, "evidence")):
        yield "findingIncomplete"
    for kind in sorted(asked.evidence - each.kinds):
        if each.said["conclusion"] == "fulfilled":
            yield f"evidence:{kind}"
    sampling = profile.sampling if is_finding else None
    if sampling is not None and not _enough(each.held.subject.get("sampling", {}), sampling):
        yield "sampleTooSmall"


def _stands(
    held: Held, accreditors: Sequence[Accreditor], scheme: str
) -> tuple[Independence, Relation]:
    subject, issuer = held.subject, held.record.issuer
    stands = evidence.standing_of(held.record.value, under=scheme)
    if subject["scheme"]["code"] != scheme:
        accreditors = ()  # listed for one scheme, it worked under another
    return (
        stands.independence_for(issuer, accreditors),
        stands.relation_for(issuer, accreditors),
    )


def _enough(stated: Json, asked: SamplingAsked) -> bool:
    n, population = stated.get("n", 0), stated.get("population")
    least = asked.least if population is None else min(asked.least, population)
    if asked.square_root:
        if population is None:
            return False
        root = isqrt(population)
        least = max(least, root + (root * root < population))
    return bool(n >= least)


def _until(each: Answer, age: int) -> dt.date:
    last = each.end + dt.timedelta(days=age)
    ends = each.held.ends
    return last if ends is None else min(last, ends)
