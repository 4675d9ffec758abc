"""Which of the claims that are asked for are missing, too weak or too old, and what backs them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from openquality import outbox
from openquality.datasets import named
from openquality.onboarding.folder import Folder, Kept
from openquality.onboarding.gap import Gap, run
from openquality.onboarding.wanted import Wanted
from openquality_validator import documents, profiles
from openquality_validator.catalogue import Metric
from openquality_validator.findings import Severity
from openquality_validator.message import Message, any_of, join, message
from openquality_validator.profiles import Held, Outcome, State
from openquality_validator.profiles.closing import closes
from openquality_validator.profiles.profile import AnswerAsked, MetricAsked
from openquality_validator.sheets import layout
from openquality_validator.sheets.layout import Row

# What stands for the supplier's own file, and for a choice that `openquality explain` lists.
DATA, CHOICE = "DATA.csv", "CHOICE"
EXAMPLE = "example"  # how a record stands that holds the starter's claim
NOTHING = message("nothing is there")
SILENT = {"nothing", "withdrawn"}  # reasons that would say no more


def gaps(folder: Folder, wanted: Wanted, today: date) -> Iterator[Gap]:
    """Judge what the folder's valid records say of each subject, as if they were published."""
    readable = [each for each in folder.records if not each.report.errors]
    for kept in readable:
        if kept.value is not None and not kept.is_example:
            yield from _backed(folder, kept, kept.value)
    drafts = [_draft(each) for each in readable]
    answered = set[str]()  # answers are about the organisation, whatever it makes
    for subject, kept in _subjects(readable).items():
        found = profiles.evaluate(wanted.profile, drafts, subject=subject, as_of=today)
        for each in found.outcomes:
            if each.indicator.id not in answered:
                yield from _judged(kept, wanted, each, today)
            if isinstance(each.indicator.asks, AnswerAsked):
                answered.add(each.indicator.id)


def _subjects(records: list[Kept]) -> dict[str, Kept]:
    """Return the subjects that are spoken about, each with the first record that does."""
    found: dict[str, Kept] = {}
    for kept in records:
        subject = (kept.value or {}).get("credentialSubject", {})
        if "claims" in subject:
            found.setdefault(subject["id"], kept)
    return found


def _draft(kept: Kept) -> Held:
    data = kept.document.data
    held = profiles.draft(documents.parse_object(data), digest=outbox.digest(data))
    # What it speaks about counts, so that it is said what is asked of that; its value does not.
    return replace(held, state=EXAMPLE) if kept.is_example else held


def _judged(kept: Kept, wanted: Wanted, outcome: Outcome, today: date) -> Iterator[Gap]:
    indicator, judged = outcome.indicator, outcome.judged
    asks = indicator.asks
    hint = closes(indicator, wanted.profile, {})
    where = kept.name
    command = None
    if isinstance(asks, MetricAsked):
        metric = next(iter(asks.queries.values())).where[0].metric
        if kept.is_of_workbook:
            hint = join(" ", (hint, _row(metric)))
        else:
            command = _measure(metric, kept.path)
    said = {
        "title": wanted.profile.title,
        "indicator": indicator.title,
        "why": ", ".join(each for each in judged.reasons if each not in SILENT) or NOTHING,
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
            message(
                "Name the file with its digest on the sheet {title}, and its id in the column "
                "{heading} of the claim.",
                title=message("Evidence"),
                heading=message("Evidence"),
            )
            if kept.is_of_workbook
            else message("Measure from your data, which binds the file by its digest."),
            None
            if kept.is_of_workbook
            else run("measure", DATA, "--metric", "METRIC", "--into", kept.path),
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


def _measure(metric: Metric, record: Path) -> str:
    """Write the call that measures a metric, with a place for each condition that it needs."""
    needed = (each.name for each in metric.qualifiers if each.required)
    conditions = (word for name in needed for word in ("--qualifier", f"{name}={CHOICE}"))
    return run("measure", DATA, "--metric", metric.id, *conditions, "--into", record)


def _row(metric: Metric) -> Message:
    """Say where the row of a metric belongs."""
    titles = [each.title for each in layout.choose((metric.id,), ()) if each.row is Row.CLAIM]
    return message(
        "Fill in a row for {metric} on the sheet {title}.", metric=metric.id, title=any_of(titles)
    )
