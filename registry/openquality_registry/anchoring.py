"""Choose the anchors of an entry: the oldest checkpoints with a quorum, and the oldest tokens."""

from collections.abc import Sequence

from openquality_registry.adapters.sql.anchors import (
    COSIGNATURE,
    TOKEN,
    SqlAnchors,
    Word,
    by_size,
    cosigned,
)
from openquality_registry.log.proofs import Prover
from openquality_validator.bundle import Anchor
from openquality_validator.tlog import checkpoint as checkpoints
from openquality_validator.tlog import cosignature
from openquality_validator.tlog.note import Note
from openquality_validator.tlog.policy import Policy


class Anchoring:
    """Find anchors for bundles, under the registry's own policy of witnesses if it has one."""

    def __init__(self, anchors: SqlAnchors, prover: Prover, policy: Policy | None) -> None:
        self._anchors = anchors
        self._prover = prover
        self._policy = policy

    def of(self, index: int) -> Sequence[Anchor]:
        """Return the anchors of an entry: one by witnesses, and one for each time authority."""
        groups = by_size(self._anchors.covering(index))
        if not groups:
            return ()
        view = self._prover.view()
        chosen: list[Anchor] = []
        stamped: set[str] = set()
        witnessed = False
        for size, words in groups.items():
            if size > view.size:
                break
            note = cosigned(words[0].note, words)
            proof = view.inclusion(index, size)
            tokens = [w for w in words if w.kind == TOKEN and w.name not in stamped]
            stamped.update(word.name for word in tokens)
            chosen.extend(Anchor(note, proof, word.proof) for word in tokens)
            if not witnessed and self._is_quorum(note, words):
                witnessed = True
                if not tokens:
                    chosen.append(Anchor(note, proof))
        return chosen

    def head(self, note: bytes) -> bytes:
        """Return a published checkpoint with the cosignatures that it has by now."""
        size = checkpoints.parse(note)[0].size
        return cosigned(note, self._anchors.of_size(size))

    def _is_quorum(self, note: bytes, words: Sequence[Word]) -> bool:
        if self._policy is None:
            return any(word.kind == COSIGNATURE for word in words)
        keys = [witness.key for witness in self._policy.witnesses]
        proved = cosignature.verify(Note.from_bytes(note), keys)
        return bool(proved) and self._policy.met(each.key for each in proved)
