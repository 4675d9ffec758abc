"""The kept records alone give the registry's ranking again, for any query; and no other passes."""

import copy
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import registry_at_work
from decisions_at_work import REASONS, draft
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import openquality_schemas
from openquality.client import Client
from openquality.decisions import Inputs, ask, filled
from openquality.decisions.inputs import given as made_of
from openquality.signing import generate, sign
from openquality_validator import documents
from openquality_validator.bundle import Bundle
from openquality_validator.decision.replay import Replay, replay
from openquality_validator.envelope import digest
from openquality_validator.trust import Trust

MAKERS = (
    # late of 480, cpk, size, country
    *((4, "1.10", "micro", "DE"), (12, "1.33", "small", "DE"), (24, "1.50", "large", "CN")),
    *((24, "1.50", "medium", "FR"), (40, "1.60", "small", "CN"), (9, "0.95", "large", "DE")),
    *((30, "1.25", "micro", "FR"), (12, "1.33", "large", "CN"), (70, "1.45", "small", "DE")),
)

LATEST = max(maker[0] for maker in MAKERS)


def soon() -> datetime:
    """Return a moment after all that the registry of the market, a real one, has said by now."""
    return datetime.now(UTC) + timedelta(minutes=1)


def record(number: int, maker: tuple[int, str, str, str], key: Any) -> dict[str, Any]:  # noqa: ANN401 - a key
    """Make a record of a maker: screws with their index and their deliveries."""
    late, index, size, country = maker
    value = registry_at_work.attestation(number, key=key)
    producer = value["credentialSubject"]["producer"]
    producer["sizeClass"], producer["location"] = size, {"country": country}
    screws, deliveries = value["credentialSubject"]["claims"]
    screws["value"]["amount"] = index
    screws["capability"]["mean"] = f"{7.160 - 0.036 * float(index):.5f}"
    deliveries["counts"] = {"numerator": 480 - late, "denominator": 480}
    deliveries["value"]["amount"] = f"{(480 - late) / 4.8:.2f}"
    if late == LATEST:  # measured otherwise, so that it compares with none of the others
        deliveries["qualifiers"][0]["code"] = "requested"
    return value


def earlier(value: dict[str, Any], number: int) -> dict[str, Any]:
    """Give the same maker a better quarter before this one, which stands no longer."""
    older = copy.deepcopy(value)
    older["id"] = f"urn:uuid:00000000-0000-4000-8000-{number:012d}"
    for claim in older["credentialSubject"]["claims"]:
        claim["id"] = f"{older['id']}#{claim['id'].partition('#')[2]}"
        claim["period"] = {"start": "2026-04-01", "end": "2026-06-30"}
        del claim["evidenceRefs"]
    older["credentialSubject"]["claims"][0]["value"]["amount"] = "1.62"
    older["credentialSubject"]["claims"][0]["capability"]["mean"] = "7.10168"
    del older["evidence"]
    return older


def example(name: str, key: Any) -> dict[str, Any]:  # noqa: ANN401 - a key
    """Give a valid example to another issuer."""
    text = openquality_schemas.examples("valid")[name].decode()
    issuer = json.loads(text)["issuer"]["id"]
    value: dict[str, Any] = json.loads(text.replace(issuer, key.did))
    for member in ("credentialStatus", "supersedes", "extensionSchemas"):
        value.pop(member, None)
    return value


def cost(key: Any) -> bytes:  # noqa: ANN401 - a key
    """Sign what a pump costs in euros."""
    value = example("pump-life-cycle-cost.json", key)
    value["credentialSubject"]["claims"][0]["period"] = {"start": "2026-01-01", "end": "2026-10-31"}
    return sign(value, key)


def certificate(key: Any, *, of: str) -> bytes:  # noqa: ANN401 - a key
    """Sign a certificate of an organisation."""
    value = example("management-certificate.json", key)
    subject = value["credentialSubject"]
    subject["id"] = subject["producer"]["party"]["id"] = of
    for holder in (subject, *subject["claims"]):
        holder.pop("extensions", None)
    return sign(value, key)


@pytest.fixture(scope="module")
def market(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Client, Trust, dict[str, bytes]]]:
    """Run a registry with nine makers; give a client of it, the trust in it, and all bundles."""
    with registry_at_work.registry(tmp_path_factory.mktemp("registry")) as (http, _):
        statements = []
        for number, maker in enumerate(MAKERS):
            key = generate()
            value = record(700 + number, maker, key)
            both = [earlier(value, number), value] if number % 3 == 0 else [value]
            statements += [sign(each, key) for each in both]
        for statement in statements:
            answer = registry_at_work.publish(http, statement)
            assert answer.status_code == 201, answer.text
        statements += [cost(generate()), certificate(generate(), of=value["issuer"]["id"])]
        for statement in statements[-2:]:
            answer = registry_at_work.publish(http, statement)
            assert answer.status_code == 201, answer.text
        with Client(str(http.base_url)) as client:
            found = {digest(each): client.bundle(digest(each)) for each in statements}
            yield client, registry_at_work.trust_in(http), found


METRICS = ("on-time-delivery", "cpk")
THRESHOLDS = {"on-time-delivery": ("92", "95", "%"), "cpk": ("1", "1.2", "1")}


@st.composite
def queries(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a query that records alone can answer."""
    names = draw(st.permutations(METRICS))[: draw(st.integers(1, 2))]
    where = []
    for name in names:
        low, high, unit = THRESHOLDS[name]
        asked: dict[str, Any] = {"metric": name}
        if draw(st.booleans()):
            asked |= {"comparator": "atLeast", "value": draw(st.sampled_from([low, high]))}
            asked |= {"unit": unit, "of": draw(st.sampled_from(["bound", "value"]))}
        where.append(asked)
    query: dict[str, Any] = {"where": where, "asOf": "2026-11-21"}
    subject = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "type": st.just("Product"),
                "category": st.just({"scheme": "unspsc", "code": "31160000"}),
                "countries": st.sampled_from([["DE"], ["DE", "CN"]]),
            },
        )
    )
    if subject:
        query["subject"] = subject
    if draw(st.booleans()):
        weights = st.sampled_from(["1", "2", "0.5"])
        query["rank"] = [{"metric": name, "weight": draw(weights)} for name in names]
    if draw(st.booleans()):
        query["fairness"] = draw(
            st.sampled_from(
                [
                    {"reserve": {"share": "0.5", "sizeClasses": ["micro", "small"]}},
                    {"diversityWeight": "0.3"},
                    {"reserve": {"share": "0.4", "countries": ["DE"]}, "diversityWeight": "0.2"},
                ]
            )
        )
    for name, values in (("minSample", [1, 200]), ("maxAgeDays", [60, 200])):
        if draw(st.booleans()):
            query[name] = draw(st.sampled_from(values))
    if draw(st.booleans()):
        query["floors"] = {"verification": draw(st.sampled_from(["declared", "evidenced"]))}
    return query


def content(query: dict[str, Any], inputs: Inputs) -> dict[str, Any]:
    """Make the proposal that takes the first row."""
    objectives = [
        {"objective": each["metric"], "weight": each["weight"]} for each in query.get("rank", ())
    ]
    first = [{"rank": 1, "selected": True, "reasons": REASONS}]
    listed = filled(first, inputs.rows()) if inputs.rows() else []
    return draft(inputs.to_json(), alternatives=listed, objectives=objectives)


def again(query: dict[str, Any], inputs: Inputs) -> Replay:
    files = {digest(each): each for each in inputs.files()}
    return replay(content(query, inputs), files, moment=soon())


def inputs_of(
    market: tuple[Client, Trust, dict[str, bytes]],
    query: dict[str, Any],
    change: Callable[[Any], None] = lambda _answer: None,
    *,
    more: Sequence[str] = (),
) -> Inputs:
    client, trust, bundles = market
    answer = client.query(query)
    change(answer)
    named = {value["statement"] for row in answer["rows"] for value in row["values"]} | {*more}
    return made_of(
        query,
        answer,
        checkpoint=client.checkpoint(),
        trust=trust,
        bundles=[bundles[each] for each in sorted(named)],
        now=soon(),
    )


SLOW = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@SLOW
@given(query=queries(), whole=st.booleans())
def test_any_answer_follows_from_its_records(
    market: tuple[Client, Trust, dict[str, bytes]],
    query: dict[str, Any],
    whole: bool,  # noqa: FBT001 - drawn
) -> None:
    """Also where records are kept that no row rests on: older ones, worse ones, other ones."""
    found = again(query, inputs_of(market, query, more=list(market[2]) if whole else []))
    assert (found.result, found.findings) == ("same", ())


def _swap(answer: Any) -> None:  # noqa: ANN401 - JSON
    answer["rows"][0], answer["rows"][1] = answer["rows"][1], answer["rows"][0]


def _bound(answer: Any) -> None:  # noqa: ANN401 - JSON
    answer["rows"][0]["values"][0]["rankedOn"] = "99.9"


def _better(answer: Any) -> None:  # noqa: ANN401 - JSON
    answer["rows"][-1]["values"][0]["value"] = "100"


def _score(answer: Any) -> None:  # noqa: ANN401 - JSON
    answer["rows"][0]["score"]["total"] = "0.99"


def _place(answer: Any) -> None:  # noqa: ANN401 - JSON
    answer["rows"][0]["values"][0]["index"] += 1


@pytest.mark.parametrize("change", [_swap, _bound, _better, _score, _place])
def test_an_answer_that_was_touched_does_not_follow(
    market: tuple[Client, Trust, dict[str, bytes]], change: Callable[[Any], None]
) -> None:
    query = {
        "where": [{"metric": "on-time-delivery"}, {"metric": "cpk"}],
        "rank": [{"metric": "on-time-delivery", "weight": "1"}],
        "asOf": "2026-11-21",
    }
    assert again(query, inputs_of(market, query)).result == "same"
    found = again(query, inputs_of(market, query, change))
    assert found.result == "differs"
    assert {each.code for each in found.findings} <= {"H055", "H056"}


def test_a_bundle_that_is_left_out_or_altered_is_found(
    market: tuple[Client, Trust, dict[str, bytes]],
) -> None:
    query = {"where": [{"metric": "cpk"}], "asOf": "2026-11-21"}
    inputs = inputs_of(market, query)
    proposal = content(query, inputs)
    files = {digest(each): each for each in inputs.files()}
    gone = {name: data for name, data in files.items() if data != inputs.bundles[0]}
    missing = replay(proposal, gone, moment=soon())
    assert (missing.result, [each.code for each in missing.findings]) == ("unknown", ["H051"])
    bundle = Bundle.from_bytes(inputs.bundles[0])
    forged = inputs.bundles[0].replace(bundle.statement[-20:-10], b"AAAAAAAAAA")
    altered = {**files, digest(inputs.bundles[0]): forged}
    found = replay(proposal, altered, moment=soon())
    assert found.result == "differs"
    assert "H052" in {each.code for each in found.findings}


def test_a_bundle_under_another_records_name_is_found(
    market: tuple[Client, Trust, dict[str, bytes]],
) -> None:
    query = {"where": [{"metric": "cpk"}], "asOf": "2026-11-21"}
    inputs = inputs_of(market, query)
    proposal = content(query, inputs)
    first, second, *_ = proposal["inputs"]["records"]
    first["bundle"], second["bundle"] = second["bundle"], first["bundle"]
    found = replay(proposal, {digest(each): each for each in inputs.files()}, moment=soon())
    assert [each.code for each in found.findings][:2] == ["H052", "H052"]


def test_other_weights_than_the_query_ranked_by_are_found(
    market: tuple[Client, Trust, dict[str, bytes]],
) -> None:
    query = {
        "where": [{"metric": "on-time-delivery"}, {"metric": "cpk"}],
        "rank": [
            {"metric": "on-time-delivery", "weight": "2"},
            {"metric": "cpk", "weight": "1"},
        ],
        "asOf": "2026-11-21",
    }
    inputs = inputs_of(market, query)
    files = {digest(each): each for each in inputs.files()}
    proposal = content(query, inputs)
    same = [{"objective": "on-time-delivery", "weight": "4"}, {"objective": "cpk", "weight": "2"}]
    assert replay({**proposal, "objectives": same}, files, moment=soon()).result == "same"
    other = [{"objective": "on-time-delivery", "weight": "1"}, {"objective": "cpk", "weight": "1"}]
    found = replay({**proposal, "objectives": other}, files, moment=soon())
    assert [each.code for each in found.findings] == ["H057"]


def test_what_no_record_alone_can_say_is_unknown(
    market: tuple[Client, Trust, dict[str, bytes]],
) -> None:
    query = {"where": [{"metric": "cpk", "characteristics": "worst"}], "asOf": "2026-11-21"}
    found = again(query, inputs_of(market, query))
    assert (found.result, [each.code for each in found.findings]) == ("unknown", ["H054"])


def test_asking_pins_the_checkpoint_when_the_answer_has_pages(
    market: tuple[Client, Trust, dict[str, bytes]],
) -> None:
    client, trust, _ = market
    query = {"where": [{"metric": "cpk"}], "asOf": "2026-11-21", "limit": 2}
    inputs = ask(client, query, trust=trust)
    assert len(inputs.rows()) == len(MAKERS)
    asked = documents.parse_object(inputs.query).value
    assert asked["atCheckpoint"] == {"size": len(MAKERS) + 5}
    assert again(query, inputs).result == "same"


def test_amounts_are_converted_by_the_rates_of_the_query(
    market: tuple[Client, Trust, dict[str, bytes]],
) -> None:
    rate = {"from": "EUR", "to": "USD", "rate": "1.1", "date": "2026-11-20", "source": "own"}
    query = {
        "where": [{"metric": "total-cost-of-ownership", "unit": "USD"}],
        "rates": [rate],
        "asOf": "2026-11-21",
    }
    inputs = inputs_of(market, query)
    (row,) = inputs.rows()
    assert float(row["values"][0]["value"]) == 2178  # 1,980 EUR × 1.1
    assert again(query, inputs).result == "same"


def test_a_certificate_is_proved_by_its_own_record_or_stays_the_registrys_word(
    market: tuple[Client, Trust, dict[str, bytes]],
) -> None:
    _, _, bundles = market
    query = {
        "where": [{"metric": "cpk"}],
        "certificates": [{"scheme": "ISO-9001", "edition": "2015"}],
        "asOf": "2026-11-21",
    }
    inputs = inputs_of(market, query)
    assert len(inputs.rows()) == 1
    found = again(query, inputs)
    assert (found.result, [each.code for each in found.findings]) == ("unknown", ["H053"])
    whole = inputs_of(market, query, more=[list(bundles)[-1]])
    assert again(query, whole).result == "same"
