"""Verify bundles as a user does: with the last checkpoint that was seen of each log."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from openquality import home
from openquality_validator import bundle as bundles
from openquality_validator.errors import InvalidInput
from openquality_validator.tlog.checkpoint import Checkpoint, parse

if TYPE_CHECKING:
    from openquality_validator.bundle import Bundle, Verdict
    from openquality_validator.recompute import ReadTable
    from openquality_validator.trust import Trust


def verify(
    data: bytes,
    *,
    trust: "Trust",
    now: datetime,
    evidence: Mapping[str, bytes] | None = None,
    read_table: "ReadTable | None" = None,
) -> "Verdict":
    """Verify a bundle against the checkpoint remembered of its log, and remember the newer one.

    Raises nothing for a bad bundle: that is a verdict too.
    """
    try:
        parsed = bundles.Bundle.from_bytes(data)
    except InvalidInput:
        return bundles.verify(data, trust=trust, now=now)
    seen = seen_of(parsed)
    verdict = bundles.verify(
        data, trust=trust, now=now, seen=seen, evidence=evidence, read_table=read_table
    )
    if verdict.checkpoint is not None and _continues(verdict, seen):
        _remember(verdict.checkpoint)
    return verdict


def seen_of(bundle: "Bundle") -> Checkpoint | None:
    """Return the last checkpoint seen of the log that a bundle names."""
    try:
        return last_seen(parse(bundle.checkpoint)[0].origin)
    except InvalidInput:
        return None


def last_seen(origin: str) -> Checkpoint | None:
    """Return the last checkpoint that was verified of a log, if any."""
    text = home.seen(origin)
    return Checkpoint.from_text(text) if text else None


def _continues(verdict: "Verdict", seen: Checkpoint | None) -> bool:
    # A larger tree that does not prove that it continues what was seen may be a fork: to remember
    # it would be to forget the evidence.
    step = next(step for step in verdict.steps if step.name == "consistency")
    return seen is None or step.outcome is step.outcome.PASS


def _remember(checkpoint: Checkpoint) -> None:
    text = home.seen(checkpoint.origin)
    if text is None or Checkpoint.from_text(text).size < checkpoint.size:
        home.remember_seen(checkpoint.origin, checkpoint.to_text())
