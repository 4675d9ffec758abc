"""What stands under a heading: whether it is needed, what it means, and what to write."""

from typing import Final

from openquality_validator.message import Message, message, translate
from openquality_validator.sheets.column import Column, Kind, Need

_NEEDS: Final = {
    Need.ALWAYS: message("Required."),
    Need.GROUP: message("Required if you fill in this group."),
    Need.OPTIONAL: message("Optional."),
}
_HINTS: Final = {
    Kind.ANSWER: message("Write yes or no."),
    Kind.DAY: message("A date, or YYYY-MM-DD."),
    Kind.MOMENT: message("A date, or YYYY-MM-DDThh:mm:ssZ."),
    Kind.UNIT: message("Choose the code of the unit."),
}
_MOST_NAMED: Final = 4  # metrics named in one explanation


def explanation(column: Column, *, language: str) -> str:
    """Return the text under the heading of a column, in a language."""
    parts = [_need(column), message(column.about)] if column.about else [_need(column)]
    if column.kind in _HINTS:
        parts.append(_HINTS[column.kind])
    if column.sibling is not None:
        parts.append(message("The number alone; its unit has the next column."))
    if column.many:
        parts.append(message("Several: put ; between them."))
    said = [translate(each, language) for each in parts]
    meant = zip(column.choices, column.meanings, strict=False)
    said += [f"{code}: {translate(message(text), language)}" for code, text in meant if text]
    return "\n".join(said)


def _need(column: Column) -> Message:
    if column.need is not Need.SOMETIMES:
        return _NEEDS[column.need]
    if len(column.needed_by) > _MOST_NAMED:
        return message("Required for some metrics.")
    return message("Required for {metrics}.", metrics=", ".join(dict.fromkeys(column.needed_by)))
