"""The life of a certificate: measures, answers, closures, appeals (docs/spec/certification.md)."""

from openquality_validator.certification.case import Appeal, Case, Event, Request, Warned, derive
from openquality_validator.certification.measure import (
    Kind,
    Measure,
    Outcome,
    read,
    read_admitted,
)
from openquality_validator.certification.said import (
    CertificateSaid,
    certificates,
    counts,
    holders,
    scheme_of,
)

__all__ = [
    "Appeal",
    "Case",
    "CertificateSaid",
    "Event",
    "Kind",
    "Measure",
    "Outcome",
    "Request",
    "Warned",
    "certificates",
    "counts",
    "derive",
    "holders",
    "read",
    "read_admitted",
    "scheme_of",
]
