"""`openquality validate` over many files: patterns, settings, bad ones among good, processes."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

import openquality_schemas

Run = Callable[..., Any]
VALID = openquality_schemas.examples("valid")["organisation-on-time.json"]
INVALID = VALID.replace(b'"numerator": 2912', b'"numerator": 2000')


def names(ran: Any) -> list[str]:  # noqa: ANN401 - what the command printed
    return [document["path"] for document in ran.json["documents"]]


@pytest.fixture
def tree(machine: Path) -> Path:
    for name in ("a.json", "one/b.json", "one/two/c.json", "drafts/d.json", "one/drafts/e.json"):
        path = machine / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(VALID)
    return machine


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (
            ["**/*.json"],
            ["a.json", "drafts/d.json", "one/b.json", "one/drafts/e.json", "one/two/c.json"],
        ),
        (["one/*.json"], ["one/b.json"]),
        (["one", "--exclude", "drafts"], ["one/b.json", "one/two/c.json"]),
        (["one", "--exclude", "one/two"], ["one/b.json", "one/drafts/e.json"]),
        (
            ["**/*.json", "--exclude", "**/drafts/*.json"],
            ["a.json", "one/b.json", "one/two/c.json"],
        ),
        (
            ["**/*.json", "--exclude", "[a-z].json"],
            ["a.json", "drafts/d.json", "one/b.json", "one/drafts/e.json", "one/two/c.json"],
        ),
        (["**/*.json", "--exclude", "?.json"], []),
        (["a.json", "./a.json", "*.json"], ["a.json"]),
    ],
)
@pytest.mark.usefixtures("tree")
def test_patterns_name_files_and_leave_out_files(
    run: Run, arguments: list[str], found: list[str]
) -> None:
    ran = run("validate", *arguments, "--format", "json")
    assert (ran.code, names(ran)) == (0, found)


@pytest.mark.usefixtures("tree")
def test_a_pattern_without_files_is_told(run: Run) -> None:
    ran = run("validate", "*.jsonl", "a.json")
    assert ran.code == 2
    assert "error: *.jsonl: No " in ran.err
    assert "1 checked: 1 valid" in ran.err


def test_one_bad_file_among_many_stops_no_other(run: Run, machine: Path) -> None:
    folder = machine / "all"
    folder.mkdir()
    for number in range(40):
        (folder / f"{number:02}.json").write_bytes(VALID)
    (folder / "07.json").unlink()
    (folder / "07.json").symlink_to("gone.json")
    (folder / ".#13.json").symlink_to("somebody@host.1234")  # Emacs is editing 13.json
    (folder / "11.jsonl").write_bytes(b"\n \n")
    (folder / "13.json").write_bytes(INVALID)
    ran = run("validate", "all", "gone.json", "notes.txt")
    assert ran.code == 2
    assert "39 checked: 38 valid, 1 not. 4 not read." in ran.err
    assert "error: all/07.json: No such file" in ran.err
    for said in ("all/11.jsonl: It holds no record", "gone.json: No such file", "notes.txt: Not a"):
        assert f"error: {said}" in ran.err


def test_what_was_not_read_stands_in_every_format(run: Run, tree: Path) -> None:
    assert tree.is_dir()
    as_json = run("validate", "a.json", "gone.json", "--format", "json")
    assert as_json.json["documents"][1] == {
        "path": "gone.json",
        "line": None,
        "form": None,
        "valid": False,
        "findings": [],
        "error": "No such file or directory",
    }
    assert as_json.json["summary"]["unread"] == 1
    sarif = run("validate", "a.json", "gone.json", "--format", "sarif").json["runs"][0]
    assert sarif["results"] == []
    (invocation,) = sarif["invocations"]
    assert invocation["executionSuccessful"] is False
    assert len(invocation["toolExecutionNotifications"]) == 1
    for form, said in (
        ("junit", '<error type="unread" message="No such file or directory">'),
        ("github", "::error file=gone.json::No such file or directory\n"),
        ("markdown", "| gone.json | error | No such file or directory |"),
    ):
        ran = run("validate", "a.json", "gone.json", "--format", form)
        assert ran.code == 2
        assert said in ran.out


def test_settings_of_the_project_fill_in_what_is_not_said(
    run: Run, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tree / "openquality.toml").write_text(
        '[validate]\nfiles = ["one", "a.json"]\nexclude = ["drafts"]\nformat = "json"\n'
    )
    monkeypatch.chdir(tree / "one")
    ran = run("validate")
    assert [Path(name).relative_to(tree).as_posix() for name in names(ran)] == [
        "one/b.json",
        "one/two/c.json",
        "a.json",
    ]
    assert names(run("validate", "two")) == ["two/c.json"]
    assert run("validate", "two", "--format", "text").out == ""


def test_a_wrong_setting_stops_the_command(run: Run, tree: Path) -> None:
    (tree / "openquality.toml").write_text("[validate]\nformt = 'json'\n")
    ran = run("validate", "a.json")
    assert (ran.code, ran.out) == (2, "")
    assert "Did you mean format?" in ran.err


def test_several_processes_report_what_one_does_in_the_same_order(run: Run, machine: Path) -> None:
    good, bad = (orjson.dumps(orjson.loads(data)) for data in (VALID, INVALID))
    lines = [bad if number % 7 == 3 else good for number in range(1_100)]
    lines[5] = b"{oops"
    (machine / "all.jsonl").write_bytes(b"\n".join(lines))
    alone = run("validate", "all.jsonl", "gone.json", "all.jsonl", "--format", "json")
    assert len(alone.json["documents"]) == 1_101
    assert alone == run(
        "validate", "all.jsonl", "gone.json", "all.jsonl", "--format", "json", "--jobs", "2"
    )


def test_the_package_runs_as_a_module(machine: Path) -> None:
    (machine / "bad.json").write_bytes(INVALID)
    ran = subprocess.run(
        [sys.executable, "-m", "openquality", "validate", "bad.json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1
    assert ran.stdout.startswith("bad.json:77:21: error A001 ")


@contextlib.contextmanager
def ending(program: "subprocess.Popen[str]") -> Iterator[None]:
    """Kill a program that a failing test leaves running: nothing else would end it."""
    try:
        yield
    finally:
        program.kill()


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Let programs that are started be interrupted: what runs in the background hands on not to."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_a_watched_file_is_checked_again_when_it_changes(machine: Path) -> None:
    path = machine / "a.json"
    path.write_bytes(INVALID)
    with (
        subprocess.Popen(
            [sys.executable, "-m", "openquality", "validate", "--watch", "*.json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # A shell starts what runs in the background with Ctrl-C ignored, and so would be this.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - as said
        ) as program,
        ending(program),
    ):
        assert program.stderr is not None
        assert "1 checked: 0 valid, 1 not." in program.stderr.readline()
        assert "Watching 1 files; Ctrl-C ends it." in program.stderr.readline()
        path.write_bytes(VALID)
        assert "1 checked: 1 valid, 0 not." in program.stderr.readline()
        assert "Watching" in program.stderr.readline()
        (machine / "b.json").write_bytes(VALID)
        assert "2 checked: 2 valid, 0 not." in program.stderr.readline()
        program.send_signal(signal.SIGINT)
        assert program.wait(timeout=300) == 130
        assert "Traceback" not in program.stderr.read()


def test_the_language_of_the_project_is_spoken(machine: Path) -> None:
    (machine / "bad.json").write_bytes(INVALID)

    def said(**more: str) -> str:
        environment = {
            name: value
            for name, value in os.environ.items()
            if name not in {"OPENQUALITY_LANGUAGE", "LANG", "LC_ALL", "LC_MESSAGES"}
        }
        ran = subprocess.run(
            [sys.executable, "-m", "openquality", "validate", "bad.json"],
            capture_output=True,
            text=True,
            check=False,
            encoding="utf-8",
            env={**environment, "PYTHONUTF8": "1", **more},
        )
        return ran.stderr

    assert said() == "1 checked: 0 valid, 1 not.\n"
    (machine / "openquality.toml").write_text('language = "de"\n')
    assert said() != "1 checked: 0 valid, 1 not.\n"
    assert said(OPENQUALITY_LANGUAGE="en") == "1 checked: 0 valid, 1 not.\n"
