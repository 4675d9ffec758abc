"""`openquality backup`."""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from openquality.cli.output import progress, say


def backup(
    out: Annotated[Path, typer.Argument(help="The folder to write; it must not exist.")],
    *,
    data: Annotated[Path, typer.Option(help="The registry's data folder.")],
    with_keys: Annotated[
        bool,
        typer.Option("--with-keys", help="Also the keys: whoever has them can sign as you do."),
    ] = False,
) -> None:
    """Write a backup of a registry, also of one that is running.

    It holds one state of the rows, whichever database they are in; the log's tiles follow from
    them. Everything is read back and recomputed before the folder gets its name.

    Example:
        openquality backup --data registry-data /media/backup/2026-11-21
    """
    from openquality_registry.backup import writing
    from openquality_registry.bootstrap import SystemClock, open_folder

    if with_keys:
        say(
            "The backup will hold the keys. Whoever has it can sign as this registry: keep it safe."
        )
    with closing(open_folder(data)) as folder, progress(None, "backup") as bar:
        manifest = writing.write(
            folder, out, now=SystemClock().now(), with_keys=with_keys, progress=bar.advance
        )
    say(f"{out}: {manifest.state.size} entries of {manifest.origin}, read back and recomputed.")
    if not with_keys:
        say("The keys are not in it; docs/guide/backup.md says how to keep them.")
