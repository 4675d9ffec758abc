"""Judge the anchors: by when others than the log's operator had seen the entry (step 10)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from openquality_validator.bundle.ledger import Result, failed, passed, unknown
from openquality_validator.bundle.logged import CLOCK_SKEW
from openquality_validator.bundle.parts import Anchor
from openquality_validator.errors import InvalidInput, TimestampError
from openquality_validator.tlog import checkpoint as checkpoints
from openquality_validator.tlog import cosignature, merkle
from openquality_validator.tlog.note import Note, VerifierKey
from openquality_validator.trust import Trust, TrustedLog

NOBODY_VOUCHES = "N004"  # of `timestamps`: by an authority that is not pinned, or changed


@dataclass(frozen=True, slots=True)
class Witness:
    """Say who had seen the entry, and by when."""

    who: str
    moment: datetime


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


def judge(
    anchors: Sequence[Anchor],
    head: Note,
    *,
    origin: str,
    entry: bytes,
    index: int,
    trust: Trust,
    now: datetime,
) -> Anchored:
    """Prove what the anchors and the checkpoint's own cosignatures say about time."""
    log = trust.log(origin)
    if log is None:
        return Anchored(unknown("V103", "The log is not in your trust file, so no anchor counts."))
    try:
        found = list(_proved(anchors, head, log, entry=entry, index=index, trust=trust))
    except InvalidInput as error:
        return Anchored(failed("V101", str(error)))
    if found and max(each.moment for each in found) > now + CLOCK_SKEW:
        return Anchored(
            failed("V104", "An anchor is of the future. Check your clock, then the witness.")
        )
    found.sort(key=lambda each: each.moment)
    met = log.policy is not None and _is_witnessed(anchors, head, log)
    if not found:
        return Anchored(_nothing(anchors, head), witnessed=met)
    first = found[0]
    return Anchored(
        passed("V100", f"The record existed by {first.moment.isoformat()}: {first.who} saw it."),
        tuple(found),
        met,
    )


def _nothing(anchors: Sequence[Anchor], head: Note) -> Result:
    if anchors or len(head.signatures) > 1:
        return unknown(
            "V103",
            "The witnesses and time authorities that signed are not in your trust file, or too "
            "few of them are; they prove nothing to you.",
        )
    return unknown(
        "V102",
        "No witness or time authority confirms when the record existed: the time of admission is "
        "the registry's word.",
    )


def _proved(
    anchors: Sequence[Anchor],
    head: Note,
    log: TrustedLog,
    *,
    entry: bytes,
    index: int,
    trust: Trust,
) -> Iterator[Witness]:
    yield from _quorum(head, log)
    for anchor in anchors:
        note = _prove_anchor(anchor, log, entry=entry, index=index)
        yield from _quorum(note, log)
        if anchor.token is not None and trust.time_authorities:
            token = _token(anchor.token, note, trust)
            if token is not None:
                yield token


def _prove_anchor(anchor: Anchor, log: TrustedLog, *, entry: bytes, index: int) -> Note:
    """Prove that the log signed the anchor's checkpoint, and that the entry stands in its tree."""
    keys = [key.verifier for key in log.keys]
    signed = checkpoints.verify(anchor.checkpoint, origin=log.origin, keys=keys)
    tree = signed.checkpoint
    merkle.verify_inclusion(
        merkle.leaf_hash(entry),
        index=index,
        size=tree.size,
        proof=anchor.inclusion_proof,
        root=tree.root,
    )
    return signed.note


def _quorum(note: Note, log: TrustedLog) -> Iterator[Witness]:
    if log.policy is None:
        return
    since = log.policy.since(cosignature.verify(note, _keys(log)))
    if since is not None:
        yield Witness("a quorum of the witnesses of your policy", since)


def _is_witnessed(anchors: Sequence[Anchor], head: Note, log: TrustedLog) -> bool:
    assert log.policy is not None
    notes = [head, *(Note.from_bytes(anchor.checkpoint) for anchor in anchors)]
    return any(
        log.policy.met(each.key for each in cosignature.verify(note, _keys(log))) for note in notes
    )


def _keys(log: TrustedLog) -> list[VerifierKey]:
    assert log.policy is not None
    return [witness.key for witness in log.policy.witnesses]


def _token(token: bytes, note: Note, trust: Trust) -> Witness | None:
    # A large import, which a bundle without tokens does not need.
    from openquality_validator import timestamps

    digest = sha256(note.text.encode()).digest()
    authorities = [timestamps.Authority(each.name, each.roots) for each in trust.time_authorities]
    try:
        stamp = timestamps.verify_token(token, message_digest=digest, authorities=authorities)
    except TimestampError as error:
        if error.code == NOBODY_VOUCHES:
            return None
        raise
    return Witness(f"the time authority {stamp.authority}", stamp.moment)
