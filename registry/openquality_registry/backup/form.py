"""The form of a backup, version 1 (docs/spec/backup.md).

manifest.json           what follows, with the SHA-256 of every other file
config.json             the registry's own
checkpoint              the log's published checkpoint, not longer than the rows
rows/<table>.jsonl.gz   a line for each row: a JSON array
keys/log.key, …         only with --with-keys; mode 0600
"""

import base64
import gzip
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

import orjson

from openquality_registry.adapters.sql.portable import Form, Row
from openquality_registry.ports import LogState
from openquality_validator import documents
from openquality_validator.errors import MalformedDocument, OpenQualityError

VERSION = 1
MANIFEST = "manifest.json"
CONFIG = "config.json"
CHECKPOINT = "checkpoint"
ROWS = "rows"
_BLOCK = 1 << 20
_NAME = re.compile(r"[a-z][a-z_]{0,62}")


@dataclass(eq=False)
class BadBackup(OpenQualityError):
    """Say what is wrong with a backup."""

    path: Path
    problem: str
    hint: str = "Take an older backup, or make a new one."

    def __str__(self) -> str:
        return f"The backup {self.path} {self.problem}. {self.hint}"


@dataclass(frozen=True, slots=True)
class TableFile:
    """Hold a table's form, its number of rows, and its file's name in the backup."""

    form: Form
    rows: int

    @property
    def file(self) -> str:
        """The file's path within the backup."""
        return f"{ROWS}/{self.form.name}.jsonl.gz"


@dataclass(frozen=True, slots=True)
class Manifest:
    """Hold what a backup says of itself; `digests` are the SHA-256 of its files, in hex."""

    made_at: str
    origin: str
    vkey: str
    revision: str
    state: LogState
    tables: tuple[TableFile, ...]
    digests: Mapping[str, str]

    @property
    def rows(self) -> int:
        """The number of rows in all tables."""
        return sum(table.rows for table in self.tables)

    def to_bytes(self) -> bytes:
        """Write it as JSON for people and programs."""
        value = {
            "v": VERSION,
            "madeAt": self.made_at,
            "origin": self.origin,
            "vkey": self.vkey,
            "revision": self.revision,
            "log": {
                "size": self.state.size,
                "root": base64.b64encode(self.state.root).decode(),
            },
            "tables": [
                {
                    "name": each.form.name,
                    "rows": each.rows,
                    "columns": list(each.form.columns),
                    "bytes": [
                        name
                        for name, binary in zip(each.form.columns, each.form.binary, strict=True)
                        if binary
                    ],
                }
                for each in self.tables
            ],
            "digests": dict(self.digests),
        }
        return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read it. Raises MalformedDocument, KeyError, TypeError or ValueError."""
        value: dict[str, Any] = documents.parse_object(data).value
        if value["v"] != VERSION:
            raise ValueError(f"version {value['v']}")
        names = [name for each in value["tables"] for name in (each["name"], *each["columns"])]
        if not all(_NAME.fullmatch(name) for name in names):
            raise ValueError("a table or column of another form")  # they become names of files
        return cls(
            made_at=value["madeAt"],
            origin=value["origin"],
            vkey=value["vkey"],
            revision=value["revision"],
            state=LogState(value["log"]["size"], base64.b64decode(value["log"]["root"])),
            tables=tuple(
                TableFile(
                    Form(
                        each["name"],
                        tuple(each["columns"]),
                        tuple(name in each["bytes"] for name in each["columns"]),
                    ),
                    each["rows"],
                )
                for each in value["tables"]
            ),
            digests=value["digests"],
        )


def load(path: Path) -> Manifest:
    """Read the manifest of a backup. Raises BadBackup."""
    try:
        return Manifest.from_bytes((path / MANIFEST).read_bytes())
    except FileNotFoundError:
        raise BadBackup(path, f"has no {MANIFEST}", "Name the folder of a backup.") from None
    except (MalformedDocument, KeyError, TypeError, ValueError) as error:
        raise BadBackup(path, f"has a {MANIFEST} that cannot be read ({error})") from None


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hex, reading a block at a time."""
    found = sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            found.update(block)
    return found.hexdigest()


def rows_of(path: Path, table: TableFile) -> Iterator[Row]:
    """Yield the rows of a table. Raises BadBackup where a line is none of its rows."""
    try:
        with gzip.open(path / table.file, "rb") as file:
            for line in file:
                row = orjson.loads(line)
                if not isinstance(row, list) or len(row) != len(table.form.columns):
                    raise BadBackup(path, f"has a line in {table.file} that is no row")
                yield row
    except (OSError, EOFError, ValueError) as error:
        raise BadBackup(path, f"has an unreadable {table.file} ({error})") from None
