"""`openquality reply`."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from openquality import home, outbox
from openquality.cli.keys import KEY_PATH, load_key
from openquality.cli.options import Key, Registry, Token
from openquality.cli.output import say, show
from openquality_validator.message import message


def reply(
    record: Annotated[str, typer.Argument(help="The record: its .jwt file, or its digest.")],
    code: Annotated[str, typer.Argument(help="The code of the observation, such as O005.")],
    text: Annotated[
        str, typer.Argument(help="What you say to it, without names of persons: it is public.")
    ],
    *,
    name: Annotated[str, typer.Option(help="Your organisation's name.")] = "The issuer",
    key: Key = KEY_PATH,
    registry: Registry = None,
    token: Token = None,
) -> int:
    """Reply to an observation on a record of yours: a signed word, public and permanent.

    It is shown beside the observation as your words; it changes neither the observation nor any
    answer. The statement is written to a file before it is sent, so that a repeated command sends
    the same bytes.

    Example:
        openquality reply bolt.jwt O005 "The other one is our former name."
    """
    from openquality import replying, states
    from openquality.client import Client

    signer = load_key(key)
    with Client(home.registry(registry), token=token) as client:
        digest = states.digest_of(client, outbox.named(record))
        kept = Path(f"{digest.removeprefix('sha256:')[:16]}.{code}.reply.jwt")
        if kept.exists():
            say(
                message(
                    "{kept} was made before and is sent again; move it away to say it anew.",
                    kept=kept,
                )
            )
            statement = kept.read_bytes()
        else:
            statement = replying.make(
                digest, code, text, name=name, key=signer, client=client, now=datetime.now(UTC)
            )
            home.write(kept, statement)
        client.publish(statement)
    said = kept.with_name(f"{outbox.digest(statement)[7:23]}.reply.said.jwt")
    kept.rename(said)
    show(
        message(
            "Said to {code} on {digest}; the signed reply is in {said}",
            code=code,
            digest=digest,
            said=said,
        )
    )
    return 0
