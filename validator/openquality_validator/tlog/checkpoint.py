"""Checkpoints (C2SP tlog-checkpoint): the signed head of a log.

<origin>
<size, decimal>
<base64 of the root>
<extension lines, none of ours; accepted and kept when reading>
                                                      then the note's signatures
"""

from collections.abc import Iterable
from dataclasses import dataclass

from openquality_validator.errors import LogFormatError, ProofError
from openquality_validator.message import message
from openquality_validator.tlog.encoding import base64_text, parse_hash, parse_number
from openquality_validator.tlog.note import Note, VerifierKey
from openquality_validator.tlog.note import verify as verify_note

_FIXED_LINES = 3


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Hold a log's origin, size and root (32 bytes), and extension lines if another log has any."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @classmethod
    def from_text(cls, text: str) -> "Checkpoint":
        """Read the text of a checkpoint note. Raises LogFormatError (L010 to L012)."""
        lines = text.split("\n")
        if len(lines) <= _FIXED_LINES or lines.pop() or not all(lines):
            raise LogFormatError(
                "L010",
                message("The checkpoint has not three or more lines, none of them empty."),
                message("Fetch /checkpoint again; its lines are origin, size and root."),
            )
        origin, size, root, *extensions = lines
        return cls(
            origin,
            parse_number(size, code="L011", what="tree size"),
            parse_hash(root, code="L012", what="root hash"),
            tuple(extensions),
        )

    def to_text(self) -> str:
        """Write the checkpoint's text; `from_text` gives the same value back."""
        lines = (self.origin, str(self.size), base64_text(self.root), *self.extensions)
        return "".join(f"{line}\n" for line in lines)


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """Hold a checkpoint that known keys signed; made by `verify` alone."""

    checkpoint: Checkpoint
    note: Note
    signers: tuple[VerifierKey, ...]


def parse(data: bytes) -> tuple[Checkpoint, Note]:
    """Read a checkpoint note without proving anything. Raises LogFormatError."""
    note = Note.from_bytes(data)
    return Checkpoint.from_text(note.text), note


def verify(data: bytes, *, origin: str, keys: Iterable[VerifierKey]) -> SignedCheckpoint:
    """Prove that a checkpoint note is of the log `origin` and signed by one of its keys.

    Raises LogFormatError on malformed bytes, ProofError: L013 for another log's checkpoint, L006
    and L007 for signatures.
    """
    checkpoint, note = parse(data)
    if checkpoint.origin != origin:
        raise ProofError(
            "L013",
            message(
                "The checkpoint is of the log {origin!r}, not of {origin2!r}.",
                origin=checkpoint.origin,
                origin2=origin,
            ),
            message("Fetch the checkpoint of the log that issued the proof, or trust that log."),
        )
    return SignedCheckpoint(checkpoint, note, verify_note(note, keys))
