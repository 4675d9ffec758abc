"""What the guide to keys says is what the program does."""

import re
from pathlib import Path
from typing import Any

import pytest

import openquality
from openquality.cli.application import Commands, application
from openquality.keeping import agreed, files, passphrase, program, ring, sealed, token
from openquality.keeping.local import LocalSigner
from openquality.signing import SigningKey
from openquality_validator.identity import KeyKind

TEXT = (Path(__file__).parents[2] / "docs" / "guide" / "keys.md").read_text("utf-8")


def test_the_parameters_are_those_that_are_written() -> None:
    said = re.search(r"N = (\d+), r = (\d+), p = (\d+) and a salt of (\d+)", TEXT)
    assert said is not None
    assert tuple(map(int, said.groups())) == (
        *(sealed.COST, sealed.BLOCK, sealed.PARALLEL),
        sealed.SALT,
    )


def test_the_variables_and_files_are_those_that_are_read() -> None:
    named = set(re.findall(r"OPENQUALITY_[A-Z_]+", TEXT))
    assert named == set(passphrase.VARIABLES.values())
    assert f"~/.config/openquality/{agreed.NAME}" in TEXT


@pytest.mark.parametrize(
    "words", sorted(set(re.findall(r"openquality (?:key )?[a-z]+(?: --[a-z-]+)*", TEXT)))
)
def test_every_command_and_option_that_it_names_exists(words: str) -> None:
    _, *path = [word for word in words.split() if not word.startswith("--")]
    options = {word for word in words.split() if word.startswith("--")}
    commands = application()
    assert isinstance(commands, Commands)
    command = commands.get_command(None, path[0])
    assert command is not None, words
    if len(path) > 1:
        command = command.commands[path[1]]
    known = {name for parameter in command.params for name in parameter.opts}
    assert options <= known


SPEC = (Path(__file__).parents[2] / "docs" / "spec" / "key-file.md").read_text("utf-8")
SHOWN = re.findall(r"^```json\n(.*?)\n```", SPEC, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("text", SHOWN[:-1])
def test_a_key_file_of_the_page_is_read_and_written_as_it_stands(text: str) -> None:
    def nobody(_: passphrase.Wanted) -> bytes:
        raise AssertionError("nothing is asked for by reading")

    assert files.parse(text.encode(), ask=nobody, where="a.key").to_file() == text.encode()


def test_the_list_of_the_page_agrees_to_what_its_key_files_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    agreed.path().parent.mkdir(parents=True)
    agreed.path().write_text(SHOWN[-1])
    agreed.require("/usr/lib/softhsm/libsofthsm2.so")
    agreed.require("/usr/local/bin/kms-sign", "--key", "quality")


def test_the_page_names_every_kind_of_signer() -> None:
    kinds = set(re.findall(r"^\| `(\w+)` \|", SPEC, re.MULTILINE))
    assert kinds - {"signer"} == {program.NAME, ring.NAME, token.NAME}


def test_the_python_of_the_guide_signs_with_a_sealed_key(tmp_path: Path) -> None:
    key = LocalSigner.generate(KeyKind.ED25519)
    path = tmp_path / "a.key"
    files.write(path, sealed.SealedSigner.seal(key, b"eleven green bottles", where="").to_file())
    did = SigningKey.of(key).did
    names: dict[str, Any] = {
        "openquality": openquality,
        "vault": {"passphrase": b"eleven green bottles"},
        "path": path,
        "record": {"issuer": {"id": did}},
    }
    (block,) = re.findall(r"^```python\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    exec(block, names)  # noqa: S102 - our own page
    assert names["statement"] == openquality.sign(names["record"], SigningKey.of(key))
