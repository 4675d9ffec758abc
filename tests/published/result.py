"""What a published file came to."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from openquality_validator.errors import InvalidInput


class Outcome(StrEnum):
    """Say whether a file agrees, disagrees, or is not ours to judge."""

    PASS = "pass"
    FAIL = "FAIL"
    EXCLUDED = "excluded"


@dataclass(frozen=True, slots=True)
class Result:
    """Hold one file's outcome, and why."""

    file: str
    outcome: Outcome
    why: str = ""


def excluded(file: str, why: str) -> Result:
    """Leave a file out, with the reason."""
    return Result(file, Outcome.EXCLUDED, why)


def equal(file: str, expected: object, found: object) -> Result:
    """Compare a value with the published one."""
    if expected == found:
        return Result(file, Outcome.PASS)
    return Result(file, Outcome.FAIL, f"expected {expected!r:.80}, found {found!r:.80}")


def accepted(file: str, attempt: Callable[[], object]) -> Result:
    """Expect that an attempt raises nothing."""
    try:
        attempt()
    except InvalidInput as error:
        return Result(file, Outcome.FAIL, f"refused: {error!s:.200}")
    return Result(file, Outcome.PASS)


def refused(file: str, attempt: Callable[[], object], codes: str = "") -> Result:
    """Expect that an attempt raises one of our errors, with one of the codes if any are named."""
    try:
        attempt()
    except InvalidInput as error:
        if codes and error.code not in codes.split():
            return Result(file, Outcome.FAIL, f"refused for another reason: {error!s:.200}")
        return Result(file, Outcome.PASS, f"refused ({error.code})")
    return Result(file, Outcome.FAIL, "accepted")
