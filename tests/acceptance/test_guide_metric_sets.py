"""What the guide to schemas says of metric sets really happens."""

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from coated import URI, adhesion, coated
from fenced_blocks import blocks
from registry_at_work import attestation, registry, trust_in

from openquality.signing import generate, write_key

Run = Callable[..., Any]
GUIDE = Path("docs/guide/schemas.md").read_text("utf-8")
(SET,) = blocks(Path("docs/spec/catalogue.md").read_text("utf-8"), "json metric-set")


def test_every_command_of_the_section_runs_in_its_order(
    run: Run, machine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = generate()
    write_key(machine / "openquality.key", key)

    def own(text: str) -> str:
        """Put an identity in the place of the guide's that needs no domain to be looked at."""
        return text.replace(URI, f"{key.did}/coating").replace(
            "https://coatings.example/", f"{key.did}/"
        )

    held = own(SET).encode()
    (machine / "coating-metrics.json").write_bytes(held)
    value = attestation(1, key=key)
    record = coated(value, adhesion(value), pinned=held)
    (machine / "record.json").write_bytes(orjson.dumps(record))
    commands = [line for block in blocks(GUIDE, "sh") for line in block.splitlines()]
    assert len(commands) == 5
    with registry(tmp_path / "data") as (client, _):
        monkeypatch.setenv("OPENQUALITY_REGISTRY", str(client.base_url))
        assert trust_in(client).logs
        for command in commands:
            program, *arguments = shlex.split(own(command))
            assert program == "openquality"
            ran = run(*arguments)
            assert ran.code == 0, (command, ran.out, ran.err)

    # The bound of the example, 5.87103 MPa, is what the last answer ranks.
    assert "5.871" in ran.out


def test_a_set_is_checked_against_its_released_versions(run: Run, machine: Path) -> None:
    new = orjson.loads(SET)
    new["version"] = "1.1"
    new["metrics"][0]["allowedUnits"].remove("Pa")
    (machine / "v1.json").write_text(SET, "utf-8")
    (machine / "v1.1.json").write_bytes(orjson.dumps(new))

    ran = run("schema", "check", "v1.1.json", "--against", "v1.json")
    assert ran.code == 1
    assert "Pa is allowed no more in allowedUnits. (Z144)" in ran.out
    assert run("schema", "diff", "v1.json", "v1.1.json").code == 1
    # A direction never changes under one id; that is said before anything is compared.
    new["metrics"][0] |= {"direction": "lowerBetter"}
    new["metrics"][0]["example"]["bound"] = "6.52897"
    (machine / "v1.1.json").write_bytes(orjson.dumps(new))
    ran = run("schema", "check", "v1.1.json", "--against", "v1.json")
    assert (ran.code, "Z227" in ran.out) == (1, True)
    ran = run("schema", "check", "v1.json", "--namespace", "https://another.example/")
    assert (ran.code, "Z010" in ran.out) == (1, True)
    ran = run("schema", "check", "v1.json", "--records", "v1.json")
    assert (ran.code, "validate --schema" in ran.err) == (2, True)
