"""Identifiers agree with themselves, with each other and with who speaks.

A GS1 Digital Link carries identifiers in its path: /01/<gtin>/10/<batch>/21/<serial>, or
/414/<gln> for a place and /417/<gln> for an organisation (GS1 Digital Link: URI Syntax 1.6).
"""

from functools import lru_cache
from urllib.parse import unquote

from openquality_validator.findings import Severity
from openquality_validator.message import message
from openquality_validator.rules import check_digits
from openquality_validator.rules.claim import Attestation, Claim, Problems
from openquality_validator.rules.rule import OBSERVED, RECORD, Rule

_GTIN, _BATCH, _SERIAL = "01", "10", "21"
_GLN = ("414", "417")
_GTIN_LENGTH = 14
_ID = "/credentialSubject/id"


@lru_cache(maxsize=1024)
def digital_link(url: str) -> dict[str, str]:
    """Return the GS1 application identifiers in the path of an address; {} where there are none."""
    path = url.partition("?")[0].partition("#")[0].split("/")[3:] if "://" in url else []
    for index, part in enumerate(path[:-1]):
        value = path[index + 1]
        if part == _GTIN and value.isdecimal() and value.isascii() and len(value) == _GTIN_LENGTH:
            pairs = zip(path[index::2], path[index + 1 :: 2], strict=False)
            return {key: unquote(text) for key, text in pairs}
        if (
            part in _GLN
            and value.isdecimal()
            and value.isascii()
            and len(value) == _GTIN_LENGTH - 1
        ):
            return {part: value}
    return {}


def gtin_check_digit(record: Attestation) -> Problems:
    """The last digit of a GTIN is its check digit, also in a GS1 Digital Link."""
    for where, scheme, value in record.identifiers:
        if scheme == "gtin" and not check_digits.gs1(value):
            yield where, message("{value} has a wrong check digit.", value=value)
    linked = digital_link(record.subject["id"]).get(_GTIN)
    if linked is not None and not check_digits.gs1(linked):
        yield _ID, message("{linked} has a wrong check digit.", linked=linked)


def gln_check_digit(record: Attestation) -> Problems:
    """The last digit of a GLN is its check digit, also in a GS1 Digital Link."""
    for where, scheme, value in record.identifiers:
        if scheme == "gln" and not check_digits.gs1(value):
            yield where, message("{value} has a wrong check digit.", value=value)
    for key in _GLN:
        linked = digital_link(record.subject["id"]).get(key)
        if linked is not None and not check_digits.gs1(linked):
            yield _ID, message("{linked} has a wrong check digit.", linked=linked)


def lei_check_digits(record: Attestation) -> Problems:
    """The last two digits of an LEI are its check digits."""
    for where, scheme, value in record.identifiers:
        if scheme == "lei" and not check_digits.lei(value):
            yield where, message("{value} has wrong check digits.", value=value)


def link_agrees(record: Attestation) -> Problems:
    """A GS1 Digital Link names the same GTIN, GLN, batch and serial number as the record."""
    subject = record.subject
    linked = digital_link(subject["id"])
    if not linked:
        return
    stated: dict[str, set[str]] = {"gtin": set(), "gln": set()}
    for identifier in subject.get("identifiers", ()):
        if identifier["scheme"] in stated:
            stated[identifier["scheme"]].add(identifier["value"].zfill(_GTIN_LENGTH))
    for scheme, key in (("gtin", _GTIN), ("gln", _GLN[0]), ("gln", _GLN[1])):
        value = linked.get(key)
        if value and stated[scheme] and value.zfill(_GTIN_LENGTH) not in stated[scheme]:
            yield (
                _ID,
                message(
                    "The link names {value}, the identifiers another {upper}.",
                    value=value,
                    upper=scheme.upper(),
                ),
            )
    for member, key in (("batch", _BATCH), ("serial", _SERIAL)):
        if member in subject and key in linked and linked[key] != subject[member]:
            yield (
                f"/credentialSubject/{member}",
                message("The link names {linked!r}.", linked=linked[key]),
            )


def self_assessed(claim: Claim) -> Problems:
    """Who assesses its own product says so: the level of an issuer about itself is `self`."""
    assessor, record = claim.data["assessor"], claim.record
    if assessor["assessorLevel"] == "self" or not _speaks_of_itself(record):
        return
    party = assessor.get("party", {}).get("id")
    if party is not None and party == record.data["issuer"]["id"]:
        yield (
            "/assessor/assessorLevel",
            message(
                "The issuer assesses its own subject and states {assessor_level!r}.",
                assessor_level=assessor["assessorLevel"],
            ),
        )


def assessed_by_another(claim: Claim) -> Problems:
    """Another assessor named in a record about oneself counts as `self` until that one signs."""
    assessor, record = claim.data["assessor"], claim.record
    if assessor["assessorLevel"] == "self" or not _speaks_of_itself(record):
        return
    if assessor.get("party", {}).get("id") != record.data["issuer"]["id"]:
        yield (
            "/assessor/assessorLevel",
            message(
                "The issuer speaks of its own subject and states {assessor_level!r}.",
                assessor_level=assessor["assessorLevel"],
            ),
        )


def _speaks_of_itself(record: Attestation) -> bool:
    return record.subject["issuerRole"] == "producer" or _producer(record) == _issuer(record)


def _issuer(record: Attestation) -> str:
    issuer: str = record.data["issuer"]["id"]
    return issuer


def _producer(record: Attestation) -> str | None:
    party: str | None = record.subject.get("producer", {}).get("party", {}).get("id")
    return party


def subject_of_issuer(record: Attestation) -> Problems:
    """A subject named by a DID URL is named under the issuer's own DID."""
    did, _, fragment = record.subject["id"].partition("#")
    if fragment and did.startswith("did:") and did != _issuer(record):
        yield (
            _ID,
            message(
                "It is a name under {did}, and {issuer} issues.", did=did, issuer=_issuer(record)
            ),
        )


def outsider_is_producer(record: Attestation) -> Problems:
    """An observer or assessor is not the producer of what it speaks about."""
    role = record.subject["issuerRole"]
    if role != "producer" and _producer(record) == _issuer(record):
        yield (
            "/credentialSubject/issuerRole",
            message("The issuer is the producer and says {role!r}.", role=role),
        )


def producer_is_issuer(record: Attestation) -> Problems:
    """A record by the producer names the issuer's DID as the producer's."""
    if record.subject["issuerRole"] == "producer" and _producer(record) != _issuer(record):
        where = "/producer" if "producer" in record.subject else ""
        yield (
            f"/credentialSubject{where}",
            message(
                "The issuer says `producer`; the producer is {value}.",
                value=_producer(record) or message("not named"),
            ),
        )


_NOT_CERTIFICATES = OBSERVED | {"LifecycleCostClaim", "ServiceLevelClaim", "InterfaceClaim"}

RULES = (
    Rule(
        "I001",
        Severity.ERROR,
        gtin_check_digit,
        message(
            "Compare it with the number under the bar code; a digit is wrong or two are swapped."
        ),
        RECORD,
    ),
    Rule(
        "I002",
        Severity.ERROR,
        gln_check_digit,
        message("Look the GLN up in your GS1 membership."),
        RECORD,
    ),
    Rule(
        "I003", Severity.ERROR, lei_check_digits, message("Look the LEI up at gleif.org."), RECORD
    ),
    Rule(
        "I004",
        Severity.ERROR,
        link_agrees,
        message("Use the subject's own Digital Link, or correct the identifiers."),
        RECORD,
    ),
    Rule(
        "I007",
        Severity.ERROR,
        subject_of_issuer,
        message("Name a subject that has no id of its own under your DID: did:…#subject-name."),
        RECORD,
    ),
    Rule(
        "I008",
        Severity.ERROR,
        outsider_is_producer,
        message("State the role `producer`, or correct the producer."),
        RECORD,
    ),
    Rule(
        "I009",
        Severity.WARNING,
        producer_is_issuer,
        message(
            "Give producer.party.id the DID that signs; otherwise buyers see no relation between "
            "them."
        ),
        RECORD,
    ),
    Rule(
        "I005",
        Severity.ERROR,
        self_assessed,
        message("State assessorLevel `self`; let the other party sign its own record."),
        member="assessor",
    ),
    Rule(
        "I006",
        Severity.WARNING,
        assessed_by_another,
        message("Ask the assessor to sign a record of its own; yours may stand beside it."),
        _NOT_CERTIFICATES,
        member="assessor",
    ),
)
