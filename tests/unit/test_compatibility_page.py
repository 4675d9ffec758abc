"""docs/spec/compatibility.md: its examples, its table and its lists are what the code does."""

import re
from pathlib import Path
from typing import Any

import orjson
import pytest

from openquality.cli.main import main
from openquality_validator.compatibility import (
    Mode,
    Reading,
    Schema,
    automaton,
    compare,
    linting,
    proof,
    reading,
)
from openquality_validator.explain import codes

PAGE = (Path(__file__).parents[2] / "docs" / "spec" / "compatibility.md").read_text("utf-8")
EXAMPLE = re.compile(
    r"^### (.+?)\n\n```json\n(.+?)\n```\n\n```json\n(.+?)\n```\n\n```text\n(.+?)\n```\n",
    re.MULTILINE | re.DOTALL,
)
ROW = re.compile(
    r"^\| (strict|lenient) \| (open|closed) \| (add|remove) \| (.+?) \| (.+?) \| (.+?) \|$",
    re.MULTILINE,
)
EXAMPLES = EXAMPLE.findall(PAGE)
ROWS = ROW.findall(PAGE)


@pytest.mark.parametrize(
    ("old", "new", "said"), [e[1:] for e in EXAMPLES], ids=[e[0] for e in EXAMPLES]
)
def test_each_worked_example_is_what_the_command_shows(
    old: str, new: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, text in (("old", old), ("new", new)):
        (tmp_path / name).write_text(text, "utf-8")

    main(["schema", "diff", str(tmp_path / "old"), str(tmp_path / "new")])

    assert capsys.readouterr().out == said + "\n"


def test_there_are_examples_and_all_combinations() -> None:
    assert len(EXAMPLES) == 3
    assert len({row[:4] for row in ROWS}) == len(ROWS) == 24


@pytest.mark.parametrize("row", ROWS, ids="-".join)
def test_each_row_of_the_table_is_what_is_proved(row: tuple[str, ...]) -> None:
    read, content, change, member, backward, forward = row
    without: dict[str, Any] = {"properties": {}, "type": "object"}
    # Of an object without any named member the lenient reading would make a map.
    without["properties"]["a"] = {"type": "string"}
    if content == "closed":
        without["additionalProperties"] = False
    having = orjson.loads(orjson.dumps(without))
    having["properties"]["f"] = {"type": "string"}
    if "default" in member:
        having["properties"]["f"]["default"] = ""
    if "required" in member:
        having["required"] = ["f"]
    old, new = (without, having) if change == "add" else (having, without)

    found = compare(Schema(old, side="old"), Schema(new, side="new"), reading=Reading(read))

    assert (found.backward, found.forward) == (backward, forward)


def test_the_second_example_is_neutral_under_the_lenient_reading() -> None:
    _, old, new, _ = EXAMPLES[1]
    one, other = (Schema(orjson.loads(s), side=n) for s, n in ((old, "old"), (new, "new")))

    found = compare(one, other, reading=Reading.LENIENT)

    assert [change.nature for change in found.changes] == ["neutral"]


def test_every_mode_and_every_code_of_the_check_is_listed() -> None:
    assert re.findall(r"^\| `([A-Z_]+)` \|", PAGE, re.MULTILINE) == [*Mode]
    listed = set(re.findall(r"^\| (Z\d{3}) \|", PAGE, re.MULTILINE))
    assert listed == {code for code in codes() if code.startswith("Z0")}


def test_the_limits_are_those_of_the_code() -> None:
    assert f"{reading.MAX_SCHEMAS:,} subschemas" in PAGE
    assert f"{linting.MAX_PATTERNS:,} different patterns" in PAGE
    assert f"takes more than {proof.MAX_STEPS:,} steps" in PAGE
    assert f"deeper than {reading.MAX_DEPTH} levels" in PAGE
    assert f"more than {automaton.MAX_WAYS:,} at once" in PAGE
    assert f"more than {automaton.MAX_STEPS:,} steps" in PAGE
