"""Three years in the life of a supplier's certificate, and the verdict on each of their days.

A registry runs over HTTP in a simulated time; supplier and certifier use the command line. The
profile `quality-management` gives 40 points for a certificate that is valid, accredited, surveyed
and without open major nonconformities (it is critical: without it no level is reached), 15 each for
defects, delivery and capability, 10 for corrective action, 5 for no open majors. The supplier never
measures capability. 40 points are the level `certificate-held`, 85 the level `live`.

A measurement is good for 365 days after its period, a certificate for 395 days after its audit.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import httpx2
import pytest
from commands_at_work import Told, call, home
from registry_at_work import trust_in
from years_at_work import (
    CERTIFIER,
    LISTED,
    NUMBER,
    SCHEME,
    SUPPLIER,
    Calendar,
    certified,
    commands_in,
    measured,
    registry_of_years,
)

from openquality.signing import write_key
from openquality_validator import envelope
from openquality_validator.trust import Trust

Json = dict[str, Any]
PROFILE = "quality-management"
CERTIFICATE = f"{SCHEME}/{NUMBER}"
PATIENCE = 60  # seconds that the feed may lag behind a log of three years
ASSESS = f"/v1/profiles/{PROFILE}/assess/{quote(SUPPLIER.did, safe='')}"


class Day(NamedTuple):
    """What is expected on a day: written by hand, with the reason.

    `certificate`, `delivery` and `others` (defects, corrective action, open majors) are the states
    of indicators with their reasons. `stands` is how the certificate stands and the days to its
    end, `requests` how many are open and how many of them overdue.
    """

    day: str
    points: str
    level: str | None
    certificate: str
    delivery: str
    others: str
    stands: tuple[str, int] | None
    requests: tuple[int, int]
    why: str


P, LATE, NONE = "passed", "stale:tooOld", "missing:nothing"
MAJOR, SUSPENDED = "failed:openNonconformities:major", "failed:certificate:suspended"
DAYS = (
    Day("2022-01-10", "0.00", None, NONE, NONE, NONE, None, (0, 0),
        "Nothing is published yet."),
    Day("2022-02-14", "45.00", None, NONE, P, P, None, (0, 0),
        "15 + 15 + 10 + 5 are measured; without the certificate no level is reached."),
    Day("2022-03-14", "85.00", "live", P, P, P, ("valid", 1095), (0, 0),
        "The certifier publishes the certificate: 40 + 45."),
    Day("2023-01-16", "70.00", "certificate-held", P, "failed:threshold", P, ("valid", 787), (0, 0),
        "2,760 of 2,980 orders were on time, at least 91.8 %: less than 95 %."),
    Day("2023-03-12", "70.00", "certificate-held", P, "failed:threshold", P, ("valid", 732), (0, 0),
        "The audit of 2022-02-10 is 395 days ago."),
    Day("2023-03-13", "30.00", None, "stale:surveillanceOverdue", "failed:threshold", P,
        ("valid", 731), (0, 0), "It is 396 days ago, and nobody looked again."),
    Day("2023-03-20", "70.00", "certificate-held", P, "failed:threshold", P, ("valid", 724), (0, 0),
        "The surveillance of the first year is published."),
    Day("2023-05-08", "30.00", None, MAJOR, "failed:threshold", P, ("valid", 675), (1, 0),
        "A major nonconformity is stated, and corrective action requested by 2023-06-19."),
    Day("2023-06-05", "30.00", None, MAJOR, "failed:threshold", P, ("valid", 647), (1, 0),
        "The supplier answers; the certifier has not looked at it yet."),
    Day("2023-06-12", "70.00", "certificate-held", P, "failed:threshold", P, ("valid", 640), (0, 0),
        "The answer is accepted in time, and no major nonconformity stated any more."),
    Day("2023-07-17", "85.00", "live", P, P, P, ("valid", 605), (0, 0),
        "2,912 of 2,980 orders of the new half-year were on time, at least 97.2 %."),
    Day("2024-03-11", "85.00", "live", P, P, P, ("valid", 367), (0, 0),
        "The surveillance of the second year is published."),
    Day("2024-04-15", "85.00", "live", P, P, P, ("valid", 332), (1, 0),
        "A second corrective action is requested, by 2024-05-15: it changes no verdict."),
    Day("2024-05-15", "85.00", "live", P, P, P, ("valid", 302), (1, 0),
        "The last day to answer."),
    Day("2024-05-16", "85.00", "live", P, P, P, ("valid", 301), (1, 1),
        "The request is overdue; still nobody has suspended the certificate."),
    Day("2024-05-27", "45.00", None, SUSPENDED, P, P, ("suspended", 290), (1, 1),
        "The certifier suspends the certificate."),
    Day("2024-06-10", "45.00", None, SUSPENDED, P, P, ("suspended", 276), (1, 1),
        "The supplier appeals; an appeal suspends nothing."),
    Day("2024-06-24", "45.00", None, SUSPENDED, P, P, ("suspended", 262), (1, 1),
        "The appeal is rejected."),
    Day("2024-06-29", "45.00", None, SUSPENDED, P, P, ("suspended", 257), (1, 1),
        "The measurements to 2023-06-30 are 365 days old."),
    Day("2024-06-30", "0.00", None, SUSPENDED, LATE, LATE, ("suspended", 256), (1, 1),
        "They are 366 days old, and those of the half-year after never came: a gap is no pass."),
    Day("2024-07-08", "45.00", None, SUSPENDED, P, P, ("suspended", 248), (1, 1),
        "The supplier publishes the half-year to 2024-06-30."),
    Day("2024-07-15", "85.00", "live", P, P, P, ("valid", 241), (0, 0),
        "The request is answered and closed, and the certificate reinstated."),
    Day("2024-12-13", "85.00", "live", P, P, P, ("expiring", 90), (0, 0),
        "90 days before its end the certificate is said to expire."),
    Day("2025-03-13", "85.00", "live", P, P, P, ("expiring", 0), (0, 0),
        "The last day of the certificate."),
    Day("2025-03-14", "45.00", None, "stale:expired", P, P, ("expired", -1), (0, 0),
        "It has expired."),
    Day("2025-03-24", "85.00", "live", P, P, P, ("valid", 1094), (0, 0),
        "It is recertified, for three years."),
    Day("2025-07-01", "40.00", "certificate-held", P, LATE, LATE, ("valid", 995), (0, 0),
        "The measurements to 2024-06-30 are 366 days old: the certificate alone is left."),
)  # fmt: skip


# What the registry's feed tells beside the entries themselves, on which day.
EVENTS = [
    ("2023-05-08", "measure.requested"),
    ("2023-06-05", "measure.answered"),
    ("2023-06-12", "measure.closed"),
    ("2024-04-15", "measure.requested"),
    ("2024-05-16", "measure.overdue"),  # the day after the deadline
    ("2024-05-27", "certificate.suspended"),
    ("2024-06-10", "measure.appealed"),
    ("2024-06-24", "measure.decided"),
    ("2024-07-15", "measure.answered"),
    ("2024-07-15", "measure.closed"),
    ("2024-07-15", "certificate.reinstated"),
    ("2024-12-13", "certificate.expiring"),  # 90, 30 and 7 days before 2025-03-13
    ("2025-02-11", "certificate.expiring"),
    ("2025-03-06", "certificate.expiring"),
    ("2025-03-14", "certificate.expired"),
]


class Step(NamedTuple):
    """What a party does: publish a record, or say a word about the certificate.

    `name` is what the statement is called here. Of `words` the first is the command; a name among
    them stands for the digest of that statement. `record` gets the digests by name.
    """

    party: str
    name: str
    words: Sequence[str] = ()
    record: Callable[[Mapping[str, str]], Json] | None = None


def supplier(name: str, *words: str) -> Step:
    return Step("supplier", name, words)


def certifier(name: str, *words: str) -> Step:
    return Step("certifier", name, words)


def measures(name: str, number: int, half: tuple[str, str], day: str, on_time: int = 2_912) -> Step:
    made = measured(number, *half, day, on_time=on_time)
    return Step("supplier", name, record=lambda _: made)


def certifies(name: str, number: int, day: str, *, after: str | None = None, **more: Any) -> Step:  # noqa: ANN401 - of `certified`
    return Step(
        "certifier",
        name,
        record=lambda said: certified(
            number, day, supersedes=None if after is None else said[after], **more
        ),
    )


HAPPENS: Mapping[str, Sequence[Step]] = {
    "2022-02-14": [measures("late-2021", 1, ("2021-07-01", "2021-12-31"), "2022-02-14")],
    "2022-03-14": [certifies("initial", 2, "2022-03-14", audit="2022-02-10", stage="initial")],
    "2023-01-16": [measures("late-2022", 3, ("2022-07-01", "2022-12-31"), "2023-01-16", 2_760)],
    "2023-03-20": [certifies("first", 4, "2023-03-20", audit="2023-03-09", after="initial")],
    "2023-05-08": [
        certifier(
            "request-1", "request", "--deadline", "2023-06-19", "--criterion", "9.1.2",
            "--reason", "Complaints are not followed up.",
        ),
        certifies("major", 5, "2023-05-08", audit="2023-05-04", majors=1, after="first"),
    ],
    "2023-06-05": [
        supplier(
            "answer-1", "respond", "request-1", "--reason", "Each complaint has an owner now."
        )
    ],
    "2023-06-12": [
        certifier("closure-1", "close", "request-1", "accept", "--reason", "Seen on site."),
        certifies("closed", 6, "2023-06-12", audit="2023-06-09", after="major"),
    ],
    "2023-07-17": [measures("early-2023", 7, ("2023-01-01", "2023-06-30"), "2023-07-17")],
    "2024-03-11": [certifies("second", 8, "2024-03-11", audit="2024-03-05", after="closed")],
    "2024-04-15": [
        certifier(
            "request-2", "request", "--deadline", "2024-05-15", "--criterion", "7.1.5",
            "--reason", "The gauges of line 2 have no calibration record.",
        )
    ],
    "2024-05-27": [certifier("suspension", "suspend", "--reason", "No answer came in time.")],
    "2024-06-10": [
        supplier("appeal", "appeal", "suspension", "--reason", "The gauges are in order.")
    ],
    "2024-06-24": [
        certifier(
            "decision", "decide", "appeal", "reject",
            "--reason", "No calibration record was shown.",
        )
    ],
    "2024-07-08": [measures("early-2024", 9, ("2024-01-01", "2024-06-30"), "2024-07-08")],
    "2024-07-15": [
        supplier(
            "answer-2", "respond", "request-2", "--reason", "All gauges of line 2 were calibrated."
        ),
        certifier("closure-2", "close", "request-2", "accept", "--reason", "Seen on site."),
        certifier("reinstated", "reinstate", "--reason", "The request is closed."),
    ],
    "2025-03-24": [
        certifies(
            "again", 10, "2025-03-24", audit="2025-03-18", stage="recertification",
            start="2025-03-24", end="2028-03-22",
        )
    ],
}  # fmt: skip


@dataclass
class Story:
    """Hold the parties' folders, and what was answered on each day and at the end."""

    client: httpx2.Client
    calendar: Calendar
    folder: Path
    said: dict[str, str] = field(default_factory=dict)
    then: dict[str, Json] = field(default_factory=dict)
    stood: dict[str, Json] = field(default_factory=dict)
    later: dict[str, Json] = field(default_factory=dict)
    offline: dict[str, Json] = field(default_factory=dict)

    def run(self, party: str, *arguments: str | Path) -> Told:
        told = call(self.folder / party, *arguments)
        assert told.code == 0, told.err
        return told

    def does(self, step: Step) -> None:
        """Let a party do something, and remember the digest of what it said."""
        if step.record is None:
            command, *rest = (self.said.get(each, each) for each in step.words)
            told = self.run(
                step.party, "certification", command, CERTIFICATE, *rest, "--registry", self.url
            )
            (self.said[step.name],) = re.findall(r"sha256:[0-9a-f]{64}", told.out)
            return
        draft = self.folder / step.party / f"{step.name}.json"
        draft.write_text(json.dumps(step.record(self.said)))
        self.run(step.party, "publish", draft.name, "--registry", self.url, "--yes")
        self.said[step.name] = envelope.digest(draft.with_suffix(".jwt").read_bytes())

    @property
    def url(self) -> str:
        return str(self.client.base_url).rstrip("/")

    def asked(self, day: str) -> Json:
        found: Json = self.client.get(ASSESS, params={"asOf": day}).json()
        return found

    def certificate(self, day: str) -> Json:
        found: Json = self.client.get(
            f"/v1/certificates/{CERTIFICATE}", params={"asOf": day}
        ).json()
        return found


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Let three years pass, ask on each day, and ask for each day again at the end."""
    folder, calendar = tmp_path_factory.mktemp("years"), Calendar()
    for party, key in (("supplier", SUPPLIER), ("certifier", CERTIFIER), ("buyer", None)):
        (folder / party).mkdir()
        if key is not None:
            write_key(folder / party / "openquality.key", key)
    with (
        registry_of_years(folder / "data", calendar) as (client, _),
        home(folder / "home"),
        commands_in(calendar),
    ):
        (folder / "home" / "openquality").mkdir(parents=True)
        trust = Trust(logs=trust_in(client).logs, accreditors=LISTED)
        (folder / "home" / "openquality" / "trust.json").write_bytes(trust.to_bytes())
        told = Story(client, calendar, folder)
        for each in DAYS:
            calendar.go(each.day)
            for step in HAPPENS.get(each.day, ()):
                told.does(step)
            told.then[each.day] = told.asked(each.day)
            told.stood[each.day] = told.certificate(each.day)
        bundles = _bundles(told)
        for each in DAYS:
            told.later[each.day] = told.asked(each.day)
            told.offline[each.day] = _assessed(told, bundles, each.day)
        yield told


def _bundles(story: Story) -> Sequence[str]:
    """Fetch the bundle of every record about the supplier, as a buyer does."""
    answer = story.client.post("/v1/lookup", json={"subjects": [SUPPLIER.did]}).json()
    found = []
    for place, item in enumerate(answer["items"]):
        if item["kind"] == "attestation":
            found.append(f"{place}.bundle.json")
            told = call(
                story.folder / "buyer", "get", item["digest"], "--bundle",
                "--registry", story.url, "-o", found[-1],
            )  # fmt: skip
            assert told.code == 0, told.err
    return found


def _assessed(story: Story, bundles: Sequence[str], day: str) -> Json:
    told = call(
        story.folder / "buyer", "assess", *bundles, "--subject", SUPPLIER.did,
        "--profile", PROFILE, "--as-of", day, "--format", "json",
    )  # fmt: skip
    found: Json = told.json
    assert told.code == (0 if found["level"] else 1), told.err
    return found


def states(found: Json) -> dict[str, str]:
    return {each["id"]: ":".join((each["state"], *each["reasons"])) for each in found["indicators"]}


# Each test is of all days at once, so that the years are not told anew for each worker.


def test_the_verdict_of_each_day_is_as_written(story: Story) -> None:
    told, written = {}, {}
    for day in DAYS:
        found = story.then[day.day]
        level = found["level"] and found["level"]["id"]
        told[day.day, day.why] = (found["points"], level, found["blockedBy"], states(found))
        others = ("defects", "corrective-action", "open-majors")
        indicators = {PROFILE: day.certificate, "delivery": day.delivery, "capability": NONE}
        blocked = [] if day.certificate == P else [PROFILE]
        indicators |= dict.fromkeys(others, day.others)
        written[day.day, day.why] = (day.points, day.level, blocked, indicators)
    assert told == written


def test_the_certificate_stood_on_each_day_as_written(story: Story) -> None:
    told, written = {}, {}
    for day in DAYS:
        lines = story.stood[day.day].get("standing", [])
        told[day.day, day.why] = [
            (each["state"], each["expiresIn"], each["openRequests"], each["overdueRequests"])
            for each in lines
        ]
        written[day.day, day.why] = [] if day.stands is None else [(*day.stands, *day.requests)]
    assert told == written


def test_each_day_is_the_same_when_it_is_asked_for_later(story: Story) -> None:
    assert story.later == story.then
    assert {each.day: story.certificate(each.day) for each in DAYS} == story.stood


def test_a_buyer_computes_the_same_from_bundles_alone(story: Story) -> None:
    assert story.offline == story.then


def test_the_feed_tells_it_on_the_day_and_counts_the_days_between(story: Story) -> None:
    told: list[tuple[str, str]] = []
    after = 0
    for _ in range(PATIENCE):
        batch = story.client.get("/v1/events", params={"after": after, "wait": 1}).json()
        for each in batch:
            after = int(each["sequence"])
            kind = each["type"].removeprefix("org.openquality.").removesuffix(".v1")
            if kind != "statement.admitted":
                assert each["subject"] == f"certificate:{CERTIFICATE}"
                told.append((each["time"][:10], kind))
        if not batch and len(told) >= len(EVENTS):
            break  # nothing follows
    assert told == EVENTS


def test_the_story_is_told_by_the_commands_too(story: Story) -> None:
    told = call(
        story.folder / "buyer", "certification", "show", CERTIFICATE, "--format", "json",
        "--registry", story.url,
    )  # fmt: skip
    assert told.code == 0, told.err
    assert [each["said"] for each in told.json["events"]] == [
        "correctiveActionRequest", "correctiveAction", "closure", "correctiveActionRequest",
        "suspended", "appeal", "decision", "correctiveAction", "closure", "reinstated",
    ]  # fmt: skip
    assert told.json["open"] == []
