"""The worked numbers and tables of docs/spec/log.md and docs/spec/entry.md are true."""

import re
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from openquality_registry.adapters.signing import LogKey
from openquality_validator import entry as entries
from openquality_validator.tlog import merkle
from openquality_validator.tlog.checkpoint import Checkpoint
from openquality_validator.tlog.tiles import decode_entries, encode_entries

ROOT = Path(__file__).parents[2]
LOG = (ROOT / "docs/spec/log.md").read_text()
ENTRY = (ROOT / "docs/spec/entry.md").read_text()
# RFC 8032, section 7.1, test 1
SECRET = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")


def block(page: str, name: str) -> str:
    """Return the content of the fenced block whose info string ends in this name."""
    (content,) = re.findall(rf"```\w+ {name}\n(.*?)```", page, flags=re.DOTALL)
    return str(content)


TREE = {line[:9].strip(): bytes.fromhex(line[9:]) for line in block(LOG, "tree").splitlines()}


def read(nodes: list[tuple[int, int]]) -> list[bytes]:
    leaves = [TREE["leaf a"], TREE["leaf b"], TREE["leaf c"]]
    return [merkle.root(leaves[at << level : (at + 1) << level]) for level, at in nodes]


def test_the_worked_tree_is_right() -> None:
    leaves = merkle.leaf_hashes([b"a", b"b", b"c"])
    assert leaves == [TREE["leaf a"], TREE["leaf b"], TREE["leaf c"]]
    assert merkle.node_hash(*leaves[:2]) == TREE["node ab"]
    assert merkle.root(leaves) == TREE["root"]


def test_the_worked_proofs_are_right() -> None:
    assert merkle.inclusion_proof(2, 3, read) == (TREE["node ab"],)
    assert merkle.inclusion_proof(0, 3, read) == (TREE["leaf b"], TREE["leaf c"])
    assert merkle.consistency_proof(2, 3, read) == (TREE["leaf c"],)


def test_the_worked_bundle_is_right() -> None:
    data = bytes.fromhex(block(LOG, "bundle"))
    assert decode_entries(data, width=3) == (b"a", b"b", b"c")
    assert encode_entries([b"a", b"b", b"c"]) == data


def test_the_worked_checkpoint_is_right() -> None:
    key = LogKey("log.example/demo", Ed25519PrivateKey.from_private_bytes(SECRET))
    assert f"{key.vkey}\n" == block(LOG, "vkey")
    text = Checkpoint("log.example/demo", 3, TREE["root"]).to_text()
    assert key.sign(text.encode()).decode() == block(LOG, "checkpoint")


def test_the_worked_entry_is_right() -> None:
    statement = block(ENTRY, "statement").strip().encode()
    credential = {
        "type": ["VerifiableCredential", "QualityAttestation"],
        "issuer": {"id": "did:key:z6MkExample"},
        "credentialSubject": {
            "id": "https://id.gs1.org/01/09506000134352",
            "producer": {
                "party": {"identifiers": [{"scheme": "lei", "value": "529900T8BM49AURSDO55"}]}
            },
        },
    }
    data = entries.rebuild(statement, credential, "2026-11-20T12:00:00.000Z").to_bytes()
    assert data.decode() == block(ENTRY, "entry").strip()
    assert len(data) == 287
    assert merkle.leaf_hash(data).hex() == block(ENTRY, "leaf").strip()


def codes(pattern: str, *folders: str) -> set[str]:
    sources = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    return {code for path in sources for code in re.findall(pattern, path.read_text())}


def test_every_code_of_the_log_formats_is_on_the_pages() -> None:
    raised = codes(r'"(L\d{3})"', "validator/openquality_validator/tlog")
    for name in ("entry.py", "subjects.py"):
        source = (ROOT / "validator/openquality_validator" / name).read_text()
        raised |= set(re.findall(r'"(L\d{3})"', source))
    assert set(re.findall(r"^\| (L\d{3}) \|", LOG + ENTRY, flags=re.MULTILINE)) == raised


def test_every_difference_of_fsck_is_on_the_page() -> None:
    named = codes(r'Difference\(\s*"([a-z-]+)"', "registry/openquality_registry")
    rows = re.findall(r"^\| (`[a-z-]+`(?:, `[a-z-]+`)*) \|", LOG, flags=re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`([a-z-]+)`", row)} == named


@pytest.mark.parametrize("page", [LOG, ENTRY], ids=["log", "entry"])
def test_the_pages_link_to_files_that_exist(page: str) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page):
        assert (ROOT / "docs/spec" / target).exists()
