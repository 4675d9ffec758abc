"""The page that validates: a file or a text in, findings beside their places out, nothing kept."""

import asyncio
import base64
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from openquality import sources
from openquality.language import chosen
from openquality.sources import Document, Form, Unreadable
from openquality_registry.http import uploads
from openquality_registry.http.uploads import Upload
from openquality_registry.pages import rendering
from openquality_validator.errors import OpenQualityError
from openquality_validator.message import message

if TYPE_CHECKING:
    from openquality.diagnostics import Diagnostic

# How many cells an .xls file has is not known before all of them are in memory.
KINDS: Final = tuple(kind for kind in sources.SUFFIXES if kind != ".xls")
MOST_SHOWN: Final = 200  # findings; whoever has more mends these first, or uses the command
MOST_FOUND: Final = 2_000  # findings, after which the rest of a file is not looked at
MOST_DOCUMENTS: Final = 1_000  # records of one file
AT_ONCE: Final = 2  # files that are checked at the same time; others wait
LONGEST_NAME: Final = 200
PASTED: Final = "pasted.json"


@dataclass(frozen=True, slots=True)
class Part:
    """Hold what is shown of one record of a file: where it begins, and its findings."""

    line: int | None
    diagnostics: "tuple[Diagnostic, ...]"


@dataclass(frozen=True, slots=True)
class Outcome:
    """Hold what a file came to. `unread` says why nothing of it could be checked.

    `more` findings are not shown; `is_cut` says that the last records were not checked.
    """

    name: str
    form: str
    checked: int
    refused: int
    errors: int
    warnings: int
    parts: tuple[Part, ...]
    more: int
    is_cut: bool = False
    annotated: str | None = None
    unread: str | None = None

    @property
    def stem(self) -> str:
        """The name without its last ending."""
        return self.name.rpartition(".")[0]


def routes(*, limit: int, alone: bool = False) -> list[Route]:
    """Make the routes; a file may have `limit` bytes. `alone` leaves out the registry's menu."""
    turns = asyncio.Semaphore(AT_ONCE)

    def answer(outcome: Outcome | None, text: str = "") -> Response:
        kinds = ", ".join(KINDS)
        model = {
            "alone": alone,
            "kinds": kinds,
            "megabytes": f"{limit / 1_000_000:.1f}",
            "outcome": outcome,
            "text": text,
        }
        return rendering.page("validate.html", model)

    async def empty(_request: Request) -> Response:
        return answer(None)

    async def check(request: Request) -> Response:
        form = await uploads.form(request, limit=limit)
        text = form.fields.get("text", "")
        if form.file is None and not text.strip():
            return answer(None)
        upload = form.file or Upload(PASTED, text.encode())
        async with turns:
            outcome = await run_in_threadpool(of, upload)
        return answer(outcome, "" if form.file else text)

    return [
        Route("/validate", empty, methods=["GET"]),
        Route("/validate", check, methods=["POST"]),
    ]


def of(upload: Upload) -> Outcome:
    """Check what was sent, in memory alone."""
    path = Path(_name(upload.name))
    try:
        return _outcome(path, upload.data)
    except Unreadable as error:
        return _unread(path, error.reason)
    except OpenQualityError as error:
        return _unread(path, str(error))


def _outcome(path: Path, data: bytes) -> Outcome:
    if path.suffix.lower() not in KINDS:
        kinds = ", ".join(KINDS)
        raise Unreadable(path, message("Files of these kinds are checked: {kinds}.", kinds=kinds))
    documents = sources.read(path, io.BytesIO(data))
    checked = list(_checked(islice(documents, MOST_DOCUMENTS)))
    is_cut = next(documents, None) is not None
    if not checked:
        raise Unreadable(path, message("It holds no record."))
    every = [each for _, found in checked for each in found]
    errors = sum(each.is_error for each in every)
    form = checked[0][0].form
    return Outcome(
        name=path.name,
        form=form.value,
        checked=len(checked),
        refused=sum(any(each.is_error for each in found) for _, found in checked),
        errors=errors,
        warnings=len(every) - errors,
        parts=tuple(_shown(checked)),
        more=max(0, len(every) - MOST_SHOWN),
        is_cut=is_cut,
        annotated=_annotated(data, every) if checked[0][0].form is Form.WORKBOOK else None,
    )


def _checked(documents: Iterable[Document]) -> "Iterator[tuple[Document, tuple[Diagnostic, ...]]]":
    from openquality import diagnostics  # only this page needs it

    found = 0
    for document in documents:
        if found > MOST_FOUND:
            break
        said = diagnostics.of(document)
        found += len(said)
        yield document, said


def _shown(checked: "Iterable[tuple[Document, tuple[Diagnostic, ...]]]") -> Iterator[Part]:
    left = MOST_SHOWN
    for document, found in checked:
        if found and left:
            yield Part(document.line, found[:left])
            left -= len(found[:left])


def _annotated(data: bytes, found: "Sequence[Diagnostic]") -> str | None:
    """Write the workbook with the findings in it, in base64; None where it cannot be read."""
    from openquality import workbook

    try:
        written = workbook.annotated(data, found, language=chosen()) if found else b""
    except OpenQualityError:
        return None  # the findings say what is wrong with the whole file
    return base64.b64encode(written).decode() or None


def _unread(path: Path, reason: str) -> Outcome:
    return Outcome(path.name, "", 0, 0, 0, 0, (), more=0, unread=reason)


def _name(given: str) -> str:
    """Return the last part of a name that any system may have written, and that says nothing."""
    name = PureWindowsPath(PurePosixPath(given).name).name[-LONGEST_NAME:]
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in name)
