"""Receipts: verified before a publish is called a success."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from openquality import home
from openquality_validator import bundle as bundles
from openquality_validator.envelope import digest
from openquality_validator.errors import ProofError
from openquality_validator.tlog import checkpoint
from openquality_validator.trust import Trust

NEEDS_A_KNOWN_LOG = "checkpoint"


@dataclass(frozen=True, slots=True)
class Receipt:
    """Say where a statement stands in a log, as its receipt proves.

    `is_signed` is False where the log is not in the trust file, so that only the inclusion under
    the given checkpoint is proved, and not whose checkpoint it is.
    """

    digest: str
    origin: str
    index: int
    is_signed: bool


def load_trust(path: Path | None) -> Trust:
    """Read a trust file: the given one, or the user's own, or nothing if there is none yet."""
    if path is None and not home.trust_path().exists():
        return Trust()
    return Trust.from_bytes((path or home.trust_path()).read_bytes())


@dataclass(frozen=True, slots=True)
class Judge:
    """Check receipts under one trust file."""

    trust: Trust

    def check(self, data: bytes, statement: bytes) -> Receipt:
        """Verify that a receipt is for exactly this statement, or raise ProofError."""
        verdict = bundles.verify(data, trust=self.trust, now=datetime.now(UTC))
        for step in verdict.steps:
            if step.outcome is bundles.Outcome.FAIL:
                raise ProofError(
                    step.code,
                    f"The receipt fails at step {step.number} ({step.name}): {step.message}",
                    "Do not count this as published; tell the registry's operator.",
                )
        parsed = bundles.Bundle.from_bytes(data)
        if parsed.statement != statement:
            raise ProofError(
                "B090",
                "The receipt is for another statement than the one that was sent.",
                "Do not count this as published; tell the registry's operator.",
            )
        passed = {s.name for s in verdict.steps if s.outcome is bundles.Outcome.PASS}
        signed = NEEDS_A_KNOWN_LOG in passed
        origin = checkpoint.parse(parsed.checkpoint)[0].origin
        return Receipt(digest(statement), origin, parsed.index, signed)
