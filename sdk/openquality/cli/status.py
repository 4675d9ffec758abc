"""`openquality status`."""

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from openquality import home, outbox
from openquality.cli.keys import KEY_PATH, load_key
from openquality.cli.options import Key, Registry, Token
from openquality.cli.output import say, show
from openquality_validator.errors import OpenQualityError
from openquality_validator.message import message


class Word(StrEnum):
    """What can be said of a record."""

    SUSPEND = "suspend"
    REINSTATE = "reinstate"
    REVOKE = "revoke"


class NotConfirmed(OpenQualityError):
    """Nobody said yes to revoking."""

    def __str__(self) -> str:
        return message(
            "Nothing was said. Revoking is final; run again with --yes, or suspend instead."
        )


def status(
    record: Annotated[str, typer.Argument(help="The record: its .jwt file, or its digest.")],
    word: Annotated[Word, typer.Argument(help="What you say of it.")],
    *,
    reason: Annotated[
        str, typer.Option(help="Why, in one sentence, without names of persons: it is public.")
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Agree to revoke, which is final.")] = False,
    name: Annotated[str, typer.Option(help="Your organisation's name.")] = "The issuer",
    key: Key = KEY_PATH,
    registry: Registry = None,
    token: Token = None,
) -> int:
    """Suspend, reinstate or revoke a record of yours: a signed word, public and permanent.

    The statement is written to a file before it is sent, so that a repeated command sends the same
    bytes.

    Example:
        openquality status bolt.jwt suspend --reason "Gauge 7 was out of calibration."
        openquality status sha256:… revoke --yes --reason "Measured on the wrong part."
    """
    from openquality import states
    from openquality.client import Client

    if word is Word.REVOKE and not yes:
        raise NotConfirmed
    signer = load_key(key)
    with Client(home.registry(registry), token=token) as client:
        digest = states.digest_of(client, outbox.named(record))
        kept = Path(f"{digest.removeprefix('sha256:')[:16]}.{word}.jwt")
        if kept.exists():
            say(
                message(
                    "{kept} was made before and is sent again; move it away to say it anew.",
                    kept=kept,
                )
            )
            statement = kept.read_bytes()
        else:
            statement = states.make(
                digest,
                states.WORDS[word],
                reason=reason,
                name=name,
                key=signer,
                client=client,
                now=datetime.now(UTC),
            )
            home.write(kept, statement)
        client.publish(statement)
        state = states.state_of(client, digest)
    kept.rename(kept.with_name(f"{outbox.digest(statement)[7:23]}.{word}.said.jwt"))
    show(f"{digest} is {state} now")
    return 0
