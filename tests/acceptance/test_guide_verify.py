"""Every command of the guide to verifying, run in its order against a registry."""

import re
import shlex
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from time_authority import TimeAuthority

from openquality_validator.explain import codes

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "verify.md"
TEXT = GUIDE.read_text("utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
Run = Callable[..., Any]


def test_the_commands_work_in_their_order(
    run: Run,
    supplier: Path,
    registry: str,
    conformance_maker: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENQUALITY_REGISTRY", registry)
    published = run("publish", "attestation.json", "--yes", "--format", "json").json["results"][0]
    root = x509.load_der_x509_certificate(TimeAuthority().root)
    (supplier / "root.pem").write_bytes(root.public_bytes(Encoding.PEM))
    (supplier / "witnesses.txt").write_text(conformance_maker.POLICY)
    (supplier / "data").mkdir()
    lines = [line for block in BLOCKS for line in block.splitlines()]
    assert len(lines) >= 12
    for line in lines:
        words = shlex.split(line)
        assert words.pop(0) == "openquality"
        meant = {"https://registry.example": registry}
        words = [meant.get(word, word) for word in words]
        words = [published["digest"] if word.startswith("sha256:") else word for word in words]
        if words[:2] == ["trust", "add"]:
            words.append("--yes")
        ran = run(*words)
        # This registry has no witness, so the anchors that are required stay unknown.
        assert ran.code == (3 if words[0] == "verify" else 0), (line, ran.err)


def test_the_codes_that_it_names_exist() -> None:
    named = set(re.findall(r"\bV\d{3}\b", TEXT))
    assert len(named) >= 8
    assert named <= codes().keys()
