"""The verdict on a bundle: what each step found, and what follows."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from openquality_validator.bundle.proved import Proved
from openquality_validator.entry import Entry
from openquality_validator.evidence import Verification
from openquality_validator.findings import Report
from openquality_validator.identity.history import Dispute
from openquality_validator.records import VerifiedRecord
from openquality_validator.status.answer import Answer
from openquality_validator.tlog.checkpoint import Checkpoint


class Outcome(StrEnum):
    """Say what a step, or the whole, came to. Unknown never counts as pass."""

    PASS = "pass"  # noqa: S105 - an outcome, not a password
    FAIL = "fail"
    UNKNOWN = "unknown"


EXIT_CODES = {Outcome.PASS: 0, Outcome.FAIL: 1, Outcome.UNKNOWN: 3}
"""The command's exit code for each outcome; 2 means that it could not run."""


@dataclass(frozen=True, slots=True)
class Step:
    """Hold one of the twelve steps: number, name, outcome, V code and a sentence."""

    number: int
    name: str
    outcome: Outcome
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Hold what a bundle proves under a trust file at a time.

    `record` is there if steps 2 to 6 pass, `entry` and `index` if step 7 passes, `checkpoint` if
    step 8 proves who signed it: the one to remember as seen. `report` holds the findings of step
    6. `verification` says for each claim id how far its value was checked. `existed_by` is the
    earliest time by which others than the registry saw the entry; `status` the proved answer about
    how the record stands; `disputed` the issuer's word that the key was in other hands; `events`
    what was said about the record and its certificates, if the bundle proves it.
    """

    overall: Outcome
    steps: tuple[Step, ...]
    record: VerifiedRecord | None = None
    report: Report | None = None
    entry: Entry | None = None
    index: int | None = None
    checkpoint: Checkpoint | None = None
    verification: tuple[tuple[str, Verification], ...] = ()
    existed_by: datetime | None = None
    status: Answer | None = None
    disputed: Dispute | None = None
    events: Proved | None = None

    @property
    def exit_code(self) -> int:
        """The exit code of the command: 0 pass, 1 fail, 3 unknown."""
        return EXIT_CODES[self.overall]


def overall(steps: tuple[Step, ...], required: tuple[str, ...]) -> Outcome:
    """Judge the whole: fail if any step fails, pass if every required step passes, else unknown."""
    if any(step.outcome is Outcome.FAIL for step in steps):
        return Outcome.FAIL
    passed = {step.name for step in steps if step.outcome is Outcome.PASS}
    return Outcome.PASS if passed.issuperset(required) else Outcome.UNKNOWN
