"""The verdict on a bundle: the untouched one passes, and each defect is named by its step."""

import base64
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import pytest
import rfc8785

import openquality_schemas
from openquality.verifying import compare
from openquality_validator import bundle, catalogue
from openquality_validator.bundle import Outcome, Verdict
from openquality_validator.evidence import Verification
from openquality_validator.measure import Mapping, measure, parse_csv
from openquality_validator.tlog.checkpoint import Checkpoint
from openquality_validator.tlog.note import VerifierKey
from openquality_validator.trust import REQUIRED, LogKey, PinnedIssuer, Trust, TrustedLog

NOW = datetime(2026, 12, 1, tzinfo=UTC)
ADMITTED = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)
PASSING = {"read", "digest", "header", "key", "signature", "schema", "entry", "checkpoint"}

FOREIGN = "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"  # of the did:key spec

Make = Callable[..., Any]


@pytest.fixture
def credential(maker: ModuleType) -> dict[str, Any]:
    value: dict[str, Any] = maker.read_credential()
    value["credentialSchema"]["digestSRI"] = openquality_schemas.attestation_sri()
    return value


@pytest.fixture
def make(maker: ModuleType, credential: dict[str, Any]) -> Make:
    """Make a logged statement under the shipped schema and the catalogue that it names."""
    shipped = catalogue.load(credential["catalogueVersion"])
    names = {"digest": shipped.digest, "version": shipped.version}

    def build(value: dict[str, Any] = credential, **options: Any) -> Any:  # noqa: ANN401
        return maker.make(value, names, **options)

    return build


def trust_of(maker: ModuleType, **options: Any) -> Trust:  # noqa: ANN401
    key = VerifierKey.from_text(maker.vkey(maker.ORIGIN, maker.LOG_SEED))
    window = {name: options.pop(name) for name in ("valid_from", "valid_until") if name in options}
    return Trust(logs=(TrustedLog(maker.ORIGIN, (LogKey(key, **window),)),), **options)


@pytest.fixture
def trust(maker: ModuleType) -> Trust:
    return trust_of(maker)


def verify(data: bytes, trust: Trust, **options: Any) -> Verdict:  # noqa: ANN401
    return bundle.verify(data, trust=trust, **({"now": NOW} | options))


def failure(verdict: Verdict) -> tuple[str, str]:
    """Return step name and code of the one failing step."""
    assert verdict.overall is Outcome.FAIL
    assert verdict.exit_code == 1
    (failing,) = [step for step in verdict.steps if step.outcome is Outcome.FAIL]
    later = verdict.steps[failing.number :]
    assert all((step.outcome, step.code) == (Outcome.UNKNOWN, "V000") for step in later)
    return failing.name, failing.code


def message(verdict: Verdict, name: str) -> str:
    return next(step.message for step in verdict.steps if step.name == name)


def code(verdict: Verdict, name: str) -> str:
    return next(step.code for step in verdict.steps if step.name == name)


# --- what passes ----------------------------------------------------------------------------------


def test_the_untouched_bundle_passes(make: Make, trust: Trust, maker: ModuleType) -> None:
    made = make()
    verdict = verify(made.bundle(), trust)
    assert verdict.overall is Outcome.PASS
    assert verdict.exit_code == 0
    assert [step.number for step in verdict.steps] == list(range(1, 13))
    assert {step.name for step in verdict.steps if step.outcome is Outcome.PASS} == PASSING
    assert [step.code for step in verdict.steps[8:]] == ["V092", "V102", "V114", "V122"]
    assert verdict.record is not None
    assert verdict.record.issuer == maker.did_key(maker.ISSUER_SEED)
    assert verdict.record.digest == maker.digest(made.statement.encode())
    assert verdict.record.identity_level == "L0"
    assert verdict.index == maker.INDEX
    assert verdict.entry is not None
    assert verdict.entry.to_bytes() == made.entries[maker.INDEX]
    assert verdict.checkpoint == Checkpoint(maker.ORIGIN, 7, maker.mth(made.entries))
    assert [value for _, value in verdict.verification] == [Verification.DECLARED]


def test_nothing_is_opened_while_verifying(make: Make, trust: Trust) -> None:
    # An audit hook sees every open and every socket of the process, also those of libraries.
    program = """
import sys
from datetime import datetime
from openquality_validator import bundle
from openquality_validator.trust import Trust
trust = Trust.from_bytes(sys.argv[1].encode())
data, now = sys.argv[2].encode(), datetime.fromisoformat("2026-12-01T00:00:00Z")
bundle.verify(data, trust=trust, now=now)  # reads the shipped schema and catalogue, once
def forbid(event, arguments):
    if event == "open" or event.startswith(("socket.", "os.", "subprocess.", "urllib.")):
        raise SystemExit(f"{event} {arguments}")
sys.addaudithook(forbid)
for _ in range(3):
    assert bundle.verify(data, trust=trust, now=now).exit_code == 0
print("verified")
"""
    done = subprocess.run(
        [sys.executable, "-c", program, trust.to_bytes().decode(), make().bundle().decode()],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("verified\n", "")


def test_a_pinned_issuer_is_called_by_the_verifiers_own_name(make: Make, maker: ModuleType) -> None:
    issuer = PinnedIssuer(maker.did_key(maker.ISSUER_SEED), "our carrier in Ulm")
    verdict = verify(make().bundle(), trust_of(maker, issuers=(issuer,)))
    assert code(verdict, "key") == "V042"
    assert "our carrier in Ulm" in message(verdict, "key")


def test_a_required_step_that_is_unknown_makes_the_whole_unknown(
    make: Make, maker: ModuleType
) -> None:
    verdict = verify(make().bundle(), trust_of(maker, required=(*REQUIRED, "anchors")))
    assert verdict.overall is Outcome.UNKNOWN
    assert verdict.exit_code == 3


# --- (1) and (2) ----------------------------------------------------------------------------------


def test_bytes_that_are_no_bundle_fail_at_reading(trust: Trust) -> None:
    verdict = verify(b"{", trust)
    assert failure(verdict) == ("read", "V011")
    assert "D003" in message(verdict, "read")
    assert verdict.record is None


@pytest.mark.parametrize("part", ["entry", "checkpoint"])
def test_an_entry_or_checkpoint_of_another_format(part: str, make: Make, trust: Trust) -> None:
    value = make().value()
    if part == "entry":
        value["entry"] = value["entry"].replace('"v":1', '"v":2')
    else:
        value["log"]["checkpoint"] = value["log"]["checkpoint"].replace("\n7\n", "\n07\n")
    assert failure(verify(rfc8785.dumps(value), trust)) == ("read", "V011")


def test_tampered_payload(make: Make, trust: Trust, maker: ModuleType) -> None:
    value = make().value()
    header, payload, signature = value["statement"].split(".")
    better = maker.b64url(base64.urlsafe_b64decode(payload + "==").replace(b"97.7181", b"99.9999"))
    value["statement"] = f"{header}.{better}.{signature}"
    assert failure(verify(rfc8785.dumps(value), trust)) == ("digest", "V021")


def test_tampered_payload_with_an_entry_to_match(
    make: Make, trust: Trust, maker: ModuleType
) -> None:
    # Whoever changes the entry too is stopped by the signature, and would be by the log.
    value = make().value()
    honest = value["statement"]
    header, payload, signature = honest.split(".")
    better = maker.b64url(base64.urlsafe_b64decode(payload + "==").replace(b"97.7181", b"99.9999"))
    value["statement"] = f"{header}.{better}.{signature}"
    value["entry"] = value["entry"].replace(
        maker.digest(honest.encode()), maker.digest(value["statement"].encode())
    )
    verdict = verify(rfc8785.dumps(value), trust)
    assert failure(verdict) == ("signature", "V051")
    assert verdict.record is None


def test_proof_that_belongs_to_another_record(make: Make, trust: Trust, maker: ModuleType) -> None:
    made = make()
    value = made.value()
    value["entry"] = made.entries[2].decode()
    value["log"]["index"] = 2
    value["log"]["inclusionProof"] = [maker.b64(step) for step in maker.path(2, made.entries)]
    assert failure(verify(rfc8785.dumps(value), trust)) == ("digest", "V021")


# --- (3) to (6): statements that were logged as they are ------------------------------------------


@pytest.mark.parametrize(
    ("header", "step", "inner"),
    [
        ({"alg": "none"}, ("header", "V031"), "J009"),
        ({"jku": "https://evil.example/keys"}, ("header", "V031"), "J008"),
        ({"typ": "JWT"}, ("header", "V031"), "J005"),
        ({"alg": "ES256"}, ("key", "V041"), "J016"),
        ({"kid": f"{FOREIGN}#a"}, ("key", "V041"), "J014"),
    ],
    ids=["alg none", "jku", "typ", "alg of another key", "foreign kid"],
)
def test_header_or_key_rule_broken(
    header: dict[str, str],
    step: tuple[str, str],
    inner: str,
    make: Make,
    trust: Trust,
    maker: ModuleType,
) -> None:
    payload = base64.urlsafe_b64decode(make().statement.split(".")[1] + "==")
    verdict = verify(make(statement=maker.jws(payload, **header)).bundle(), trust)
    assert failure(verdict) == step
    assert inner in message(verdict, step[0])


def test_signature_by_another_key(make: Make, trust: Trust, maker: ModuleType) -> None:
    signing_input, _, _ = make().statement.rpartition(".")
    forged = maker.b64url(maker.sign(maker.LOG_SEED, signing_input.encode()))
    verdict = verify(make(statement=f"{signing_input}.{forged}").bundle(), trust)
    assert failure(verdict) == ("signature", "V051")


def test_record_that_breaks_the_schema_shows_its_findings(
    make: Make, trust: Trust, credential: dict[str, Any]
) -> None:
    del credential["validFrom"]
    del credential["credentialSubject"]["claims"][0]["period"]
    verdict = verify(make(credential).bundle(), trust)
    assert failure(verdict) == ("schema", "V061")
    assert verdict.report is not None
    assert len(verdict.report.errors) >= 2
    assert verdict.record is None


@pytest.mark.parametrize(
    "changes",
    [{"digest": "sha256:" + "0" * 64}, {"version": "0.9"}, {"version": "x" * 10_000}],
    ids=["other digest", "unknown version", "endless version"],
)
def test_catalogue_that_is_not_the_one_shipped(
    changes: dict[str, str], make: Make, trust: Trust
) -> None:
    value = make().value()
    value["catalogue"] |= changes
    verdict = verify(rfc8785.dumps(value), trust)
    assert failure(verdict) == ("schema", "V061")
    assert len(message(verdict, "schema")) < 1_000


def test_record_under_a_later_catalogue_is_neither_passed_nor_failed(
    make: Make, trust: Trust, credential: dict[str, Any]
) -> None:
    credential["catalogueVersion"] = "1.3"
    credential["credentialSubject"]["claims"][0]["metric"] = "promise-keeping-index"
    verdict = verify(make(credential).bundle(), trust)
    assert verdict.overall is Outcome.UNKNOWN
    outcomes = {step.name: (step.outcome, step.code) for step in verdict.steps}
    assert outcomes["schema"] == (Outcome.UNKNOWN, "V062")
    assert outcomes["evidence"] == (Outcome.UNKNOWN, "V126")
    assert "catalogue 1.3 is needed" in message(verdict, "schema")
    assert verdict.report is not None
    assert verdict.report.valid
    assert "C015" in {finding.code for finding in verdict.report.warnings}
    assert verdict.verification == ()
    with pytest.raises(ValueError, match="that pass"):
        compare([verdict])


# --- (7) and (8): the log -------------------------------------------------------------------------


def test_entry_with_other_subjects_than_the_statement(make: Make, trust: Trust) -> None:
    verdict = verify(make(subjects=["gtin:09506000134352"]).bundle(), trust)
    assert failure(verdict) == ("entry", "V071")
    assert "B007" in message(verdict, "entry")


@pytest.mark.parametrize(
    ("change", "inner"),
    [
        ({"index": 3}, "L042"),
        ({"index": 7}, "L040"),
        ({"index": 2**53 - 1}, "L040"),
        ({"inclusionProof": []}, "L041"),
    ],
    ids=["wrong index", "index beyond the tree", "huge index", "no proof"],
)
def test_inclusion_proof_that_does_not_fit(
    change: dict[str, Any], inner: str, make: Make, trust: Trust
) -> None:
    value = make().value()
    value["log"] |= change
    verdict = verify(rfc8785.dumps(value), trust)
    assert failure(verdict) == ("entry", "V071")
    assert inner in message(verdict, "entry")


def test_corrupted_inclusion_proof(make: Make, trust: Trust, maker: ModuleType) -> None:
    value = make().value()
    value["log"]["inclusionProof"][1] = maker.b64(bytes(32))
    assert failure(verify(rfc8785.dumps(value), trust)) == ("entry", "V071")


def test_checkpoint_with_another_root(make: Make, trust: Trust, maker: ModuleType) -> None:
    made = make()
    value = made.value()
    value["log"]["checkpoint"] = maker.checkpoint(made.entries[::-1])
    assert failure(verify(rfc8785.dumps(value), trust)) == ("entry", "V071")


def test_registry_that_is_not_trusted(make: Make) -> None:
    verdict = verify(make().bundle(), Trust())
    assert failure(verdict) == ("checkpoint", "V082")
    assert "openquality trust" in message(verdict, "checkpoint")
    assert verdict.checkpoint is None


def test_checkpoint_of_another_log(make: Make, trust: Trust, maker: ModuleType) -> None:
    made = make()
    value = made.value()
    value["log"]["checkpoint"] = maker.checkpoint(made.entries, origin="other.example/log")
    assert failure(verify(rfc8785.dumps(value), trust)) == ("checkpoint", "V082")


def test_checkpoint_under_the_right_origin_by_an_unknown_key(
    make: Make, trust: Trust, maker: ModuleType
) -> None:
    made = make()
    value = made.value()
    value["log"]["checkpoint"] = maker.checkpoint(made.entries, seed=maker.ISSUER_SEED)
    assert failure(verify(rfc8785.dumps(value), trust)) == ("checkpoint", "V082")


def test_checkpoint_whose_known_key_did_not_sign_it(
    make: Make, trust: Trust, maker: ModuleType
) -> None:
    made = make()
    value = made.value()
    other = maker.checkpoint(made.entries[:5])
    text = value["log"]["checkpoint"].partition("\n\n")[0]
    value["log"]["checkpoint"] = f"{text}\n\n{other.partition(chr(10) * 2)[2]}"
    verdict = verify(rfc8785.dumps(value), trust)
    assert failure(verdict) == ("checkpoint", "V081")
    assert "L006" in message(verdict, "checkpoint")


@pytest.mark.parametrize(
    ("window", "outcome", "expected"),
    [
        ({"valid_from": NOW, "valid_until": NOW}, Outcome.PASS, "V080"),
        ({"valid_from": NOW + DAY}, Outcome.FAIL, "V083"),
        ({"valid_until": ADMITTED - DAY}, Outcome.FAIL, "V083"),
        ({"valid_until": NOW - DAY}, Outcome.UNKNOWN, "V084"),
    ],
    ids=["inside", "not yet", "retired before admission", "retired since"],
)
def test_log_key_window(
    window: dict[str, datetime], outcome: Outcome, expected: str, make: Make, maker: ModuleType
) -> None:
    verdict = verify(make().bundle(), trust_of(maker, **window))
    assert verdict.overall is outcome
    assert code(verdict, "checkpoint") == expected
    assert (verdict.checkpoint is not None) == (outcome is Outcome.PASS)


# --- (9) consistency ------------------------------------------------------------------------------


def seen_at(made: Any, maker: ModuleType, size: int) -> Checkpoint:  # noqa: ANN401
    return Checkpoint(maker.ORIGIN, size, maker.mth(made.entries[:size]))


@pytest.mark.parametrize("size", range(1, 7))
def test_log_that_continues_what_was_seen(
    size: int, make: Make, trust: Trust, maker: ModuleType
) -> None:
    made = make()
    data = rfc8785.dumps(made.value() | {"consistency": made.consistency(size)})
    verdict = verify(data, trust, seen=seen_at(made, maker, size))
    assert verdict.overall is Outcome.PASS
    assert code(verdict, "consistency") == "V090"


def test_the_same_checkpoint_again(make: Make, trust: Trust, maker: ModuleType) -> None:
    made = make()
    verdict = verify(made.bundle(), trust, seen=seen_at(made, maker, 7))
    assert code(verdict, "consistency") == "V090"


def test_split_view_of_the_same_size(make: Make, trust: Trust, maker: ModuleType) -> None:
    seen = Checkpoint(maker.ORIGIN, 7, bytes(32))
    assert failure(verify(make().bundle(), trust, seen=seen)) == ("consistency", "V095")


def test_log_that_rewrote_what_was_seen(make: Make, trust: Trust, maker: ModuleType) -> None:
    made = make()
    data = rfc8785.dumps(made.value() | {"consistency": made.consistency(3)})
    seen = Checkpoint(maker.ORIGIN, 3, maker.mth(made.entries[2:5]))
    assert failure(verify(data, trust, seen=seen)) == ("consistency", "V091")


@pytest.mark.parametrize(
    ("seen_size", "proof_from", "expected"),
    [(3, None, "V093"), (3, 4, "V093"), (9, None, "V094"), (9, 7, "V094")],
    ids=["no proof", "proof from another size", "older than seen", "older, with a proof"],
)
def test_what_cannot_be_compared_is_unknown(
    seen_size: int,
    proof_from: int | None,
    expected: str,
    make: Make,
    trust: Trust,
    maker: ModuleType,
) -> None:
    made = make()
    value = made.value()
    if proof_from is not None:
        value["consistency"] = made.consistency(proof_from)
    seen = Checkpoint(maker.ORIGIN, seen_size, bytes(32))
    verdict = verify(rfc8785.dumps(value), trust, seen=seen)
    assert code(verdict, "consistency") == expected
    assert verdict.overall is Outcome.PASS  # consistency is not required unless the file says so


def test_a_checkpoint_seen_of_another_log_says_nothing(make: Make, trust: Trust) -> None:
    seen = Checkpoint("other.example/log", 7, bytes(32))
    assert code(verify(make().bundle(), trust, seen=seen), "consistency") == "V092"


# --- (11) status and freshness --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (datetime(2027, 4, 5, 0, 0, 0, tzinfo=UTC), "V114"),
        (datetime(2027, 4, 5, 0, 0, 1, tzinfo=UTC), "V112"),
        (ADMITTED - timedelta(minutes=4), "V114"),
        (ADMITTED - timedelta(minutes=6), "V113"),
    ],
    ids=["last moment", "expired", "clock a little behind", "admitted in the future"],
)
def test_validity_in_time(now: datetime, expected: str, make: Make, trust: Trust) -> None:
    verdict = verify(make().bundle(), trust, now=now)
    assert code(verdict, "status") == expected
    assert verdict.overall is (Outcome.PASS if expected == "V114" else Outcome.FAIL)


def test_record_that_is_not_valid_yet(make: Make, trust: Trust, credential: dict[str, Any]) -> None:
    credential["validFrom"] = "2026-12-01T00:00:01Z"
    verdict = verify(make(credential).bundle(), trust, now=NOW)
    assert failure(verdict) == ("status", "V111")


# --- (12) evidence --------------------------------------------------------------------------------


def test_data_with_another_digest_than_they_are_given_as(make: Make, trust: Trust) -> None:
    verdict = verify(make().bundle(), trust, evidence={"sha256:" + "0" * 64: b"rows"})
    assert failure(verdict) == ("evidence", "V121")


def test_data_that_are_not_the_records_prove_nothing(
    make: Make, trust: Trust, maker: ModuleType
) -> None:
    verdict = verify(make().bundle(), trust, evidence={maker.digest(b"rows"): b"rows"})
    assert verdict.overall is Outcome.UNKNOWN
    assert code(verdict, "evidence") == "V124"


# Sixty deliveries; numbers 0, 7, 14, … 56 came a day late: 51 of 60 were on time.
ROWS = b"Due,Done\n" + b"".join(
    b"2026-01-%02d,2026-01-%02d\n" % (1 + i % 20, 1 + i % 20 + (i % 7 == 0)) for i in range(60)
)


def with_data(credential: dict[str, Any], maker: ModuleType, *, on_time: int) -> dict[str, Any]:
    """State `on_time` of 60 deliveries in the credential, and bind the rows as its evidence."""
    codes = {
        "anchor": "requested",
        "level": "line",
        "event": "receipt",
        "denominatorBasis": "deliveredInPeriod",
    }
    mapping = Mapping(
        kind="onTime",
        columns={"due": "Due", "event": "Done"},
        date_formats={"due": ("%Y-%m-%d",), "event": ("%Y-%m-%d",)},
        qualifiers=tuple({"qualifier": name, "code": code} for name, code in codes.items()),
    )
    found = measure(
        parse_csv(ROWS, mapping.table),
        mapping,
        metrics=("on-time-delivery",),
        catalogue=catalogue.load(credential["catalogueVersion"]),
    ).claims[0]
    claim = credential["credentialSubject"]["claims"][0]
    evidence_id = claim["id"].replace("#c1", "#e1")
    credential["credentialSubject"]["claims"] = [
        found
        | {
            "id": claim["id"],
            "assessor": claim["assessor"],
            "counts": {"numerator": on_time, "denominator": 60},
            "value": {"amount": f"{on_time / 60 * 100:.4f}", "unit": "%"},
            "evidenceRefs": [evidence_id],
        }
    ]
    credential["evidence"] = [
        {
            "id": evidence_id,
            "type": "Dataset",
            "digest": maker.digest(ROWS),
            "mediaType": "text/csv",
            "columns": ["Due", "Done"],
            "rowCount": 60,
            "mapping": mapping.to_json(),
        }
    ]
    return credential


def test_claim_recomputed_from_its_data(
    make: Make, trust: Trust, maker: ModuleType, credential: dict[str, Any]
) -> None:
    data = make(with_data(credential, maker, on_time=51)).bundle()
    alone = verify(data, trust)
    assert alone.overall is Outcome.PASS, alone.steps
    assert [value for _, value in alone.verification] == [Verification.EVIDENCED]
    assert code(alone, "evidence") == "V122"
    again = verify(data, trust, evidence={maker.digest(ROWS): ROWS})
    assert again.overall is Outcome.PASS
    assert [value for _, value in again.verification] == [Verification.RECOMPUTED]
    assert code(again, "evidence") == "V120"


def test_claim_that_its_data_contradict(
    make: Make, trust: Trust, maker: ModuleType, credential: dict[str, Any]
) -> None:
    data = make(with_data(credential, maker, on_time=52)).bundle()
    assert verify(data, trust).overall is Outcome.PASS
    verdict = verify(data, trust, evidence={maker.digest(ROWS): ROWS})
    assert failure(verdict) == ("evidence", "V123")
    assert [value for _, value in verdict.verification] == [Verification.EVIDENCED]


def test_every_step_code_starts_with_its_number(make: Make, trust: Trust) -> None:
    for step in verify(make().bundle(), trust).steps:
        assert step.code[:3] == f"V{step.number:02d}"
    assert json.loads(json.dumps([step.outcome for step in verify(b"", trust).steps]))[0] == "fail"
