"""One certificate as the log holds it: what records say of it, and how it stands on a day."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from openquality_registry.as_of import size_on
from openquality_registry.bootstrap import Parts
from openquality_registry.certificate_list import CertificateList, Place
from openquality_registry.certification import events
from openquality_validator import certification, envelope
from openquality_validator.certification import Case, CertificateSaid, Request
from openquality_validator.certification.standing import Standing, stands
from openquality_validator.entry import Entry
from openquality_validator.evidence import Accreditor
from openquality_validator.status import State, certificate_of

Json = Mapping[str, Any]
MOST: Final = 100  # claims of one certificate that are read, the newest


@dataclass(frozen=True, slots=True)
class Certified:
    """Hold what one claim in one record says of a certificate, and how it stands by that.

    `record` is how the record stands; `voices` are the DIDs whose word on the certificate counts
    for the claim, in this registry; `requests` what they ask for and is not ended.
    """

    said: CertificateSaid
    claim: Json
    credential: Json
    digest: str
    index: int
    admitted_at: str
    is_listed: bool
    record: State
    voices: frozenset[str]
    standing: Standing
    requests: tuple[Request, ...]

    @property
    def issued(self) -> tuple[str, str]:
        """What says which of two words is newer, as in a profile."""
        return self.credential["validFrom"], self.digest

    def to_json(self) -> dict[str, Any]:
        """Write it with stable members; None is not stated."""
        claim, standing = self.claim, self.standing
        validity = claim["validity"]
        return {
            "certificate": self.said.key,
            "scheme": claim["scheme"]["code"],
            "edition": claim["scheme"]["edition"],
            "number": claim["number"],
            "holders": list(self.said.holders),
            "issuer": self.said.issuer,
            "certifier": self.said.certifier,
            "byCertifier": self.said.is_assessor,
            "listed": self.is_listed,
            "state": standing.state.value,
            "expiresIn": standing.expires_in,
            "validity": {"start": validity["start"], "end": validity.get("end")},
            "stated": claim["status"],
            "cycleStage": claim.get("cycleStage"),
            "lastAudit": claim.get("lastAudit"),
            "nextAudit": claim.get("nextAudit"),
            "nonconformities": claim.get("nonconformities"),
            "openRequests": len(self.requests),
            "overdueRequests": sum(each.is_overdue(standing.day) for each in self.requests),
            "record": self.record.value,
            "statement": self.digest,
            "claim": self.said.claim,
            "index": self.index,
            "admittedAt": self.admitted_at,
        }


class Reader:
    """Read certificates as the log held them at the end of a day. Waits for the database.

    `size` is that of the log that is looked at; no entry of a later day is. `read` counts the
    statements that were read.
    """

    def __init__(self, parts: Parts, listed: CertificateList, day: dt.date, *, size: int) -> None:
        self._parts = parts
        self._store = parts.folder.store
        self._listed = listed
        self._cases: dict[str, Case] = {}
        self.read = 0
        self.day = day
        self.size = size_on(self._store, day, size=size)

    def claims(self, key: str, issuer: str | None = None) -> tuple[Certified, ...]:
        """Return what the newest records say of a certificate, by one issuer or all."""
        places = self._listed.places(key, issuer, size=self.size, most=MOST)
        found = (self._read(key, each) for each in places)
        return tuple(each for each in found if each.credential["validFrom"][:10] <= str(self.day))

    def current(self, key: str, issuer: str) -> Certified | None:
        """Return the newest word of an issuer on a certificate, of those that stand if any does."""
        return newest(self.claims(key, issuer))

    def case(self, key: str) -> Case:
        """Derive what was said about a certificate, in the order of the log."""
        if key not in self._cases:
            origin = self._parts.folder.origin
            said = [each for each in self._store.said_about(key) if each[0] < self.size]
            self.read += len(said)
            self._cases[key] = certification.derive(key, events(said, log=origin), log=origin)
        return self._cases[key]

    def _read(self, key: str, place: Place) -> Certified:
        self.read += 1
        (data,) = self._store.entries(place.index, place.index + 1)
        entry = Entry.from_bytes(data)
        statement = self._store.statement(entry.digest)
        assert statement is not None
        credential = envelope.credential(envelope.parse_envelope(statement).payload).value
        claim = credential["credentialSubject"]["claims"][place.position]
        said = next(
            each for each in certification.certificates(credential) if each.claim == claim["id"]
        )
        listed = self._parts.folder.accreditors
        operator = self._parts.folder.status_key.did
        voices = certification.counts(said, accreditors=listed, others={operator})
        case = self.case(key)
        record = self._parts.bundler.state(entry.digest, entry.issuer, size=self.size)
        until = credential.get("validUntil")
        return Certified(
            said=said,
            claim=claim,
            credential=credential,
            digest=entry.digest,
            index=place.index,
            admitted_at=entry.admitted_at,
            is_listed=said.is_assessor and is_listed(said.issuer, key, listed),
            record=record,
            voices=voices,
            standing=stands(
                claim,
                self.day,
                record=record,
                words=case.states.worst(voices.__contains__),
                record_ends=None if until is None else _day(until),
            ),
            requests=tuple(each for each in case.open if each.asked.issuer in voices),
        )


def newest(claims: tuple[Certified, ...]) -> Certified | None:
    """Return the newest of several words of one issuer, of those that stand if any does."""
    standing = [each for each in claims if each.record is State.ACTIVE]
    return max(standing or claims, key=lambda each: each.issued, default=None)


def is_listed(did: str, key: str, accreditors: tuple[Accreditor, ...]) -> bool:
    """Tell whether a DID is listed for the scheme of a certificate."""
    named = certificate_of(key)
    return named is not None and any(each.covers(did, named[0]) for each in accreditors)


def _day(text: str) -> dt.date:
    return dt.datetime.fromisoformat(text).astimezone(dt.UTC).date()
