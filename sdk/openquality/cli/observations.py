"""`openquality observations`."""

from typing import Annotated

import typer

from openquality import home, outbox
from openquality.cli.options import Registry
from openquality.cli.output import Format, show, show_json


def observations(
    record: Annotated[str, typer.Argument(help="The record: its .jwt file, or its digest.")],
    *,
    form: Annotated[Format, typer.Option("--format", help="For people or for programs.")] = (
        Format.TEXT
    ),
    registry: Registry = None,
) -> int:
    """Show what a log shows around a record: facts with their figures, which accuse nobody.

    Each has a code that `openquality explain` knows; below it stands what the issuer replied, in
    the issuer's own words.

    Example:
        openquality observations bolt.jwt
        openquality observations sha256:… --format json
    """
    from openquality import states
    from openquality.client import Client

    with Client(home.registry(registry)) as client:
        digest = states.digest_of(client, outbox.named(record))
        found = client.observations(digest)
    if form is Format.JSON:
        show_json(found)
        return 0
    log = found["log"]
    count = len(found["observations"])
    noun = "observation" if count == 1 else "observations"
    show(f"{digest}: {count or 'no'} {noun} in {log['origin']}, {log['size']} entries")
    for each in found["observations"]:
        claim = f"  ({each['claim']})" if each["claim"] else ""
        show(f"  {each['code']}  {each['message']}{claim}")
        for reply in each["replies"]:
            show(f"        the issuer replied on {reply['admittedAt']}: {reply['text']}")
    return 0
