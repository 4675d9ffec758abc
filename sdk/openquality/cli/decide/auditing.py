"""`openquality decide export`, `check`, `report` and `anchor`: for auditors."""

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openquality import home
from openquality.cli.decide.options import LOG, Log, Shown
from openquality.cli.options import Token
from openquality.cli.output import Format, say, show, show_bytes, show_json
from openquality.refused import RefusedInput
from openquality_validator.message import message

if TYPE_CHECKING:
    from openquality.decisions import Audit
    from openquality.decisions.stamping import Anchored
    from openquality_validator.findings import Finding
    from openquality_validator.timestamps import Authority
    from openquality_validator.tlog.checkpoint import Checkpoint
    from openquality_validator.trust import Trust

SUFFIX = ".decisions.json"


class ReportFormat(StrEnum):
    """Choose how a report is shown."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"


class NotADate(RefusedInput):
    """A date cannot be read."""

    def __str__(self) -> str:
        return f"--since {self.args[0]!r} is not a date; write it like 2026-01-31."


def export(
    decision: Annotated[
        str | None, typer.Argument(help="One decision; else the whole log.")
    ] = None,
    *,
    withhold: Annotated[
        list[str] | None,
        typer.Option(help="A member that is not shown, such as terms (may be repeated)."),
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File to write.")] = None,
    log: Log = LOG,
) -> None:
    """Write one file that an auditor checks without your machine: events, proofs and files.

    Members that are withheld leave their digests: signatures and proofs still hold, and nobody can
    guess what they were. Of one decision the events without a decision are shown too, such as
    policies; other decisions are not.

    Example:
        openquality decide export -o 2026.decisions.json
        openquality decide export PO-4711 --withhold terms --withhold impact -o i-1.decisions.json
    """
    from openquality.decisions import DecisionLog
    from openquality.decisions import export as make

    made = make(DecisionLog(log), transaction=decision, withhold=withhold or ())
    path = output or Path(f"{(decision or log.resolve().name).replace('/', '-')}{SUFFIX}")
    home.write(path, made.to_bytes())
    show(str(path))
    if withhold:
        say("Withheld: " + ", ".join(sorted(set(withhold))) + ". Files that only they name, too.")


def check(
    source: Annotated[
        Path | None, typer.Argument(help="An export, or the folder of a log; else your own log.")
    ] = None,
    *,
    vkey: Annotated[
        str | None, typer.Option(help="The log's verifier key, as you know it from elsewhere.")
    ] = None,
    seen: Annotated[
        Path | None, typer.Option(help="An earlier export or checkpoint, which it must continue.")
    ] = None,
    trust: Annotated[
        Path | None, typer.Option(help="Trust file, for stamps and receipts; else your own.")
    ] = None,
    log: Log = LOG,
    form: Shown = Format.TEXT,
) -> int:
    """Check a log or an export, and reconstruct the ranking of every proposal in it.

    Offline, from what is brought alone: proofs, signatures, rules, files, what is due; then each
    query is asked again of the kept records.
    Exit code: 0 all of it holds, 1 something does not, 3 something cannot be known, as where a part
    is not shown.

    Example:
        openquality decide check
        openquality decide check 2026.decisions.json --vkey decisions.example/2026+…
        openquality decide check new.decisions.json --seen old.decisions.json
    """
    result = _audit(source or log, vkey, trust, seen)
    if form is Format.JSON:
        show_json(to_json(result))
        return result.exit_code
    for finding in result.report.findings:
        show(_line(finding))
    for each in result.reconstructed:
        show(f"{each.transaction}: ranking {each.replay.result} ({each.seconds:.3f} s)")
    held = result.checked
    for size, moment, authority in held.existed_by:
        show(f"{size} entries existed by {moment.isoformat()}, says {authority}")
    whole = "the whole log" if held.is_complete else "a part of the log"
    say(
        message(
            "{value}: {count} of {size} events checked, {whole}; {count2} error(s), {count3} "
            "warning(s).",
            value=held.origin or "No log",
            count=len(held.placed),
            size=held.size,
            whole=whole,
            count2=len(result.report.errors),
            count3=len(result.report.warnings),
        )
    )
    if vkey is None and source is not None:
        say(message("The log was held to the key that it names itself; give --vkey to pin it."))
    return result.exit_code


def report(
    *,
    since: Annotated[
        str | None, typer.Option(help="Only decisions proposed since this day.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write; else standard output.")
    ] = None,
    log: Log = LOG,
    form: Annotated[ReportFormat, typer.Option("--format", help="How it is shown.")] = (
        ReportFormat.TEXT
    ),
) -> int:
    """Measure the log: human review, suppliers, incidents, reconstruction, diversity.

    Every decision is reconstructed for it, so the figures on that are of now. Exit code 1 says that
    the check behind it found something wrong.

    Example:
        openquality decide report
        openquality decide report --since 2026-01-01 --format html -o decisions.html
    """
    from openquality.decisions.page import page
    from openquality.decisions.table import rows
    from openquality_validator.decision.measures import measure

    result = _audit(log)
    measured = measure(
        result.checked.book,
        now=datetime.now(UTC),
        since=_day(since),
        reconstructions=result.measured(),
    )
    findings = [finding.to_json() for finding in result.report.findings]
    match form:
        case ReportFormat.JSON:
            _write(output, _json({"v": 1, **measured, "findings": findings}))
        case ReportFormat.HTML:
            text = page(measured, origin=result.checked.origin, findings=findings)
            _write(output, text.encode())
        case ReportFormat.TEXT:
            lines = [
                line
                for part, values in rows(measured)
                for line in (part, *(f"  {name:<32} {value}" for name, value in values))
            ]
            _write(output, ("\n".join(lines) + "\n").encode())
    return int(bool(result.report.errors))


def anchor(
    *,
    url: Annotated[
        str | None, typer.Option(help="The address of an RFC 3161 time authority.")
    ] = None,
    registry: Annotated[
        str | None, typer.Option(help="The address of a registry that logs the digest.")
    ] = None,
    token: Token = None,
    trust: Annotated[
        Path | None,
        typer.Option(help="Trust file that names the authority or the registry; else your own."),
    ] = None,
    log: Log = LOG,
) -> None:
    """Have a time authority or a registry attest the log's checkpoint: a digest leaves the machine.

    What was logged up to now can then not be rewritten, not even with the log's own key. Trust the
    authority or the registry first: openquality trust time-authority, openquality trust add. A
    registry learns the SHA-256 of the checkpoint and the day, signed by the log's own key, and
    neither who you are nor anything of a decision; it makes the statement public for good.

    Example:
        openquality decide anchor --url https://tsa.example
        openquality decide anchor --registry https://registry.example
    """
    from openquality.decisions import DecisionLog

    if url is None and registry is None:
        raise typer.BadParameter("Name a time authority by --url, a registry by --registry.")
    held = DecisionLog(log)
    if url is not None:
        from openquality.decisions.stamping import anchor as stamp

        _tell(stamp(held, url, authorities=_authorities(_trust(trust))))
    if registry is not None:
        from openquality.client import Client
        from openquality.decisions.registering import register

        with Client(home.registry(registry), token=token) as client:
            _tell(register(held, client, trust=_trust(trust)))


def _tell(done: "Anchored") -> None:
    show(str(done.path))
    say(
        message(
            "{size} entries existed by {moment}, says {authority}.",
            size=done.size,
            moment=done.moment.isoformat(),
            authority=done.authority,
        )
    )


def to_json(result: "Audit") -> dict[str, Any]:
    """Write the result of a check as a JSON object with stable members."""
    held = result.checked
    return {
        "v": 1,
        "log": held.origin,
        "size": held.size,
        "shown": len(held.placed),
        "complete": held.is_complete,
        "decisions": {name: state.status.value for name, state in held.book.transactions.items()},
        "reconstructions": [
            {
                "decision": each.transaction,
                "basis": each.basis,
                "result": each.replay.result.value,
                "seconds": f"{each.seconds:.3f}",
            }
            for each in result.reconstructed
        ],
        "existedBy": [
            {"size": size, "time": moment.isoformat(), "authority": authority}
            for size, moment, authority in held.existed_by
        ],
        "findings": [finding.to_json() for finding in result.report.findings],
    }


def _audit(
    source: Path, vkey: str | None = None, trust: Path | None = None, seen: Path | None = None
) -> "Audit":
    from openquality.decisions import DecisionLog, audit
    from openquality_validator.decision.export import Export

    held = DecisionLog(source) if source.is_dir() else None
    brought = held or Export.from_bytes(source.read_bytes())
    before = _checkpoint(seen.read_bytes()) if seen else None
    whom = _trust(trust)
    return audit(brought, pinned=vkey, seen=before, authorities=_authorities(whom), trust=whom)


def _checkpoint(data: bytes) -> "Checkpoint":
    from openquality_validator.decision.export import Export
    from openquality_validator.tlog.checkpoint import parse

    return parse(Export.from_bytes(data).checkpoint if data.startswith(b"{") else data)[0]


def _trust(path: Path | None) -> "Trust":
    from openquality.receipts import load_trust

    return load_trust(path)


def _authorities(trust: "Trust") -> "list[Authority]":
    named = trust.time_authorities
    if not named:
        return []
    from openquality_validator.timestamps import Authority

    return [Authority(each.name, each.roots) for each in named]


def _line(finding: "Finding") -> str:
    return f"{finding.severity} {finding.code} {finding.pointer or '/'}: {finding.message}"


def _day(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        raise NotADate(text) from None


def _json(value: object) -> bytes:
    import orjson

    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _write(output: Path | None, data: bytes) -> None:
    if output is None:
        show_bytes(data)
    else:
        home.write(output, data)
        show(str(output))
