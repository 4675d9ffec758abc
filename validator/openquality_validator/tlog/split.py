"""Evidence of a split view: two checkpoints that a log signed and that are not of one log.

    {"first":"<note>","prefixRoot":"<base64>","proof":["<base64>",…],"second":"<note>","v":1}

in RFC 8785 form. `second` is not smaller than `first`. `prefixRoot` is the root that the tree of
`second` has at the size of `first`, and `proof` the consistency proof of that (RFC 6962, 2.1.2):
the log committed to this root in `second` and to another one in `first`. Nobody but the holder of
the log's key can have made both.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from openquality_validator import documents
from openquality_validator.errors import InvalidInput, LogFormatError, ProofError
from openquality_validator.members import Members
from openquality_validator.message import message
from openquality_validator.tlog import checkpoint as checkpoints
from openquality_validator.tlog import merkle
from openquality_validator.tlog.checkpoint import Checkpoint
from openquality_validator.tlog.encoding import base64_text, parse_hash
from openquality_validator.tlog.note import MAX_BYTES, VerifierKey

VERSION = 1
MAX_FILE = 4 * MAX_BYTES


@dataclass(frozen=True, slots=True)
class SplitView:
    """Hold two signed notes, the root of the second's tree at the first's size, and its proof.

    Nothing is proved before `verify`.
    """

    first: bytes
    second: bytes
    prefix_root: bytes
    proof: tuple[bytes, ...] = ()

    @classmethod
    def from_bytes(cls, data: bytes) -> "SplitView":
        """Read the file, strictly. Raises LogFormatError (L070) or MalformedDocument."""
        record = documents.parse_object(data, max_bytes=MAX_FILE)
        top = Members(record.value, at="", refuse=_refuse)
        if top.integer("v") != VERSION:
            raise _refuse("/v", message("is not {version}", version=VERSION))
        found = cls(
            first=top.text("first").encode(),
            second=top.text("second").encode(),
            prefix_root=parse_hash(top.text("prefixRoot"), code="L070", what="prefix root"),
            proof=tuple(
                parse_hash(line, code="L070", what="proof hash") for line in top.texts("proof")
            ),
        )
        top.close()
        return found

    def to_bytes(self) -> bytes:
        """Write the file; `from_bytes` gives the same value back."""
        return documents.canonical(
            {
                "first": self.first.decode(),
                "prefixRoot": base64_text(self.prefix_root),
                "proof": list(map(base64_text, self.proof)),
                "second": self.second.decode(),
                "v": VERSION,
            }
        )

    def verify(self, *, origin: str, keys: Iterable[VerifierKey]) -> tuple[Checkpoint, Checkpoint]:
        """Prove that the log signed two trees that cannot be one; return both checkpoints.

        Raises LogFormatError, or ProofError: L006, L007 and L013 for the notes, L041 to L046 for
        the proof, L071 if the two agree.
        """
        known = tuple(keys)
        first = checkpoints.verify(self.first, origin=origin, keys=known).checkpoint
        second = checkpoints.verify(self.second, origin=origin, keys=known).checkpoint
        merkle.verify_consistency(
            old=first.size,
            new=second.size,
            old_root=self.prefix_root,
            new_root=second.root,
            proof=self.proof,
        )
        if self.prefix_root == first.root:
            raise ProofError(
                "L071",
                message(
                    "The two checkpoints, of {size} and {second_size} entries, are of one log.",
                    size=first.size,
                    second_size=second.size,
                ),
                message("They prove nothing against it."),
            )
        return first, second


def _refuse(at: str, problem: str) -> InvalidInput:
    return LogFormatError(
        "L070",
        message(
            "In the evidence of a split view, {at} {problem}.",
            at=at or message("the whole"),
            problem=problem,
        ),
        message("Its form is in docs/guide/watch.md."),
    )
