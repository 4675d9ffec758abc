"""Safe fixes written into files of records: whole, atomically, and never into what is signed."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from openquality.checking import check
from openquality.sources import WORKBOOKS, Document, Form, load
from openquality_validator import fixes
from openquality_validator.documents import MAX_BYTES
from openquality_validator.findings import Report
from openquality_validator.fixes import Mended

_BLANKS: Final = b" \t\r\n\x0b\x0c"  # what bytes.strip takes away


@dataclass(frozen=True, slots=True)
class Mending:
    """Hold a document as it stands in its file, its report, and how it reads when mended."""

    document: Document
    report: Report
    mended: Mended


def mend(path: Path, *, write: bool) -> Iterator[Mending]:
    """Check the documents of a file and mend them; `write` replaces a file of JSON at the end.

    Only unsigned records change, and of them only what a fix touches: all other bytes of the file
    stay. Without a fix the file is not written. Whoever stops before the end changes nothing.
    Raises OSError.
    """
    real = path.resolve()  # a link keeps pointing there
    if not write or path.is_dir() or path.suffix.lower() in WORKBOOKS:  # cells are mended by hand
        for document in load(path):
            yield _mended(document)
        return
    handle, name = tempfile.mkstemp(dir=real.parent, prefix=f".{real.name}.")
    try:
        with os.fdopen(handle, "wb") as copy, real.open("rb") as original:
            count = 0
            for document in load(path):
                mending = _mended(document)
                if document.line is not None:
                    _copy_line(original, copy, mending)
                elif mending.mended.fixes:
                    copy.write(mending.mended.data)
                count += len(mending.mended.fixes)
                yield mending
            if path.suffix.lower() == ".jsonl":
                shutil.copyfileobj(original, copy)
            copy.flush()
            os.fsync(copy.fileno())
        if count:
            shutil.copymode(real, name)
            Path(name).replace(real)
    finally:
        Path(name).unlink(missing_ok=True)


def _mended(document: Document) -> Mending:
    report = check(document)
    if document.form is Form.RECORD and report.findings:
        return Mending(document, report, fixes.mend(document.data, report))
    return Mending(document, report, Mended(document.data, (), report))


def _copy_line(original: BinaryIO, copy: BinaryIO, mending: Mending) -> None:
    """Copy up to the end of the document's line, with its blanks and line end as they are.

    Lines without a record stand before it; one that is too long is copied in pieces.
    """
    while raw := original.readline(MAX_BYTES + 2):
        text = raw.strip(_BLANKS)
        if text == mending.document.data and mending.mended.fixes:
            raw = raw.replace(text, mending.mended.data, 1)
        copy.write(raw)
        while not raw.endswith(b"\n") and (rest := original.readline(MAX_BYTES)):
            copy.write(rest)
            raw = rest
        if text:
            return
