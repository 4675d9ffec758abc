"""A program built on another implementation of C2SP logs reads the served log.

Needs Go and golang.org/x/mod as Debian packages them; see examples/independent-reader/README.md.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from registry_at_work import publish, registry, statement

GOPATH = Path("/usr/share/gocode")
PROGRAM = Path(__file__).parents[2] / "examples/independent-reader/main.go"

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.skipif(
        shutil.which("go") is None or not (GOPATH / "src/golang.org/x/mod/sumdb/tlog").is_dir(),
        reason="needs: apt-get install golang-go golang-golang-x-mod-dev",
    ),
]


def read(url: str, vkey: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["go", "run", str(PROGRAM), "-log", url, "-vkey", vkey],
        env={**os.environ, "GO111MODULE": "off", "GOPATH": str(GOPATH), "GOFLAGS": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_it_verifies_every_entry_of_the_served_log_and_refuses_a_changed_one(
    tmp_path: Path,
) -> None:
    with registry(tmp_path) as (client, parts):
        for number in range(3):
            assert publish(client, statement(number)).is_success
        entries = list(parts.folder.store.entries(0, 3))
        url, vkey = str(client.base_url), parts.folder.signer.vkey
        good = read(url, vkey)
        assert good.returncode == 0, good.stderr
        lines = good.stdout.splitlines()
        assert lines[0].startswith(f"checkpoint of {parts.folder.origin}: signature good, 3 entr")
        assert lines[2:5] == [f"{at} {entry.decode()}" for at, entry in enumerate(entries)]
        assert lines[-1] == "included: all 3 entries"

        bundle = tmp_path / "log/tile/entries/000.p/3"
        bundle.write_bytes(bundle.read_bytes().replace(b'"v":1', b'"v":2', 1))
        bad = read(url, vkey)
        assert bad.returncode != 0
        assert "FAILED: entry 0" in bad.stderr
