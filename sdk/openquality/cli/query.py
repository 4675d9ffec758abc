"""`openquality query`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from openquality import home
from openquality.cli.options import Registry
from openquality.cli.output import TableFormat, say, show_json
from openquality.cli.values import Shown, show_statements, show_values
from openquality_validator.message import message


def query(  # noqa: PLR0913 - one option for each member of the query document
    *,
    where: Annotated[
        list[str] | None, typer.Option(help='Metric and threshold: "on-time-delivery>=95 %".')
    ] = None,
    of: Annotated[str | None, typer.Option(help="What must reach it: bound or value.")] = None,
    characteristics: Annotated[
        str | None, typer.Option(help="Which are meant: worstCritical, worst, any, all.")
    ] = None,
    target: Annotated[
        list[str] | None, typer.Option(help="METRIC=AMOUNT UNIT, for metrics best at a target.")
    ] = None,
    qualifier: Annotated[
        list[str] | None, typer.Option(help="METRIC.QUALIFIER=VALUE that values must have.")
    ] = None,
    subject_type: Annotated[
        str | None, typer.Option("--type", help="Product, Organization, Site, Service …")
    ] = None,
    granularity: Annotated[str | None, typer.Option(help="model, batch or item.")] = None,
    category: Annotated[
        str | None, typer.Option(help="SCHEME:CODE, what is below it included.")
    ] = None,
    subject: Annotated[
        list[str] | None, typer.Option(help="Only this subject (may be repeated).")
    ] = None,
    identifier: Annotated[
        list[str] | None, typer.Option(help="SCHEME:VALUE of the subject, its producer or site.")
    ] = None,
    country: Annotated[list[str] | None, typer.Option(help="Country of the producer.")] = None,
    region: Annotated[list[str] | None, typer.Option(help="Its region, such as DE-BY.")] = None,
    certificate: Annotated[
        list[str] | None,
        typer.Option(help="SCHEME[:EDITION][,scope=[SCHEME:]CODE][,on=DATE][,accredited]."),
    ] = None,
    origin: Annotated[list[str] | None, typer.Option(help="Country of origin.")] = None,
    custody: Annotated[list[str] | None, typer.Option(help="Custody model.")] = None,
    material: Annotated[
        str | None, typer.Option(help="CAS number or name, and >=SHARE if wanted.")
    ] = None,
    promised: Annotated[
        list[str] | None, typer.Option(help="INDICATOR>=AMOUNT UNIT that the producer promises.")
    ] = None,
    achieved: Annotated[
        list[str] | None, typer.Option(help="INDICATOR>=AMOUNT UNIT that was measured.")
    ] = None,
    rate: Annotated[
        list[str] | None, typer.Option(help="FROM:TO=RATE@DATE[,SOURCE], an exchange rate.")
    ] = None,
    verification: Annotated[
        str | None, typer.Option(help="Floor: declared, evidenced, recomputed.")
    ] = None,
    independence: Annotated[
        str | None, typer.Option(help="Floor: self, buyer, thirdParty, accredited.")
    ] = None,
    identity: Annotated[str | None, typer.Option(help="Floor: L0, L1, L2.")] = None,
    relation: Annotated[
        list[str] | None, typer.Option(help="Whose statements; else producer and assessor.")
    ] = None,
    accreditor: Annotated[
        list[str] | None, typer.Option(help="DID=SCHEME[,SCHEME], not the registry's list.")
    ] = None,
    min_sample: Annotated[int | None, typer.Option(help="Least sample size.")] = None,
    max_age: Annotated[int | None, typer.Option(help="Greatest age in days at --as-of.")] = None,
    min_period: Annotated[int | None, typer.Option(help="Least length of the period.")] = None,
    without: Annotated[
        list[str] | None, typer.Option(help="Observation that excludes a row.")
    ] = None,
    as_of: Annotated[str | None, typer.Option(help="Date at which age is judged.")] = None,
    at_checkpoint: Annotated[
        int | None, typer.Option(help="The log as it stood with so many entries.")
    ] = None,
    rank: Annotated[
        list[str] | None, typer.Option(help="METRIC=WEIGHT: order by weighted score.")
    ] = None,
    reserve: Annotated[
        str | None, typer.Option(help="SHARE:WHO[,WHO]: places for size classes or countries.")
    ] = None,
    diversity: Annotated[
        str | None, typer.Option(help="Weight of suppliers that are not placed yet, 0 to 1.")
    ] = None,
    facet: Annotated[list[str] | None, typer.Option(help="Count the rows by this.")] = None,
    explain: Annotated[
        bool | None, typer.Option("--explain", help="Tell each exclusion with its reason.")
    ] = None,
    bundles: Annotated[
        bool | None, typer.Option("--bundles", help="Bring the proofs; show what verifies.")
    ] = None,
    trust: Annotated[
        Path | None, typer.Option(help="Trust file for --bundles; else your own.")
    ] = None,
    limit: Annotated[int | None, typer.Option(help="Rows in one page.")] = None,
    cursor: Annotated[str | None, typer.Option(help="The next page, as the answer said.")] = None,
    excluded_cursor: Annotated[
        str | None, typer.Option(help="More exclusions, as the answer said.")
    ] = None,
    document: Annotated[
        Path | None, typer.Option("--query", help="Query document; options are added to it.")
    ] = None,
    registry: Registry = None,
    form: Annotated[TableFormat, typer.Option("--format", help="How rows are shown.")] = (
        TableFormat.TABLE
    ),
) -> None:
    """Find comparable records, best first by the one-sided 95 % bound.

    What was left out is told too, with the reason and what would have been needed.

    Example:
        openquality query --where "on-time-delivery>=95 %" --type Organization
        openquality query --where "cpk>=1.33 1" --category unspsc:31160000 --format csv
        openquality query --where on-time-delivery --where lead-time-median
            --rank on-time-delivery=2 --rank lead-time-median=1
        openquality query --where "acquisition-cost<=10 EUR"
            --rate "USD:EUR=0.92@2026-11-20,European Central Bank"
    """
    from openquality import asking
    from openquality.client import Client

    options: dict[str, Any] = {
        "where": where,
        "of": of,
        "characteristics": characteristics,
        "target": target,
        "qualifier": qualifier,
        "type": subject_type,
        "granularity": granularity,
        "category": category,
        "subject": subject,
        "identifier": identifier,
        "country": country,
        "region": region,
        "certificate": certificate,
        "origin": origin,
        "custody": custody,
        "material": material,
        "promised": promised,
        "achieved": achieved,
        "rate": rate,
        "verification": verification,
        "independence": independence,
        "identity": identity,
        "relation": relation,
        "accreditor": accreditor,
        "min-sample": min_sample,
        "max-age": max_age,
        "min-period": min_period,
        "without": without,
        "as-of": as_of,
        "at-checkpoint": at_checkpoint,
        "rank": rank,
        "reserve": reserve,
        "diversity": diversity,
        "facet": facet,
        "explain": explain,
        "bundles": bundles,
        "limit": limit,
        "cursor": cursor,
        "excluded-cursor": excluded_cursor,
    }
    asked = asking.document(_texts(options), _document(document))
    with Client(home.registry(registry)) as client:
        answer = client.query(asked)
    if bundles:
        answer = _verified(answer, trust)
    _show(answer, form)


def _texts(options: dict[str, Any]) -> dict[str, list[str]]:
    """Write the options that were given as texts; a flag as "true"."""
    given = {name: value for name, value in options.items() if value not in (None, [])}
    return {
        name: [str(each) for each in value]
        if isinstance(value, list)
        else [str(value).lower()]
        if value is True
        else [str(value)]
        for name, value in given.items()
    }


def _verified(answer: dict[str, Any], trust: Path | None) -> dict[str, Any]:
    """Keep the rows whose bundles verify, and say which do not."""
    from openquality import answers
    from openquality.receipts import load_trust

    found = answers.verified(answer, trust=load_trust(trust))
    for refused in found.refused:
        say(
            message(
                "Row {number} is not shown: {reason}", number=refused.number, reason=refused.reason
            )
        )
    return found.document


def _show(answer: dict[str, Any], form: TableFormat) -> None:
    if form is TableFormat.JSON:
        show_json(answer)
        return
    shown = [
        Shown(str(number), row["subject"].get("name") or row["subject"]["id"], value)
        for number, row in enumerate(answer["rows"], 1)
        for value in row["values"]
    ]
    show_values(shown, form)
    if shown and form is TableFormat.TABLE:
        show_statements(shown)
    for number, row in enumerate(answer["rows"], 1):
        for remark in _remarks(row):
            say(f"Row {number}: {remark}")
    say(
        message(
            "{total} found, {count} shown, as of {as_of}.",
            total=answer["total"],
            count=len(answer["rows"]),
            as_of=answer["query"]["asOf"],
        )
    )
    for left in answer["leftOut"]:
        say(
            message(
                "Left out: {count} × {metric} {reason}. {needed}",
                count=left["count"],
                metric=left["metric"],
                reason=left["reason"],
                needed=left["needed"],
            )
        )
    if not answer["total"] and not answer["leftOut"]:
        say(
            message(
                "No record here states such a metric of such a subject; --type, --granularity, "
                "--category and --subject narrow whom the question is about."
            )
        )
    _say_besides(answer)
    if answer.get("next"):
        say(message("More: add --cursor {next}", next=answer["next"]))


def _say_besides(answer: dict[str, Any]) -> None:
    """Say what was asked for besides rows."""
    for name, counts in answer.get("facets", {}).items():
        said = ", ".join(f"{each['value'] or 'not stated'} {each['count']}" for each in counts)
        say(f"By {name}: {said}")
    excluded = answer.get("excluded") or {"items": [], "next": None}
    for item in excluded["items"]:
        say(
            message(
                "Excluded: {statement} {metric} {reason}",
                statement=item["statement"],
                metric=item["metric"],
                reason=item["reason"],
            )
        )
    if excluded["next"]:
        say(message("More exclusions: add --excluded-cursor {next}", next=excluded["next"]))
    if answer.get("fairness", {}).get("applied"):
        say(
            message(
                "The fairness section has moved rows. {formula}",
                formula=answer["fairness"]["formula"],
            )
        )


def _remarks(row: dict[str, Any]) -> Iterator[str]:
    """Yield what stands against a row; registries before 0.3.0 do not tell."""
    for notice in row.get("safetyNotices", ()):
        yield f"a {notice['kind']} of {notice['date']} stands open, {notice['digest']}"
    if row.get("observations"):
        yield f"observed: {', '.join(row['observations'])}"
    for value in row["values"]:
        if value.get("stale"):
            yield f"{value['metric']} is stale, {value['ageDays']} days old"


def _document(path: Path | None) -> dict[str, Any]:
    from openquality_validator import documents

    return documents.parse_object(path.read_bytes()).value if path else {}
