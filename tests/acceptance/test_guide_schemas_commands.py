"""What the guide to schemas publishes, fetches and replays really happens."""

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from registry_at_work import attestation, registry

import openquality_schemas
from openquality.signing import generate, write_key

Run = Callable[..., Any]
GUIDE = (Path(__file__).parents[2] / "docs" / "guide" / "schemas.md").read_text("utf-8")
OWNER, DOMAIN = "did:web:coaters.example", "https://coaters.example/schemas"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)


def test_every_command_of_the_guide_runs_in_its_order(
    run: Run, machine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = generate()
    write_key(machine / "openquality.key", key)

    def own(text: str) -> str:
        """Put an identity in the place of the guide's that needs no domain to be looked at."""
        return text.replace(DOMAIN, key.did).replace(OWNER, key.did)

    for number, text in enumerate(blocks("json"), 1):
        (machine / f"v{number}.json").write_text(own(text), "utf-8")
    (example,) = blocks("json record")
    coated = attestation(key=key)
    document = (machine / "v3.json").read_bytes()
    coated["extensionSchemas"] = json.loads(own(example))["extensionSchemas"]
    coated["extensionSchemas"][0]["digestSRI"] = openquality_schemas.sri(document)
    coated["credentialSubject"] |= json.loads(own(example))["credentialSubject"]
    (machine / "bolt.json").write_text(json.dumps(coated))
    (machine / "records.jsonl").write_text(blocks("jsonl")[0], "utf-8")
    commands = [line for block in blocks("shell") for line in block.splitlines()]
    assert len(commands) == 11
    with registry(tmp_path / "data") as (client, _):
        monkeypatch.setenv("OPENQUALITY_REGISTRY", str(client.base_url))
        for command in commands:
            program, *arguments = shlex.split(own(command))
            assert program == "openquality"
            place = str(tmp_path / "data")
            ran = run(*(place if each == "registry-data" else each for each in arguments))
            assert ran.code == 0, (command, ran.err)
            said = ran.err

    # The last command replays the one record that the log holds under the schema.
    assert "1 of 1 published records remain valid." in said
    assert (machine / "coating.json").read_bytes() == (machine / "v3.json").read_bytes()
    assert (machine / "coating.1.0.jwt").exists()
    assert (machine / "coating.1.0.bundle.json").exists()
