"""`openquality restore`."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from openquality.cli.output import progress, say

CONFIRMED, NOT_YET = 0, 1  # 2, could not run, is what every command says by raising


def restore(
    backup: Annotated[
        Path | None,
        typer.Argument(help="A backup; without one, go on with a folder that was restored."),
    ] = None,
    *,
    data: Annotated[Path, typer.Option(help="The data folder: a new one, for a backup.")],
    keys: Annotated[
        Path | None,
        typer.Option(help="A folder with log.key, status.key, webhook.key, kept apart."),
    ] = None,
    new_log: Annotated[
        str | None,
        typer.Option(help="Open a new log with this origin and a new key, over the same entries."),
    ] = None,
    nothing_newer: Annotated[
        bool,
        typer.Option(
            "--nothing-newer",
            help="On your word: nothing was published after the backup. Wrong, it forks the log.",
        ),
    ] = False,
    promoted: Annotated[
        bool,
        typer.Option("--promoted", help="The folder's database was a replica until now."),
    ] = False,
) -> int:
    """Restore a backup into a new data folder, and see whether its log may go on.

    The rows go into SQLite in the folder, or into the empty PostgreSQL database that
    OPENQUALITY_DATABASE names. Nothing is signed until the log is as long as every witness and copy
    of the settings holds; what only a copy has is brought in from there. Until then the server
    answers 503. Exit code: 0 the log may go on, 1 not yet, 2 could not run.

    Example:
        openquality restore /media/backup/2026-11-21 --data registry-data --keys /media/stick
        openquality restore --data registry-data --new-log example.com/quality-2027
    """
    from openquality_registry.backup import restoring, waiting
    from openquality_registry.backup.confirming import confirm_folder
    from openquality_registry.bootstrap import SystemClock
    from openquality_registry.folder import Lock
    from openquality_registry.settings import load

    settings, clock = load(data=data), SystemClock()
    if backup is not None:
        with progress(None, "restore") as bar:
            manifest = restoring.restore(
                backup,
                data,
                now=clock.now(),
                database=settings.database_url,
                keys=keys,
                progress=bar.advance,
            )
        size = manifest.state.size
        say(f"{data}: {size} entries of {manifest.origin}, as of {manifest.made_at}.")
    lock = Lock(data)
    try:
        if promoted:
            waiting.mark(data, clock.now(), None)
        if new_log is not None:
            vkey = restoring.new_log(data, new_log, now=clock.now(), database=settings.database_url)
            say(f"A new log, with a new key. Everybody who follows it has to pin: {vkey}")
        elif not waiting.is_waiting(data):
            say("There is nothing to confirm: the log may go on.")
        else:
            return _confirmed(lambda: confirm_folder(settings, clock, nothing_newer=nothing_newer))
    finally:
        lock.release()
    return CONFIRMED


def _confirmed(confirm: Callable[[], int]) -> int:
    from openquality_registry.backup.waiting import Unconfirmed

    try:
        size = confirm()
    except Unconfirmed as error:
        say(str(error))
        return NOT_YET
    say(f"The log may go on, with {size} entries.")
    return CONFIRMED
