"""The trust file as the commands of `openquality trust` read and write it."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openquality import home
from openquality.cli.output import show
from openquality_validator.errors import OpenQualityError
from openquality_validator.message import message

if TYPE_CHECKING:
    from openquality_validator.trust import Trust, TrustedLog

File = Annotated[Path | None, typer.Option("--file", help="Another trust file than your own.")]


class KeyChanged(OpenQualityError):
    """A trusted log shows another key than the one that is trusted."""

    def __str__(self) -> str:
        return message(
            "{arg} is trusted with another key than the one shown now. Ask the operator "
            "whether the key was rotated; then edit the trust file by hand, with time "
            "windows.",
            arg=self.args[0],
        )


def load(file: Path | None) -> "Trust":
    """Read the trust file; one that does not exist yet trusts nobody."""
    from openquality.receipts import load_trust
    from openquality_validator.trust import Trust

    return load_trust(file) if file is None or file.exists() else Trust()


def save(file: Path | None, trust: "Trust") -> None:
    """Write the trust file, and show its path."""
    from openquality_validator.trust import Trust

    data = trust.to_bytes()
    Trust.from_bytes(data)  # what we would refuse to read, we do not write
    path = file or home.trust_path()
    home.write(path, data)
    show(str(path))


def with_log(trust: "Trust", log: "TrustedLog") -> "Trust":
    """Return the trust with one of its logs replaced, or added at the end."""
    logs = {held.origin: held for held in trust.logs} | {log.origin: log}
    return replace(trust, logs=tuple(logs.values()))
