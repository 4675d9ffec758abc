"""What a change of a schema breaks: comparison, checks before publication, and replay.

See docs/spec/compatibility.md.
"""

from openquality_validator.compatibility.difference import (
    Change,
    Difference,
    Direction,
    Nature,
    Reading,
    compare,
)
from openquality_validator.compatibility.failure import Effect
from openquality_validator.compatibility.linting import lint
from openquality_validator.compatibility.modes import DEFAULT, Compared, Mode, judge, same_major
from openquality_validator.compatibility.reading import SchemaError, read
from openquality_validator.compatibility.replay import Evidence, Replayed, governed, replay
from openquality_validator.compatibility.schema import Schema

__all__ = [
    "DEFAULT",
    "Change",
    "Compared",
    "Difference",
    "Direction",
    "Effect",
    "Evidence",
    "Mode",
    "Nature",
    "Reading",
    "Replayed",
    "Schema",
    "SchemaError",
    "compare",
    "governed",
    "judge",
    "lint",
    "read",
    "replay",
    "same_major",
]
