"""`openquality supersede`."""

from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import orjson
import typer

from openquality import home, outbox
from openquality.cli.keys import KEY_PATH, load_key
from openquality.cli.options import Key, Registry, Token
from openquality.cli.output import say, show
from openquality.cli.refusal import require_signable
from openquality.refused import RefusedInput
from openquality.sources import load
from openquality_validator.message import message


class OtherTarget(RefusedInput):
    """A record says already that it supersedes something else."""

    def __str__(self) -> str:
        return message(
            "{arg} supersedes {arg2} already, not {arg3}.",
            arg=self.args[0],
            arg2=self.args[1],
            arg3=self.args[2],
        )


def supersede(
    old: Annotated[str, typer.Argument(help="The record to replace: its .jwt file or digest.")],
    new: Annotated[Path, typer.Argument(help="The record that takes its place (.json).")],
    *,
    key: Key = KEY_PATH,
    registry: Registry = None,
    token: Token = None,
) -> int:
    """Replace a record by a corrected one: signs NEW with `supersedes`, and publishes it.

    NEW must have the same issuer and the same subject; if it has the old record's id, it is given
    one of its own. The old record stays in the log, and every reader is told what took its place.
    It cannot be undone: revoking the new one does not bring the old one back.

    Example:
        openquality supersede bolt.jwt bolt-corrected.json
    """
    from openquality import states
    from openquality.client import Client

    signer = load_key(key)
    with Client(home.registry(registry), token=token) as client:
        digest = states.digest_of(client, outbox.named(old))
        value = orjson.loads(new.read_bytes())
        named = value.get("supersedes", digest) if isinstance(value, dict) else digest
        if named != digest:
            raise OtherTarget(new, named, digest)
        if isinstance(value, dict):
            corrected = _apart_from(client.statement(digest), value) | {"supersedes": digest}
            if corrected != value:
                data = orjson.dumps(
                    corrected, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
                )
                home.write(new, data)
                say(
                    message(
                        "{new} now says what it supersedes, under the id {corrected}.",
                        new=new,
                        corrected=corrected.get("id"),
                    )
                )
        (document,) = load(new)
        require_signable(document)
        statement, _ = outbox.keep_statement(new, document.data, lambda: signer)
        receipt = client.publish(statement)
    home.write(outbox.receipt_path(new), receipt)
    show(message("{digest} supersedes {digest2}", digest=outbox.digest(statement), digest2=digest))
    return 0


def _apart_from(statement: bytes, value: dict[str, Any]) -> dict[str, Any]:
    """Return a record with an id of its own, if it was copied from the one in `statement`.

    The ids of its claims and evidence begin with the record's, and change with it.
    """
    from openquality_validator import envelope

    old = envelope.credential(envelope.parse_envelope(statement.strip()).payload).value["id"]
    if value.get("id") != old:
        return value
    text = orjson.dumps(value).replace(orjson.dumps(old)[:-1], f'"urn:uuid:{uuid4()}'.encode())
    renewed: dict[str, Any] = orjson.loads(text)
    return renewed
