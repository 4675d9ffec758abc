"""Judge the anchors: by when others than the log's operator had seen the entry (step 10)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from openquality_validator.bundle.ledger import Result, failed, passed, unknown
from openquality_validator.bundle.logged import CLOCK_SKEW
from openquality_validator.bundle.parts import Anchor
from openquality_validator.errors import InvalidInput, ProofError, TimestampError
from openquality_validator.message import message
from openquality_validator.tlog import checkpoint as checkpoints
from openquality_validator.tlog import cosignature, merkle
from openquality_validator.tlog.checkpoint import Checkpoint
from openquality_validator.tlog.note import Note, VerifierKey
from openquality_validator.trust import Trust, TrustedLog

if TYPE_CHECKING:
    from openquality_validator.timestamps import Timestamp

NOBODY_KNOWN = "L007"  # of `note`: by no key that is known, such as one of before a rotation


@dataclass(frozen=True, slots=True)
class Witness:
    """Say who had seen the entry, by when, and in which checkpoint.

    `signers` are the log keys that signed it, unless it is the bundle's own.
    """

    who: str
    moment: datetime
    checkpoint: Checkpoint
    signers: tuple[VerifierKey, ...] = ()


@dataclass(frozen=True, slots=True)
class Anchored:
    """Hold what the anchors prove: the result of the step, and everything proved, oldest first.

    `witnessed` says that a quorum of the policy signed one of the checkpoints that hold the entry.
    """

    result: Result
    proved: tuple[Witness, ...] = ()
    witnessed: bool = False

    @property
    def existed_by(self) -> datetime | None:
        """The earliest time by which the entry is proved to have existed."""
        return self.proved[0].moment if self.proved else None


@dataclass(frozen=True, slots=True)
class _Tree:
    """Hold a checkpoint whose tree holds the entry, with the log keys that signed it.

    Of the bundle's own checkpoint steps 7 and 8 prove both, so its signers stay empty here.
    """

    head: Checkpoint
    note: Note
    signers: tuple[VerifierKey, ...] = ()
    token: bytes | None = None


def judge(
    anchors: Sequence[Anchor],
    head: Checkpoint,
    signed: Note,
    *,
    entry: bytes,
    index: int,
    trust: Trust,
    now: datetime,
) -> Anchored:
    """Prove what the anchors and the checkpoint's own cosignatures say about time."""
    log = trust.log(head.origin)
    if log is None:
        return Anchored(
            unknown("V103", message("The log is not in your trust file, so no anchor counts."))
        )
    try:
        trees = [_Tree(head, signed), *_prove(anchors, log, entry=entry, index=index)]
        found = [witness for tree in trees for witness in _witnesses(tree, log, trust)]
        met = log.policy is not None and any(_is_met(tree.note, log) for tree in trees)
    except InvalidInput as error:
        return Anchored(failed("V101", str(error)))
    if found and max(each.moment for each in found) > now + CLOCK_SKEW:
        return Anchored(
            failed(
                "V104", message("An anchor is of the future. Check your clock, then the witness.")
            )
        )
    found.sort(key=lambda each: each.moment)
    if not found:
        return Anchored(_nothing(anchors, signed), witnessed=met)
    first = found[0]
    return Anchored(
        passed(
            "V100",
            message(
                "The record existed by {moment}: {who} saw it.",
                moment=first.moment.isoformat(),
                who=first.who,
            ),
        ),
        tuple(found),
        met,
    )


def _nothing(anchors: Sequence[Anchor], signed: Note) -> Result:
    if anchors or len(signed.signatures) > 1:
        return unknown(
            "V103",
            message(
                "The witnesses and time authorities that signed are not in your trust file, or "
                "too few of them are; they prove nothing to you."
            ),
        )
    return unknown(
        "V102",
        message(
            "No witness or time authority confirms when the record existed: the time of "
            "admission is the registry's word."
        ),
    )


def _prove(
    anchors: Sequence[Anchor], log: TrustedLog, *, entry: bytes, index: int
) -> Iterator[_Tree]:
    """Yield the anchors that a known key of the log signed, proved to hold the entry."""
    keys = [key.verifier for key in log.keys]
    for anchor in anchors:
        try:
            signed = checkpoints.verify(anchor.checkpoint, origin=log.origin, keys=keys)
        except ProofError as error:
            if error.code == NOBODY_KNOWN:
                continue
            raise
        merkle.verify_inclusion(
            merkle.leaf_hash(entry),
            index=index,
            size=signed.checkpoint.size,
            proof=anchor.inclusion_proof,
            root=signed.checkpoint.root,
        )
        yield _Tree(signed.checkpoint, signed.note, signed.signers, anchor.token)


def _witnesses(tree: _Tree, log: TrustedLog, trust: Trust) -> Iterator[Witness]:
    if log.policy is not None:
        since = log.policy.since(cosignature.verify(tree.note, _keys(log)))
        if since is not None:
            yield Witness(
                "a quorum of the witnesses of your policy", since, tree.head, tree.signers
            )
    if tree.token is not None and trust.time_authorities:
        stamp = _stamp(tree.token, tree.note, trust)
        if stamp is not None:
            yield Witness(
                f"the time authority {stamp.authority}", stamp.moment, tree.head, tree.signers
            )


def _is_met(signed: Note, log: TrustedLog) -> bool:
    assert log.policy is not None
    return log.policy.met(each.key for each in cosignature.verify(signed, _keys(log)))


def _keys(log: TrustedLog) -> list[VerifierKey]:
    assert log.policy is not None
    return [witness.key for witness in log.policy.witnesses]


def _stamp(token: bytes, signed: Note, trust: Trust) -> "Timestamp | None":
    # A large import, which a bundle without tokens does not need.
    from openquality_validator import timestamps

    digest = sha256(signed.text.encode()).digest()
    authorities = [timestamps.Authority(each.name, each.roots) for each in trust.time_authorities]
    try:
        return timestamps.verify_token(token, message_digest=digest, authorities=authorities)
    except TimestampError as error:
        if error.code == timestamps.UNKNOWN_AUTHORITY:
            return None
        raise
