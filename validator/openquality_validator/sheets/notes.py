"""What is said about one cell: what was made of it, and what nobody can make of it."""

from dataclasses import dataclass
from typing import Final

from openquality_validator.findings import Finding, Severity
from openquality_validator.message import Message, message
from openquality_validator.sheets.values import Fault


@dataclass(frozen=True, slots=True)
class Note:
    """Say what was changed, or what is wrong, in one cell."""

    code: str
    severity: Severity
    message: Message
    hint: Message

    @property
    def is_error(self) -> bool:
        """Whether the cell has to be mended first."""
        return self.severity is Severity.ERROR

    def at(self, pointer: str) -> Finding:
        """Return the note as a finding at a place."""
        return Finding(self.code, self.severity, pointer, self.message, self.hint)


def trimmed(text: str) -> Note:
    """Tell that blanks were left out."""
    return Note(
        "W025",
        Severity.WARNING,
        message("Blanks around {text!r} were left out.", text=text[:60]),
        message("Take them out of the cell, so that others do not search in vain."),
    )


def typed_formula(text: str) -> Note:
    """Tell that a formula is a text here."""
    return Note(
        "W035",
        Severity.ERROR,
        message("The cell holds the text {text!r}, which looks like a formula.", text=text[:60]),
        message("Set the format of the cell to General and enter it again, or type the value."),
    )


def respelled(text: str, number: str) -> Note:
    """Tell how a number was read."""
    return Note(
        "W020",
        Severity.WARNING,
        message("{text!r} was read as {number}.", text=text[:60], number=number),
        message("Write plain digits with a point, if that is not what you mean."),
    )


def percent(text: str, number: str) -> Note:
    """Tell how a percentage was read."""
    return Note(
        "W021",
        Severity.WARNING,
        message("{text!r} was read as {number} with the unit %.", text=text[:60], number=number),
        message("Write the number alone, and % in the column of the unit."),
    )


def unit_in_cell(text: str, number: str) -> Note:
    """Tell that a unit stood with its number."""
    return Note(
        "W022",
        Severity.WARNING,
        message("{text!r} was read as {number} and its unit.", text=text[:60], number=number),
        message("Write the number alone, and the unit in its column."),
    )


def other_unit(text: str, code: str) -> Note:
    """Tell how a unit was read."""
    return Note(
        "W022",
        Severity.WARNING,
        message("The unit {text!r} was read as {code}.", text=text[:60], code=code),
        message("Choose the code of the unit from the list."),
    )


def answered(text: str, said: str) -> Note:
    """Tell how yes or no was read."""
    return Note(
        "W023",
        Severity.WARNING,
        message("{text!r} was read as {said}.", text=text[:60], said=said),
        message("Choose yes or no from the list."),
    )


def other_day(text: str, said: str) -> Note:
    """Tell how a day or time was read."""
    return Note(
        "W024",
        Severity.WARNING,
        message("{text!r} was read as {said}.", text=text[:60], said=said),
        message("Write days as YYYY-MM-DD, if that is not what you mean."),
    )


def made_text(text: str) -> Note:
    """Tell that a number became a text."""
    return Note(
        "W026",
        Severity.WARNING,
        message("The number {text} was read as a text.", text=text),
        message("Check that no zero is missing in front, and format the column as text."),
    )


def recoded(text: str, code: str) -> Note:
    """Tell how a code was read."""
    return Note(
        "W027",
        Severity.WARNING,
        message("{text!r} was read as the code {code}.", text=text[:60], code=code),
        message("Choose the code from the list."),
    )


def two_numbers(text: str, readings: tuple[str, ...]) -> Note:
    """Ask which of two numbers is meant."""
    return Note(
        "W030",
        Severity.ERROR,
        message(
            "{text!r} can be {one} or {other}.", text=text[:60], one=readings[0], other=readings[1]
        ),
        message("Write the one that you mean: plain digits, and a point before decimals."),
    )


def point_or_group(text: str) -> Note:
    """Ask what a point is in a file that writes decimals with a comma.

    To write the number with a point again would be asked about again: another zero is not.
    """
    whole = text.replace(".", "")
    return Note(
        "W030",
        Severity.ERROR,
        message("{text!r} can be {one} or {other}.", text=text[:60], one=text, other=whole),
        message(
            "Write {decimal} or {whole}, whichever is meant.",
            decimal=f"{text}0",
            whole=whole,
        ),
    )


def two_days(text: str, readings: tuple[str, ...]) -> Note:
    """Ask which of two days is meant."""
    return Note(
        "W031",
        Severity.ERROR,
        message(
            "{text!r} can be {one} or {other}.", text=text[:60], one=readings[0], other=readings[1]
        ),
        message("Write the one that you mean, as YYYY-MM-DD."),
    )


def shortened(text: str) -> Note:
    """Tell that digits are lost."""
    return Note(
        "W032",
        Severity.ERROR,
        message("{text!r} is a number that the spreadsheet has shortened.", text=text[:60]),
        message("Format the column as text, and enter the whole number again from its source."),
    )


def lost_zeros(text: str) -> Note:
    """Tell that zeros are lost."""
    return Note(
        "W032",
        Severity.ERROR,
        message(
            "{text} has {count} digits, and a GTIN has 8, 12, 13 or 14: zeros in front are lost.",
            text=text,
            count=len(text),
        ),
        message("Format the column as text, and enter the whole number again from its source."),
    )


def turned_into_date(text: str) -> Note:
    """Tell that a date was made of something."""
    return Note(
        "W033",
        Severity.ERROR,
        message("The spreadsheet has made the date {text} of what was typed.", text=text[:60]),
        message("Format the column as in the template, and enter the value again."),
    )


def number_of_a_day(text: str) -> Note:
    """Tell that a number was made of a day."""
    return Note(
        "W033",
        Severity.ERROR,
        message("The cell holds the number {text}, not a day.", text=text[:60]),
        message("Format the cell as a date and check the day that it shows, or write YYYY-MM-DD."),
    )


FAULTS: Final = {
    Fault.FORMULA: Note(
        "W010",
        Severity.ERROR,
        message("The cell has a formula, and the file does not hold its result."),
        message("Open the workbook in a spreadsheet program, save it, and try again."),
    ),
    Fault.ERROR: Note(
        "W011",
        Severity.ERROR,
        message("The formula in this cell ends in an error, such as #DIV/0!."),
        message("Mend the formula, or type the value."),
    ),
}
