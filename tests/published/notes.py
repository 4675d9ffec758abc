"""C2SP: the notes, keys, requests and tile paths that stand as examples in its pages."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.published.result import Result, accepted, equal, excluded

from openquality_validator.tlog import checkpoint, note, proof, tiles, witness
from openquality_validator.tlog.note import Note, VerifierKey


def check(folder: Path) -> Iterator[Result]:
    """Read every example that is a note, a log proof or a witness request; verify what can be."""
    for page in (
        "signed-note",
        "tlog-checkpoint",
        "tlog-cosignature",
        "tlog-witness",
        "tlog-proof",
    ):
        text = (folder / f"{page}.md").read_text()
        for number, block in enumerate(_blocks(text), start=1):
            yield from _check(f"{page}.md, example {number}", block)
    yield from _signed_note((folder / "signed-note.md").read_text())
    path = tiles.Tile(0, 1_234_067, 256).path
    yield equal("tlog-tiles.md, path of tile 1234067", "tile/0/x001/x234/067", path)


def _blocks(text: str) -> list[str]:
    """Return the page's blocks that hold a signature line: fenced, or indented by four spaces."""
    fenced = re.findall(r"^```[a-z]*\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    rest = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    indented = re.findall(r"(?:^    .*\n(?:\n(?=    ))?)+", rest, re.MULTILINE)
    blocks = [*fenced, *(re.sub(r"^    ", "", block, flags=re.MULTILINE) for block in indented)]
    return [block for block in blocks if re.search(r"^— \S+ [A-Za-z0-9+/]{8}", block, re.MULTILINE)]


def _check(name: str, block: str) -> Iterator[Result]:
    data = block.encode()
    if "[...]" in block or "subtree " in block:
        yield excluded(name, "an elided signature, or a subtree, which is not read")
    elif block.startswith("old "):
        yield accepted(name, lambda: witness.Request.from_bytes(data))
        yield equal(f"{name}, written again", data, witness.Request.from_bytes(data).to_bytes())
    elif block.startswith("c2sp.org/tlog-proof@v1"):
        yield accepted(name, lambda: proof.LogProof.from_bytes(data))
        yield equal(f"{name}, written again", data, proof.LogProof.from_bytes(data).to_bytes())
    elif block.startswith("— "):
        yield accepted(name, lambda: Note.from_bytes(b"text\n\n" + data))
    else:
        yield accepted(name, lambda: Note.from_bytes(data))
        if re.match(r"\S+\n\d+\n\S{44}\n", block):
            yield accepted(f"{name}, as a checkpoint", lambda: checkpoint.parse(data))


def _signed_note(text: str) -> Iterator[Result]:
    """Verify the page's note with the page's key, if it names one."""
    keys = re.findall(r"[\w./-]+\+[0-9a-f]{8}\+A[A-Za-z0-9+/]{43}", text)
    blocks = [block for block in _blocks(text) if not block.startswith("— ")]
    for key in keys:
        verifier = VerifierKey.from_text(key)
        for block in blocks:
            read = Note.from_bytes(block.encode())
            if any(line.key_id == verifier.key_id for line in read.signatures):
                yield accepted(
                    f"signed-note.md, verified with {key[:30]}…",
                    lambda read=read, verifier=verifier: note.verify(read, [verifier]),
                )
