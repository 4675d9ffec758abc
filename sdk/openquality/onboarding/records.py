"""What is missing in the records themselves: that they are valid, one's own, and named."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from openquality import starter
from openquality.onboarding.folder import Folder, Kept
from openquality.onboarding.gap import Gap, run
from openquality.onboarding.identifier import NAMES
from openquality.onboarding.wanted import Wanted
from openquality_validator.findings import Severity
from openquality_validator.message import any_of, message


def gaps(folder: Folder, wanted: Wanted, now: datetime) -> Iterator[Gap]:
    """Look at each record of the folder."""
    if not folder.records:
        yield Gap(
            "Y010",
            Severity.ERROR,
            str(folder.path),
            message("There is no record in this folder."),
            message("Make a starter record, or fill the workbook: openquality template."),
            run("init", folder.path, *(["--keep-key"] if folder.keys.is_there else [])),
        )
    for kept in folder.records:
        errors = kept.report.errors
        if errors:
            first = errors[0]
            yield Gap(
                "Y011",
                Severity.ERROR,
                kept.name,
                message(
                    "The record does not validate: {count} finding(s), the first at {pointer}: "
                    "{first}",
                    count=len(errors),
                    pointer=first.pointer or "/",
                    first=first.message,
                ),
                message("Mend what is found; most findings say how."),
                run("validate", kept.path),
            )
        elif kept.value is not None:
            yield from _own(folder, kept, kept.value)
            yield from _identified(kept, kept.value, wanted)
            yield from _dated(kept, kept.value, wanted, now)


def _own(folder: Folder, kept: Kept, value: dict[str, Any]) -> Iterator[Gap]:
    subject, issuer = value["credentialSubject"], value["issuer"]
    if kept.is_example:
        yield Gap(
            "Y012",
            Severity.ERROR,
            kept.name,
            message("The record still holds the example claim, whose values are made up."),
            message("Measure your own data into it, or replace the claim and its id by hand."),
            run("measure", "DATA.csv", "--metric", _example(subject), "--into", kept.path),
        )
    made_up = {starter.EXAMPLE_NAME, *(starter.example_name(each) for each in starter.Subject)}
    for name in dict.fromkeys((issuer.get("name"), subject.get("name"))):
        if name in made_up:
            yield Gap(
                "Y013",
                Severity.ERROR,
                kept.name,
                message("The name {name!r} is the example's.", name=name),
                message("Write the real name."),
            )
    did = folder.keys.did
    if did is not None and issuer.get("id") != did:
        yield Gap(
            "Y014",
            Severity.ERROR,
            kept.name,
            message(
                "Its issuer is {issuer}, and the key signs for {did}.",
                issuer=issuer.get("id"),
                did=did,
            ),
            message("Write the key's identity as issuer.id, or bring the key of that issuer."),
        )


def _identified(kept: Kept, value: dict[str, Any], wanted: Wanted) -> Iterator[Gap]:
    """Ask for one identifier of the organisation, and one of a product."""
    subject = value["credentialSubject"]
    if "claims" not in subject:
        return
    organisations = [subject.get("producer", {}).get("party", {})]
    if subject["type"] == starter.Subject.ORGANIZATION:
        organisations.append(subject)
    if not _schemes(*organisations) & set(wanted.organisation):
        yield Gap(
            "Y020",
            Severity.ERROR,
            kept.name,
            message(
                "The organisation is known by no {kinds}: buyers cannot find it.",
                kinds=_kinds(wanted.organisation),
            ),
            message(
                "Write it into {place}, with its scheme, such as {scheme}, and its value.",
                place="/credentialSubject/producer/party/identifiers",
                scheme=wanted.organisation[0],
            ),
        )
    if subject["type"] == starter.Subject.PRODUCT and not _schemes(subject) & set(wanted.product):
        yield Gap(
            "Y021",
            Severity.ERROR,
            kept.name,
            message(
                "The product is known by no {kinds}: buyers cannot find it.",
                kinds=_kinds(wanted.product),
            ),
            message(
                "Write it into {place}, with its scheme, such as {scheme}, and its value.",
                place="/credentialSubject/identifiers",
                scheme=wanted.product[0],
            ),
        )


def _schemes(*holders: dict[str, Any]) -> set[str]:
    return {each["scheme"] for holder in holders for each in holder.get("identifiers", ())}


def _kinds(schemes: tuple[str, ...]) -> str:
    return any_of(NAMES[each] for each in schemes)


def _dated(kept: Kept, value: dict[str, Any], wanted: Wanted, now: datetime) -> Iterator[Gap]:
    until, start = value.get("validUntil"), datetime.fromisoformat(value["validFrom"])
    new = message("Publish a new record with your latest figures, in place of this one.")
    if start > now:
        yield Gap(
            "Y015",
            Severity.ERROR,
            kept.name,
            message("The record is not valid before {start}.", start=value["validFrom"]),
            message("Wait until then, or write an earlier validFrom before you sign."),
        )
    if until is None:
        return
    end = datetime.fromisoformat(until)
    if end <= now:
        yield Gap(
            "Y016",
            Severity.ERROR,
            kept.name,
            message("The record ended on {end}.", end=until),
            new,
        )
    elif end - now <= timedelta(days=wanted.warn_days):
        yield Gap(
            "Y017",
            Severity.WARNING,
            kept.name,
            message("The record ends on {end}.", end=until),
            new,
        )


def _example(subject: dict[str, Any]) -> str:
    return next(
        str(each["metric"]) for each in subject["claims"] if each["id"].endswith(starter.EXAMPLE)
    )
