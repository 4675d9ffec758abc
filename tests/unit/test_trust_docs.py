"""The pages on envelope, bundle and trust file: every code listed, every example true."""

import json
import re
from hashlib import sha256
from pathlib import Path

import pytest

from openquality_validator.trust import REQUIRED, Trust

ROOT = Path(__file__).parents[2]
VALIDATOR = ROOT / "validator" / "openquality_validator"
SOURCES = [
    VALIDATOR / "envelope.py",
    *(VALIDATOR / "identity").glob("*.py"),
    VALIDATOR / "trust.py",
    *(VALIDATOR / "bundle").glob("*.py"),
    *(ROOT / "sdk" / "openquality" / "keeping").glob("*.py"),
    VALIDATOR / "kinds.py",
    VALIDATOR / "dataintegrity.py",
    VALIDATOR / "signatures.py",
]
# Passing, and failing with one of our errors, get their codes from the step's number.
BY_NUMBER = {f"V{step:02d}{reason}" for step in range(1, 10) for reason in (0, 1)} - {"V040"}
PAGES = {
    "J": ["envelope.md"],
    "K": ["envelope.md", "identity.md", "key-file.md"],
    "B": ["bundle.md", "trust-file.md"],
    "V": ["bundle.md"],
}


@pytest.mark.parametrize("family", PAGES)
def test_codes_in_the_source_are_the_rows_of_the_pages(family: str) -> None:
    used = {
        code
        for source in SOURCES
        for code in re.findall(rf'"({family}\d\d\d)"', source.read_text(encoding="utf-8"))
    }
    listed: list[str] = []
    for page in PAGES[family]:
        text = (ROOT / "docs" / "spec" / page).read_text(encoding="utf-8")
        # A row holds its code in the first or the last cell.
        listed += re.findall(rf"^\| ({family}\d\d\d) \|", text, re.MULTILINE)
        listed += re.findall(rf"\| ({family}\d\d\d) \|$", text, re.MULTILINE)
    expected = used | BY_NUMBER if family == "V" else used
    assert sorted(listed) == sorted(expected)


def page(name: str) -> str:
    return (ROOT / "docs" / "spec" / name).read_text(encoding="utf-8")


def test_the_example_of_a_trust_file_reads() -> None:
    (example,) = re.findall(r"```json\n(.*?)```", page("trust-file.md"), re.DOTALL)
    trust = Trust.from_bytes(example.encode())
    assert [log.origin for log in trust.logs] == ["log.example/2026"]
    assert trust.required == REQUIRED


def test_the_worked_example_of_the_envelope_is_the_frozen_vector() -> None:
    path = ROOT / "tests" / "vectors" / "bundle" / "v1.json"
    vectors = json.loads(path.read_text(encoding="utf-8"))
    secret = sha256(b"openquality vector: issuer").hexdigest()
    assert secret == vectors["issuerSeed"]
    assert f"| secret key | `{secret}` |" in page("envelope.md")
    did = vectors["issuer"]
    assert f"| `kid` | `{did}#{did.removeprefix('did:key:')}` |" in page("envelope.md")
    assert vectors["vkey"] in page("trust-file.md")


def test_the_worked_example_of_the_bundle_adds_up() -> None:
    path = ROOT / "tests" / "vectors" / "bundle" / "v1.json"
    vectors = json.loads(path.read_text(encoding="utf-8"))

    def node(left: bytes, right: bytes) -> bytes:
        return sha256(b"\x01" + left + right).digest()

    leaves = [sha256(b"\x00" + text.encode()).digest() for text in vectors["entries"]]
    first = node(node(leaves[0], leaves[1]), node(leaves[2], leaves[3]))
    root = node(first, node(node(leaves[4], leaves[5]), leaves[6]))
    assert root.hex() == vectors["root"]
    proof = [leaves[5].hex(), leaves[6].hex(), first.hex()]
    assert vectors["inclusionProof"] == proof


def test_the_complete_example_is_the_frozen_vector() -> None:
    path = ROOT / "tests" / "vectors" / "bundle" / "v1-complete.json"
    vector = json.loads(path.read_text(encoding="utf-8"))
    bundle = json.loads(vector["bundle"])
    rows = re.findall(r"^\| (\d) \| .* \| (.*) ?\|$", page("bundle.md"), re.MULTILINE)
    told = {int(index): place.strip() for index, place in rows if place.strip() != "passes when"}
    events = {item["index"]: "`keys`" for item in bundle["keys"]}
    events |= {item["index"]: "`status.events`" for item in bundle["status"]["events"]}
    events[bundle["log"]["index"]] = "`statement`, `entry`"
    size = int(bundle["log"]["checkpoint"].split("\n")[1])
    expected = {index: events.get(index, "") for index in range(size)}
    assert {index: told.get(index) for index in expected} == expected
    sizes = [int(anchor["checkpoint"].split("\n")[1]) for anchor in bundle["anchors"]]
    assert (size, sizes) == (8, [5, 7])
    proves = vector["proves"]
    assert f"existed by {proves['existedBy']}" in page("bundle.md")
