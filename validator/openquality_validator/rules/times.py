"""Order in time. The time of signing is `validFrom`; both ends of a period belong to it.

Dates compare as text (ISO 8601). A day of the claim counts against the day of signing as the issuer
wrote it, in the issuer's own offset.
"""

from datetime import datetime

from openquality_validator.findings import Severity
from openquality_validator.message import message
from openquality_validator.rules.claim import Attestation, Claim, Problems
from openquality_validator.rules.rule import OBSERVED, RECORD, Rule


def validity_order(record: Attestation) -> Problems:
    """A record ends being valid after it begins."""
    start, until = record.data["validFrom"], record.data.get("validUntil")
    if until is not None and not _before(start, until):
        yield "/validUntil", message("{until} is not after {start}.", until=until, start=start)


def _before(one: str, other: str) -> bool:
    if len(one) == len(other) and one[-1] == other[-1] == "Z":
        return one < other  # nearly all are written alike, and then their text is in order
    return datetime.fromisoformat(one) < datetime.fromisoformat(other)


def period_order(claim: Claim) -> Problems:
    """A period starts before it ends, or on the same day."""
    for name in ("period", "validity", "affectedProduction"):
        period = claim.data.get(name)
        if period is not None and period["start"] > period.get("end", "9999-12-31"):
            yield (
                f"/{name}/end",
                message("{end} is before {start}.", end=period["end"], start=period["start"]),
            )


def observed_before_signing(claim: Claim) -> Problems:
    """What was observed had ended at signing; only promises and certificates reach further."""
    end = claim.data["period"]["end"]
    if end > claim.record.signed:
        yield (
            "/period/end",
            message("{end} is after the signing on {signed}.", end=end, signed=claim.record.signed),
        )


def happened_before_signing(claim: Claim) -> Problems:
    """An audit, a verification or a notice had happened when the record was signed."""
    data = claim.data
    signed = claim.record.signed
    for where, day in (
        ("/lastAudit", data.get("lastAudit")),
        ("/issued", data.get("issued")),
        ("/verification/date", data.get("verification", {}).get("date")),
        ("/affectedProduction/end", data.get("affectedProduction", {}).get("end")),
    ):
        if day is not None and day > signed:
            yield where, message("{day} is after the signing on {signed}.", day=day, signed=signed)


def audit_in_cycle(claim: Claim) -> Problems:
    """A surveillance audit lies inside the validity of its certificate, as does the next audit."""
    validity = claim.data["validity"]
    start, end = validity["start"], validity.get("end", "9999-12-31")
    last, following = claim.data.get("lastAudit"), claim.data.get("nextAudit")
    if claim.data.get("cycleStage") == "surveillance" and last and not start <= last <= end:
        yield (
            "/lastAudit",
            message(
                "The surveillance of {last} lies outside {start} to {end}.",
                last=last,
                start=start,
                end=end,
            ),
        )
    if following and not start <= following <= end:
        yield (
            "/nextAudit",
            message(
                "The audit of {following} lies outside {start} to {end}.",
                following=following,
                start=start,
                end=end,
            ),
        )
    elif following and last and following < last:
        yield (
            "/nextAudit",
            message(
                "The next audit of {following} is before the last of {last}.",
                following=following,
                last=last,
            ),
        )


def certificate_status(claim: Claim) -> Problems:
    """A certificate is active only until its validity ends, and expired only after."""
    end = claim.data["validity"].get("end", "9999-12-31")
    status, signed = claim.data["status"], claim.record.signed
    if status == "active" and end < signed:
        yield (
            "/status",
            message("It ended on {end} and is called active on {signed}.", end=end, signed=signed),
        )
    elif status == "expired" and end >= signed:
        yield (
            "/status",
            message("It ends on {end} and is called expired on {signed}.", end=end, signed=signed),
        )


RULES = (
    Rule(
        "T001", Severity.ERROR, validity_order, message("Check validFrom and validUntil."), RECORD
    ),
    Rule("T002", Severity.ERROR, period_order, message("Check both dates.")),
    Rule(
        "T003",
        Severity.ERROR,
        observed_before_signing,
        message(
            "End the period on or before the day of signing; state a promise as a "
            "ServiceLevelClaim."
        ),
        OBSERVED,
        member="period",
    ),
    Rule(
        "T004",
        Severity.ERROR,
        happened_before_signing,
        message("Check the date; what has not happened yet is not stated."),
        frozenset({"CertificateClaim", "FootprintClaim", "SafetyNoticeClaim"}),
    ),
    Rule(
        "T005",
        Severity.ERROR,
        audit_in_cycle,
        message("Check the dates of the audits."),
        frozenset({"CertificateClaim"}),
    ),
    Rule(
        "T006",
        Severity.ERROR,
        certificate_status,
        message("Check the status and the validity."),
        frozenset({"CertificateClaim"}),
    ),
)
