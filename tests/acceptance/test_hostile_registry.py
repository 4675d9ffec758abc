"""Each lie of a hostile registry, and who catches it: docs/spec/threats.md is held to this.

Everybody looks before the lie and after it; the attacks are in `hostile_log`, `hostile_issuers`.
"""

import json
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import hostile_issuers
import hostile_log
import pytest
from hostile_registry import ORIGIN
from hostile_scene import ATTACKS, BUYER, ISSUER, MONITOR, PARTIES, Attack, Found, Scene

from openquality_registry.watch.alerts import Code
from openquality_validator.status import State
from openquality_validator.status import answer as answers
from openquality_validator.tlog import checkpoint as checkpoints
from openquality_validator.tlog.note import VerifierKey
from openquality_validator.tlog.split import SplitView

PAGE = Path(__file__).parents[2] / "docs" / "spec" / "threats.md"
BUNDLES = PAGE.with_name("bundle.md")
TEXT = PAGE.read_text("utf-8")
NOBODY: Found = {party: set() for party in PARTIES}


def page() -> dict[str, Found]:
    """Read the tables of the page: five columns say who catches it, two that nobody does."""
    rows: dict[str, Found] = {}
    for line in TEXT.splitlines():
        name, *cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("| ") or name == "the registry":
            continue
        found = [set(re.findall(r"[\w-]{3,}", cell)) for cell in cells]
        assert name not in rows
        rows[name] = dict(zip(PARTIES, found, strict=True)) if len(cells) > 1 else NOBODY
    return rows


def play(act: Attack, scene: Scene) -> Found:
    """Let everybody look before and after the lie; before it nobody may find anything."""
    lie = act(scene)
    next(lie)
    assert scene.look() == NOBODY
    assert next(lie, "done") == "done"
    return scene.look()


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with closing(Scene(tmp_path)) as made:
        yield made


def test_every_row_of_the_page_is_played() -> None:
    assert sorted(page()) == sorted(ATTACKS)


@pytest.mark.parametrize("name", ATTACKS)
def test_a_lie_is_caught_by_exactly_those_whom_the_page_names(name: str, scene: Scene) -> None:
    assert play(ATTACKS[name], scene) == page()[name]


def test_each_alert_of_a_monitor_is_provoked_and_each_code_of_the_page_exists() -> None:
    rows = page().values()
    # Wrong answers to queries are played against a whole registry: test_monitor_queries.py.
    played = set().union(*(row[MONITOR] | row[ISSUER] for row in rows)) | {Code.QUERY_WRONG}
    assert set(Code) == played
    listed = re.findall(r"^\| (V\d{3}) \|", BUNDLES.read_text("utf-8"), re.MULTILINE)
    assert set().union(*(row[BUYER] for row in rows)) <= set(listed)


def test_a_split_view_is_kept_as_evidence_that_convinces_others(
    scene: Scene, tmp_path: Path
) -> None:
    play(hostile_log.forks_and_is_compared, scene)
    (path,) = (tmp_path / "state" / "evidence").glob("split-view-*.json")
    key = VerifierKey.from_text(scene.registry.vkey)
    first, second = SplitView.from_bytes(path.read_bytes()).verify(origin=ORIGIN, keys=[key])
    assert {first.size, second.size} == {5}
    assert first.root != second.root


def test_a_wrong_status_answer_is_kept_as_the_registry_signed_it(
    scene: Scene, tmp_path: Path
) -> None:
    play(hostile_issuers.omits_revocation_and_is_compared, scene)
    (path,) = (tmp_path / "state" / "evidence").glob("status-*.json")
    said, by = answers.verify(json.loads(path.read_bytes())["answer"].encode())
    assert (said.state, by) == (State.ACTIVE, scene.registry.status_key.did)


def test_a_witness_that_refuses_keeps_what_the_log_signed(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    play(hostile_log.forks, scene)
    (told,) = (record.note for record in caplog.records if hasattr(record, "note"))
    key = VerifierKey.from_text(scene.registry.vkey)
    assert scene.for_buyer is not None
    proved = checkpoints.verify(told.encode(), origin=ORIGIN, keys=[key]).checkpoint
    assert proved == scene.for_buyer.head()
