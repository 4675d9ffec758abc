"""Every conformance case of a verifier, through our command line. A new folder is a new test."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from openquality.cli.main import main

HERE = Path(__file__).parent / "verifier"
CASES = sorted(path for path in (HERE / "cases").iterdir() if path.is_dir())
EXIT_CODES = {"pass": 0, "fail": 1, "unknown": 3}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_comes_to_what_it_says(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = json.loads((case / "case.json").read_text())
    words = ["verify", str(case / "bundle.json"), "--trust", str(case / "trust.json")]
    words += ["--at", given["at"], "--no-state", "--format", "json"]
    if (case / "seen.txt").exists():
        words += ["--seen", str(case / "seen.txt")]
    assert main(words) == EXIT_CODES[given["expect"]]
    (verdict,) = json.loads(capsys.readouterr().out)["verdicts"]
    assert verdict["overall"] == given["expect"]
    if given["step"] is not None:
        found = {step["name"]: step["outcome"] for step in verdict["steps"]}
        assert found[given["step"]] == given["expect"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_is_named_after_its_outcome_and_explained(case: Path) -> None:
    expect = json.loads((case / "case.json").read_text())["expect"]
    ending = case.name.rpartition("_")[2] if "_" in case.name else "pass"
    assert ending == expect
    title, _, text = (case / "README.md").read_text().partition("\n\n")
    assert title == f"# {case.name}"
    assert text.strip()


def test_there_are_enough_cases_of_each_outcome() -> None:
    outcomes = [json.loads((case / "case.json").read_text())["expect"] for case in CASES]
    assert len(CASES) >= 140
    assert min(outcomes.count(each) for each in EXIT_CODES) >= 15


def test_the_runner_runs_any_command_and_counts(tmp_path: Path) -> None:
    # A verifier that passes everything must be told so.
    careless = tmp_path / "careless.py"
    careless.write_text("raise SystemExit(0)\n")
    done = subprocess.run(
        [sys.executable, "-S", str(HERE / "run.py"), sys.executable, "-S", "-E", str(careless)],
        capture_output=True,
        text=True,
        check=False,
    )
    passing = sum(json.loads((c / "case.json").read_text())["expect"] == "pass" for c in CASES)
    assert done.returncode == 1
    assert done.stdout.endswith(f"{passing} of {len(CASES)} cases as expected\n")
