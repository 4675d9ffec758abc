"""The guide to changing a schema shows what really happens."""

import re
import shlex
from pathlib import Path

import pytest

from openquality.cli.main import main

GUIDE = (Path(__file__).parents[2] / "docs" / "guide" / "schemas.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("block", "code"), list(zip(blocks("console"), (1, 0), strict=True)))
def test_each_command_prints_what_the_guide_shows(
    block: str,
    code: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for number, text in enumerate(blocks("json"), 1):
        (tmp_path / f"v{number}.json").write_text(text, "utf-8")
    (tmp_path / "records.jsonl").write_text(blocks("jsonl")[0], "utf-8")
    monkeypatch.chdir(tmp_path)
    command, _, expected = block.partition("\n")

    assert main(shlex.split(command)[2:]) == code

    captured = capsys.readouterr()
    assert captured.out + captured.err == expected
