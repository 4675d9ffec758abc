"""`openquality history`."""

from pathlib import Path
from typing import Annotated

import orjson
import typer

from openquality import home, outbox
from openquality.cli.options import Registry
from openquality.cli.output import Format, show, show_json


def history(
    record: Annotated[str, typer.Argument(help="The record: its .jwt file, or its digest.")],
    *,
    export: Annotated[
        Path | None,
        typer.Option(help="Write everything, with bytes and proofs, to this file."),
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="For people or for programs.")] = (
        Format.TEXT
    ),
    registry: Registry = None,
) -> int:
    """Tell the whole life of a record: admitted, suspended, reinstated, superseded, revoked.

    The export holds the bundle of the record and the bundle of every statement about it, so that
    each can be verified offline.

    Example:
        openquality history bolt.jwt
        openquality history sha256:… --export bolt-life.json
    """
    from openquality import states
    from openquality.client import Client

    with Client(home.registry(registry)) as client:
        digest = states.digest_of(client, outbox.named(record))
        life = client.history(digest)
        if export is not None:
            named = [event["digest"] for event in life["events"]]
            bundles = {each: orjson.loads(client.bundle(each)) for each in named}
            data = orjson.dumps(
                {"v": 1, **life, "bundles": bundles},
                option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE,
            )
            home.write(export, data)
            show(str(export))
            return 0
    if form is Format.JSON:
        show_json(life)
        return 0
    show(f"{life['digest']} is {life['state']}")
    for event in life["events"]:
        reason = f"  {event['reason']}" if "reason" in event else ""
        former = f"  (in the former log {event['log']})" if "log" in event else ""
        show(
            f"  {event['index']:>8}  {event['admittedAt']}  {event['event']:<12}"
            f"{event['issuer']}{reason}{former}"
        )
    return 0
