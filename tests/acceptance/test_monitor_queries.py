"""A monitor answers queries from its copy of the log, and catches wrong answers."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest
from coated import adhesion, coated, coating
from hostile_issuers import successor
from hostile_scene import said
from published_schemas import published
from registry_at_work import KEY, attestation, publish, registry, statement

from openquality.cli.main import main
from openquality.signing import generate, sign
from openquality_registry.bootstrap import Parts, SystemClock
from openquality_registry.watch.alerts import Alert, Code
from openquality_registry.watch.mirror import Mirror
from openquality_registry.watch.monitor import Monitor, Wishes
from openquality_registry.watch.questions import Questions, Unanswerable
from openquality_registry.watch.source import Source
from openquality_validator.entry import digest
from openquality_validator.tlog.note import VerifierKey

ON_TIME = {"where": [{"metric": "on-time-delivery"}], "facets": ["country"]}
BOTH = {
    "where": [{"metric": "on-time-delivery"}, {"metric": "cpk"}],
    "rank": [{"metric": "cpk", "weight": "1"}],
    "fairness": {"reserve": {"share": "0.5", "sizeClasses": ["small"]}},
}

LIE = """
INSERT INTO words (log_index, target, word, issuer)
SELECT 2, digest, 'superseded', '' FROM entries WHERE log_index = 3
"""


def notice(number: int) -> bytes:
    """Sign a recall of the product with this number, by a stranger."""
    key = generate()
    value = attestation(number)
    value["id"] = f"urn:uuid:{UUID(int=1_000 + number)}"
    value["issuer"] = {"id": key.did, "name": "Stranger"}
    subject = value["credentialSubject"]
    subject["issuerRole"] = "observer"
    subject["claims"] = [
        {
            "id": f"{value['id']}#recall",
            "type": "SafetyNoticeClaim",
            "kind": "recall",
            "issued": "2026-09-15",
            "hazard": "The head may break off under load.",
            "action": "Return the goods.",
            "affectedBatches": ["L-17"],
        }
    ]
    value.pop("evidence", None)
    return sign(value, key)


@dataclass
class Scene:
    client: httpx2.Client
    parts: Parts
    folder: Path
    state: Path

    def look(self, *documents: dict[str, Any]) -> list[Alert]:
        keys = [VerifierKey.from_text(self.parts.folder.signer.vkey)]
        origin = self.parts.folder.origin
        with (
            Source(str(self.client.base_url)) as source,
            closing(Mirror(self.state, origin=origin, reads_statements=True)) as mirror,
            closing(Questions(source, mirror, documents, folder=self.state)) as asked,
        ):
            wishes = Wishes(questions=asked)
            monitor = Monitor(source, mirror, keys=keys, clock=SystemClock(), wishes=wishes)
            return list(monitor.look())

    def change(self, statement: str) -> None:
        with closing(sqlite3.connect(self.folder / "registry.sqlite")) as database, database:
            database.execute(statement)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with registry(tmp_path / "data") as (client, parts):
        log = parts.folder.origin
        records = [statement(number) for number in range(4)]
        suspended = said("suspended", digest(records[0]), log=log)
        for each in (*records, suspended, successor(9), notice(2)):
            answer = publish(client, each)
            assert answer.status_code == 201, answer.text
        yield Scene(client, parts, tmp_path / "data", tmp_path / "state")


def test_honest_answers_give_no_alarm_look_after_look(scene: Scene) -> None:
    assert scene.look(ON_TIME, BOTH) == []
    for number in range(10, 13):
        publish(scene.client, statement(number))
    assert scene.look(ON_TIME, BOTH) == []


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM measurements WHERE log_index = 3",
        "UPDATE measurements SET lower = 99.9 WHERE log_index = 3",
        "UPDATE measurements SET n = 1 WHERE log_index = 3",
        "UPDATE measurements SET issuer = 'did:key:z6Mkother' WHERE log_index = 3",
        "UPDATE words SET word = 'reinstated' WHERE word = 'suspended'",
        LIE,
        "DELETE FROM safety_notices",
        "UPDATE safety_notices SET kind = 'warning'",
        "UPDATE measurements SET country = 'IN' WHERE log_index = 3",
    ],
)
def test_an_answer_that_the_log_does_not_give_is_caught_with_evidence(
    scene: Scene, change: str
) -> None:
    scene.change(change)
    (alert,) = [alert for alert in scene.look(ON_TIME) if alert.code is Code.QUERY_WRONG]
    assert alert.evidence is not None
    kept = json.loads(Path(alert.evidence).read_text())
    asked = scene.client.post("/v1/query", json=kept["query"]).json()
    assert kept["answer"] == asked


def test_the_command_watches_a_query_file(
    scene: Scene, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "query.json"
    path.write_text(json.dumps(ON_TIME))

    def watch() -> int:
        return main(
            [
                *("log", "monitor", "--url", str(scene.client.base_url)),
                *("--log", scene.parts.folder.signer.vkey, "--state", str(tmp_path / "watched")),
                *("--statements", "--query", str(path), "--once"),
            ]
        )

    assert watch() == 0
    scene.change("UPDATE measurements SET upper = 100 WHERE log_index = 3")
    assert watch() == 1
    assert "query-wrong" in capfd.readouterr().out


def test_answers_about_a_published_metric_set_are_watched_too(scene: Scene) -> None:
    owner, supplier = generate(), generate()
    uri = f"{owner.did}/coating"
    text = json.dumps(coating(id=uri))
    said = {"kind": "metrics", "id": uri, "version": "1.0", "content": text}
    assert publish(scene.client, published(owner, **said)).status_code == 201
    for number in (20, 21):
        value = attestation(number, key=supplier)
        claim = adhesion(value, amount=f"{number}.5")
        record = coated(value, claim, pinned=text.encode())
        assert publish(scene.client, sign(record, supplier)).status_code == 201
    asked = {
        "where": [
            {
                "metric": f"{uri}#coating-adhesion",
                "comparator": "atLeast",
                "value": "20",
                "unit": "N/mm2",
            }
        ]
    }
    answer = scene.client.post("/v1/query", json=asked)
    assert answer.json()["total"] == 2

    assert scene.look(asked, ON_TIME) == []
    assert scene.look(asked) == []
    scene.change("UPDATE measurements SET lower = 30 WHERE metric LIKE '%#coating-adhesion'")
    assert [alert.code for alert in scene.look(asked)] == [Code.QUERY_WRONG]


@pytest.mark.parametrize("more", [{"floors": {"identity": "L1"}}], ids=["identity"])
def test_what_no_copy_can_tell_is_not_watched(tmp_path: Path, more: dict[str, Any]) -> None:
    make: Callable[[], Questions] = lambda: Questions(  # noqa: E731 - called once, below
        Source("http://127.0.0.1:1"),
        None,
        [ON_TIME | more],
        folder=tmp_path,  # type: ignore[arg-type]  # never reached
    )
    with pytest.raises(Unanswerable, match="identity"):
        make()


def test_a_row_shows_an_open_notice_without_the_words_of_its_issuer(scene: Scene) -> None:
    answer = scene.client.post("/v1/query", json=ON_TIME)
    rows = {row["values"][0]["index"]: row for row in answer.json()["rows"]}
    (found,) = rows[5]["safetyNotices"]
    assert found.pop("issuer").startswith("did:key:")
    assert found.pop("digest").startswith("sha256:")
    assert found.pop("claim").endswith("#recall")
    assert found == {
        "kind": "recall",
        "date": "2026-09-15",
        "batches": ["L-17"],
        "index": 6,
        "relation": "other",
    }
    assert rows[3]["safetyNotices"] == []
    assert "break off" not in answer.text
    assert "Return the goods" not in answer.text
    before = scene.client.post("/v1/query", json=ON_TIME | {"atCheckpoint": {"size": 6}}).json()
    assert all(row["safetyNotices"] == [] for row in before["rows"])
    assert KEY.did
