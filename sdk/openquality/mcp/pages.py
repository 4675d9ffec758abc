"""How much goes into one result: a model reads little, and pays for all of it."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from pydantic import BaseModel

MAX_CONTENT = 12_288  # bytes of the text that a model reads, some 4,000 tokens
MAX_STRUCTURED = 32_768  # bytes of the same result as JSON in UTF-8
DEFAULT_ROWS = 10
MAX_ROWS = 50
MAX_PARTS = 12  # entries of a list inside one row, such as reasons or qualifiers
MAX_NOTICES = 5  # of one row, and batches of one notice; the number of all stands beside them
MAX_KEYS = 100  # subjects of one look-up
MAX_COMPARED_VALUES = 1_000  # of all records of one comparison
MAX_VALUES = 8  # metrics that a query may ask for

Result = TypeVar("Result", bound=BaseModel)
Item = TypeVar("Item")


def fits(result: BaseModel, text: str) -> bool:
    """Say whether a result may be sent as it is."""
    return (
        len(text.encode()) <= MAX_CONTENT
        and len(result.model_dump_json(by_alias=True).encode()) <= MAX_STRUCTURED
    )


async def fitting(
    limit: int, ask: Callable[[int], Awaitable[Result]], text: Callable[[Result], str]
) -> Result:
    """Ask for a page of `limit` rows, and for half as many until the result is small enough.

    The registry makes each page, so its cursor always continues behind the last row shown. One
    row alone is small enough by the caps on its parts.
    """
    while True:
        result = await ask(limit)
        if limit == 1 or fits(result, text(result)):
            return result
        limit //= 2


def cut(
    items: Sequence[Item],
    first: int,
    make: Callable[[Sequence[Item], int | None], Result],
    text: Callable[[Result], str],
) -> Result:
    """Make the largest result of items from the place `first` that is small enough.

    `make` gets the items of the page, and the place where the next one starts or None. At least
    one item is in a page; the caps on an item's parts keep it small enough.
    """
    rest = items[first:]
    count = len(rest)
    while True:
        following = first + count
        result = make(rest[:count], following if following < len(items) else None)
        if count <= 1 or fits(result, text(result)):
            return result
        count = min(count - 1, count * 3 // 4)


def place(cursor: str | None) -> int:
    """Read the cursor of a page that was cut here; an unreadable one starts over."""
    return int(cursor) if cursor and cursor.isdecimal() and len(cursor) <= 9 else 0  # noqa: PLR2004 - digits
