"""`openquality assess` over files: the shipped examples, signed by those who issue them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from profiles_at_work import FOLDER, key, records, trust

from openquality.signing import sign, write_key

Run = Callable[..., Any]
QUALITY = "quality-management"
AGENT = "procurement-agent"
PARTIES = ("assessor", "certifier", "nordbolt", "einkauf", "velanto")


def signed(name: str, folder: Path) -> list[Path]:
    """Sign the records of an example with the keys of their issuers, into files."""
    keys = {key(party).did: key(party) for party in PARTIES}
    made = []
    for number, record in enumerate(records(name)):
        path = folder / f"{name}-{number}.jwt"
        path.write_bytes(sign(record, keys[record["issuer"]["id"]]))
        made.append(path)
    return made


def lists(name: str, folder: Path) -> Path:
    path = folder / "trust.json"
    path.write_bytes(trust(name).to_bytes())
    return path


def states(found: dict[str, Any]) -> dict[str, str]:
    return {each["id"]: each["state"] for each in found["indicators"]}


def test_signed_records_are_assessed_offline(run: Run, machine: Path) -> None:
    files = signed(QUALITY, machine)
    whom = lists(QUALITY, machine)
    asked = ("--profile", QUALITY, "--trust", whom, "--as-of", "2026-11-20")

    shown = run("assess", *files, *asked)
    assert shown.code == 0
    assert "85.00 of 100.00 points; level: Certificate with live results" in shown.out
    assert "- missing: The worst critical characteristic is capable [capability]" in shown.out
    assert "it is no certificate" in shown.out

    found = run("assess", *files, *asked, "--format", "json").json
    assert (found["points"], found["level"]["id"], found["preview"]) == ("85.00", "live", False)
    assert {each["proof"] for each in found["records"]} == {"signed"}
    assert states(found)["capability"] == "missing"


def test_whom_you_do_not_list_does_not_count(run: Run, machine: Path) -> None:
    files = signed(QUALITY, machine)

    found = run("assess", *files, "--profile", QUALITY, "--as-of", "2026-11-20", "--format", "json")

    assert found.code == 1
    assert found.json["blockedBy"] == ["quality-management"]
    (certificate,) = (e for e in found.json["indicators"] if e["id"] == "quality-management")
    # The certifier is a stranger to this reader, whose word is not even looked at.
    assert (certificate["state"], certificate["reasons"]) == ("missing", ["nothing"])


def test_drafts_are_a_preview_and_only_on_request(run: Run, machine: Path) -> None:
    assert machine.is_dir()
    drafts = FOLDER / QUALITY / "example" / "records.jsonl"

    refused = run("assess", drafts, "--profile", QUALITY)
    assert refused.code == 1
    assert "records.jsonl:1 is not signed" in refused.err

    shown = run("assess", drafts, "--profile", QUALITY, "--as-of", "2026-11-20", "--drafts")
    assert "A preview: records were counted that nobody signed." in shown.out


def test_parameters_change_what_is_asked(run: Run, machine: Path) -> None:
    files = signed(AGENT, machine)
    asked = ("assess", *files, "--profile", AGENT, "--trust", lists(AGENT, machine))
    day = ("--as-of", "2026-11-20", "--format", "json")

    low = run(*asked, *day, "--with", "risk-tier=low").json
    assert low["parameters"] == {"risk-tier": "low"}
    assert states(low)["independent-red-team"] == "notApplicable"

    wrong = run(*asked, *day, "--with", "risk-tier=middling")
    assert wrong.code == 1
    assert "procurement-agent knows no risk-tier=middling" in wrong.err
    assert run(*asked, *day, "--with", "risk-tier").code == 2


def test_a_changed_record_is_refused(run: Run, machine: Path) -> None:
    files = signed(QUALITY, machine)
    text = files[0].read_text()
    files[0].write_text(text[:-4] + ("AAAA" if text[-4:] != "AAAA" else "BBBB"))

    assert run("assess", *files, "--profile", QUALITY).code == 1


def test_a_result_is_signed_and_names_what_it_rests_on(run: Run, machine: Path) -> None:
    files = signed(QUALITY, machine)
    write_key(machine / "assessor.key", key("assessor"))
    made = machine / "result.jwt"
    asked = ("assess", *files, "--profile", QUALITY, "--trust", lists(QUALITY, machine))

    ran = run(
        *asked, "--as-of", "2026-11-20", "--sign", made, "--key", machine / "assessor.key",
        "--name", "Klarsicht Assessments GmbH",
    )  # fmt: skip
    assert ran.code == 0
    assert run("validate", made).code == 0

    from openquality_validator import envelope

    verified = envelope.verify_statement(made.read_bytes())
    said = verified.value["credentialSubject"]
    assert verified.issuer == key("assessor").did
    assert said["issuerRole"] == "assessor"
    assert said["result"]["level"] == "live"
    assert said["result"]["points"] == "85.00"
    digests = {envelope.digest(each.read_bytes()) for each in files}
    assert set(said["result"]["records"]) == digests


def test_a_preview_is_never_signed(run: Run, machine: Path) -> None:
    write_key(machine / "assessor.key", key("assessor"))
    drafts = FOLDER / QUALITY / "example" / "records.jsonl"

    ran = run(
        "assess", drafts, "--profile", QUALITY, "--drafts", "--as-of", "2026-11-20",
        "--sign", "r.jwt", "--key", "assessor.key",
    )  # fmt: skip

    assert ran.code != 0
    assert not (machine / "r.jwt").exists()


def test_a_profile_of_your_own_is_read_from_a_file(run: Run, machine: Path) -> None:
    own = machine / "ours.json"
    text = (FOLDER / QUALITY / "1.0.json").read_text()
    own.write_text(
        text.replace('"id": "quality-management",\n  "version"', '"id": "ours",\n  "version"')
    )
    files = signed(QUALITY, machine)
    asked = ("--trust", lists(QUALITY, machine), "--as-of", "2026-11-20", "--format", "json")

    assert run("assess", *files, "--profile", own, *asked).json["profile"]["id"] == "ours"

    own.write_text(text.replace('"points": "100"', '"points": "99"'))
    refused = run("assess", *files, "--profile", own, *asked)
    assert refused.code == 1
    assert "Z202" in refused.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("no-such.jwt", "nor-this.jwt", "--profile", QUALITY), "There is no file no-such.jwt"),
        (("x", "--profile", "qualty-management"), "quality-management"),
    ],
)
def test_what_is_misspelt_is_said(run: Run, arguments: tuple[str, ...], said: str) -> None:
    ran = run("assess", *arguments)

    assert ran.code == 2
    assert said in ran.err


def test_records_about_several_subjects_ask_for_one(run: Run, machine: Path) -> None:
    files = [*signed(QUALITY, machine), *signed(AGENT, machine)]

    ran = run("assess", *files, "--profile", QUALITY, "--as-of", "2026-11-20")
    assert ran.code == 2
    assert "Name one with --subject" in ran.err


def test_validating_says_too_what_a_profile_still_asks(run: Run, supplier: Path) -> None:
    # Whatever the day: nobody has documented how to recall, which is critical.
    ran = run("validate", "attestation.json", "--profile", "supplier-onboarding-basic")

    assert supplier.is_dir()
    assert ran.code == 1
    assert "1 checked: 1 valid" in ran.err
    assert "Blocked by: recall" in ran.err
    assert "Document the control recall-procedure in a signed assessment of your own." in ran.err
    assert run("validate", "attestation.json").code == 0


def test_validating_under_a_profile_leaves_the_report_to_programs_as_it_is(
    run: Run, supplier: Path
) -> None:
    asked = ("validate", "attestation.json", "--format", "json")

    assert supplier.is_dir()
    ran = run(*asked, "--profile", "supplier-onboarding-basic")
    assert ran.json == run(*asked).json
