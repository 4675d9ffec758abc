"""Prove the other log entries of a bundle: that they stand in the same tree, in order."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from openquality_validator.bundle.parts import Logged
from openquality_validator.entry import Entry, digest
from openquality_validator.errors import ProofError
from openquality_validator.message import message
from openquality_validator.tlog import merkle
from openquality_validator.tlog.checkpoint import Checkpoint

# A clock may run ahead of the verifier's by this much before its word is refused.
CLOCK_SKEW = timedelta(minutes=5)


def prove(logged: Logged, head: Checkpoint, *, kind: str) -> Entry:
    """Prove that an entry of a kind names its statement and stands under a checkpoint.

    What the statement says is for the caller to prove. Raises LogFormatError, or ProofError (L040
    to L042, B007).
    """
    entry = Entry.from_bytes(logged.entry)
    if entry.digest != digest(logged.statement) or entry.kind != kind:
        raise ProofError(
            "B007",
            message(
                "The log entry at index {index} is not the one of the statement beside it.",
                index=logged.index,
            ),
            message("Fetch the bundle again; if it stays so, the registry logged something else."),
        )
    merkle.verify_inclusion(
        merkle.leaf_hash(logged.entry),
        index=logged.index,
        size=head.size,
        proof=logged.inclusion_proof,
        root=head.root,
    )
    return entry


def check_order(entries: Iterable[tuple[int, Entry]]) -> None:
    """Check that the times of admission never decrease along the log. Raises ProofError (B008)."""
    last = ""
    for index, entry in sorted(entries, key=lambda pair: pair[0]):
        if entry.admitted_at < last:
            raise ProofError(
                "B008",
                message(
                    "The entry at index {index} was admitted at {admitted_at}, and one before it "
                    "at {last}: the registry backdated one of them.",
                    index=index,
                    admitted_at=entry.admitted_at,
                    last=last,
                ),
                message("Keep the bundle: it convicts the registry."),
            )
        last = entry.admitted_at


def moment(entry: Entry) -> datetime:
    """Return when the registry says that it admitted an entry."""
    return datetime.fromisoformat(entry.admitted_at)
