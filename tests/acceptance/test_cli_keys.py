"""Keys that do not lie open on the disk, on the command line."""

import os
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import kept_keys
import orjson
import pytest
from registry_at_work import registry
from terminals import Terminal

from openquality.identities import IdentityFolder
from openquality.keeping.ring import RingSigner
from openquality_validator import envelope
from openquality_validator.errors import IdentityError
from openquality_validator.identity import PublicKey, from_multikey, resolve

Run = Callable[..., Any]
PASSPHRASE = kept_keys.PASSPHRASE.decode()
OTHER = "eleven green bottles"
SEALED, PLAIN = "BEGIN ENCRYPTED PRIVATE KEY", "BEGIN PRIVATE KEY"


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the files with passphrase and PIN, which the environment names."""
    folder = tmp_path / "secrets"
    folder.mkdir(mode=0o700)
    for variable, secret in (("PASSPHRASE", PASSPHRASE), ("PIN", kept_keys.PIN)):
        path = folder / variable
        path.write_text(f"{secret}\n")
        monkeypatch.setenv(f"OPENQUALITY_{variable}_FILE", str(path))
    return folder


@pytest.fixture
def token(tmp_path: Path) -> Iterator[str]:
    (tmp_path / "token").mkdir()
    with kept_keys.token(tmp_path / "token") as module:
        yield module


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with registry(tmp_path / "data", public_url="https://registry.example") as (client, _):
        yield str(client.base_url)


def own_claim(folder: Path) -> None:
    """Make the example claim the supplier's own, so that the record may be signed."""
    path = folder / "attestation.json"
    path.write_bytes(path.read_bytes().replace(b"#example", b"#c1"))


def signed(folder: Path) -> None:
    """Hold the signed record to the key in its issuer's identifier."""
    parsed = envelope.parse_envelope((folder / "attestation.jwt").read_bytes())
    method = parsed.header.kid
    envelope.verify_signature(parsed, resolve(method.partition("#")[0]).keys[method])


def public_of(folder: Path) -> PublicKey:
    """Read the public key that a key file names."""
    return from_multikey(orjson.loads((folder / "openquality.key").read_bytes())["publicKey"])


def test_a_passphrase_is_asked_for_without_echo_and_opens_the_key(machine: Path) -> None:
    with Terminal("init", "--protect", "passphrase", "--name", "Nordbolt", folder=machine) as ends:
        ends.answer("two letters", "")
        ends.answer("LEI, GLN or VAT", "")
        ends.answer("you speak about", "Hex bolt M8x40")
        ends.answer("GTIN", "")
        ends.answer("New passphrase for openquality.key", PASSPHRASE)
        ends.answer("The same passphrase again", PASSPHRASE)
        assert ends.end() == 0, ends.shown
        assert PASSPHRASE not in ends.shown
    assert SEALED in (machine / "openquality.key").read_text()
    own_claim(machine)
    with Terminal("sign", "attestation.json", folder=machine) as ends:
        ends.answer("passphrase for openquality.key", PASSPHRASE)
        assert ends.end() == 0, ends.shown
        assert PASSPHRASE not in ends.shown
    signed(machine)


def test_a_passphrase_typed_in_two_ways_makes_nothing(machine: Path) -> None:
    arguments = ("--protect", "passphrase", "--subject", "Organization", "--country", "DE")
    with Terminal("init", *arguments, "--name", "Nordbolt", folder=machine) as ends:
        ends.answer("LEI, GLN or VAT", "")
        ends.answer("New passphrase", PASSPHRASE)
        ends.answer("again", PASSPHRASE + "!")
        assert ends.end() == 2
        assert "K018" in ends.shown
    assert not list(machine.iterdir())


def test_nobody_to_ask_for_a_passphrase_makes_nothing_and_blocks_nothing(
    run: Run, machine: Path
) -> None:
    refused = run("init", "--name", "Nordbolt", "--protect", "passphrase")
    assert refused.code == 2
    assert "K012" in refused.err
    assert not list(machine.iterdir())


def test_init_asks_and_helps_with_mistyped_numbers(machine: Path) -> None:
    with Terminal("init", folder=machine) as ends:
        ends.answer("organisation's name", "Nordbolt Fasteners GmbH")
        ends.answer("two letters", "Germany")
        ends.answer("ISO 3166-1", "de")
        ends.answer("LEI, GLN or VAT", "5493001KJTIIGC8Y1R21")  # two digits exchanged
        ends.answer("5493001KJTIIGC8Y1R12", "5493 001K JTII GC8Y 1R12")
        ends.answer("The product you speak about", "Hex bolt M8x40")
        ends.answer("GTIN", "09506000134353")
        ends.answer("09506000134352", "09506000134352")
        ends.answer("Protect the key by a passphrase?", "n")
        assert ends.end() == 0, ends.shown
    record = orjson.loads((machine / "attestation.json").read_bytes())
    assert record["issuer"]["name"] == "Nordbolt Fasteners GmbH"
    subject = record["credentialSubject"]
    assert subject["producer"]["location"] == {"country": "DE"}
    known = [{"scheme": "lei", "value": "5493001KJTIIGC8Y1R12"}]
    assert subject["producer"]["party"]["identifiers"] == known
    assert subject["identifiers"] == [{"scheme": "gtin", "value": "09506000134352"}]


def test_an_existing_key_is_protected_and_opened_again(
    run: Run, supplier: Path, secrets: Path
) -> None:
    key = supplier / "openquality.key"
    before = run("key", "show").out
    assert secrets.is_dir()
    assert run("key", "protect").code == 0
    assert SEALED in key.read_text()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert run("sign", "attestation.json").code == 0
    signed(supplier)
    assert run("key", "protect", "--with", "none").code == 0
    assert PLAIN in key.read_text()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert run("key", "show").out == before


def test_the_identity_of_a_protected_key_is_known_without_its_passphrase(
    run: Run, supplier: Path, secrets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("key", "protect").code == 0
    (secrets / "PASSPHRASE").write_text(OTHER)
    did = orjson.loads((supplier / "attestation.json").read_bytes())["issuer"]["id"]
    assert did in run("key", "show").out
    refused = run("sign", "attestation.json")
    assert refused.code == 2
    assert "K011" in refused.err
    monkeypatch.delenv("OPENQUALITY_PASSPHRASE_FILE")
    refused = run("sign", "attestation.json")
    assert refused.code == 2
    assert "K012" in refused.err
    assert "OPENQUALITY_PASSPHRASE_FILE" in refused.err
    assert not (supplier / "attestation.jwt").exists()


def test_the_passphrase_is_changed_at_the_terminal(machine: Path, run: Run, secrets: Path) -> None:
    assert run("init", "--name", "Nordbolt", "--protect", "passphrase").code == 0
    (secrets / "PASSPHRASE").write_text(OTHER)
    with Terminal("key", "protect", folder=machine, OPENQUALITY_PASSPHRASE_FILE="") as ends:
        ends.answer("passphrase for openquality.key", PASSPHRASE)
        ends.answer("New passphrase", OTHER)
        ends.answer("again", OTHER)
        assert ends.end() == 0, ends.shown
    own_claim(machine)
    assert run("sign", "attestation.json").code == 0


def test_a_rotation_keeps_both_keys_under_the_passphrase(
    run: Run, machine: Path, url: str, secrets: Path
) -> None:
    made = run(
        *("init", "--did", "webvh", "--registry", url, "--slug", "nordbolt"),
        *("--name", "Nordbolt", "--protect", "passphrase"),
    )
    assert made.code == 0, made.err
    assert secrets.is_dir()
    folder = IdentityFolder(machine / "openquality.key")
    before = [path.read_text() for path in (folder.key_path, folder.next_path)]
    rotated = run("key", "rotate")
    assert rotated.code == 0, rotated.err
    after = [path.read_text() for path in (folder.key_path, folder.next_path)]
    assert all(SEALED in text for text in before + after)
    assert not set(before) & set(after)
    own_claim(machine)
    assert run("publish", "attestation.json", "--registry", url, "--yes").code == 0


def test_a_token_makes_signs_and_replaces_keys(
    run: Run, machine: Path, url: str, token: str, secrets: Path
) -> None:
    assert secrets.is_dir()
    made = run("key", "token", "--module", token, "--token", kept_keys.TOKEN)
    assert made.code == 0, made.err
    key = machine / "openquality.key"
    assert orjson.loads(key.read_bytes()).keys() == {
        *("label", "module", "publicKey", "signer", "token", "v")
    }
    made = run(
        *("init", "--keep-key", "--did", "webvh", "--registry", url, "--slug", "nordbolt"),
        *("--name", "Nordbolt"),
    )
    assert made.code == 0, made.err
    first = orjson.loads(key.read_bytes())
    assert run("key", "rotate").code == 0
    second = orjson.loads(key.read_bytes())
    assert second["publicKey"] != first["publicKey"]
    assert second["label"].startswith("openquality~")
    own_claim(machine)
    published = run("publish", "attestation.json", "--registry", url, "--yes")
    assert published.code == 0, published.err
    refused = run("key", "protect")
    assert refused.code == 2
    assert "K016" in refused.err


def test_a_keyring_keeps_the_key_of_a_new_supplier(run: Run, machine: Path, tmp_path: Path) -> None:
    (tmp_path / "ring").mkdir()
    with kept_keys.keyring(tmp_path / "ring"):
        assert run("init", "--name", "Nordbolt", "--protect", "keyring").code == 0
        assert "PRIVATE KEY" not in (machine / "openquality.key").read_text()
        own_claim(machine)
        assert run("sign", "attestation.json").code == 0
        signed(machine)
        left = RingSigner(public_of(machine))
        left.unlocked()
        assert run("key", "protect", "--with", "none").code == 0
        with pytest.raises(IdentityError, match="K014"):
            RingSigner(left.public).unlocked()
    assert PLAIN in (machine / "openquality.key").read_text()


def test_a_key_service_is_asked_by_a_program_and_replaced_by_its_next_key(
    run: Run, machine: Path, url: str
) -> None:
    files = []
    for name in ("one", "two"):
        key = machine / f"{name}.service"
        openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key)
        openssl("pkey", "-in", key, "-pubout", "-out", machine / f"{name}.pem")
        command = kept_keys.service(machine, key)
        path = machine / ("openquality.key" if name == "one" else "two.key")
        made = run("key", "program", "--public", f"{name}.pem", "--key", path, "--", *command)
        assert made.code == 0, made.err
        files.append(path)
    made = run(
        *("init", "--keep-key", "--did", "webvh", "--registry", url, "--slug", "nordbolt"),
        *("--name", "Nordbolt"),
    )
    assert made.code == 0, made.err
    refused = run("key", "rotate")
    assert "--new-key" in refused.err
    assert run("key", "rotate", "--new-key", "two.key").code == 0
    assert files[0].read_bytes() == files[1].read_bytes()
    own_claim(machine)
    published = run("publish", "attestation.json", "--registry", url, "--yes")
    assert published.code == 0, published.err
    assert envelope.parse_envelope((machine / "attestation.jwt").read_bytes()).header.alg == "ES256"


def test_a_key_file_from_elsewhere_runs_nothing_until_its_user_agrees(
    run: Run, machine: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    key = machine / "one.service"
    openssl("genpkey", "-algorithm", "ed25519", "-out", key)
    openssl("pkey", "-in", key, "-pubout", "-out", machine / "one.pem")
    command = kept_keys.service(machine, key)
    assert run("key", "program", "--public", "one.pem", "--", *command).code == 0
    assert run("init", "--keep-key", "--name", "Nordbolt").code == 0
    own_claim(machine)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "another home"))
    refused = run("sign", "attestation.json")
    assert refused.code == 2
    assert "K019" in refused.err
    assert run("key", "agree").code == 0
    assert run("sign", "attestation.json").code == 0
    signed(machine)


def test_a_decision_log_signs_with_a_protected_key(run: Run, machine: Path, secrets: Path) -> None:
    from openquality.decisions.folder import Folder

    made = Folder.make(machine / "log", origin="decisions.example/2026")
    path = machine / "log" / "keys" / "log.key"
    assert secrets.is_dir()
    assert run("key", "protect", "--key", path).code == 0
    assert SEALED in path.read_text()
    head = made.append(made.head(), b"entry", event=("sha256:" + "0" * 64, b"{}"), files={})
    assert made.head() == head  # the checkpoint verifies under the log's key


@pytest.mark.parametrize("wrong", ["passphrase", "PIN"])
def test_no_secret_stands_in_a_traceback(
    run: Run, machine: Path, secrets: Path, wrong: str, request: pytest.FixtureRequest
) -> None:
    if wrong == "PIN":
        module = request.getfixturevalue("token")
        command = ("key", "token", "--module", module, "--token", kept_keys.TOKEN)
        assert run(*command).code == 0
        assert run("init", "--keep-key", "--name", "Nordbolt").code == 0
    else:
        assert run("init", "--name", "Nordbolt", "--protect", "passphrase").code == 0
    own_claim(machine)
    (secrets / wrong.upper()).write_text("0451-not-this-one")
    with Terminal(
        "sign", "attestation.json", folder=machine, OPENQUALITY_DEBUG="1", PYTHONWARNINGS="ignore"
    ) as ends:
        assert ends.end() != 0
        assert "Traceback" in ends.shown
        assert "K011" in ends.shown
        assert not [each for each in ("0451", PASSPHRASE, kept_keys.PIN) if each in ends.shown]


def openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *map(os.fspath, arguments)], check=True, capture_output=True)
