"""`openquality delete-data`."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from openquality import home, outbox
from openquality.cli.keys import KEY_PATH, load_key
from openquality.cli.options import Key, Registry
from openquality.cli.output import show
from openquality_validator.errors import OpenQualityError
from openquality_validator.message import message


class NotConfirmed(OpenQualityError):
    """Nobody said yes to deleting."""

    def __str__(self) -> str:
        return message(
            "Nothing was deleted. Deleting is final, and the registry takes the same file "
            "never again; run again with --yes if that is what you want."
        )


def delete_data(
    data: Annotated[str, typer.Argument(help="The data file, or its digest (sha256:…).")],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Agree to delete, which is final.")] = False,
    key: Key = KEY_PATH,
    registry: Registry = None,
) -> int:
    """Have a registry delete the bytes of a data file that came for a record of yours.

    The digest stays, and what the registry computed from the file.

    Example:
        openquality delete-data data/deliveries.csv --yes
    """
    from openquality import deleting
    from openquality.client import Client

    if not yes:
        raise NotConfirmed
    signer = load_key(key)
    path = Path(data)
    digest = outbox.digest(path.read_bytes()) if path.is_file() else data
    with Client(home.registry(registry)) as client:
        origin = client.well_known()["log"]["origin"]
        request = deleting.request(signer, origin=origin, digest=digest, now=datetime.now(UTC))
        told = client.delete_data(digest, request)
    show(
        message("{digest} was deleted at {deleted_at}", digest=digest, deleted_at=told["deletedAt"])
    )
    return 0
