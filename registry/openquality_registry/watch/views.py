"""Compare a signed checkpoint with the newest one seen: are they of one log?"""

from hashlib import sha256

from openquality_registry.log.reader import TileReader
from openquality_registry.watch.alerts import Alert, Code
from openquality_registry.watch.mirror import Mirror
from openquality_validator.errors import ProofError
from openquality_validator.tlog import checkpoint as checkpoints
from openquality_validator.tlog import merkle
from openquality_validator.tlog.checkpoint import Checkpoint
from openquality_validator.tlog.merkle import HashReader
from openquality_validator.tlog.split import SplitView

PLACE = "checkpoint"
_NO_PROOF: tuple[bytes, ...] = ()


def compare(note: bytes, mirror: Mirror, served: TileReader) -> Alert | None:
    """Judge a checkpoint whose signature is proved; a split view is kept as evidence.

    Where the copy does not hold the larger of the two trees, its tiles are read from `served`.
    Raises LogDamaged or LogFormatError if they are missing or malformed, ProofError (L042) if they
    do not give the signed root.
    """
    seen = mirror.seen
    if seen is None:
        return None
    first, second = sorted((note, seen), key=lambda each: checkpoints.parse(each)[0].size)
    small, big = (checkpoints.parse(each)[0] for each in (first, second))
    if small.size == big.size:
        prefix, proof = big.root, _NO_PROOF
    else:
        nodes = mirror.nodes() if big.size == mirror.size else proved_nodes(big, served)
        prefix = merkle.tree_root(small.size, nodes)
        proof = merkle.consistency_proof(small.size, big.size, nodes)
    if prefix == small.root:
        return None
    split = SplitView(first, second, prefix, proof).to_bytes()
    path = mirror.keep_evidence(f"split-view-{sha256(split).hexdigest()[:16]}.json", split)
    return Alert(
        Code.SPLIT_VIEW,
        PLACE,
        f"The log signed two trees that cannot be one, of {small.size} and {big.size} entries.",
        path,
    )


def proved_nodes(head: Checkpoint, served: TileReader) -> HashReader:
    """Read the nodes of a checkpoint's tree from tiles that give its root.

    Raises what reading raises, and ProofError (L042).
    """
    nodes = served.nodes(head.size)
    if merkle.tree_root(head.size, nodes) != head.root:
        raise ProofError(
            "L042",
            f"The tiles do not give the signed root of {head.size} entries.",
            "Keep the checkpoint: the log signed a tree that it does not show.",
        )
    return nodes


def keep_note(mirror: Mirror, note: bytes) -> str:
    """Keep a signed checkpoint that the log does not stand by."""
    head = checkpoints.parse(note)[0]
    name = f"checkpoint-{head.size}-{sha256(note).hexdigest()[:16]}"
    return mirror.keep_evidence(name, note)
