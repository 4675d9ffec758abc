"""Files of other kinds that come under the name of a record: told by their first bytes."""

from typing import Final

from openquality_validator.message import Message, message

Said = tuple[str, Message, Message]
"""Code, what the file is, and what to do."""

_TEMPLATE: Final = message("Fill in the template (`openquality template`), or export JSON.")
_OFFICE: Final = message("This is no JSON, but an old or password-protected file of Office.")
_UTF_16: Final = (
    "D002",
    message("The text is UTF-16, not UTF-8."),
    message("Save the file again with the encoding UTF-8."),
)
_STARTS: Final[tuple[tuple[bytes, Said], ...]] = (
    (
        b"PK\x03\x04",
        (
            "D003",
            message("This is no JSON, but a workbook or another zip archive."),
            message("Name a workbook .xlsx or .ods; unpack an archive first."),
        ),
    ),
    (b"%PDF", ("D003", message("This is no JSON, but a PDF."), _TEMPLATE)),
    (b"\xd0\xcf\x11\xe0", ("D003", _OFFICE, _TEMPLATE)),
    (b"\x89PNG", ("D003", message("This is no JSON, but a picture."), _TEMPLATE)),
    (b"\xff\xd8\xff", ("D003", message("This is no JSON, but a picture."), _TEMPLATE)),
    (
        b"\x1f\x8b",
        ("D003", message("This is no JSON, but a gzip archive."), message("Unpack it first.")),
    ),
    # With a byte-order mark or without.
    (b"\xff\xfe", _UTF_16),
    (b"\xfe\xff", _UTF_16),
    (b"{\x00", _UTF_16),
    (b"\x00{", _UTF_16),
    (
        b"\xef\xbb\xbf",
        (
            "D003",
            message("Before the record stands a byte-order mark, which JSON does not have."),
            message("Save the file as UTF-8 without BOM."),
        ),
    ),
    (
        b"<",
        (
            "D003",
            message("This is no JSON, but XML or a web page."),
            message("Look at what was saved: it may be the error page of a web server."),
        ),
    ),
)


def foreign(data: bytes) -> Said | None:
    """Say what bytes that are no JSON are instead, if their beginning tells."""
    if not data.strip():
        return (
            "D003",
            message("There is nothing in it."),
            message("Save the record again, or take the file away."),
        )
    return next((said for start, said in _STARTS if data.startswith(start)), None)
