"""Log proofs in one file (C2SP tlog-proof).

c2sp.org/tlog-proof@v1
extra <base64>                                        optional
index <decimal>
<base64 of a hash>                                    none or more, from the leaf upwards
                                                      an empty line
<the checkpoint note>
"""

from collections.abc import Iterable
from dataclasses import dataclass

from openquality_validator.errors import LogFormatError
from openquality_validator.message import message
from openquality_validator.tlog import checkpoint as checkpoints
from openquality_validator.tlog.encoding import (
    base64_bytes,
    base64_text,
    parse_hash,
    parse_number,
)
from openquality_validator.tlog.merkle import verify_inclusion
from openquality_validator.tlog.note import MAX_BYTES, VerifierKey

MEDIA_TYPE = "text/plain; charset=utf-8"
_MAGIC = "c2sp.org/tlog-proof@v1"
_MAX_HASHES = 63  # a tree of 2^63 − 1 leaves needs no more


@dataclass(frozen=True, slots=True)
class LogProof:
    """Hold an entry's index, its audit path, the checkpoint note's bytes, and opaque extra data.

    `extra` is not authenticated by anything.
    """

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None

    @classmethod
    def from_bytes(cls, data: bytes) -> "LogProof":
        """Read a proof, strictly. Raises LogFormatError (L030 to L033, or the checkpoint's)."""
        head, gap, note = data.partition(b"\n\n")
        try:
            lines = head.decode("ascii").split("\n")
        except UnicodeDecodeError:
            raise _malformed(
                message("holds bytes that are not ASCII before the checkpoint")
            ) from None
        if len(data) > 2 * MAX_BYTES or not gap or lines.pop(0) != _MAGIC:
            raise _malformed(
                message("does not start with the line {magic!r} or has no empty line", magic=_MAGIC)
            )
        extra = None
        if lines and lines[0].startswith("extra "):
            extra = base64_bytes(lines.pop(0).removeprefix("extra "))
            if extra is None:
                raise LogFormatError(
                    "L031",
                    message("The extra line is not base64."),
                    message("Fetch the proof again."),
                )
        if not lines or not lines[0].startswith("index "):
            raise _malformed(message("has no index line"))
        index = parse_number(lines.pop(0).removeprefix("index "), code="L032", what="index")
        if len(lines) > _MAX_HASHES:
            raise _malformed(message("has more than {max_hashes} hashes", max_hashes=_MAX_HASHES))
        hashes = tuple(parse_hash(line, code="L033", what="proof line") for line in lines)
        checkpoints.parse(note)
        return cls(index, hashes, note, extra)

    def to_bytes(self) -> bytes:
        """Write the proof; `from_bytes` gives the same value back."""
        extra = [] if self.extra is None else [f"extra {base64_text(self.extra)}"]
        lines = [_MAGIC, *extra, f"index {self.index}", *map(base64_text, self.hashes)]
        return "".join(f"{line}\n" for line in lines).encode() + b"\n" + self.checkpoint


def verify(
    proof: LogProof, leaf: bytes, *, origin: str, keys: Iterable[VerifierKey]
) -> checkpoints.SignedCheckpoint:
    """Prove that the leaf hash stands in the log `origin`, at the proof's index.

    Raises ProofError for a checkpoint of another log (L013), its signatures (L006, L007) or a
    path that does not lead to its root (L040 to L042).
    """
    signed = checkpoints.verify(proof.checkpoint, origin=origin, keys=keys)
    tree = signed.checkpoint
    verify_inclusion(leaf, index=proof.index, size=tree.size, proof=proof.hashes, root=tree.root)
    return signed


def _malformed(what: str) -> LogFormatError:
    return LogFormatError(
        "L030",
        message("The log proof {what}.", what=what),
        message("Fetch it again as bytes; its format is tlog-proof."),
    )
