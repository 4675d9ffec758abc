"""Keep the results of the steps while a bundle is being proved."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from openquality_validator.bundle.verdict import Outcome, Step
from openquality_validator.errors import OpenQualityError
from openquality_validator.trust import STEPS

NOT_REACHED = "V000"


@dataclass(frozen=True, slots=True)
class Result:
    """Hold what a step came to, before it has its number."""

    outcome: Outcome
    code: str
    message: str


def passed(code: str, message: str) -> Result:
    """Make a passing result."""
    return Result(Outcome.PASS, code, message)


def failed(code: str, message: str) -> Result:
    """Make a failing result."""
    return Result(Outcome.FAIL, code, message)


def unknown(code: str, message: str) -> Result:
    """Make a result that neither proves nor refutes."""
    return Result(Outcome.UNKNOWN, code, message)


class Refuted(Exception):
    """Leave the proof: a step failed, and the ledger holds why."""


class OpenStep:
    """Be the step under way; `result` may be set, and is a pass unless something is raised."""

    def __init__(self, result: Result) -> None:
        self.result = result


@dataclass(slots=True)
class Ledger:
    """Collect steps in order; each code is V, the step's number, and a digit for the reason."""

    steps: list[Step] = field(default_factory=list)

    @contextmanager
    def step(self, number: int, message: str) -> Iterator[OpenStep]:
        """Run a step: our errors become its failure (reason 1), which ends the proof.

        Raises Refuted after a failure.
        """
        under_way = OpenStep(passed(f"V{number:02d}0", message))
        try:
            yield under_way
        except OpenQualityError as error:
            under_way.result = failed(f"V{number:02d}1", str(error))
        result = under_way.result
        self.steps.append(
            Step(number, STEPS[number - 1], result.outcome, result.code, result.message)
        )
        if result.outcome is Outcome.FAIL:
            raise Refuted

    def close(self) -> tuple[Step, ...]:
        """Return all twelve steps, those not reached as unknown."""
        done = len(self.steps)
        for number, name in enumerate(STEPS[done:], start=done + 1):
            message = f"Not reached: step {done} failed."
            self.steps.append(Step(number, name, Outcome.UNKNOWN, NOT_REACHED, message))
        return tuple(self.steps)
