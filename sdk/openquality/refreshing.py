"""Bring an older bundle up to date: newer proofs are added, nothing that was proved is lost."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from openquality.client import Client
from openquality_validator import bundle as bundles
from openquality_validator.bundle import Anchor, Bundle, Outcome, Verdict
from openquality_validator.envelope import digest
from openquality_validator.errors import ProofError, RegistryError
from openquality_validator.message import message
from openquality_validator.tlog import checkpoint as checkpoints
from openquality_validator.tlog.checkpoint import Checkpoint
from openquality_validator.tlog.note import Note
from openquality_validator.trust import STEPS, Trust

# What follows is news about the record, good or bad: how it stands, and its evidence.
NEWS = STEPS.index("status") + 1


def refresh(
    client: Client, data: bytes, *, trust: Trust, now: datetime, seen: Checkpoint | None = None
) -> tuple[bytes, Verdict]:
    """Fetch a bundle anew, with everything that the older one proved; return it with its verdict.

    The log must continue the older bundle's checkpoint, and the one `seen`. The verdict may say
    that the record was withdrawn since, or its key was in other hands: that is why one asks.
    Raises InvalidInput for an older bundle that does not hold, ProofError or RegistryError for a
    newer one that does not.
    """
    old = Bundle.from_bytes(data)
    before = bundles.verify(data, trust=trust, now=now)
    _check(before, "The bundle given", message("Fetch it anew with `openquality get --bundle`."))
    head = checkpoints.parse(old.checkpoint)[0]
    fresh, verdict = data, before
    for earlier in _earlier(head, seen):
        fetched = Bundle.from_bytes(client.bundle(digest(old.statement), since=earlier.size))
        fresh = merge(old, fetched).to_bytes()
        verdict = bundles.verify(fresh, trust=trust, now=now, seen=earlier)
        _check(
            verdict,
            "The newer bundle",
            message("Keep the older one; tell the registry's operator."),
        )
        _check_continued(verdict, earlier)
    return fresh, verdict


def merge(old: Bundle, new: Bundle) -> Bundle:
    """Add an older bundle's anchors and supporting statements to a newer one.

    The older checkpoint becomes an anchor itself if others signed it. Raises RegistryError if the
    newer bundle is of another statement or entry.
    """
    if (new.statement, new.entry, new.index) != (old.statement, old.entry, old.index):
        raise RegistryError(
            200,
            "bad-answer",
            message("The registry sent another statement or log entry than the bundle holds."),
            message("Keep both: an entry never changes, so they convict the registry."),
        )
    anchors = [*old.anchors, Anchor(old.checkpoint, old.inclusion_proof), *new.anchors]
    return replace(
        new,
        anchors=tuple(_distinct(anchors)),
        supporting=tuple(dict.fromkeys((*old.supporting, *new.supporting))),
    )


def _earlier(head: Checkpoint, seen: Checkpoint | None) -> Iterable[Checkpoint]:
    """Name the checkpoints that the log must continue; the last one is proved in the bundle."""
    yield head
    if seen is not None and seen.origin == head.origin and seen.size != head.size:
        yield seen


def _distinct(anchors: Iterable[Anchor]) -> Iterable[Anchor]:
    """Leave out anchors that add no signature and no token to another one."""
    kept: list[tuple[Anchor, Note]] = []
    for anchor in anchors:
        note = Note.from_bytes(anchor.checkpoint)
        if anchor.token is None and len(note.signatures) == 1:
            continue  # the log's own word
        if not any(_adds_nothing(anchor, note, *other) for other in kept):
            kept = [other for other in kept if not _adds_nothing(*other, anchor, note)]
            kept.append((anchor, note))
    return [anchor for anchor, _ in kept]


def _adds_nothing(anchor: Anchor, note: Note, other: Anchor, others: Note) -> bool:
    return (
        note.text == others.text
        and set(note.signatures) <= set(others.signatures)
        and anchor.token in {None, other.token}
    )


def _check(verdict: Verdict, what: str, hint: str) -> None:
    for step in verdict.steps[: NEWS - 1]:
        if step.outcome is Outcome.FAIL:
            raise ProofError(
                step.code,
                message(
                    "{what} fails at step {number} ({name}): {message}",
                    what=what,
                    number=step.number,
                    name=step.name,
                    message=step.message,
                ),
                hint,
            )


def _check_continued(verdict: Verdict, earlier: Checkpoint) -> None:
    step = next(each for each in verdict.steps if each.name == "consistency")
    if step.outcome is not Outcome.PASS:
        raise ProofError(
            step.code,
            message(
                "The registry does not show that its log continues the {size} entries known "
                "before: {message}",
                size=earlier.size,
                message=step.message,
            ),
            message("Keep the older bundle; ask the operator whether the log was restored."),
        )
