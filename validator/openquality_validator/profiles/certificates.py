"""Judge a certificate asked for: one that is valid, active, in scope and audited in time."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from openquality_validator.catalogue import Catalogue
from openquality_validator.evidence import Accreditor, Relation, standing
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
from openquality_validator.profiles.metrics import WITHDRAWN, bound
from openquality_validator.profiles.profile import CertificateAsked, Cycle

Json = Mapping[str, Any]
_CERTIFICATE = "CertificateClaim"
_BEST = (State.PASSED, State.FAILED, State.STALE, State.MISSING)  # what is said of several


@dataclass(frozen=True, slots=True)
class _Said:
    """Hold what one statement says about a certificate, and whether the certifier itself does."""

    held: Held
    claim: Json
    by_certifier: bool

    @property
    def source(self) -> Source:
        return Source(self.held.record.digest, self.claim["id"])


def judge(
    asked: CertificateAsked,
    records: Iterable[Related],
    *,
    as_of: dt.date,
    accreditors: Sequence[Accreditor],
    cycle: Cycle,
    catalogue: Catalogue,
) -> Judged:
    """Judge the certificates of the subject, or of who makes it.

    Of each certificate the newest word counts, and a certifier that is listed for the scheme has
    the word before everybody else. One certificate that is as asked for is enough.
    """
    by_number: dict[tuple[str, str], list[_Said]] = {}
    for each in _said(asked, records, accreditors, catalogue):
        scheme = each.claim["scheme"]["code"]
        by_number.setdefault((scheme, each.claim["number"]), []).append(each)
    found = [_judge(asked, each, as_of, cycle) for _, each in sorted(by_number.items())]
    if not found:
        return missing()
    best = min(found, key=lambda each: _BEST.index(each.state))
    if best.state is State.PASSED:
        # Of several that pass, the one that passes longest says until when.
        days = [each.until for each in found if each.state is State.PASSED]
        known = [day for day in days if day is not None]
        until = None if None in days else max(known)
        return passed(best.sources, until=until, evidence=best.evidence)
    return best


def _said(
    asked: CertificateAsked,
    records: Iterable[Related],
    accreditors: Sequence[Accreditor],
    catalogue: Catalogue,
) -> Iterator[_Said]:
    for each in records:
        held = each.held
        if is_assessment(held) or each.about is About.MADE:
            continue
        for claim in held.subject["claims"]:
            if claim["type"] != _CERTIFICATE or claim["scheme"]["code"] not in asked.schemes:
                continue
            stands = standing(held.record.value, claim, catalogue)
            relation = stands.relation_for(held.record.issuer, accreditors)
            if relation in {Relation.PRODUCER, Relation.ASSESSOR}:
                yield _Said(held, claim, relation is Relation.ASSESSOR)


def _judge(asked: CertificateAsked, said: Sequence[_Said], as_of: dt.date, cycle: Cycle) -> Judged:
    """Judge one certificate by the newest word that counts."""
    standing_ = [each for each in said if each.held.is_active]
    own = [each for each in standing_ if each.by_certifier]
    counted = own if asked.accredited else own or standing_
    if not counted:
        reason = "notAccredited" if standing_ else WITHDRAWN
        return missing(reason, sources=[each.source for each in said])
    newest = max(
        counted, key=lambda each: (each.held.record.value["validFrom"], each.held.record.digest)
    )
    claim, source = newest.claim, [newest.source]
    if wrong := tuple(_differs(asked, claim, as_of)):
        return missing(*wrong, sources=source)
    if bad := tuple(_fails(asked, newest)):
        return failed(*bad, sources=source)
    ends = earliest(_day(claim["validity"].get("end")), newest.held.ends)
    last = _day(claim.get("lastAudit")) if asked.audited else None
    due = None if last is None else last + dt.timedelta(days=cycle.surveyed)
    if old := tuple(_old(ends, due, as_of)):
        return stale(*old, sources=source)
    return passed(source, until=earliest(ends, due), evidence=bound(newest.held, claim))


def _old(ends: dt.date | None, due: dt.date | None, as_of: dt.date) -> Iterator[str]:
    if ends is not None and ends < as_of:
        yield "expired"
    if due is not None and due < as_of:
        yield "surveillanceOverdue"


def _day(text: str | None) -> dt.date | None:
    return None if text is None else dt.date.fromisoformat(text)


def _differs(asked: CertificateAsked, claim: Json, as_of: dt.date) -> Iterator[str]:
    if claim["validity"]["start"] > as_of.isoformat():
        yield "notYetValid"
    if asked.audited and "lastAudit" not in claim:
        yield "auditNotStated"
    if asked.editions and claim["scheme"]["edition"] not in asked.editions:
        yield "editionDiffers"
    if asked.scope is not None:
        scheme, code = asked.scope
        listed = claim["scope"].get("codes", ())
        if not any(each["code"] == code and scheme in {None, each["scheme"]} for each in listed):
            yield "outOfScope"


def _fails(asked: CertificateAsked, said: _Said) -> Iterator[str]:
    claim = said.claim
    if (state := said.held.certificates.get(claim["id"])) is not None:
        yield f"certificate:{state}"
    elif claim["status"] != "active":
        yield f"certificate:{claim['status']}"
    open_ = claim.get("nonconformities")
    for limit, name in ((asked.max_major, "major"), (asked.max_minor, "minor")):
        if limit is not None and (open_ is None or open_[name] > limit):
            yield f"openNonconformities:{name}" if open_ else f"nonconformitiesNotStated:{name}"
