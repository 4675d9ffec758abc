"""`openquality reserve`."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from openquality import home
from openquality.cli.keys import KEY_PATH, load_key
from openquality.cli.options import Key, Registry, Token
from openquality.cli.output import show
from openquality_validator.status.bitstring import Purpose


def reserve(
    files: Annotated[list[Path], typer.Argument(help="Record files (.json), not signed yet.")],
    *,
    purpose: Annotated[
        Purpose, typer.Option(help="What the list shows: that a record is revoked, or suspended.")
    ] = Purpose.REVOCATION,
    key: Key = KEY_PATH,
    registry: Registry = None,
    token: Token = None,
) -> int:
    """Reserve a place in a status list for each record, and write it into the file.

    Only for buyers whose wallets read W3C status lists; `verify` does without. Sign afterwards: a
    place is given once, to one record of one issuer.

    Example:
        openquality reserve bolt.json
        openquality reserve bolt.json --purpose suspension
    """
    from openquality import reserving
    from openquality.client import Client

    signer = load_key(key)
    records = [(path, reserving.load_unplaced(path, signer)) for path in files]
    with Client(home.registry(registry), token=token) as client:
        origin = client.well_known()["log"]["origin"]
        # One after the other: a place that no file holds yet would be lost with the command.
        for path, value in records:
            request = reserving.request(
                signer, origin=origin, purpose=purpose, count=1, now=datetime.now(UTC)
            )
            (entry,) = client.reserve(request)["entries"]
            reserving.write_placed(path, value, entry)
            show(f"{path} {entry['id']}")
    return 0
