"""`openquality certification`, as a certifier, a supplier and an operator use it."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from certified_at_work import (
    CERTIFIER,
    KEY,
    NAME,
    NUMBER,
    STRANGER,
    SUPPLIER,
    TODAY,
    certified,
)
from profiles_at_work import key, records
from registry_at_work import registry, trust_in
from years_at_work import LISTED, Calendar, commands_in

from openquality import signing
from openquality_validator import envelope
from openquality_validator.trust import Trust

Run = Callable[..., Any]
NAMED = f"ISO-9001/{NUMBER}"
REASON = ("--reason", "As it was found.")


@pytest.fixture
def say(run: Run, machine: Path, tmp_path: Path) -> Iterator[Run]:
    """Run commands against a registry of 2026-11-20 that holds a certificate, on that day."""
    parties = {"certifier": CERTIFIER, "supplier": SUPPLIER, "stranger": STRANGER}
    for name, owner in parties.items():
        signing.write_key(machine / f"{name}.key", owner)
    signing.write_key(machine / "assessor.key", key("assessor"))
    (machine / "records.jsonl").write_text("".join(json.dumps(r) + "\n" for r in records(NAME)))
    with certified(registry, tmp_path / "data") as (client, _), commands_in(Calendar(TODAY)):
        whom = Trust(logs=trust_in(client).logs, accreditors=LISTED)
        (machine / "trust.json").write_bytes(whom.to_bytes())
        address = str(client.base_url)

        def command(*words: str | Path, by: str | None = None) -> Any:  # noqa: ANN401 - as `run`
            signed = [] if by is None else ["--key", f"{by}.key"]
            return run(*words, *signed, "--registry", address)

        yield command


def ordered(*words: str) -> tuple[str, ...]:
    return ("certification", *words)


def shown(say: Run, target: str = NAMED, **more: str) -> dict[str, Any]:
    options = [part for name, value in more.items() for part in (f"--{name}", value)]
    ran = say(*ordered("show", target, *options, "--format", "json"))
    assert ran.code == 0, ran.err
    found: dict[str, Any] = ran.json
    return found


def newest(say: Run) -> str:
    return str(shown(say)["events"][-1]["digest"])


def test_a_request_is_answered_sent_back_and_closed(say: Run, machine: Path) -> None:
    (machine / "calibration.pdf").write_bytes(b"%PDF calibrated")
    asked = say(
        *ordered("request", NAMED, "--deadline", "2027-02-28", "--criterion", "7.1.5", *REASON),
        by="certifier",
    )
    assert asked.code == 0, asked.err
    request = newest(say)
    for by, words in (
        ("supplier", ("respond", NAMED, request, "--evidence", "calibration.pdf")),
        ("certifier", ("close", NAMED, request, "refuse")),
        ("supplier", ("respond", NAMED, request)),
    ):
        ran = say(*ordered(*words, *REASON), by=by)
        assert ran.code == 0, ran.err
    assert shown(say)["open"] == [
        {"request": request, "deadline": "2027-02-28", "overdue": False, "awaitsAnswer": False}
    ]
    # Nothing that cannot follow is signed: a second answer, a closure by somebody else.
    again = say(*ordered("respond", NAMED, request, *REASON), by="supplier")
    assert (again.code, "U026" in again.err) == (1, True)
    other = say(*ordered("close", NAMED, request, "accept", *REASON), by="stranger")
    assert (other.code, "U024" in other.err) == (1, True)

    assert say(*ordered("close", NAMED, request, "accept", *REASON), by="certifier").code == 0
    found = shown(say)
    assert found["open"] == []
    assert [each["said"] for each in found["events"]] == [
        "correctiveActionRequest",
        "correctiveAction",
        "closure",
        "correctiveAction",
        "closure",
    ]
    text = say(*ordered("show", NAMED)).out
    assert text.splitlines()[-1] == "No request is open."
    # The signed bytes stay, each under its digest.
    kept = {envelope.digest(path.read_bytes()) for path in machine.glob("*.said.jwt")}
    assert kept == {each["digest"] for each in found["events"]}


def test_a_suspension_an_appeal_and_a_reinstatement(say: Run) -> None:
    assert say(*ordered("warn", NAMED, *REASON), by="certifier").code == 0
    assert say(*ordered("suspend", NAMED, *REASON), by="certifier").code == 0
    suspended = newest(say)
    assert shown(say)["states"] == {CERTIFIER.did: "suspended"}
    assert say(*ordered("appeal", NAMED, suspended, *REASON), by="supplier").code == 0
    appeal = newest(say)
    assert say(*ordered("decide", NAMED, appeal, "uphold", *REASON), by="certifier").code == 0
    assert shown(say)["appeals"] == [{"appeal": appeal, "against": suspended, "outcome": "upheld"}]
    assert shown(say)["states"] == {CERTIFIER.did: "suspended"}
    assert say(*ordered("reinstate", NAMED, *REASON), by="certifier").code == 0
    assert shown(say)["states"] == {CERTIFIER.did: "active"}
    # By the key it is the same certificate.
    assert shown(say, KEY) == shown(say)
    assert shown(say, **{"as-of": "2026-11-19"})["events"] == []

    refused = say(*ordered("suspend", NAMED, *REASON), by="stranger")
    assert (refused.code, "may not speak" in refused.err) == (1, True)
    unsure = say(*ordered("revoke", NAMED, *REASON), by="certifier")
    assert (unsure.code, "--yes" in unsure.err) == (2, True)
    assert say(*ordered("revoke", NAMED, "--yes", *REASON), by="certifier").code == 0
    assert shown(say)["states"] == {CERTIFIER.did: "revoked"}


def assessed(say: Run, machine: Path, *, by: str) -> Path:
    """Fetch the records, and sign what they show under the profile."""
    ran = say(
        "assess", SUPPLIER.did, "--profile", NAME, "--trust", "trust.json", "--as-of", TODAY,
        "--sign", "nordbolt.assessment.jwt", by=by,
    )  # fmt: skip
    assert "Signed:" in ran.err, ran.err
    return machine / "nordbolt.assessment.jwt"


ISSUE = (
    "--profile", NAME, "--edition", "2015", "--number", "AC-26-1", "--scope", "Screws and bolts.",
    "--name", "Klarsicht Assessments GmbH",
)  # fmt: skip


def test_a_certificate_is_issued_from_an_assessment_that_reaches_a_level(
    say: Run, machine: Path
) -> None:
    signed = assessed(say, machine, by="assessor")
    ran = say(*ordered("issue", str(signed), *ISSUE, "--level", "live"), by="assessor")
    assert ran.code == 0, ran.err

    statement = (machine / "nordbolt.assessment.certificate.jwt").read_bytes()
    value = envelope.verify_statement(statement).value
    subject = value["credentialSubject"]
    (claim,), (evidence,) = subject["claims"], value["evidence"]
    assert (subject["id"], subject["issuerRole"]) == (SUPPLIER.did, "assessor")
    assert claim["scheme"] == {"code": "ISO-9001", "edition": "2015"}
    assert (claim["number"], claim["status"]) == ("AC-26-1", "active")
    # Three years from the day of the assessment, the last day included; surveillance in a year.
    assert claim["validity"] == {"start": "2026-11-20", "end": "2029-11-18"}
    assert (claim["lastAudit"], claim["nextAudit"]) == ("2026-11-20", "2027-11-20")
    assert claim["evidenceRefs"] == [evidence["id"]]
    assert evidence["digest"] == envelope.digest(signed.read_bytes())
    # It claims no recognition by anybody, and repeats what a result under the profile is not.
    assert "recognition" not in claim
    assert "never a certificate, and not the word of ISO" in claim["limitations"]
    assert shown(say, "ISO-9001/AC-26-1")["events"] == []
    assert say(*ordered("warn", "ISO-9001/AC-26-1", *REASON), by="assessor").code == 0


def test_what_does_not_carry_a_certificate_makes_none(say: Run, machine: Path) -> None:
    signed = assessed(say, machine, by="assessor")
    for by, more, why in (
        ("supplier", (), "Nobody certifies itself"),
        ("assessor", ("--level", "excellence"), "has no level"),
        ("assessor", ("--profile", "cx-standard"), "another profile"),
    ):
        ran = say(*ordered("issue", str(signed), *ISSUE, *more), by=by)
        assert (ran.code, why in ran.err) == (1, True), ran.err
    # The certificate that the profile asks for is suspended: no level is reached.
    assert say(*ordered("suspend", NAMED, *REASON), by="certifier").code == 0
    signed.unlink()
    blocked = assessed(say, machine, by="assessor")
    ran = say(*ordered("issue", str(blocked), *ISSUE), by="assessor")
    assert (ran.code, "blocked by quality-management" in ran.err) == (1, True), ran.err
    assert list(machine.glob("*.certificate.jwt")) == []
