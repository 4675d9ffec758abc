"""The walk-through of README.md, run as it is written."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"


def test_every_command_of_the_walkthrough_runs_as_written(tmp_path: Path) -> None:
    blocks = re.findall(
        r"^```bash\n(.*?)^```$", README.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    assert len(blocks) == 10
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "XDG_CONFIG_HOME": str(tmp_path / "home"),
        "OPENQUALITY_PORT": str(port),
    }
    script = "set -euo pipefail\ntrap 'kill %1 2>/dev/null || true' EXIT\n" + "\n".join(blocks)
    ran = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    # 236 of 240: the lower one-sided 95 % Clopper-Pearson bound is B(.05; 236, 5) = .962268.
    assert re.search(
        r"^on-time-delivery in %\n.*\n +1 .* 98\.3333 +96\.2268 +240 ", ran.stdout, re.MULTILINE
    )
    assert ran.stdout.count("bolt.bundle.json: PASS") == 2
    assert "recomputed" in ran.stderr
