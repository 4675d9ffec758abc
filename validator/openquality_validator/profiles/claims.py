"""Judge a claim asked for: of a type, in force, with the kinds of evidence that it needs."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from openquality_validator.catalogue import Catalogue
from openquality_validator.evidence import Accreditor, Relation, standing
from openquality_validator.profiles.held import Held, Related, is_assessment
from openquality_validator.profiles.judged import (
    Judged,
    Source,
    State,
    earliest,
    missing,
    passed,
    stale,
)
from openquality_validator.profiles.metrics import WITHDRAWN, bound
from openquality_validator.profiles.profile import ClaimAsked

Json = Mapping[str, Any]
_PROMISE = "ServiceLevelClaim"


def judge(
    asked: ClaimAsked,
    records: Iterable[Related],
    *,
    as_of: dt.date,
    accreditors: Sequence[Accreditor],
    catalogue: Catalogue,
) -> Judged:
    """Judge the claims of the type; one that is as asked for is enough."""
    found = [
        _judge(asked, each.held, claim, as_of)
        for each in records
        if not is_assessment(each.held)
        for claim in each.held.subject["claims"]
        if claim["type"] == asked.claim
        and asked.metric in {None, claim.get("metric", claim.get("indicator"))}
        and standing(each.held.record.value, claim, catalogue).relation_for(
            each.held.record.issuer, accreditors
        )
        in {Relation.PRODUCER, Relation.ASSESSOR}
    ]
    for state in (State.PASSED, State.STALE):
        same = [each for each in found if each.state is state]
        if same:
            return same[0]
    if not found:
        return missing()
    reasons = sorted({reason for each in found for reason in each.reasons})
    return missing(*reasons, sources=[source for each in found for source in each.sources])


def _judge(asked: ClaimAsked, held: Held, claim: Json, as_of: dt.date) -> Judged:
    source = [Source(held.record.digest, claim["id"])]
    if not held.is_active:
        return missing(WITHDRAWN, sources=source)
    kinds = bound(held, claim)
    if lacking := sorted(asked.evidence - kinds):
        return missing(*(f"evidence:{kind}" for kind in lacking), sources=source)
    period = claim.get("period")
    start = held.issued if period is None else dt.date.fromisoformat(period["start"])
    end = held.issued if period is None else dt.date.fromisoformat(period["end"])
    until = held.ends
    if claim["type"] == _PROMISE:
        until = earliest(until, end)
    if asked.max_age_days is not None:
        until = earliest(until, end + dt.timedelta(days=asked.max_age_days))
    if start > as_of:
        return missing("periodAhead", sources=source)
    if until is not None and until < as_of:
        return stale("tooOld", sources=source)
    return passed(source, until=until, evidence=kinds)
