"""Data files brought to a registry after the records that name them: `publish --evidence`."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from openquality.cli.output import Rows, say
from openquality.datasets import DataFolder, datasets
from openquality_validator.errors import NetworkError, RegistryError
from openquality_validator.message import message
from openquality_validator.recompute import Outcome

if TYPE_CHECKING:
    from openquality.client import Client

PATIENCE = 150.0  # seconds; a registry may compute for two minutes


class Bringing:
    """Bring the files of a folder that published records name, and count how that went."""

    def __init__(self, folder: Path, rows: Rows) -> None:
        self._held = DataFolder(folder)
        self._rows = rows
        self._client: Client
        self._limit = 0
        self._outcomes: Counter[str] = Counter()
        self.refused = 0

    def begin(self, client: "Client", registry: dict[str, Any]) -> None:
        """Take the registry to bring files to, and what it says of itself."""
        self._client = client
        limits = registry.get("limits")
        self._limit = int(limits.get("evidenceBytes") or 0) if isinstance(limits, dict) else 0
        if not self._limit:
            say(message("This registry takes no data files; none is sent."))

    def bring(self, name: str, statement: bytes) -> None:
        """Bring every file that a published statement names and that is in the folder."""
        from openquality_validator import envelope

        record = envelope.credential(envelope.parse_envelope(statement).payload).value
        for entry in datasets(record) if self._limit else ():
            path = self._held.path(entry["digest"])
            if path is None:
                self._outcomes["not in the folder"] += 1
            elif (size := path.stat().st_size) > self._limit:
                self._refuse(
                    name,
                    entry,
                    path,
                    message("it has {size} bytes, {limit} are taken", size=size, limit=self._limit),
                )
            else:
                self._send(name, envelope.digest(statement), entry, path)

    def _send(self, name: str, digest: str, entry: dict[str, Any], path: Path) -> None:
        try:
            told = self._client.bring(digest, path.read_bytes(), entry["mediaType"])
            results = _results(told)
        except (RegistryError, NetworkError) as error:
            self._refuse(name, entry, path, str(error))
            return
        for claim, outcome, codes in results:
            self._outcomes[outcome] += 1
            self._rows.add(
                "results",
                {
                    "source": name,
                    "statement": digest,
                    "evidence": entry["digest"],
                    "claim": claim,
                    "outcome": outcome,
                    "codes": codes,
                },
                f"{name}: {claim} from {path.name}: {' '.join((outcome, *codes))}",
            )

    def _refuse(self, name: str, entry: dict[str, Any], path: Path, why: str) -> None:
        self.refused += 1
        self._outcomes["not taken"] += 1
        say(f"{name}: {path.name} was not taken: {why}")
        said = {"source": name, "evidence": entry["digest"], "outcome": "notTaken", "reason": why}
        self._rows.add("results", said, None)

    def to_json(self) -> dict[str, int]:
        """Return the counts."""
        return dict(self._outcomes)

    def __str__(self) -> str:
        counts = ", ".join(f"{count} {name}" for name, count in self._outcomes.items())
        return message("Data, by the registry's word: {value}.", value=counts or "none named")


def _results(told: dict[str, Any]) -> list[tuple[str, str, list[str]]]:
    """Read claim, outcome and codes of findings; what a registry says may be anything."""
    try:
        found = [
            (
                str(result["claim"]),
                Outcome(result["outcome"]).value,
                [str(finding["code"]) for finding in result["findings"]],
            )
            for result in told["results"]
        ]
    except (KeyError, TypeError, ValueError):
        raise _unreadable() from None
    for claim, _, codes in found:
        if not all(text.isascii() and text.isprintable() for text in (claim, *codes)):
            raise _unreadable()
    return found


def _unreadable() -> RegistryError:
    return RegistryError(
        200,
        "bad-answer",
        message("The answer cannot be read."),
        message("The data may have been taken."),
    )
