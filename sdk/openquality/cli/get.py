"""`openquality get`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import orjson
import typer

from openquality import home
from openquality.cli.output import show, show_bytes

if TYPE_CHECKING:
    from openquality.client import Client


def get(
    digest: Annotated[str, typer.Argument(help="The statement's digest, sha256:…")],
    *,
    bundle: Annotated[
        bool, typer.Option("--bundle", help="The bundle: statement and proofs, for `verify`.")
    ] = False,
    jwt: Annotated[
        bool, typer.Option("--jwt", help="The signed statement, byte for byte.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="The decoded view (the default).")] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write; else standard output.")
    ] = None,
    registry: Annotated[
        str | None, typer.Option(help="Address; else OPENQUALITY_REGISTRY, else config.json.")
    ] = None,
) -> None:
    """Fetch one record from a registry: decoded, as signed, or as a bundle.

    Example:
        openquality get sha256:… --bundle -o bolt.bundle.json
        openquality get sha256:… | less
    """
    from openquality.client import Client

    if bundle + jwt + json > 1:
        raise typer.BadParameter("Choose one of --bundle, --jwt and --json.")
    with Client(home.registry(registry)) as client:
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


def _seen_size(client: "Client") -> int | None:
    """Ask for a proof from the last checkpoint seen, so that `verify` can check growth alone."""
    from openquality_validator.tlog.checkpoint import Checkpoint

    log = client.well_known().get("log", {})
    text = home.seen(str(log.get("origin")))
    return Checkpoint.from_text(text).size if text else None
