"""Every command of the guide to starting, run in its order; what it shows is what is shown."""

import re
import shlex
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from terminals import Terminal

TEXT = (Path(__file__).parents[2] / "docs" / "guide" / "start.md").read_text("utf-8")
COMMANDS = [
    line
    for block in re.findall(r"^```sh\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
]
SHOWN = re.findall(r"^```text\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
HEADS = re.findall(r"`supplier/(\w+\.csv)`[^`]+```csv\n(.*?)\n```", TEXT, re.DOTALL)
Run = Callable[..., Any]


def rows(name: str) -> str:
    """Write a supplier's file of the last 100 days."""
    today = datetime.now(UTC).date()
    days = [(today - timedelta(days=ago)).isoformat() for ago in range(1, 101)]
    form = {"deliveries.csv": "{day},{day}\n", "lots.csv": "{day},50,0\n"}[name]
    return "".join(form.format(day=day) for day in days)


def test_the_commands_make_a_supplier_ready(run: Run, machine: Path, registry: str) -> None:
    assert [name for name, _ in HEADS] == ["deliveries.csv", "lots.csv"]
    ready = []
    for line in COMMANDS:
        words = shlex.split(line.replace("https://registry.example", registry))
        assert words.pop(0) == "openquality"
        ran = run(*words)
        if words[0] == "doctor":
            ready.append(ran.code == 0)
        else:
            assert ran.code == 0, (line, ran.err)
        if words[0] == "init":
            for name, head in HEADS:
                (machine / "supplier" / name).write_text(f"{head}\n{rows(name)}")
    assert ready == [False, True]
    (document,) = run("validate", "supplier/attestation.json", "--format", "json").json["documents"]
    assert document["findings"] == []


def test_the_dialogue_is_what_a_terminal_shows(machine: Path) -> None:
    """Type what the guide types, and compare line by line what was shown."""
    dialogue = SHOWN[0].splitlines()
    assert dialogue.pop(0) == "$ openquality init supplier"
    asked = [line for line in dialogue if re.match(r"(Your|Its|The|Protect) .*: ?", line)]
    assert len(asked) == 7
    with Terminal("init", "supplier", folder=machine) as ends:
        for line in asked:
            question, _, answer = line.rpartition(": ")
            ends.answer(question, answer)
        assert ends.end() == 0, ends.shown
    assert ends.shown.replace("\r\n", "\n").startswith("\n".join(dialogue))
    record = orjson.loads((machine / "supplier" / "attestation.json").read_bytes())
    assert record["issuer"]["name"] == "Nordbolt Fasteners GmbH"


def test_the_gap_is_shown_as_doctor_says_it(run: Run, machine: Path) -> None:
    assert machine.is_dir()
    assert run("init", "supplier").code == 0
    assert SHOWN[1] in run("doctor", "supplier").out


@pytest.mark.parametrize("code", sorted(set(re.findall(r"\bY\d{3}\b", TEXT))))
def test_the_codes_that_it_names_exist(run: Run, code: str) -> None:
    assert run("explain", code).code == 0
