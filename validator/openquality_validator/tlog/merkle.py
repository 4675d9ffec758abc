"""Merkle trees over SHA-256 (RFC 6962, section 2.1; the same trees as RFC 9162, section 2.1).

    MTH({})     = SHA-256()
    MTH({d0})   = SHA-256(0x00 ‖ d0)                                        a leaf
    MTH(D[0:n]) = SHA-256(0x01 ‖ MTH(D[0:k]) ‖ MTH(D[k:n]))                 a node
                  with k the largest power of two below n

A `Node` (level, index) is the root of the complete subtree over the leaves
index·2^level … (index+1)·2^level − 1. Every tree and every proof is made of such nodes.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from hmac import compare_digest

from openquality_validator.errors import ProofError
from openquality_validator.message import message

HASH_SIZE = 32
EMPTY_ROOT = sha256().digest()
MAX_SIZE = 2**63 - 1  # what a signed 64-bit reader can count; no proof then exceeds 63 hashes

Node = tuple[int, int]
HashReader = Callable[[Sequence[Node]], Sequence[bytes]]
"""Return the hashes of complete subtrees, in the order asked for."""


def leaf_hash(entry: bytes) -> bytes:
    """Hash one log entry (RFC 6962, section 2.1)."""
    return sha256(b"\x00" + entry).digest()


def leaf_hashes(entries: Iterable[bytes]) -> list[bytes]:
    """Hash many log entries, in order."""
    return [sha256(b"\x00" + entry).digest() for entry in entries]


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two neighbours into their parent (RFC 6962, section 2.1)."""
    return sha256(b"\x01" + left + right).digest()


def root(hashes: Sequence[bytes]) -> bytes:
    """Return the tree hash over leaf hashes, or over the hashes of equally tall subtrees.

    The last hash may stand for a shorter, incomplete subtree: it moves up unpaired, exactly as
    the definition's split at the largest power of two has it.
    """
    row = list(hashes)
    if not row:
        return EMPTY_ROOT
    while len(row) > 1:
        last = row[-1:] if len(row) % 2 else []
        pairs = zip(row[::2], row[1::2], strict=False)
        row = [sha256(b"\x01" + left + right).digest() for left, right in pairs] + last
    return row[0]


def tree_root(size: int, read: HashReader) -> bytes:
    """Return the root of the first `size` leaves."""
    return _read_spans([(0, size)], read)[0] if size else EMPTY_ROOT


def inclusion_proof(index: int, size: int, read: HashReader) -> tuple[bytes, ...]:
    """Return the audit path of leaf `index` in the tree of `size` leaves (RFC 6962, 2.1.1).

    Raises ProofError (L040) if the tree does not hold that leaf.
    """
    _check_index(index, size)
    spans: list[tuple[int, int]] = []
    start, stop = 0, size
    while stop - start > 1:
        middle = start + _split(stop - start)
        if index < middle:
            spans.append((middle, stop))
            stop = middle
        else:
            spans.append((start, middle))
            start = middle
    return tuple(_read_spans(spans[::-1], read))


def consistency_proof(old: int, new: int, read: HashReader) -> tuple[bytes, ...]:
    """Return the proof that the first `old` of `new` leaves are unchanged (RFC 6962, 2.1.2).

    Empty for old = 0 and old = new. Raises ProofError (L043) unless 0 ≤ old ≤ new.
    """
    check_sizes(old, new)
    if old in (0, new):
        return ()
    spans: list[tuple[int, int]] = []
    start, stop = 0, new
    while stop != old:
        middle = start + _split(stop - start)
        if old <= middle:
            spans.append((middle, stop))
            stop = middle
        else:
            spans.append((start, middle))
            start = middle
    if start:  # the old tree's last subtree; when it is the whole old tree, the verifier has it
        spans.append((start, stop))
    return tuple(_read_spans(spans[::-1], read))


def root_from_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes:
    """Return the root to which an audit path leads (RFC 9162, section 2.1.3.2).

    Raises ProofError: L040 for an index outside the tree, L041 for a wrong number of hashes.
    """
    _check_index(index, size)
    _check_hashes([leaf, *proof])
    value = leaf
    for step, left in _climb(index, size - 1, proof, "inclusion"):
        value = node_hash(step, value) if left else node_hash(value, step)
    return value


def verify_inclusion(
    leaf: bytes, *, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Prove that a leaf hash stands at `index` of the tree with this size and root.

    Raises ProofError: L040, L041, or L042 if the path leads to another root.
    """
    if not compare_digest(root_from_inclusion(leaf, index, size, proof), root):
        raise ProofError(
            "L042",
            message(
                "The inclusion proof of entry {index} leads to another root than the checkpoint's.",
                index=index,
            ),
            message("Fetch entry, proof and checkpoint again, together and from the same log."),
        )


def verify_consistency(
    *, old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Prove that the tree (old, old_root) is a prefix of (new, new_root) (RFC 9162, 2.1.4.2).

    Raises ProofError: L043 for sizes that cannot be, L044 for a wrong number of hashes, L045 if
    the two trees are not one log.
    """
    check_sizes(old, new)
    _check_hashes([old_root, new_root, *proof])
    if old in (0, new):
        if proof:
            raise _wrong_length("consistency")
        if not compare_digest(old_root, new_root if old else EMPTY_ROOT):
            raise _not_one_log(old, new)
        return
    # A power of two is one complete subtree: the proof leaves it out, being the old root itself.
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not path:
        raise _wrong_length("consistency")
    place, last = old - 1, new - 1
    while place % 2:
        place, last = place >> 1, last >> 1
    before = after = path[0]
    for step, left in _climb(place, last, path[1:], "consistency"):
        if left:
            before, after = node_hash(step, before), node_hash(step, after)
        else:  # to the right of the old tree: only the new one has it
            after = node_hash(after, step)
    if not (compare_digest(before, old_root) and compare_digest(after, new_root)):
        raise _not_one_log(old, new)


def _climb(
    place: int, last: int, proof: Sequence[bytes], kind: str
) -> Iterator[tuple[bytes, bool]]:
    """Yield each hash of a proof and whether it stands on the left, from `place` up to the root.

    `last` is the row's last place; the row halves at each level (RFC 9162, 2.1.3.2, steps 4 to 6).
    """
    for step in proof:
        if last == 0:
            raise _wrong_length(kind)
        left = place % 2 == 1 or place == last
        yield step, left
        while left and place and place % 2 == 0:  # an unpaired last node moves up as it is
            place, last = place >> 1, last >> 1
        place, last = place >> 1, last >> 1
    if last:
        raise _wrong_length(kind)


def _split(count: int) -> int:
    """Return the largest power of two below count (count ≥ 2)."""
    return 1 << ((count - 1).bit_length() - 1)


def _nodes(start: int, stop: int) -> list[Node]:
    """Return the complete subtrees that make up a span, from the left, which are ever smaller.

    The spans of proofs start at a multiple of the largest power of two within their length.
    """
    nodes = []
    while start < stop:
        level = (stop - start).bit_length() - 1
        nodes.append((level, start >> level))
        start += 1 << level
    return nodes


def _read_spans(spans: Sequence[tuple[int, int]], read: HashReader) -> list[bytes]:
    parts = [_nodes(start, stop) for start, stop in spans]
    hashes = iter(read([node for part in parts for node in part]))
    roots = []
    for part in parts:
        values = [next(hashes) for _ in part]
        value = values.pop()
        while values:
            value = node_hash(values.pop(), value)
        roots.append(value)
    return roots


def _check_index(index: int, size: int) -> None:
    if not 0 <= index < size <= MAX_SIZE:
        raise ProofError(
            "L040",
            message("A tree of {size} entries has no entry {index}.", size=size, index=index),
            message("Take index and checkpoint from the same receipt or bundle."),
        )


def check_sizes(old: int, new: int) -> None:
    """Raise ProofError (L043) unless 0 ≤ old ≤ new ≤ 2^63 − 1."""
    if not 0 <= old <= new <= MAX_SIZE:
        raise ProofError(
            "L043",
            message("A tree of {new} entries cannot continue one of {old}.", new=new, old=old),
            message("Compare with a checkpoint that is at least as large as the one seen before."),
        )


def _check_hashes(hashes: Sequence[bytes]) -> None:
    if any(len(value) != HASH_SIZE for value in hashes):
        raise ProofError(
            "L046",
            message("A hash in the proof has not {hash_size} bytes.", hash_size=HASH_SIZE),
            message("Fetch the proof again; each line is one SHA-256 value."),
        )


def _wrong_length(kind: str) -> ProofError:
    code = "L041" if kind == "inclusion" else "L044"
    return ProofError(
        code,
        message("The {kind} proof has too few or too many hashes for these tree sizes.", kind=kind),
        message("Fetch proof and checkpoint again, together and from the same log."),
    )


def _not_one_log(old: int, new: int) -> ProofError:
    return ProofError(
        "L045",
        message(
            "The tree of {new} entries does not continue the tree of {old} entries.",
            new=new,
            old=old,
        ),
        message("Keep both checkpoints: if both are signed by the log, they prove that it forked."),
    )
