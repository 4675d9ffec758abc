"""The history of an issuer's keys, in the order of the registry's log (docs/spec/identity.md).

A key event is a log entry of the kind `key`: a line of a DID log, an archived did:web document, or
a word that a key was in other hands. Which keys may assert at a place of the log follows from the
events before that place, and from nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from openquality_validator import documents
from openquality_validator.errors import IdentityError, InvalidInput
from openquality_validator.identity import address, approvals, didlog, web
from openquality_validator.identity.document import assertion_keys
from openquality_validator.identity.key import METHOD, KeyResolution, resolve
from openquality_validator.message import message


@dataclass(frozen=True, slots=True)
class KeyEvent:
    """Hold the exact bytes of a key event, and its index in the log if it has one."""

    statement: bytes
    index: int | None = None


@dataclass(frozen=True, slots=True)
class KeyVersion:
    """Hold one version of an issuer's keys.

    `from_index` is where in the log it begins. `discontinuous` says that no earlier key vouches
    for it, which only a did:web can be.
    """

    version_id: str
    resolution: KeyResolution
    from_index: int | None
    discontinuous: bool = False
    deactivated: bool = False


@dataclass(frozen=True, slots=True)
class KeyHistory:
    """Hold the versions of an issuer's keys, oldest first."""

    did: str
    level: str
    versions: tuple[KeyVersion, ...]

    def at(self, index: int | None = None) -> KeyVersion:
        """Return the version in force for an entry at this index; without one, the newest.

        Raises IdentityError: K120 if there was none yet, K121 if the issuer had ended by then.
        """
        usable = [
            version
            for version in self.versions
            if index is None or (version.from_index is not None and version.from_index < index)
        ]
        if not usable:
            raise IdentityError(
                "K120",
                message(
                    "The log holds no keys of {did} before index {index}.",
                    did=self.did,
                    index=index,
                ),
                message("A statement counts only after the keys that signed it are in the log."),
            )
        if usable[-1].deactivated:
            raise IdentityError(
                "K121",
                message("{did} was deactivated before this statement.", did=self.did),
                message("Publish under a new identifier; what was logged before stands."),
            )
        return usable[-1]


@dataclass(frozen=True, slots=True)
class Dispute:
    """Hold an issuer's word that a key was in other hands since a time.

    What that key signed and the log admitted from `since` on, up to `index`, is in doubt.
    """

    key: str
    since: datetime
    index: int

    def covers(self, key: str, *, admitted_at: datetime, index: int) -> bool:
        """Tell whether an entry signed with a key is in doubt."""
        return key == self.key and self.since <= admitted_at and index < self.index


def build(
    did: str,
    events: Sequence[KeyEvent],
    *,
    witness: bytes | None = None,
    now: datetime | None = None,
) -> KeyHistory:
    """Verify the key events of an issuer, and return what follows.

    For a did:key there are none. Compromises are no versions: leave them out here. Raises
    IdentityError: the K1 codes of DID logs, K110 for a document, K122 for events that do not fit.
    """
    if did.startswith(METHOD):
        return KeyHistory(did, "L0", (KeyVersion("", resolve(did), None),))
    indices = [event.index for event in events if event.index is not None]
    if not events or len(indices) not in {0, len(events)} or indices != sorted(set(indices)):
        raise IdentityError(
            "K122",
            message("The key events of {did} are none, or not in the order of the log.", did=did),
            message("Fetch them again from the registry."),
        )
    if did.startswith(address.WEBVH):
        return _webvh(did, events, witness, now)
    if did.startswith(address.WEB):
        return _web(did, events)
    raise IdentityError(
        "K001",
        message(
            "The method of {did!r} is not one of did:key, did:webvh and did:web.", did=did[:100]
        ),
        message("Make an identity with `openquality init`."),
    )


def _webvh(
    did: str, events: Sequence[KeyEvent], witness: bytes | None, now: datetime | None
) -> KeyHistory:
    where = address.parse(did)
    lines = didlog.read([event.statement for event in events], now=now)
    approvals.check(lines, witness)
    if lines[0].parameters.scid != where.scid or did not in {line.did for line in lines}:
        raise IdentityError(
            "K106",
            message("The DID log is not that of {did}.", did=did),
            message("Bring the log whose first line gives the SCID in the identifier."),
        )
    versions = tuple(
        KeyVersion(
            version_id=line.version_id,
            # A document may have moved: its keys count for the name that it has in this version.
            resolution=KeyResolution(line.did, "L1", assertion_keys(line.document)),
            from_index=event.index,
            deactivated=line.parameters.deactivated,
        )
        for line, event in zip(lines, events, strict=True)
    )
    return KeyHistory(did, "L1", versions)


def _web(did: str, events: Sequence[KeyEvent]) -> KeyHistory:
    address.parse(did)
    versions: list[KeyVersion] = []
    before: dict[str, Any] | None = None
    for event in events:
        archived = web.Archived.from_bytes(event.statement)
        document = archived.value()
        if archived.did != did or document.get("id") != did:
            raise IdentityError(
                "K122",
                message(
                    "An archived document is of {did}, not of {did2}.", did=archived.did, did2=did
                ),
                message("Fetch the key events of this issuer again."),
            )
        continuous = before is None or web.continues(before, document)
        if archived.discontinuous is continuous:
            raise IdentityError(
                "K123",
                message(
                    "An archived document of {did} is marked as the opposite of what its proof "
                    "says.",
                    did=did,
                ),
                message("The registry archived it wrongly; tell the operator."),
            )
        versions.append(
            KeyVersion(
                version_id=archived.digest,
                resolution=KeyResolution(did, "L1", assertion_keys(document)),
                from_index=event.index,
                discontinuous=archived.discontinuous,
            )
        )
        before = document
    return KeyHistory(did, "L1", tuple(versions))


def event_did(statement: bytes) -> str:
    """Return the identifier that a key event is about: a DID log line or an archived document.

    Nothing is proved. Raises IdentityError (K122) for bytes that are neither.
    """
    try:
        value = documents.parse_object(statement, max_bytes=didlog.MAX_LINE).value
    except InvalidInput as error:
        raise _no_event(error.message) from None
    match value:
        case {"type": "DidWebDocument", "did": str(did)}:
            return did
        case {"versionId": str(), "state": {"id": str(did)}}:
            return did
        case _:
            raise _no_event(message("it is neither a line of a DID log nor an archived document"))


def _no_event(why: str) -> IdentityError:
    return IdentityError(
        "K122",
        message("This is no key event: {why}.", why=why),
        message("Send one line of did.jsonl, as `openquality key rotate` makes it."),
    )
