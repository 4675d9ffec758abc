"""The page of one certificate: how it stands first, then what is open about it, and its life."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from openquality_registry import certificate_answers
from openquality_registry.adapters.sql.certificate_list import SqlCertificateList
from openquality_registry.bootstrap import Parts
from openquality_registry.certificate_answers import Asked, Life
from openquality_registry.certificate_list import Filter
from openquality_registry.certified import Certified, is_listed
from openquality_registry.http.routes.certificates import named
from openquality_registry.pages import rendering, words
from openquality_registry.pages.days import asked_day
from openquality_registry.pages.standing import certificate_line, certificate_path
from openquality_registry.pages.state import StateLine
from openquality_validator.certification import Event, Kind, Measure, Outcome
from openquality_validator.certification import Request as Wanted
from openquality_validator.evidence import Independence
from openquality_validator.message import message
from openquality_validator.status import Voice

Json = Mapping[str, Any]
SOME: Final = 20  # certificates on the page of a supplier
SAID: Final[Mapping[str, str]] = {
    Voice.SUSPENDED: message("Suspended"),
    Voice.REINSTATED: message("Reinstated"),
    Voice.REVOKED: message("Revoked"),
    Kind.WARNING: message("Warned"),
    Kind.REQUEST: message("Corrective action requested"),
    Kind.ACTION: message("Answered with a corrective action"),
    Kind.CLOSURE: message("Request closed"),
    Kind.APPEAL: message("Appealed"),
    Kind.DECISION: message("Appeal decided"),
}
OUTCOMES: Final[Mapping[str, str]] = {
    Outcome.ACCEPTED: message("the answer was accepted"),
    Outcome.REFUSED: message("the answer was refused"),
    Outcome.UPHELD: message("the appeal was upheld"),
    Outcome.REJECTED: message("the appeal was rejected"),
}
STAGES: Final[Mapping[str, str]] = {
    "initial": message("initial audit"),
    "surveillance": message("surveillance audit"),
    "recertification": message("recertification audit"),
    "transfer": message("taken over from another certifier"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """Hold a line about a certificate: who claims it, how it stands, where its page is."""

    certified: Certified
    line: StateLine
    path: str
    independence: Independence
    sign: str


@dataclass(frozen=True, slots=True)
class Open:
    """Hold a corrective-action request as a visitor reads it."""

    request: Wanted
    is_overdue: bool
    days: int
    word: str


def routes(parts: Parts) -> list[Route]:
    """Make the route of the page."""

    async def one(request: Request) -> Response:
        return await run_in_threadpool(_one, parts, request)

    return [Route("/certificates/{scheme}/{number:path}", one)]


def _one(parts: Parts, request: Request) -> Response:
    day = asked_day(request.query_params.get("asOf", ""), parts.clock.now().date())
    listed = SqlCertificateList(parts.folder.store.read)
    found = certificate_answers.life(parts, listed, *named(request), day)
    return rendering.page("certificate.html", view(parts, found))


def view(parts: Parts, found: Life) -> dict[str, Any]:
    """Make the model of a certificate's page."""
    current = [show(each) for each in found.current]
    counted = found.current[0].voices if found.current else frozenset[str]()
    holders = found.current[0].said.holders if found.current else ()
    return {
        "key": found.key,
        "scheme": found.scheme,
        "number": found.number,
        "path": certificate_path(found.key),
        "as_of": found.day.isoformat(),
        "is_today": found.day == parts.clock.now().date(),
        "main": current[0] if current else None,
        "others": current[1:],
        "stage": STAGES.get(found.current[0].claim.get("cycleStage", "")) if current else None,
        "open": [_open(each, found) for each in found.case.open if each.asked.issuer in counted],
        "warnings": [
            each
            for each in found.case.warnings
            if each.said.issuer in counted and not each.is_lifted
        ],
        "appeals": [each for each in found.case.appeals if each.decision is None],
        "events": [_event(each, parts, holders) for each in found.case.events],
        "claims": [show(each) for each in found.claims],
        "program": f"/v1{certificate_path(found.key)}?asOf={found.day}",
    }


def show(each: Certified) -> Shown:
    """Show one line about a certificate."""
    if each.is_listed:
        independence = Independence.ACCREDITED
    elif each.said.is_assessor:
        independence = Independence.THIRD_PARTY
    else:
        independence = Independence.SELF
    return Shown(
        each,
        certificate_line(each.standing),
        certificate_path(each.said.key),
        independence,
        words.SIGNS[independence.value],
    )


def held(parts: Parts, name: str) -> list[Shown]:
    """Return the certificates that somebody or something holds, some of them."""
    return _listed(parts, Filter(holder=name))


def issued(parts: Parts, did: str) -> list[Shown]:
    """Return the certificates that a certifier claims, some of them."""
    return _listed(parts, Filter(certifier=did))


def _listed(parts: Parts, wanted: Filter) -> list[Shown]:
    asked = Asked(wanted, parts.clock.now().date(), SOME)
    listed = SqlCertificateList(parts.folder.store.read)
    return [show(each) for each in certificate_answers.page(parts, listed, asked).items]


def _open(each: Wanted, found: Life) -> Open:
    days = (each.deadline - found.day).days
    overdue = each.is_overdue(found.day)
    return Open(each, overdue, abs(days), _due(days, is_overdue=overdue))


def _due(days: int, *, is_overdue: bool) -> str:
    if is_overdue:
        return message("overdue ({span})", span=words.span(-days))
    return message("{span} left", span=words.span(days)) if days else message("due today")


def _event(each: Event, parts: Parts, holders: Collection[str]) -> Json:
    said = each.said
    kind = said.kind if isinstance(said, Measure) else said.voice
    outcome = said.outcome if isinstance(said, Measure) else None
    return {
        "index": each.index,
        "day": each.admitted,
        "words": SAID[kind],
        "kind": kind.value,
        "issuer": said.issuer,
        "listed": is_listed(said.issuer, said.target, parts.folder.accreditors),
        "holds": said.issuer in holders,
        "reason": said.reason,
        "digest": said.digest,
        "about": said.about if isinstance(said, Measure) else None,
        "deadline": said.deadline if isinstance(said, Measure) else None,
        "outcome": None if outcome is None else OUTCOMES[outcome],
        "evidence": said.evidence if isinstance(said, Measure) else (),
    }
