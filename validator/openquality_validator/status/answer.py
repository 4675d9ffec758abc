"""The signed status answer: how a statement stood, in the registry's words, at one tree.

    {"answer": "<compact JWS>", "events": […]}

    header:  {"alg":"EdDSA","kid":"<DID URL of the registry's status key>",
              "typ":"openquality-status+jwt"}
    payload: {"asOf":{"root":"<base64>","size":n,"time":"…Z"},
              "certificates"?:[{"certificate":"<key>","states":{"<did>":"suspended" | "revoked"}}],
              "keyEvents":n,"log":"<origin>",
              "others":{"<did>":"suspended" | "revoked"},"state":"active" | …,
              "successor"?:"sha256:…","target":"sha256:…","v":1}       in RFC 8785 form

`state` is how it stands by its own issuer, `others` how it stands by every other voice that has
not found it active; `certificates` says the same by every voice of each certificate that the
statement claims, and is left out where all find it active; `keyEvents` is how many key events its
issuer has in the log, so that none can be left out of a bundle. Everything in it follows from the
log up to `asOf`, so that any monitor can compute it again and convict the registry of a wrong
answer.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from openquality_validator import documents, envelope, identity
from openquality_validator.entry import timestamp
from openquality_validator.errors import InvalidInput, StatusError
from openquality_validator.members import Members
from openquality_validator.message import message
from openquality_validator.status.chain import States, Successor
from openquality_validator.status.statement import State
from openquality_validator.tlog.checkpoint import Checkpoint
from openquality_validator.tlog.encoding import base64_bytes, base64_text
from openquality_validator.tlog.merkle import HASH_SIZE

TYPE = "openquality-status+jwt"
VERSION = 1
Sign = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Answer:
    """Hold a status answer.

    `target` is the digest of a statement; the tree is that of `size` and `root` (32 bytes), and
    `time` when the registry said so, RFC 3339 in UTC.
    """

    log: str
    target: str
    state: State
    size: int
    root: bytes
    time: str
    key_events: int = 0
    successor: str | None = None
    others: Mapping[str, State] = field(default_factory=lambda: MappingProxyType({}))
    certificates: Mapping[str, Mapping[str, State]] = field(
        default_factory=lambda: MappingProxyType({})
    )

    @classmethod
    def of(
        cls,
        states: States,
        *,
        issuer: str,
        successor: Successor | None,
        target: str,
        head: Checkpoint,
        now: datetime,
        key_events: int = 0,
        certificates: Mapping[str, States] | None = None,
    ) -> "Answer":
        """Say what follows from the derived states and the first successor at a checkpoint.

        `key_events` is how many key events of the issuer the tree holds; a did:key has none.
        `certificates` are the states of those that the statement claims, by their keys.
        """
        own = states.of(issuer)
        if own is State.ACTIVE and successor is not None:
            own = State.SUPERSEDED
        return cls(
            log=head.origin,
            target=target,
            state=own,
            size=head.size,
            root=head.root,
            time=timestamp(now),
            key_events=key_events,
            successor=successor.digest if successor else None,
            others=MappingProxyType(
                {did: state for did, state in _withdrawn(states).items() if did != issuer}
            ),
            certificates=MappingProxyType(
                {
                    key: found
                    for key, each in sorted((certificates or {}).items())
                    if (found := _withdrawn(each))
                }
            ),
        )

    def same_as(self, other: "Answer") -> bool:
        """Tell whether two answers say the same of one tree, whenever they said it."""
        return replace(self, time=other.time) == other

    def sign(self, did: str, sign: Sign) -> bytes:
        """Write the answer as a compact JWS with the key of a did:key; `sign` gives 64 bytes."""
        header = {"alg": "EdDSA", "kid": identity.key_id(did), "typ": TYPE}
        return envelope.write_envelope(header, documents.canonical(self._content()), sign)

    def _content(self) -> dict[str, Any]:
        value: dict[str, Any] = {
            "asOf": {"root": base64_text(self.root), "size": self.size, "time": self.time},
            "keyEvents": self.key_events,
            "log": self.log,
            "others": dict(self.others),
            "state": self.state,
            "target": self.target,
            "v": VERSION,
        }
        if self.successor is not None:
            value["successor"] = self.successor
        if self.certificates:
            value["certificates"] = [
                {"certificate": key, "states": dict(states)}
                for key, states in self.certificates.items()
            ]
        return value


def verify(data: bytes) -> tuple[Answer, str]:
    """Read a signed answer and prove the signature; return it with the did:key that signed.

    Whether that key is the registry's, the trust file says. Raises EnvelopeError or IdentityError
    for the JWS, StatusError (U010, U011) for what it says.
    """
    signed = envelope.parse_envelope(data, typ=TYPE)
    did = signed.header.kid.partition("#")[0]
    key = identity.resolve(did).keys.get(signed.header.kid)
    if key is None or key.kind is not envelope.ALGORITHMS[signed.header.alg]:
        raise StatusError(
            "U010",
            message(
                "The status answer names a key {kid} that {did} does not have.",
                kid=signed.header.kid[:200],
                did=did,
            ),
            message("Fetch it again; if it stays so, ask the operator."),
        )
    envelope.verify_signature(signed, key)
    return _read(signed.payload), did


def _withdrawn(states: States) -> Mapping[str, State]:
    """Return the states of the voices that have not found it active, sorted by voice."""
    found = sorted(states.by_voice.items())
    return MappingProxyType({did: state for did, state in found if state is not State.ACTIVE})


def _certificates(top: Members) -> Mapping[str, Mapping[str, State]]:
    found: dict[str, Mapping[str, State]] = {}
    for each in top.optional_objects("certificates"):
        key, states = each.text("certificate"), each.texts_by_name("states")
        each.close()
        found[key] = MappingProxyType(
            {did: _state(text, "/certificates") for did, text in states.items()}
        )
    return MappingProxyType(found)


def _read(payload: bytes) -> Answer:
    record = documents.parse_object(payload)
    if documents.canonical(record.value) != payload:
        raise _refuse("", message("is not in RFC 8785 form"))
    top = Members(record.value, at="", refuse=_refuse)
    if top.integer("v") != VERSION:
        raise _refuse("/v", message("is not {version}", version=VERSION))
    as_of, others = top.member("asOf"), top.texts_by_name("others")
    root = base64_bytes(as_of.text("root"))
    time = as_of.text("time")
    if root is None or len(root) != HASH_SIZE:
        raise _refuse("/asOf/root", message("is not a SHA-256 in base64"))
    answer = Answer(
        log=top.text("log"),
        target=top.text("target"),
        state=_state(top.text("state"), "/state"),
        size=as_of.integer("size"),
        root=root,
        time=time,
        key_events=top.integer("keyEvents"),
        successor=top.optional_text("successor"),
        others=MappingProxyType(
            {did: _state(text, f"/others/{did}") for did, text in others.items()}
        ),
        certificates=_certificates(top),
    )
    as_of.close()
    top.close()
    try:
        moment = datetime.fromisoformat(time)
        is_written_so = moment.tzinfo is not None and timestamp(moment) == time
    except (ValueError, OverflowError):  # no date, or in UTC none of the years 1 to 9999
        is_written_so = False
    if not is_written_so:
        raise _refuse("/asOf/time", message("is not a time in UTC with milliseconds"))
    return answer


def _state(text: str, at: str) -> State:
    try:
        return State(text)
    except ValueError:
        raise _refuse(at, message("is {text!r}, which is no state", text=text[:40])) from None


def _refuse(at: str, problem: str) -> InvalidInput:
    return StatusError(
        "U011",
        message(
            "In the status answer, {at} {problem}.", at=at or message("the whole"), problem=problem
        ),
        message("Fetch it again from the registry; its form is in docs/spec/status.md."),
    )
