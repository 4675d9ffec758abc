"""`openquality publish`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from openquality import home, outbox, pinned
from openquality.cli.keys import KEY_PATH
from openquality.cli.options import Key, Registry, Token
from openquality.cli.output import Format, Rows, progress, say
from openquality.cli.refusal import require_recomputed, require_signable
from openquality.sources import WORKBOOKS, Document, Form, Unreadable, expand, load
from openquality_validator.errors import OpenQualityError
from openquality_validator.message import message

NOTICE = message(
    "The log is public and permanent: what you publish can be superseded or revoked, never deleted."
)

DATA_NOTICE = message(
    "Data files that the records name are sent to the registry: its operator can read them; "
    "others are told their digests and what they gave."
)


class DataNotConfirmed(OpenQualityError):
    """Nobody said yes to sending data."""

    def __str__(self) -> str:
        return message(
            "{data_notice} Nothing was sent. Run again with --yes if that is what you want.",
            data_notice=DATA_NOTICE,
        )


class NotConfirmed(OpenQualityError):
    """Nobody said yes to publishing for good."""

    def __str__(self) -> str:
        return message(
            "{notice} Nothing was sent. Run again with --yes if that is what you want.",
            notice=NOTICE,
        )


def publish(  # noqa: PLR0913 - each is an option of the command
    files: Annotated[
        list[Path], typer.Argument(help="Records (.json, .jsonl), workbooks, statements (.jwt).")
    ],
    *,
    registry: Registry = None,
    key: Key = KEY_PATH,
    token: Token = None,
    trust: Annotated[
        Path | None, typer.Option(help="Trust file; else the one `openquality trust` keeps.")
    ] = None,
    evidence: Annotated[
        Path | None,
        typer.Option(help="Folder of raw data: recompute from it, then send the files named."),
    ] = None,
    schema: Annotated[
        list[Path] | None,
        typer.Option(help="File of a schema that records pin for an extension; repeatable."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check all, send nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Agree: public and permanent.")] = False,
    form: Annotated[Format, typer.Option("--format", help="For people or for programs.")] = (
        Format.TEXT
    ),
) -> int:
    """Validate, sign if needed, send, and keep the receipt beside each file.

    FILE.json gives FILE.jwt (the signed bytes, written before they are sent) and FILE.bundle.json
    (the receipt); FILE.xlsx gives FILE.NAME.jwt and FILE.NAME.bundle.json for each of its records,
    and FILE.jsonl FILE.signed.jsonl and FILE.receipts.jsonl. What has a receipt is
    skipped: after an interruption run the same command again.
    With --evidence every claim is recomputed here first, and the data files follow the records that
    name them, so that the registry recomputes too; the data leave this machine.
    Exit code: 0 all published, 1 something was refused, 2 could not run, 130 stopped.

    Example:
        openquality publish bolt.json --registry http://127.0.0.1:8080
        openquality publish records.jsonl --dry-run
        openquality publish records.jsonl --yes
        openquality publish bolt.json --evidence data/ --yes
    """
    paths = _publishable(files)
    count = _check_all(paths, evidence, pinned.read(schema or ()))
    if dry_run:
        say(message("{count} valid; nothing was signed or sent (--dry-run).", count=count))
        return 0
    address = home.registry(registry)
    confirm(yes=yes)
    rows, bringing = Rows(form), None
    if evidence is not None:
        from openquality.cli.bringing import Bringing

        _confirm_data(yes=yes)
        bringing = Bringing(evidence, rows)
    from openquality.cli.publication import Publication

    publication = Publication(key, trust, rows, bringing)
    return publication.run(paths, address=address, token=token, count=count)


def _publishable(files: list[Path]) -> list[Path]:
    """Leave out what publishing itself wrote: receipts, and the signed form of a listed record."""
    own = (outbox.BUNDLE_SUFFIX, ".signed.jsonl", ".receipts.jsonl")
    paths = [path for path in expand(files) if not path.name.endswith(own)]
    records = {path.with_suffix("") for path in paths if path.suffix == ".json"}
    books = {p.stem for p in paths if p.suffix.lower() in WORKBOOKS or p.is_dir()}
    found = [p for p in paths if p.suffix != ".jwt" or not _is_signed_form(p, records, books)]
    if not found:
        raise Unreadable(files[0], message("There is no record or statement to publish."))
    return list(dict.fromkeys(found))


def _is_signed_form(path: Path, records: set[Path], books: set[str]) -> bool:
    """Tell whether a statement was signed from a listed record; of a workbook it bears the name."""
    return path.with_suffix("") in records or path.name.partition(".")[0] in books


def _check_all(paths: list[Path], evidence: Path | None, schemas: Mapping[str, bytes]) -> int:
    """Validate everything before anything is sent: half a bulk in the log helps nobody."""
    again = None
    if evidence is not None:
        from openquality.cli.recomputing import Recomputing

        again = Recomputing(evidence, schemas=schemas)
    count = 0
    with progress(None, "validate") as bar:
        for path in paths:
            for document in load(path):
                _check_form(document)
                require_signable(document, schemas=schemas)
                if again is not None:
                    require_recomputed(document, again)
                count += 1
                bar.advance()
    if again is not None:
        say(str(again))
    if not count:
        raise Unreadable(paths[0], message("It holds no record."))
    return count


def _check_form(document: Document) -> None:
    if document.form is Form.BUNDLE:
        raise Unreadable(
            document.path, message("A bundle is a receipt; publish its record or statement.")
        )


def confirm(*, yes: bool) -> None:
    """Have it agreed to, once, that what is published stays; raises NotConfirmed."""
    import sys

    if home.was_told(home.PUBLIC_AND_PERMANENT):
        return
    if not yes:
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise NotConfirmed
        say(NOTICE)
        if not typer.confirm("Publish?", err=True):
            raise NotConfirmed
    else:
        say(NOTICE)
    home.remember_told(home.PUBLIC_AND_PERMANENT)


def _confirm_data(*, yes: bool) -> None:
    """Ask each time: other data may be another matter."""
    import sys

    if not yes and not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise DataNotConfirmed
    say(DATA_NOTICE)
    if not yes and not typer.confirm(message("Send the data?"), err=True):
        raise DataNotConfirmed
