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


@app.command()
def witness(
    *,
    data: Annotated[Path, typer.Option(help="The witness's own folder; made if it is not there.")],
    log: Annotated[
        list[str], typer.Option(help="The verifier key of a log to witness; may be repeated.")
    ],
    name: Annotated[
        str | None,
        typer.Option(help="The name of a new witness, for good: example.org/witness."),
    ] = None,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port; 0 takes a free one.")] = 8090,
) -> None:
    """Run a witness: it cosigns a log's checkpoint only if it continues the last one (C2SP).

    Prints the verifier key that others put into their policies. It needs nothing of the registry
    but its checkpoints; run it elsewhere, by somebody else.

    Example:
        openquality log witness --data witness --log log.example/2026+2f556132+ATpt…
    """
    from openquality_registry import logs
    from openquality_registry.bootstrap import SystemClock
    from openquality_registry.http import server
    from openquality_registry.watch.home import open_home
    from openquality_registry.watch.serving import create_app
    from openquality_registry.watch.witness import Witness
    from openquality_validator.tlog.note import VerifierKey

    keys = [VerifierKey.from_text(text) for text in log]
    logs.configure()
    home = open_home(data, name=name)
    listening = server.listen(host, port)
    witness = Witness(name=home.name, key=home.key, logs=keys, book=home.book, clock=SystemClock())

    def ready() -> None:
        say(f"Witnessing {', '.join(key.name for key in keys)} at {server.address(listening)}")
        say(f"The witness's verifier key: {witness.vkey}")

    try:
        server.run(create_app(witness), listening, ready=ready)
    finally:
        home.book.close()
