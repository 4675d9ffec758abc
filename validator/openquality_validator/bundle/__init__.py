"""Bundles: one statement with its proofs, and the verdict on it, offline."""

from openquality_validator.bundle.format import MEDIA_TYPE, Bundle, Consistency
from openquality_validator.bundle.parts import Anchor, Keys, Logged, Status
from openquality_validator.bundle.steps import verify
from openquality_validator.bundle.verdict import Outcome, Step, Verdict

__all__ = [
    "MEDIA_TYPE",
    "Anchor",
    "Bundle",
    "Consistency",
    "Keys",
    "Logged",
    "Outcome",
    "Status",
    "Step",
    "Verdict",
    "verify",
]
