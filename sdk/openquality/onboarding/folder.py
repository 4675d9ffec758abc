"""What a supplier's folder holds: read only, and nothing in it is opened, signed or sent."""

import errno
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import orjson

from openquality import beside, outbox
from openquality.checking import check, payload
from openquality.datasets import DataFolder
from openquality.identities import IdentityFolder
from openquality.keeping import files
from openquality.keeping.passphrase import ask
from openquality.keeping.signer import Signer
from openquality.sources import Document, Form, load, search
from openquality.starter import EXAMPLE
from openquality_validator.errors import IdentityError, OpenQualityError
from openquality_validator.findings import Report

KEY = "openquality.key"
Made: TypeAlias = tuple[bytes | None, bytes | None]
"""The signed form of a record, and its receipt."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Hold what is there of keys and identity.

    `problem` says why the key, or its identity, cannot be used. `did` is known without a
    passphrase. `next_key` is the key of the next change, where there is one.
    """

    path: Path
    is_there: bool
    mode: int | None = None  # if others can read it
    signer: Signer | None = None
    did: str | None = None
    problem: IdentityError | None = None
    next_key: Path | None = None
    next_mode: int | None = None
    is_changing: bool = False
    registry: str | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """Hold one record of the folder with what was found in it, and what was made from it.

    `value` is None for what does not read. `statement` is its signed form, `receipt` the bundle
    that a registry answered with; lines of a .jsonl have theirs in files of the same name.
    """

    document: Document
    name: str
    report: Report
    value: dict[str, Any] | None
    statement: bytes | None
    receipt: bytes | None

    @property
    def path(self) -> Path:
        """The file that it stands in."""
        return self.document.path

    @property
    def is_of_workbook(self) -> bool:
        """True if it was read from rows, which people fill in and no command measures into."""
        return self.document.form is Form.WORKBOOK

    @property
    def is_example(self) -> bool:
        """True while it holds the starter's made-up claim; only of valid records."""
        claims = (self.value or {})["credentialSubject"].get("claims", ())
        return any(each["id"].endswith(EXAMPLE) for each in claims)


@dataclass(frozen=True, slots=True)
class Folder:
    """Hold everything that is looked at."""

    path: Path
    keys: Keys
    records: tuple[Kept, ...]
    data: DataFolder


def look(path: Path) -> Folder:
    """Read a supplier's folder. Raises OSError if it cannot be read, NotADirectoryError."""
    if not path.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, "There is no such folder", str(path))
    data = DataFolder(path)
    return Folder(path, _keys(path / KEY), tuple(_records(path)), data)


def _keys(path: Path) -> Keys:
    if not path.exists():
        return Keys(path, is_there=False)
    identity = IdentityFolder(path)
    next_key = identity.next_path if identity.next_path.exists() else None
    signer = did = problem = None
    try:
        signer = files.parse(files.read(path), ask=ask, where=str(path))
        did = (beside.method(path, signer.public) or "").partition("#")[0] or None
    except IdentityError as error:
        problem = error
    return Keys(
        path,
        is_there=True,
        mode=files.loose(path),
        signer=signer,
        did=did or (None if signer is None or problem else _did(signer)),
        problem=problem,
        next_key=next_key,
        next_mode=None if next_key is None else files.loose(next_key),
        is_changing=identity.pending() is not None,
        registry=identity.settings()["registry"],
    )


def _did(signer: Signer) -> str:
    from openquality_validator.identity import did_key

    return did_key(signer.public)


def _records(path: Path) -> Iterator[Kept]:
    """Yield the attestations of a folder; of what else lies there only what does not read."""
    for found in search([path]):
        if not isinstance(found, Path) or found.suffix == ".jwt" or _is_made(found):
            continue
        made = _made_of_lines(found) if found.suffix == ".jsonl" else {}
        try:
            for document in load(found):
                line = document.line
                own = found.suffix == ".jsonl" and line is not None
                kept = _kept(document, made.get(line or 0) if own else _made(document))
                if kept is not None:
                    yield kept
        except OpenQualityError:
            continue  # a workbook that is none: `validate` says more


def _is_made(path: Path) -> bool:
    made = (outbox.BUNDLE_SUFFIX, ".signed.jsonl", ".receipts.jsonl")
    return path.name.endswith(made) or path.parent.name == beside.FOLDER


def _kept(document: Document, made: Made | None) -> Kept | None:
    if document.form not in {Form.RECORD, Form.WORKBOOK}:
        return None
    try:
        value: dict[str, Any] | None = payload(document).value
    except OpenQualityError:
        value = None
    if value is not None and "credentialSubject" not in value:
        return None  # a mapping, a policy, somebody's settings
    within = document.name or document.line  # of a workbook, the name in its column Record
    name = str(document.path) + ("" if within is None else f":{within}")
    return Kept(document, name, check(document), value, *(made or (None, None)))


def _made(document: Document) -> Made:
    path = outbox.record_path(document)
    return _read(outbox.statement_path(path)), _read(outbox.receipt_path(path))


def _made_of_lines(path: Path) -> dict[int, Made]:
    """Read what is kept of the lines of a .jsonl, in the form of `outbox`."""
    signed = {
        int(each["line"]): str(each["statement"]).encode()
        for each in _entries(path.with_suffix(".signed.jsonl"))
    }
    receipts = {
        int(each["line"]): orjson.dumps(each["bundle"])
        for each in _entries(path.with_suffix(".receipts.jsonl"))
    }
    return {line: (statement, receipts.get(line)) for line, statement in signed.items()}


def _entries(path: Path) -> Iterator[dict[str, Any]]:
    if path.is_file():
        with path.open("rb") as file:
            for line in file:
                with suppress(orjson.JSONDecodeError):  # a crash may have left half a line
                    yield orjson.loads(line)


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None
