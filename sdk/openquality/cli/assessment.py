"""An assessment as a person reads it, and the preview that `openquality validate` gives."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from openquality import assessing
from openquality.cli.output import say
from openquality.receipts import load_trust
from openquality.sources import load
from openquality_validator import profiles
from openquality_validator.errors import OpenQualityError
from openquality_validator.message import message
from openquality_validator.profiles import Assessment

NOT_REACHED = 1


def preview(paths: Iterable[Path], profile: str) -> int:
    """Tell on standard error how the records of files do under a profile, drafts included.

    What cannot be read or verified is left out, since `validate` has said so. Returns the exit
    code.
    """
    whom, now = load_trust(None), datetime.now(UTC)
    chosen = assessing.read_profile(profile, trust=whom, now=now)
    records = []
    for path in paths:
        with suppress(OpenQualityError, OSError):
            for document in load(path):
                with suppress(OpenQualityError):
                    records.append(assessing.held(document, trust=whom, now=now, drafts=True))
    codes = [0]
    for subject in assessing.subjects(records):
        found = profiles.evaluate(
            chosen, records, subject=subject, as_of=now.date(), accreditors=whom.accreditors
        )
        told(found, say)
        codes.append(exit_code(found))
    return max(codes)


def exit_code(found: Assessment) -> int:
    """Return 0 if a level is reached and nothing blocks, else 1."""
    return NOT_REACHED if found.level is None or found.blocked_by else 0


def told(found: Assessment, tell: Callable[[str], None]) -> None:
    """Tell an assessment to a person, a line at a time."""
    said = found.to_json()
    tell(
        message(
            "{title}, version {version}, as of {day}",
            title=said["title"],
            version=found.profile.version,
            day=said["asOf"],
        )
    )
    tell(message("Subject: {subject}", subject=found.subject))
    if found.is_preview:
        tell(message("A preview: records were counted that nobody signed."))
    if len(found.producers) > 1:
        tell(
            message(
                "Several issuers call themselves its producer: {issuers}. Name the one you mean "
                "with --producer.",
                issuers=", ".join(found.producers),
            )
        )
    points = {"points": said["points"], "of": said["of"]}
    if found.level is None:
        tell(message("{points} of {of} points; no level is reached.", **points))
    else:
        title = found.level.title
        tell(message("{points} of {of} points; level: {level}", **points, level=title))
    if found.blocked_by:
        tell(message("Blocked by: {what}", what=", ".join(found.blocked_by)))
    if found.holds_until is not None:
        tell(message("What passed holds until {day}.", day=found.holds_until))
    for section in said["sections"]:
        shown = message("does not apply") if section["points"] is None else section["points"]
        tell(f"  {shown:>8} / {section['of']:<8} {section['title']}")
    for each in said["indicators"]:
        if each["closes"] is not None:
            mark = "!" if each["critical"] else "-"
            why = f" ({', '.join(each['reasons'])})" if each["reasons"] != ["nothing"] else ""
            tell(f"{mark} {each['state']}{why}: {each['title']} [{each['id']}]")
            tell(f"    {each['closes']}")
    tell(said["notice"])
