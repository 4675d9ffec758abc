"""`openquality query`."""

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from openquality import home
from openquality.cli.options import Registry
from openquality.cli.output import TableFormat, say, show_json
from openquality.cli.values import Shown, show_statements, show_values


class Relation(StrEnum):
    """Say whose statements are meant."""

    PRODUCER = "producer"
    ASSESSOR = "assessor"
    BUYER = "buyer"
    OTHER = "other"


class Of(StrEnum):
    """Say what is held against a threshold."""

    BOUND = "bound"
    VALUE = "value"


def query(  # noqa: PLR0913 - one option for each member of the query document
    *,
    where: Annotated[
        list[str] | None, typer.Option(help='Metric and threshold: "on-time-delivery>=95 %".')
    ] = None,
    of: Annotated[Of | None, typer.Option(help="What must reach the threshold.")] = None,
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
    certificate: Annotated[
        list[str] | None, typer.Option(help="SCHEME[:EDITION] that must be held.")
    ] = None,
    verification: Annotated[
        str | None, typer.Option(help="Floor: declared, evidenced, recomputed.")
    ] = None,
    independence: Annotated[
        str | None, typer.Option(help="Floor: self, buyer, thirdParty, accredited.")
    ] = None,
    identity: Annotated[str | None, typer.Option(help="Floor: L0, L1, L2.")] = None,
    relation: Annotated[
        list[Relation] | None, typer.Option(help="Whose statements; else producer and assessor.")
    ] = None,
    min_sample: Annotated[int | None, typer.Option(help="Least sample size.")] = None,
    max_age: Annotated[int | None, typer.Option(help="Greatest age in days at --as-of.")] = None,
    as_of: Annotated[str | None, typer.Option(help="Date at which age is judged.")] = None,
    rank: Annotated[
        list[str] | None, typer.Option(help="METRIC=WEIGHT: order by weighted score.")
    ] = None,
    limit: Annotated[int | None, typer.Option(help="Rows in one page.")] = None,
    cursor: Annotated[str | None, typer.Option(help="The next page, as the answer said.")] = None,
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
    """
    from openquality.client import Client

    asked = _document(document)
    _merge(
        asked,
        where=_conditions(where or [], qualifier or [], of),
        certificates=[_certificate(text) for text in certificate or []],
        rank=[_weight(text) for text in rank or []],
        relations=[each.value for each in relation or []],
        subject=_subject(subject_type, granularity, category, subject),
        floors=_given(verification=verification, independence=independence, identity=identity),
        minSample=min_sample,
        maxAgeDays=max_age,
        asOf=as_of,
        limit=limit,
        cursor=cursor,
    )
    with Client(home.registry(registry)) as client:
        answer = client.query(asked)
    _show(answer, form)


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
    say(f"{answer['total']} found, {len(answer['rows'])} shown, as of {answer['query']['asOf']}.")
    for left in answer["leftOut"]:
        say(f"Left out: {left['count']} × {left['metric']} {left['reason']}. {left['needed']}")
    if not answer["total"] and not answer["leftOut"]:
        say(
            "No record here states such a metric of such a subject; --type, --granularity, "
            "--category and --subject narrow whom the question is about."
        )
    if answer.get("next"):
        say(f"More: add --cursor {answer['next']}")


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


def _merge(asked: dict[str, Any], **options: Any) -> None:  # noqa: ANN401 - JSON values
    for name, value in options.items():
        if value in (None, [], {}):
            continue
        asked[name] = {**asked.get(name, {}), **value} if isinstance(value, dict) else value


def _given(**options: str | None) -> dict[str, str]:
    return {name: value for name, value in options.items() if value is not None}


def _conditions(where: list[str], qualifiers: list[str], of: Of | None) -> list[dict[str, Any]]:
    from openquality.cli import where as typed
    from openquality_validator import catalogue

    held = catalogue.load()
    conditions = [typed.condition(text, held) for text in where]
    for text in qualifiers:
        metric, wanted = typed.qualifier(text, held)
        asked = [condition for condition in conditions if condition["metric"] == metric]
        if not asked:
            raise typed.Unclear("--qualifier", text, f"--where {metric} --qualifier {text}")
        asked[0].setdefault("qualifiers", []).append(wanted)
    for condition in conditions if of else ():
        condition["of"] = of
    return conditions


def _subject(
    subject_type: str | None,
    granularity: str | None,
    category: str | None,
    ids: list[str] | None,
) -> dict[str, Any]:
    from openquality.cli.where import category as read_category

    subject: dict[str, Any] = dict(_given(type=subject_type, granularity=granularity))
    if category:
        subject["category"] = read_category(category)
    if ids:
        subject["ids"] = ids
    return subject


def _certificate(text: str) -> dict[str, Any]:
    from openquality.cli.where import certificate

    return certificate(text)


def _weight(text: str) -> dict[str, str]:
    from openquality.cli.where import weight

    return weight(text)
