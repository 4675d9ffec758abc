"""The trust file from the command line: who watches the log, who tells the time, whose word counts.

The registry's own words are shown and taken only where the user says so.
"""

import base64
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx2
import orjson
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from time_authority import TimeAuthority

Run = Callable[..., Any]
DID = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"


def shown_by(registry: str) -> dict[str, Any]:
    told: dict[str, Any] = httpx2.get(f"{registry}/.well-known/openquality").json()
    return told


def test_the_status_key_is_shown_and_pinned_only_when_asked_for(run: Run, registry: str) -> None:
    (status_key,) = shown_by(registry)["statusKeys"]
    plain = run("trust", "add", registry, "--yes")
    assert plain.code == 0
    assert status_key in plain.err
    assert "statusKeys" not in run("trust", "show").json["logs"][0]
    assert run("trust", "add", registry, "--yes", "--with-status-key").code == 0
    assert run("trust", "show").json["logs"][0]["statusKeys"] == [status_key]
    again = run("trust", "add", registry, "--with-status-key")
    assert (again.code, again.out) == (0, "")


def test_nothing_is_pinned_without_a_yes(run: Run, registry: str) -> None:
    assert run("trust", "add", registry, "--with-status-key").code == 2
    assert run("trust", "show").json["logs"] == []


def cosigner(maker: ModuleType, name: str) -> str:
    """Write the verifier key of a witness: signature type 4 (C2SP tlog-cosignature)."""
    public = b"\x04" + maker.public(maker.sha256(name.encode()))
    digits = maker.sha256(name.encode() + b"\n" + public)[:4].hex()
    return f"{name}+{digits}+{maker.b64(public)}"


def test_a_policy_is_pinned_to_the_logs_that_it_names(
    run: Run, registry: str, machine: Path, maker: ModuleType
) -> None:
    assert run("trust", "add", registry, "--yes").code == 0
    log = shown_by(registry)["log"]
    text = f"log {log['vkey']}\nwitness w {cosigner(maker, 'w.example')}\nquorum w\n"
    (machine / "policy.txt").write_text(text)
    assert run("trust", "policy", "policy.txt").code == 0
    assert run("trust", "show").json["logs"][0]["policy"] == text


@pytest.mark.parametrize(
    ("text", "arguments", "said"),
    [
        ("log {other}\nwitness w {w}\nquorum w\n", [], "log.example/2026 is not a log"),
        ("log {forged}\nwitness w {w}\nquorum w\n", [], "another key"),
        ("witness w {w}\nquorum w\n", ["--log", "log.example/2026"], "is not a log"),
        ("witness w {w}\n", [], "L064"),
    ],
    ids=["another log", "another key", "named log", "no quorum"],
)
def test_a_policy_that_fits_no_trusted_log_is_refused(
    run: Run,
    registry: str,
    machine: Path,
    maker: ModuleType,
    text: str,
    arguments: list[str],
    said: str,
) -> None:
    assert run("trust", "add", registry, "--yes").code == 0
    before = run("trust", "show").out
    keys = {
        "other": maker.vkey(maker.ORIGIN, maker.LOG_SEED),
        "forged": maker.vkey(shown_by(registry)["log"]["origin"], maker.LOG_SEED),
        "w": cosigner(maker, "w.example"),
    }
    (machine / "policy.txt").write_text(text.format(**keys))
    ran = run("trust", "policy", "policy.txt", *arguments)
    assert ran.code in {1, 2}
    assert said in ran.err
    assert run("trust", "show").out == before


def test_a_policy_without_log_lines_is_for_every_trusted_log(
    run: Run, registry: str, machine: Path, maker: ModuleType
) -> None:
    (machine / "policy.txt").write_text(f"witness w {cosigner(maker, 'w.example')}\nquorum w\n")
    assert run("trust", "policy", "policy.txt").code == 2  # there is none yet
    assert run("trust", "add", registry, "--yes").code == 0
    assert run("trust", "policy", "policy.txt").code == 0
    assert "policy" in run("trust", "show").json["logs"][0]


def test_time_authorities_are_pinned_by_their_roots(run: Run, machine: Path) -> None:
    roots = [TimeAuthority(name=name).root for name in ("one", "two")]
    pem = [x509.load_der_x509_certificate(root).public_bytes(Encoding.PEM) for root in roots]
    (machine / "both.pem").write_bytes(b"".join(pem))
    (machine / "one.der").write_bytes(roots[0])
    assert run("trust", "time-authority", "A", "both.pem").code == 0
    assert run("trust", "time-authority", "B", "one.der").code == 0
    encoded = [base64.b64encode(root).decode() for root in roots]
    shown = run("trust", "show").json["timeAuthorities"]
    assert shown == [{"name": "A", "roots": encoded}, {"name": "B", "roots": encoded[:1]}]
    (machine / "bad.pem").write_bytes(pem[0].replace(b"MII", b"MIX", 1))
    ran = run("trust", "time-authority", "C", "bad.pem")
    assert ran.code == 2
    assert "bad.pem" in ran.err
    assert run("trust", "show").json["timeAuthorities"] == shown


def test_registrars_and_other_voices_are_named_for_their_schemes(run: Run) -> None:
    assert run("trust", "registrar", DID, "lei").code == 0
    assert run("trust", "registrar", DID, "vat", "gln", "vat").code == 0
    assert run("trust", "registrar", DID, "duns").code == 2
    assert run("trust", "status-issuer", DID).code == 0
    shown = run("trust", "show").json
    assert shown["registrars"] == [{"did": DID, "schemes": ["vat", "gln"]}]
    assert shown["statusIssuers"] == [{"did": DID, "schemes": []}]


def test_steps_are_required_beside_those_that_a_bundle_proves_by_itself(
    run: Run, machine: Path
) -> None:
    basics = ["read", "digest", "header", "key", "signature", "schema", "entry", "checkpoint"]
    assert run("trust", "require", "status", "anchors", "--status-age", "3600").code == 0
    shown = run("trust", "show").json
    assert shown["required"] == [*basics, "status", "anchors"]
    assert shown["staleness"] == {"statusSeconds": 3600}
    assert run("trust", "require", "tea").code == 2
    assert run("trust", "show").json == shown
    assert run("trust", "require").code == 0
    assert orjson.loads(run("trust", "show").out)["required"] == basics
    assert (machine.parent / "home" / "openquality" / "trust.json").exists()
