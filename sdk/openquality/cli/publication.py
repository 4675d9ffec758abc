"""The work of `openquality publish`, once everything has been checked and agreed to."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from openquality import home, outbox
from openquality.cli.keys import load_key
from openquality.cli.output import Rows, progress, say
from openquality.sources import Form, load
from openquality_validator.message import message

if TYPE_CHECKING:
    from openquality.cli.bringing import Bringing
    from openquality.publishing import Parcel
    from openquality.receipts import Judge
    from openquality.signing import SigningKey
    from openquality.wire import Outcome

SHOWN_REFUSALS = 20


class Publication:
    """Publish files in order; count and tell what happens to each statement."""

    def __init__(
        self, key: Path, trust: Path | None, rows: Rows, bringing: "Bringing | None" = None
    ) -> None:
        from openquality.receipts import load_trust

        self._key_path = key
        self._loaded: SigningKey | None = None
        self._trust = load_trust(trust)
        self._judge: Judge
        self._rows = rows
        self._bringing = bringing
        self._receipted: list[Parcel] = []  # of the group at work
        self._published = self._skipped = self._refused = 0
        self._opened = ExitStack()  # a group may span files, so they stay open to the end
        self._lines: list[outbox.Lines] = []

    def run(self, paths: list[Path], *, address: str, token: str | None, count: int) -> int:
        """Publish everything, and return the exit code."""
        from openquality.cli.bringing import PATIENCE
        from openquality.client import TIMEOUT, Client
        from openquality.publishing import Limits, group, send
        from openquality.receipts import Judge, shown_log

        try:
            patience = TIMEOUT if self._bringing is None else PATIENCE
            with (
                Client(address, token=token, timeout=patience) as client,
                progress(count, "publish") as bar,
            ):
                registry = client.well_known()
                if self._bringing is not None:
                    self._bringing.begin(client, registry)
                self._judge = Judge.of(self._trust, shown_log(registry))
                for parcels in group(self._parcels(paths), Limits.of(registry)):
                    self._flush()  # the signed bytes are on disk before they are sent
                    for parcel, outcome in zip(parcels, send(client, parcels), strict=True):
                        self._take(parcel, outcome)
                    self._flush()
                    for parcel in self._receipted:
                        self._bring(parcel.name, parcel.statement)
                    self._receipted.clear()
                    bar.advance(len(parcels))
        except KeyboardInterrupt:
            say(
                message(
                    "Stopped: {published} of {count} have their receipt. Run the same command "
                    "again to go on; nothing is published twice.",
                    published=self._published + self._skipped,
                    count=count,
                )
            )
            return 130
        finally:
            self._flush()
            self._opened.close()
            self._rows.end(
                "results",
                {
                    "published": self._published,
                    "skipped": self._skipped,
                    "refused": self._refused,
                }
                | ({"evidence": self._bringing.to_json()} if self._bringing else {}),
            )
        if not self._judge.is_trusted:
            say(
                message(
                    "The receipts hold under the key that the registry shows itself; it is not "
                    "in your trust file. To pin it: openquality trust add {address}",
                    address=address,
                )
            )
        say(
            message(
                "{published} published, {skipped} skipped (receipt kept already), {refused} "
                "refused.",
                published=self._published,
                skipped=self._skipped,
                refused=self._refused,
            )
        )
        if self._bringing is not None:
            say(str(self._bringing))
            self._refused += self._bringing.refused
        return 1 if self._refused else 0

    def _bring(self, name: str, statement: bytes) -> None:
        """Bring the data that a statement names, once it has its receipt."""
        if self._bringing is not None:
            self._bringing.bring(name, statement)

    def _parcels(self, paths: list[Path]) -> Iterator["Parcel"]:
        for path in paths:
            if path.suffix == ".jsonl":
                lines = self._opened.enter_context(outbox.Lines(path))
                self._lines.append(lines)
                yield from self._line_parcels(path, lines)
            else:
                yield from self._file_parcels(path)

    def _line_parcels(self, path: Path, lines: outbox.Lines) -> Iterator["Parcel"]:
        from openquality.publishing import Parcel

        for document in load(path):
            number = document.line or 0
            statement = lines.statement(number, document.data, self._key)
            if lines.is_done(number):
                self._skipped += 1
                self._bring(f"{path}:{number}", statement)
                continue

            def keep(bundle: bytes, number: int = number, statement: bytes = statement) -> None:
                lines.keep_receipt(number, statement, bundle)

            yield Parcel(f"{path}:{number}", statement, keep)

    def _file_parcels(self, path: Path) -> Iterator["Parcel"]:
        from openquality.publishing import Parcel

        for document in load(path):
            place = outbox.record_path(document)
            name = str(path if place == path else place.with_suffix(""))
            kept = outbox.receipt_path(place)
            if document.form is Form.STATEMENT:
                statement = document.data.strip()
            else:
                statement, _ = outbox.keep_statement(place, document.data, self._key)
            if kept.exists():
                self._judge.check(kept.read_bytes(), statement)
                self._skipped += 1
                say(
                    message("{path}: {kept} is its receipt already; skipped.", path=name, kept=kept)
                )
                self._bring(name, statement)
                continue

            def keep(bundle: bytes, kept: Path = kept) -> None:
                home.write(kept, bundle)

            yield Parcel(name, statement, keep)

    def _key(self) -> "SigningKey":
        # Loaded when the first record needs it: statements need none.
        if self._loaded is None:
            self._loaded = load_key(self._key_path)
        return self._loaded

    def _flush(self) -> None:
        for lines in self._lines:
            lines.flush()

    def _take(self, parcel: "Parcel", outcome: "Outcome") -> None:
        row = {"source": parcel.name, "digest": outbox.digest(parcel.statement)}
        if outcome.bundle is not None:
            receipt = self._judge.check(outcome.bundle, parcel.statement)
            parcel.keep(outcome.bundle)
            self._published += 1
            self._receipted.append(parcel)
            self._rows.add(
                "results",
                {**row, "outcome": "published", "log": receipt.origin, "index": receipt.index},
                f"{parcel.name}: entry {receipt.index} of {receipt.origin}, {receipt.digest}",
            )
            return
        assert outcome.problem is not None
        self._refused += 1
        if self._refused <= SHOWN_REFUSALS:
            say("\n".join((f"{parcel.name}: {outcome.problem.to_error()}", *_findings(outcome))))
        problem = outcome.problem.to_json()
        self._rows.add("results", {**row, "outcome": "refused", "problem": problem}, None)


def _findings(outcome: "Outcome") -> Iterator[str]:
    for finding in outcome.problem.findings if outcome.problem else ():
        yield f"    {finding.code} at {finding.pointer or '/'}: {finding.message} {finding.hint}"
