"""Judge the issuer: its keys at its place in the log, and how well it is known (step 4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from openquality_validator import envelope, identity, kinds
from openquality_validator.bundle.ledger import Result, passed, unknown
from openquality_validator.bundle.logged import moment, prove
from openquality_validator.bundle.parts import Keys, Logged
from openquality_validator.entry import Entry, rebuild
from openquality_validator.errors import IdentityError, InvalidInput, ProofError
from openquality_validator.identity import METHOD, KeyResolution, address, history
from openquality_validator.identity.history import Dispute, KeyEvent, KeyHistory, KeyVersion
from openquality_validator.identity.key import multikey
from openquality_validator.message import message
from openquality_validator.records import VerifiedRecord
from openquality_validator.tlog.checkpoint import Checkpoint
from openquality_validator.trust import Trust
from openquality_validator.validate import require_valid


@dataclass(frozen=True, slots=True)
class Issuer:
    """Hold the issuer's keys over time, the disputes about them, and the entries that say so."""

    history: KeyHistory
    disputes: tuple[Dispute, ...]
    entries: tuple[tuple[int, Entry], ...]

    def at(self, index: int) -> KeyVersion:
        """Return the keys in force for an entry at this index."""
        return self.history.at(None if self.history.did.startswith(METHOD) else index)


def read(did: str, keys: Keys, head: Checkpoint, *, now: datetime) -> Issuer:
    """Prove the key events of an issuer under a checkpoint, and build its history.

    Raises IdentityError, LogFormatError, ProofError or EnvelopeError.
    """
    if did.startswith(METHOD) and not keys.events:
        return Issuer(history.build(did, ()), (), ())
    places = [logged.index for logged in keys.events]
    if places != sorted(set(places)):
        raise ProofError(
            "B007",
            message("The key events of {did} are not in the order of the log, each once.", did=did),
            message("Use the bundle as the registry sent it."),
        )
    events, compromises, entries = [], [], []
    for logged in keys.events:
        entry = prove(logged, head, kind=kinds.KEY)
        if entry.issuer != did or entry.subjects != (did,):
            raise ProofError(
                "B007",
                message(
                    "The key event at index {index} is of {issuer}, not of {did}.",
                    index=logged.index,
                    issuer=entry.issuer,
                    did=did,
                ),
                message("Fetch the bundle again; it holds the key events of another issuer."),
            )
        entries.append((logged.index, entry))
        if _is_credential(logged.statement):
            compromises.append((logged, entry))
        else:
            events.append(KeyEvent(logged.statement, logged.index))
    known = history.build(did, events, witness=keys.witness, now=now)
    disputes = tuple(_dispute(logged, entry, known) for logged, entry in compromises)
    return Issuer(known, disputes, tuple(entries))


def registration(
    issuer: str, statements: Sequence[bytes], trust: Trust, *, at: datetime
) -> VerifiedRecord | None:
    """Find a registrar's word on the issuer that the trust file believes, valid at a time.

    Statements of other types or by other parties are passed over; one by a registrar of the trust
    file must verify. Registrars are did:key identifiers. Raises what verifying raises.
    """
    for statement in statements:
        content = envelope.credential(envelope.parse_envelope(statement).payload).value
        kind = kinds.find(content)
        if kind is None or kind.name != kinds.REGISTRATION:
            continue
        registrar = envelope.issuer_of(content)
        party = next((each for each in trust.registrars if each.did == registrar), None)
        if party is None:
            continue
        verified = envelope.verify_statement(statement)
        subject = verified.value["credentialSubject"]
        schemes = {identifier["scheme"] for identifier in subject["identifiers"]}
        if subject["id"] == issuer and schemes <= set(party.schemes) and _is_valid(verified, at):
            return verified
    return None


def judge(
    version: KeyVersion,
    key: str,
    trust: Trust,
    *,
    origin: str,
    registered: VerifiedRecord | None,
) -> tuple[str, Result]:
    """Say the identity level, and in words what it is worth; `key` is the DID URL that signed."""
    did = version.resolution.did
    level, why = _level(version, trust, origin)
    known = trust.issuer(did)
    pinned = known is not None and multikey(version.resolution.keys[key]) in known.keys
    if known is not None and known.keys and not pinned:
        return level, unknown(
            "V047",
            message(
                "The key is none of those by which your trust file knows {name}. Ask the issuer "
                "whether it rotated its key, then pin the new one.",
                name=known.name,
            ),
        )
    if version.discontinuous and not pinned:
        return level, unknown(
            "V046",
            message(
                "The keys of {did} changed without a word of the earlier ones: whoever held its "
                "web server could have written them. If you know the key, pin it with the issuer.",
                did=did,
            ),
        )
    if known is not None:
        return "L2" if registered else level, passed(
            "V042",
            message(
                "The key belongs to the issuer, whom your trust file calls {name}.", name=known.name
            ),
        )
    if registered is not None:
        subject = registered.value["credentialSubject"]
        bound = ", ".join(
            f"{identifier['scheme']} {identifier['value']}" for identifier in subject["identifiers"]
        )
        return "L2", passed(
            "V043",
            message(
                "The key belongs to the issuer {did} at level L2: the registrar {issuer}, whom "
                "your trust file accepts, binds it to {name} ({bound}).",
                did=did,
                issuer=registered.issuer,
                name=subject["name"],
                bound=bound,
            ),
        )
    code = "V044" if level == "L1" else "V040"
    return level, passed(
        code,
        message(
            "The key belongs to the issuer {did} at level {level}: {why}",
            did=did,
            level=level,
            why=why,
        ),
    )


def _level(version: KeyVersion, trust: Trust, origin: str) -> tuple[str, str]:
    did = version.resolution.did
    if did.startswith(METHOD):
        return "L0", message("self-asserted, nobody vouches for the name in the record.")
    host = address.parse(did).host
    if did.startswith(address.WEB):
        return "L1", (
            message(
                "the registry found these keys on {host}; the document is unsigned, so this is "
                "the registry's word.",
                host=host,
            )
        )
    log = trust.log(origin)
    hosts = log.hosts if log else None
    if hosts is None:
        return "L0", (
            message(
                "its keys have a proved history; whether {host} is its own domain your trust "
                "file does not say.",
                host=host,
            )
        )
    if host in hosts:
        return "L0", message(
            "its keys have a proved history; the registry hosts it, nobody vouches for it."
        )
    return "L1", (
        message(
            "its keys have a proved history, and the registry found it on the domain {host}.",
            host=host,
        )
    )


def resolver(issuer: Issuer, index: int) -> envelope.Resolver:
    """Return how keys are found at a place of the log: of this issuer, and of any did:key."""

    def resolve(did: str) -> KeyResolution:
        if did == issuer.history.did:
            return issuer.at(index).resolution
        return identity.resolve(did)

    return resolve


def verified(logged: Logged, entry: Entry, resolve: envelope.Resolver) -> VerifiedRecord:
    """Verify a logged credential, and that its entry follows from it."""
    record = envelope.verify_statement(logged.statement, resolve=resolve)
    if rebuild(logged.statement, record.value, entry.admitted_at) != entry:
        raise ProofError(
            "B007",
            message(
                "The log entry at index {index} does not follow from its statement.",
                index=logged.index,
            ),
            message("Fetch the bundle again; if it stays so, the registry logged something else."),
        )
    return record


def disputed(
    disputes: Sequence[Dispute], key: str, *, entry: Entry, index: int, existed: datetime | None
) -> Dispute | None:
    """Return the dispute that casts doubt on an entry, unless it is proved to be older."""
    for dispute in disputes:
        if dispute.covers(key, admitted_at=moment(entry), index=index) and not (
            existed is not None and existed < dispute.since
        ):
            return dispute
    return None


def _dispute(logged: Logged, entry: Entry, known: KeyHistory) -> Dispute:
    """Verify a compromise: said with a key of the newest version at its place in the log."""
    issuer = Issuer(known, (), ())
    record = verified(logged, entry, resolver(issuer, logged.index))
    subject = record.value["credentialSubject"]
    if subject["id"] != known.did or record.key_id == subject["key"]:
        raise IdentityError(
            "K125",
            message(
                "The compromise at index {index} is not said by another key of its issuer.",
                index=logged.index,
            ),
            message("Rotate the key first, then say with the new one that the old one is lost."),
        )
    return Dispute(subject["key"], datetime.fromisoformat(subject["since"]), logged.index)


def _is_valid(record: VerifiedRecord, at: datetime) -> bool:
    value = record.value
    until = value.get("validUntil")
    return datetime.fromisoformat(value["validFrom"]) <= at and (
        until is None or at <= datetime.fromisoformat(until)
    )


def _is_credential(statement: bytes) -> bool:
    try:
        payload = envelope.parse_envelope(statement).payload
        require_valid(envelope.credential(payload))
    except InvalidInput:
        return False
    return True
