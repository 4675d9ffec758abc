"""`openquality doctor`."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openquality.cli.output import Format, show, show_json
from openquality.language import local
from openquality_validator.findings import Severity
from openquality_validator.message import message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openquality.onboarding.gap import Gap
    from openquality.onboarding.wanted import Wanted

MISSING = 1


def doctor(
    folder: Annotated[Path, typer.Argument(help="The folder with key and records.")] = Path(),
    *,
    ask_registry: Annotated[
        bool,
        typer.Option(
            "--ask-registry",
            help="Ask the registry, too: whether it answers, and about certificates.",
        ),
    ] = False,
    form: Annotated[Format, typer.Option("--format", help="For people or for programs.")] = (
        Format.TEXT
    ),
) -> int:
    """Say what is missing before a buyer or a registry takes you in, and what each would take.

    Looks at the key and its protection, the identity, the records, their identifiers, dates and
    evidence, the claims that the list "Supplier onboarding, basic" asks for, signatures and
    receipts. Changes nothing, and asks nobody unless told to. Exit code 0 if nothing is missing,
    1 if something is, 2 if the folder cannot be read; advice does not count.

    Example:
        openquality doctor
        openquality doctor supplier/ --format json
    """
    from openquality.onboarding import examining, publishing, wanted
    from openquality.onboarding.folder import look

    asked, now = wanted.basic(), datetime.now(UTC)
    found = look(folder)
    gaps = list(examining.gaps(found, asked, now))
    if ask_registry:
        gaps += publishing.reachable(found)
    missing = [each for each in gaps if each.severity is Severity.ERROR]
    if form is Format.JSON:
        show_json(
            {
                "v": 1,
                "folder": str(folder),
                "list": {"id": asked.id, "version": asked.version},
                "asOf": now.date().isoformat(),
                "ready": not missing,
                "gaps": [_in_words(each) for each in gaps],
            }
        )
    else:
        _tell(folder, asked, gaps, missing)
    return MISSING if missing else 0


def _tell(folder: Path, asked: "Wanted", gaps: "Sequence[Gap]", missing: "Sequence[Gap]") -> None:
    advice = [each for each in gaps if each.severity is Severity.WARNING]
    if missing:
        show(
            message(
                "Missing for {title!r} {version} in {folder}:",
                title=asked.title,
                version=asked.version,
                folder=folder,
            )
        )
        _list(missing)
    if advice:
        show(message("Advice:"))
        _list(advice)
    if missing:
        show(
            message(
                "{missing} missing, {advice} advised. `openquality explain CODE` tells more.",
                missing=len(missing),
                advice=len(advice),
            )
        )
    else:
        show(message("Nothing is missing for {title!r}.", title=asked.title))


def _list(gaps: "Sequence[Gap]") -> None:
    for gap in gaps:
        show(f"  {gap.code} {gap.where}")
        show(f"       {local(gap.message)}")
        show(f"       {local(gap.hint)}")
        if gap.command:
            show(f"       $ {gap.command}")
        show("")


def _in_words(gap: "Gap") -> dict[str, str | None]:
    value = gap.to_json()
    return value | {"message": local(gap.message), "hint": local(gap.hint)}
