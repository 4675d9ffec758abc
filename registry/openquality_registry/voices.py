"""Who may speak about a certificate or a record in this registry, and who answers."""

from collections.abc import Collection

from openquality_registry.facts import Facts
from openquality_registry.problems import Refused
from openquality_validator import certification, envelope
from openquality_validator.message import message
from openquality_validator.status import certificate_of
from openquality_validator.status.statement import STATEMENT


def is_listed(did: str, target: str, facts: Facts) -> bool:
    """Tell whether the operator speaks, or who is listed here for the certificate's scheme.

    About a record everybody speaks who is listed here for any scheme.
    """
    if did == facts.operator:
        return True
    if target.startswith(STATEMENT):
        return any(each.did == did for each in facts.accreditors)
    named = certificate_of(target)
    return named is not None and any(each.covers(did, named[0]) for each in facts.accreditors)


def has_issued(did: str, target: str, facts: Facts) -> bool:
    """Tell whether a record here, signed by the DID as a certifier, makes the certificate."""
    said = facts.certificates.claims(target, issuers=(did,))
    return any(each.is_assessor for each in said)


def may_ask(did: str, target: str, facts: Facts) -> bool:
    """Tell whether a DID may warn about a target, and make requests."""
    if is_listed(did, target, facts):
        return True
    if not target.startswith(STATEMENT):
        return has_issued(did, target, facts)
    content = facts.statement(target.removeprefix(STATEMENT))
    if content is None:
        return False
    record = envelope.credential(envelope.parse_envelope(content).payload).value
    return facts.certificates.is_buyer(did, record["credentialSubject"]["id"])


def holders(target: str, asker: str, facts: Facts) -> Collection[str]:
    """Return the DIDs that may answer what `asker` said about a target."""
    if target.startswith(STATEMENT):
        found = facts.find(target.removeprefix(STATEMENT))
        return () if found is None else (found.issuer,)
    listed = {each.did for each in facts.accreditors}
    said = facts.certificates.claims(target, issuers={asker, *listed})
    return certification.holders(
        said or facts.certificates.claims(target), asker, accreditors=facts.accreditors
    )


def full(target: str) -> Refused:
    """Make the refusal of more than is kept about a target by whom this registry does not list."""
    return Refused(
        "case-full",
        message(
            "As much was said about {target} as this registry keeps from issuers whom it does not "
            "list. Ask the operator to list you, or say it of your own record.",
            target=target,
        ),
    )
