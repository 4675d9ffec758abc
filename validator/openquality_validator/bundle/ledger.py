"""Keep the results of the steps while a bundle is being proved."""

from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from openquality_validator.bundle.verdict import Outcome, Step
from openquality_validator.errors import OpenQualityError
from openquality_validator.message import message
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
    """Be the step under way: a pass, unless `result` is set or one of our errors is raised."""

    def __init__(self, ledger: "Ledger", number: int, message: str) -> None:
        self._ledger = ledger
        self._number = number
        self.result = passed(f"V{number:02d}0", message)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if isinstance(error, OpenQualityError):
            self.result = failed(f"V{self._number:02d}1", str(error))
        elif error is not None:
            return  # a fault of ours is not the bundle's
        self._ledger.record(self._number, self.result)


@dataclass(slots=True)
class Ledger:
    """Collect steps in order; each code is V, the step's number, and a digit for the reason."""

    steps: list[Step] = field(default_factory=list)

    def step(self, number: int, message: str) -> OpenStep:
        """Open a step, whose body proves it: our errors become its failure (reason 1).

        Leaving the body raises Refuted after a failure, which ends the proof.
        """
        return OpenStep(self, number, message)

    def record(self, number: int, result: Result) -> None:
        """Write down what a step came to. Raises Refuted if it failed."""
        name = STEPS[number - 1]
        self.steps.append(Step(number, name, result.outcome, result.code, result.message))
        if result.outcome is Outcome.FAIL:
            raise Refuted

    def close(self) -> tuple[Step, ...]:
        """Return all twelve steps, those not reached as unknown."""
        done = len(self.steps)
        for number, name in enumerate(STEPS[done:], start=done + 1):
            said = message("Not reached: step {done} failed.", done=done)
            self.steps.append(Step(number, name, Outcome.UNKNOWN, NOT_REACHED, said))
        return tuple(self.steps)
