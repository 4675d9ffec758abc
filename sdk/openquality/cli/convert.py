"""`openquality convert`."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from openquality import home
from openquality.checking import payload
from openquality.cli.output import Format, say, show, show_bytes, show_json
from openquality.cli.records import attestation
from openquality.cli.refusal import require_valid
from openquality.converting import Drafted, draft_file
from openquality.measuring import add_to
from openquality.sources import Unreadable, load
from openquality_validator.catalogue import Catalogue
from openquality_validator.catalogue import load as load_catalogue
from openquality_validator.message import message
from openquality_validator.projections.exact import to_bytes
from openquality_validator.projections.formats import Source, Target, project
from openquality_validator.projections.loss import Loss
from openquality_validator.quantities import with_unit

NOTHING = 1  # exit code: the document holds nothing that has a place among claims


def convert(
    file: Annotated[Path, typer.Argument(help="A record with --to; any document with --from.")],
    *,
    to: Annotated[Target | None, typer.Option(help="Write the record in this format.")] = None,
    source: Annotated[
        Source | None, typer.Option("--from", help="Read FILE, of this format, as claims.")
    ] = None,
    assessment_level: Annotated[
        str | None,
        typer.Option(metavar="CODE", help="UNTP's, for untp-dcc of an accredited assessor."),
    ] = None,
    into: Annotated[
        Path | None, typer.Option(help="With --from: record (JSON) to add claims and evidence to.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the result here.")
    ] = (None),
    form: Annotated[Format, typer.Option("--format", help="For people or for programs.")] = (
        Format.TEXT
    ),
) -> int:
    """Convert records to documents of other formats, and documents of others to draft claims.

    Whatever has no place on the other side is listed, by JSON Pointer and reason. Nothing is
    guessed: a draft lacks what the document does not state, and `validate` says what to add.

    Example:
        openquality convert record.json --to schema-org -o page.jsonld
        openquality convert passport.json --from untp-dpp --into record.json
    """
    if (to is None) == (source is None):
        raise Unreadable(file, message("Give --to to write another format, or --from to read one."))
    if source is not None:
        return _draft(file, source, into, output, form)
    return _project(file, to or Target.SCHEMA_ORG, assessment_level, output, form)


def _project(
    file: Path, to: Target, assessment_level: str | None, output: Path | None, form: Format
) -> int:
    document, *more = load(file)
    if more:
        raise Unreadable(file, message("It holds several records; convert them one by one."))
    require_valid(document)
    record = payload(document).value
    found = project(record, to=to, catalogue=_catalogue(record), assessment_level=assessment_level)
    if output is not None:
        home.write(output, to_bytes(found.document))
    if form is Format.JSON:
        show_bytes(to_bytes({"v": 1, "document": found.document, "losses": _told(found.losses)}))
    else:
        if output is None:
            show_bytes(to_bytes(found.document))
        _say(found.losses)
    return 0


def _draft(file: Path, source: Source, into: Path | None, output: Path | None, form: Format) -> int:
    record = None if into is None else attestation(into)
    found = draft_file(file, source, catalogue=None if record is None else _catalogue(record))
    _show(found, form)
    if not found.claims:
        say(
            message(
                "{file} states nothing that has a place among claims; nothing is written.",
                file=file,
            )
        )
        return NOTHING
    if output is not None:
        home.write(output, _json({"claims": found.claims, "evidence": [found.evidence]}))
    if into is not None and record is not None:
        home.write(into, _json(add_to(record, [found])))
        say(
            message(
                "{into} holds {count} new claims; `openquality validate` says what lacks.",
                into=into,
                count=len(found.claims),
            )
        )
    return 0


def _show(found: Drafted, form: Format) -> None:
    if form is Format.JSON:
        evidence = [found.evidence]
        show_json(
            {"v": 1, "claims": found.claims, "evidence": evidence, "losses": _told(found.losses)}
        )
        return
    for claim in found.claims:
        value = claim.get("value") or claim.get("objective") or {}
        named = claim.get("metric") or claim.get("indicator")
        parts = [claim["type"], named, with_unit(value["amount"], value["unit"]) if value else None]
        show(" ".join(part for part in parts if part))
    _say(found.losses)


def _say(losses: tuple[Loss, ...]) -> None:
    say(f"{len(losses)} lost, wholly or in part:" if losses else message("Nothing is lost."))
    for loss in losses:
        say(f"  {loss.pointer}  {loss.reason}")


def _told(losses: tuple[Loss, ...]) -> list[dict[str, str]]:
    return [asdict(loss) for loss in losses]


def _catalogue(record: dict[str, Any]) -> Catalogue:
    version = record.get("catalogueVersion")
    return load_catalogue(version) if isinstance(version, str) else load_catalogue()


def _json(value: object) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
