"""The day that a page is asked for."""

import datetime as dt

from openquality_registry.problems import Refused
from openquality_validator.message import message


def asked_day(text: str, today: dt.date) -> dt.date:
    """Read a day of an address such as 2026-11-20, today where none is given; raises Refused."""
    try:
        return dt.date.fromisoformat(text) if text else today
    except ValueError:
        raise Refused(
            "invalid-parameter", message("asOf: Write the day like 2026-11-20.")
        ) from None
