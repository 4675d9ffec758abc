"""What is open of a supplier's promises, limits and schedules, in sentences."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from openquality_registry.bootstrap import Parts
from openquality_registry.conformity import requested
from openquality_registry.pages import words
from openquality_validator.conformity import Deviation, Kind
from openquality_validator.message import message

Json = Mapping[str, Any]
MOST: Final = 50
STATES: Final[Mapping[str, str]] = {
    "requested": message("It is not answered yet."),
    "answered": message("It is answered, and not closed yet."),
    "closed": message("It is closed."),
    "lifted": message("It was lifted on appeal."),
}


@dataclass(frozen=True, slots=True)
class Request:
    """Hold a corrective-action request: who asked, until when, and how far it is."""

    issuer: str
    deadline: str
    overdue: bool
    state: str


@dataclass(frozen=True, slots=True)
class Shown:
    """Hold an open deviation; `statement` is the record after which it was opened, if one was."""

    subject: str
    title: str
    sentence: str
    since: dt.date
    statement: str | None
    requests: tuple[Request, ...]


def open_of(parts: Parts, party: str) -> list[Shown]:
    """List what is open of a party, the newest first. Waits for the database."""
    today = parts.clock.now().astimezone(dt.UTC).date()
    store, log = parts.folder.store, parts.folder.origin
    still = parts.deviations.open_of(party, limit=MOST)
    written = requested.shown(still, parts.deviations, store, log=log, today=today)
    found = []
    for each, value in zip(still, written, strict=True):
        requests = tuple(
            Request(r["issuer"], r["deadline"], r["overdue"], STATES[r["state"]])
            for r in value["requests"]
        )
        sentence = _SENTENCES[each.kind](each.found.detail)
        title = _title(each, parts)
        opened = each.opened
        found.append(Shown(each.subject, title, sentence, opened.day, opened.statement, requests))
    return found


def _title(each: Deviation, parts: Parts) -> str:
    metric = parts.catalogue.metrics.get(each.about)
    return each.about if metric is None else message(metric.label)


def _promise(detail: Json) -> str:
    values = {
        "value": words.quantity(detail["value"], detail["unit"]),
        "objective": words.quantity(detail["objective"], detail["unit"]),
        "start": words.day(detail["start"]),
        "end": words.day(detail["end"]),
    }
    if detail["comparator"] == "atLeast":
        return message("{value} from {start} to {end}; promised is {objective} or more.", **values)
    return message("{value} from {start} to {end}; promised is {objective} or less.", **values)


def _limit(detail: Json) -> str:
    return message(
        "{value} from {start} to {end}; usual is {centre}, between {lower} and {upper}.",
        start=words.day(detail["start"]),
        end=words.day(detail["end"]),
        **{
            name: words.quantity(detail[name], detail["unit"])
            for name in ("value", "centre", "lower", "upper")
        },
    )


def _gap(detail: Json) -> str:
    if detail["to"] is None:
        return message(
            "no data since {day}, expected every {days} days.",
            day=words.day(detail["from"]),
            days=detail["window"],
        )
    return message(
        "no data from {start} to {end}, expected every {days} days.",
        start=words.day(detail["from"]),
        end=words.day(detail["to"]),
        days=detail["window"],
    )


def _level(detail: Json) -> str:
    if detail["is"] is None:
        return message("the level {was} is no longer reached.", was=detail["was"])
    return message("the level fell from {was} to {now}.", was=detail["was"], now=detail["is"])


def _indicator(detail: Json) -> str:
    return message(
        "the indicator {indicator} no longer passes ({reasons}).",
        indicator=detail["indicator"],
        reasons=", ".join(detail["reasons"]),
    )


_SENTENCES: Mapping[Kind, Callable[[Json], str]] = {
    Kind.PROMISE: _promise,
    Kind.LIMIT: _limit,
    Kind.GAP: _gap,
    Kind.LEVEL: _level,
    Kind.INDICATOR: _indicator,
}
