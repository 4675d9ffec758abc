"""What a log and a witness say to each other (C2SP tlog-witness, add-checkpoint), as values.

POST <prefix>/add-checkpoint
    old <size>
    <base64 of a hash>                    none to 63: the consistency proof
                                          an empty line
    <the checkpoint note>

200   signature lines of the witness
409   the size that the witness has cosigned, as text/x.tlog.size
"""

from collections.abc import Iterable
from dataclasses import dataclass

from openquality_validator.errors import LogFormatError
from openquality_validator.message import message
from openquality_validator.tlog import checkpoint as checkpoints
from openquality_validator.tlog.checkpoint import Checkpoint
from openquality_validator.tlog.cosignature import Cosignature, verify
from openquality_validator.tlog.encoding import base64_text, parse_hash, parse_number
from openquality_validator.tlog.note import MAX_BYTES, Note, Signature, VerifierKey

PATH = "/add-checkpoint"
SIZE_TYPE = "text/x.tlog.size"
MAX_REQUEST = MAX_BYTES + 4_096  # a note, and 63 lines of 45 bytes
MAX_ANSWER = 65_536
_MAX_HASHES = 63


@dataclass(frozen=True, slots=True)
class Request:
    """Hold a request: the size that the witness has, the proof from it, and the checkpoint note."""

    old_size: int
    proof: tuple[bytes, ...]
    note: bytes

    @classmethod
    def from_bytes(cls, data: bytes) -> "Request":
        """Read a request, strictly. Raises LogFormatError (L065, or the checkpoint's)."""
        head, gap, note = data.partition(b"\n\n")
        try:
            lines = head.decode("ascii").split("\n")
        except UnicodeDecodeError:
            raise _malformed(
                message("holds bytes that are not ASCII before the checkpoint")
            ) from None
        if len(data) > MAX_REQUEST or not gap or not lines[0].startswith("old "):
            raise _malformed(message("does not begin with `old` and a size, or has no empty line"))
        if len(lines) - 1 > _MAX_HASHES:
            raise _malformed(message("has more than {max_hashes} hashes", max_hashes=_MAX_HASHES))
        old_size = parse_number(lines[0].removeprefix("old "), code="L065", what="old size")
        proof = tuple(parse_hash(line, code="L065", what="proof line") for line in lines[1:])
        checkpoint, _ = checkpoints.parse(note)
        if old_size > checkpoint.size:
            raise _malformed(message("names an old size beyond the checkpoint's"))
        return cls(old_size, proof, note)

    def to_bytes(self) -> bytes:
        """Write the request; `from_bytes` gives the same value back."""
        lines = (f"old {self.old_size}", *map(base64_text, self.proof), "")
        return "".join(f"{line}\n" for line in lines).encode() + self.note

    @property
    def checkpoint(self) -> Checkpoint:
        """The checkpoint, of which nothing is proved."""
        return checkpoints.parse(self.note)[0]


def write_signatures(signatures: Iterable[Signature]) -> bytes:
    """Write the answer 200 of a witness."""
    return "".join(signature.to_text() for signature in signatures).encode()


def accept(
    note: Note, answer: bytes, keys: Iterable[VerifierKey]
) -> tuple[tuple[Signature, ...], tuple[Cosignature, ...]]:
    """Read the answer 200 to a checkpoint note: the lines of known witnesses, and what they prove.

    One cosignature for each line, in the same order. Raises LogFormatError (L001 to L004, L060,
    L065) for an answer that is not signature lines, one from each witness, and ProofError (L006)
    for a known witness's line that does not verify.
    """
    if len(answer) > MAX_ANSWER:
        raise _malformed(
            message("was answered with more than {max_answer} bytes", max_answer=MAX_ANSWER)
        )
    signed = Note.from_bytes(f"{note.text}\n".encode() + answer)
    # An empty line in the answer would make what stands above it a part of the text: a line signed
    # for that text spoils the note that it is added to.
    if signed.text != note.text:
        raise _malformed(message("was answered with more than signature lines"))
    cosignatures = verify(signed, keys)
    proved = {(each.key.name, each.key.key_id) for each in cosignatures}
    lines = tuple(line for line in signed.signatures if (line.name, line.key_id) in proved)
    if len(lines) != len(cosignatures):
        raise _malformed(message("was answered with two times by one witness"))
    return lines, cosignatures


def write_size(size: int) -> bytes:
    """Write the answer 409 of a witness."""
    return f"{size}\n".encode()


def read_size(answer: bytes) -> int:
    """Read the answer 409: the size that the witness has. Raises LogFormatError (L065)."""
    try:
        text = answer.decode("ascii")
    except UnicodeDecodeError:
        text = ""
    if not text.endswith("\n"):
        raise _malformed(message("was answered with something that is not a size"))
    return parse_number(text[:-1], code="L065", what="cosigned size")


def _malformed(what: str) -> LogFormatError:
    return LogFormatError(
        "L065",
        message("The request to a witness {what}.", what=what),
        message("Its form is C2SP tlog-witness."),
    )
