"""Cursors of answers: where a page ended, bound to the question that it continues."""

import base64
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import orjson

from openquality_validator.compare.ranking import SortKey
from openquality_validator.errors import InvalidInput
from openquality_validator.message import message
from openquality_validator.query import Query

Place = tuple[int, int, str]  # of an exclusion: number of the metric, log index, claim
Read = TypeVar("Read")


def write(question: Query, place: Sequence[object]) -> str:
    """Write a cursor."""
    data = orjson.dumps([_fingerprint(question), *place])
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def rows(question: Query) -> SortKey | None:
    """Read where the rows go on; None for the first page. Raises InvalidInput (Q009)."""
    return _read(
        question,
        question.cursor,
        lambda unbound, badness, index, claim: (
            int(unbound),
            float(badness),
            int(index),
            str(claim),
        ),
    )


def excluded(question: Query) -> Place | None:
    """Read where the exclusions go on; None for the first. Raises InvalidInput (Q009)."""
    return _read(
        question,
        question.excluded_cursor,
        lambda metric, index, claim: (int(metric), int(index), str(claim)),
    )


def _read(question: Query, text: str | None, take: Callable[..., Read]) -> Read | None:
    if text is None:
        return None
    try:
        padded = text + "=" * (-len(text) % 4)
        fingerprint, *place = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        found = take(*place)
    except (ValueError, TypeError) as error:
        raise _wrong() from error
    if fingerprint != _fingerprint(question):
        raise _wrong()
    return found


def _fingerprint(question: Query) -> str:
    """Name what decides the rows and their order; how much of it is shown may change."""
    same = replace(
        question,
        cursor=None,
        excluded_cursor=None,
        limit=0,
        facets=(),
        explain=False,
        bundles=False,
    )
    return hashlib.sha256(repr(same).encode()).hexdigest()[:16]


def _wrong() -> InvalidInput:
    return InvalidInput(
        "Q009",
        message("The cursor does not continue this query."),
        message(
            "Repeat the query of the first page unchanged, with the `next` of the page before."
        ),
    )
