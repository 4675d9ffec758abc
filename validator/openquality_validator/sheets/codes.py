"""The findings of reading a workbook or a folder of CSV files: family W."""

from collections.abc import Mapping
from typing import Final

from openquality_validator.findings import Finding, Severity

CODES: Final[Mapping[str, str]] = {
    "W001": "A file is not what its name says, or is damaged.",
    "W002": "A workbook is protected by a password.",
    "W003": "A file is larger than what is read.",
    "W004": "A sheet has no row with the headings of the template.",
    "W005": "A sheet that every record needs is missing or empty.",
    "W006": "A heading is not of the template, and something stands below it.",
    "W007": "The template is of another version than this program.",
    "W008": "Cells are merged, so that only the first of them has a value.",
    "W009": "Rows are hidden; they are read like others.",
    "W010": "The result of a formula is not saved in the file.",
    "W011": "A formula ends in an error.",
    "W012": "A workbook holds macros, which are never run.",
    "W013": "A row does not say to which record it belongs, or names one that is not there.",
    "W014": "A row does not say to which claim it belongs, or names one that is not there.",
    "W015": "Two rows have the same name.",
    "W016": "The row of examples was changed; it is not read.",
    "W017": "The headings stand once more among the rows; that row is not read.",
    "W018": "A sheet is not of the template; it is not read.",
    "W019": "A sheet holds more rows than it is for.",
    "W020": "A number was written with a decimal comma, with groups of digits or in another way.",
    "W021": "A percentage was read as its number of percent.",
    "W022": "A unit stood in the cell of its amount, or was written in another way.",
    "W023": "Yes or no was written in another way.",
    "W024": "A day or a time was written in another way.",
    "W025": "Blanks around a text were left out.",
    "W026": "A number was read as a text.",
    "W027": "A code was written in other letters.",
    "W028": "A file is not UTF-8, and was read as Windows-1252.",
    "W030": "A number can be read in two ways.",
    "W031": "A day can be read in two ways.",
    "W032": "A spreadsheet has shortened a number that names something.",
    "W033": "A spreadsheet has turned a number into a date, or a date into a number.",
    "W034": "A unit in a cell contradicts the column beside it, or has no place there.",
    "W035": "A formula was typed as a text.",
    "W036": "A row has cells to the right of the last heading.",
    "W037": "A file is not CSV.",
}


def error(code: str, pointer: str, message: str, hint: str) -> Finding:
    """Make a finding that refuses what was read."""
    return Finding(code, Severity.ERROR, pointer, message, hint)


def warning(code: str, pointer: str, message: str, hint: str) -> Finding:
    """Make a finding that tells what was made of a cell."""
    return Finding(code, Severity.WARNING, pointer, message, hint)
