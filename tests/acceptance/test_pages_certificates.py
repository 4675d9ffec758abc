"""The page of a certificate, and what the pages of holder and certifier show of it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from commands_at_work import call, home
from registry_at_work import publish
from years_at_work import (
    CERTIFIER,
    NUMBER,
    SCHEME,
    SUPPLIER,
    Calendar,
    certified,
    registry_of_years,
)

from openquality import credentials
from openquality.signing import SigningKey, sign, write_key
from openquality_registry.bootstrap import Parts
from openquality_validator import envelope
from openquality_validator.status import certificate_key

HTML = {"accept": "text/html"}
SOON = "QM-21-0009"
PAGE = f"/certificates/{SCHEME}/{NUMBER}"


@dataclass
class Scene:
    """Hold a running registry whose certifier asked for a corrective action and suspended."""

    client: httpx2.Client
    parts: Parts
    calendar: Calendar
    digests: dict[str, str]

    def page(self, address: str = PAGE, **more: str) -> str:
        """Return what a page says, without its tags."""
        answer = self.client.get(address, headers=HTML | more)
        assert answer.status_code == 200, answer.text
        return re.sub(r"[ \n]+", " ", re.sub(r"<[^>]+>", " ", answer.text))

    def say(self, name: str, made: dict[str, Any], key: SigningKey) -> None:
        statement = sign(made, key)
        answer = publish(self.client, statement)
        assert answer.status_code == 201, answer.text
        self.digests[name] = envelope.digest(statement)

    def about_it(self, name: str, kind: str, key: SigningKey, **said: str) -> None:
        subject = {"id": certificate_key(SCHEME, NUMBER), "log": self.parts.folder.origin, **said}
        now = self.calendar.now()
        self.say(name, credentials.make(kind, subject, issuer=key.did, name="X", now=now), key)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    calendar = Calendar()
    folder = tmp_path_factory.mktemp("pages") / "data"
    with registry_of_years(folder, calendar) as (client, parts):
        found = Scene(client, parts, calendar, {})
        calendar.go("2022-03-14")
        first = certified(2, "2022-03-14", audit="2022-02-10", stage="initial")
        found.say("first", first, CERTIFIER)
        soon = certified(4, "2022-03-14", audit="2022-02-10", stage="initial", end="2024-07-03")
        soon["credentialSubject"]["claims"][0]["number"] = SOON
        found.say("soon", soon, CERTIFIER)
        calendar.go("2023-03-20")
        after = found.digests["first"]
        second = certified(3, "2023-03-20", audit="2023-03-09", supersedes=after)
        found.say("second", second, CERTIFIER)
        calendar.go("2024-04-15")
        found.about_it(
            "request", "CertificationMeasure", CERTIFIER, measure="correctiveActionRequest",
            deadline="2024-05-15", reason="Gauges of line 2 were not calibrated.",
        )  # fmt: skip
        calendar.go("2024-05-27")
        found.about_it(
            "suspension", "StatusStatement", CERTIFIER, state="suspended", reason="No answer came."
        )
        calendar.go("2024-06-03")
        found.about_it(
            "appeal", "CertificationMeasure", SUPPLIER, measure="appeal",
            about=found.digests["suspension"], reason="The answer was sent by mail.",
        )  # fmt: skip
        yield found


@pytest.mark.parametrize(
    ("day", "line"),
    [
        ("2022-03-14", "✓ Valid Until 13 March 2025."),
        (
            "2024-05-15",
            "✓ Valid Until 13 March 2025. ◷ A corrective action is requested, due today",
        ),
        ("2024-05-26", "✓ Valid Until 13 March 2025. ⚠ A corrective action is requested, overdue"),
        ("2024-06-03", "‖ Suspended It does not count until it is reinstated."),
    ],
)
def test_how_it_stands_comes_first(scene: Scene, day: str, line: str) -> None:
    said = scene.page(f"{PAGE}?asOf={day}").replace("\u00a0", " ")
    assert line in said.replace(" ,", ",")
    assert said.index(line[:9]) < said.index("Held by")


def test_an_end_that_is_near_is_announced_in_days(scene: Scene) -> None:
    # From 3 June to 3 July 2024 there are 30 days.
    assert "◷ Valid, expires in 30 days" in scene.page(f"/certificates/{SCHEME}/{SOON}")
    assert "expires in 30 days" in scene.page(f"/suppliers/{SUPPLIER.did}")
    last = scene.page(f"/certificates/{SCHEME}/{SOON}?asOf=2024-07-03")
    assert "◷ Valid, expires today" in last
    over = scene.page(f"/certificates/{SCHEME}/{SOON}?asOf=2024-07-04").replace("\u00a0", " ")
    assert "⊗ Expired It ended on 3 July 2024." in over


def test_what_is_not_stated_is_said_to_be_that(scene: Scene) -> None:
    assert "Next audit not stated" in scene.page()


def test_its_life_is_told_in_order_with_who_said_what(scene: Scene) -> None:
    said = scene.page()
    words = (
        "What is open", "Appeal, not decided yet", "History", "Corrective action requested",
        "Deadline: 15", "Suspended", "No answer came.", "Appealed", "(the holder)",
        "Records that state it",
    )  # fmt: skip
    places = [said.index(each, said.index("What is open")) for each in words]
    assert places == sorted(places)


def test_records_and_statements_of_it_are_linked(scene: Scene) -> None:
    answer = scene.client.get(PAGE, headers=HTML).text
    for name in ("first", "second"):
        assert f'href="/records/{scene.digests[name][7:]}"' in answer
    for name in ("request", "suspension", "appeal"):
        where = f"/v1/statements/{scene.digests[name][7:]}"
        assert f'href="{where}"' in answer
        assert scene.client.get(where).status_code == 200


def test_pages_of_holder_and_certifier_show_how_it_stands(scene: Scene) -> None:
    for did, heading in (
        (SUPPLIER.did, "Certificates that it holds"),
        (CERTIFIER.did, "Certificates that it claims as the certifier"),
    ):
        answer = scene.client.get(f"/suppliers/{did}", headers=HTML).text
        part = answer[answer.index(heading) :]
        assert f'<a href="{PAGE}">' in part
        assert part.index("Suspended") < part.index("Statements by this issuer")
    holder = scene.page(f"/suppliers/{SUPPLIER.did}")
    assert holder.index("Suspended") < holder.index("Who vouches for this identity")


def test_the_page_of_its_record_says_it_before_all_else(scene: Scene) -> None:
    said = scene.page(f"/records/{scene.digests['second'][7:]}")
    # The record stands; the certificate that it states does not.
    assert said.index("✓ Valid") < said.index(f"‖ Suspended Certificate {SCHEME} {NUMBER}")
    assert said.index("‖ Suspended Certificate") < said.index("Signed by")
    assert "The life of this certificate" in said
    answer = scene.client.get(f"/records/{scene.digests['second'][7:]}", headers=HTML).text
    assert 'class="status status-suspended"' in answer  # and no green frame around it
    assert "CertificationInactive" in answer  # for programs that read the page, too
    assert "CertificationActive" not in answer
    sound = scene.page(f"/records/{scene.digests['soon'][7:]}")
    assert f"◷ Valid, expires in 30 days Certificate {SCHEME} {SOON}" in sound


def test_the_holder_is_told_by_doctor_what_is_open(scene: Scene, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    write_key(tmp_path / "openquality.key", SUPPLIER)
    with home(tmp_path / "home"), pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENQUALITY_REGISTRY", str(scene.client.base_url))
        told = call(tmp_path, "doctor", "--ask-registry", "--format", "json").json["gaps"]
        silent = call(tmp_path, "doctor", "--format", "json").json["gaps"]

    about = {each["code"]: each for each in told if each["code"].startswith("Y06")}
    assert about.keys() == {"Y062", "Y063"}
    assert about["Y062"]["message"] == f"The certificate {SCHEME}/{NUMBER} is suspended."
    assert about["Y063"]["severity"] == "error"
    assert f"certification show {SCHEME}/{NUMBER}" in about["Y063"]["command"]
    assert not [each for each in silent if each["code"].startswith("Y06")]


def test_a_certificate_nobody_knows_has_no_page(scene: Scene) -> None:
    for address in (f"/certificates/{SCHEME}/none", f"{PAGE}?asOf=2022-03-13"):
        answer = scene.client.get(address, headers=HTML)
        assert answer.status_code == 404
        assert answer.headers["content-type"].startswith("text/html")
    assert scene.client.get(f"{PAGE}?asOf=soon", headers=HTML).status_code == 400


def test_texts_of_issuers_stay_text(scene: Scene) -> None:
    hostile = scene.client.get('/certificates/"><script>alert(1)</script>/x', headers=HTML)
    assert hostile.status_code == 404
    assert "<script>alert" not in hostile.text


@pytest.mark.parametrize(
    ("language", "words"), [("de", "Ausgesetzt"), ("fr", "Suspendu")], ids=["de", "fr"]
)
def test_it_speaks_the_readers_language(scene: Scene, language: str, words: str) -> None:
    assert words in scene.page(PAGE, **{"accept-language": language})
