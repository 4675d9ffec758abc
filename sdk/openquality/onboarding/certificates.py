"""Certificates that the records of a folder state, and whose end is near or past."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from openquality.onboarding.folder import Folder, Kept
from openquality.onboarding.gap import Gap, run
from openquality_validator.certification.standing import (
    WARN_DAYS,
    CertificateState,
    last_day,
    stands,
)
from openquality_validator.errors import RegistryError
from openquality_validator.findings import Severity
from openquality_validator.message import message
from openquality_validator.status import certificate_key

if TYPE_CHECKING:
    from openquality.client import Client

_MOST: Final = 50  # certificates of one holder that are looked at
_NOT_THERE: Final = 404
_LONGEST: Final = 200  # characters of a scheme and a number


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


def asked(client: "Client", did: str) -> Iterator[Gap]:
    """Say what a registry holds against the certificates of a holder: its word, not looked into.

    One of an older version holds nothing. Raises RegistryError or NetworkError.
    """
    try:
        answer = client.fetch(f"v1/certificates?subject={quote(did, safe='')}&limit={_MOST}")
    except RegistryError as error:
        if error.status == _NOT_THERE:
            return
        raise
    lines = answer.get("items")
    for each in lines if isinstance(lines, list) else ():
        if isinstance(each, dict) and each.get("byCertifier") is True:
            yield from _against(each, client.url)


def _against(line: Mapping[str, Any], where: str) -> Iterator[Gap]:
    named = f"{line.get('scheme')}/{line.get('number')}"
    if len(named) > _LONGEST or not named.isprintable():
        return  # the terminal is not for texts that a registry may have made up
    show = run("certification", "show", named, "--registry", where)
    if line.get("state") in {CertificateState.SUSPENDED, CertificateState.REVOKED}:
        yield Gap(
            "Y062",
            Severity.ERROR,
            where,
            message("The certificate {named} is suspended.", named=named)
            if line["state"] == CertificateState.SUSPENDED
            else message("The certificate {named} is revoked.", named=named),
            message("See why, and what is open; you can appeal once against it."),
            show,
        )
    if line.get("overdueRequests"):
        yield Gap(
            "Y063",
            Severity.ERROR,
            where,
            message(
                "The answer to a corrective-action request on {named} is overdue.", named=named
            ),
            message("Answer it with `openquality certification respond`."),
            show,
        )
    elif line.get("openRequests"):
        yield Gap(
            "Y064",
            Severity.WARNING,
            where,
            message("Corrective action on {named} is requested.", named=named),
            message("Answer before the deadline, with `openquality certification respond`."),
            show,
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
