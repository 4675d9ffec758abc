"""One question in three forms: as a document, in a URL, and as options of the command."""

import contextlib
import datetime as dt
import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
from registry_at_work import KEY, gtin, publish_all, registry, statement, trust_in

from openquality import Trust, answers, asking
from openquality.cli import compare
from openquality.cli.main import main
from openquality_registry.bootstrap import Parts
from openquality_validator import catalogue, query

COUNT = 6
# Each option with the member that it makes, as docs/spec/query.md writes the document.
OPTIONS: tuple[tuple[dict[str, list[str]], dict[str, Any]], ...] = (
    (
        {"where": ["on-time-delivery>=95 %"], "of": ["value"], "characteristics": ["any"]},
        {
            "where": [
                {
                    "metric": "on-time-delivery",
                    "comparator": "atLeast",
                    "value": "95",
                    "unit": "%",
                    "of": "value",
                    "characteristics": "any",
                }
            ]
        },
    ),
    (
        {"type": ["Product"], "country": ["DE", "FR"], "region": ["DE-BY"]},
        {"subject": {"type": "Product", "countries": ["DE", "FR"], "regions": ["DE-BY"]}},
    ),
    (
        {"identifier": ["gtin:09506000134352"], "granularity": ["model"]},
        {
            "subject": {
                "granularity": "model",
                "identifiers": [{"scheme": "gtin", "value": "09506000134352"}],
            }
        },
    ),
    (
        {"certificate": ["ISO-9001:2015,scope=nace:25.9,on=2026-11-20,accredited"]},
        {
            "certificates": [
                {
                    "scheme": "ISO-9001",
                    "edition": "2015",
                    "scope": {"scheme": "nace", "code": "25.9"},
                    "on": "2026-11-20",
                    "accredited": True,
                }
            ]
        },
    ),
    (
        {"origin": ["DE"], "custody": ["segregated"], "material": ["7439-89-6>=0.5"]},
        {
            "provenance": [
                {
                    "originCountries": ["DE"],
                    "custody": ["segregated"],
                    "material": {"casNumber": "7439-89-6", "minMassFraction": "0.5"},
                }
            ]
        },
    ),
    (
        {"promised": ["on-time-delivery>=95 %"], "achieved": ["lead-time-median<=3 d"]},
        {
            "serviceLevels": [
                {
                    "indicator": "on-time-delivery",
                    "comparator": "atLeast",
                    "value": "95",
                    "unit": "%",
                    "of": "promised",
                },
                {
                    "indicator": "lead-time-median",
                    "comparator": "atMost",
                    "value": "3",
                    "unit": "d",
                    "of": "achieved",
                },
            ]
        },
    ),
    (
        {"rate": ["USD:EUR=0.92@2026-11-19,European Central Bank"]},
        {
            "rates": [
                {
                    "from": "USD",
                    "to": "EUR",
                    "rate": "0.92",
                    "date": "2026-11-19",
                    "source": "European Central Bank",
                }
            ]
        },
    ),
    (
        {"reserve": ["0.2:micro,small,DE"], "diversity": ["0.3"]},
        {
            "fairness": {
                "reserve": {
                    "share": "0.2",
                    "sizeClasses": ["micro", "small"],
                    "countries": ["DE"],
                },
                "diversityWeight": "0.3",
            }
        },
    ),
    (
        {
            "at-checkpoint": ["7"],
            "min-period": ["30"],
            "facet": ["country"],
            "explain": ["true"],
            "bundles": ["1"],
            "limit": ["5"],
        },
        {
            "atCheckpoint": {"size": 7},
            "minPeriodDays": 30,
            "facets": ["country"],
            "explain": True,
            "bundles": True,
            "limit": 5,
        },
    ),
    (
        {"accreditor": ["did:web:office.example=ISO-9001,ISO-14001"], "relation": ["buyer"]},
        {
            "accreditors": [
                {"did": "did:web:office.example", "schemes": ["ISO-9001", "ISO-14001"]}
            ],
            "relations": ["buyer"],
        },
    ),
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[httpx2.Client, Parts]]:
    with registry(tmp_path_factory.mktemp("registry") / "data", rate=0) as running:
        publish_all(running[0], [statement(number) for number in range(COUNT)])
        yield running


@pytest.fixture(scope="module")
def client(served: tuple[httpx2.Client, Parts]) -> httpx2.Client:
    return served[0]


@pytest.fixture(scope="module")
def trust(client: httpx2.Client) -> Trust:
    return trust_in(client)


@pytest.mark.parametrize(("texts", "expected"), OPTIONS, ids=lambda each: next(iter(each)))
def test_texts_make_the_documented_members(
    texts: dict[str, list[str]], expected: dict[str, Any]
) -> None:
    assert expected == asking.document(texts)


def test_every_text_has_its_member_and_its_option(capfd: pytest.CaptureFixture[str]) -> None:
    with contextlib.suppress(SystemExit):
        main(["query", "--help"])
    shown = "".join(capfd.readouterr())
    assert not [name for name in asking.HELP if f"--{name}" not in shown]


def test_a_url_asks_the_same_as_a_document(client: httpx2.Client) -> None:
    document = {
        "where": [
            {"metric": "on-time-delivery", "comparator": "atLeast", "value": "95", "unit": "%"}
        ],
        "subject": {"type": "Product", "identifiers": [{"scheme": "gtin", "value": gtin(3)}]},
        "asOf": "2026-11-20",
        "facets": ["country", "sizeClass"],
    }
    posted = client.post("/v1/query", json=document).json()
    texts = [
        ("where", "on-time-delivery>=95 %"),
        ("type", "Product"),
        ("identifier", f"gtin:{gtin(3)}"),
        ("as-of", "2026-11-20"),
        ("facet", "country"),
        ("facet", "sizeClass"),
    ]
    asked = client.get("/v1/query", params=texts)
    assert asked.json() == posted
    assert posted["total"] == 1
    both = {"where": document["where"], "asOf": "2026-11-20"}
    mixed = client.get("/v1/query", params=[("q", json.dumps(both)), *texts[1:3], *texts[4:]])
    assert mixed.json() == posted


@pytest.mark.parametrize(
    ("texts", "code", "said"),
    [
        ([("where", "on-time-delivary>=95 %")], "Q001", "on-time-delivery"),
        ([("where", "on-time-delivery>=95")], "Q019", "Units:"),
        ([("were", "cpk")], "Q019", "where"),
        ([("where", "cpk"), ("limit", "many")], "Q019", "limit"),
        ([("where", "cpk"), ("explain", "perhaps")], "Q019", "explain"),
        ([("where", "cpk"), ("type", "Product"), ("type", "Site")], "Q019", "once"),
        ([("where", "cpk"), ("rate", "USD=0.92")], "Q019", "USD:EUR=0.92@"),
        ([("type", "Product")], "S002", "where"),
        ([("q", "{}"), ("q", "{}")], "Q019", "twice"),
    ],
)
def test_a_url_that_cannot_be_read_says_what_to_write(
    client: httpx2.Client, texts: list[tuple[str, str]], code: str, said: str
) -> None:
    answer = client.get("/v1/query", params=texts)
    assert answer.status_code == 422
    (finding,) = answer.json()["findings"]
    assert finding["code"] == code
    assert said in json.dumps(finding)


def test_bundles_come_with_the_rows_and_verify_without_the_registry(
    client: httpx2.Client, trust: Trust
) -> None:
    answer = client.get("/v1/query?where=on-time-delivery&bundles=true").json()
    shown = {value["statement"] for row in answer["rows"] for value in row["values"]}
    assert answer["bundles"].keys() == shown
    found = answers.verified(answer, trust=trust)
    assert len(found.document["rows"]) == COUNT
    assert found.refused == ()


def test_no_row_is_believed_without_trust_in_the_log(client: httpx2.Client) -> None:
    answer = client.get("/v1/query?where=on-time-delivery&bundles=true").json()
    found = answers.verified(answer, trust=Trust())
    assert found.document["rows"] == []
    assert len(found.refused) == COUNT


def _other_verification(row: dict[str, Any]) -> None:
    value = row["values"][0]
    value["verification"] = "evidenced" if value["verification"] == "declared" else "declared"


# What a registry may lie about in a row, each by one change of it.
LIES: dict[str, Callable[[dict[str, Any]], object]] = {
    "lower": lambda row: row["values"][0].update(lower="99.9"),
    "original": lambda row: row["values"][0].update(original={"amount": "100", "unit": "%"}),
    "n": lambda row: row["values"][0].update(n=row["values"][0]["n"] + 1),
    "issuer": lambda row: row.update(issuer="did:key:z6Mkother"),
    "period": lambda row: row["values"][0]["period"].update(end="2026-11-19"),
    "qualifiers": lambda row: row["values"][0]["qualifiers"].pop("anchor"),
    "country": lambda row: row["subject"].update(country="IN"),
    "claim": lambda row: row["values"][0].update(claim="urn:uuid:0#c9"),
    "verification": _other_verification,
    "relation": lambda row: row["values"][0].update(relation="assessor"),
    "statement": lambda row: row["values"][0].update(statement="sha256:" + 64 * "0"),
    "index": lambda row: row["values"][0].update(index=row["values"][0]["index"] + 1),
}


def refused(client: httpx2.Client, trust: Trust, lie: Callable[[dict[str, Any]], object]) -> None:
    answer = client.get("/v1/query?where=on-time-delivery&bundles=true").json()
    lie(answer)
    found = answers.verified(answer, trust=trust)
    assert [each.number for each in found.refused] == [1]
    assert len(found.document["rows"]) == COUNT - 1


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
def test_a_row_that_its_record_does_not_prove_is_refused(
    client: httpx2.Client, trust: Trust, lie: Callable[[dict[str, Any]], object]
) -> None:
    refused(client, trust, lambda answer: lie(answer["rows"][0]))


def test_a_row_with_the_bundle_of_another_statement_is_refused(
    client: httpx2.Client, trust: Trust
) -> None:
    def swap(answer: dict[str, Any]) -> None:
        one, other = (row["values"][0]["statement"] for row in answer["rows"][:2])
        answer["bundles"][one] = answer["bundles"][other]

    refused(client, trust, swap)


def test_a_row_with_an_altered_or_without_a_bundle_is_refused(
    client: httpx2.Client, trust: Trust
) -> None:
    def alter(answer: dict[str, Any]) -> None:
        bundle = answer["bundles"][answer["rows"][0]["values"][0]["statement"]]
        bundle["statement"] = bundle["statement"][:-4] + "AAAA"

    refused(client, trust, alter)
    refused(client, trust, lambda a: a["bundles"].pop(a["rows"][0]["values"][0]["statement"]))


def test_a_bundle_of_another_record_is_not_compared_in_its_place(
    client: httpx2.Client, trust: Trust
) -> None:
    answer = client.get("/v1/query?where=on-time-delivery").json()
    digests = [row["values"][0]["statement"] for row in answer["rows"]]
    bundles = [client.get(f"v1/statements/{each[7:]}/bundle").content for each in digests[:2]]
    named = list(zip(digests, bundles, strict=False))
    assert compare._verified(named, trust)["statements"] == digests[:2]
    swapped = list(zip(digests, reversed(bundles), strict=False))
    with pytest.raises(compare.NotVerified, match="gave the bundle of"):
        compare._verified(swapped, trust)


def test_the_word_recomputed_is_not_the_records(client: httpx2.Client, trust: Trust) -> None:
    answer = client.get("/v1/query?where=on-time-delivery&bundles=true").json()
    proved = answer["rows"][0]["values"][0]["verification"]
    answer["rows"][0]["values"][0]["verification"] = "recomputed"
    found = answers.verified(answer, trust=trust)
    assert found.document["rows"][0]["values"][0]["verification"] == proved != "recomputed"


def test_too_many_rows_with_bundles_are_refused_before_any_is_made(client: httpx2.Client) -> None:
    answer = client.get("/v1/query?where=cpk&bundles=true&limit=51")
    assert answer.status_code == 422
    assert [finding["code"] for finding in answer.json()["findings"]] == ["Q018"]


def test_a_checkpoint_that_is_not_there_is_named(client: httpx2.Client) -> None:
    answer = client.get(f"/v1/query?where=cpk&at-checkpoint={COUNT + 1}")
    assert answer.status_code == 422
    assert [finding["code"] for finding in answer.json()["findings"]] == ["Q017"]


def test_an_answer_at_a_checkpoint_stays_the_same_to_the_byte(
    served: tuple[httpx2.Client, Parts],
) -> None:
    client, _ = served
    address = f"/v1/query?where=on-time-delivery&as-of=2026-11-20&at-checkpoint={COUNT}&explain=1"
    before = client.get(address).content
    assert json.loads(before)["total"] == COUNT
    publish_all(client, [statement(number) for number in range(100, 103)])
    assert client.get(address).content == before
    now = client.get("/v1/query?where=on-time-delivery&as-of=2026-11-20").json()
    assert now["total"] == COUNT + 3


def test_a_look_up_at_a_checkpoint_lists_what_stood_there_and_no_more(
    client: httpx2.Client,
) -> None:
    asked: dict[str, Any] = {"issuers": [KEY.did], "limit": 2, "atCheckpoint": {"size": 5}}
    found, cursor = [], None
    while True:
        page = client.post("/v1/lookup", json=asked | ({"cursor": cursor} if cursor else {})).json()
        assert page["log"]["size"] == 5
        found += [item["index"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert found == [0, 1, 2, 3, 4]
    for size, code in ((10_000, "Q017"), (0, "Q011"), ("5", "Q011"), (True, "Q011")):
        refused = client.post("/v1/lookup", json=asked | {"atCheckpoint": {"size": size}})
        assert refused.status_code == 422
        assert refused.json()["findings"][0]["code"] == code


def test_what_is_understood_is_said_with_every_default() -> None:
    question = query.parse(
        {"where": [{"metric": "cpk"}]}, catalogue=catalogue.load(), today=dt.date(2026, 11, 20)
    )
    assert question.fairness is None
    assert not question.explain
    assert KEY.did.startswith("did:key:")
