"""`openquality log`."""

import time
from collections import Counter
from contextlib import ExitStack, closing
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openquality.cli.output import Format, Rows, progress, say
from openquality_registry.commands import log_records
from openquality_validator.errors import NetworkError

if TYPE_CHECKING:
    from openquality_registry.folder import Inspected
    from openquality_registry.log.fsck import Check
    from openquality_registry.watch.mirror import Mirror
    from openquality_registry.watch.monitor import Monitor

app = typer.Typer(help="Look after a registry's log.", no_args_is_help=True, add_completion=False)

CLEAN, DIFFERENT = 0, 1  # 2, could not run, is what every command says by raising
TILES = {"tile-missing", "tile-differs"}  # what `fsck --repair` can mend


@app.callback()
def log() -> None:
    """Look after a registry's log."""


@app.command()
def fsck(
    *,
    data: Annotated[Path, typer.Option(help="The registry's data folder.")],
    repair: Annotated[
        bool, typer.Option("--repair", help="Write lost or damaged tiles anew from the database.")
    ] = False,
    form: Annotated[Format, typer.Option("--format", help="For people or for programs.")] = (
        Format.TEXT
    ),
) -> int:
    """Derive tiles, root and index from the database's statements anew, and compare them.

    Reads only, unless asked to repair, so the registry may be running; nothing is upgraded. Exit
    code: 0 clean (or repaired), 1 differences (listed), 2 could not run.

    Example:
        openquality log fsck --data registry-data
    """
    from openquality_registry.adapters.sql.index_check import IndexCheck
    from openquality_registry.folder import inspect_folder
    from openquality_registry.log.fsck import Check
    from openquality_registry.settings import load

    rows = Rows(form)
    counts = Counter[bool]()
    with closing(inspect_folder(data, database=load(data=data).database_url)) as folder:
        check = Check(folder.store, folder.tiles, origin=folder.origin, vkey=folder.vkey)
        index = IndexCheck(folder.store.read, origin=folder.origin, operator=folder.operator)
        size = check.extent.committed
        with progress(2 * size, "fsck") as bar:
            for difference in chain(check.run(bar.advance), index.run(size, bar.advance)):
                counts[difference.code in TILES] += 1
                text = f"{difference.place}: {difference.message} [{difference.code}]"
                rows.add("differences", asdict(difference), text)
        if repair and counts[True] and _mend(folder, check):
            counts[True] = 0
        extent = check.extent
    found = counts.total()
    rows.end("differences", {"differences": found, **asdict(extent)})
    say(
        f"{extent.committed} entries checked, {extent.published} of them published: "
        f"{found or 'no'} difference{'' if found == 1 else 's'}{' left' if repair else ''}."
    )
    return DIFFERENT if found else CLEAN


def _mend(folder: "Inspected", check: "Check") -> bool:
    """Write tiles anew, where that is safe; tell whether it was."""
    from openquality_registry.log.mending import mend

    published = check.published
    if published is None:
        say(
            "Nothing was repaired: the database does not give the signed root. "
            "Restore it from a backup (docs/guide/backup.md)."
        )
        return False
    written = mend(folder.store, folder.tiles, published)
    say(f"{written} tile{'' if written == 1 else 's'} written anew from the database.")
    return True


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


@app.command()
def monitor(  # noqa: PLR0913 - each is one thing to ask for
    *,
    url: Annotated[str, typer.Option(help="The registry's address.")],
    log: Annotated[
        list[str], typer.Option(help="A verifier key of the log; repeatable for its other keys.")
    ],
    state: Annotated[Path, typer.Option(help="What the monitor keeps; made if it is not there.")],
    issuer: Annotated[
        list[str] | None,
        typer.Option(help="Tell of every entry by or about this DID; repeatable."),
    ] = None,
    statements: Annotated[
        bool, typer.Option("--statements", help="Fetch and verify every statement too.")
    ] = False,
    policy: Annotated[
        Path | None, typer.Option(help="A C2SP policy file: the quorum that has to cosign.")
    ] = None,
    compare: Annotated[
        list[str] | None,
        typer.Option(
            help="URL of a checkpoint as others have it, or a file of one, or of a bundle."
        ),
    ] = None,
    status_key: Annotated[
        list[str] | None, typer.Option(help="A did:key that may sign status answers; repeatable.")
    ] = None,
    lookups: Annotated[int, typer.Option(min=0, help="Answers compared with each look.")] = 1_000,
    query: Annotated[
        list[Path] | None,
        typer.Option(help="A query document that is answered from the copy too; repeatable."),
    ] = None,
    interval: Annotated[float, typer.Option(min=1, help="Seconds between two looks.")] = 60,
    once: Annotated[bool, typer.Option("--once", help="Look once, and end.")] = False,
    form: Annotated[Format, typer.Option("--format", help="For people or for programs.")] = (
        Format.TEXT
    ),
) -> int:
    """Follow a log, check everything that can be checked from outside, and say what is wrong.

    Exit code: 0 clean, 1 something caught (or news of --issuer), 2 could not run. Without --once
    it goes on until Ctrl-C. The folder keeps a proved copy of the log, and evidence for others.

    Example:
        openquality log monitor --url https://registry.example --log log.example/2026+2f55…
            --state watched --issuer did:web:nordbolt.example --once
    """
    from openquality_registry.bootstrap import SystemClock
    from openquality_registry.watch import questions
    from openquality_registry.watch.mirror import Mirror
    from openquality_registry.watch.monitor import Monitor, Wishes
    from openquality_registry.watch.source import Source
    from openquality_registry.witnesses import load
    from openquality_validator.tlog.note import VerifierKey

    keys = [VerifierKey.from_text(text) for text in log]
    if len({key.name for key in keys}) > 1:
        raise typer.BadParameter("--log names two logs; run a monitor for each.")
    with ExitStack() as stack:
        source = stack.enter_context(Source(url))
        mirror = stack.enter_context(
            closing(Mirror(state, origin=keys[0].name, reads_statements=statements))
        )
        asked = questions.load(query or ())
        wishes = Wishes(
            issuers=tuple(issuer or ()),
            policy=None if policy is None else load(policy),
            views=tuple(compare or ()),
            status_keys=tuple(status_key or ()),
            lookups=lookups,
            questions=stack.enter_context(
                closing(questions.Questions(source, mirror, asked, folder=state))
            )
            if asked
            else None,
        )
        watch = Monitor(source, mirror, keys=keys, clock=SystemClock(), wishes=wishes)
        return _look_until(watch, mirror, None if once else interval, form)


def _look_until(watch: "Monitor", mirror: "Mirror", interval: float | None, form: Format) -> int:
    """Look once, or again and again until Ctrl-C; return the exit code."""
    code = CLEAN
    while True:
        try:
            code = max(code, _look(watch, mirror, form))
            if interval is None:
                return code
            time.sleep(interval)
        except KeyboardInterrupt:
            return code
        except NetworkError as error:
            if interval is None:
                raise
            say(str(error))
            time.sleep(interval)


def _look(watch: "Monitor", mirror: "Mirror", form: Format) -> int:
    rows = Rows(form)
    found = 0
    start = mirror.size
    with progress(None, "entries") as bar:
        at = start

        def advance(size: int, _end: int) -> None:
            nonlocal at
            bar.advance(size - at)
            at = size

        try:
            for alert in watch.look(advance):
                found += 1
                kept = f" Evidence: {alert.evidence}" if alert.evidence else ""
                text = f"{alert.place}: {alert.message} [{alert.code}]{kept}"
                rows.add("alerts", asdict(alert), text)
        finally:
            # Closed also where the registry stops answering: what was caught before stands.
            rows.end("alerts", {"alerts": found, "size": mirror.size, "new": mirror.size - start})
    say(
        f"{mirror.size} entries of {mirror.origin}, {mirror.size - start} of them new: "
        f"{found or 'no'} alert{'' if found == 1 else 's'}."
    )
    return DIFFERENT if found else CLEAN


@app.command("rotate-key")
def rotate_key(
    *,
    data: Annotated[Path, typer.Option(help="The registry's data folder.")],
) -> None:
    """Give the log a new key, with the server stopped; run again to finish what was broken off.

    The published checkpoint is signed with both keys once, so that readers and witnesses of either
    can cross. Tell those who pinned the old key, and the witnesses, before you publish more.

    Example:
        openquality log rotate-key --data registry-data
    """
    from openquality.cli.output import show
    from openquality_registry.bootstrap import SystemClock
    from openquality_registry.rotation import rotate
    from openquality_registry.settings import load

    done = rotate(data, now=SystemClock().now(), database=load(data=data).database_url)
    say(f"Retired at {done.at}: {done.old}")
    show(done.new)


@app.command()
def export(
    out: Annotated[Path, typer.Argument(help="The file to write; it must not exist.")],
    *,
    data: Annotated[Path, typer.Option(help="The registry's data folder.")],
    with_withdrawn: Annotated[
        bool,
        typer.Option("--with-withdrawn", help="Also what was suspended, revoked or superseded."),
    ] = False,
) -> None:
    """Write what the records of a log say as W3C N-Quads, for a triple store.

    Each record is a graph of its own, named by the digest of its bytes. It needs the extra `rdf`;
    the registry may be running.

    Example:
        openquality log export --data registry-data records.nq
    """
    from openquality_registry import linked
    from openquality_registry.bootstrap import open_folder

    count = 0
    with (
        closing(open_folder(data)) as folder,
        out.open("x", encoding="utf-8") as file,
        progress(folder.store.state().size, "export") as bar,
    ):
        quads = linked.nquads(
            folder.store,
            origin=folder.origin,
            operator=folder.status_key.did,
            with_withdrawn=with_withdrawn,
            progress=bar.advance,
        )
        for each in quads:
            file.write(each)
            count += 1
    say(f"{out}: {count} record{'' if count == 1 else 's'}.")


app.command()(log_records.records)
