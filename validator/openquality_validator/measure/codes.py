"""The codes of measuring, and what each one means."""

from collections.abc import Mapping
from typing import Final

CODES: Final[Mapping[str, str]] = {
    "M001": "A column that the mapping names is not in the table.",
    "M002": "The parts of a mapping do not fit together, or one of them does not read.",
    "M003": "A date format cannot be used, or the formats of two columns do not go together.",
    "M004": "A cell does not read as its column's kind: a date, a number, a stated outcome.",
    "M005": "A date reads as two different days by the stated formats.",
    "M006": "No row can be used.",
    "M007": "The file is not the table it should be: encoding, delimiter, headings, sheet.",
    "M008": "The metric cannot be measured by this mapping.",
    "M009": "The period is not known, or is none.",
    "M010": "A number is outside what its column can hold, or readings do not form subgroups.",
    "M011": "Cp and Cpk are asked of a process that is not stable.",
    "M012": "A qualifier is missing, or states what is not computed here.",
    "M013": "There is no plot of this measurement.",
    "M014": "The file is larger than what is read here.",
}
