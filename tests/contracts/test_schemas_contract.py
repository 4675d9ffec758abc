"""What the port of published schemas promises, on each database."""

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from postgres import database
from simulated_log import SteppingClock, pending

from openquality import credentials
from openquality.signing import generate, sign
from openquality_registry import schemas
from openquality_registry.adapters.sql.opening import open_store
from openquality_registry.adapters.sql.schemas import SqlSchemas
from openquality_registry.adapters.sql.store import SqlStore
from openquality_registry.log.batch import place as placed_in
from openquality_registry.ports import Commit, LogState, Pending
from openquality_registry.schemas import Filter, Published, Standing
from openquality_validator import entry as entries
from openquality_validator.compatibility.modes import DEFAULT, Mode
from openquality_validator.governance import SchemaKind, Version, deprecation, publication
from openquality_validator.tlog.growth import Edge

DAY = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
OWNERS = tuple(sorted((generate(), generate()), key=lambda key: key.did))
ONE, OTHER = OWNERS
ASKED = {"sections": [{"indicators": [{"asks": {"type": "metric", "metric": "cpk"}}]}]}


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlStore]:
    with ExitStack() as stack:
        where: Path | str = tmp_path / "registry.sqlite"
        if request.param == "postgresql":
            where = stack.enter_context(database())
        yield stack.enter_context(closing(open_store(where)))


class Log:
    """Commit publications one by one, as the sequencer does."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        self._edge = Edge()
        self.schemas = SqlSchemas(store.read)

    def publish(self, name: str, version: str, key: Any = ONE, **said: Any) -> str:  # noqa: ANN401 - members of a statement
        subject = {
            "id": f"{key.did}/{name}",
            "kind": "profile",
            "name": name,
            "version": version,
            "title": f"Title of {name}",
            "description": "Words.",
            "content": json.dumps({**ASKED, "version": version}),
            **said,
        }
        mode = subject.get("compatibility", DEFAULT)
        value, statement = signed("SchemaPublication", subject, key)
        made = publication.read(value, digest=entries.digest(statement))
        self._commit(statement, key.did, value, schemas.rows(made, mode=Mode(mode)))
        return made.digest

    def deprecate(self, target: str, key: Any = ONE, **said: Any) -> str:  # noqa: ANN401 - members of a statement
        subject = {"id": "urn:x", "target": target, "reason": "Old.", **said}
        value, statement = signed("SchemaDeprecation", subject, key)
        made = deprecation.read(value, digest=entries.digest(statement))
        self._commit(statement, key.did, value, schemas.deprecated(made))
        return made.digest

    def _commit(
        self,
        statement: bytes,
        issuer: str,
        value: Mapping[str, Any],
        rows: Mapping[str, Sequence[Mapping[str, object]]],
    ) -> None:
        made: Pending = replace(
            pending(0),
            statement=statement,
            digest=entries.digest(statement),
            issuer=issuer,
            credential_id=value["id"],
            kind="schema",
            subjects=(),
            index_rows=rows,
        )
        placed, step = placed_in([made], self._edge, now=SteppingClock().now(), after="")
        before = LogState(self._edge.size, self._edge.root)
        self._store.commit(Commit(before, LogState(step.size, step.root), placed))
        self._edge = step.edge


def signed(kind: str, subject: Mapping[str, Any], key: Any) -> tuple[dict[str, Any], bytes]:  # noqa: ANN401 - a key
    value = credentials.make(kind, subject, issuer=key.did, name="Owner", now=DAY)
    return value, sign(value, key)


def named(found: Sequence[Published]) -> list[tuple[str, str]]:
    return [(each.name, str(each.version)) for each in found]


def test_the_highest_version_stands_for_a_schema_and_pages_go_on_where_they_ended(
    store: SqlStore,
) -> None:
    log = Log(store)
    for name, version, key in (
        ("b", "1.2", ONE),
        ("b", "1.10", ONE),
        ("a", "2.0", ONE),
        ("a", "1.9", ONE),
        ("c", "1.0", OTHER),
    ):
        log.publish(name, version, key)

    first = log.schemas.find(Filter(), limit=2)
    assert named(first) == [("a", "2.0"), ("b", "1.10")]
    rest = log.schemas.find(Filter(), limit=2, after=(first[-1].owner, first[-1].name))
    assert named(rest) == [("c", "1.0")]
    assert named(log.schemas.versions(ONE.did, "b")) == [("b", "1.2"), ("b", "1.10")]
    assert log.schemas.count(Filter()) == 3
    assert log.schemas.owners(limit=9) == [(ONE.did, 2), (OTHER.did, 1)]
    assert log.schemas.owners(limit=9, after=ONE.did) == [(OTHER.did, 1)]


def test_what_was_published_is_told_whole(store: SqlStore) -> None:
    log = Log(store)
    log.publish("plan", "1.0", compatibility="FULL")
    digest = log.publish(
        "plan",
        "1.1",
        kind="metrics",
        content='{"metrics":[{"id":"gloss"},{"id":"burr-height"}]}',
        sectors=["nace:25.61", "cpv:44"],
        ancestor="sha256:" + "1" * 64,
        compatibility="NONE",
    )

    found = log.schemas.one(digest)
    assert found is not None
    uri = f"{ONE.did}/plan"
    assert (found.index, found.owner, found.id, found.kind) == (
        1,
        ONE.did,
        uri,
        SchemaKind.METRICS,
    )
    assert (found.version, found.mode, found.ancestor) == (
        Version(1, 1),
        Mode.NONE,
        "sha256:" + "1" * 64,
    )
    assert found.sectors == ("cpv:44", "nace:25.61")
    assert found.metrics == (f"{uri}#burr-height", f"{uri}#gloss")
    assert found.admitted_at.endswith("Z")
    assert found.deprecated is None
    content = log.schemas.content(digest)
    assert content == b'{"metrics":[{"id":"gloss"},{"id":"burr-height"}]}'
    assert entries.digest(content) == found.content
    assert log.schemas.one("sha256:" + "2" * 64) is None
    assert log.schemas.content("sha256:" + "2" * 64) is None
    assert log.schemas.one("no digest") is None


def test_each_filter_narrows(store: SqlStore) -> None:
    log = Log(store)
    log.publish("gloss", "1.0", title="Gloss of varnish", sectors=["nace:25.61"])
    log.publish("plan", "1.0", OTHER, kind="extension", content="{}")

    asked = log.schemas.find
    for wanted, expected in (
        (Filter(owner=OTHER.did), ["plan"]),
        (Filter(kind=SchemaKind.PROFILE), ["gloss"]),
        (Filter(sector="nace:25.61"), ["gloss"]),
        (Filter(sector="nace:25"), []),
        (Filter(metric="cpk"), ["gloss"]),
        (Filter(words="VARN glo"), ["gloss"]),
        (Filter(words="varnish plan"), []),
        (Filter(standing=Standing.ACTIVE), ["gloss", "plan"]),
        (Filter(standing=Standing.DEPRECATED), []),
    ):
        found = asked(wanted, limit=9)
        assert sorted(each.name for each in found) == expected
        assert log.schemas.count(wanted) == len(expected)


def test_the_newest_word_of_a_deprecation_counts(store: SqlStore) -> None:
    log = Log(store)
    digest = log.publish("plan", "1.0")
    log.deprecate(digest, effective="2027-01-01")
    said = log.deprecate(
        digest, effective="2027-02-01", removal="2028-01-01", alternative="did:key:zX/y"
    )

    found = log.schemas.one(digest)
    assert found is not None
    assert found.deprecated == schemas.Deprecated(
        digest=said,
        reason="Old.",
        effective=dt.date(2027, 2, 1),
        removal=dt.date(2028, 1, 1),
        alternative="did:key:zX/y",
    )
    assert named(log.schemas.find(Filter(standing=Standing.DEPRECATED), limit=9)) == [
        ("plan", "1.0")
    ]
    assert log.schemas.find(Filter(standing=Standing.ACTIVE), limit=9) == ()


def test_every_answer_can_be_that_of_an_earlier_size(store: SqlStore) -> None:
    log = Log(store)
    digest = log.publish("plan", "1.0")
    log.publish("plan", "1.1", content="[]", kind="extension")
    log.publish("other", "1.0", OTHER)
    log.deprecate(digest, effective="2027-01-01")
    asked = log.schemas

    assert named(asked.find(Filter(), limit=9, size=1)) == [("plan", "1.0")]
    assert asked.find(Filter(), limit=9, size=0) == ()
    assert named(asked.versions(ONE.did, "plan", size=1)) == [("plan", "1.0")]
    assert asked.one(digest, size=0) is None
    before, after = asked.one(digest, size=3), asked.one(digest, size=4)
    assert before is not None
    assert after is not None
    assert (before.deprecated is None, after.deprecated is None) == (True, False)
    assert asked.count(Filter(standing=Standing.DEPRECATED), size=3) == 0
    assert asked.owners(limit=9, size=2) == [(ONE.did, 1)]
    assert asked.named(f"{ONE.did}/plan", size=1) == asked.versions(ONE.did, "plan", size=1)


def test_content_is_found_by_its_digest_the_newest_publication_first(store: SqlStore) -> None:
    log = Log(store)
    log.publish("plan", "1.0", kind="extension", content="[1]")
    log.publish("plan", "1.1", kind="extension", content="[2]")
    log.publish("plan", "1.2", kind="extension", content="[1]")
    wanted = entries.digest(b"[1]")

    assert named(log.schemas.by_content(wanted)) == [("plan", "1.2"), ("plan", "1.0")]
    assert named(log.schemas.by_content(wanted, size=2)) == [("plan", "1.0")]
    assert log.schemas.by_content(entries.digest(b"[3]")) == ()
