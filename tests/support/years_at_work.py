"""Three years of a fictional supplier: a registry whose time moves by days, and what parties say.

The time is simulated at the registry's port `Clock`, and for a command that signs at the one name
by which it asks for the time. The years lie in the past, so that whoever verifies today finds
nothing that comes from the future.
"""

import contextlib
import datetime as dt
import importlib
import json
import pkgutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
from profiles_at_work import key, records
from registry_at_work import registry

from openquality_registry.bootstrap import Parts
from openquality_validator.evidence import Accreditor

Json = dict[str, Any]
START = "2022-01-10"
SCHEME, EDITION, NUMBER = "ISO-9001", "2015", "QM-22-0417"
SUPPLIER, CERTIFIER = key("nordbolt"), key("certifier")
NAMES = {SUPPLIER.did: "Nordbolt Fasteners GmbH", CERTIFIER.did: "Rheinprüf Zertifizierung GmbH"}
LISTED = (Accreditor(CERTIFIER.did, (SCHEME,)),)
COMMANDS = ("openquality.cli.status", "openquality.cli.assess", "openquality.cli.certification")


class Calendar:
    """Tell a simulated time (the port Clock): a day at nine in UTC, and what passed since then."""

    def __init__(self, day: str = START) -> None:
        self._day = dt.date.fromisoformat(day)
        self._since = time.monotonic()

    def now(self) -> dt.datetime:
        """Return the time in UTC."""
        nine = dt.datetime.combine(self._day, dt.time(9), dt.UTC)
        return nine + dt.timedelta(seconds=time.monotonic() - self._since)

    def go(self, day: str) -> None:
        """Let it be another day; time does not step back."""
        later = dt.date.fromisoformat(day)
        assert later >= self._day, day
        self._day, self._since = later, time.monotonic() if later > self._day else self._since


@contextlib.contextmanager
def registry_of_years(
    folder: Path, calendar: Calendar, **settings: object
) -> Iterator[tuple[httpx2.Client, Parts]]:
    """Run a registry whose operator lists the certifier, in the time of the calendar."""
    with registry(folder, clock=calendar, **settings):
        pass
    list_certifier(folder)
    with registry(folder, clock=calendar, **settings) as running:
        yield running


def list_certifier(folder: Path) -> None:
    """Let the operator of a data folder that is closed list the certifier."""
    place = folder / "config.json"
    config = json.loads(place.read_bytes())
    config["accreditors"] = [{"did": each.did, "schemes": list(each.schemes)} for each in LISTED]
    place.write_text(json.dumps(config))


@contextlib.contextmanager
def commands_in(calendar: Calendar) -> Iterator[None]:
    """Let the commands that sign ask the calendar for the time."""

    class Simulated(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:  # type: ignore[override]  # no subclass comes back
            return calendar.now().astimezone(tz)

    with contextlib.ExitStack() as undoing:
        for module in _modules():
            if vars(module).get("datetime") is dt.datetime:
                undoing.callback(setattr, module, "datetime", dt.datetime)
                module.datetime = Simulated
        yield


def _modules() -> Iterator[Any]:
    for name in COMMANDS:
        module = importlib.import_module(name)
        yield module
        for inner in pkgutil.iter_modules(getattr(module, "__path__", ())):
            yield importlib.import_module(f"{name}.{inner.name}")


def measured(
    number: int, start: str, end: str, day: str, *, on_time: int = 2_912, majors: int = 0
) -> Json:
    """Make the supplier's record of half a year: four metrics, without capability.

    Of 2,980 orders `on_time` came on time: 2,912 have a lower 95 % bound of 97.2 %, 2,760 one of
    91.8 %. 3 of 1,000 pieces are defective, at most 0.8 %.
    """
    made = records("quality-management")[0]
    for claim in made["credentialSubject"]["claims"]:
        claim["period"] = {"start": start, "end": end}
    _, delivery, _, open_majors = made["credentialSubject"]["claims"]
    delivery["counts"]["numerator"] = on_time
    delivery["value"]["amount"] = f"{100 * on_time / 2_980:.4f}"
    open_majors["value"]["amount"] = str(majors)
    return _numbered(made, number, day)


def certified(
    number: int,
    day: str,
    *,
    audit: str,
    start: str = "2022-03-14",
    end: str = "2025-03-13",
    stage: str = "surveillance",
    majors: int = 0,
    supersedes: str | None = None,
) -> Json:
    """Make the certifier's word on the supplier's certificate."""
    made = records("quality-management")[1]
    (claim,) = made["credentialSubject"]["claims"]
    claim |= {
        "number": NUMBER,
        "validity": {"start": start, "end": end},
        "cycleStage": stage,
        "lastAudit": audit,
        "nonconformities": {"major": majors, "minor": 1},
    }
    del claim["nextAudit"]
    if supersedes is not None:
        made["supersedes"] = supersedes
    return _numbered(made, number, day)


def _numbered(made: Json, number: int, day: str) -> Json:
    text = json.dumps(made | {"validFrom": f"{day}T08:00:00Z"})
    found: Json = json.loads(text.replace(made["id"], f"urn:uuid:{UUID(int=9_000 + number)}"))
    return found
