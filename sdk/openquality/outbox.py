"""Signed bytes and receipts on disk, beside what they were made from.

    bolt.json  →  bolt.jwt                 the signed statement, written before it is sent
                  bolt.bundle.json         its receipt

    claims.xlsx → claims.bolt.jwt          of the record that its sheets call bolt
                  claims.bolt.bundle.json

    lines.jsonl → lines.signed.jsonl       {"line": 7, "source": "sha256:…", "statement": "eyJ…"}
                  lines.receipts.jsonl     {"line": 7, "digest": "sha256:…", "bundle": {…}}

The two `.jsonl` files only grow, and are the memory of an interrupted publish: a line that has a
signed statement is never signed again, a line that has a receipt is never sent again.
"""

import os
import re
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, Self, TypeAlias

import orjson

from openquality import home
from openquality.refused import RefusedInput
from openquality.sources import Document, Form
from openquality_validator import documents, envelope
from openquality_validator.message import message

if TYPE_CHECKING:
    from openquality.signing import SigningKey

KeySource: TypeAlias = Callable[[], "SigningKey"]  # called only when something must be signed
BUNDLE_SUFFIX = ".bundle.json"


@dataclass(eq=False)
class ChangedAfterSigning(RefusedInput):
    """A record was edited after its signed form was kept, and perhaps sent."""

    source: str
    kept: Path

    def __str__(self) -> str:
        return message(
            "{source} was changed after {kept} was signed from it. What was published stays "
            "as it is: give the changed record a new id in a file or line of its own. If it "
            "was never published, delete {kept} and sign again.",
            source=self.source,
            kept=self.kept,
        )


def record_path(document: Document) -> Path:
    """Return the path beside which the signed form and the receipt of a record are kept.

    It is the record's own file; of a workbook, it is named after the workbook and the record.
    """
    path = document.path
    if document.form is not Form.WORKBOOK:
        return path
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", document.name).strip("-")
    stem = path.name if path.is_dir() else path.stem
    return path.with_name(f"{stem}.{name}.json" if name else f"{stem}.json")


def statement_path(path: Path) -> Path:
    """Return where the signed form of a record file is kept."""
    return path.with_suffix(".jwt")


def receipt_path(path: Path) -> Path:
    """Return where the receipt of a record or statement file is kept."""
    return path.with_suffix(BUNDLE_SUFFIX)


def named(text: str) -> str:
    """Return the digest of the statement in a file, or the text as it is if no file has its name.

    A record file (.json) stands for what was signed from it, where that is kept.
    """
    path = Path(text)
    if path.suffix == ".json" and statement_path(path).is_file():
        path = statement_path(path)
    return digest(path.read_bytes().strip()) if path.is_file() else text


def digest(data: bytes) -> str:
    """Name bytes by their SHA-256."""
    return "sha256:" + sha256(data).hexdigest()


def keep_statement(path: Path, record: bytes, key: KeySource) -> tuple[bytes, bool]:
    """Return the signed form of a record file and whether it was made just now.

    The kept form is used again, so that a repeated publish sends the same bytes. Raises
    ChangedAfterSigning if the record is no longer what was signed.
    """
    from openquality.signing import sign

    kept = statement_path(path)
    try:
        statement = kept.read_bytes()
    except FileNotFoundError:
        statement = sign(record, key())
        home.write(kept, statement)
        return statement, True
    if not _holds(statement, record):
        raise ChangedAfterSigning(str(path), kept)
    return statement, False


def _holds(statement: bytes, record: bytes) -> bool:
    payload = envelope.parse_envelope(statement).payload
    return bool(documents.parse(payload) == documents.parse(record))


class Lines:
    """Keep signed statements and receipts of one `.jsonl` file; use it as a context.

    Memory: 8 bytes for each line of the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.signed_path = path.with_suffix(".signed.jsonl")
        self.receipts_path = path.with_suffix(".receipts.jsonl")
        self._offsets = array("q")  # of line n in the signed file, plus one; 0 is none
        self._done = bytearray()
        self._signed: IO[bytes]
        self._receipts: IO[bytes]

    def __enter__(self) -> Self:
        self._signed = _open(self.signed_path)
        self._receipts = _open(self.receipts_path)
        offset = 0
        for entry in self._signed:
            self._index(int(orjson.loads(entry)["line"]), offset)
            offset += len(entry)
        for entry in self._receipts:
            self._mark(int(orjson.loads(entry)["line"]))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._signed.close()
        self._receipts.close()

    def statement(self, line: int, record: bytes, key: KeySource) -> bytes:
        """Return the signed form of a line, made now unless it is kept already."""
        from openquality.signing import sign

        kept = self._kept(line)
        if kept is not None:
            if kept["source"] != digest(record):
                raise ChangedAfterSigning(f"{self.path}:{line}", self.signed_path)
            return str(kept["statement"]).encode()
        statement = record if record.startswith(b"eyJ") else sign(record, key())
        entry = {"line": line, "source": digest(record), "statement": statement.decode()}
        self._index(line, self._signed.seek(0, os.SEEK_END))
        self._signed.write(orjson.dumps(entry, option=orjson.OPT_APPEND_NEWLINE))
        return statement

    def is_done(self, line: int) -> bool:
        """Tell whether a line has its receipt."""
        return line < len(self._done) and bool(self._done[line])

    def keep_receipt(self, line: int, statement: bytes, bundle: bytes) -> None:
        """Append the receipt of a line."""
        self._receipts.seek(0, os.SEEK_END)
        self._receipts.write(
            b'{"line":%d,"digest":"%s","bundle":%s}\n' % (line, digest(statement).encode(), bundle)
        )
        self._mark(line)

    def flush(self) -> None:
        """Make everything kept so far durable."""
        for file in (self._signed, self._receipts):
            file.flush()
            os.fsync(file.fileno())

    def _kept(self, line: int) -> Any:  # noqa: ANN401 - a JSON object
        if line >= len(self._offsets) or not self._offsets[line]:
            return None
        self._signed.seek(self._offsets[line] - 1)
        return orjson.loads(self._signed.readline())

    def _index(self, line: int, offset: int) -> None:
        if line >= len(self._offsets):
            self._offsets.extend([0] * (line + 1 - len(self._offsets)))
        self._offsets[line] = offset + 1

    def _mark(self, line: int) -> None:
        if line >= len(self._done):
            self._done.extend(bytes(line + 1 - len(self._done)))
        self._done[line] = 1


def _open(path: Path) -> IO[bytes]:
    file = path.open("a+b")
    # A crash may have left half a line at the end; what it held was not acknowledged.
    size = file.seek(0, os.SEEK_END)
    end = size
    while end > 0:
        start = max(0, end - 65_536)
        file.seek(start)
        position = file.read(end - start).rfind(b"\n")
        if position >= 0:
            end = start + position + 1
            break
        end = start
    if end < size:
        file.truncate(end)
    file.seek(0)
    return file
