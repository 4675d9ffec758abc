"""W3C Data Integrity: the test vectors of vc-di-eddsa and vc-di-ecdsa."""

import json
from collections.abc import Iterator
from pathlib import Path

from tests.published.result import Result, accepted, equal, excluded, refused

from openquality_validator import dataintegrity
from openquality_validator.dataintegrity import Proof
from openquality_validator.identity import from_multikey
from openquality_validator.identity.key import METHOD, PublicKey


def check(folder: Path) -> Iterator[Result]:
    """Check hash data and proof of the suites that we read, and that a change is refused."""
    root = folder / "TestVectors" if (folder / "TestVectors").is_dir() else folder
    for path in sorted(root.rglob("signed*.json")):
        name = str(path.relative_to(root))
        document = json.loads(path.read_bytes())
        proof = document.pop("proof", None)
        suite = proof.get("cryptosuite") if isinstance(proof, dict) else None
        if suite not in dataintegrity.SUITES:
            yield excluded(name, f"the suite {suite or 'of a proof set or chain'} is not read")
        elif "p384" in name:
            yield excluded(name, "P-384 is not one of our kinds of keys")
        else:
            yield from _check(name, path, document, proof)


def _check(name: str, path: Path, document: dict, proof: dict) -> Iterator[Result]:  # type: ignore[type-arg]
    read = dataintegrity.read(document, proof)
    (hashed,) = path.parent.glob("combinedHash*.txt")
    yield equal(
        f"{hashed.parent.name}/{hashed.name}", hashed.read_text().strip(), read.message.hex()
    )
    key = _key(read)
    verified = accepted(name, lambda: dataintegrity.verify(read, key))
    if verified.why.startswith("refused: J012"):
        yield excluded(name, "its ECDSA signature has a high S, which our profile refuses")
        return
    yield verified
    changed = dataintegrity.read(document | {"name": "changed"}, proof)
    yield refused(f"{name} with another name", lambda: dataintegrity.verify(changed, key), "J017")


def _key(proof: Proof) -> PublicKey:
    return from_multikey(proof.method.partition("#")[0].removeprefix(METHOD))
