"""What the registry answers about certificates: a page of the list, and one with its whole life."""

import base64
import datetime as dt
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

import orjson

from openquality_registry.bootstrap import Parts
from openquality_registry.certificate_list import CertificateList, Filter, Voiced
from openquality_registry.certified import Certified, Reader, is_listed, newest
from openquality_registry.problems import Refused
from openquality_validator.certification import Appeal, Case, Event, Measure, Request
from openquality_validator.findings import Finding, Severity
from openquality_validator.message import join, message
from openquality_validator.status import certificate_key

LOOKED_AT: Final = 20  # statements that are read for each line asked for; then a page ends early


@dataclass(frozen=True, slots=True)
class Asked:
    """Hold a question: what the lines have in common, the day, and one page of the answer."""

    wanted: Filter
    day: dt.date
    limit: int
    cursor: str | None = None

    def fingerprint(self) -> str:
        """Return what the pages of one question have in common."""
        wanted = self.wanted
        asked = [wanted.holder, wanted.scheme, wanted.certifier, wanted.state, wanted.ends_by]
        return sha256(orjson.dumps([asked, self.day])).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Page:
    """Hold a page of the list, of the log at `size`; `next` continues it."""

    items: tuple[Certified, ...]
    size: int
    next: str | None


def page(parts: Parts, listed: CertificateList, asked: Asked) -> Page:
    """Read one page, by key, then by issuer. Waits for the database.

    A page may have fewer lines than asked for while `next` says that there are more: so many
    statements are read for one page and no more. Raises Refused for a cursor of another question.
    """
    after, size = _start(asked, parts)
    reader = Reader(parts, listed, asked.day, size=size)
    found: list[Certified] = []
    while True:
        voices = listed.voices(asked.wanted, size=reader.size, after=after, limit=asked.limit)
        for each in voices:
            after = each
            line = reader.current(each.key, each.issuer)
            if line is not None and _fits(line, asked.wanted):
                found.append(line)
            if len(found) == asked.limit or reader.read >= asked.limit * LOOKED_AT:
                return Page(tuple(found), size, _cursor(asked, after, size))
        if len(voices) < asked.limit:
            return Page(tuple(found), size, None)


def _fits(line: Certified, wanted: Filter) -> bool:
    """Tell whether the word that counts now is as asked: an earlier one may have been found."""
    standing, by = line.standing, wanted.ends_by
    if by is not None and (not standing.state.holds or standing.ends is None or standing.ends > by):
        return False
    return (
        (wanted.state is None or standing.state is wanted.state)
        and (wanted.holder is None or wanted.holder in line.said.holders)
        and (wanted.certifier is None or line.said.is_assessor)
    )


def _start(asked: Asked, parts: Parts) -> tuple[Voiced | None, int]:
    size = parts.published_size()
    if asked.cursor is None:
        return None, size
    try:
        padded = asked.cursor + "=" * (-len(asked.cursor) % 4)
        name, key, issuer, at = orjson.loads(base64.b64decode(padded, altchars=b"-_"))
        is_right = name == asked.fingerprint() and type(at) is int and 0 <= at <= size
        after = Voiced(str(key), str(issuer))
    except (ValueError, TypeError):
        is_right = False
    if not is_right:
        said = message("The cursor does not continue this question.")
        hint = message("Repeat the question of the first page with the `next` of the page before.")
        finding = Finding("Q009", Severity.ERROR, "/cursor", said, hint)
        raise Refused("invalid-question", join(" ", (said, hint)), (finding,)) from None
    return after, at


def _cursor(asked: Asked, after: Voiced, size: int) -> str:
    data = orjson.dumps([asked.fingerprint(), after.key, after.issuer, size])
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class Life:
    """Hold one certificate: the newest word of each issuer, all words, and its case, as of a day.

    `size` is that of the log as it stood then.
    """

    key: str
    scheme: str
    number: str
    day: dt.date
    size: int
    current: tuple[Certified, ...]
    claims: tuple[Certified, ...]
    case: Case


def life(parts: Parts, listed: CertificateList, scheme: str, number: str, day: dt.date) -> Life:
    """Read one certificate, those of listed certifiers first. Waits for the database.

    Raises Refused for one of which the log says nothing on that day.
    """
    key = certificate_key(scheme, number)
    reader = Reader(parts, listed, day, size=parts.published_size())
    claims, case = reader.claims(key), reader.case(key)
    if not claims and not case.events:
        raise Refused(
            "unknown-certificate",
            message("GET /v1/certificates lists those of a subject, a scheme or a certifier."),
        )
    by_issuer: dict[str, tuple[Certified, ...]] = {}
    for each in claims:
        by_issuer[each.said.issuer] = (*by_issuer.get(each.said.issuer, ()), each)
    current = [found for own in by_issuer.values() if (found := newest(own)) is not None]
    current.sort(key=lambda each: (not each.is_listed, not each.said.is_assessor, each.said.issuer))
    return Life(key, scheme, number, day, reader.size, tuple(current), claims, case)


def life_json(parts: Parts, found: Life) -> dict[str, Any]:
    """Write a certificate with stable members; None is not stated."""
    accreditors = parts.folder.accreditors
    return {
        "certificate": found.key,
        "scheme": found.scheme,
        "number": found.number,
        "asOf": found.day.isoformat(),
        "standing": [each.to_json() for each in found.current],
        "voices": [
            {
                "voice": did,
                "state": state.value,
                "listed": is_listed(did, found.key, accreditors),
            }
            for did, state in sorted(found.case.states.by_voice.items())
        ],
        "warnings": [
            {"statement": each.said.digest, "issuer": each.said.issuer, "lifted": each.is_lifted}
            for each in found.case.warnings
        ],
        "requests": [_request(each, found.day) for each in found.case.requests],
        "appeals": [_appeal(each) for each in found.case.appeals],
        "claims": [each.to_json() for each in found.claims],
        "events": [_event(each) for each in found.case.events],
        "log": {"origin": parts.folder.origin, "size": found.size},
    }


def _request(each: Request, day: dt.date) -> dict[str, Any]:
    return {
        "statement": each.asked.digest,
        "issuer": each.asked.issuer,
        "deadline": each.deadline.isoformat(),
        "open": each.is_open,
        "overdue": each.is_overdue(day),
        "awaitsAnswer": each.awaits_answer,
        "lifted": each.is_lifted,
        "answers": [said.digest for said in each.answers],
        "closures": [{"statement": said.digest, "outcome": said.outcome} for said in each.closures],
    }


def _appeal(each: Appeal) -> dict[str, Any]:
    decision = each.decision
    return {
        "statement": each.said.digest,
        "issuer": each.said.issuer,
        "against": each.against.digest,
        "decision": None
        if decision is None
        else {"statement": decision.digest, "outcome": decision.outcome},
    }


def _event(each: Event) -> dict[str, Any]:
    said = each.said
    found = {
        "index": each.index,
        "admitted": each.admitted.isoformat(),
        "statement": said.digest,
        "issuer": said.issuer,
        "reason": said.reason,
    }
    if not isinstance(said, Measure):
        return found | {"said": said.voice.value}
    return found | {
        "said": said.kind.value,
        "about": said.about,
        "deadline": None if said.deadline is None else said.deadline.isoformat(),
        "outcome": said.outcome,
        "criteria": list(said.criteria),
        "profile": said.profile,
        "evidence": list(said.evidence),
    }
