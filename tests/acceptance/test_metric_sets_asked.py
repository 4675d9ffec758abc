"""A metric set from its publication to a buyer's answer: admission, query, bundles, agents, pages.

Numbers are worked by hand: a limit is the value less 1.644854 times half the expanded uncertainty.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import orjson
import pytest
from agents_at_work import STATELESS, call, connect, content
from anyio import run as run_async
from coated import adhesion, coated, coating
from coated_rows import DIGEST, ROWS, inspected
from published_schemas import published
from registry_at_work import RunRegistry, attestation, publish, trust_in

import openquality_schemas
from openquality import answers, compare, verify
from openquality.signing import SigningKey, generate, sign
from openquality_registry.adapters.sql.index_check import IndexCheck
from openquality_registry.bootstrap import Parts
from openquality_validator import catalogue as catalogues
from openquality_validator import documents, metric_sets
from openquality_validator import query as queries
from openquality_validator.decision.ranked import rank
from openquality_validator.findings import escape

Json = dict[str, Any]
Run = Callable[..., Any]
OWNER = generate()
URI = f"{OWNER.did}/coating"
ADHESION = f"{URI}#coating-adhesion"
AT = f"/credentialSubject/extensions/{escape(URI)}/measurements/0"
SET = orjson.dumps(coating(id=URI))
NEWER = orjson.dumps(coating(id=URI, version="1.1"))
SUPPLIERS = [generate() for _ in range(4)]
# amount, unit, expanded uncertainty (k = 2), substrate; and the lower limit in MPa.
STATED = [
    ("6.2", "MPa", "0.4", "steel"),  # 6.2 - 1.644854 * 0.2 = 5.8710293
    ("7.1", "N/mm2", "2", "steel"),  # 7.1 - 1.644854 * 1 = 5.4551464
    ("5900000", "Pa", "100000", "steel"),  # 5.9 - 1.644854 * 0.05 = 5.8177573
    ("9", "MPa", "0.1", "zinc"),
]


def record(number: int, key: SigningKey, *, pinned: bytes = SET, **members: Any) -> Json:  # noqa: ANN401 - of a claim
    amount, unit, expanded, substrate = STATED[number % 4]
    value = attestation(number, key=key)
    claim = adhesion(value, substrate=substrate) | {
        "value": {"amount": amount, "unit": unit},
        "uncertainty": {"expanded": expanded, "coverageFactor": "2"},
    }
    return coated(value, claim | members, pinned=pinned)


def publication(text: bytes, version: str, **said: Any) -> bytes:  # noqa: ANN401 - of a subject
    return published(
        OWNER,
        kind="metrics",
        id=URI,
        name="coating",
        version=version,
        content=text.decode(),
        **said,
    )


FIRST = publication(SET, "1.0")
Market = tuple[httpx2.Client, Parts, list[str]]


@pytest.fixture(scope="module")
def market(run_registry: RunRegistry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    with run_registry(tmp_path_factory.mktemp("sets") / "data") as (client, parts):
        said = publish(client, FIRST)
        assert said.status_code == 201, said.text
        signed = [sign(record(n, key), key) for n, key in enumerate(SUPPLIERS)]
        for each in signed:
            taken = publish(client, each)
            assert taken.status_code == 201, taken.text
        yield client, parts, [openquality_schemas.digest(each) for each in signed]


def question(**members: Any) -> Json:  # noqa: ANN401 - of a query
    where = {"metric": ADHESION, "comparator": "atLeast", "value": "5.5", "unit": "MPa"}
    where["qualifiers"] = [{"qualifier": "substrate", "code": "steel"}]
    return {"where": [where], "asOf": "2026-11-21", **members}


def found(client: httpx2.Client, document: Json) -> Json:
    answer = client.post("/v1/query", json=document)
    assert answer.status_code == 200, answer.text
    said: Json = answer.json()
    return said


def test_values_of_a_set_are_ranked_by_their_bounds(market: Market) -> None:
    client, _, digests = market

    answer = found(client, question())

    values = [row["values"][0] for row in answer["rows"]]
    assert [value["statement"] for value in values] == [digests[0], digests[2]]
    assert [float(value["lower"]) for value in values] == pytest.approx([5.8710293, 5.8177573])
    assert [float(value["value"]) for value in values] == [6.2, 5.9]
    assert {value["unit"] for value in values} == {"MPa"}
    assert values[1]["original"] == {"amount": "5900000", "unit": "Pa"}
    assert [value["grade"] for value in values] == ["identical", "qualified"]
    assert {value["metric"] for value in values} == {ADHESION}
    left = {each["reason"]: each["count"] for each in answer["leftOut"]}
    assert left == {"threshold": 1, "qualifierDiffers:substrate": 1}
    # `cureTime` is the owner's word of two, and a label; `substrate` is one plain word.
    names = values[0]["qualifiers"].keys()
    assert "substrate" in names
    assert "cureTime" not in names
    assert len(names) == 2


def test_the_same_question_in_a_url_and_on_the_command_line(market: Market, run: Run) -> None:
    client, _, digests = market
    where = f"{ADHESION}>=5.5 MPa"
    asked = {"where": where, "qualifier": f"{ADHESION}.substrate=steel", "as-of": "2026-11-21"}

    in_url = client.get("/v1/query", params=asked)
    assert in_url.json()["rows"] == found(client, question())["rows"]

    options = [part for name, text in asked.items() for part in (f"--{name}", text)]
    ran = run("query", "--registry", str(client.base_url), *options, "--format", "json")
    assert ran.code == 0, ran.err
    shown = [row["values"][0]["statement"] for row in ran.json["rows"]]
    assert shown == [digests[0], digests[2]]


def test_bundles_prove_the_rows_without_the_registry(market: Market) -> None:
    client, _, digests = market
    answer = found(client, question(bundles=True))

    proved = answers.verified(answer, trust=trust_in(client))

    assert proved.refused == ()
    assert proved.verdicts.keys() == {digests[0], digests[2]}
    answer["rows"][0]["values"][0]["lower"] = "6"
    answer["rows"][1]["values"][0]["unit"] = "Pa"
    touched = answers.verified(answer, trust=trust_in(client))
    assert [each.number for each in touched.refused] == [1, 2]


def test_a_bundle_without_the_set_proves_no_value_of_it(market: Market) -> None:
    client, _, digests = market
    answer = found(client, question(bundles=True))
    for each in answer["bundles"].values():
        assert len(each["schemas"]) == 1
        each["schemas"] = []

    proved = answers.verified(answer, trust=trust_in(client))

    assert [each.statement for each in proved.refused] == [digests[0], digests[2]]


def test_records_stand_side_by_side(market: Market) -> None:
    client, _, digests = market

    answer = client.post("/v1/compare", json={"digests": digests, "asOf": "2026-11-21"}).json()

    (of_set,) = (each for each in answer["metrics"] if each["metric"] == ADHESION)
    assert (of_set["direction"], of_set["notStated"]) == ("higherBetter", [])
    grades = [value["grade"] for value in of_set["values"]]
    # To the first one: no population is stated, and zinc is another group than steel.
    assert grades == ["identical", "qualified", "qualified", "notComparable"]


def test_agents_ask_by_the_name_and_read_no_word_of_the_owner(market: Market) -> None:
    client, _, digests = market

    async def asked() -> tuple[Any, Any, Any]:
        async with connect(f"{str(client.base_url).rstrip('/')}/mcp", STATELESS) as session:
            rows = await call(session, "find_comparable", query=question())
            beside = await call(session, "compare", digests=digests[:2])
            explained = await call(session, "explain_metric", metric=ADHESION)
        return rows, beside, explained

    rows, beside, explained = run_async(asked)

    assert ADHESION in content(rows)
    assert digests[0] in content(rows)
    assert ADHESION not in content(beside)  # nobody asked for it by name
    assert explained.is_error
    for result in (rows, beside, explained):
        said = content(result) + str(result.structured_content)
        for words in ("Pull-off", "cylinders", "ISO 4624", "force at failure"):
            assert words not in said


def test_verified_records_compare_and_rank_without_a_registry(market: Market) -> None:
    client, _, digests = market
    trust = trust_in(client)
    verdicts = [
        verify(client.get(f"/v1/statements/{digest[7:]}/bundle").content, trust=trust)
        for digest in digests
    ]
    day = dt.date(2026, 11, 21)

    beside = compare(verdicts, as_of=day)
    asked = {"digests": digests, "asOf": day.isoformat()}
    assert beside["metrics"] == client.post("/v1/compare", json=asked).json()["metrics"]

    # As a decision is replayed: from the records that were kept, and the groups of the answer.
    answer = found(client, question())
    sets = [each for v in verdicts if v.record for each in v.record.valid.sets]
    held = metric_sets.widened(catalogues.load(), metric_sets.newest(sets))
    again = rank(
        queries.parse(question(), catalogue=held, today=day),
        verdicts,
        groups=[(group["key"], group["family"]) for group in answer["groups"]],
    )
    shown = [row["values"][0]["statement"] for row in again.rows]
    assert shown == [row["values"][0]["statement"] for row in answer["rows"]]


def test_a_metric_of_a_set_is_defined_without_its_owner_s_sentences(market: Market) -> None:
    client, _, _ = market

    answer = client.get(f"/v1/metrics/{quote(ADHESION, safe='')}")

    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert said["id"] == ADHESION
    assert said["allowedUnits"] == ["MPa", "N/mm2", "Pa"]
    assert [each["name"] for each in said["qualifiers"]] == ["substrate", "cureTime"]
    assert said["set"]["owner"] == OWNER.did
    assert said["set"]["content"] == openquality_schemas.digest(SET)
    assert b"Pull-off" not in answer.content
    exact = client.get(f"/v1/schemas/{said['set']['content']}")
    assert exact.content == SET
    unknown = client.get(f"/v1/metrics/{quote(f'{URI}#none', safe='')}")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown-term")


def test_people_see_the_metric_and_the_records_that_state_it(market: Market) -> None:
    client, _, digests = market

    page = client.get(f"/catalogue/{quote(ADHESION, safe='')}", headers={"accept": "text/html"})
    assert page.status_code == 200, page.text
    assert "Pull-off adhesion of a coating" in page.text
    assert OWNER.did in page.text
    shown = client.get(
        f"/records/{digests[0].removeprefix('sha256:')}", headers={"accept": "text/html"}
    )
    assert "Pull-off adhesion of a coating" in shown.text
    assert f'href="/catalogue/{quote(ADHESION, safe="")}"' in shown.text
    sets = client.get("/catalogue", headers={"accept": "text/html"}).text
    assert 'href="/schemas?kind=metrics"' in sets
    of_owner = client.get(f"/schemas/{OWNER.did}/coating", headers={"accept": "text/html"})
    assert f'href="/catalogue/{quote(ADHESION, safe="")}"' in of_owner.text
    beside = client.get("/compare", params={"d": digests[:2]}, headers={"accept": "text/html"})
    assert "Pull-off adhesion of a coating" in beside.text


BAD: list[tuple[str, Callable[[Json], Json], str, str]] = [
    ("an unknown metric", lambda c: c | {"metric": "coating-adhesio"}, "C001", "/metric"),
    (
        "a wrong unit",
        lambda c: c | {"value": {"amount": "6", "unit": "J"}},
        "C004",
        "/value/unit",
    ),
    (
        "a missing qualifier",
        lambda c: c | {"qualifiers": c["qualifiers"][:1]},
        "C008",
        "/qualifiers",
    ),
    ("an id twice", lambda c: c | {"id": c["id"].replace("#c9", "#c1")}, "R002", "/id"),
]


@pytest.mark.parametrize(("change", "code", "at"), [b[1:] for b in BAD], ids=[b[0] for b in BAD])
def test_bad_measurements_are_refused_with_their_place(
    market: Market, change: Callable[[Json], Json], code: str, at: str
) -> None:
    value = record(40, SUPPLIERS[0])
    stated = value["credentialSubject"]["extensions"][URI]["measurements"]
    stated[0] = change(stated[0])

    refused = publish(market[0], sign(value, SUPPLIERS[0]))

    assert refused.status_code == 422
    findings = [each for each in refused.json()["findings"] if each["severity"] == "error"]
    assert [(each["code"], each["pointer"]) for each in findings] == [(code, AT + at)]


def test_a_version_that_nobody_published_is_not_admitted(market: Market) -> None:
    value = record(41, SUPPLIERS[0], pinned=NEWER)

    refused = publish(market[0], sign(value, SUPPLIERS[0]))

    assert (refused.status_code, refused.json()["code"]) == (422, "unpublished-schema")


@pytest.mark.parametrize(
    ("document", "code", "at"),
    [
        ({"metric": f"{URI}#none"}, "Q001", "/where/0/metric"),
        ({"metric": "https://nobody.example/set#coating-adhesion"}, "Q001", "/where/0/metric"),
        (
            {"metric": ADHESION, "comparator": "atLeast", "value": "5", "unit": "d"},
            "Q005",
            "/where/0/unit",
        ),
        (
            {"metric": ADHESION, "qualifiers": [{"qualifier": "colour", "code": "red"}]},
            "Q006",
            "/where/0/qualifiers/0/qualifier",
        ),
        ({"metric": "no name at all#x"}, "S006", "/where/0/metric"),
    ],
)
def test_questions_about_what_a_set_does_not_hold_are_refused(
    market: Market, document: Json, code: str, at: str
) -> None:
    refused = market[0].post("/v1/query", json={"where": [document]})

    assert refused.status_code == 422
    assert [(f["code"], f["pointer"]) for f in refused.json()["findings"]] == [(code, at)]


def test_a_set_that_changes_what_a_metric_means_is_not_published(market: Market) -> None:
    changed = coating(id=URI, version="2.0")
    changed["metrics"][0] |= {"canonicalUnit": "N/mm2", "version": "2.0"}

    ancestor = openquality_schemas.digest(FIRST)

    refused = publish(market[0], publication(orjson.dumps(changed), "2.0", ancestor=ancestor))

    assert refused.status_code == 422, refused.text
    assert "Z227" in {each["code"] for each in refused.json()["findings"]}


def test_rows_derived_anew_from_the_log_are_those_of_admission(market: Market) -> None:
    _, parts, _ = market
    store = parts.folder.store
    check = IndexCheck(store.read, origin=parts.folder.origin, operator=None)

    assert list(check.run(store.state().size)) == []


def test_a_question_of_the_past_follows_the_set_as_it_was(
    run_registry: RunRegistry, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with run_registry(tmp_path_factory.mktemp("past") / "data") as (client, _):
        assert publish(client, FIRST).status_code == 201
        assert publish(client, sign(record(0, SUPPLIERS[0]), SUPPLIERS[0])).status_code == 201
        past = question(atCheckpoint={"size": 2})
        before = client.post("/v1/query", json=past).content
        told = client.get("/v1/query", params={"where": ADHESION, "as-of": "2026-11-21"}).json()
        assert told["rows"][0]["values"][0]["stale"] is False

        later = coating(id=URI, version="1.1")
        later["metrics"][0] |= {"maxAgeDays": 1, "version": "1.1"}
        ancestor = openquality_schemas.digest(FIRST)
        taken = publish(client, publication(orjson.dumps(later), "1.1", ancestor=ancestor))
        assert taken.status_code == 201, taken.text

        assert client.post("/v1/query", json=past).content == before
        told = client.get("/v1/query", params={"where": ADHESION, "as-of": "2026-11-21"}).json()
        assert told["rows"][0]["values"][0]["stale"] is True


def test_a_supplier_checks_measurements_with_the_file_of_the_set(run: Run, machine: Path) -> None:
    good, bad = record(50, SUPPLIERS[0]), record(50, SUPPLIERS[0], metric="coating-adhesio")
    (machine / "set.json").write_bytes(SET)
    (machine / "good.json").write_bytes(orjson.dumps(good))
    (machine / "bad.json").write_bytes(orjson.dumps(bad))

    def codes(*arguments: str) -> tuple[int, set[str]]:
        ran = run("validate", *arguments, "--format", "json")
        (document,) = ran.json["documents"]
        return ran.code, {each["code"] for each in document["findings"]}

    # Without the file nobody looked, and the report says so.
    assert codes("bad.json") == (0, {"S033"})
    assert codes("bad.json", "--schema", "set.json") == (1, {"C001"})
    assert codes("good.json", "--schema", "set.json") == (0, set())


def test_a_measurement_of_a_set_is_computed_again_from_its_rows(market: Market) -> None:
    client, _, _ = market
    asked = {"where": [{"metric": f"{URI}#coating-rejection-rate"}], "limit": 10}
    honest = sign(inspected(attestation(60, key=SUPPLIERS[1]), pinned=SET), SUPPLIERS[1])
    wrong = sign(inspected(attestation(61, key=SUPPLIERS[2]), pinned=SET, rejected=2), SUPPLIERS[2])
    for each in (honest, wrong):
        assert publish(client, each).status_code == 201
    before = found(client, asked | {"bundles": True})
    assert [r["values"][0]["verification"] for r in before["rows"]] == ["evidenced"] * 2

    results = []
    for each in (honest, wrong):
        named = openquality_schemas.digest(each)
        brought = client.post(
            "/v1/evidence",
            params={"statement": named},
            content=ROWS,
            headers={"content-type": "text/csv"},
        )
        assert brought.status_code in {200, 201}, brought.text
        results += [r for r in brought.json()["results"] if r["statement"] == named]

    assert [result["outcome"] for result in results] == ["recomputed", "differs"]
    assert all(AT in each["pointer"] for each in results[1]["findings"])
    (value,) = (
        row["values"][0]
        for row in found(client, asked | {"floors": {"verification": "recomputed"}})["rows"]
    )
    assert value["statement"] == openquality_schemas.digest(honest)
    assert float(value["value"]) == 5
    # Offline the same, from the bundle and the rows alone.
    data = documents.canonical(before["bundles"][openquality_schemas.digest(honest)])
    judged = verify(data, trust=trust_in(client), evidence={DIGEST: ROWS})
    (claim,) = (name for name, how in judged.verification if how == "recomputed")
    assert claim.endswith("#c9")


def test_rows_are_computed_again_before_anything_is_sent(run: Run, machine: Path) -> None:
    (machine / "set.json").write_bytes(SET)
    (machine / "rows").mkdir()
    (machine / "rows" / "parts.csv").write_bytes(ROWS)
    for name, rejected in (("good", 3), ("bad", 2)):
        value = inspected(attestation(62, key=SUPPLIERS[0]), pinned=SET, rejected=rejected)
        (machine / f"{name}.json").write_bytes(orjson.dumps(value))

    options = ("--schema", "set.json", "--evidence", "rows", "--format", "json")
    assert run("validate", "good.json", *options).code == 0
    ran = run("validate", "bad.json", *options)

    assert ran.code == 1
    (document,) = ran.json["documents"]
    assert {each["code"][0] for each in document["findings"]} == {"E"}
    assert all(each["pointer"].startswith(AT) for each in document["findings"])
