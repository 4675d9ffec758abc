"""Anchors of a decision log in a registry: what is said there, and what its receipt proves here.

The statement is a credential of the type `LogAnchor`, signed by the decision log's own key, whose
only content is the SHA-256 of the checkpoint's text (docs/spec/decision.md). The receipt is the
bundle that the registry gives for it:

(1) the bundle        verifies under the trust file, down to a checkpoint that the registry's log
                      signed with a key that the trust file holds
(2) its statement     is an anchor
(3) its issuer        is the decision log's own key: anybody finds all anchors of a log by it
(4) its subject       is the digest of exactly this checkpoint's text
"""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Final
from uuid import UUID

from openquality_validator import bundle as bundles
from openquality_validator import identity, kinds
from openquality_validator.bundle import Outcome
from openquality_validator.errors import DecisionError
from openquality_validator.identity import KeyKind, PublicKey
from openquality_validator.message import message
from openquality_validator.tlog.note import VerifierKey
from openquality_validator.trust import Trust

TYPE: Final = "LogAnchor"
NAME: Final = "A log"  # the schema has no other: who keeps the log is nobody's business
TARGET: Final = "checkpoint:sha256:"
MAX_BYTES: Final = 262_144  # of a receipt; one has some 3 KB, and each time-stamp token adds 8
_UNKNOWN_LOG: Final = "V082"

CODES: Final[Mapping[str, str]] = {
    "H061": "A registry's receipt is over an earlier checkpoint of the same log.",
    "H062": "The log that a registry's receipt is of is in the trust file, under the key that "
    "signed it.",
}


def target(text: str) -> str:
    """Return the subject of the anchor of a checkpoint, from the checkpoint's text."""
    return TARGET + sha256(text.encode()).hexdigest()


def issuer(key: VerifierKey) -> str:
    """Return the issuer of a log's anchors: the log's own key as a did:key."""
    return identity.did_key(PublicKey.from_bytes(KeyKind.ED25519, key.public))


def identifier(text: str, day: str) -> UUID:
    """Return the id of the anchor of a checkpoint on a day.

    The same anchor made again has the same bytes, so that to repeat it adds nothing to a registry.
    """
    return UUID(bytes=sha256(f"{day}\n{text}".encode()).digest()[:16], version=4)


def prove(
    receipt: bytes, *, text: str, key: VerifierKey, trust: Trust, now: datetime
) -> tuple[datetime, str]:
    """Prove that a registry's log holds the digest of a checkpoint's text.

    Returns when the registry admitted it, and the origin of the registry's log. `key` is the
    decision log's. Raises DecisionError: H061 for what is wrong, H062 for what proves nothing under
    this trust file.
    """
    if len(receipt) > MAX_BYTES:
        raise _wrong(message("it has more than {most} bytes", most=MAX_BYTES))
    # (1) The bundle.
    verdict = bundles.verify(receipt, trust=trust, now=now)
    step = next((each for each in verdict.steps if each.outcome is Outcome.FAIL), None)
    if step is not None and step.code != _UNKNOWN_LOG:
        raise _wrong(message("it does not verify: {why}", why=step.message))
    if verdict.checkpoint is None or verdict.record is None or verdict.entry is None:
        why = step or next(each for each in verdict.steps if each.name == "checkpoint")
        raise DecisionError(
            "H062",
            message("The receipt proves nothing to you: {why}", why=why.message),
            message("Trust the registry's log first, if you do: openquality trust add."),
        )
    # (2) The statement.
    credential = verdict.record.value
    if kinds.of(credential).type != TYPE:
        raise _wrong(message("it is of another statement"))
    # (3) The issuer.
    if verdict.record.issuer != issuer(key):
        raise _wrong(message("another key than the log's own signed what it is of"))
    # (4) The checkpoint.
    if credential["credentialSubject"]["id"] != target(text):
        raise _wrong(message("it is of another checkpoint"))
    return datetime.fromisoformat(verdict.entry.admitted_at), verdict.checkpoint.origin


def _wrong(why: str) -> DecisionError:
    return DecisionError(
        "H061",
        message("The receipt does not hold: {why}.", why=why.removesuffix(".")),
        message("Take the log or the export from its source again; if it stays so, keep it."),
    )
