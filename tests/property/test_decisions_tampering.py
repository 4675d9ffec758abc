"""No byte of a decision log, or of an export, changes without being found."""

import base64
import random
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import orjson
import pytest
from decisions_at_work import NOW, PERSON, REASONS, Clock, keys, new_log, propose
from hypothesis import given, settings
from hypothesis import strategies as st
from time_authority import MOMENT, TimeAuthority, serving

from openquality.decisions import Audit, Damaged, DecisionLog, audit, export
from openquality.decisions.stamping import anchor
from openquality_validator.decision import checking
from openquality_validator.decision import event as events
from openquality_validator.decision.export import Export
from openquality_validator.entry import Entry
from openquality_validator.errors import InvalidInput, OpenQualityError
from openquality_validator.timestamps import Authority
from openquality_validator.tlog import checkpoint as checkpoints
from openquality_validator.tlog.checkpoint import Checkpoint
from openquality_validator.tlog.note import Signature

MADE = TimeAuthority("noon")
PINNED = Authority("noon", (MADE.root,))
SECRET = {"keys", ".lock"}  # the log's private key is no part of what is proved


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("decisions") / "log"
    log = new_log(place, Clock(MOMENT))
    propose(log)
    log.approve("PO-1", actor=PERSON, key=keys().reviewer)
    log.execute("PO-1", key=keys().agent)
    propose(log, "PO-2", value="10")
    log.cancel("PO-2", reasons=REASONS, key=keys().agent)
    with serving(MADE.answer) as url:
        anchor(log, url, authorities=[PINNED], now=MOMENT)
    return place


@pytest.fixture(scope="module")
def exported(folder: Path) -> bytes:
    return export(DecisionLog(folder)).to_bytes()


def checked(source: DecisionLog | Export, *, seen: Checkpoint | None = None) -> Audit:
    return audit(source, now=NOW, seen=seen, authorities=[PINNED], reconstruct=False)


def is_found(folder: Path) -> bool:
    """Tell whether a check of a folder says that something is wrong."""
    try:
        result = checked(DecisionLog(folder))
    except OpenQualityError:
        return True
    return bool(result.report.errors) or not result.checked.is_complete


def files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.relative_to(folder).parts[0] not in SECRET:
            yield path


def test_an_untouched_log_passes(folder: Path, exported: bytes) -> None:
    assert not is_found(folder)
    result = checked(Export.from_bytes(exported))
    assert result.report.findings == ()
    assert result.checked.is_complete


def test_every_file_of_a_log_is_held_byte_for_byte(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "log"
    shutil.copytree(folder, copy)
    seeded = random.Random(20261121)  # noqa: S311 - no secret
    for path in files(copy):
        data = path.read_bytes()
        places = {0, len(data) - 1, *(seeded.randrange(len(data)) for _ in range(6))}
        for place in sorted(places):
            flipped = data[place] ^ (1 << seeded.randrange(8))
            path.write_bytes(data[:place] + bytes([flipped]) + data[place + 1 :])
            assert is_found(copy), f"{path.name} at byte {place}"
        path.write_bytes(data)
    assert not is_found(copy)


def test_a_token_is_held_to_the_name_of_its_file(folder: Path, tmp_path: Path) -> None:
    """OpenSSL reads no version of a token's SignedData: the file's name holds what it passes over.

    RFC 5652, section 5.1: the version is the first member, here 3; whoever writes 2 is found.
    """
    copy = tmp_path / "log"
    shutil.copytree(folder, copy)
    (path,) = (copy / "anchors").iterdir()
    value = orjson.loads(path.read_bytes())
    token = base64.b64decode(value["token"])
    start = token.index(b"\x02\x01\x03")
    value["token"] = base64.b64encode(token[: start + 2] + b"\x02" + token[start + 3 :]).decode()
    path.write_bytes(orjson.dumps(value, option=orjson.OPT_SORT_KEYS))
    assert codes(DecisionLog(copy)) == {"H049"}


def test_no_file_of_a_log_is_missed_or_cut(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "log"
    shutil.copytree(folder, copy)
    for path in files(copy):
        data = path.read_bytes()
        for changed in (None, data[:-1], data + b"\n"):
            if changed is None and path.parent.name == "anchors":
                continue  # a stamp that is lost proves no more, and was never part of the log
            if changed is None:
                path.unlink()
            else:
                path.write_bytes(changed)
            assert is_found(copy), f"{path.name}, {changed!r:.20}"
        path.write_bytes(data)


def test_a_disclosure_cannot_be_dropped_from_the_own_log(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "log"
    shutil.copytree(folder, copy)
    event = max((copy / "events").iterdir(), key=lambda each: each.stat().st_size)
    jws, first, *rest = event.read_bytes().split(b"~")
    event.write_bytes(b"~".join((jws, *rest)))
    found = checked(DecisionLog(copy)).report.errors
    assert {each.code for each in found} >= {"H048"}
    assert first


def test_an_older_state_of_the_folder_is_not_hidden_by_new_files(
    folder: Path, tmp_path: Path
) -> None:
    """Whoever puts an old checkpoint back has to take the tiles back too: then it is an old log."""
    copy = tmp_path / "log"
    shutil.copytree(folder, copy)
    old = (copy / "checkpoint").read_bytes()
    propose(DecisionLog(copy, clock=Clock()), "PO-3")
    (copy / "checkpoint").write_bytes(old)
    with pytest.raises(Damaged):
        DecisionLog(copy).book()


@settings(max_examples=150)
@given(data=st.data())
def test_no_byte_of_an_export_changes_unnoticed(exported: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(exported) - 1))
    value = data.draw(st.integers(0, 255).filter(lambda byte: byte != exported[place]))
    changed = exported[:place] + bytes([value]) + exported[place + 1 :]
    try:
        read = Export.from_bytes(changed)
    except InvalidInput:
        return
    # Some bytes of a token say nothing and are not signed: the versions of RFC 5652, sections 5.1
    # and 5.3, and the name of the signature's algorithm.
    whole = Export.from_bytes(exported)
    assert checked(read).report.errors or replace(read, stamps=whole.stamps) == whole


@settings(max_examples=40)
@given(st.data())
def test_events_cannot_be_left_out_or_put_in_another_order(
    exported: bytes, data: st.DataObject
) -> None:
    whole = Export.from_bytes(exported)
    order = data.draw(st.permutations(range(len(whole.lines))))
    count = data.draw(st.integers(0, len(order)))
    kept = tuple(whole.lines[at] for at in order[:count])
    part = Export(whole.vkey, whole.checkpoint, kept, whole.artefacts, whole.stamps)
    result = checked(part)
    if kept == whole.lines:
        assert result.report.findings == ()
    else:
        assert result.report.findings
        assert not result.checked.is_complete


def test_a_log_continues_what_an_auditor_kept_or_is_found(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "log"
    shutil.copytree(folder, copy)
    log = DecisionLog(copy, clock=Clock())
    kept = checkpoints.parse(export(log).checkpoint)[0]
    propose(log, "PO-3")
    grown = export(log)
    assert not checked(grown, seen=kept).report.findings
    rewritten = new_log(tmp_path / "other", Clock())
    for name in ("PO-1", "PO-2", "PO-3", "PO-4", "PO-5", "PO-6", "PO-7"):
        propose(rewritten, name)
    for other in (export(rewritten), export(DecisionLog(folder))):
        later = checkpoints.parse(grown.checkpoint)[0]
        found = checked(other, seen=later).report.errors
        assert {each.code for each in found} == {"H060"}
    part = checked(export(log, transaction="PO-3"), seen=kept).report
    assert ("H060", "warning") in {(each.code, each.severity) for each in part.findings}


def codes(source: DecisionLog | Export) -> set[str]:
    return {each.code for each in checked(source).report.errors}


def test_an_event_in_another_ones_place_is_found(exported: bytes) -> None:
    whole = Export.from_bytes(exported)
    first, second, *rest = whole.lines
    swapped = (replace(first, event=second.event), replace(second, event=first.event), *rest)
    assert codes(replace(whole, lines=swapped)) >= {"H043"}


def test_a_log_that_turns_its_time_back_is_found(tmp_path: Path) -> None:
    """Whoever holds the log's key can sign that, and is convicted by it."""
    clock = Clock(MOMENT)
    log = new_log(tmp_path / "log", clock)
    propose(log)
    head = log.folder.head()
    name = Entry.from_bytes(head.entries[1]).digest
    before = datetime.fromisoformat(Entry.from_bytes(head.entries[1]).admitted_at)
    event = events.read(log.folder.event(name) or b"")
    entry = checking.entry(event, before - timedelta(minutes=1))
    log.folder.append(head, entry.to_bytes(), event=(event.digest, event.data), files={})
    assert codes(log) >= {"H044"}


def test_a_further_signature_under_the_checkpoint_is_found(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "log"
    shutil.copytree(folder, copy)
    note = (copy / "checkpoint").read_bytes()
    line = Signature("elsewhere.example", b"abcd", bytes(64)).to_text()
    (copy / "checkpoint").write_bytes(note + line.encode())
    assert codes(DecisionLog(copy)) == {"H042"}


def test_a_file_of_an_export_is_held_to_its_name(exported: bytes) -> None:
    value = orjson.loads(exported)
    name = min(value["artefacts"])
    value["artefacts"][name] = "YWx0ZXJlZA=="
    with pytest.raises(InvalidInput) as refused:
        Export.from_bytes(orjson.dumps(value, option=orjson.OPT_SORT_KEYS))
    assert refused.value.code == "H041"


def test_an_export_has_one_spelling(exported: bytes) -> None:
    value = orjson.loads(exported)
    assert orjson.dumps(value, option=orjson.OPT_SORT_KEYS) == exported
    with pytest.raises(InvalidInput) as refused:
        Export.from_bytes(orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2))
    assert refused.value.code == "H040"
