"""Deviations over HTTP, in a registry whose days are simulated at its clock."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from conforming import BUYER, SUBJECT, SUPPLIER, attestation, on_time, promise
from followed_log import followed
from profiles_at_work import key, records
from registry_at_work import RunRegistry, publish, registry
from years_at_work import CERTIFIER, NUMBER, Calendar, certified

from openquality import credentials
from openquality.signing import SigningKey, sign
from openquality_registry.access.operator import make_token
from openquality_registry.access.tokens import Scope
from openquality_registry.bootstrap import Parts
from openquality_validator.entry import digest

Json = dict[str, Any]
Run = Callable[..., Any]
PARTIES = ("assessor", "certifier", "nordbolt", "einkauf", "velanto")
MONTHS = [
    ("2022-01-01", "2022-01-31"),
    ("2022-02-01", "2022-02-28"),
    ("2022-03-01", "2022-03-31"),
    ("2022-04-01", "2022-04-30"),
]


class Registry:
    """A registry, its days, and what parties say in it."""

    def __init__(self, client: httpx2.Client, parts: Parts, calendar: Calendar) -> None:
        self.client, self.parts, self.calendar = client, parts, calendar
        self._number = 0

    def attest(
        self, *claims: Json, by: SigningKey = SUPPLIER, role: str = "producer", **more: str
    ) -> str:
        self._number += 1
        today = self.calendar.now().date().isoformat()
        made = attestation(self._number, claims, signed_on=today, key=by, role=role, **more)
        return self.say(made, by)

    def measure(self, record: str, kind: str, by: SigningKey, **more: str) -> str:
        """Say a certification measure about a record."""
        subject = {
            "id": f"statement:{record}",
            "log": self.parts.folder.origin,
            "measure": kind,
            "reason": "Of 100 lines 94 came on time.",
            **more,
        }
        now = self.calendar.now()
        made = credentials.make(
            "CertificationMeasure", subject, issuer=by.did, name="A party", now=now
        )
        return self.say(made, by)

    def say(self, made: Json, by: SigningKey) -> str:
        statement = sign(made, by)
        answer = publish(self.client, statement)
        assert answer.status_code == 201, answer.text
        return digest(statement)

    def go(self, day: str) -> None:
        """Let a day begin, and all days before it, and wait until the log was followed so far."""
        self.calendar.go(day)
        followed(self.parts, day)

    def deviations(self, **asked: str | int) -> list[Json]:
        followed(self.parts)
        answer = self.client.get("/v1/deviations", params=asked)
        assert answer.status_code == 200, answer.text
        found: list[Json] = answer.json()["items"]
        return found

    def events(self, kind: str) -> list[Json]:
        followed(self.parts)
        found: list[Json] = self.client.get("/v1/events", params={"type": kind}).json()
        return found


@pytest.fixture
def begins() -> str:
    return "2022-01-01"


@pytest.fixture
def world(begins: str, tmp_path: Path) -> Iterator[Registry]:
    calendar = Calendar(begins)
    with registry(tmp_path / "data", clock=calendar) as (client, parts):
        yield Registry(client, parts, calendar)


@pytest.fixture
def either(run_registry: RunRegistry, tmp_path: Path) -> Iterator[Registry]:
    """Run the registry on SQLite, and again on PostgreSQL."""
    calendar = Calendar("2022-01-01")
    with run_registry(tmp_path / "data", clock=calendar) as (client, parts):
        yield Registry(client, parts, calendar)


def told(found: list[Json]) -> list[tuple[str, str, str, str | None]]:
    return [
        (
            each["kind"],
            each["state"],
            each["opened"]["day"],
            each["closed"] and each["closed"]["day"],
        )
        for each in found
    ]


def month(number: int, numerator: int) -> Json:
    return on_time(*MONTHS[number], numerator, 100)


def test_a_broken_promise_opens_asks_for_a_correction_and_is_closed_by_data(
    world: Registry,
) -> None:
    made = world.attest(promise("2022-01-01", "2022-12-31"))
    world.go("2022-02-03")
    world.attest(month(0, 97))
    assert world.deviations() == []
    world.go("2022-03-03")
    missed = world.attest(month(1, 94))
    (found,) = world.deviations(subject=SUBJECT, state="open")
    assert (found["kind"], found["about"], found["issuer"]) == (
        "promise",
        "on-time-delivery",
        SUPPLIER.did,
    )
    assert found["opened"] == {"day": "2022-03-03", "index": 2, "statement": missed}
    assert {each["statement"] for each in found["follows"]} == {made, missed}

    # Whoever received the service, and has said so, asks for a correction.
    world.attest(month(1, 93), by=BUYER, role="observer")
    asked = world.measure(missed, "correctiveActionRequest", BUYER, deadline="2022-03-20")
    (request,) = world.deviations()[0]["requests"]
    assert (request["statement"], request["state"]) == (asked, "requested")
    assert (request["deadline"], request["overdue"]) == ("2022-03-20", False)
    world.go("2022-03-21")
    (request,) = world.deviations()[0]["requests"]
    assert request["overdue"]
    (event,) = world.events("measure.overdue")
    assert (event["time"], event["data"]["statement"]) == ("2022-03-21T00:00:00.000Z", asked)
    world.measure(missed, "correctiveAction", SUPPLIER, about=asked)
    assert world.deviations()[0]["requests"][0]["state"] == "answered"
    world.measure(missed, "closure", BUYER, about=asked, outcome="accepted")
    found = world.deviations()[0]
    assert found["requests"][0]["state"] == "closed"
    # What people say closes the request; the deviation follows from data alone.
    assert found["state"] == "open"
    world.go("2022-04-03")
    world.attest(month(2, 98))
    assert told(world.deviations()) == [("promise", "closed", "2022-03-03", "2022-04-03")]
    opened, closed = world.events("deviation.opened"), world.events("deviation.closed")
    assert [each["data"]["deviation"] for each in (*opened, *closed)] == [found["id"]] * 2


def test_late_data_are_told_on_the_day_and_never_pass(world: Registry) -> None:
    world.attest(promise("2022-01-01", "2022-12-31"))
    world.go("2022-02-03")
    world.attest(month(0, 97))
    world.go("2022-04-01")
    assert world.deviations() == []
    world.go("2022-04-02")
    assert told(world.deviations()) == [("gap", "open", "2022-04-02", None)]
    (event,) = world.events("data.late")
    assert event["time"] == "2022-04-02T00:00:00.000Z"
    assert event["data"]["from"] == "2022-02-01"
    world.attest(month(2, 99))  # March instead of February
    assert told(world.deviations(state="open")) == [("gap", "open", "2022-04-02", None)]
    world.attest(month(1, 96))
    assert told(world.deviations()) == [("gap", "closed", "2022-04-02", "2022-04-02")]


@pytest.mark.parametrize("begins", ["2022-03-25"])
def test_the_end_of_a_certificate_is_announced_and_told(world: Registry) -> None:
    world.say(certified(1, "2022-03-25", audit="2022-03-20", end="2022-06-30"), CERTIFIER)
    renewed = certified(2, "2022-03-25", audit="2022-03-20", end="2022-06-30")
    renewed["credentialSubject"]["claims"][0]["number"] = "QM-2"
    world.say(renewed, CERTIFIER)
    world.go("2022-06-01")
    # 30 June is 90 days after 1 April and 30 days after 31 May.
    assert _ends(world, "certificate.expiring") == [
        ("2022-04-01", 90, NUMBER),
        ("2022-04-01", 90, "QM-2"),
        ("2022-05-31", 30, NUMBER),
        ("2022-05-31", 30, "QM-2"),
    ]
    # Of the one that is renewed no end is told any more.
    later = certified(3, "2022-06-01", audit="2022-05-10", end="2025-06-30")
    later["credentialSubject"]["claims"][0]["number"] = "QM-2"
    world.say(later, CERTIFIER)
    world.go("2022-07-01")
    assert _ends(world, "certificate.expiring")[4:] == [("2022-06-23", 7, NUMBER)]
    assert _ends(world, "certificate.expired") == [("2022-07-01", 0, NUMBER)]


def _ends(world: Registry, kind: str) -> list[tuple[str, int, str]]:
    return [
        (each["time"][:10], each["data"]["days"], each["subject"].rpartition("/")[2])
        for each in world.events(kind)
    ]


def test_pages_go_on_where_they_ended_and_filters_narrow(world: Registry) -> None:
    days = [promise("2022-01-01", "2022-12-31", f"9{n}") for n in range(1, 6)]
    world.attest(*days)
    world.go("2022-02-03")
    world.attest(month(0, 90))
    every = world.deviations()
    assert len(every) == 5
    first = world.client.get("/v1/deviations", params={"limit": 2}).json()
    second = world.client.get("/v1/deviations", params={"limit": 2, "cursor": first["next"]}).json()
    third = world.client.get("/v1/deviations", params={"limit": 2, "cursor": second["next"]}).json()
    assert [*first["items"], *second["items"], *third["items"]] == every
    assert third["next"] is None
    for asked in (
        {"kind": "gap"},
        {"state": "closed"},
        {"since": "2022-02-04"},
        {"subject": "did:key:z6MkOther"},
    ):
        assert world.deviations(**asked) == []
    assert world.deviations(since="2022-02-03", kind="promise") == every
    wrong = world.client.get("/v1/deviations", params={"cursor": first["next"], "kind": "gap"})
    assert wrong.status_code == 422


def bearer(world: Registry) -> dict[str, str]:
    _, secret = make_token(
        world.parts.access,
        name="a buyer",
        scopes=frozenset({Scope.WATCH}),
        issuer=None,
        expires_at=None,
        now=world.calendar.now(),
    )
    return {"authorization": f"Bearer {secret}"}


def test_a_watch_says_how_often_data_must_come(world: Registry) -> None:
    world.attest(month(0, 97) | {"period": {"start": "2021-12-01", "end": "2021-12-31"}})
    asked = {"subject": SUBJECT, "metrics": ["on-time-delivery"], "every": 7}
    assert world.client.post("/v1/watches", json=asked).status_code == 401
    token = bearer(world)
    made = world.client.post("/v1/watches", json=asked, headers=token)
    assert made.status_code == 201, made.text
    assert made.json()["begins"] == "2022-01-02"
    assert world.client.get("/v1/watches", headers=token).json()["items"] == [made.json()]
    assert world.client.get("/v1/watches", headers=bearer(world)).json()["items"] == []
    # A week from 2 January ends on the 8th, and its data are due on the 15th.
    world.go("2022-01-15")
    assert world.deviations() == []
    world.go("2022-01-16")
    (found,) = world.deviations()
    assert (found["kind"], found["detail"]["schedule"]) == (
        "gap",
        f"watch:{made.json()['id']}/on-time-delivery",
    )
    address = f"/v1/watches/{made.json()['id']}"
    assert world.client.delete(address, headers=bearer(world)).status_code == 404
    assert world.client.delete(address, headers=token).json()["ends"] == "2022-01-17"
    world.go("2022-01-17")
    assert told(world.deviations()) == [("gap", "closed", "2022-01-16", "2022-01-17")]
    assert world.deviations()[0]["closed"]["why"] == "ended"


@pytest.mark.parametrize("begins", ["2026-11-19"])
def test_a_watched_profile_tells_when_its_level_falls_and_rises_again(world: Registry) -> None:
    profile = "supplier-onboarding-basic"
    world.attest(promise("2026-01-01", "2026-12-31"))
    made = records(profile)
    keys = {party.did: party for party in map(key, PARTIES)}
    subject = made[-1]["credentialSubject"]["id"]
    answer = world.client.post(
        "/v1/watches", json={"subject": subject, "profile": profile}, headers=bearer(world)
    )
    assert answer.status_code == 201, answer.text
    world.go("2026-11-20")
    published = [world.say(each, keys[each["issuer"]["id"]]) for each in made]
    assert world.client.get(f"/v1/profiles/{profile}/assess/{subject}").json()["level"] is not None
    assert world.deviations() == []

    owner = keys[made[0]["issuer"]["id"]]
    first = _word(world, owner, published[0], "suspended")
    fallen = world.deviations(state="open")
    assert {each["about"] for each in fallen} == {profile}
    assert {each["kind"] for each in fallen} == {"level", "indicator"}
    _word(world, owner, published[0], "reinstated", previous=first)
    assert world.deviations(state="open") == []
    assert {each["closed"]["why"] for each in world.deviations()} == {"met"}
    assert len(world.events("deviation.closed")) == len(fallen)


def _word(world: Registry, by: SigningKey, record: str, state: str, **more: str) -> str:
    said = {
        "id": f"statement:{record}",
        "log": world.parts.folder.origin,
        "state": state,
        "reason": "An error.",
        **more,
    }
    now = world.calendar.now()
    return world.say(
        credentials.make("StatusStatement", said, issuer=by.did, name="N", now=now), by
    )


def test_whoever_has_the_bundles_computes_the_same(
    either: Registry, run: Run, machine: Path
) -> None:
    either.attest(promise("2022-01-01", "2022-06-30"))
    either.go("2022-02-03")
    wrong = either.attest(month(0, 90))
    either.go("2022-02-10")
    either.attest(month(0, 96), supersedes=wrong)
    either.go("2022-03-03")
    either.attest(month(1, 94))
    either.go("2022-05-10")
    either.attest(month(3, 99))
    either.go("2022-09-01")
    expected = either.deviations()
    assert len(expected) == 4
    url = str(either.client.base_url).rstrip("/")
    assert run("trust", "add", url, "--yes", "--with-status-key").code == 0
    asked = ("conformity", "check", SUBJECT, "--registry", url, "--format", "json")
    found = run(*asked)
    assert found.json["differences"] == []
    own = [{name: value for name, value in each.items() if name != "requests"} for each in expected]
    assert found.json["deviations"] == own
    assert found.code == 0  # nothing is open: the promise is over
    for digest_of in {each for item in expected for each in _statements(item)}:
        bundle = either.client.get(f"/v1/statements/{digest_of[7:]}/bundle").content
        (machine / f"{digest_of[7:15]}.bundle.json").write_bytes(bundle)
    past = run("conformity", "check", *machine.glob("*.bundle.json"), "--as-of", "2022-04-15")
    assert past.code == 1
    assert "promise on-time-delivery: open since 2022-03-03" in past.out


def _statements(item: Json) -> Iterator[str]:
    yield from (each["statement"] for each in item["follows"])
    yield from (item[at]["statement"] for at in ("opened", "closed") if item[at]["statement"])
