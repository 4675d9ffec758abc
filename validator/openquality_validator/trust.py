"""The trust file: whom a verifier believes (docs/spec/trust-file.md).

    {"v": 1,
     "logs": [{"origin": "…", "keys": [{"vkey": "…", "validFrom"?: time, "validUntil"?: time}],
               "policy"?: "<C2SP policy>", "statusKeys"?: ["did:key:…"], "hosts"?: ["…"]}],
     "issuers": [{"did": "…", "name": "…", "keys"?: ["z6Mk…"]}],
     "accreditors": [{"did": "…", "schemes": ["…"]}],
     "registrars"?: [{"did": "…", "schemes": ["lei", …]}],
     "statusIssuers"?: [{"did": "…", "schemes": ["…"]}],
     "timeAuthorities"?: [{"name": "…", "roots": ["<base64 of a certificate>"]}],
     "staleness"?: {"statusSeconds": n},
     "required": ["read", "digest", …]}

Everything that a verdict takes on trust is in this file; nothing is taken from the bundle itself.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from openquality_validator import documents
from openquality_validator.errors import IdentityError, LogFormatError, TrustFileError
from openquality_validator.evidence import Accreditor
from openquality_validator.identity import METHOD, KeyKind, PublicKey, resolve
from openquality_validator.members import Members
from openquality_validator.message import message
from openquality_validator.tlog.encoding import base64_bytes, base64_text
from openquality_validator.tlog.note import VerifierKey
from openquality_validator.tlog.policy import Policy

VERSION = 1
STEPS = (
    "read",
    "digest",
    "header",
    "key",
    "signature",
    "schema",
    "entry",
    "checkpoint",
    "consistency",
    "anchors",
    "status",
    "evidence",
)
"""The names of the twelve steps, in order."""

MAX_AGE = 1_000_000_000  # seconds; some 30 years

# What a bundle can prove by itself; the rest needs something that the verifier brings.
REQUIRED = STEPS[:8]


@dataclass(frozen=True, slots=True)
class LogKey:
    """Hold a log's verifier key and the window in which the log signs with it."""

    verifier: VerifierKey
    valid_from: datetime | None = None
    valid_until: datetime | None = None

    def covers(self, moment: datetime) -> bool:
        """Tell whether a time lies in the window; both ends do."""
        return (self.valid_from is None or self.valid_from <= moment) and (
            self.valid_until is None or moment <= self.valid_until
        )


@dataclass(frozen=True, slots=True)
class TrustedLog:
    """Name a log by its origin, with the keys it signs with.

    `policy` says which witnesses must have seen its checkpoints; `status_keys` are the did:key
    identifiers that sign its status answers; `hosts` the domains on which its registry hosts
    identities for issuers who have none, or None if that is not known.
    """

    origin: str
    keys: tuple[LogKey, ...]
    policy: Policy | None = None
    status_keys: tuple[str, ...] = ()
    hosts: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class PinnedIssuer:
    """Give an issuer the name under which the verifier knows it, whatever the record says.

    `keys` are the Multikeys by which the verifier knows it; if there are any, no other key will do.
    """

    did: str
    name: str
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Party:
    """Name a party whose word counts under some schemes: a registrar, or a voice on status."""

    did: str
    schemes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TimeAuthority:
    """Name a time authority by the certificates (DER) in which its tokens must end."""

    name: str
    roots: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Trust:
    """Hold a verifier's trust: whom it believes about what, and which steps it requires.

    A status answer older than `status_age` says nothing any more; None sets no limit.
    """

    logs: tuple[TrustedLog, ...] = ()
    issuers: tuple[PinnedIssuer, ...] = ()
    accreditors: tuple[Accreditor, ...] = ()
    registrars: tuple[Party, ...] = ()
    status_issuers: tuple[Party, ...] = ()
    time_authorities: tuple[TimeAuthority, ...] = ()
    status_age: timedelta | None = None
    required: tuple[str, ...] = field(default=REQUIRED)

    @classmethod
    def from_bytes(cls, data: bytes) -> "Trust":
        """Read a trust file strictly.

        Raises MalformedDocument, or TrustFileError (codes B101 to B106): what this version does
        not know it cannot honour, so it refuses it.
        """
        value = documents.parse_object(data).value
        if value.get("v") != VERSION or type(value["v"]) is not int:
            raise TrustFileError(
                "B101",
                message(
                    "The trust file's version `v` is {value!r}, not {version}.",
                    value=value.get("v"),
                    version=VERSION,
                ),
                message("Update this program, or make a new file with `openquality trust`."),
            )
        top = Members(value, at="", refuse=_refuse)
        top.integer("v")
        logs = tuple(_log(item) for item in top.objects("logs"))
        issuers = tuple(_issuer(item) for item in top.objects("issuers"))
        accreditors = tuple(_accreditor(item) for item in top.objects("accreditors"))
        registrars = tuple(_party(item) for item in top.optional_objects("registrars"))
        voices = tuple(_party(item) for item in top.optional_objects("statusIssuers"))
        clocks = tuple(_authority(item) for item in top.optional_objects("timeAuthorities"))
        age = _status_age(top.member("staleness")) if top.has("staleness") else None
        required = top.texts("required")
        top.close()
        _check_unique("log", [log.origin for log in logs])
        _check_unique("issuer", [issuer.did for issuer in issuers])
        _check_unique("accreditor", [accreditor.did for accreditor in accreditors])
        _check_unique("registrar", [party.did for party in registrars])
        _check_unique("status issuer", [party.did for party in voices])
        _check_unique("time authority", [authority.name for authority in clocks])
        unknown = [name for name in required if name not in STEPS]
        if unknown:
            raise TrustFileError(
                "B104",
                message(
                    "The trust file requires a step {unknown!r}, which does not exist.",
                    unknown=unknown[0],
                ),
                message("Choose from {steps}.", steps=", ".join(STEPS)),
            )
        return cls(logs, issuers, accreditors, registrars, voices, clocks, age, required=required)

    def to_bytes(self) -> bytes:
        """Write the trust file, indented for people; `from_bytes` reads the same value."""
        value: dict[str, Any] = {
            "v": VERSION,
            "logs": [_log_json(log) for log in self.logs],
            "issuers": [
                {"did": issuer.did, "name": issuer.name}
                | ({"keys": list(issuer.keys)} if issuer.keys else {})
                for issuer in self.issuers
            ],
            "accreditors": [
                {"did": accreditor.did, "schemes": list(accreditor.schemes)}
                for accreditor in self.accreditors
            ],
        }
        for name, parties in (
            ("registrars", self.registrars),
            ("statusIssuers", self.status_issuers),
        ):
            if parties:
                value[name] = [
                    {"did": party.did, "schemes": list(party.schemes)} for party in parties
                ]
        if self.time_authorities:
            value["timeAuthorities"] = [
                {"name": each.name, "roots": [base64_text(root) for root in each.roots]}
                for each in self.time_authorities
            ]
        if self.status_age is not None:
            value["staleness"] = {"statusSeconds": int(self.status_age.total_seconds())}
        value["required"] = list(self.required)
        return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)

    def log(self, origin: str) -> TrustedLog | None:
        """Return the trusted log with this origin, or None."""
        return next((log for log in self.logs if log.origin == origin), None)

    def issuer(self, did: str) -> PinnedIssuer | None:
        """Return what the verifier knows about an issuer, or None."""
        return next((issuer for issuer in self.issuers if issuer.did == did), None)


def _log(members: Members) -> TrustedLog:
    origin = members.text("origin")
    keys = tuple(_key(item, origin) for item in members.objects("keys"))
    policy = _policy(members) if members.has("policy") else None
    status_keys = members.texts("statusKeys") if members.has("statusKeys") else ()
    hosts = members.texts("hosts") if members.has("hosts") else None
    members.close()
    if not keys:
        raise members.refuse("keys", message("is empty: a log without a key proves nothing"))
    for did in status_keys:
        _check_key(message("status key {did}", did=did[:100]), did)
    return TrustedLog(origin, keys, policy, status_keys, hosts)


def _policy(members: Members) -> Policy:
    try:
        return Policy.from_text(members.text("policy"))
    except LogFormatError as error:
        raise TrustFileError(
            "B106", message("A policy does not read: {message}", message=error.message), error.hint
        ) from None


def _check_key(what: str, did: str) -> None:
    try:
        resolve(did)
    except IdentityError as error:
        raise TrustFileError(
            "B103",
            message("The {what} does not read: {message}", what=what, message=error.message),
            error.hint,
        ) from None


def _party(members: Members) -> Party:
    party = Party(_did(members), members.texts("schemes"))
    members.close()
    # A bundle brings the keys of its own issuer only; any other voice must be a key itself.
    _check_key(message("party {did}", did=party.did[:100]), party.did)
    return party


def _authority(members: Members) -> TimeAuthority:
    name = members.text("name")
    roots = tuple(base64_bytes(text) or b"" for text in members.texts("roots"))
    members.close()
    if not roots or not all(roots):
        raise members.refuse("roots", message("is not a list of certificates in base64"))
    return TimeAuthority(name, roots)


def _status_age(members: Members) -> timedelta:
    seconds = members.integer("statusSeconds")
    members.close()
    if seconds > MAX_AGE:
        raise members.refuse(
            "statusSeconds",
            message("is more than {max_age}: leave it out for no limit", max_age=MAX_AGE),
        )
    return timedelta(seconds=seconds)


def _key(members: Members, origin: str) -> LogKey:
    text = members.text("vkey")
    valid_from, valid_until = (
        members.optional_time("validFrom"),
        members.optional_time("validUntil"),
    )
    members.close()
    try:
        verifier = VerifierKey.from_text(text)
        # A key of small order would let anyone sign for the log.
        PublicKey.from_bytes(KeyKind.ED25519, verifier.public)
    except (LogFormatError, IdentityError) as error:
        raise TrustFileError(
            "B103",
            message(
                "A key of {origin} does not read: {message}", origin=origin, message=error.message
            ),
            error.hint,
        ) from None
    if verifier.name != origin:
        raise TrustFileError(
            "B103",
            message(
                "A key under the log {origin} belongs to {name}.", origin=origin, name=verifier.name
            ),
            message("Put each key under the origin that its name repeats."),
        )
    if valid_from and valid_until and valid_from >= valid_until:
        raise members.refuse("validUntil", message("is not later than validFrom"))
    return LogKey(verifier, valid_from, valid_until)


def _issuer(members: Members) -> PinnedIssuer:
    keys = members.texts("keys") if members.has("keys") else ()
    issuer = PinnedIssuer(_did(members), members.text("name"), keys)
    members.close()
    for key in keys:
        _check_key(
            message("key {key} of {name}", key=key[:100], name=issuer.name), f"{METHOD}{key}"
        )
    return issuer


def _accreditor(members: Members) -> Accreditor:
    accreditor = Accreditor(_did(members), members.texts("schemes"))
    members.close()
    return accreditor


def _did(members: Members) -> str:
    did = members.text("did")
    if not did.startswith("did:"):
        raise members.refuse("did", message("is not a DID"))
    return did


def _check_unique(kind: str, names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise TrustFileError(
                "B105",
                message("The {kind} {name} stands twice in the trust file.", kind=kind, name=name),
                message("Keep one entry with all its keys or schemes."),
            )


def _log_json(log: TrustedLog) -> dict[str, Any]:
    value: dict[str, Any] = {"origin": log.origin, "keys": [_key_json(key) for key in log.keys]}
    if log.policy is not None:
        value["policy"] = log.policy.text
    if log.status_keys:
        value["statusKeys"] = list(log.status_keys)
    if log.hosts is not None:
        value["hosts"] = list(log.hosts)
    return value


def _key_json(key: LogKey) -> dict[str, Any]:
    value = {"vkey": key.verifier.to_text()}
    for name, moment in (("validFrom", key.valid_from), ("validUntil", key.valid_until)):
        if moment is not None:
            value[name] = moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value


def _refuse(at: str, problem: str) -> TrustFileError:
    return TrustFileError(
        "B102",
        message(
            "In the trust file, {at} {problem}.", at=at or message("the whole"), problem=problem
        ),
        message("See docs/spec/trust-file.md, or make the file with `openquality trust`."),
    )
