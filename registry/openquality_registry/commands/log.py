"""`openquality log`."""

from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from openquality.cli.output import Format, Rows, progress, say

app = typer.Typer(help="Look after a registry's log.", no_args_is_help=True, add_completion=False)

CLEAN, DIFFERENT = 0, 1  # 2, could not run, is what every command says by raising


@app.callback()
def log() -> None:
    """Look after a registry's log."""


@app.command()
def fsck(
    *,
    data: Annotated[Path, typer.Option(help="The registry's data folder.")],
    form: Annotated[Format, typer.Option("--format", help="For people or for programs.")] = (
        Format.TEXT
    ),
) -> int:
    """Derive tiles and root from the database anew, and compare them with what is published.

    Reads only, so the registry may be running. Exit code: 0 clean, 1 differences (listed), 2 could
    not run.

    Example:
        openquality log fsck --data registry-data
    """
    from openquality_registry.bootstrap import open_folder
    from openquality_registry.log.fsck import Check

    rows = Rows(form)
    found = 0
    with closing(open_folder(data)) as folder:
        check = Check(folder.store, folder.tiles, origin=folder.origin, vkey=folder.signer.vkey)
        with progress(check.extent.committed, "fsck") as bar:
            for difference in check.run(bar.advance):
                found += 1
                text = f"{difference.place}: {difference.message} [{difference.code}]"
                rows.add("differences", asdict(difference), text)
        extent = check.extent
    rows.end("differences", {"differences": found, **asdict(extent)})
    say(
        f"{extent.committed} entries checked, {extent.published} of them published: "
        f"{found or 'no'} difference{'' if found == 1 else 's'}."
    )
    return DIFFERENT if found else CLEAN
