"""The seven modes of compatibility that schema registries know, and what they ask of a version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeVar

from openquality_validator.compatibility.difference import Difference, Direction, Reading, compare
from openquality_validator.compatibility.schema import Schema

Version = TypeVar("Version")


class Mode(StrEnum):
    """Say which versions a new one must go together with, and in which direction.

    BACKWARD: the new schema reads records of the last version. FORWARD: the last version reads
    records of the new one. FULL: both. TRANSITIVE: not only of the last version, but of all.
    """

    NONE = "NONE"
    BACKWARD = "BACKWARD"
    BACKWARD_TRANSITIVE = "BACKWARD_TRANSITIVE"
    FORWARD = "FORWARD"
    FORWARD_TRANSITIVE = "FORWARD_TRANSITIVE"
    FULL = "FULL"
    FULL_TRANSITIVE = "FULL_TRANSITIVE"

    @property
    def directions(self) -> tuple[Direction, ...]:
        """The directions in which records must stay readable."""
        match self.value.partition("_")[0]:
            case "BACKWARD":
                return (Direction.BACKWARD,)
            case "FORWARD":
                return (Direction.FORWARD,)
            case "FULL":
                return (Direction.BACKWARD, Direction.FORWARD)
            case _:
                return ()

    def asks(self, difference: Difference) -> bool:
        """Tell whether a difference is one that this mode allows."""
        return all(difference.keeps(direction) for direction in self.directions)

    def of(self, released: Sequence[Version]) -> Sequence[Version]:
        """Return those of the released versions, oldest first, that this mode looks at."""
        if not self.directions:
            return ()
        return released if self.value.endswith("_TRANSITIVE") else released[-1:]


DEFAULT: Final = Mode.BACKWARD_TRANSITIVE


@dataclass(frozen=True, slots=True)
class Compared:
    """Hold the difference of a new version from one released before."""

    against: str
    difference: Difference
    compatible: bool


def judge(
    new: Schema,
    released: Mapping[str, Schema],
    *,
    mode: Mode = DEFAULT,
    reading: Reading = Reading.STRICT,
) -> tuple[Compared, ...]:
    """Compare a new version with the released ones, oldest first, that the mode looks at.

    The version may be published if all of them are compatible; with NONE nothing is compared.
    """
    differences = {
        name: compare(released[name], new, reading=reading) for name in mode.of([*released])
    }
    return tuple(
        Compared(name, difference, mode.asks(difference))
        for name, difference in differences.items()
    )


def same_major(version: str, released: Mapping[str, Version]) -> dict[str, Version]:
    """Return the released versions of the same major version, such as 1.0 and 1.1 for 1.2.

    A new major version may break what it likes: records name the version that they follow.
    """
    major = version.partition(".")[0]
    return {name: each for name, each in released.items() if name.partition(".")[0] == major}
