"""The supplier's side: init, sign, publish; against a running registry."""

import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

Run = Callable[..., Any]


def variants(record: Path, count: int) -> Iterator[bytes]:
    """Make records of other subjects, each with ids of its own."""
    data = record.read_bytes()
    own = orjson.loads(data)["id"].removeprefix("urn:uuid:").encode()
    for number in range(count):
        value = orjson.loads(data.replace(own, b"%08d%s" % (number, own[8:])))
        value["credentialSubject"]["id"] += f"-{number}"
        yield orjson.dumps(value)


def write_lines(folder: Path, count: int) -> Path:
    path = folder / "bulk.jsonl"
    path.write_bytes(b"\n".join(variants(folder / "attestation.json", count)) + b"\n")
    return path


def test_init_makes_a_private_key_and_a_record_that_validates(run: Run, machine: Path) -> None:
    ran = run("init", "--name", "Möller & Söhne", "--gtin", "09506000134352")
    assert ran.code == 0
    assert stat.S_IMODE((machine / "openquality.key").stat().st_mode) == 0o600
    value = orjson.loads((machine / "attestation.json").read_bytes())
    assert value["issuer"]["name"] == "Möller & Söhne"
    assert value["issuer"]["id"] in ran.out
    assert value["credentialSubject"]["id"] == "https://id.gs1.org/01/09506000134352"
    assert run("validate", "attestation.json").code == 0


def test_init_says_what_losing_the_key_means(run: Run) -> None:
    assert "nobody can give it back" in run("init").err


@pytest.mark.parametrize("name", ["openquality.key", "attestation.json"])
def test_init_overwrites_nothing_and_makes_nothing_half(run: Run, machine: Path, name: str) -> None:
    (machine / name).write_text("precious")
    ran = run("init")
    assert ran.code == 2
    assert [path.name for path in machine.iterdir()] == [name]
    assert (machine / name).read_text() == "precious"


def test_init_with_a_wrong_gtin_makes_nothing(run: Run, machine: Path) -> None:
    ran = run("init", "--gtin", "09506000134353")
    assert ran.code == 1
    assert "09506000134353" in ran.err
    assert list(machine.iterdir()) == []


def test_a_made_up_example_claim_is_never_signed_or_published(run: Run, machine: Path) -> None:
    run("init")
    for command in ("sign", "publish"):
        ran = run(command, "attestation.json")
        assert ran.code == 1
        assert "made up" in ran.err
    assert not (machine / "attestation.jwt").exists()


def test_sign_keeps_the_statement_and_gives_its_digest(run: Run, supplier: Path) -> None:
    first = run("sign", "attestation.json")
    assert first.code == 0
    kept = (supplier / "attestation.jwt").read_bytes()
    assert run("sign", "attestation.json").out == first.out
    assert (supplier / "attestation.jwt").read_bytes() == kept


def test_sign_refuses_an_invalid_record_with_its_findings(run: Run, supplier: Path) -> None:
    record = supplier / "attestation.json"
    record.write_bytes(record.read_bytes().replace(b'"numerator": 468', b'"numerator": 400'))
    ran = run("sign", "attestation.json")
    assert ran.code == 1
    assert "attestation.json:" in ran.err
    assert not (supplier / "attestation.jwt").exists()


def test_sign_refuses_a_record_that_changed_after_signing(run: Run, supplier: Path) -> None:
    run("sign", "attestation.json")
    record = supplier / "attestation.json"
    record.write_bytes(record.read_bytes().replace(b"Example product", b"Another product"))
    ran = run("sign", "attestation.json")
    assert ran.code == 1
    assert "changed after" in ran.err


def test_a_missing_or_unreadable_key_is_named(run: Run, supplier: Path) -> None:
    assert "nokey" in run("sign", "attestation.json", "--key", "nokey").err
    (supplier / "bad.key").write_text("no key")
    ran = run("sign", "attestation.json", "--key", "bad.key")
    assert ran.code == 2
    assert "K007" in ran.err


def test_a_key_that_others_can_read_is_told(run: Run, supplier: Path) -> None:
    (supplier / "openquality.key").chmod(0o644)
    ran = run("sign", "attestation.json")
    assert ran.code == 0
    assert "chmod 600" in ran.err


@pytest.mark.usefixtures("supplier")
def test_a_record_of_another_issuer_is_not_signed(run: Run) -> None:
    run("init", "other")
    ran = run("sign", "attestation.json", "--key", "other/openquality.key")
    assert ran.code == 1
    assert "J014" in ran.err


def test_publish_needs_a_registry(run: Run, supplier: Path) -> None:
    ran = run("publish", supplier / "attestation.json", "--yes")
    assert ran.code == 2
    assert "--registry" in ran.err


def test_a_dry_run_checks_and_leaves_no_trace(run: Run, supplier: Path) -> None:
    before = sorted(supplier.iterdir())
    ran = run("publish", "attestation.json", "--dry-run")
    assert ran.code == 0
    assert sorted(supplier.iterdir()) == before


@pytest.mark.usefixtures("supplier")
def test_public_and_permanent_is_agreed_to_once(run: Run, registry: str) -> None:
    refused = run("publish", "attestation.json", "--registry", registry)
    assert refused.code == 2
    assert "public and permanent" in refused.err
    agreed = run("publish", "attestation.json", "--registry", registry, "--yes")
    assert agreed.code == 0
    assert "public and permanent" in agreed.err
    again = run("publish", "attestation.json", "--registry", registry)
    assert again.code == 0
    assert "public and permanent" not in again.err


def test_publish_keeps_statement_and_receipt_and_does_not_send_twice(
    run: Run, supplier: Path, registry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENQUALITY_REGISTRY", registry)
    first = run("publish", "attestation.json", "--yes", "--format", "json")
    assert first.code == 0
    (result,) = first.json["results"]
    assert result["outcome"] == "published"
    bundle = orjson.loads((supplier / "attestation.bundle.json").read_bytes())
    assert bundle["statement"].encode() == (supplier / "attestation.jwt").read_bytes()
    assert bundle["log"]["index"] == result["index"]
    again = run("publish", "attestation.json", "--format", "json")
    assert (again.code, again.json["summary"]["skipped"]) == (0, 1)
    (supplier / "attestation.bundle.json").unlink()
    third = run("publish", "attestation.json", "--format", "json")
    assert third.json["results"][0]["index"] == result["index"]


def test_the_same_id_with_other_content_is_refused_by_the_registry(
    run: Run, supplier: Path, registry: str
) -> None:
    run("publish", "attestation.json", "--yes", "--registry", registry)
    (supplier / "twin").mkdir()
    twin = supplier / "twin" / "attestation.json"
    changed = (supplier / "attestation.json").read_bytes()
    twin.write_bytes(changed.replace(b"Example product", b"Another product"))
    ran = run("publish", twin, "--registry", registry, "--format", "json")
    assert ran.code == 1
    (result,) = ran.json["results"]
    assert result["problem"]["code"] == "duplicate-id"
    assert not (supplier / "twin" / "attestation.bundle.json").exists()
    assert "duplicate-id" in ran.err


def test_a_bulk_is_published_whole_or_resumed(run: Run, supplier: Path, registry: str) -> None:
    bulk = write_lines(supplier, 40)
    assert run("publish", bulk, "--yes", "--registry", registry).code == 0
    receipts = (supplier / "bulk.receipts.jsonl").read_bytes().splitlines(keepends=True)
    assert [orjson.loads(line)["line"] for line in receipts] == list(range(1, 41))
    # Half of the receipts are lost, and the last of the rest is torn, as by a crash.
    (supplier / "bulk.receipts.jsonl").write_bytes(b"".join(receipts[:20])[:-7])
    again = run("publish", bulk, "--registry", registry, "--format", "json")
    assert again.json["summary"] == {"published": 21, "skipped": 19, "refused": 0}
    after = (supplier / "bulk.receipts.jsonl").read_bytes().splitlines()

    def index(line: bytes) -> Any:  # noqa: ANN401 - a number
        return orjson.loads(line)["bundle"]["log"]["index"]

    assert [index(line) for line in after] == [index(line) for line in receipts]


def test_one_invalid_line_stops_a_bulk_before_anything_is_sent(
    run: Run, supplier: Path, registry: str
) -> None:
    bulk = write_lines(supplier, 5)
    bulk.write_bytes(bulk.read_bytes() + b'{"id": "x"}\n')
    ran = run("publish", bulk, "--yes", "--registry", registry)
    assert ran.code == 1
    assert "bulk.jsonl:6" in ran.err
    assert not (supplier / "bulk.receipts.jsonl").exists()


def test_a_folder_is_published_without_what_publishing_wrote(
    run: Run, supplier: Path, registry: str
) -> None:
    write_lines(supplier, 3)
    for _ in range(2):
        ran = run("publish", supplier, "--yes", "--registry", registry, "--format", "json")
        assert ran.code == 0
    assert ran.json["summary"] == {"published": 0, "skipped": 4, "refused": 0}


def test_a_registry_that_does_not_answer_is_named(run: Run, supplier: Path) -> None:
    ran = run("publish", supplier / "attestation.json", "--yes", "--registry", "127.0.0.1:9")
    assert ran.code == 2
    assert "127.0.0.1:9" in ran.err


def test_the_registry_may_come_from_the_settings(
    run: Run, supplier: Path, registry: str, tmp_path: Path
) -> None:
    settings = tmp_path / "home" / "openquality" / "config.json"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_bytes(orjson.dumps({"registry": registry}))
    assert run("publish", supplier / "attestation.json", "--yes").code == 0
    settings.write_text("{oops")
    ran = run("publish", supplier / "attestation.json")
    assert ran.code in {1, 2}
    assert "config.json" in ran.err


def test_statements_are_published_without_the_key(run: Run, supplier: Path, registry: str) -> None:
    run("sign", "attestation.json")
    statement = (supplier / "attestation.jwt").read_bytes()
    for name in ("attestation.json", "openquality.key"):
        (supplier / name).unlink()
    (supplier / "lines.jsonl").write_bytes(statement + b"\n")
    assert run("publish", "attestation.jwt", "--yes", "--registry", registry).code == 0
    assert (supplier / "attestation.bundle.json").exists()
    assert run("publish", "lines.jsonl", "--registry", registry).code == 0
    kept = orjson.loads((supplier / "lines.receipts.jsonl").read_bytes())
    receipt = orjson.loads((supplier / "attestation.bundle.json").read_bytes())
    assert kept["bundle"]["entry"] == receipt["entry"]


def test_a_receipt_that_belongs_to_another_statement_is_not_taken_for_one(
    run: Run, supplier: Path, registry: str
) -> None:
    assert run("publish", "attestation.json", "--yes", "--registry", registry).code == 0
    run("init", "other")
    other = supplier / "other" / "attestation.json"
    other.write_bytes(other.read_bytes().replace(b"#example", b"#c1"))
    receipt = (supplier / "attestation.bundle.json").read_bytes()
    (supplier / "other" / "attestation.bundle.json").write_bytes(receipt)
    ran = run("publish", other, "--registry", registry, "--key", "other/openquality.key")
    assert ran.code == 1
    assert "another statement" in ran.err


def test_what_cannot_be_written_whole_is_not_there_at_all(run: Run, supplier: Path) -> None:
    assert run("validate", "attestation.json").code == 0
    before = sorted(supplier.iterdir())
    program = "import sys; from openquality.cli.main import main; sys.exit(main())"
    limited = ["bash", "-c", 'ulimit -f 0; exec "$@"', "bash", sys.executable, "-c", program]
    ran = subprocess.run(
        [*limited, "sign", "attestation.json"], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 2
    assert "File too large" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert sorted(supplier.iterdir()) == before
