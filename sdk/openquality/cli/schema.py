"""`openquality schema`."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openquality.cli import schema_publishing, schema_reading
from openquality.cli.output import Format

if TYPE_CHECKING:
    from openquality_validator.compatibility import Mode, Reading

app = typer.Typer(help="Compare and check schemas, publish them, and fetch what others published.")


class Modes(StrEnum):
    """Choose which versions a new one must go together with, and in which direction."""

    NONE = "NONE"
    BACKWARD = "BACKWARD"
    BACKWARD_TRANSITIVE = "BACKWARD_TRANSITIVE"
    FORWARD = "FORWARD"
    FORWARD_TRANSITIVE = "FORWARD_TRANSITIVE"
    FULL = "FULL"
    FULL_TRANSITIVE = "FULL_TRANSITIVE"


class Readings(StrEnum):
    """Choose what may stand in records beside the members that an open schema describes."""

    STRICT = "strict"
    LENIENT = "lenient"


AskedMode = Annotated[
    Modes, typer.Option(help="Who must read whose records.", case_sensitive=False)
]
AskedReading = Annotated[
    Readings,
    typer.Option(help="Whether records hold only members that their schema describes (lenient)."),
]
Shown = Annotated[Format, typer.Option("--format", help="For people or for programs.")]


@app.command()
def diff(
    old: Annotated[Path, typer.Argument(help="A schema, or a catalogue of metrics.")],
    new: Annotated[Path, typer.Argument(help="The next version of it.")],
    *,
    mode: AskedMode = Modes.BACKWARD_TRANSITIVE,
    reading: AskedReading = Readings.STRICT,
    form: Shown = Format.TEXT,
) -> int:
    """Say what a change of a schema breaks: each change, its places, and the rule in a sentence.

    Breaking: records that were valid are refused. Additive: readers of the old schema refuse new
    records. Neutral: neither. Unknown: cannot be told, and counts as breaking. Exit code: 0
    compatible under the mode, 1 not, 2 could not run.

    Example:
        openquality schema diff v1.json v2.json
        openquality schema diff v1.json v2.json --mode FULL --reading lenient --format json
    """
    from openquality.cli import schemas

    return schemas.diff(old, new, mode=_mode(mode), reading=_reading(reading), form=form)


@app.command()
def check(
    new: Annotated[Path, typer.Argument(help="The schema that is to be published.")],
    *,
    against: Annotated[
        list[Path] | None,
        typer.Option(help="A released version of the same major version, oldest first."),
    ] = None,
    mode: AskedMode = Modes.BACKWARD_TRANSITIVE,
    reading: AskedReading = Readings.STRICT,
    namespace: Annotated[
        str | None, typer.Option(help="The URI below which its owner names things.")
    ] = None,
    records: Annotated[
        list[Path] | None,
        typer.Option(help="Stored records (files, folders, .jsonl): which remain valid?"),
    ] = None,
    form: Shown = Format.TEXT,
) -> int:
    """Check a schema before it is published: on its own, against released versions and records.

    On its own: valid 2020-12, no references outwards, no loops, no pattern that takes for ever, its
    name in the namespace of its owner. Exit code: 0 it may be published, 1 not, 2 could not run.

    Example:
        openquality schema check v3.json --against v1.json --against v2.json
        openquality schema check v3.json --against v2.json --records records.jsonl
    """
    from openquality.cli import schemas

    return schemas.check(
        new,
        against or [],
        mode=_mode(mode),
        reading=_reading(reading),
        namespace=namespace,
        records=records or [],
        form=form,
    )


def _mode(asked: Modes) -> "Mode":
    from openquality_validator.compatibility import Mode

    return Mode(asked.value)


def _reading(asked: Readings) -> "Reading":
    from openquality_validator.compatibility import Reading

    return Reading(asked.value)


app.command("list")(schema_reading.listed)
app.command()(schema_reading.get)
app.command()(schema_publishing.publish)
app.command()(schema_publishing.deprecate)
