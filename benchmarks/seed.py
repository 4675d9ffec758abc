"""Fill a data folder with many log entries: `python -m benchmarks.seed FOLDER COUNT`.

Entries, statements, look-up keys, index rows, tiles and checkpoint are those that admission would
have made of the same statements, written by the registry's own code in larger commits. Only the
signatures are missing: the statements carry zeros in their place. `openquality log fsck` passes.
Ended early, it goes on where it stopped.
"""

import base64
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from benchmarks.suppliers import ORDERS, Product, attestation
from openquality import signing
from openquality.cli.output import progress
from openquality_registry import admit
from openquality_registry.adapters.sql.events import SqlEvents
from openquality_registry.answering import names
from openquality_registry.events.ports import Position
from openquality_registry.facts import NoFacts
from openquality_registry.folder import Folder, Lock, open_folder
from openquality_registry.log.batch import place
from openquality_registry.log.publisher import Publisher
from openquality_registry.ports import Commit, LogState, Pending
from openquality_validator import documents, kinds

CHUNK = 4_096  # entries in a commit: some 60 MiB, which is what the memory of a run stays at
OF_ONE_SUPPLIER = 1_000  # statements in a row by the same issuer
_NO_SIGNATURE = b"A" * 86  # 64 zeros in base64url


def run(path: Path, count: int) -> None:
    """Grow the log of a data folder to `count` entries."""
    path.mkdir(parents=True, exist_ok=True)
    lock = Lock(path)
    begin = time.perf_counter()
    try:
        with closing(open_folder(path, create=True, origin="log.example/benchmark")) as folder:
            grown = _grow(folder, count)
            _follow(folder)
    finally:
        lock.release()
    seconds = time.perf_counter() - begin
    print(
        f"  seeded {grown:,} entries in {seconds:.1f} s ({grown / seconds:,.0f} /s), "
        f"the folder has {used(path) / 2**20:,.0f} MiB"
    )


def _follow(folder: Folder) -> None:
    """Let the feed of events begin behind what was seeded: a server would follow it first."""
    events = SqlEvents(write=folder.store.write, read=folder.store.read)
    old, size = events.position(), folder.store.state().size
    today = datetime.now(UTC).date().isoformat()
    if size > old.entries:
        events.write(old, Position(size, old.sequence, today), [], {})


def used(path: Path) -> int:
    """Return the bytes that a folder takes on disk."""
    return sum(
        (Path(where) / name).stat().st_blocks * 512
        for where, _, names in os.walk(path)
        for name in names
    )


def _grow(folder: Folder, count: int) -> int:
    """Repeat the sequencer's steps, without its queue: plan, commit, tiles, checkpoint."""
    publisher = Publisher(folder.store, folder.tiles, folder.signer)
    head = publisher.recover()
    first = head.edge.size
    waiting = statements(first, count)
    with progress(max(count - first, 0), "seed") as bar:
        while (size := head.edge.size) < count:
            # Each commit ends with a full tile where it can, so that few partial ones are written.
            batch = [next(waiting) for _ in range(min(count, size + CHUNK) - size)]
            rows, step = place(batch, head.edge, now=datetime.now(UTC), after=head.admitted_at)
            folder.store.commit(Commit(head.state, LogState(step.size, step.root), rows))
            head = publisher.follow(step, rows[-1].admitted_at)
            bar.advance(len(batch))
    return head.edge.size - first


def statements(first: int, stop: int) -> Iterator[Pending]:
    """Yield the statements with these numbers, ready for the log."""
    supplier = None
    for number in range(first, stop):
        if supplier is None or number % OF_ONE_SUPPLIER == 0:
            supplier = _Supplier.numbered(number // OF_ONE_SUPPLIER)
        yield supplier.pending(Product.numbered(number))


@dataclass(frozen=True, slots=True)
class _Supplier:
    """Hold one statement, admitted in earnest; the supplier's others differ in id and GTIN."""

    product: Product
    header: bytes
    payload: bytes
    pattern: Pending

    @classmethod
    def numbered(cls, number: int) -> "_Supplier":
        key, product = signing.generate(), Product.numbered(0)
        on_time = ORDERS - number * 7 % (ORDERS // 2)  # so that the query's index is spread out
        statement = signing.sign(attestation(key, product, on_time=on_time), key)
        header, payload, _ = statement.split(b".")
        pattern = admit.examine(statement, NoFacts())
        for row in pattern.index_rows["measurements"]:
            named = series(str(row["issuer"]), str(row["subject"]), str(row["key"]))
            assert row["series"] == named, "the registry names series in another way now"
        return cls(product, header, base64.urlsafe_b64decode(payload + b"=="), pattern)

    def pending(self, product: Product) -> Pending:
        payload = self.payload.replace(
            self.product.credential_id.encode(), product.credential_id.encode()
        ).replace(self.product.gtin.encode(), product.gtin.encode())
        statement = b".".join((self.header, _base64url(payload), _NO_SIGNATURE))
        digest = sha256(statement).digest()
        rows = self.pattern.index_rows
        return Pending(
            statement=statement,
            digest=f"sha256:{digest.hex()}",
            issuer=self.pattern.issuer,
            credential_id=product.credential_id,
            kind=kinds.ATTESTATION,
            subjects=tuple(sorted(self._of(product, key) for key in self.pattern.subjects)),
            index_rows={
                **rows,
                "measurements": self._measurements(product, digest),
                "records": [
                    {**row, "subject": self._of(product, str(row["subject"]))}
                    for row in rows["records"]
                ],
                "names": self._names(product),
            },
        )

    def _measurements(self, product: Product, digest: bytes) -> Sequence[Mapping[str, object]]:
        return [
            {
                **row,
                "digest": digest,
                "claim": str(row["claim"]).replace(
                    self.product.credential_id, product.credential_id
                ),
                "subject": (subject := self._of(product, str(row["subject"]))),
                "series": series(str(row["issuer"]), subject, str(row["key"])),
            }
            for row in self.pattern.index_rows["measurements"]
        ]

    def _names(self, product: Product) -> Sequence[Mapping[str, object]]:
        own = set(names.tokens(self.product.gtin))
        kept = {str(row["token"]) for row in self.pattern.index_rows["names"]} - own
        return [{"token": token} for token in sorted(kept.union(names.tokens(product.gtin)))]

    def _of(self, product: Product, text: str) -> str:
        return text.replace(self.product.gtin, product.gtin)


def series(issuer: str, subject: str, key: str) -> bytes:
    """Name a series as the registry's index does."""
    return sha256(documents.canonical([issuer, subject, key])).digest()[:16]


def _base64url(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


if __name__ == "__main__":
    run(Path(sys.argv[1]), int(sys.argv[2]))
