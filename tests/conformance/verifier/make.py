"""Make the conformance cases, without the project's code but for the shipped schema and catalogue.

`python tests/conformance/verifier/make.py` writes cases/ anew. What each case must come to is
written here by hand, from docs/spec; nothing is taken from what a verifier answered.
"""

import base64
import hashlib
import importlib.util
import json
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import rfc8785

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
SCHEMAS = ROOT / "schemas/openquality_schemas"


def _load(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


m = _load(ROOT / "tests/vectors/bundle/make.py")
tsa = _load(ROOT / "tests/support/time_authority.py")

NOW = "2026-12-01T00:00:00Z"
ADMITTED = m.ADMITTED
ORIGIN = m.ORIGIN
NIST_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # FIPS 186-5


def seed(name: str) -> bytes:
    return hashlib.sha256(f"openquality conformance: {name}".encode()).digest()


ISSUER, LOG = m.ISSUER_SEED, m.LOG_SEED
STATUS, STRANGER, REGISTRAR = seed("status"), seed("stranger"), seed("registrar")
W1, W2, W3 = seed("witness 1"), seed("witness 2"), seed("witness 3")
DID = m.did_key(ISSUER)


def sri(name: str, version: str) -> str:
    data = (SCHEMAS / version / name).read_bytes()
    return "sha256-" + base64.b64encode(hashlib.sha256(data).digest()).decode()


def catalogue() -> dict[str, str]:
    files = ("metrics.json", "units.json")
    both = b"".join(
        hashlib.sha256((SCHEMAS / "1.0-draft.1" / name).read_bytes()).digest() for name in files
    )
    return {"digest": m.digest(both), "version": "1.0-draft.1"}


# --- identities -----------------------------------------------------------------------------------


def multikey(secret: bytes) -> str:
    return m.did_key(secret)[8:]


def base58(data: bytes) -> str:
    number, text = int.from_bytes(data), ""
    while number:
        number, digit = divmod(number, 58)
        text = m.ALPHABET[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def multihash(data: bytes) -> str:
    return base58(b"\x12\x20" + m.sha256(data))


def proof(document: dict[str, Any], secret: bytes, method: str, **changed: Any) -> dict[str, Any]:
    """Make a Data Integrity proof `eddsa-jcs-2022` (W3C vc-di-eddsa, 3.3)."""
    options: dict[str, Any] = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "verificationMethod": method,
        "proofPurpose": "assertionMethod",
    }
    if "@context" in document:
        options["@context"] = document["@context"]
    options |= changed
    message = m.sha256(rfc8785.dumps(options)) + m.sha256(rfc8785.dumps(document))
    return options | {"proofValue": "z" + base58(m.sign(secret, message))}


def did_line(
    number: int, *, before: dict[str, Any] | None, update: bytes, follows: bytes, asserts: bytes
) -> dict[str, Any]:
    """Make a line of a did:webvh log (did:webvh 1.0) whose update keys are committed beforehand."""
    place = "quality.example:issuers:nordbolt"
    did = before["state"]["id"] if before else f"did:webvh:{{SCID}}:{place}"
    method = {
        "id": f"{did}#{multikey(asserts)}",
        "type": "Multikey",
        "controller": did,
        "publicKeyMultibase": multikey(asserts),
    }
    entry: dict[str, Any] = {
        "versionId": before["versionId"] if before else "{SCID}",
        "versionTime": f"2026-01-{number:02d}T00:00:00Z",
        "parameters": {
            "updateKeys": [multikey(update)],
            "nextKeyHashes": [multihash(multikey(follows).encode())],
        },
        "state": {
            "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
            "id": did,
            "verificationMethod": [method],
            "assertionMethod": [method["id"]],
        },
    }
    if before is None:
        entry["parameters"] |= {"method": "did:webvh:1.0", "scid": "{SCID}"}
        text = rfc8785.dumps(entry).decode()
        scid = multihash(text.encode())
        entry = json.loads(text.replace("{SCID}", scid))
        entry["versionId"] = scid
    entry["versionId"] = f"{number}-{multihash(rfc8785.dumps(entry))}"
    key = f"did:key:{multikey(update)}#{multikey(update)}"
    return entry | {"proof": [proof(entry, update, key)]}


U1, U2, U3 = seed("update 1"), seed("update 2"), seed("update 3")
A1, A2 = seed("assertion 1"), seed("assertion 2")
LINE1 = did_line(1, before=None, update=U1, follows=U2, asserts=A1)
LINE2 = did_line(2, before=LINE1, update=U2, follows=U3, asserts=A2)
WEBVH = LINE1["state"]["id"]
WEB = "did:web:nordbolt.example"


def web_document(secret: bytes, *, vouched_by: bytes | None = None) -> dict[str, Any]:
    method = {
        "id": f"{WEB}#{multikey(secret)}",
        "type": "Multikey",
        "controller": WEB,
        "publicKeyMultibase": multikey(secret),
    }
    document = {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": WEB,
        "verificationMethod": [method],
        "assertionMethod": [method["id"]],
    }
    if vouched_by is not None:
        name = f"{WEB}#{multikey(vouched_by)}"
        document["proof"] = proof(dict(document), vouched_by, name)
    return document


def archived(document: dict[str, Any], *, discontinuous: bool = False) -> str:
    return rfc8785.dumps(
        {
            "did": WEB,
            "discontinuous": discontinuous,
            "document": json.dumps(document),
            "observedAt": "2026-11-19T00:00:00.000Z",
            "type": "DidWebDocument",
            "v": 1,
        }
    ).decode()


# --- statements -----------------------------------------------------------------------------------


def record(did: str = DID, **changed: Any) -> dict[str, Any]:
    text = (ROOT / "tests/vectors/bundle/credential.json").read_text()
    value: dict[str, Any] = json.loads(text.replace("{did}", did))
    value["credentialSchema"]["digestSRI"] = sri("attestation.schema.json", "1.0-draft.1")
    return value | changed


def renamed(value: dict[str, Any], number: int) -> dict[str, Any]:
    text = json.dumps(value).replace(value["id"], f"urn:uuid:00000000-0000-4000-8000-{number:012d}")
    renumbered: dict[str, Any] = json.loads(text)
    return renumbered


def signed(value: dict[str, Any], secret: bytes = ISSUER, *, kid: str = "", **header: Any) -> str:
    fields = ({"kid": kid} if kid else {}) | header
    text: str = m.jws(json.dumps(value, ensure_ascii=False).encode(), seed=secret, **fields)
    return text


def small(
    kind: str, subject: dict[str, Any], number: int, secret: bytes, did: str = "", **more: Any
) -> dict[str, Any]:
    """Make a status, registration or compromise statement."""
    files = {
        "StatusStatement": "status",
        "IssuerRegistration": "registration",
        "KeyCompromise": "compromise",
    }
    name = files[kind]
    return {
        "@context": ["https://www.w3.org/ns/credentials/v2", "https://w3id.org/openquality/v1"],
        "id": f"urn:uuid:00000000-0000-4000-9000-{number:012d}",
        "type": ["VerifiableCredential", kind],
        "issuer": {"id": did or m.did_key(secret), "name": "Velanto Logistik AG"},
        "validFrom": "2026-11-20T13:00:00Z",
        "credentialSchema": {
            "id": f"https://w3id.org/openquality/schemas/1/{name}.json",
            "type": "JsonSchema",
            "digestSRI": sri(f"{name}.schema.json", "1.0-draft.2"),
        },
        "credentialSubject": subject,
    } | more


def status(target: str, state: str, number: int, previous: str = "", secret: bytes = ISSUER) -> str:
    subject = {"id": f"statement:{target}", "log": ORIGIN, "state": state, "reason": "Gauge 7."}
    if previous:
        subject["previous"] = m.digest(previous.encode())
    return signed(small("StatusStatement", subject, number, secret), secret)


# --- the log --------------------------------------------------------------------------------------


@dataclass
class World:
    """A log of the given entries, and the parts of a bundle about one of them."""

    entries: list[tuple[str, bytes]] = field(default_factory=list)  # statement, entry

    def add(
        self,
        statement: str,
        *,
        issuer: str = DID,
        subjects: Sequence[str] = (),
        kind: str = "attestation",
        admitted: str = ADMITTED,
    ) -> int:
        value = {
            "admittedAt": admitted,
            "digest": m.digest(statement.encode()),
            "issuer": issuer,
            "kind": kind,
            "subjects": sorted(subjects),
            "v": 1,
        }
        self.entries.append((statement, rfc8785.dumps(value)))
        return len(self.entries) - 1

    @property
    def data(self) -> list[bytes]:
        return [entry for _, entry in self.entries]

    def note(self, size: int | None = None, *signers: tuple[str, bytes]) -> str:
        data = self.data[:size]
        text = f"{ORIGIN}\n{len(data)}\n{m.b64(m.mth(data))}\n"
        note: str = m.note(text, *(signers or ((ORIGIN, LOG),)))
        return note

    def path(self, index: int, size: int | None = None) -> list[str]:
        return [m.b64(step) for step in m.path(index, self.data[:size])]

    def logged(self, index: int) -> dict[str, Any]:
        statement, entry = self.entries[index]
        return {
            "entry": entry.decode(),
            "inclusionProof": self.path(index),
            "index": index,
            "statement": statement,
        }

    def bundle(self, index: int, **parts: Any) -> dict[str, Any]:
        statement, entry = self.entries[index]
        return {
            "anchors": [],
            "catalogue": catalogue(),
            "entry": entry.decode(),
            "keys": [],
            "log": {
                "checkpoint": self.note(),
                "inclusionProof": self.path(index),
                "index": index,
            },
            "schemas": [],
            "statement": statement,
            "supporting": [],
            "v": 1,
        } | parts

    def anchor(self, index: int, size: int, *lines: str, token: bytes = b"") -> dict[str, Any]:
        value: dict[str, Any] = {
            "checkpoint": self.note(size) + "".join(lines),
            "inclusionProof": self.path(index, size),
        }
        if token:
            value["token"] = m.b64(token)
        return value

    def text(self, size: int | None = None) -> str:
        return self.note(size).partition("\n\n")[0] + "\n"

    def answer(self, **changed: Any) -> str:
        """Sign a status answer under the newest checkpoint."""
        secret = changed.pop("secret", STATUS)
        did = m.did_key(secret)
        payload = {
            "asOf": {
                "root": m.b64(m.mth(self.data)),
                "size": len(self.data),
                "time": "2026-11-30T00:00:00.000Z",
            },
            "keyEvents": 0,
            "log": ORIGIN,
            "others": {},
            "v": 1,
        } | changed
        header = {"alg": "EdDSA", "kid": f"{did}#{did[8:]}", "typ": "openquality-status+jwt"}
        signing_input = f"{m.b64url(rfc8785.dumps(header))}.{m.b64url(rfc8785.dumps(payload))}"
        return f"{signing_input}.{m.b64url(m.sign(secret, signing_input.encode()))}"


SUBJECTS = [s.replace("{did}", DID) for s in m.SUBJECTS]


def subjects_of(did: str) -> list[str]:
    return [s.replace("{did}", did) for s in m.SUBJECTS]


def logged_record(statement: str | None = None, **entry: Any) -> World:
    """Make a log of seven entries with one record at index 4."""
    world = World()
    for number in range(4):
        world.add(f"statement {number}", subjects=[f"mpn:OTHER-{number}"])
    given: dict[str, Any] = {"subjects": SUBJECTS} | entry
    world.add(statement or signed(record()), **given)
    for number in (5, 6):
        world.add(f"statement {number}", subjects=[f"mpn:OTHER-{number}"])
    return world


def cosignature(world: World, size: int | None, name: str, secret: bytes, at: str) -> str:
    """Make a cosignature line (C2SP tlog-cosignature, v1)."""
    seconds = int(datetime.fromisoformat(at).timestamp())
    message = f"cosignature/v1\ntime {seconds}\n{world.text(size)}".encode()
    identifier = m.sha256(name.encode() + b"\n\x04" + m.public(secret))[:4]
    blob = identifier + seconds.to_bytes(8) + m.sign(secret, message)
    return f"— {name} {m.b64(blob)}\n"


def witness_vkey(name: str, secret: bytes) -> str:
    material = b"\x04" + m.public(secret)
    identifier = m.sha256(name.encode() + b"\n" + material)[:4]
    return f"{name}+{identifier.hex()}+{m.b64(material)}"


POLICY = (
    f"witness w1 {witness_vkey('w.example/1', W1)}\n"
    f"witness w2 {witness_vkey('w.example/2', W2)}\n"
    f"witness w3 {witness_vkey('w.example/3', W3)}\n"
    "group majority 2 w1 w2 w3\nquorum majority\n"
)


def trust(*, required: Sequence[str] = (), log: dict[str, Any] | None = None, **more: Any) -> Any:
    steps = ["read", "digest", "header", "key", "signature", "schema", "entry", "checkpoint"]
    return {
        "v": 1,
        "logs": [{"origin": ORIGIN, "keys": [{"vkey": m.vkey(ORIGIN, LOG)}]} | (log or {})],
        "issuers": [],
        "accreditors": [],
        **more,
        "required": [*steps, *required],
    }


def with_status() -> Any:
    return trust(required=["status"], log={"statusKeys": [m.did_key(STATUS)]})


@dataclass
class Case:
    """One case: its name says what it must come to, `_fail` or `_unknown`, else pass."""

    name: str
    says: str
    bundle: Any
    trust: Any = field(default_factory=trust)
    at: str = NOW
    seen: str = ""
    step: str = ""

    def write(self, folder: Path) -> None:
        place = folder / self.name
        place.mkdir(parents=True)
        data = self.bundle if isinstance(self.bundle, bytes) else rfc8785.dumps(self.bundle)
        (place / "bundle.json").write_bytes(data)
        (place / "trust.json").write_text(json.dumps(self.trust, indent=1) + "\n")
        if self.seen:
            (place / "seen.txt").write_text(self.seen)
        expected = {"at": self.at, "expect": self.expected, "step": self.step or None}
        (place / "case.json").write_text(json.dumps(expected, indent=1) + "\n")
        (place / "README.md").write_text(f"# {self.name}\n\n{self.says}\n")

    @property
    def expected(self) -> str:
        end = self.name.rpartition("_")[2]
        return end if end in {"fail", "unknown"} else "pass"


def main() -> None:
    """Write all cases."""
    spec = _load(HERE / "cases.py")
    folder = HERE / "cases"
    shutil.rmtree(folder, ignore_errors=True)
    names: set[str] = set()
    for case in spec.cases():
        assert case.name not in names, case.name
        names.add(case.name)
        case.write(folder)
    print(f"{len(names)} cases")


if __name__ == "__main__":
    sys.modules["make_cases"] = sys.modules["__main__"]  # what cases.py imports
    main()
