"""README.md: its Python block runs, and the files that it names are there."""

import json
import re
from pathlib import Path
from typing import Any

import openquality
from openquality_registry.demo import suppliers
from openquality_validator.bundle import Outcome
from openquality_validator.tlog.note import VerifierKey
from openquality_validator.trust import LogKey, TrustedLog

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "README.md").read_text("utf-8")


def test_the_library_example_runs_as_written(registry: str) -> None:
    (block,) = re.findall(r"^```python\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)
    supplier = suppliers.sample("schraubwerk")
    with openquality.Client(registry) as client:
        log = client.well_known()["log"]
    trusted = TrustedLog(log["origin"], (LogKey(VerifierKey.from_text(log["vkey"])),))
    names: dict[str, Any] = {
        "record": json.dumps(supplier.record).encode(),
        "key": supplier.key,
        "url": registry,
        "trust": openquality.Trust(logs=(trusted,)),
    }
    exec(block, names)  # noqa: S102 - our own README
    assert names["report"].valid
    assert names["verdict"].overall is Outcome.PASS


def test_every_file_and_folder_that_it_names_is_there() -> None:
    named = re.findall(r"\]\(([^)#:]+)\)", TEXT) + re.findall(
        r"^\| `([a-z/]+/)`", TEXT, re.MULTILINE
    )
    assert len(named) > 15
    assert not [name for name in named if not (ROOT / name).exists()]


def test_every_make_target_that_it_names_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"`make ([a-z]+)`", TEXT)) | set(
        re.findall(r"^make ([a-z]+)$", TEXT, re.MULTILINE)
    )
    assert {"demo", "test"} <= targets
    assert not [name for name in targets if f"\n{name}:" not in makefile]
