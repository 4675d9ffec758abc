"""The program that runs published vectors tells agreement from disagreement."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.published", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """Make a suite of one file in the form of json-canonicalization."""
    (tmp_path / "input").mkdir()
    (tmp_path / "output").mkdir()
    # RFC 8785, section 3.2.2: numbers as ECMAScript writes them, members sorted.
    (tmp_path / "input/numbers.json").write_text('{"b": 333333333.33333329, "a": 1E30}')
    (tmp_path / "output/numbers.json").write_text('{"a":1e+30,"b":333333333.3333333}')
    return tmp_path


def test_a_suite_that_agrees_ends_well(suite: Path) -> None:
    done = run("rfc8785", str(suite))
    assert (done.returncode, done.stdout) == (
        0,
        "pass      input/numbers.json\n1 pass, 0 FAIL, 0 excluded\n",
    )


def test_a_file_that_disagrees_is_named(suite: Path) -> None:
    (suite / "output/numbers.json").write_text('{"a":1e30,"b":333333333.3333333}')
    done = run("rfc8785", str(suite))
    assert done.returncode == 1
    assert done.stdout.startswith("FAIL      input/numbers.json: expected")


def test_an_empty_folder_proves_nothing(tmp_path: Path) -> None:
    assert run("rfc8785", str(tmp_path)).returncode == 1


@pytest.mark.parametrize("words", [(), ("rfc8785",), ("nothing", "."), ("rfc8785", "/nowhere")])
def test_wrong_words_are_answered_with_the_usage(words: tuple[str, ...]) -> None:
    done = run(*words)
    assert done.returncode == 2
    assert "python -m tests.published SUITE FOLDER" in done.stdout
