"""What whoever assesses holds: verified records, how each stands, and whom they are about."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from openquality_validator import kinds
from openquality_validator.documents import Record
from openquality_validator.evidence import Relation, Verification, standing_of
from openquality_validator.records import VerifiedRecord
from openquality_validator.validate import require_valid

Json = Mapping[str, Any]
ACTIVE = "active"
ASSESSMENT = "QualityAssessment"


class Proof(StrEnum):
    """Say what is proved about a record, strongest first."""

    LOGGED = "logged"  # it stands in a log, and how it stands is known
    SIGNED = "signed"
    DRAFT = "draft"  # nothing: the words of whoever wrote the file


class About(StrEnum):
    """Say how the subject of a record is related to the one that is assessed."""

    ITSELF = "itself"
    MADE = "made"  # what the assessed organisation makes or delivers
    MAKER = "maker"  # who makes or delivers the assessed product or service


@dataclass(frozen=True, slots=True)
class Held:
    """Hold one verified record and how it stands on the day of the assessment.

    `state` is that of a status answer: only `active` counts. `certificates` says by claim id how
    those certificates stand that somebody whose word counts suspended or revoked. `verification`
    says for each claim id how far its value was checked, where that is more than the record shows
    itself.
    """

    record: VerifiedRecord
    state: str = ACTIVE
    proof: Proof = Proof.LOGGED
    verification: Mapping[str, Verification] = field(default_factory=dict)
    certificates: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_active(self) -> bool:
        """True unless the record was suspended, revoked or superseded."""
        return self.state == ACTIVE

    @property
    def speaks(self) -> bool:
        """True for an attestation or an assessment: other statements say nothing of a subject."""
        kind = kinds.find(self.record.value)
        return kind is not None and kind.name in {kinds.ATTESTATION, kinds.ASSESSMENT}

    @property
    def subject(self) -> Json:
        """The subject of the record."""
        found: Json = self.record.value["credentialSubject"]
        return found

    @property
    def issued(self) -> dt.date:
        """The day (UTC) from which the record holds."""
        return _day(self.record.value["validFrom"])

    @property
    def ends(self) -> dt.date | None:
        """The last day (UTC) on which the record holds, if it has one."""
        until = self.record.value.get("validUntil")
        return None if until is None else _day(until)


@dataclass(frozen=True, slots=True)
class Related:
    """Hold a record that has to do with the assessed subject, and how."""

    held: Held
    about: About


def draft(record: Record, *, digest: str) -> Held:
    """Hold an unsigned record as if its issuer had signed it: for a preview, never for a result.

    Raises InvalidRecord.
    """
    valid = require_valid(record)
    issuer = valid.value["issuer"]["id"]
    verified = VerifiedRecord(valid=valid, issuer=issuer, digest=digest, key_id=issuer)
    return Held(verified, proof=Proof.DRAFT)


def related(
    records: Iterable[Held], subject: str, *, as_of: dt.date, producer: str | None = None
) -> tuple[Related, ...]:
    """List the records that have to do with a subject and were signed by the day, by digest.

    Each is listed once, in the order of the digests, so that the order in which records are given
    changes nothing. Anybody may call itself the producer of somebody else's product: whoever does
    so beside the `producer` is left out. A subject that a DID names is that DID's own.
    """
    by_digest = {each.record.digest: each for each in records if each.issued <= as_of}
    known = [by_digest[digest] for digest in sorted(by_digest) if by_digest[digest].speaks]
    owner = subject.partition("#")[0] if subject.startswith("did:") else producer
    makers = {_maker(each.subject) for each in known if each.subject["id"] == subject} - {None}
    if owner is not None:
        makers &= {owner}
    found = []
    for each in known:
        about = _about(each.subject, subject, makers)
        rightful = {About.ITSELF: owner, About.MADE: subject, About.MAKER: each.subject["id"]}
        if about is None or (
            speaks_as_producer(each) and rightful[about] not in {None, each.record.issuer}
        ):
            continue
        found.append(Related(each, about))
    return tuple(found)


def speaks_as_producer(held: Held) -> bool:
    """Say whether the issuer of a record calls itself the producer of its subject."""
    return standing_of(held.record.value, under=None).relation is Relation.PRODUCER


def is_assessment(held: Held) -> bool:
    """Say whether a record is an assessment, else it is an attestation."""
    return ASSESSMENT in held.record.value["type"]


def _about(said: Json, subject: str, makers: Iterable[str | None]) -> About | None:
    if said["id"] == subject:
        return About.ITSELF
    if _maker(said) == subject:
        return About.MADE
    return About.MAKER if said["id"] in makers else None


def _maker(said: Json) -> str | None:
    found = said.get("producer", {}).get("party", {}).get("id")
    return None if found is None else str(found)


def _day(text: str) -> dt.date:
    return dt.datetime.fromisoformat(text).astimezone(dt.UTC).date()
