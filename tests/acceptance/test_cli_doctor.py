"""`openquality doctor`: each gap is found, said with what it takes, and gone once that was done."""

import hashlib
import shlex
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import openpyxl
import orjson
import pytest
from registry_at_work import registry as run_one

from openquality import signing
from openquality.cli.application import Commands, application
from openquality.cli.main import main
from openquality.onboarding.wanted import basic
from openquality_schemas import ATTESTATION_ID, newest
from openquality_validator.explain import codes

Run = Callable[..., Any]
Change = Callable[[Path], object]
NOW = datetime.now(UTC)
ADVICE = {"Y004", "Y007", "Y034"}  # an open did:key, and no answers: fine for a start
GLN, GTIN = "9506000134352", "09506000134352"


def day(ago: int) -> str:
    return (NOW - timedelta(days=ago)).date().isoformat()


def deliveries(*, last: int = 10) -> str:
    """Write 120 deliveries in time, the newest so many days ago."""
    rows = "".join(f"{day(last + n)},{day(last + n)}\n" for n in range(120))
    return f"Promised,Delivered\n{rows}"


def measured(folder: Path, *, last: int = 10, bad: int = 1) -> None:
    """Measure what the list asks for into the record."""
    (folder / "deliveries.csv").write_text(deliveries(last=last))
    (folder / "lots.csv").write_text(f"Inspected,Bad\n500,2\n500,{bad}\n")
    into = ("--into", str(folder / "attestation.json"))
    codes = (
        main(
            [
                *("measure", str(folder / "deliveries.csv"), "--metric", "on-time-delivery"),
                *("--due", "Promised", "--event", "Delivered", "--anchor", "requested"),
                *("--level", "line", "--qualifier", "event=receipt"),
                *("--qualifier", "denominatorBasis=deliveredInPeriod"),
                *("--qualifier", "lateLimit=0 d", *into),
            ]
        ),
        main(
            [
                *("measure", str(folder / "lots.csv"), "--metric", "defective-rate"),
                *("--column", "numerator=Bad", "--column", "denominator=Inspected"),
                *("--qualifier", "detectionPoint=incoming", "--qualifier", "countUnit=piece"),
                *("--from", day(last + 90), "--to", day(last), *into),
            ]
        ),
    )
    assert codes == (0, 0)


def answered(folder: Path) -> None:
    """Write the supplier's own answers to the controls that the list asks for."""
    record = orjson.loads((folder / "attestation.json").read_bytes())
    issuer = record["issuer"]
    asked = ("traceability-to-batch", "recall-procedure", "complaint-handling")
    proof = {"kind": "document", "digest": "sha256:" + hashlib.sha256(b"recall").hexdigest()}
    findings = [
        {
            "criterion": criterion,
            "conclusion": "fulfilled",
            "explanation": "See our quality manual.",
            "evidence": [proof],
        }
        for criterion in asked
    ]
    value = {key: record[key] for key in ("@context", "issuer", "validFrom", "validUntil")} | {
        "id": "urn:uuid:00000000-0000-4000-8000-000000000001",
        "type": ["VerifiableCredential", "QualityAssessment"],
        "credentialSchema": {
            "id": ATTESTATION_ID.replace("attestation", "assessment"),
            "type": "JsonSchema",
            "digestSRI": newest("assessment.schema.json")[0],
        },
        "credentialSubject": {
            "id": issuer["id"],
            "type": "Organization",
            "issuerRole": "producer",
            "name": issuer["name"],
            "producer": {"party": issuer},
            "scheme": {"code": basic().profile.scheme, "edition": "1.0"},
            "period": {"start": day(30), "end": day(20)},
            "findings": findings,
        },
    }
    (folder / "answers.json").write_bytes(orjson.dumps(value))


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with run_one(tmp_path_factory.mktemp("registry") / "data") as (client, _):
        yield str(client.base_url)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, url: str) -> Path:
    """Give a folder in which nothing is missing."""
    folder = tmp_path_factory.mktemp("ready")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("home")))
        begun = main(
            [
                *("init", str(folder), "--name", "Nordbolt Fasteners GmbH", "--country", "DE"),
                *("--identifier", f"gln={GLN}", "--product", "Hex bolt M8x40", "--gtin", GTIN),
            ]
        )
        assert begun == 0
        measured(folder)
        sent = ["publish", str(folder / "attestation.json")]
        sent += ["--key", str(folder / "openquality.key"), "--registry", url, "--yes"]
        assert main(sent) == 0
    return folder


@pytest.fixture
def ready(made: Path, machine: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a copy of the folder in which nothing is missing."""
    monkeypatch.setenv("OPENQUALITY_REGISTRY", url)
    shutil.copytree(made, machine / "supplier")
    return machine / "supplier"


def edit(folder: Path, change: Callable[[Any], object], *, name: str = "attestation.json") -> None:
    path = folder / name
    value = orjson.loads(path.read_bytes())
    change(value)
    path.write_bytes(orjson.dumps(value))


def found(run: Run, folder: Path, *options: str) -> set[str]:
    ran = run("doctor", folder, "--format", "json", *options)
    assert ran.code == (0 if ran.json["ready"] else 1)
    assert ran.json["ready"] == all(gap["severity"] == "warning" for gap in ran.json["gaps"])
    return {gap["code"] for gap in ran.json["gaps"]}


def unsigned(folder: Path) -> None:
    """Take away what was made from the record, so that it can be changed."""
    for name in ("attestation.jwt", "attestation.bundle.json"):
        (folder / name).unlink()


def test_nothing_is_missing_in_a_folder_that_is_ready(run: Run, ready: Path) -> None:
    assert found(run, ready, "--ask-registry") == ADVICE
    told = run("doctor", ready)
    assert told.code == 0
    assert "Nothing is missing" in told.out


def dated(start: int, end: int) -> Callable[[Any], object]:
    """Let a record hold from and until so many days from now."""
    first, last = (
        (NOW + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ") for days in (start, end)
    )
    return lambda value: value.update(validFrom=first, validUntil=last)


def _begin_rotation(folder: Path) -> None:
    (folder / "identity" / "pending").mkdir(parents=True)
    (folder / "identity" / "pending" / "line.json").write_bytes(b"{}")


def _other_identity(folder: Path) -> None:
    """Put the key of somebody else in the place of the one that made the records."""
    (folder / "openquality.key").unlink()
    signing.write_key(folder / "openquality.key", signing.generate())


def _example(value: Any) -> None:  # noqa: ANN401 - any JSON value
    claim = value["credentialSubject"]["claims"][0]
    claim["id"] = claim["id"].rpartition("#")[0] + "#example"


def again(folder: Path, **how: int) -> None:
    """Measure anew, with other data, into a record that nobody signed yet."""
    unsigned(folder)
    edit(folder, lambda value: value["credentialSubject"].update(claims=[]))
    edit(folder, lambda value: value.pop("evidence"))
    measured(folder, **how)


def _without_defects(value: Any) -> None:  # noqa: ANN401 - any JSON value
    subject = value["credentialSubject"]
    subject["claims"] = [c for c in subject["claims"] if c["metric"] != "defective-rate"]
    refs = {ref for claim in subject["claims"] for ref in claim["evidenceRefs"]}
    value["evidence"] = [each for each in value["evidence"] if each["id"] in refs]


def _certified(*, ends: int) -> Callable[[Any], object]:
    """Let a record state a certificate whose last day is so many days from now."""

    def change(value: Any) -> None:  # noqa: ANN401 - any JSON value
        claim = {
            "id": f"{value['id']}#certificate",
            "type": "CertificateClaim",
            "scheme": {"code": "ISO-9001", "edition": "2015"},
            "number": "QM-25-1187",
            "scope": {"text": "All sites."},
            "certifier": {"name": "Rheinprüf Zertifizierung GmbH"},
            "validity": {"start": day(900), "end": day(-ends)},
            "status": "active",
        }
        value["credentialSubject"]["claims"].append(claim)

    return change


RESIGN = {"Y051"}  # a changed record is no longer the signed one
CASES: dict[str, tuple[Change, set[str]]] = {
    "Y001": (lambda at: (at / "openquality.key").unlink(), {"Y001"}),
    "Y002": (lambda at: (at / "openquality.key").write_bytes(b"garbage"), {"Y002"}),
    "Y003": (lambda at: (at / "openquality.key").chmod(0o644), {"Y003"}),
    "Y005": (_begin_rotation, {"Y005"}),
    "Y011": (lambda at: edit(at, lambda value: value.pop("catalogueVersion")), {"Y011"}),
    "Y011 not JSON": (lambda at: (at / "attestation.json").write_bytes(b"{"), {"Y011"}),
    "Y012": (lambda at: edit(at, _example), {"Y012", "Y030"}),
    "Y013": (
        lambda at: edit(at, lambda value: value["issuer"].update(name="Example Works Ltd")),
        {"Y013"} | RESIGN,
    ),
    "Y014": (_other_identity, {"Y014"}),
    "Y015": (lambda at: edit(at, dated(9, 99)), {"Y015"} | RESIGN),
    # A record that ended counts for nothing, and one that ends soon counts no longer than it.
    "Y016": (lambda at: edit(at, dated(-3, -2)), {"Y016", "Y032"} | RESIGN),
    "Y017": (lambda at: edit(at, dated(-3, 20)), {"Y017", "Y033"} | RESIGN),
    "Y020": (
        lambda at: edit(
            at, lambda value: value["credentialSubject"]["producer"]["party"].pop("identifiers")
        ),
        {"Y020"} | RESIGN,
    ),
    "Y021": (
        lambda at: edit(at, lambda value: value["credentialSubject"].pop("identifiers")),
        {"Y021"} | RESIGN,
    ),
    "Y030": (lambda at: edit(at, _without_defects), {"Y030"} | RESIGN),
    "Y031": (lambda at: again(at, bad=300), {"Y031", "Y050"}),
    "Y032": (lambda at: again(at, last=700), {"Y032", "Y050"}),
    "Y033": (lambda at: again(at, last=350), {"Y033", "Y050"}),
    "Y040": (
        lambda at: edit(at, lambda value: (value.pop("evidence"), [
            claim.pop("evidenceRefs") for claim in value["credentialSubject"]["claims"]
        ])),
        {"Y040"} | RESIGN,
    ),
    "Y041": (lambda at: (at / "lots.csv").unlink(), {"Y041"}),
    "Y060": (lambda at: edit(at, _certified(ends=40)), {"Y060"} | RESIGN),
    "Y060 far ahead": (lambda at: edit(at, _certified(ends=120)), RESIGN),
    "Y061": (
        lambda at: edit(at, lambda value: (dated(-5, 300)(value), _certified(ends=-3)(value))),
        {"Y061"} | RESIGN,
    ),
    "Y050": (unsigned, {"Y050"}),
    "Y051": (lambda at: edit(at, lambda value: value.update(name="Another title")), RESIGN),
    "Y052": (lambda at: (at / "attestation.bundle.json").unlink(), {"Y052"}),
    "Y053": (
        lambda at: edit(
            at, lambda value: value.update(statement="e30.e30.e30"), name="attestation.bundle.json"
        ),
        {"Y053"},
    ),
    "Y053 garbage": (lambda at: (at / "attestation.bundle.json").write_bytes(b"{"), {"Y053"}),
}  # fmt: skip
# Advice that a case has no room for: about a key that is none, and about records that do not read.
WITHOUT = {
    "Y001": {"Y004", "Y007"},
    "Y002": {"Y004", "Y007"},
    "Y011": {"Y034"},
    "Y011 not JSON": {"Y034"},
}


@pytest.mark.parametrize("case", CASES)
def test_each_gap_is_found_where_it_was_made_and_no_other(run: Run, ready: Path, case: str) -> None:
    change, expected = CASES[case]
    change(ready)
    assert found(run, ready) == expected | (ADVICE - WITHOUT.get(case, set()))


def test_answers_of_its_own_are_looked_at_with_the_claims(run: Run, ready: Path) -> None:
    answered(ready)
    assert found(run, ready) == (ADVICE - {"Y034"}) | {"Y050"}
    assert run("sign", ready / "answers.json", "--key", ready / "openquality.key").code == 0
    assert found(run, ready) == (ADVICE - {"Y034"}) | {"Y052"}


def test_a_certificate_that_a_newer_record_states_anew_is_not_announced(
    run: Run, ready: Path
) -> None:
    edit(ready, _certified(ends=3))
    assert {"Y060"} <= found(run, ready)
    text = (ready / "attestation.json").read_text()
    old = orjson.loads(text)
    edit(ready, lambda value: value.update(validFrom=f"{day(2)}T00:00:00Z"))
    newer = text.replace(old["id"], f"urn:uuid:{UUID(int=7)}").replace(day(-3), day(-999))
    (ready / "newer.json").write_text(newer)
    told = run("doctor", ready, "--format", "json").json
    assert "Y060" not in {gap["code"] for gap in told["gaps"]}


def test_a_newcomer_is_told_what_will_be_asked_of_this_kind_of_subject(
    run: Run, machine: Path
) -> None:
    asked = {}
    for kind in ("Product", "DataService"):
        assert run("init", kind, "--subject", kind).code == 0
        gaps = run("doctor", kind, "--format", "json").json["gaps"]
        named = [gap["command"].split() for gap in gaps if gap["code"] == "Y030"]
        asked[kind] = {words[words.index("--metric") + 1] for words in named}
    assert machine.is_dir()
    assert asked == {
        "Product": {"on-time-delivery", "defective-rate"},
        "DataService": {"availability"},
    }


def test_an_empty_folder_lacks_everything(run: Run, machine: Path) -> None:
    assert found(run, machine) == {"Y001", "Y010", "Y054"}


def test_a_protected_key_of_an_identity_that_changes_needs_only_its_copy(
    run: Run, machine: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (machine.parent / "secret").write_text("eleven green bottles")
    monkeypatch.setenv("OPENQUALITY_PASSPHRASE_FILE", str(machine.parent / "secret"))
    made = ("init", "--protect", "passphrase", "--did", "webvh", "--domain", "nordbolt.example")
    assert run(*made, "--name", "Nordbolt").code == 0
    monkeypatch.delenv("OPENQUALITY_PASSPHRASE_FILE")  # nothing is asked for
    monkeypatch.setenv("OPENQUALITY_REGISTRY", url)
    keys = {code for code in found(run, machine) if code < "Y010"}
    assert keys == {"Y006"}


def test_the_registry_is_asked_only_when_told(
    run: Run, ready: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENQUALITY_REGISTRY", "http://127.0.0.1:9")  # nobody listens there
    assert found(run, ready) == ADVICE
    assert found(run, ready, "--ask-registry") == ADVICE | {"Y055"}


def test_it_changes_nothing(run: Run, ready: Path) -> None:
    def state() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in ready.rglob("*") if path.is_file()}

    before = state()
    run("doctor", ready)
    assert state() == before


@pytest.mark.parametrize("name", ["nowhere", "file"])
def test_what_is_no_folder_cannot_be_looked_at(run: Run, machine: Path, name: str) -> None:
    (machine / "file").write_text("")
    ran = run("doctor", name)
    assert ran.code == 2
    assert "no such folder" in ran.err


def test_lines_of_many_records_are_looked_at_one_by_one(run: Run, ready: Path, url: str) -> None:
    record = orjson.loads((ready / "attestation.json").read_bytes())
    lines = []
    for number in (2, 3):
        text = orjson.dumps(record).replace(
            record["id"].encode(), b"urn:uuid:00000000-0000-4000-8000-%012d" % number
        )
        lines.append(text)
    (ready / "more.jsonl").write_bytes(b"\n".join(lines))
    ran = run("doctor", ready, "--format", "json")
    named = {(gap["code"], Path(gap["where"]).name) for gap in ran.json["gaps"]}
    assert {("Y050", "more.jsonl:1"), ("Y050", "more.jsonl:2")} <= named
    sent = ("publish", ready / "more.jsonl", "--key", ready / "openquality.key", "--yes")
    assert run(*sent, "--registry", url).code == 0
    assert found(run, ready) == ADVICE


def test_every_command_that_it_names_can_be_typed(run: Run, machine: Path) -> None:
    assert run("init", "a folder", "--subject", "Product").code == 0
    (machine / "a folder" / "openquality.key").chmod(0o640)
    (machine / "a folder" / "more.json").write_text('{"credentialSubject":{}}')
    gaps = run("doctor", "a folder", "--format", "json").json["gaps"]
    commands = [gap["command"] for gap in gaps if gap["command"]]
    assert len(commands) >= 6
    table = application()
    assert isinstance(table, Commands)
    for text in commands:
        program, name, *words = shlex.split(text)
        assert "a folder" in " ".join(words)
        if program == "chmod":
            assert (machine / words[-1]).exists()
            continue
        assert program == "openquality"
        command = table.get_command(None, name)
        if hasattr(command, "commands"):
            command = command.commands[words.pop(0)]
        options = {each for parameter in command.params for each in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= options


def test_following_the_commands_mends_the_key(run: Run, machine: Path) -> None:
    assert run("init", "--name", "Nordbolt").code == 0
    key = machine / "openquality.key"
    key.chmod(0o644)
    assert {"Y003", "Y004"} <= found(run, machine)
    mode = next(
        gap["command"]
        for gap in run("doctor", "--format", "json").json["gaps"]
        if gap["code"] == "Y003"
    )
    assert mode == "chmod 600 openquality.key"
    key.chmod(int(mode.split()[1], 8))
    assert "Y003" not in found(run, machine)


def test_every_code_is_explained(run: Run) -> None:
    known = {code for code in codes() if code.startswith("Y")}
    assert known >= {case.partition(" ")[0] for case in CASES} | {"Y004", "Y006", "Y007", "Y055"}
    for code in known:
        assert run("explain", code).code == 0


def test_the_records_of_a_workbook_are_known_by_what_was_signed_from_them(
    run: Run, ready: Path
) -> None:
    book, record = ready / "claims.xlsx", ready / "attestation.json"
    assert run("template", book, "--from", record).code == 0
    for each in ready.glob("attestation.*"):
        each.unlink()
    assert "Y050" in found(run, ready)
    assert run("sign", book, "--key", ready / "openquality.key").code == 0
    signed = found(run, ready)
    assert "Y050" not in signed
    assert "Y052" in signed


def test_what_a_workbook_lacks_is_a_row_and_no_command_that_cannot_be_done(
    run: Run, machine: Path
) -> None:
    assert run("init", machine, "--name", "Nordbolt Fasteners GmbH", "--product", "Bolt").code == 0
    assert run("template", "claims.xlsx", "--from", "attestation.json").code == 0
    book = openpyxl.load_workbook("claims.xlsx")
    claim = next(cell for cell in book["Shares"]["B"] if cell.value == "example")
    claim.value = "otd"  # no longer the example's
    book.save("claims.xlsx")
    Path("attestation.json").unlink()
    gaps = run("doctor", ".", "--format", "json").json["gaps"]
    lacking = next(each for each in gaps if each["code"] == "Y030")
    said = "Fill in a row for defective-rate on the sheet Shares."
    assert lacking["hint"].endswith(said)
    assert not [each for each in gaps if "measure" in (each["command"] or "")]
