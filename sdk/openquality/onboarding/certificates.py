"""Certificates that the records of a folder state, and whose end is near or past."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from openquality.onboarding.folder import Folder, Kept
from openquality.onboarding.gap import Gap
from openquality_validator.certification.standing import (
    WARN_DAYS,
    CertificateState,
    last_day,
    stands,
)
from openquality_validator.findings import Severity
from openquality_validator.message import message
from openquality_validator.status import certificate_key


def gaps(folder: Folder, today: date) -> Iterator[Gap]:
    """Say which certificates end soon, or have ended while a record still states them.

    Of several records that state a certificate the newest counts.
    """
    for kept, claim, until in _newest(folder).values():
        end = last_day(claim, record_ends=until)
        state = stands(claim, today, record_ends=until).state
        named = {"scheme": claim["scheme"]["code"], "number": claim["number"]}
        if state is CertificateState.EXPIRED:
            yield Gap(
                "Y061",
                Severity.ERROR,
                kept.name,
                message("The certificate {scheme} {number} ended on {end}.", end=end, **named),
                message(
                    "State the new certificate in a record of its own, or publish this one again "
                    "without it."
                ),
            )
        elif state is CertificateState.EXPIRING and end is not None:
            yield Gap(
                "Y060",
                Severity.WARNING,
                kept.name,
                message(
                    "The certificate {scheme} {number} ends on {end}, in {days} days.",
                    end=end,
                    days=(end - today).days,
                    **named,
                ),
                message(
                    "Have its certifier publish the next one before that day: buyers are warned "
                    "{warn} days ahead.",
                    warn=max(WARN_DAYS),
                ),
            )


def _newest(folder: Folder) -> dict[str, tuple[Kept, dict[str, Any], date | None]]:
    found: dict[str, tuple[Kept, dict[str, Any], date | None]] = {}
    readable = [each for each in folder.records if each.value and not each.report.errors]
    for kept in sorted(readable, key=_signed):
        value = kept.value or {}
        until = value.get("validUntil")
        for claim in value["credentialSubject"].get("claims", ()):
            if claim["type"] == "CertificateClaim" and not kept.is_example:
                key = certificate_key(claim["scheme"]["code"], claim["number"])
                found[key] = kept, claim, None if until is None else _day(until)
    return found


def _signed(kept: Kept) -> datetime:
    return datetime.fromisoformat((kept.value or {})["validFrom"])


def _day(text: str) -> date:
    return datetime.fromisoformat(text).date()
