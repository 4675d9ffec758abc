"""`openquality template`."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openquality.cli.output import say
from openquality_validator.errors import OpenQualityError, UnknownTerm
from openquality_validator.message import message

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from openquality_validator.sheets.filling import Filled
    from openquality_validator.sheets.layout import Table


class Sector(StrEnum):
    """Choose the metrics and sheets that a line of business begins with."""

    MANUFACTURING = "manufacturing"
    FOOD = "food"
    LOGISTICS = "logistics"
    CONTACT_CENTRE = "contact-centre"
    SOFTWARE_SERVICE = "software-service"


class Exists(OpenQualityError):
    """A file that would be written is there already."""

    def __str__(self) -> str:
        return message(
            "{path} exists and is not overwritten. Choose another name, or move it.",
            path=self.args[0],
        )


class NothingToWrite(OpenQualityError):
    """Neither a workbook nor a folder was named."""

    def __str__(self) -> str:
        return message("Name the workbook to write, such as claims.xlsx, or a folder with --csv.")


def template(
    out: Annotated[Path | None, typer.Argument(help="The workbook to write (.xlsx).")] = None,
    *,
    sector: Annotated[
        Sector | None, typer.Option(help="Begin with the metrics of a line of business.")
    ] = None,
    claims: Annotated[
        str | None,
        typer.Option(help="Only these metrics and sheets, such as cpk,on-time-delivery,evidence."),
    ] = None,
    filled: Annotated[
        list[Path] | None, typer.Option("--from", help="Records (.json) to fill in.")
    ] = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", help="Write a folder of CSV files instead.")
    ] = None,
) -> None:
    """Write the workbook to fill in: sheets, headings, explanations, examples and lists.

    `validate`, `sign` and `publish` read it back, also as .xlsm, .xlsb, .xls and .ods. Without
    --sector and --claims it has a sheet for every kind of claim.

    Example:
        openquality template claims.xlsx --sector manufacturing
        openquality template claims.xlsx --claims cpk,on-time-delivery,certificates
        openquality template claims.xlsx --from attestation.json
        openquality template --csv claims/ --sector food
    """
    from openquality.language import chosen
    from openquality_validator.sheets import layout
    from openquality_validator.sheets.filling import fill

    if out is None and csv is None:
        raise NothingToWrite
    wanted = layout.sectors()[sector.value] if sector else None
    metrics, sheets = _claims(claims)
    metrics += wanted.metrics if wanted else ()
    sheets += wanted.sheets if wanted else ()
    records = [_record(path) for path in filled or ()]
    if records and not (metrics or sheets):
        metrics, sheets = _used(records)
    chosen_tables = layout.choose(metrics, sheets)
    filling = fill(records, chosen_tables)
    for pointer in filling.left:
        say(message("Not in the workbook: {pointer}", pointer=pointer))
    title = wanted.title if wanted else ""
    if csv is not None:
        _write_folder(csv, chosen_tables, filling.rows, chosen())
    if out is not None:
        from openquality.workbook.template import template as workbook

        if out.exists():
            raise Exists(out)
        out.write_bytes(workbook(chosen_tables, rows=filling.rows, language=chosen(), sector=title))
        say(message("{path} is ready; fill it in, then: openquality validate {path}", path=out))


def _claims(text: str | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the metrics and the sheets that were named."""
    from openquality_validator import catalogue
    from openquality_validator.nearest import nearest, plain
    from openquality_validator.sheets import layout

    metrics = catalogue.load().metrics
    # MeasurementClaim has many sheets; all others are known by the type of their claims too.
    names = [
        (name, each.id) for each in layout.tables() for name in (each.id, each.title, each.type)
    ]
    sheets = {plain(name): found for name, found in names if name and name != "MeasurementClaim"}
    chosen: tuple[list[str], list[str]] = ([], [])
    for each in filter(None, map(str.strip, (text or "").split(","))):
        if each in metrics:
            chosen[0].append(each)
        elif plain(each) in sheets:
            chosen[1].append(sheets[plain(each)])
        else:
            known = [*metrics, *(table.id for table in layout.tables())]
            raise UnknownTerm(message("metric or sheet"), each, nearest(each, known))
    return tuple(chosen[0]), tuple(chosen[1])


def _record(path: Path) -> dict[str, Any]:
    from openquality_validator import documents

    return documents.parse_object(path.read_bytes()).value


def _used(records: list[dict[str, Any]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the metrics and sheets that some records need."""
    from openquality_validator import catalogue
    from openquality_validator.sheets import layout
    from openquality_validator.sheets.filling import fill

    rows = fill(records, layout.tables()).rows
    known = catalogue.load().metrics
    metrics = {str(row.get("/metric")) for each in rows.values() for row in each} & set(known)
    return tuple(sorted(metrics)), tuple(name for name, each in rows.items() if each)


def _write_folder(
    folder: Path, tables: "Sequence[Table]", rows: "Mapping[str, Sequence[Filled]]", language: str
) -> None:
    from openquality.workbook.tables import tables as files

    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise Exists(folder)
    for name, data in files(tables, rows=rows, language=language):
        (folder / name).write_bytes(data)
    say(message("{path} is ready; fill it in, then: openquality validate {path}", path=folder))
