"""Continuous conformity: what deviates from promises, control limits and schedules.

`hear` reads an entry of a log, `Following` says what it opens and closes. All of it follows from
the log and the calendar, and whoever has both computes the same (docs/spec/conformity.md).
"""

from openquality_validator.conformity.deviation import Deviation, Found, Kind, Moment, Why
from openquality_validator.conformity.following import Following
from openquality_validator.conformity.heard import Heard, hear
from openquality_validator.conformity.memory import InMemory, Memory, Spoken
from openquality_validator.conformity.schedule import Schedule
from openquality_validator.conformity.track import Track

__all__ = [
    "Deviation",
    "Following",
    "Found",
    "Heard",
    "InMemory",
    "Kind",
    "Memory",
    "Moment",
    "Schedule",
    "Spoken",
    "Track",
    "Why",
    "hear",
]
