"""The guide to watching: its commands run against a registry and a witness, its table is whole."""

import json
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx2
import pytest
from registry_at_work import publish, registry, statement

from openquality import wire
from openquality_registry.watch.alerts import Code
from openquality_validator import documents, envelope
from openquality_validator.errors import ProofError
from openquality_validator.tlog.note import Note
from openquality_validator.tlog.split import SplitView

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "watch.md"
TEXT = GUIDE.read_text("utf-8")
COMMANDS = [
    shlex.split(line)
    for block in re.findall(r"^```sh\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
]
VKEY = "log.example/2026+2f556132+ATpthbcZq30uWWDGtuTsjjI7CChe4x1oKd2c/cxVOOfX"
SEEN = f"https://witness.example/{sha256(VKEY.partition('+')[0].encode()).hexdigest()}/checkpoint"
Run = Callable[..., Any]


@contextmanager
def witness(words: list[str]) -> Iterator[tuple[str, str]]:
    """Run the guide's witness on a free port; give its address and verifier key."""
    program = Path(sys.executable).parent / words[0]
    words = ["0" if word == "8090" else word for word in words[1:]]
    with subprocess.Popen([program, *words], stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            said = iter(process.stderr.readline, "")
            url = next(found[1] for line in said if (found := re.search(r"at (http://\S+)", line)))
            yield url, next(found[1] for line in said if (found := re.search(r"key: (\S+)", line)))
        finally:
            process.terminate()


def test_the_commands_find_an_honest_log_clean(run: Run, machine: Path) -> None:
    folder = machine / "registry-data"
    with registry(folder) as (_, parts):
        vkey = parts.folder.signer.vkey
    (witnessing,) = (words for words in COMMANDS if words[2] == "witness")
    meant = {VKEY: vkey}
    assert len(COMMANDS) == 7
    assert any(SEEN in words for words in COMMANDS)
    with witness([meant.get(word, word) for word in witnessing]) as (url, key):
        policy = machine / "witnesses.txt"
        policy.write_text(f"witness w {key} {url}\nquorum w\n")
        with registry(folder, witnesses=policy) as (client, _):
            for number in range(3):
                publish(client, statement(number))
            path = f"/v1/statements/{envelope.digest(statement(1))}"
            bundle = client.get(path, headers={"accept": wire.BUNDLE})
            (machine / "bolt.bundle.json").write_bytes(bundle.content)
            (machine / "fasteners.json").write_text('{"where": [{"metric": "cpk"}]}')
            _until_cosigned(client)
            about = client.get("/.well-known/openquality").json()
            seen = f"{url}/{sha256(about['log']['origin'].encode()).hexdigest()}/checkpoint"
            meant |= {"https://registry.example": str(client.base_url), SEEN: seen}
            for words in COMMANDS:
                if words[2] == "witness":
                    continue
                given = [meant.get(word, word) for word in words[1:]]
                given = [about["statusKeys"][0] if "did:key:" in word else word for word in given]
                done = run(*given)
                assert (done.code, done.out) == (0, ""), (given, done.err)


def _until_cosigned(client: httpx2.Client) -> None:
    for _ in range(600):
        if len(Note.from_bytes(client.get("/checkpoint").content).signatures) > 1:
            return
        time.sleep(0.05)
    raise AssertionError("no cosignature came")


def test_every_alert_has_its_row() -> None:
    section = TEXT.partition("## What each alert means")[2].partition("\n## ")[0]
    assert re.findall(r"^\| ([a-z-]+) \|", section, re.MULTILINE)[1:] == [
        str(each) for each in Code
    ]


def test_the_evidence_convicts_and_only_with_the_trees_that_it_names(
    machine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (example,) = re.findall(r"^```json\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    (program,) = re.findall(r"^```python\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    value = json.loads(example)
    (machine / "split-view.json").write_bytes(documents.canonical(value))
    names: dict[str, Any] = {}
    exec(program, names)  # noqa: S102 - our own guide
    assert capsys.readouterr().out == "2 3\n"
    harmless = value | {"first": value["second"], "prefixRoot": value["second"].split("\n")[2]}
    evidence = SplitView.from_bytes(documents.canonical(harmless | {"proof": []}))
    with pytest.raises(ProofError, match="L071"):
        evidence.verify(origin="log.example/demo", keys=[names["key"]])
