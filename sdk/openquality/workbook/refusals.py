"""Why a file cannot be read at all, as a finding about the file."""

from dataclasses import dataclass
from typing import Final

from openquality_validator.errors import OpenQualityError
from openquality_validator.findings import Finding
from openquality_validator.message import Message, message
from openquality_validator.sheets.codes import error

TOO_LARGE: Final = "W003"


@dataclass(eq=False)
class Unread(OpenQualityError):
    """A file cannot be read as a workbook; `finding` says why and what to do."""

    finding: Finding

    def __str__(self) -> str:
        return message("{message} {hint}", message=self.finding.message, hint=self.finding.hint)


def unread(code: str, said: Message, hint: Message) -> Unread:
    """Make the refusal of a whole file."""
    return Unread(error(code, "", said, hint))


def no_workbook(what: Message) -> Unread:
    """Say what a file is that is no workbook."""
    return unread(
        "W001",
        message("The file is not a workbook: {what}.", what=what),
        message("Open the template in a spreadsheet program, and save it as .xlsx."),
    )


def protected() -> Unread:
    """Say that a workbook is protected."""
    return unread(
        "W002",
        message("The workbook is protected by a password."),
        message("Open it, take the password out, and save it again."),
    )


def too_large(what: Message) -> Unread:
    """Say that a file is larger than what is read."""
    return unread(
        TOO_LARGE,
        message("The file is too large to be read: {what}.", what=what),
        message(
            "Split it into several workbooks; delete empty rows and columns at the end of its "
            "sheets, and what is not of the template."
        ),
    )
