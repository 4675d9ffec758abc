"""What a verifier derives about a claim, and nobody may assert.

Two axes, not one ladder (how far a value was checked, and by whom), and the issuer's relation to
the subject. Everything here follows from who signed, from the record's digests and from the
verifier's own list of accreditors; what the record says about its own independence is ignored.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from openquality_validator.catalogue import Catalogue

Json = Mapping[str, Any]


class Verification(StrEnum):
    """Say how far a value is verified, weakest first."""

    DECLARED = "declared"
    EVIDENCED = "evidenced"
    RECOMPUTED = "recomputed"


class Independence(StrEnum):
    """Say who stands behind a value, weakest first."""

    SELF = "self"
    BUYER = "buyer"
    THIRD_PARTY = "thirdParty"
    ACCREDITED = "accredited"


class Relation(StrEnum):
    """Say how the issuer stands to the subject."""

    PRODUCER = "producer"
    ASSESSOR = "assessor"
    BUYER = "buyer"
    OTHER = "other"


class IdentityLevel(StrEnum):
    """Say how well the issuer is known, weakest first."""

    L0 = "L0"
    L1 = "L1"
    L2 = "L2"


@dataclass(frozen=True, slots=True)
class Accreditor:
    """Name an issuer that the verifier accepts as accredited, and for which schemes."""

    did: str
    schemes: tuple[str, ...]

    def covers(self, issuer: str, scheme: str | None) -> bool:
        """True if this entry names the issuer and lists exactly this scheme."""
        return issuer == self.did and scheme in self.schemes


@dataclass(frozen=True, slots=True)
class Standing:
    """Hold what is derived about one claim before any list of accreditors is applied.

    `relation` is never `assessor` here; `assessed_under` is the scheme under which an issuer that
    calls itself an assessor works, and makes it one if the verifier lists it for that scheme.
    """

    relation: Relation
    assessed_under: str | None

    def relation_for(self, issuer: str, accreditors: Sequence[Accreditor]) -> Relation:
        """Derive the relation under a verifier's list."""
        if any(a.covers(issuer, self.assessed_under) for a in accreditors):
            return Relation.ASSESSOR
        return self.relation

    def independence_for(self, issuer: str, accreditors: Sequence[Accreditor]) -> Independence:
        """Derive the independence under a verifier's list."""
        if self.relation is Relation.PRODUCER:
            return Independence.SELF
        if any(a.covers(issuer, self.assessed_under) for a in accreditors):
            return Independence.ACCREDITED
        if self.relation is Relation.BUYER:
            return Independence.BUYER
        # An unlisted issuer counts as a third party only when it speaks as an assessor; anything
        # else from a stranger is worth no more than a declaration.
        return Independence.THIRD_PARTY if self.assessed_under else Independence.SELF


def standing(credential: Json, claim: Json, catalogue: Catalogue) -> Standing:
    """Derive who speaks about what, from the signer and the record's own structure."""
    subject = credential["credentialSubject"]
    if subject["issuerRole"] == "observer" and _describes_receipt(claim, catalogue):
        stands = standing_of(credential, under=None)
        own = stands.relation is Relation.PRODUCER
        return stands if own else Standing(Relation.BUYER, None)
    return standing_of(credential, under=scheme_of(claim))


def standing_of(credential: Json, *, under: str | None) -> Standing:
    """Derive who speaks in a credential; `under` is the scheme of an issuer who assesses."""
    subject = credential["credentialSubject"]
    if _is_producer(credential["issuer"]["id"], subject):
        return Standing(Relation.PRODUCER, None)
    return Standing(Relation.OTHER, under if subject["issuerRole"] == "assessor" else None)


def verification(credential: Json, claim: Json) -> Verification:
    """Derive `evidenced` if the claim names evidence of this record by digest, else `declared`."""
    named = set(claim.get("evidenceRefs", ()))
    bound = any(
        entry["id"] in named and entry.get("digest") for entry in credential.get("evidence", ())
    )
    return Verification.EVIDENCED if bound else Verification.DECLARED


def scheme_of(claim: Json) -> str | None:
    """Name the scheme a claim is assessed under: a certificate's, else the method's standard."""
    if claim["type"] == "CertificateClaim":
        return str(claim["scheme"]["code"])
    standard = claim.get("method", {}).get("standard")
    return standard if isinstance(standard, str) else None


def _is_producer(issuer: str, subject: Json) -> bool:
    producer = subject.get("producer", {}).get("party", {}).get("id")
    if producer is not None:
        return bool(producer == issuer)
    # A subject without a stated producer, identified by the issuer's own DID, is the issuer.
    return bool(subject["id"] == issuer)


def _describes_receipt(claim: Json, catalogue: Catalogue) -> bool:
    metric = catalogue.metrics.get(claim.get("metric", ""))
    return metric is not None and metric.observable
