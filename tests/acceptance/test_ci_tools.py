"""The hook for pre-commit and the GitHub action do what they say, with our command as it is."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
GUIDE = (ROOT / "docs" / "guide" / "ci.md").read_text()
TEXTS = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
BLOCKS = [yaml.safe_load(text) for text in TEXTS]


@pytest.fixture
def records(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record_value: Callable[[str], Any]
) -> Path:
    """Give a folder with a valid record, one with a wrong date, and one with a blank too many."""
    good, bad, untidy = (record_value("fastener-cpk-on-time.json") for _ in range(3))
    bad["validFrom"] = "2026-13-01T00:00:00Z"
    untidy["validFrom"] += " "
    for name, value in {"good": good, "bad": bad, "untidy": untidy}.items():
        (tmp_path / f"{name}.attestation.json").write_bytes(
            orjson.dumps(value, option=orjson.OPT_INDENT_2)
        )
    monkeypatch.setenv("PATH", f"{BIN}:{os.environ['PATH']}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


# What pre-commit asks of a manifest: https://pre-commit.com, "Creating new hooks".
def test_the_manifest_names_hooks_that_pre_commit_can_install() -> None:
    ids = [hook["id"] for hook in HOOKS]

    assert {"id", "name", "entry", "language"} <= set.intersection(*(set(h) for h in HOOKS))
    assert ids == ["openquality-validate", "openquality-fix"]
    assert {hook["language"] for hook in HOOKS} == {"python"}
    assert all(hook["require_serial"] for hook in HOOKS)


@pytest.mark.parametrize(
    ("path", "ids"),
    [
        ("attestation.json", ["openquality-validate", "openquality-fix"]),
        ("suppliers/nordbolt/attestation.json", ["openquality-validate", "openquality-fix"]),
        ("bolt.attestation.json", ["openquality-validate", "openquality-fix"]),
        ("all.attestation.jsonl", ["openquality-validate", "openquality-fix"]),
        ("bolt.jwt", ["openquality-validate"]),
        ("bolt.bundle.json", ["openquality-validate"]),
        ("package.json", []),
        ("noattestation.json", []),
    ],
)
def test_a_hook_takes_records_and_nothing_else(path: str, ids: list[str]) -> None:
    assert [hook["id"] for hook in HOOKS if re.search(hook["files"], path)] == ids


def hooked(hook_id: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a hook on the files of a folder, as pre-commit puts its command together."""
    hook = next(each for each in HOOKS if each["id"] == hook_id)
    names = sorted(each.name for each in folder.iterdir() if re.search(hook["files"], each.name))
    return subprocess.run(
        [*shlex.split(hook["entry"]), *names], capture_output=True, text=True, check=False
    )


def test_the_hook_stops_a_commit_of_a_record_that_is_not_valid(records: Path) -> None:
    stopped = hooked("openquality-validate", records)
    (records / "bad.attestation.json").unlink()
    (records / "untidy.attestation.json").unlink()
    passed = hooked("openquality-validate", records)

    assert stopped.returncode == 1
    assert "bad.attestation.json:" in stopped.stdout
    assert passed.returncode == 0


def test_the_other_hook_changes_what_it_mends(records: Path) -> None:
    (records / "bad.attestation.json").unlink()
    mended = records / "untidy.attestation.json"
    before = mended.read_bytes()

    hooked("openquality-fix", records)

    assert mended.read_bytes() == before.replace(b'Z "', b'Z"') != before


@dataclass(frozen=True)
class Runner:
    """Run steps of the action as GitHub's runner does: bash, expressions filled in, files."""

    folder: Path

    @property
    def summary(self) -> str:
        return (self.folder / "summary.md").read_text()

    def run(self, name: str, **given: str) -> subprocess.CompletedProcess[str]:
        step = next(each for each in ACTION["runs"]["steps"] if each["name"] == name)
        inputs = {key: str(each.get("default", "")) for key, each in ACTION["inputs"].items()}
        inputs |= given
        held = {
            key: re.sub(r"\$\{\{ inputs\.(\w+) \}\}", lambda found: inputs[found[1]], text)
            for key, text in step["env"].items()
        }
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            env={
                **os.environ,
                **held,
                "GITHUB_ACTION_PATH": str(ROOT),
                "GITHUB_PATH": str(self.folder / "path"),
                "GITHUB_STEP_SUMMARY": str(self.folder / "summary.md"),
                "RUNNER_TEMP": str(self.folder),
            },
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def runner(tmp_path_factory: pytest.TempPathFactory) -> Runner:
    return Runner(tmp_path_factory.mktemp("runner"))


def test_the_action_and_the_workflow_of_the_guide_have_the_published_form(tmp_path: Path) -> None:
    workflow = tmp_path / "workflow.yml"
    workflow.write_text(next(each for each in TEXTS if "jobs:" in each))
    for schema, path in [("github-actions", ROOT / "action.yml"), ("github-workflows", workflow)]:
        done = subprocess.run(
            [BIN / "check-jsonschema", "--builtin-schema", f"vendor.{schema}", path],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout


def test_the_guide_uses_inputs_and_hooks_that_there_are() -> None:
    steps = [s for block in BLOCKS if "jobs" in block for s in block["jobs"]["validate"]["steps"]]
    ours = next(step for step in steps if step["uses"].startswith("OWNER/"))
    hooks = [h["id"] for block in BLOCKS for repo in block.get("repos", ()) for h in repo["hooks"]]

    assert ours["with"].keys() <= ACTION["inputs"].keys()
    assert {*hooks} == {hook["id"] for hook in HOOKS}
    assert all(f"| `{name}` |" in GUIDE for name in ACTION["inputs"])


def test_the_action_shows_findings_beside_lines_and_fails(records: Path, runner: Runner) -> None:
    done = runner.run("Validate", files="good.attestation.json\nbad.attestation.json\n")

    assert done.returncode == 1
    assert re.search(
        r"^::error file=bad\.attestation\.json,line=\d+,.*::", done.stdout, re.MULTILINE
    )
    assert "bad.attestation.json" in runner.summary
    assert not list(records.glob("*.sarif"))


def test_the_action_passes_what_is_valid_and_writes_sarif_if_asked(
    records: Path, runner: Runner
) -> None:
    done = runner.run("Validate", files="good*", sarif="found.sarif")

    assert done.returncode == 0
    assert orjson.loads((records / "found.sarif").read_bytes())["version"] == "2.1.0"


def test_a_name_with_signs_of_the_shell_stays_a_name(records: Path, runner: Runner) -> None:
    odd = "$(touch ran) `touch ran`; touch ran.json"
    (records / odd).write_bytes((records / "good.attestation.json").read_bytes())

    done = runner.run("Validate", files=odd)

    assert done.returncode == 0
    assert not (records / "ran").exists()


@pytest.mark.heavy
def test_the_action_installs_the_command_from_its_own_folder(runner: Runner) -> None:
    done = runner.run("Install")

    assert done.returncode == 0, done.stderr
    program = Path((runner.folder / "path").read_text().strip()) / "openquality"
    assert subprocess.run([program, "--version"], check=True, capture_output=True).stdout
