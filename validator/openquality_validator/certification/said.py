"""What records say about a certificate, and whose word on it counts.

A key of scheme and number is all that certificates have in common; so of each claim it is asked
who says it, who holds the certificate by it, and whom it names as the certifier.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from openquality_validator.evidence import Accreditor, standing_of
from openquality_validator.status import certificate_key, certificate_of

Json = Mapping[str, Any]
CLAIM = "CertificateClaim"


@dataclass(frozen=True, slots=True)
class CertificateSaid:
    """Hold what one claim says of a certificate.

    `key` names it; `issuer` signed the record; `certifier` is the DID of the certifier that the
    claim names, if it has one; `holders` the ids of the subject and of who makes it.
    `is_assessor` says that the issuer speaks as the certifier, and not as the holder or a third.
    """

    key: str
    claim: str
    issuer: str
    certifier: str | None
    holders: tuple[str, ...]
    is_assessor: bool


def certificates(credential: Json) -> Iterator[CertificateSaid]:
    """Yield what an attestation says of certificates, in the order of its claims."""
    subject = credential["credentialSubject"]
    producer = subject.get("producer", {}).get("party", {}).get("id")
    for claim in subject.get("claims", ()):
        if claim["type"] != CLAIM:
            continue
        scheme = claim["scheme"]["code"]
        yield CertificateSaid(
            key=certificate_key(scheme, claim["number"]),
            claim=claim["id"],
            issuer=credential["issuer"]["id"],
            certifier=claim["certifier"].get("id"),
            holders=tuple(sorted({subject["id"], producer} - {None})),
            is_assessor=standing_of(credential, under=scheme).assessed_under == scheme,
        )


def counts(
    said: CertificateSaid, *, accreditors: Sequence[Accreditor], others: Collection[str] = ()
) -> frozenset[str]:
    """Return the DIDs whose word on a certificate counts for a claim of it.

    That is whoever signed the claim; the certifier that the claim itself names; those of the
    reader's list that are listed for the scheme; and `others`, whom the reader believes anyway.
    Anybody can give a certificate of its own the same number: its word counts for its own claims.
    """
    scheme = scheme_of(said.key)
    listed = {each.did for each in accreditors if scheme in each.schemes}
    own = {said.issuer} if said.certifier is None else {said.issuer, said.certifier}
    return frozenset(own | listed | set(others))


def holders(
    claims: Iterable[CertificateSaid], asker: str, *, accreditors: Sequence[Accreditor] = ()
) -> frozenset[str]:
    """Return the DIDs that may answer what `asker` said about a certificate.

    They are the holders by the claims that it made itself as a certifier. Whoever made none, such
    as a scheme owner, is answered by the holders by the claims of listed certifiers, and where no
    listed one made any, by those of all.
    """
    made = [each for each in claims if each.is_assessor]
    own = [each for each in made if each.issuer == asker]
    listed = [
        each
        for each in made
        if any(a.covers(each.issuer, scheme_of(each.key)) for a in accreditors)
    ]
    return frozenset(
        holder.partition("#")[0]
        for each in own or listed or made
        for holder in each.holders
        if holder.startswith("did:")
    )


def scheme_of(key: str) -> str | None:
    """Return the scheme of a certificate by its key."""
    named = certificate_of(key)
    return None if named is None else named[0]
