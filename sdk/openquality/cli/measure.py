"""`openquality measure`."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from openquality import home
from openquality.cli import mapping as options
from openquality.cli.measured import show_measured
from openquality.cli.output import Format, say
from openquality.cli.records import attestation
from openquality.measuring import FromFile, add_to, measure_file
from openquality.plots import draw, draw_refused
from openquality.tables import tell_dialect
from openquality_schemas import CATALOGUE, known_schemas, newest
from openquality_validator.catalogue import load
from openquality_validator.documents import parse
from openquality_validator.errors import UnusableData
from openquality_validator.measure import Mapping as DataMapping
from openquality_validator.measure.capability import RefusedIndex
from openquality_validator.message import message

Texts = list[str] | None


def measure(  # noqa: PLR0913 - an option for each thing that a file does not say about itself
    data: Annotated[
        Path, typer.Argument(help="Raw data: .csv, .tsv, .xlsx, .xls, .xlsb, .ods, .parquet.")
    ],
    *,
    metric: Annotated[list[str], typer.Option(help="Metric to compute; may be repeated.")],
    mapping: Annotated[
        Path | None, typer.Option(help="Mapping file (JSON), instead of all that describes DATA.")
    ] = None,
    due: Annotated[str | None, typer.Option(help="Column: when delivery was due.")] = None,
    event: Annotated[str | None, typer.Option(help="Column: when it was delivered.")] = None,
    start: Annotated[str | None, typer.Option(help="Column: when the time began.")] = None,
    end: Annotated[str | None, typer.Option(help="Column: when it ended.")] = None,
    value: Annotated[str | None, typer.Option(help="Column: a measured value.")] = None,
    unit: Annotated[str | None, typer.Option(help="Unit of the values.")] = None,
    uncertainty: Annotated[
        Texts,
        typer.Option(metavar="NAME=VALUE", help="Of an amount: expanded, coverageFactor."),
    ] = None,
    outcome: Annotated[str | None, typer.Option(help="Column: result of one unit.")] = None,
    events: Annotated[str | None, typer.Option(help="Column: how many events.")] = None,
    exposure: Annotated[
        str | None, typer.Option(help="Column: what the events are counted against.")
    ] = None,
    counted: Annotated[
        Texts, typer.Option(metavar="TEXT", help="An outcome that the metric counts.")
    ] = None,
    not_counted: Annotated[Texts, typer.Option(metavar="TEXT", help="Any other outcome.")] = None,
    column: Annotated[
        Texts,
        typer.Option(
            metavar="ROLE=COLUMN",
            help="numerator, denominator, step, ordered, received, date, subgroup, order, up, "
            "down, outages, promoters, passives, detractors, per, part, operator or "
            "opportunities.",
        ),
    ] = None,
    date_format: Annotated[
        Texts, typer.Option(help="%d-%b-%y, or start=%m/%d/%y for one column; else ISO 8601.")
    ] = None,
    where: Annotated[
        Texts, typer.Option(metavar="COLUMN=TEXT", help="Only rows with that text.")
    ] = None,
    unusable: Annotated[
        Texts, typer.Option(metavar="COLUMN=TEXT", help="A text that is no value, such as n/a.")
    ] = None,
    unusable_shape: Annotated[
        Texts, typer.Option(metavar="COLUMN=SHAPE", help="The same by shape, 9 for any digit.")
    ] = None,
    anchor: Annotated[str | None, typer.Option(help="Qualifier: what the due date is.")] = None,
    level: Annotated[str | None, typer.Option(help="Qualifier: line, order or unit.")] = None,
    qualifier: Annotated[
        Texts, typer.Option(metavar="NAME=VALUE", help="Any qualifier of the metric.")
    ] = None,
    characteristic: Annotated[str | None, typer.Option(help="What the readings measure.")] = None,
    characteristic_class: Annotated[
        str, typer.Option("--class", help="Of the characteristic: critical, significant, other.")
    ] = "other",
    lsl: Annotated[str | None, typer.Option(help="Lower specification limit.")] = None,
    usl: Annotated[str | None, typer.Option(help="Upper specification limit.")] = None,
    estimator: Annotated[
        str, typer.Option(help="Of sigma: overall, pooled, rBar, sBar or movingRange.")
    ] = "overall",
    distribution: Annotated[
        str, typer.Option(help="Of the readings: normal, or other (percentile method, no bound).")
    ] = "normal",
    convention: Annotated[
        str, typer.Option(help="Whose names the indices have: aiag or iso22514.")
    ] = "aiag",
    subgroup_size: Annotated[
        int | None, typer.Option(help="Consecutive readings in a subgroup.")
    ] = None,
    plan: Annotated[
        Texts,
        typer.Option(
            metavar="NAME=VALUE",
            help="Of a sampling plan: level, severity, planType, aql, lotSize, codeLetter, n, ac, "
            "re.",
        ),
    ] = None,
    study: Annotated[
        Texts,
        typer.Option(
            metavar="NAME=VALUE", help="Of a gauge study: basis, sigmaMultiplier, tolerance."
        ),
    ] = None,
    working_days: Annotated[
        str | None, typer.Option(metavar="mon,tue,…", help="Only these days of the week count.")
    ] = None,
    holiday: Annotated[
        Texts, typer.Option(metavar="DAY", help="A day that does not count.")
    ] = None,
    hours: Annotated[
        str | None, typer.Option(metavar="08:00-17:00", help="Only these hours of a day count.")
    ] = None,
    since: Annotated[str | None, typer.Option("--from", help="First day of the period.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Last day of the period.")] = None,
    encoding: Annotated[str | None, typer.Option(help="utf-8, utf-16, cp1252, iso-8859-1.")] = None,
    delimiter: Annotated[str | None, typer.Option(help="Between the cells of a CSV file.")] = None,
    decimal_comma: Annotated[
        bool, typer.Option("--decimal-comma", help="Numbers are written 12,5.")
    ] = False,
    sheet: Annotated[str | None, typer.Option(help="Sheet of a workbook.")] = None,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE.svg", help="Draw the measurement here.")
    ] = None,
    limitations: Annotated[str | None, typer.Option(help="What the value does not say.")] = None,
    into: Annotated[
        Path | None, typer.Option(help="Record (JSON) to add claims and evidence to.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write claims and evidence here.")
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="For people or for programs.")] = (
        Format.TEXT
    ),
) -> int:
    r"""Compute claims from raw data: value, counts, bound, and what was left out and why.

    The evidence carries the digest of the file and what its columns mean, so that whoever has the
    file gets the same values. Nothing is guessed: a cell that does not read stops with its row and
    text, unless it is declared unusable.

    Example:
        openquality measure deliveries.csv --metric on-time-delivery --due Promised \
            --event Delivered --date-format %d.%m.%Y --anchor lastConfirmed --level line \
            --qualifier event=receipt --qualifier denominatorBasis=deliveredInPeriod
        openquality measure shafts.csv --metric cpk --value Diameter --unit mm \
            --characteristic diameter --lsl 11.95 --usl 12.05 --estimator rBar \
            --subgroup-size 5 --from 2026-03-02 --to 2026-03-06 --into record.json
    """
    if plot is not None and plot.suffix.lower() != ".svg":
        raise UnusableData(
            "M013",
            message("{name} is no SVG file.", name=plot.name),
            message("Name it with the ending .svg."),
        )
    # What goes into a record is measured as the catalogue says that the record names.
    record = None if into is None else attestation(into)
    catalogue = load() if record is None else load(record.get("catalogueVersion", CATALOGUE))
    metrics = [catalogue.metric(each) for each in metric]
    if unit is not None:
        catalogue.unit(unit)
    if mapping is not None:
        meaning = DataMapping.from_json(parse(mapping.read_bytes()))
    else:
        roles = {"due": due, "event": event, "start": start, "end": end, "value": value}
        roles |= {"outcome": outcome, "events": events, "exposure": exposure}
        meaning = options.build(
            metrics[0],
            columns=_given(roles) | options.pairs(column, "--column"),
            table=tell_dialect(
                data,
                encoding=encoding,
                delimiter=delimiter,
                decimal="," if decimal_comma else ".",
                sheet=sheet,
            ),
            date_formats=date_format or (),
            where=options.pairs(where, "--where"),
            unusable=options.unusable(unusable, unusable_shape),
            outcomes=(tuple(counted or ()), tuple(not_counted or ())),
            qualifiers=_given({"anchor": anchor, "level": level})
            | options.pairs(qualifier, "--qualifier"),
            unit=unit,
            working_time=options.working_time(working_days, holiday, hours),
            plan=options.pairs(plan, "--plan"),
            gauge=options.pairs(study, "--study"),
            uncertainty=options.pairs(uncertainty, "--uncertainty"),
            study=options.Study(
                _given({"id": characteristic, "lsl": lsl, "usl": usl, "unit": unit}),
                characteristic_class,
                estimator,
                subgroup_size,
                distribution,
                convention,
            ),
        )
    try:
        found = measure_file(
            data,
            meaning,
            metrics=metric,
            period=_period(since, until),
            limitations=limitations,
            catalogue=catalogue,
        )
    except RefusedIndex as refusal:
        if plot is not None:  # when an index is refused one needs the chart most
            home.write(plot, draw_refused(refusal).encode())
            say(message("{plot} shows the readings.", plot=plot))
        raise
    drawn = draw(found.measured, catalogue).encode() if plot is not None else b""
    show_measured(found, metrics, catalogue, form)
    if plot is not None:
        home.write(plot, drawn)
    if output is not None:
        _write(output, {"claims": found.claims, "evidence": [found.evidence]})
    if into is not None and record is not None:
        _fill(into, record, found)
    return 0


def _given(options: Mapping[str, str | None]) -> dict[str, str]:
    return {name: text for name, text in options.items() if text is not None}


def _period(since: str | None, until: str | None) -> tuple[date, date] | None:
    if since is None and until is None:
        return None
    try:
        first, last = date.fromisoformat(since or ""), date.fromisoformat(until or "")
    except ValueError:
        first, last = date.max, date.min
    if first > last:
        raise UnusableData(
            "M009",
            message("The period from {since} to {until} is none.", since=since, until=until),
            message("Give --from and --to as 2026-01-31, the first not after the last."),
        )
    return first, last


def _fill(into: Path, record: dict[str, Any], found: FromFile) -> None:
    filled = add_to(record, [found])
    _write(into, filled)
    new, claims = len(found.claims), len(filled["credentialSubject"]["claims"])
    held = f"{new} new claim{'' if new == 1 else 's'}"
    # A claim that was measured in another way stays, and is published with the new one.
    if kept := claims - new:
        held += f", {kept} that {'was' if kept == 1 else 'were'} there before,"
    say(
        message(
            "{into} holds {held} and the digest of {name}.",
            into=into,
            held=held,
            name=found.evidence["name"],
        )
    )
    if _pins_older(record):
        say(
            message(
                "{into} names an older schema, which may not know this mapping: then copy "
                "`credentialSchema` and `catalogueVersion` from a record that `openquality init` "
                "makes now, and measure again.",
                into=into,
            )
        )


def _pins_older(record: Mapping[str, Any]) -> bool:
    pinned = record.get("credentialSchema", {}).get("digestSRI")
    return pinned in known_schemas() and pinned != newest()[0]


def _write(path: Path, value: object) -> None:
    data = orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    home.write(path, data)
