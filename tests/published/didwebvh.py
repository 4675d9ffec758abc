"""did:webvh 1.0: the vectors of its test suite, with the negatives."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from tests.published.result import Result, accepted, equal, excluded, refused

from openquality_validator.identity import address, approvals, didlog

NOT_OURS = {
    "witness-update": "a new list of witnesses approves its own line, against the section "
    "'DID Witnesses': it counts after that line",
    "rust": "witnesses are named by a Multikey and not by a did:key, against 'Witness DIDs'",
}


def check(folder: Path) -> Iterator[Result]:
    """Read every log; each negative one, and each negative identifier, must be refused."""
    root = folder / "vectors" if (folder / "vectors").is_dir() else folder
    for case in sorted(path for path in root.iterdir() if path.is_dir()):
        script = (case / "script.yaml").read_text()
        for did in re.findall(r'did: "([^"]+)"', script):
            yield refused(f"{case.name}: {did}", lambda did=did: address.parse(did), "K100")
        for log in sorted(case.glob("*/did.jsonl")):
            if log.read_bytes().strip():
                yield from _check(case.name, log)
            else:
                yield excluded(_name(log), "an empty log: the identifier itself is the case")
    yield from _resolver(folder)


def _check(case: str, log: Path) -> Iterator[Result]:
    name, writer = _name(log), log.parent.name
    if case == "witness-update":
        yield excluded(name, NOT_OURS["witness-update"])
    elif case == "witness-threshold" and writer == "rust":
        yield excluded(name, NOT_OURS["rust"])
    elif case.startswith("negative-"):
        yield refused(name, lambda: _read(log))
    else:
        yield accepted(name, lambda: _read(log))
        expected = json.loads((log.parent / "resolutionResult.json").read_bytes())
        metadata = expected.get("didDocumentMetadata", {})
        last = _read(log)[-1]
        if "versionId" in metadata:
            yield equal(f"{name}, its version", metadata["versionId"], last.version_id)
        document = expected.get("didDocument")
        if document:
            # A resolver adds the implicit services; the document in the log has none of them.
            own = {n: v for n, v in document.items() if n != "service"}
            found = {n: v for n, v in last.document.items() if n != "service"}
            yield equal(f"{name}, its document", own, found)


def _resolver(folder: Path) -> Iterator[Result]:
    """Check the logs of the Python implementation's resolver suite."""
    for suite in sorted(folder.glob("implementations/*/test-suite/resolver-suite.json")):
        for case in json.loads(suite.read_bytes()):
            name, did = case["log"], case["did_url"]
            log = suite.parent / "logs" / name / "did.jsonl"
            if "?" in did or not log.exists():
                yield excluded(f"{name}: {did}", "asks a resolver for one version, or for no log")
            elif case["status"] == "ok":
                yield accepted(f"{name}: {did}", lambda log=log: _read(log))
            else:
                yield refused(f"{name}: {did}", lambda log=log: _read(log))


def _read(log: Path) -> tuple[didlog.Line, ...]:
    witness = log.parent / "did-witness.json"
    lines = [line for line in log.read_bytes().split(b"\n") if line]
    read = didlog.read(lines, now=datetime.now(UTC))
    approvals.check(read, witness.read_bytes() if witness.exists() else None)
    return read


def _name(log: Path) -> str:
    return "/".join(log.parts[-3:])
