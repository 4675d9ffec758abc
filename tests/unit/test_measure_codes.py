"""Every code of measuring and recomputing is explained, and every explained one is used."""

import re
from pathlib import Path

import pytest

import openquality
import openquality_validator
from openquality.cli.main import main
from openquality_validator import recompute
from openquality_validator.measure import codes

CORE = Path(openquality_validator.__file__).parent
SDK = Path(openquality.__file__).parent


def used(letter: str) -> set[str]:
    sources = [
        *(CORE / "measure").glob("*.py"),
        CORE / "recompute.py",
        *(SDK.glob("tables.py")),
        *(SDK / "cli").glob("m*.py"),
    ]
    text = "".join(path.read_text() for path in sources if path.name != "codes.py")
    text = text.replace(text[text.find("CODES: Final") : text.find("ReadTable = ")], "")
    return set(re.findall(rf'"({letter}\d{{3}})"', text))


def test_the_explained_codes_are_those_in_use() -> None:
    assert used("M") == set(codes.CODES)
    assert used("E") == set(recompute.CODES)


@pytest.mark.parametrize("code", [*codes.CODES, *recompute.CODES])
def test_each_code_can_be_asked_for(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", code]) == 0
    assert {**codes.CODES, **recompute.CODES}[code] in capsys.readouterr().out
