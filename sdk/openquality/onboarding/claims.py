"""Which of the claims that are asked for are missing, too weak or too old, and what backs them."""

from collections.abc import Iterator
from datetime import date, timedelta

from openquality import outbox
from openquality.datasets import named
from openquality.onboarding.folder import Folder, Kept
from openquality.onboarding.gap import Gap, run
from openquality.onboarding.wanted import Wanted
from openquality_validator import documents, profiles
from openquality_validator.catalogue import Metric
from openquality_validator.findings import Severity
from openquality_validator.message import message
from openquality_validator.profiles import Held, Outcome, State
from openquality_validator.profiles.closing import closes
from openquality_validator.profiles.profile import AnswerAsked, MetricAsked

# What stands for the supplier's own file, and for a choice that `openquality explain` lists.
DATA, CHOICE = "DATA.csv", "CHOICE"


def gaps(folder: Folder, wanted: Wanted, today: date) -> Iterator[Gap]:
    """Judge the folder's valid records by the profile, as if they were signed and published."""
    for kept in folder.records:
        if not kept.report.errors and kept.value is not None and not kept.is_example:
            yield from _backed(folder, kept, kept.value)
    did = folder.keys.did
    if did is None:
        return
    found = profiles.evaluate(
        wanted.profile, _drafts(folder), subject=did, as_of=today, accreditors=()
    )
    for each in found.outcomes:
        yield from _judged(folder, wanted, each, today)


def _drafts(folder: Folder) -> Iterator[Held]:
    for kept in folder.records:
        if kept.report.errors or kept.is_example:
            continue
        data = kept.document.data
        yield profiles.draft(documents.parse_object(data), digest=outbox.digest(data))


def _judged(folder: Folder, wanted: Wanted, outcome: Outcome, today: date) -> Iterator[Gap]:
    indicator, judged = outcome.indicator, outcome.judged
    asks = indicator.asks
    hint = closes(indicator, wanted.profile, {})
    where = str(folder.path)
    command = None
    if isinstance(asks, MetricAsked):
        command = _measure(next(iter(asks.queries.values())).where[0].metric, _into(folder))
    said = {
        "title": wanted.profile.title,
        "indicator": indicator.title,
        "why": ", ".join(judged.reasons),
    }
    is_open = judged.state in {State.MISSING, State.FAILED, State.STALE}
    if isinstance(asks, AnswerAsked):
        # No claim: what a supplier says about its own work. Many buyers ask for it elsewhere.
        if is_open:
            yield Gap(
                "Y034",
                Severity.WARNING,
                where,
                message("{title!r} asks for an answer: {indicator} ({why}).", **said),
                hint,
            )
    elif judged.state is State.MISSING:
        yield Gap(
            "Y030",
            Severity.ERROR,
            where,
            message(
                "{title!r} asks for: {indicator}. No record that counts says it ({why}).", **said
            ),
            hint,
            command,
        )
    elif judged.state is State.FAILED:
        yield Gap(
            "Y031",
            Severity.ERROR,
            where,
            message("{title!r} asks for: {indicator}. What is there falls short ({why}).", **said),
            hint,
            command,
        )
    elif judged.state is State.STALE:
        yield Gap(
            "Y032",
            Severity.ERROR,
            where,
            message("{title!r} asks for: {indicator}. What is there is too old ({why}).", **said),
            hint,
            command,
        )
    elif judged.until is not None and judged.until - today <= timedelta(days=wanted.warn_days):
        yield Gap(
            "Y033",
            Severity.WARNING,
            where,
            message(
                "{title!r} asks for: {indicator}. What is there counts until {until}.",
                until=judged.until,
                **said,
            ),
            hint,
            command,
        )


def _backed(folder: Folder, kept: Kept, value: dict[str, object]) -> Iterator[Gap]:
    subject = value["credentialSubject"]
    if not isinstance(subject, dict) or "claims" not in subject:
        return  # an assessment binds its evidence itself
    digests = named(value)
    if not digests:
        yield Gap(
            "Y040",
            Severity.WARNING,
            kept.name,
            message("No data file stands behind the record: nobody can compute its claims again."),
            message("Measure from your data, which binds the file by its digest."),
            run("measure", DATA, "--metric", "METRIC", "--into", kept.path),
        )
    for digest in digests:
        if folder.data.path(digest) is None:
            yield Gap(
                "Y041",
                Severity.WARNING,
                kept.name,
                message("The file with the digest {digest} is not in this folder.", digest=digest),
                message("Keep it: whoever checks the claim asks for exactly these bytes."),
            )


def _measure(metric: Metric, record: str) -> str:
    """Write the call that measures a metric, with a place for each condition that it needs."""
    needed = (each.name for each in metric.qualifiers if each.required)
    conditions = (word for name in needed for word in ("--qualifier", f"{name}={CHOICE}"))
    return run("measure", DATA, "--metric", metric.id, *conditions, "--into", record)


def _into(folder: Folder) -> str:
    """Name the record that a measurement goes into: the first that is a file of its own."""
    own = (kept.path for kept in folder.records if kept.path.suffix == ".json")
    return str(next(own, folder.path / "attestation.json"))
