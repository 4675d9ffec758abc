"""`openquality verify`."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openquality.cli.output import Format, Rows, say
from openquality_validator.errors import InvalidInput, OpenQualityError

if TYPE_CHECKING:
    from openquality.datasets import DataFolder
    from openquality_validator.bundle import Verdict
    from openquality_validator.recompute import ReadTable
    from openquality_validator.tlog.checkpoint import Checkpoint
    from openquality_validator.trust import Trust

FAILED, UNKNOWN = 1, 3


class NotATime(OpenQualityError):
    """The time given is not one."""

    def __str__(self) -> str:
        return f"--at {self.args[0]!r} is not a time; write it like 2026-11-20T12:00:00Z."


def verify(
    bundles: Annotated[list[Path], typer.Argument(help="Bundle files.")],
    *,
    trust: Annotated[
        Path | None, typer.Option(help="Trust file; else the one `openquality trust` keeps.")
    ] = None,
    at: Annotated[str | None, typer.Option(help="Judge as of this time; else now.")] = None,
    evidence: Annotated[
        Path | None, typer.Option(help="Folder of raw data: recompute the claims from it.")
    ] = None,
    seen: Annotated[
        Path | None,
        typer.Option(help="Compare with this checkpoint instead of the last one remembered."),
    ] = None,
    no_state: Annotated[
        bool, typer.Option("--no-state", help="Neither use nor keep the last checkpoint seen.")
    ] = False,
    form: Annotated[Format, typer.Option("--format", help="For people or for programs.")] = (
        Format.TEXT
    ),
) -> int:
    """Verify bundles step by step, offline: whom you trust stands in your trust file alone.

    Remembers the last verified checkpoint of each log, so that a log which forgets or forks is
    caught.
    Exit code: 0 pass, 1 fail, 2 could not run, 3 unknown. Unknown never counts as pass.

    Example:
        openquality verify bolt.bundle.json
        openquality verify bolt.bundle.json --trust trust.json --evidence data/
    """
    from openquality.datasets import DataFolder
    from openquality.receipts import load_trust

    whom = load_trust(trust)
    if not whom.logs:
        say("Your trust file names no log. Add one with: openquality trust add URL")
    moment = _moment(at)
    held = DataFolder(evidence) if evidence else None
    known = _parsed(seen) if seen else None
    rows = Rows(form)
    codes = set()
    for path in bundles:
        verdict = _verify(
            path.read_bytes(), whom, moment, held, known, is_stateful=not (no_state or known)
        )
        codes.add(verdict.exit_code)
        value = {"path": str(path), **to_json(verdict)}
        rows.add("verdicts", value, f"{path}: {to_text(verdict)}")
    rows.end("verdicts", {"checked": len(bundles)})
    return FAILED if FAILED in codes else max(codes)


def to_json(verdict: "Verdict") -> dict[str, Any]:
    """Write a verdict as a JSON object with stable members; what is not proved is null."""
    from openquality_validator.entry import timestamp

    return {
        "overall": verdict.overall.value,
        "steps": [
            {
                "number": step.number,
                "name": step.name,
                "outcome": step.outcome.value,
                "code": step.code,
                "message": step.message,
            }
            for step in verdict.steps
        ],
        "statement": verdict.record.digest if verdict.record else None,
        "issuer": verdict.record.issuer if verdict.record else None,
        "log": verdict.checkpoint.origin if verdict.checkpoint else None,
        "index": verdict.index,
        "admittedAt": verdict.entry.admitted_at if verdict.entry else None,
        "identityLevel": verdict.record.identity_level if verdict.record else None,
        "existedBy": timestamp(verdict.existed_by) if verdict.existed_by else None,
        "state": verdict.status.state.value if verdict.status else None,
        "stateAsOf": verdict.status.time if verdict.status else None,
        "successor": verdict.status.successor if verdict.status else None,
        "disputed": (
            {"key": verdict.disputed.key, "since": verdict.disputed.since.isoformat()}
            if verdict.disputed
            else None
        ),
        "verification": {claim: level.value for claim, level in verdict.verification},
    }


def to_text(verdict: "Verdict") -> str:
    """Write a verdict as lines: the overall word, then each step."""
    steps = (
        f"  {step.number:>2} {step.name:<12} {step.outcome:<8} {step.code}  {step.message}"
        for step in verdict.steps
    )
    return "\n".join((verdict.overall.value.upper(), *steps))


def _verify(
    data: bytes,
    trust: "Trust",
    moment: datetime,
    held: "DataFolder | None",
    known: "Checkpoint | None",
    *,
    is_stateful: bool,
) -> "Verdict":
    from openquality import remembering
    from openquality_validator import bundle as bundles

    evidence = _files(data, held) if held is not None else None
    read_table = _reader() if held is not None else None
    if is_stateful:
        return remembering.verify(
            data, trust=trust, now=moment, evidence=evidence, read_table=read_table
        )
    return bundles.verify(
        data, trust=trust, now=moment, seen=known, evidence=evidence, read_table=read_table
    )


def _files(data: bytes, held: "DataFolder") -> dict[str, bytes]:
    from openquality.datasets import named
    from openquality_validator import bundle as bundles
    from openquality_validator import envelope

    try:
        statement = bundles.Bundle.from_bytes(data).statement
        record = envelope.credential(envelope.parse_envelope(statement).payload)
    except InvalidInput:
        return {}
    return held.files(named(record.value))


def _reader() -> "ReadTable":
    # Workbooks and Parquet are read as well, which is a large import.
    from openquality.tables import read_table

    return read_table


def _parsed(path: Path) -> "Checkpoint":
    from openquality_validator.tlog.checkpoint import parse

    return parse(path.read_bytes())[0]


def _moment(text: str | None) -> datetime:
    if text is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise NotATime(text) from None
    if moment.tzinfo is None:
        raise NotATime(text)
    return moment
