"""The program as a process: signals, pipes, help, and what a base install lacks."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

import openquality_schemas
from openquality.cli import application

Run = Callable[..., Any]
PROGRAM = [
    sys.executable,
    "-c",
    "import sys; from openquality.cli.main import main; sys.exit(main())",
]
VALID = openquality_schemas.examples("valid")["organisation-on-time.json"]


def commands() -> Iterator[tuple[str, ...]]:
    """Name every command and sub-command."""
    root = application.application()
    for name in root.list_commands(None):
        yield from below((name,), root.get_command(None, name))


def below(name: tuple[str, ...], command: Any) -> Iterator[tuple[str, ...]]:  # noqa: ANN401 - typer keeps its command type private
    children = getattr(command, "commands", {})
    if not children:
        yield name
    for child, found in children.items():
        yield from below((*name, child), found)


@pytest.mark.parametrize("name", list(commands()), ids=" ".join)
def test_each_help_shows_an_example_of_the_command(run: Run, name: tuple[str, ...]) -> None:
    ran = run(*name, "--help")
    assert ran.code == 0
    before, mark, after = ran.out.partition("Example:\n")
    assert before.startswith(f"Usage: openquality {' '.join(name)}")
    assert mark
    assert f"openquality {' '.join(name)}" in after


def test_help_lists_every_command_and_what_it_is_for(run: Run) -> None:
    listed = run("--help").out
    for name in application.COMMANDS:
        assert f"\n  {name} " in listed
    assert run().out == listed
    assert "Run a registry" in listed


def test_an_unknown_command_is_a_usage_error(run: Run) -> None:
    ran = run("frobnicate")
    assert (ran.code, ran.out) == (2, "")
    assert "frobnicate" in ran.err


def test_the_version_is_the_installed_one(run: Run) -> None:
    from importlib.metadata import version

    assert run("--version").out == f"openquality {version('openquality')}\n"


def test_a_command_whose_packages_are_missing_names_the_install_command(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [m for m in sys.modules if m.startswith("openquality_registry")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "fastapi", None)
    ran = run("serve", "--port", "0")
    assert ran.code == 2
    assert 'pip install "openquality[registry]"' in ran.err


def test_a_defect_is_told_in_a_sentence_and_can_be_looked_into(
    run: Run, machine: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from openquality.cli import main, validation

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("seven")

    (machine / "good.json").write_bytes(VALID)
    monkeypatch.setattr(validation, "check", fail)
    assert main.main(["validate", "good.json"]) == 2
    assert "defect of openquality, please report it: RuntimeError: seven" in capfd.readouterr().err
    monkeypatch.setenv("OPENQUALITY_DEBUG", "1")
    with pytest.raises(RuntimeError):
        run("validate", "good.json")


def test_a_reader_that_goes_away_ends_the_program_quietly(machine: Path) -> None:
    line = orjson.dumps(orjson.loads(VALID)) + b"\n"
    (machine / "all.jsonl").write_bytes(line * 2_000)
    with subprocess.Popen(
        [*PROGRAM, "validate", "all.jsonl", "--format", "json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as program:
        assert program.stdout is not None
        assert program.stderr is not None
        program.stdout.readline()
        program.stdout.close()
        assert program.stderr.read() == b""
    assert program.returncode == 1


def test_a_progress_bar_goes_to_the_terminal_and_results_to_standard_output(
    machine: Path,
) -> None:
    line = orjson.dumps(orjson.loads(VALID.replace(b"2912", b"2000"))) + b"\n"
    (machine / "all.jsonl").write_bytes(line * 20)
    impatient = "from openquality.cli import main, output; output.PATIENCE = 0; main.main()"
    arguments = [sys.executable, "-c", impatient, "validate", "all.jsonl", "--format", "json"]
    reader, terminal = os.openpty()
    out = subprocess.check_output(arguments, stderr=terminal)
    os.close(terminal)
    shown = os.read(reader, 1_000_000).decode()
    os.close(reader)
    assert len(orjson.loads(out)["documents"]) == 20
    assert "\x1b[" in shown
    assert "20 checked: 0 valid, 20 not." in shown


def test_an_interrupted_bulk_says_so_and_goes_on_where_it_stopped(
    run: Run, supplier: Path, registry: str
) -> None:
    count = 1_200
    record = (supplier / "attestation.json").read_bytes()
    own = orjson.loads(record)["id"].removeprefix("urn:uuid:").encode()
    flat = orjson.dumps(orjson.loads(record))
    bulk = b"".join(flat.replace(own, b"%08d%s" % (n, own[8:])) + b"\n" for n in range(count))
    (supplier / "bulk.jsonl").write_bytes(bulk)
    receipts = supplier / "bulk.receipts.jsonl"
    arguments = ["publish", "bulk.jsonl", "--yes", "--registry", registry]
    with subprocess.Popen(
        [*PROGRAM, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=os.environ
    ) as program:
        while program.poll() is None and not (receipts.exists() and receipts.stat().st_size):
            time.sleep(0.005)
        program.send_signal(signal.SIGINT)
        assert program.stderr is not None
        said = program.stderr.read().decode()
    assert program.returncode == 130
    assert f"of {count} have their receipt" in said
    assert "Traceback" not in said
    kept = len(receipts.read_bytes().splitlines())
    assert 0 < kept < count
    ran = run(*arguments, "--format", "json")
    assert ran.code == 0
    assert ran.json["summary"] == {"published": count - kept, "skipped": kept, "refused": 0}
    lines = [orjson.loads(line) for line in receipts.read_bytes().splitlines()]
    assert sorted(line["line"] for line in lines) == list(range(1, count + 1))
    assert len({line["bundle"]["log"]["index"] for line in lines}) == count


def test_no_terminal_is_too_poor_for_any_text(machine: Path) -> None:
    (machine / "bad.json").write_bytes(VALID.replace(b"Velanto", "Gr\u00fcn \u6f22".encode()[:-1]))
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "OPENQUALITY_LANGUAGE": "fr"}
    for arguments in (
        ["explain"],
        ["explain", "on-time-delivery"],
        ["validate", "bad.json"],
        ["--help"],
    ):
        ran = subprocess.run(
            [sys.executable, "-m", "openquality", *arguments],
            capture_output=True,
            check=False,
            env=environment,
        )
        assert (ran.stdout + ran.stderr).isascii()
        assert b"defect" not in ran.stderr
        assert ran.returncode == (arguments[0] == "validate")
