"""`openquality schema list|get|publish|deprecate`, and profiles by reference, as their users do."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from profiles_at_work import FOLDER, trust
from registry_at_work import attestation, publish, registry, trust_in
from schemas_at_work import TEXT, coating, profile, publication, publish_all

import openquality_schemas
from openquality.published import Reference
from openquality.signing import SigningKey, generate, sign, write_key
from openquality_validator import bundle as bundles
from openquality_validator import envelope
from openquality_validator.trust import Trust

Run = Callable[..., Any]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    with registry(tmp_path_factory.mktemp("schemas") / "data", rate=0) as (client, _):
        yield client


@pytest.fixture
def owner(machine: Path, monkeypatch: pytest.MonkeyPatch, client: httpx2.Client) -> SigningKey:
    """Give a key in the current folder, and the registry's address in the environment."""
    key = generate()
    write_key(machine / "openquality.key", key)
    monkeypatch.setenv("OPENQUALITY_REGISTRY", str(client.base_url))
    return key


def write(path: Path, document: dict[str, Any]) -> bytes:
    path.write_text(json.dumps(document, indent=2))
    return path.read_bytes()


def test_a_schema_is_published_found_and_fetched_byte_for_byte(
    run: Run, machine: Path, owner: SigningKey, client: httpx2.Client
) -> None:
    data = write(machine / "coating.json", coating(owner))

    made = run(
        "schema", "publish", "coating.json", "--version", "1.0", "--sector", "nace:25.61", "--yes"
    )
    assert made.code == 0, made.err
    assert openquality_schemas.digest(data) in made.out
    listed = run("schema", "list", "coat", "--owner", owner.did, "--format", "json").json
    (item,) = listed["items"]
    assert (item["name"], item["version"], item["sectors"]) == ("coating", "1.0", ["nace:25.61"])
    assert item["digest"] == openquality_schemas.digest(data)

    for reference in (f"coating@{owner.did}", f"coating:1.0@{owner.did}", item["digest"]):
        got = run("schema", "get", reference, "-o", machine / "got.json")
        assert got.code == 0, got.err
        assert (machine / "got.json").read_bytes() == data
        assert "The log is not in your trust file" in got.err
    # The bundle stands by itself: anybody verifies it under a trust file of their own.
    run("schema", "get", f"coating@{owner.did}", "--bundle", "-o", machine / "got.bundle.json")
    (machine / "trust.json").write_bytes(trust_in(client).to_bytes())
    assert run("verify", "got.bundle.json", "--trust", "trust.json").code == 0
    trusted = run("schema", "get", f"coating@{owner.did}", "--trust", "trust.json")
    assert trusted.out.encode() == data
    assert "not in your trust file" not in trusted.err


def test_the_signed_bytes_are_kept_and_sent_again(
    run: Run, machine: Path, owner: SigningKey
) -> None:
    write(machine / "coating.json", coating(owner))
    asked = ("schema", "publish", "coating.json", "--version", "1.0", "--yes")

    first = run(*asked)
    statement = (machine / "coating.1.0.jwt").read_bytes()
    receipt = bundles.Bundle.from_bytes((machine / "coating.1.0.bundle.json").read_bytes())
    assert receipt.statement == statement
    (machine / "coating.1.0.bundle.json").unlink()  # as if the answer had been lost
    again = run(*asked)

    assert (first.code, again.code) == (0, 0)
    assert again.out == first.out
    assert "the same bytes are sent" in again.err
    assert (machine / "coating.1.0.jwt").read_bytes() == statement
    assert (machine / "coating.1.0.bundle.json").exists()

    write(machine / "coating.json", coating(owner, colour=TEXT))
    changed = run(*asked)
    assert changed.code == 1
    assert "give the change a new version" in changed.err


def test_a_dry_run_says_what_the_registry_would_say_and_keeps_nothing(
    run: Run, machine: Path, owner: SigningKey
) -> None:
    write(machine / "coating.json", coating(owner))
    before = set(machine.iterdir())

    dry = run("schema", "publish", "coating.json", "--version", "1.0", "--dry-run")
    assert dry.code == 0, dry.err
    assert "It may be published" in dry.err
    assert set(machine.iterdir()) == before
    gone = run("schema", "get", f"coating@{owner.did}")
    assert gone.code == 2
    assert "`openquality schema list` shows what it holds" in gone.err

    run("schema", "publish", "coating.json", "--version", "1.0", "--yes")
    narrowed = coating(owner, process={"enum": ["painted"]})
    write(machine / "coating.json", narrowed | {"required": ["process", "colour"]})
    for more in ("--dry-run", "--yes"):
        broken = run("schema", "publish", "coating.json", "--version", "1.1", more)
        assert broken.code == 1
        # Each finding has a line, not only the first.
        assert "/required/1: The new schema requires 'colour'" in broken.err
        assert "at /properties/process/enum" in broken.err
        assert "Nothing was signed or sent." in broken.err
        assert not (machine / "coating.1.1.jwt").exists()
    mended = run("schema", "publish", "coating.json", "--version", "2.0", "--yes")
    assert mended.code == 0, mended.err


def test_each_version_names_the_publication_before_it(
    run: Run, machine: Path, owner: SigningKey, client: httpx2.Client
) -> None:
    names = ("layers", "colour", "supplier")
    members: dict[str, Any] = {}
    for minor, name in enumerate(names):
        members[name] = TEXT
        write(machine / "coating.json", coating(owner, **members))
        made = run("schema", "publish", "coating.json", "--version", f"1.{minor}", "--yes")
        assert made.code == 0, made.err

    before = None
    for minor in range(len(names)):
        data = (machine / f"coating.1.{minor}.jwt").read_bytes()
        said = envelope.credential(envelope.parse_envelope(data).payload).value
        assert said["credentialSubject"].get("ancestor") == before
        before = envelope.digest(data)
    found = client.get(f"/v1/schemagroups/{owner.did}/schemas/coating/versions").json()
    ancestors = {number: each["ancestorid"] for number, each in found.items()}
    assert ancestors == {"1.0": "1.0", "1.1": "1.0", "1.2": "1.1"}


def test_a_deprecation_is_kept_said_and_read_by_whoever_fetches(
    run: Run, machine: Path, owner: SigningKey
) -> None:
    write(machine / "coating.json", coating(owner))
    run("schema", "publish", "coating.json", "--version", "1.0", "--yes")
    asked = (
        "schema", "deprecate", f"coating@{owner.did}", "--reason", "Layers were missing.",
        "--effective", "2026-12-01", "--removal", "2027-12-01",
        "--alternative", "https://buyer.example/schemas/layers.json",
    )  # fmt: skip

    dry = run(*asked, "--dry-run")
    assert dry.code == 0, dry.err
    assert not (machine / "coating.1.0.deprecation.jwt").exists()
    said = run(*asked, "--yes")
    assert said.code == 0, said.err
    statement = (machine / "coating.1.0.deprecation.jwt").read_bytes()
    again = run(*asked, "--yes")
    assert again.out == said.out
    assert (machine / "coating.1.0.deprecation.jwt").read_bytes() == statement

    got = run("schema", "get", f"coating@{owner.did}")
    assert got.code == 0  # it stays
    assert "it should be used no more, from 2026-12-01 on: Layers were missing." in got.err
    assert "Use instead: https://buyer.example/schemas/layers.json" in got.err
    assert "deprecated" in run("schema", "list", "--owner", owner.did).out
    assert run("schema", "list", "--owner", owner.did, "--status", "active").out == ""


def test_nobody_deprecates_what_another_owns(run: Run, machine: Path, owner: SigningKey) -> None:
    write(machine / "coating.json", coating(owner))
    run("schema", "publish", "coating.json", "--version", "1.0", "--yes")
    write_key(machine / "stranger.key", generate())

    said = run(
        "schema", "deprecate", f"coating@{owner.did}", "--reason", "No.", "--yes",
        "--key", "stranger.key",
    )  # fmt: skip

    assert said.code == 2
    assert "Take the owner's key" in said.err


def test_what_a_document_does_not_say_is_asked_for(
    run: Run, machine: Path, owner: SigningKey
) -> None:
    document = coating(owner)
    write(machine / "coating.json", document)
    unsaid = run("schema", "publish", "coating.json", "--yes")
    assert unsaid.code == 1
    assert "Say it with --version 1.0" in unsaid.err

    del document["title"]
    write(machine / "coating.json", document)
    assert "--title" in run("schema", "publish", "coating.json", "--version", "1.0").err
    (machine / "latin.json").write_bytes('{"title": "Überzug"}'.encode("latin-1"))
    assert "UTF-8" in run("schema", "publish", "latin.json", "--version", "1.0").err
    nothing = run("schema", "publish", "coating.json", "--version", "1.0", "--title", "Coatings")
    assert nothing.code == 2  # nobody agreed to publishing for good
    assert "Nothing was sent" in nothing.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("get", "coating"), "NAME@DID"),
        (("get", "coating@did:key:z6Mkstranger"), "holds no publication"),
        (("get", "sha256:" + 64 * "0"), "holds no publication"),
        (("get", "coating@openquality"), "holds no publication"),
        (("deprecate", "coating", "--reason", "x"), "names no publication"),
        (("publish", "no-such.json"), "no-such.json"),
        (("publish", "openquality.key", "--compatibility", "SIDEWAYS"), "is none of"),
    ],
)
@pytest.mark.usefixtures("owner")
def test_errors_end_with_what_to_do(run: Run, arguments: tuple[str, ...], said: str) -> None:
    ran = run("schema", *arguments)

    assert ran.code == 2
    assert said in ran.err


def test_what_comes_with_the_language_is_known_by_its_bytes(
    run: Run, machine: Path, owner: SigningKey
) -> None:
    assert owner
    got = run("schema", "get", "attestation:1.0@openquality", "-o", machine / "got.json")

    assert got.code == 0, got.err
    assert (machine / "got.json").read_bytes() == openquality_schemas.read(
        "attestation.schema.json"
    )


def test_a_published_profile_is_assessed_under_by_reference_and_from_files(
    run: Run, machine: Path, owner: SigningKey, client: httpx2.Client
) -> None:
    drafts = FOLDER / "quality-management" / "example" / "records.jsonl"
    listed = trust("quality-management").accreditors
    whom = machine / "trust.json"
    whom.write_bytes(Trust(logs=trust_in(client).logs, accreditors=listed).to_bytes())
    asked = ("--drafts", "--as-of", "2026-11-20", "--trust", whom, "--format", "json")
    data = write(machine / "profile.json", profile(owner))
    made = run("schema", "publish", "profile.json", "--yes")
    assert made.code == 0, made.err
    reference = f"our-suppliers@{owner.did}"
    run("schema", "get", reference, "--bundle", "-o", machine / "profile.bundle.json")

    digest = openquality_schemas.digest(data)
    statement = "our-suppliers.1.0.jwt"
    for name in (reference, digest, "profile.json", "profile.bundle.json", statement):
        found = run("assess", drafts, "--profile", name, *asked)
        assert found.code == 0, found.err
        assert found.json["profile"] == {"id": "our-suppliers", "version": "1.0", "digest": digest}
        assert found.json["points"] == "85.00"
    said = run("schema", "deprecate", reference, "--reason", "Too lenient.", "--yes")
    assert said.code == 0, said.err
    told = run("assess", drafts, "--profile", reference, *asked)
    assert told.json["points"] == "85.00"
    assert "Too lenient." in told.err
    # A log that the reader does not trust proves nothing.
    whom.write_bytes(Trust(accreditors=listed).to_bytes())
    unknown = run("assess", drafts, "--profile", reference, *asked)
    assert unknown.code == 1
    assert "openquality trust add" in unknown.err
    shipped = openquality_schemas.digest(openquality_schemas.profile("quality-management"))
    assert run("assess", drafts, "--profile", shipped, *asked).json["points"] == "85.00"

    # `validate` asks no network, and says what to do instead.
    preview = run("validate", drafts, "--profile", statement)
    assert "A preview" in preview.err
    refused = run("validate", drafts, "--profile", reference)
    assert refused.code == 2
    assert f"openquality schema get {reference} --bundle" in refused.err


def test_a_changed_publication_is_not_believed(run: Run, machine: Path, owner: SigningKey) -> None:
    write(machine / "profile.json", profile(owner))
    run("schema", "publish", "profile.json", "--yes")
    text = (machine / "our-suppliers.1.0.bundle.json").read_text()
    at = text.index("eyJ") + 400
    other = "A" if text[at] != "A" else "B"
    (machine / "changed.bundle.json").write_text(text[:at] + other + text[at + 1 :])
    (machine / "record.jwt").write_bytes(sign(attestation(key=owner), owner))
    drafts = FOLDER / "quality-management" / "example" / "records.jsonl"

    for name in ("changed.bundle.json", "record.jwt"):
        ran = run("assess", drafts, "--drafts", "--profile", name)
        assert ran.code == 1
        assert "is not proved" in ran.err


def test_the_records_of_a_log_are_replayed_outside_of_it(
    run: Run, machine: Path, tmp_path: Path
) -> None:
    with registry(tmp_path / "own") as (client, _):
        for number in range(3):
            assert publish(client, _record(number)).status_code == 201
        written = run("log", "records", "all.jsonl", "--data", tmp_path / "own")
        assert written.code == 0, written.err
        none = run(
            "log", "records", "none.jsonl", "--data", tmp_path / "own", "--extension", "urn:x"
        )
        assert "0 records" in none.err
    path = machine / "attestation.json"
    path.write_bytes(openquality_schemas.read("attestation.schema.json"))

    checked = run("schema", "check", path, "--against", path, "--records", "all.jsonl")

    assert checked.code == 0
    assert "3 of 3 published records remain valid." in checked.err


def test_a_change_is_asked_of_the_extensions_that_a_log_holds(
    run: Run, machine: Path, tmp_path: Path
) -> None:
    key = generate()
    data = write(machine / "coating.json", coating(key, layers=TEXT))
    uri = coating(key)["$id"]
    with registry(tmp_path / "own") as (client, _):
        release = publication(
            coating(key, layers=TEXT), key, kind="extension", name="coating", version="1.0"
        )
        publish_all(client, release)
        for number, extension in enumerate(({"layers": "two"}, {})):
            made = attestation(number, key=key)
            made["extensionSchemas"] = [{"id": uri, "digestSRI": openquality_schemas.sri(data)}]
            made["credentialSubject"]["extensions"] = {uri: {"process": "painted", **extension}}
            assert publish(client, sign(made, key)).status_code == 201
        publish(client, sign(attestation(9, key=key), key))
    asked = ("log", "records", "coated.jsonl", "--data", tmp_path / "own", "--extension", uri)
    assert "2 records" in run(*asked).err
    write(machine / "next.json", coating(key))  # whose records have no layers

    checked = run(
        "schema", "check", "next.json", "--against", "coating.json", "--records", "coated.jsonl"
    )

    assert checked.code == 1
    assert "1 of 2 published records remain valid." in checked.err
    assert "coated.jsonl:1#/credentialSubject/extensions/" in checked.out


def _record(number: int) -> bytes:
    key = generate()
    return sign(attestation(number, key=key), key)


@pytest.mark.parametrize(
    "text",
    [
        "coating@did:web:buyer.example",
        "coating:1.2@did:webvh:QmX:a.example%3A8443:b",
        "profile:1.1-draft.1@openquality",
        "sha256:" + 64 * "a",
    ],
)
def test_a_reference_reads_back_as_written(text: str) -> None:
    assert str(Reference.parse(text)) == text


@pytest.mark.parametrize(
    "text",
    ["coating", "coating@", "@did:key:z", "Coating@did:key:z", "coating@did:key:z/x", "sha256:12",
     "coating:1@did:key:z", "quality-management@1.0", "a@did:key:z\n"],
)  # fmt: skip
def test_other_texts_are_no_references(text: str) -> None:
    assert Reference.parse(text) is None
