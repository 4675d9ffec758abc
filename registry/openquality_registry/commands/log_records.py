"""`openquality log records`."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openquality.cli.output import progress, say
from openquality_validator import envelope, kinds
from openquality_validator.compatibility import governed
from openquality_validator.entry import Entry

if TYPE_CHECKING:
    from openquality_registry.folder import Inspected


def records(
    out: Annotated[Path, typer.Argument(help="The file to write (.jsonl); it must be new.")],
    *,
    data: Annotated[Path, typer.Option(help="The registry's data folder.")],
    extension: Annotated[
        str | None, typer.Option(help="The URI of a schema: records that hold its extension only.")
    ] = None,
) -> None:
    """Write the signed records of a log, a line each, in the order of the log.

    For `openquality schema check --records`, which says how many of them remain valid under the
    next version of a schema. Reads only; the registry may be running.

    Example:
        openquality log records coated.jsonl --data registry-data --extension https://…
        openquality schema check v2.json --against v1.json --records coated.jsonl
    """
    from openquality_registry.folder import inspect_folder
    from openquality_registry.settings import load

    count = 0
    with (
        closing(inspect_folder(data, database=load(data=data).database_url)) as folder,
        out.open("xb") as file,
    ):
        for statement in _wanted(folder, extension):
            file.write(statement + b"\n")
            count += 1
    say(f"{out}: {count} record{'' if count == 1 else 's'}.")


def _wanted(folder: "Inspected", extension: str | None) -> Iterator[bytes]:
    size = folder.store.state().size
    entries, statements = folder.store.entries(0, size), folder.store.statements(0, size)
    with progress(size, "records") as bar:
        for entry, statement in zip(entries, statements, strict=True):
            bar.advance()
            if Entry.from_bytes(entry).kind != kinds.ATTESTATION:
                continue
            if extension is None or _holds(statement, extension):
                yield statement


def _holds(statement: bytes, extension: str) -> bool:
    record = envelope.credential(envelope.parse_envelope(statement).payload).value
    # The record itself stands for one without any.
    return all(found is not record for _, found in governed("", record, extension))
