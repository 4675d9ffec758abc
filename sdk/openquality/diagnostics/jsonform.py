"""Diagnostics as one JSON object, for editors and programs: docs/spec/diagnostics.md."""

from collections.abc import Mapping
from typing import Any

import orjson

from openquality.checking import Checked
from openquality.diagnostics.writer import Write
from openquality.language import local
from openquality.sources import Unreadable, name_of
from openquality_validator.fixes import Fix

VERSION = 1


class JsonWriter:
    """Write `{"v": 1, "documents": […], "summary": …}`, a line for each document."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._is_open = False

    def add(self, checked: Checked) -> None:
        """Write one document, valid or not."""
        self._document(
            {
                "path": checked.path,
                "line": checked.line,
                "form": checked.form,
                "valid": checked.valid,
                "findings": [each.to_json() for each in checked.diagnostics],
                **(
                    {"fixed": [_fixed(checked, fix) for fix in checked.fixed]}
                    if checked.fixed
                    else {}
                ),
            }
        )

    def unread(self, unread: Unreadable) -> None:
        """Write a file that could not be read: it is no valid document, and `error` says why."""
        self._document(
            {
                "path": name_of(unread.path),
                "line": None,
                "form": None,
                "valid": False,
                "findings": [],
                "error": local(unread.reason),
            }
        )

    def end(self, summary: Mapping[str, Any]) -> None:
        """Write the summary, and close the object."""
        self._open()
        self._write('\n],"summary":' + orjson.dumps(summary).decode() + "}\n")

    def _open(self) -> bool:
        was_open, self._is_open = self._is_open, True
        if not was_open:
            self._write(f'{{"v":{VERSION},"documents":[')
        return was_open

    def _document(self, value: Mapping[str, Any]) -> None:
        start = ",\n" if self._open() else "\n"
        self._write(start + orjson.dumps(value).decode())


def _fixed(checked: Checked, fix: Fix) -> dict[str, Any]:
    place = {"line": (checked.line or 1) + fix.place.line - 1, "column": fix.place.column}
    return {"code": fix.code, "pointer": fix.pointer, **place, **fix.to_json()}
