"""Options that several commands have, with one name and one help text."""

from pathlib import Path
from typing import Annotated

import typer

Key = Annotated[Path, typer.Option("--key", help="The key file that `openquality init` made.")]
Registry = Annotated[
    str | None, typer.Option(help="Address; else OPENQUALITY_REGISTRY, else config.json.")
]
Token = Annotated[
    str | None, typer.Option(envvar="OPENQUALITY_TOKEN", help="Admission token, if asked for.")
]
