"""`openquality conformity`."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openquality import home
from openquality.cli.options import Registry
from openquality.cli.output import Format, say, show, show_json
from openquality_validator.message import message

if TYPE_CHECKING:
    from openquality.conforming import Difference
    from openquality_validator.conformity import Deviation

app = typer.Typer(
    help="Compute what deviates from promises, limits and schedules.",
    no_args_is_help=True,
    add_completion=False,
)
FINE, OPEN = 0, 1  # 2, could not run, is what every command says by raising


@app.callback()
def conformity() -> None:
    """Compute what deviates from promises, limits and schedules."""


@app.command()
def check(
    targets: Annotated[list[str], typer.Argument(help="Bundles, or the id of one subject.")],
    *,
    as_of: Annotated[str | None, typer.Option("--as-of", help="The day; else today.")] = None,
    trust: Annotated[
        Path | None, typer.Option(help="Trust file; else the one `openquality trust` keeps.")
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="For people or for programs.")] = (
        Format.TEXT
    ),
    registry: Registry = None,
) -> int:
    """Compute the deviations of subjects again, and compare them with what a registry says.

    Takes bundles and works offline, or takes the id of a subject: its bundles are fetched and
    verified here, and what follows from them is compared with the registry's own deviations.
    Exit code: 0 nothing is open, 1 something is or the registry says otherwise, 2 could not run.

    Example:
        openquality conformity check bundles/
        openquality conformity check did:web:nordbolt.example --registry https://registry.example
    """
    from openquality import conforming
    from openquality.client import Client
    from openquality.receipts import load_trust

    whom, now = load_trust(trust), datetime.now(UTC)
    day = _day(as_of, now)
    paths = [Path(each) for each in targets]
    if all(path.exists() for path in paths):
        logged = conforming.logged(_read(paths), trust=whom, now=now)
        found = conforming.deviations(logged, as_of=day, accreditors=whom.accreditors)
        return _told(found, (), form)
    if len(targets) != 1:
        gone = next(path for path in paths if not path.exists())
        raise typer.BadParameter(message("There is no file {path}.", path=gone))
    with Client(home.registry(registry)) as client:
        logged = conforming.logged(conforming.fetched(client, targets[0]), trust=whom, now=now)
        every = conforming.deviations(logged, as_of=day, accreditors=conforming.listed(client))
        found = tuple(each for each in every if each.subject == targets[0])
        said = tuple(conforming.told(client, targets[0])) if as_of is None else found
    return _told(found, conforming.differences(found, said), form)


def _read(paths: Sequence[Path]) -> "list[tuple[str, bytes]]":
    from openquality.sources import Form, expand, load

    return [
        (str(document.path), document.data)
        for path in expand(paths)
        for document in load(path)
        if document.form is Form.BUNDLE
    ]


def _told(found: "Sequence[Deviation]", differences: "Sequence[Difference]", form: Format) -> int:
    if form is Format.JSON:
        show_json(
            {
                "deviations": [each.to_json() for each in found],
                "differences": [{"id": each.id, "what": each.what} for each in differences],
            }
        )
    for each in found if form is Format.TEXT else ():
        show(_line(each))
    for difference in differences if form is Format.TEXT else ():
        show(
            message(
                "{id}: the registry says otherwise ({what}).",
                id=difference.id,
                what=difference.what,
            )
        )
    still = sum(each.closed is None for each in found)
    say(
        message(
            "{count} deviations, {open} of them open; {differences} differences.",
            count=len(found),
            open=still,
            differences=len(differences),
        )
    )
    return OPEN if still or differences else FINE


def _line(each: "Deviation") -> str:
    if each.closed is None or each.why is None:
        return message(
            "{kind} {about}: open since {day} ({id})",
            kind=each.kind.value,
            about=each.about,
            day=each.opened.day,
            id=each.id,
        )
    return message(
        "{kind} {about}: {day} to {end}, {why} ({id})",
        kind=each.kind.value,
        about=each.about,
        day=each.opened.day,
        end=each.closed.day,
        why=each.why.value,
        id=each.id,
    )


def _day(text: str | None, now: datetime) -> date:
    try:
        return now.date() if text is None else date.fromisoformat(text)
    except ValueError:
        said = message("--as-of {text!r} is no day; write it like 2026-11-20.", text=text)
        raise typer.BadParameter(said) from None
