"""One event of a decision log: a signed, dated fact about a decision (docs/spec/decision.md).

    <JWS of type openquality-decision+sd-jwt>~<disclosure>~…~

What the rules need to follow the course of a decision is open: type, time, issuer, transaction,
`previous`, `basis` and the like. What it says (agent, inputs, alternatives, terms, reasons …) is
concealed member by member, so that an export can withhold it. The digest of the JWS names the
event; disclosures do not change it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from openquality_validator import documents, envelope, identity, structure, text
from openquality_validator.decision import sdjwt
from openquality_validator.envelope import Envelope
from openquality_validator.errors import EnvelopeError, IdentityError
from openquality_validator.findings import Finding, Report
from openquality_validator.identity import KeyResolution, didlog
from openquality_validator.identity.document import assertion_keys
from openquality_validator.message import message

TYPE = "openquality-decision+sd-jwt"
SCHEMA = "decision.schema.json"
VERSION = 1
OPEN = frozenset(
    {
        *("v", "type", "time", "issuer", "keys", "transaction", "previous", "basis", "policy"),
        *("compliance", "waiver", "refused", "incident", "outcome", "purged"),
    }
)
"""The members that are never concealed: without them nobody could follow the rules."""

_MISSING = "S002"


@dataclass(frozen=True, slots=True)
class Event:
    """Hold an event as read; `document` has its open members and those that are disclosed.

    `data` is its exact bytes with disclosures, `digest` names its JWS; `withheld` counts the
    members that are not shown.
    """

    data: bytes
    digest: str
    document: Mapping[str, Any]
    withheld: int
    envelope: Envelope

    @property
    def type(self) -> str:
        """What happened, such as `Proposal`."""
        return str(self.document["type"])

    @property
    def issuer(self) -> str:
        """The DID that signs."""
        return str(self.document["issuer"])

    @property
    def time(self) -> datetime:
        """When it happened, by the issuer's clock."""
        return datetime.fromisoformat(self.document["time"])

    @property
    def transaction(self) -> str | None:
        """The id of the decision that it belongs to, or None."""
        return self.document.get("transaction")

    @property
    def refused(self) -> tuple[str, ...]:
        """The codes of the rules that refused the attempt; empty for what took effect."""
        return tuple(self.document.get("refused", ()))

    def get(self, name: str) -> Any:  # noqa: ANN401 - any JSON value
        """Return a member, or None if it is not there or withheld."""
        return self.document.get(name)


def write(
    document: Mapping[str, Any],
    header: Mapping[str, str],
    *,
    sign: Callable[[bytes], bytes],
    salts: Iterable[bytes],
) -> bytes:
    """Write and sign an event: its open members as they are, all others concealed.

    `salts` gives 16 random bytes for each concealed member. Raises MalformedDocument.
    """
    shown = {name: value for name, value in document.items() if name in OPEN}
    hidden = {name: value for name, value in document.items() if name not in OPEN}
    payload, disclosures = sdjwt.conceal(shown, hidden, salts=salts)
    jws = envelope.write_envelope({**header, "typ": TYPE}, documents.canonical(payload), sign)
    return sdjwt.join(jws, disclosures)


def read(data: bytes) -> Event:
    """Take an event apart without proving its signature.

    Raises DecisionError (H030 to H032), EnvelopeError (J codes) or MalformedDocument.
    """
    jws, disclosures = sdjwt.split(data)
    taken = envelope.parse_envelope(jws, typ=TYPE)
    payload = documents.parse_object(taken.payload).value
    document, withheld = sdjwt.reveal(payload, disclosures)
    return Event(data, taken.digest, document, withheld, taken)


def withhold(event: Event, names: Iterable[str]) -> Event:
    """Return the event without the disclosures of these members; its digest stays."""
    hidden = set(names)
    jws, disclosures = sdjwt.split(event.data)
    return read(sdjwt.join(jws, [each for each in disclosures if each.name not in hidden]))


def check(event: Event) -> Report:
    """Find what is wrong with the shape and the texts of an event (S and X codes).

    A member that is withheld is not missed.
    """
    found: list[Finding] = [
        finding
        for finding in structure.check_document(event.document, schema=SCHEMA).findings
        if not (event.withheld and finding.code == _MISSING and not finding.pointer)
    ]
    # Warnings are for advertising; what a buyer writes to itself may urge and praise.
    found.extend(Report.of(text.check(event.document)).errors)
    return Report.of(found)


def verify(event: Event, *, keys: bytes | None = None) -> None:
    """Prove that the issuer's key signed the event.

    `keys` is what `document.keys` names: the issuer's DID log or DID document. Raises EnvelopeError
    (J012 to J017) or IdentityError.
    """
    kid = event.envelope.header.kid
    if kid.partition("#")[0] != event.document.get("issuer"):
        raise EnvelopeError(
            "J014",
            message("The key {kid!r} does not belong to the issuer of the event.", kid=kid[:100]),
            message("Sign with the issuer's own key."),
        )
    key = resolution(event.issuer, keys).keys.get(kid)
    if key is None or envelope.ALGORITHMS[event.envelope.header.alg] is not key.kind:
        raise EnvelopeError(
            "J015",
            message(
                "The issuer has no key {kid!r} for {alg}.",
                kid=kid[:200],
                alg=event.envelope.header.alg,
            ),
            message(
                "Sign with a key that the identity lists, and keep its DID log with the event."
            ),
        )
    envelope.verify_signature(event.envelope, key)


def artefacts(event: Event) -> tuple[str, ...]:
    """Return the digests of the files that an event names and that may be deleted one day.

    The configuration of a model is only named: it is the model operator's to keep.
    """
    inputs = event.get("inputs") or {}
    found = [inputs.get(name) for name in ("query", "answer", "checkpoint", "trust")]
    found += [record["bundle"] for record in inputs.get("records", ())]
    found += [each["digest"] for each in event.get("reasoning") or ()]
    found += (event.get("terms") or {}).get("documents", ())
    found += event.get("outputs") or ()
    return tuple(dict.fromkeys(each for each in found if each))


def lasting(event: Event) -> tuple[str, ...]:
    """Return the digests of the files without which nobody could follow the log: never deleted."""
    return tuple(each for each in (event.get("keys"), event.get("policy")) if each)


def resolution(did: str, keys: bytes | None) -> KeyResolution:
    """Return the keys of an issuer: of a did:key itself, else as its kept document says.

    The last line of a DID log counts, since the log is kept as it stood when the event was signed.
    Raises IdentityError.
    """
    if did.startswith(identity.METHOD):
        return identity.resolve(did)
    if keys is None:
        raise IdentityError(
            "K122",
            message("The DID log or document of {did} is not kept with the event.", did=did[:100]),
            message("Bring the artefact that the event's `keys` names."),
        )
    lines = [line for line in keys.split(b"\n") if line]
    if did.startswith("did:webvh:"):
        last = didlog.read(lines)[-1]
        named, document = last.did, last.document
    else:
        document = documents.parse_object(keys).value
        named = str(document.get("id"))
    if named != did:
        raise IdentityError(
            "K122",
            message(
                "The kept keys are of {named}, not of {did}.", named=named[:100], did=did[:100]
            ),
            message("Keep the DID log or document of the issuer itself."),
        )
    return KeyResolution(did, "L1", assertion_keys(document))
