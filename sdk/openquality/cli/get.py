"""`openquality get`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import orjson
import typer

from openquality import home
from openquality.cli.options import Registry
from openquality.cli.output import say, show, show_bytes
from openquality_validator.message import message

if TYPE_CHECKING:
    from openquality.client import Client
    from openquality_validator.tlog.checkpoint import Checkpoint


def get(
    digest: Annotated[str | None, typer.Argument(help="The statement's digest, sha256:…")] = None,
    *,
    bundle: Annotated[
        bool, typer.Option("--bundle", help="The bundle: statement and proofs, for `verify`.")
    ] = False,
    jwt: Annotated[
        bool, typer.Option("--jwt", help="The signed statement, byte for byte.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="The decoded view (the default).")] = False,
    refresh: Annotated[
        Path | None,
        typer.Option(help="Bring this bundle up to date: newer proofs are added, none is lost."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="File to write; else standard output, or the refreshed file."
        ),
    ] = None,
    trust: Annotated[
        Path | None,
        typer.Option(help="Trust file for --refresh; else the one `openquality trust` keeps."),
    ] = None,
    registry: Registry = None,
) -> int:
    """Fetch one record from a registry: decoded, as signed, or as a bundle.

    With --refresh the file gets what is known by now: how the record stands, and who saw it when.
    It is written only if it still proves what it proved; exit code 1 says that the record is
    withdrawn or out of its time.

    Example:
        openquality get sha256:… --bundle -o bolt.bundle.json
        openquality get --refresh bolt.bundle.json
        openquality get sha256:… | less
    """
    from openquality.client import Client

    if bundle + jwt + json + (refresh is not None) > 1:
        raise typer.BadParameter("Choose one of --bundle, --jwt, --json and --refresh.")
    if (digest is None) == (refresh is None):
        raise typer.BadParameter("Name either a digest, or a bundle with --refresh.")
    with Client(home.registry(registry)) as client:
        if refresh is not None:
            return _refresh(client, refresh, output or refresh, trust)
        assert digest is not None
        if bundle:
            data = client.bundle(digest, since=_seen_size(client))
        elif jwt:
            data = client.statement(digest)
        else:
            view = client.record(digest)
            data = orjson.dumps(view, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    if output is None:
        show_bytes(data)
    else:
        home.write(output, data)
        show(str(output))
    return 0


def _refresh(client: "Client", path: Path, output: Path, trust: Path | None) -> int:
    from datetime import UTC, datetime

    from openquality.receipts import Judge, load_trust, shown_log
    from openquality.refreshing import NEWS, refresh
    from openquality_validator.bundle import Outcome

    log = shown_log(client.well_known())
    judge = Judge.of(load_trust(trust), log)
    data, verdict = refresh(
        client,
        path.read_bytes(),
        trust=judge.trust,
        now=datetime.now(UTC),
        seen=_seen(log.origin),
    )
    home.write(output, data)
    show(str(output))
    if not judge.is_trusted:
        say(
            message(
                "The log is not in your trust file: what it says was checked with the key it shows."
            )
        )
    for step in verdict.steps:
        if step.name in {"key", "anchors", "status"}:
            say(f"{step.name}: {step.message}")
    return int(any(step.outcome is Outcome.FAIL for step in verdict.steps[NEWS - 1 :]))


def _seen_size(client: "Client") -> int | None:
    """Ask for a proof from the last checkpoint seen, so that `verify` can check growth alone."""
    log = client.well_known().get("log", {})
    seen = _seen(str(log.get("origin")))
    return seen.size if seen else None


def _seen(origin: str) -> "Checkpoint | None":
    from openquality_validator.tlog.checkpoint import Checkpoint

    text = home.seen(origin)
    return Checkpoint.from_text(text) if text else None
