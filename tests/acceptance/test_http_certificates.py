"""Certificates over HTTP, on either database: who claims them, how they stand, on which day."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
from registry_at_work import RunRegistry, publish, publish_all
from years_at_work import (
    CERTIFIER,
    NUMBER,
    SCHEME,
    SUPPLIER,
    Calendar,
    certified,
    list_certifier,
)

from openquality import credentials
from openquality.signing import SigningKey, generate, sign
from openquality_registry.bootstrap import Parts
from openquality_validator import envelope
from openquality_validator.status import certificate_key

Json = dict[str, Any]
Served = tuple[httpx2.Client, Parts]
STRANGER = generate()
TODAY = "2022-06-01"
TOO_MANY = 25  # records that state one certificate; 20 are read for a line asked for
ODD = "K 7/8 %41 ü"  # a number as a certifier may write it
# number: its last day. Valid from 2022-03-14 on.
ENDS = {"A-1": "2022-08-30", "A-2": "2022-08-31", "A-3": "2022-05-31", ODD: "2025-03-13"}


def numbered(made: Json, number: str) -> Json:
    made["credentialSubject"]["claims"][0]["number"] = number
    return made


def _strangers(made: Json, number: str = "Z-9") -> Json:
    made["issuer"] = {"id": STRANGER.did, "name": "Another"}
    made["credentialSubject"]["claims"][0]["certifier"] = {"name": "Another"}
    return numbered(made, number)


@pytest.fixture(scope="module")
def served(run_registry: RunRegistry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve what a certifier and a stranger say; the certifier suspends one certificate."""
    folder, calendar = tmp_path_factory.mktemp("certificates") / "data", Calendar()
    with run_registry(folder, clock=calendar):
        pass
    list_certifier(folder)
    with run_registry(folder, clock=calendar) as (client, parts):

        def say(made: Json, key: SigningKey) -> str:
            statement = sign(made, key)
            answer = publish(client, statement)
            assert answer.status_code == 201, answer.text
            return envelope.digest(statement)

        calendar.go("2022-03-14")
        for place, (number, end) in enumerate(ENDS.items()):
            made = certified(place, "2022-03-14", audit="2022-02-10", end=end, stage="initial")
            say(numbered(made, number), CERTIFIER)
        first = say(certified(20, "2022-03-14", audit="2022-02-10", stage="initial"), CERTIFIER)
        # Somebody else calls a certificate of its own the same.
        squatted = certified(21, "2022-03-14", audit="2022-02-10", stage="initial")
        say(_strangers(squatted, NUMBER), STRANGER)
        again = [
            sign(
                _strangers(certified(place, "2022-03-14", audit="2022-02-10", stage="initial")),
                STRANGER,
            )
            for place in range(100, 100 + TOO_MANY)
        ]
        assert publish_all(client, again).text.count('"status":201') == TOO_MANY
        calendar.go("2022-04-04")
        say(certified(22, "2022-04-04", audit="2022-03-28", supersedes=first), CERTIFIER)
        calendar.go("2022-05-02")
        suspended = {
            "id": certificate_key(SCHEME, NUMBER),
            "log": parts.folder.origin,
            "state": "suspended",
            "reason": "An answer is due.",
        }
        made = credentials.make(
            "StatusStatement", suspended, issuer=CERTIFIER.did, name="C", now=calendar.now()
        )
        say(made, CERTIFIER)
        calendar.go(TODAY)
        yield client, parts


def asked(client: httpx2.Client, **parameters: str | int) -> Json:
    answer = client.get("/v1/certificates", params=parameters)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def lines(client: httpx2.Client, **parameters: str | int) -> list[tuple[str, str]]:
    """Return number and state of each line, those of the certifier alone."""
    items = asked(client, certifier=CERTIFIER.did, **parameters)["items"]
    return [(each["number"], each["state"]) for each in items]


def test_certificates_are_listed_by_key_with_their_state(served: Served) -> None:
    client, _ = served
    # In the order of their keys: `%20` comes before letters and digits.
    assert lines(client) == [
        ("A-1", "expiring"), ("A-2", "valid"), ("A-3", "expired"), (ODD, "valid"),
        (NUMBER, "suspended"),
    ]  # fmt: skip


def test_a_strangers_certificate_of_the_same_number_is_a_line_of_its_own(served: Served) -> None:
    client, _ = served
    both = [each for each in asked(client, scheme=SCHEME)["items"] if each["number"] == NUMBER]

    assert [each["issuer"] for each in both] == sorted((CERTIFIER.did, STRANGER.did))
    by = {each["issuer"]: each for each in both}
    assert (by[CERTIFIER.did]["listed"], by[CERTIFIER.did]["state"]) == (True, "suspended")
    # Whom the registry lists for the scheme speaks about every certificate of it.
    assert (by[STRANGER.did]["listed"], by[STRANGER.did]["state"]) == (False, "suspended")


def test_pages_join_to_the_whole(served: Served) -> None:
    client, _ = served
    found, cursor = [], None
    while True:
        more = {} if cursor is None else {"cursor": cursor}
        page = asked(client, limit=2, **more)
        assert len(page["items"]) <= 2
        found += page["items"]
        cursor = page["next"]
        if cursor is None:
            break
    assert found == asked(client)["items"]
    assert len(found) == len(ENDS) + 3


def test_a_page_reads_no_more_than_it_may_and_the_next_goes_on(served: Served) -> None:
    client, _ = served
    # Of the stranger's certificate the log holds more records than are read for one line.
    first = asked(client, certifier=STRANGER.did, state="revoked", limit=1)
    assert first["items"] == []
    assert first["next"] is not None
    last = asked(client, certifier=STRANGER.did, state="revoked", limit=1, cursor=first["next"])
    assert (last["items"], last["next"]) == ([], None)


def test_the_end_is_announced_ninety_days_ahead(served: Served) -> None:
    client, _ = served
    # 30 August is 90 days after 1 June, 31 August is 91.
    assert lines(client, expiringWithin=90) == [("A-1", "expiring")]
    assert lines(client, expiringWithin=91) == [("A-1", "expiring"), ("A-2", "valid")]
    ahead = {each["number"]: each["expiresIn"] for each in asked(client)["items"]}
    assert (ahead["A-1"], ahead["A-2"], ahead["A-3"]) == (90, 91, -1)
    # On its last day a certificate is in force; what is suspended is no longer.
    assert lines(client, expiringWithin=0, asOf="2022-05-31") == [("A-3", "expiring")]
    assert (NUMBER, "suspended") not in lines(client, expiringWithin=3_660)


@pytest.mark.parametrize(
    ("day", "state", "audit"),
    [
        ("2022-03-14", "valid", "2022-02-10"),
        ("2022-04-03", "valid", "2022-02-10"),
        ("2022-04-04", "valid", "2022-03-28"),
        ("2022-05-01", "valid", "2022-03-28"),
        ("2022-05-02", "suspended", "2022-03-28"),
    ],
)
def test_it_is_told_as_it_was_at_the_end_of_a_day(
    served: Served, day: str, state: str, audit: str
) -> None:
    client, _ = served
    found = [each for each in asked(client, asOf=day)["items"] if each["number"] == NUMBER]
    line = next(each for each in found if each["listed"])
    assert (line["state"], line["lastAudit"]) == (state, audit)


def test_nothing_is_known_before_it_came_in(served: Served) -> None:
    client, _ = served
    assert asked(client, asOf="2022-03-13")["items"] == []
    gone = client.get(f"/v1/certificates/{SCHEME}/{NUMBER}", params={"asOf": "2022-03-13"})
    assert (gone.status_code, gone.json()["code"]) == (404, "unknown-certificate")


@pytest.mark.parametrize(
    ("parameters", "count"),
    [
        ({"subject": SUPPLIER.did}, 7),
        ({"subject": CERTIFIER.did}, 0),
        ({"scheme": "ISO-14001"}, 0),
        ({"certifier": STRANGER.did}, 2),
        ({"certifier": SUPPLIER.did}, 0),
        ({"state": "suspended"}, 2),
        ({"state": "superseded"}, 0),
        ({"state": "expired", "subject": SUPPLIER.did}, 1),
    ],
    ids=[
        "the holder", "who holds none", "another scheme", "a certifier", "who certifies nothing",
        "suspended", "superseded", "expired, of the holder",
    ],
)  # fmt: skip
def test_filters_narrow_it(served: Served, parameters: dict[str, str], count: int) -> None:
    client, _ = served
    assert len(asked(client, **parameters)["items"]) == count


def test_a_number_is_escaped_in_an_address(served: Served) -> None:
    client, _ = served
    found = client.get(f"/v1/certificates/{SCHEME}/{quote(ODD, safe='')}").json()
    assert (found["number"], found["certificate"]) == (ODD, certificate_key(SCHEME, ODD))
    assert [each["statement"] for each in found["standing"]] == [
        each["statement"] for each in asked(client)["items"] if each["number"] == ODD
    ]
    assert client.get("/v1/certificates/ISO-9001/%FF").status_code == 400


def test_one_certificate_tells_its_whole_life(served: Served) -> None:
    client, parts = served
    found = client.get(f"/v1/certificates/{SCHEME}/{NUMBER}").json()

    assert [each["issuer"] for each in found["standing"]] == [CERTIFIER.did, STRANGER.did]
    assert [each["state"] for each in found["standing"]] == ["suspended", "suspended"]
    assert found["voices"] == [{"voice": CERTIFIER.did, "state": "suspended", "listed": True}]
    by = [(each["issuer"], each["record"], each["state"]) for each in found["claims"]]
    assert by == [
        (CERTIFIER.did, "active", "suspended"),
        (STRANGER.did, "active", "suspended"),
        (CERTIFIER.did, "superseded", "superseded"),
    ]
    (event,) = found["events"]
    assert (event["said"], event["admitted"]) == ("suspended", "2022-05-02")
    assert event["reason"] == "An answer is due."
    assert found["log"] == {"origin": parts.folder.origin, "size": parts.published_size()}

    before = client.get(f"/v1/certificates/{SCHEME}/{NUMBER}", params={"asOf": "2022-05-01"})
    assert before.json()["voices"] == before.json()["events"] == []
    assert before.json()["standing"][0]["state"] == "valid"


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "good"}, {"expiringWithin": "-1"}, {"expiringWithin": "soon"}, {"limit": "0"},
        {"limit": "101"}, {"asOf": "soon"}, {"asOf": "2022-02-30"}, {"subject": ""},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_value_of_a_parameter_is_refused(served: Served, wrong: dict[str, str]) -> None:
    client, _ = served
    answer = client.get("/v1/certificates", params=wrong)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid-parameter")


def test_a_cursor_continues_its_own_question_alone(served: Served) -> None:
    client, _ = served
    cursor = asked(client, limit=1)["next"]
    for wrong in ({"cursor": cursor, "scheme": SCHEME}, {"cursor": "AAAA"}, {"cursor": "ü"}):
        answer = client.get("/v1/certificates", params=wrong)
        assert (answer.status_code, answer.json()["findings"][0]["code"]) == (422, "Q009")


def test_the_last_day_there_is_ends_no_search(served: Served) -> None:
    client, _ = served
    assert asked(client, asOf="9999-12-31", expiringWithin=3_660)["items"] == []
