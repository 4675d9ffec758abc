"""The buyer's side: trust, query, compare, get, verify; against a running registry."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

Run = Callable[..., Any]
ON_TIME = "on-time-delivery>=95 %"


@pytest.fixture
def published(
    run: Run, supplier: Path, registry: str, monkeypatch: pytest.MonkeyPatch
) -> dict[str, Any]:
    """Publish one record of a new issuer, and give its result row and subject."""
    monkeypatch.setenv("OPENQUALITY_REGISTRY", registry)
    ran = run("publish", "attestation.json", "--yes", "--format", "json")
    assert ran.code == 0
    record = orjson.loads((supplier / "attestation.json").read_bytes())
    row: dict[str, Any] = ran.json["results"][0]
    return {**row, "subject": record["credentialSubject"]["id"]}


@pytest.fixture
def trusting(run: Run, registry: str) -> None:
    assert run("trust", "add", registry, "--yes").code == 0


def test_trust_shows_what_is_trusted_and_asks_first(run: Run, registry: str) -> None:
    shown = run("trust", "add", registry)
    assert shown.code == 2
    assert "SHA-256" in shown.err
    assert run("trust", "show").out.count("vkey") == 0
    assert run("trust", "add", registry, "--yes").code == 0
    assert run("trust", "show").out.count("vkey") == 1
    assert run("trust", "add", registry).code == 0


def test_trust_says_whether_answers_about_status_are_believed(run: Run, registry: str) -> None:
    assert "status key is not pinned" in run("trust", "add", registry, "--yes").err
    pinned = run("trust", "add", registry, "--yes", "--with-status-key")
    assert "not pinned" not in pinned.err
    assert "not pinned" not in run("trust", "add", registry, "--yes").err


def test_trust_refuses_another_key_for_a_log_it_knows(
    run: Run, registry: str, machine: Path
) -> None:
    from openquality_validator.tlog.note import VerifierKey

    assert run("trust", "add", registry, "--yes", "--file", "trust.json").code == 0
    trust = orjson.loads((machine / "trust.json").read_bytes())
    (log,) = trust["logs"]
    other = VerifierKey.ed25519(log["origin"], bytes(range(32)))
    log["keys"] = [{"vkey": other.to_text()}]
    (machine / "trust.json").write_bytes(orjson.dumps(trust))
    ran = run("trust", "add", registry, "--yes", "--file", "trust.json")
    assert ran.code == 2
    assert "another key" in ran.err
    assert orjson.loads((machine / "trust.json").read_bytes()) == trust


def test_trust_init_overwrites_nothing(run: Run, machine: Path) -> None:
    assert run("trust", "init", "--file", "trust.json").code == 0
    before = (machine / "trust.json").read_bytes()
    assert run("trust", "init", "--file", "trust.json").code == 2
    assert (machine / "trust.json").read_bytes() == before


def test_issuers_and_accreditors_are_pinned_in_the_trust_file(run: Run) -> None:
    did = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
    assert run("trust", "pin", did, "Old name").code == 0
    assert run("trust", "pin", did, "Nordbolt").code == 0
    assert run("trust", "accreditor", did, "ISO 9001", "ISO 14001").code == 0
    shown = run("trust", "show").json
    assert shown["issuers"] == [{"did": did, "name": "Nordbolt"}]
    assert shown["accreditors"] == [{"did": did, "schemes": ["ISO 9001", "ISO 14001"]}]
    assert run("trust", "pin", "nobody", "Nobody").code == 2


def test_a_query_finds_the_record_and_says_what_it_left_out(
    run: Run, published: dict[str, Any]
) -> None:
    found = run("query", "--where", ON_TIME, "--subject", published["subject"], "--format", "json")
    assert found.code == 0
    (row,) = found.json["rows"]
    assert row["values"][0]["statement"] == published["digest"]
    # 468 of 480: the one-sided 95 % Clopper-Pearson bound is 95.9809 % (statistics.md).
    assert float(row["values"][0]["rankedOn"]) == pytest.approx(95.9809, abs=1e-4)
    none = run("query", "--where", "on-time-delivery>=96 %", "--subject", published["subject"])
    assert none.code == 0
    assert "Left out: 1 × on-time-delivery threshold" in none.err


def test_a_question_about_nobody_says_what_narrows_it(run: Run, published: dict[str, Any]) -> None:
    scope = ("--subject", published["subject"], "--type", "Service")
    assert "--type, --granularity" in run("query", "--where", ON_TIME, *scope).err
    scope = ("--subject", published["subject"], "--type", "Product")
    assert "--type, --granularity" not in run("query", "--where", ON_TIME, *scope).err


def test_every_option_reaches_the_query_document(
    run: Run, published: dict[str, Any], machine: Path
) -> None:
    (machine / "query.json").write_bytes(orjson.dumps({"subject": {"type": "Product"}}))
    ran = run(
        *("query", "--query", "query.json", "--where", ON_TIME, "--of", "value"),
        *("--qualifier", "on-time-delivery.anchor=firstConfirmed"),
        *("--qualifier", "on-time-delivery.lateLimit=0 d"),
        *("--granularity", "model", "--subject", published["subject"]),
        *("--verification", "declared", "--independence", "self", "--identity", "L0"),
        *("--relation", "producer", "--relation", "buyer", "--min-sample", "400"),
        *("--max-age", "30", "--as-of", "2100-01-01", "--rank", "on-time-delivery=2"),
        *("--limit", "7", "--format", "json"),
    )
    assert ran.code == 0
    understood = ran.json["query"]
    assert understood["asOf"] == "2100-01-01"
    assert understood["maxAgeDays"] == 30
    assert understood["relations"] == ["producer", "buyer"]
    assert understood["where"][0]["of"] == "value"
    assert understood["where"][0]["minSample"] == 400
    assert [left["reason"] for left in ran.json["leftOut"]] == ["tooOld"]


def test_rows_come_as_a_table_and_as_csv(run: Run, published: dict[str, Any]) -> None:
    asked = ("query", "--where", ON_TIME, "--subject", published["subject"])
    table = run(*asked).out.splitlines()
    assert table[0] == "on-time-delivery in %"
    assert table[1].split()[:3] == ["row", "subject", "value"]
    assert table[-1] == f"  1  {published['digest']}"
    assert max(map(len, table)) <= 100
    (row,) = csv.DictReader(io.StringIO(run(*asked, "--format", "csv").out))
    assert (row["value"], row["unit"], row["n"]) == ("97.5", "%", "480")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--where", "on-time"], "Did you mean"),
        (["--where", "on-time-delivery>=95"], "'on-time-delivery>=95 %'. Units: %, 1,"),
        (["--where", "on-time-delivery>=95 kg"], "kg"),
        (["--where", "on-time-delivery => 95 %"], "write it like"),
        (["--where", ON_TIME, "--qualifier", "cpk.x=1"], "qualifier of cpk"),
        (["--where", ON_TIME, "--qualifier", "on-time-delivery.lateLimit=soon"], "2 d"),
        (["--where", ON_TIME, "--rank", "much"], "write it like"),
        (["--where", ON_TIME, "--category", "31161500"], "unspsc:"),
        (["--where", ON_TIME, "--type", "Thing"], "Thing"),
        (["--where", ON_TIME, "--as-of", "soon"], "soon"),
        (["--where", ON_TIME, "--cursor", "x"], "cursor"),
        (["--query", "missing.json"], "missing.json"),
        ([], "where"),
    ],
)
def test_a_question_that_cannot_be_asked_says_why(
    run: Run, registry: str, arguments: list[str], said: str
) -> None:
    ran = run("query", *arguments, "--registry", registry)
    assert ran.code in {1, 2}
    assert ran.out == ""
    assert said in ran.err


@pytest.mark.usefixtures("trusting")
def test_get_and_verify(run: Run, published: dict[str, Any], supplier: Path) -> None:
    assert run("get", published["digest"], "--bundle", "-o", "got.bundle.json").code == 0
    ran = run("verify", "got.bundle.json", "attestation.bundle.json", "--format", "json")
    assert ran.code == 0
    assert [verdict["overall"] for verdict in ran.json["verdicts"]] == ["pass", "pass"]
    assert ran.json["verdicts"][0]["statement"] == published["digest"]
    assert ran.json["verdicts"][0]["index"] == published["index"]
    run("get", published["digest"], "--jwt", "--output", "got.jwt")
    assert (supplier / "got.jwt").read_bytes() == (supplier / "attestation.jwt").read_bytes()
    assert run("get", published["digest"]).json["digest"] == published["digest"]


@pytest.mark.usefixtures("trusting", "published")
def test_verify_remembers_the_log_and_a_newer_bundle_proves_growth(
    run: Run, machine: Path, published: dict[str, Any]
) -> None:
    assert run("verify", "attestation.bundle.json").code == 0
    run("init", "other")
    other = machine / "other" / "attestation.json"
    other.write_bytes(other.read_bytes().replace(b"#example", b"#c1"))
    run("publish", other, "--key", "other/openquality.key")
    run("get", published["digest"], "--bundle", "-o", "new.bundle.json")
    (verdict,) = run("verify", "new.bundle.json", "--format", "json").json["verdicts"]
    assert [s["outcome"] for s in verdict["steps"] if s["name"] == "consistency"] == ["pass"]
    plain = run("verify", "new.bundle.json", "--no-state", "--format", "json").json
    steps = plain["verdicts"][0]["steps"]
    assert [s["outcome"] for s in steps if s["name"] == "consistency"] == ["unknown"]


@pytest.mark.usefixtures("trusting", "published")
def test_a_changed_bundle_fails_and_shows_the_step(run: Run, machine: Path) -> None:
    data = (machine / "attestation.bundle.json").read_bytes()
    (machine / "bad.bundle.json").write_bytes(data.replace(b'"index":', b'"index":1', 1))
    (machine / "cut.bundle.json").write_bytes(data[: len(data) // 2])
    ran = run("verify", "bad.bundle.json", "cut.bundle.json", "attestation.bundle.json")
    assert ran.code == 1
    assert ran.out.count("FAIL") == 2
    assert ran.out.count("PASS") == 1


@pytest.mark.usefixtures("trusting", "published")
def test_a_required_step_that_is_unknown_makes_the_verdict_unknown(run: Run, machine: Path) -> None:
    trust = run("trust", "show").json
    trust["required"].append("anchors")
    (machine / "strict.json").write_bytes(orjson.dumps(trust))
    ran = run("verify", "attestation.bundle.json", "--trust", "strict.json")
    assert ran.code == 3
    assert "UNKNOWN" in ran.out


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["missing.bundle.json"], "missing.bundle.json: No such file"),
        (["attestation.bundle.json", "--at", "tomorrow"], "2026-11-20T12:00:00Z"),
        (["attestation.bundle.json", "--at", "2026-11-20T12:00:00"], "not a time"),
        (["attestation.bundle.json", "--trust", "attestation.json"], "trust file"),
        (["attestation.bundle.json", "--trust", "missing.json"], "missing.json"),
    ],
)
def test_what_cannot_be_verified_at_all_gives_code_2(
    run: Run, arguments: list[str], said: str
) -> None:
    ran = run("verify", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


@pytest.mark.usefixtures("trusting")
def test_records_compare_the_same_online_and_offline(run: Run, published: dict[str, Any]) -> None:
    online = run("compare", published["digest"], "--format", "json")
    offline = run("compare", "attestation.bundle.json", "--format", "json")
    assert (online.code, offline.code) == (0, 0)
    assert online.json == offline.json
    assert published["digest"] in run("compare", published["digest"]).out


def test_only_verified_bundles_are_compared(run: Run, published: dict[str, Any]) -> None:
    assert published["outcome"] == "published"
    ran = run("compare", "attestation.bundle.json")
    assert ran.code == 1
    assert "openquality verify attestation.bundle.json" in ran.err


def test_an_unknown_digest_is_told(run: Run, registry: str) -> None:
    for command in (["get"], ["get", "--bundle"], ["compare"]):
        ran = run(*command, "sha256:" + "0" * 64, "--registry", registry)
        assert ran.code == 1, command
        assert "unknown-statement" in ran.err


@pytest.mark.parametrize(
    ("term", "said"),
    [
        ("on-time-delivery", "clopperPearson"),
        ("%", "P1"),
        ("A001", "counts"),
        ("V082", "trust add"),
    ],
)
def test_explain_knows_metrics_units_and_codes(run: Run, term: str, said: str) -> None:
    ran = run("explain", term)
    assert ran.code == 0
    assert said in ran.out


def test_explain_offers_the_nearest_for_an_unknown_term(run: Run) -> None:
    ran = run("explain", "on-tme-delivery")
    assert ran.code == 2
    assert "on-time-delivery" in ran.err
