"""Read an HTML form with a file (RFC 7578), in memory alone: what visitors send touches no disk."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from openquality_registry.http import requests
from openquality_registry.problems import Refused
from openquality_validator.message import message

FORM = "multipart/form-data"
ROOM = 16_384  # bytes of a form beside what it carries
MOST_FIELDS = 8


@dataclass(frozen=True, slots=True)
class Upload:
    """Hold a file as a browser sent it; its name is the visitor's word."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Form:
    """Hold the fields of a form and the one file that came with it, if any."""

    fields: dict[str, str]
    file: Upload | None


class _InMemory(MultiPartParser):
    spool_max_size = 0  # the library's file in memory never becomes one on a disk


async def form(request: Request, *, limit: int) -> Form:
    """Read a form whose file or text has at most `limit` bytes. Raises Refused."""
    requests.require_type(request, FORM)
    data = await requests.body(request, limit + ROOM)

    async def whole() -> AsyncGenerator[bytes]:
        yield data

    parser = _InMemory(
        request.headers, whole(), max_files=1, max_fields=MOST_FIELDS, max_part_size=limit
    )
    try:
        items = (await parser.parse()).multi_items()
    except MultiPartException as error:
        raise Refused(
            "invalid-question", message("The form does not read: {error}", error=error.message)
        ) from None
    fields: dict[str, str] = {}
    file = None
    for name, value in items:
        if isinstance(value, str):
            fields[name] = value
        else:
            file = await _file(value)
    return Form(fields, file)


async def _file(sent: UploadFile) -> Upload | None:
    data = await sent.read()
    await sent.close()
    # A browser sends a file without name and content where none was chosen.
    return Upload(sent.filename or "", data) if sent.filename or data else None
