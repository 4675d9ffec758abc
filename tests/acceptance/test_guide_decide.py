"""The guide to decisions, done from its first to its last command; and the page on the format."""

import base64
import hashlib
import json
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import registry_at_work
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from openquality.signing import SigningKey, generate, sign
from openquality_validator.decision import checking, receipt, replay, rules, transaction
from openquality_validator.decision import event as events
from openquality_validator.decision.policy import Policy
from openquality_validator.tlog.note import VerifierKey

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs/guide/decide.md").read_text("utf-8")
PAGE = (ROOT / "docs/spec/decision.md").read_text("utf-8")
Run = Callable[..., Any]


def blocks(text: str, kind: str) -> list[tuple[str, str]]:
    """Return the fenced blocks of a kind: what stands after it, and the content."""
    return re.findall(rf"^```{kind}[ ]?([^\n]*)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def offer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with registry_at_work.registry(tmp_path_factory.mktemp("registry")) as (client, _):
        for number in (950, 951):
            key = generate()
            record = registry_at_work.attestation(number, key=key)
            assert registry_at_work.publish(client, sign(record, key)).status_code == 201
        yield str(client.base_url)


def test_every_command_of_the_guide_does_what_it_says(
    run: Run, machine: Path, offer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENQUALITY_REGISTRY", offer)
    assert run("trust", "add", offer, "--yes", "--with-status-key").code == 0
    (machine / "why.md").write_text("It is on time.")
    (machine / "order.pdf").write_bytes(b"%PDF-1.7")
    changes = {"terms": {"value": {"amount": "23900", "currency": "EUR"}}}
    assert f"`{json.dumps(changes)}`" in GUIDE
    (machine / "changes.json").write_text(json.dumps(changes))
    count = 0
    for position, (expected, block) in enumerate(blocks(GUIDE, "sh")):
        if position == 1:  # the keys are made, and the files need their names
            write_files(machine)
        for line in block.splitlines():
            words = shlex.split(line)
            assert words.pop(0) == "openquality"
            ran = run(*words)
            assert ran.code == (1 if expected == "exits with 1" else 0), (line, ran.err, ran.out)
            count += 1
    assert count >= 25
    checked = run("decide", "check", "all.decisions.json", "--format", "json").json
    assert checked["decisions"] == {"PO-4711": "reversed"}
    assert {each["result"] for each in checked["reconstructions"]} == {"same"}


def write_files(machine: Path) -> None:
    names = {"owner", "reviewer"}
    dids = {name: identifier(machine / name / "openquality.key") for name in names}
    for name, content in blocks(GUIDE, "json"):
        text = content
        for who, did in dids.items():
            text = text.replace(f"did:key:of-the-{who}", did)
        assert "of-the" not in text
        (machine / name).write_text(text)


def identifier(path: Path) -> str:
    return SigningKey.from_pem(path.read_bytes()).did


def test_the_worked_event_adds_up() -> None:
    """With json, hashlib and a signature alone: none of our code."""
    (document,) = [json.loads(text) for name, text in blocks(PAGE, "json") if name == "event"]
    secret = hashlib.sha256(b"openquality example: buyer").digest()
    assert f"`{secret.hex()}`" in PAGE
    hidden = {name: document.pop(name) for name in ("actor", "reasons")}
    digests = []
    for name, value in hidden.items():
        salt = encoded(hashlib.sha256(name.encode()).digest()[:16])
        disclosure = encoded(written([salt, name, value]))
        digest = encoded(hashlib.sha256(disclosure.encode()).digest())
        assert f"| `{name}`, its disclosure | `{disclosure}` |" in PAGE
        assert f"| `{name}`, the digest of that | `{digest}` |" in PAGE
        digests.append(digest)
    kid = f"{document['issuer']}#{document['issuer'].removeprefix('did:key:')}"
    header = {"alg": "EdDSA", "kid": kid, "typ": "openquality-decision+sd-jwt"}
    payload = {**document, "_sd": sorted(digests), "_sd_alg": "sha-256"}
    signed = f"{encoded(written(header))}.{encoded(written(payload))}"
    key = Ed25519PrivateKey.from_private_bytes(secret)
    jws = f"{signed}.{encoded(key.sign(signed.encode()))}"
    name = f"sha256:{hashlib.sha256(jws.encode()).hexdigest()}"
    assert f"| the event, its digest | `{name}` |" in PAGE
    salts = (hashlib.sha256(each.encode()).digest()[:16] for each in hidden)
    made = events.write({**document, **hidden}, header, sign=key.sign, salts=salts)
    assert made.split(b"~")[0].decode() == jws
    read = events.read(made)
    events.verify(read)
    assert events.check(read).findings == ()


def test_the_worked_anchor_adds_up() -> None:
    """By hand with hashlib; what the program makes is the same."""
    (text,) = [text for name, text in blocks(PAGE, "text") if name == "checkpoint"]
    secret = hashlib.sha256(b"openquality example: decision log").digest()
    public = Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()
    target = f"checkpoint:sha256:{hashlib.sha256(text.encode()).hexdigest()}"
    day = "2026-11-21T00:00:00Z"
    digits = list(hashlib.sha256(f"{day}\n{text}".encode()).hexdigest()[:32])
    digits[12] = "4"
    digits[16] = f"{int(digits[16], 16) & 3 | 8:x}"
    number = str(UUID("".join(digits)))
    key = VerifierKey.ed25519("decisions.example/2026", public)
    assert f"| `credentialSubject.id` | `{target}` |" in PAGE
    assert f"| `id` | `urn:uuid:{number}` |" in PAGE
    assert f"| `issuer.id` | `{receipt.issuer(key)}` |" in PAGE
    assert receipt.target(text) == target
    assert str(receipt.identifier(text, day)) == number
    assert f"at most {receipt.MAX_BYTES:,} bytes" in PAGE


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def written(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()


def test_the_policy_of_the_page_reads() -> None:
    (text,) = [text for name, text in blocks(PAGE, "json") if name == "policy"]
    held = Policy.from_bytes(text.encode())
    assert [rule.id for rule in held.review] == ["large", "unsure"]
    listed = re.findall(
        r"^\| `(\w+)(?:\[\])?` \| ", PAGE.split("## Policy")[1].split("\n## ")[0], re.MULTILINE
    )
    assert set(listed) == json.loads(text).keys() - {"v", "name"}


def test_the_members_are_parted_as_the_page_says() -> None:
    told = re.search(r"Open members are those .*?: (.*?)\.\n", PAGE)
    assert told is not None
    assert set(re.findall(r"`(\w+)`", told[1])) == events.OPEN
    concealed = re.search(r"All others are concealed, .*?: (.*?)\.\n", PAGE)
    assert concealed is not None
    schema = json.loads(
        (ROOT / "schemas/openquality_schemas/1.1-draft.1/decision.schema.json").read_bytes()
    )
    assert set(re.findall(r"`(\w+)`", concealed[1])) == schema["properties"].keys() - events.OPEN


def test_the_table_of_the_course_is_the_one_in_the_rules() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \| [^|]+ \|$", PAGE, re.MULTILINE)
    told = {name: when for name, when in rows if name in rules._POSSIBLE}
    assert told.keys() == rules._POSSIBLE.keys()
    for name, when in told.items():
        states = {
            status for status in transaction.Status if status.value in when.split(", with")[0]
        }
        assert when == "any" or states == rules._POSSIBLE[name], name


def test_every_code_is_a_row_of_the_page() -> None:
    folder = ROOT / "validator/openquality_validator/decision"
    used = {
        code
        for path in folder.glob("*.py")
        for code in re.findall(r'"(H\d{3})"', path.read_text("utf-8"))
    }
    listed = re.findall(r"^\| (H\d{3}) \|", PAGE, re.MULTILINE)
    assert sorted(listed) == sorted(used)
    assert set(listed) >= {*rules.CODES, *replay.CODES, *checking.CODES, *receipt.CODES}
