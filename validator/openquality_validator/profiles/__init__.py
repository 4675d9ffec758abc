"""Profiles: what a buyer or a framework requires, and what records say to it.

`parse` reads a profile document, `check` finds what is wrong with one, and `evaluate` says how a
subject does under it: a pure function of profile, records, day and list of accreditors.
"""

from openquality_validator.profiles.assessment import Assessment, Outcome, SectionScore, rounded
from openquality_validator.profiles.evaluate import evaluate
from openquality_validator.profiles.held import Held, Proof, draft
from openquality_validator.profiles.judged import Judged, Source, State
from openquality_validator.profiles.lint import check
from openquality_validator.profiles.profile import InvalidProfile, Profile, parse

__all__ = [
    "Assessment",
    "Held",
    "InvalidProfile",
    "Judged",
    "Outcome",
    "Profile",
    "Proof",
    "SectionScore",
    "Source",
    "State",
    "check",
    "draft",
    "evaluate",
    "parse",
    "rounded",
]
