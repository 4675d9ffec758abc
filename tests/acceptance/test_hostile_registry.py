"""Each lie of a hostile registry, and who catches it: docs/spec/threats.md is held to this.

An attack is a generator: what it does before its `yield` is honest, and everybody looks; what it
does after is the lie, and everybody looks again. Its docstring names its row on the page.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hostile_registry import ORIGIN, Row
from hostile_scene import (
    BUYER,
    ISSUER,
    MONITOR,
    PARTIES,
    RECORD,
    WEB,
    Found,
    Scene,
    archived,
    changed,
    compromised,
    forged,
    said,
)
from registry_at_work import KEY, attestation
from registry_at_work import statement as signed
from webvh_at_work import Identity

from openquality.signing import generate, sign
from openquality_registry.adapters.signing import LogKey
from openquality_registry.watch.alerts import Code
from openquality_validator import documents
from openquality_validator.bundle import Keys, Status
from openquality_validator.entry import digest
from openquality_validator.status import State
from openquality_validator.status import answer as answers
from openquality_validator.tlog import checkpoint as checkpoints
from openquality_validator.tlog.note import VerifierKey
from openquality_validator.tlog.split import SplitView
from openquality_validator.tlog.tiles import encode_entries

PAGE = Path(__file__).parents[2] / "docs" / "spec" / "threats.md"
BUNDLES = PAGE.with_name("bundle.md")
STRANGER = generate()

Attack = Callable[[Scene], Iterator[None]]
ATTACKS: dict[str, Attack] = {}


def attack(function: Attack) -> Attack:
    """Enter an attack under its docstring."""
    text = (function.__doc__ or "").removesuffix(".")
    name = text[:1].lower() + text[1:]
    assert name not in ATTACKS
    ATTACKS[name] = function
    return function


# Withholding.


@attack
def withholds_from_lookup(scene: Scene) -> Iterator[None]:
    """Leaves a record out of look-ups."""
    yield
    scene.registry.hidden.add(2)


@attack
def withholds_statement(scene: Scene) -> Iterator[None]:
    """Logs a statement, and does not give it out."""
    yield
    scene.registry.admit(signed(8, key=STRANGER))
    path = digest(signed(8, key=STRANGER)).removeprefix("sha256:")
    scene.registry.served[f"v1/statements/{path}"] = None


@attack
def withholds_entries(scene: Scene) -> Iterator[None]:
    """Signs a checkpoint, and does not give out its entries."""
    yield
    scene.registry.admit(signed(8, key=STRANGER))
    scene.registry.served["tile/entries/000.p/5"] = None


@attack
def withholds_tile(scene: Scene) -> Iterator[None]:
    """Signs a checkpoint, and does not give out its hashes."""
    yield
    scene.registry.admit(signed(8, key=STRANGER))
    scene.registry.served["tile/0/000.p/5"] = None


@attack
def hides_growth(scene: Scene) -> Iterator[None]:
    """Gives a receipt for a record, and shows everybody else the log without it."""
    yield
    secret = scene.registry.fork()
    scene.keep_receipt(secret, secret.admit(signed(8)))


@attack
def breaks_promise(scene: Scene) -> Iterator[None]:
    """Gives a receipt for a record, and logs another one in its place."""
    yield
    secret = scene.registry.fork()
    scene.keep_receipt(secret, secret.admit(signed(8)))
    scene.registry.admit(signed(9, key=STRANGER))


@attack
def withholds_from_all(scene: Scene) -> Iterator[None]:
    """Stops giving out a statement that everybody who watches has read."""
    yield
    path = digest(signed(2)).removeprefix("sha256:")
    scene.registry.served[f"v1/statements/{path}"] = None


# Altering.


@attack
def alters_statement(scene: Scene) -> Iterator[None]:
    """Gives a buyer other bytes for a statement."""
    yield
    scene.shown = changed(scene.registry.bundle(RECORD, since=4), statement=signed(9))


@attack
def alters_for_all(scene: Scene) -> Iterator[None]:
    """Logs a statement, and gives out other bytes for it."""
    yield
    scene.index = scene.publish(signed(8))
    path = digest(signed(8)).removeprefix("sha256:")
    scene.registry.served[f"v1/statements/{path}"] = signed(9)
    scene.shown = changed(scene.registry.bundle(scene.index, since=4), statement=signed(9))


@attack
def forges_signature(scene: Scene) -> Iterator[None]:
    """Logs a statement in an issuer's name, with a signature that is not its own."""
    yield
    scene.index = scene.registry.admit(forged(signed(8), by=signed(9)))


@attack
def alters_subjects(scene: Scene) -> Iterator[None]:
    """Logs an entry whose subjects are not those of its statement."""
    yield
    scene.index = scene.registry.admit(signed(8, key=STRANGER), subjects=("gtin:09506000134352",))


@attack
def alters_entry(scene: Scene) -> Iterator[None]:
    """Changes an entry that it has logged."""
    yield
    row = scene.registry.rows[2]
    other = row.entry.replace(b'"kind":"attestation"', b'"kind":"measure"')
    scene.registry.rows[2] = Row(row.statement, other)


@attack
def alters_entry_served(scene: Scene) -> Iterator[None]:
    """Gives out another entry than the one in the tree that it signed."""
    yield
    scene.registry.admit(signed(8, key=STRANGER))
    entries = [row.entry for row in scene.registry.rows]
    entries[4] = entries[4].replace(b'"kind":"attestation"', b'"kind":"measure"')
    scene.registry.served["tile/entries/000.p/5"] = encode_entries(entries)


@attack
def alters_tile(scene: Scene) -> Iterator[None]:
    """Gives out other hashes than those of the tree that it signed."""
    yield
    scene.registry.admit(signed(8, key=STRANGER))
    scene.registry.served["tile/0/000.p/5"] = bytes(32 * 5)


@attack
def other_key(scene: Scene) -> Iterator[None]:
    """Signs with a log key that nobody knows."""
    yield
    scene.registry.admit(signed(8, key=STRANGER))
    scene.registry.key = LogKey(ORIGIN, Ed25519PrivateKey.generate())


@attack
def logs_nonsense(scene: Scene) -> Iterator[None]:
    """Logs bytes that are no entry."""
    yield
    scene.registry.rows.append(Row(b"", b'{"admittedAt":"now"}'))


# Forks, reordering.


def _fork(scene: Scene) -> None:
    """Show the buyer a log in which another record stands in the place of the last one."""
    fork = scene.registry.fork()
    fork.rows.pop()
    scene.index = fork.admit(signed(8, key=STRANGER))
    fork.admit(signed(9, key=STRANGER))
    scene.registry.admit(signed(10, key=STRANGER))
    scene.for_buyer = fork


@attack
def forks(scene: Scene) -> Iterator[None]:
    """Shows a fork to a buyer who has seen the log before."""
    yield
    _fork(scene)


@attack
def forks_for_new_buyer(scene: Scene) -> Iterator[None]:
    """Shows a fork to a new buyer who names witnesses."""
    yield
    _fork(scene)
    scene.remembers = False


@attack
def forks_for_lone_buyer(scene: Scene) -> Iterator[None]:
    """Shows a fork to a new buyer who names no witness."""
    yield
    _fork(scene)
    scene.remembers = scene.has_policy = False


@attack
def forks_and_is_compared(scene: Scene) -> Iterator[None]:
    """Shows a fork to a new buyer who names no witness, but gives the bundle to a monitor."""
    yield
    _fork(scene)
    scene.remembers = scene.has_policy = False
    scene.gives = True


@attack
def forks_with_witnesses(scene: Scene) -> Iterator[None]:
    """Shows a fork to a new buyer, and a quorum of the buyer's witnesses signs it."""
    yield
    _fork(scene)
    assert scene.for_buyer is not None
    scene.remembers = False
    scene.collude(scene.for_buyer)


@attack
def rewrites(scene: Scene) -> Iterator[None]:
    """Goes on from another past, for everybody."""
    yield
    scene.registry.rows.pop()
    scene.registry.admit(signed(8, key=STRANGER))
    scene.registry.admit(signed(9, key=STRANGER))


@attack
def rolls_back(scene: Scene) -> Iterator[None]:
    """Goes back to an earlier state of the log."""
    scene.look()
    scene.registry.admit(signed(8, key=STRANGER))
    yield
    scene.registry.rows.pop()


@attack
def reorders(scene: Scene) -> Iterator[None]:
    """Swaps two entries that it has logged."""
    yield
    rows = scene.registry.rows
    rows[2], rows[3] = rows[3], rows[2]


@attack
def logs_twice(scene: Scene) -> Iterator[None]:
    """Logs a statement a second time."""
    yield
    scene.registry.admit(signed(2))


# Time.


@attack
def backdates_below(scene: Scene) -> Iterator[None]:
    """Dates an entry before the one that it follows."""
    yield
    scene.wait(30)
    scene.index = scene.registry.admit(
        signed(8, key=STRANGER), admitted_at=scene.clock.now() - timedelta(hours=1)
    )


@attack
def backdates_behind_key(scene: Scene) -> Iterator[None]:
    """Dates a record before the key event that its key came with."""
    scene.publish(scene.hosted.rotate())
    yield
    scene.wait(30)
    past = scene.clock.now() - timedelta(hours=1)
    scene.index = scene.publish(scene.hosted.statement(8), admitted_at=past)


@attack
def backdates_between(scene: Scene) -> Iterator[None]:
    """Dates an entry between two honest ones, to a time at which it was not in the log."""
    past = scene.clock.now()
    scene.wait(10)
    yield
    scene.wait(20)
    scene.index = scene.registry.admit(signed(8, key=STRANGER), admitted_at=past)
    scene.registry.admit(signed(9, key=STRANGER))


@attack
def backdates_a_little(scene: Scene) -> Iterator[None]:
    """Dates an entry back by less than five minutes."""
    yield
    past = scene.clock.now()
    scene.wait(4)
    scene.index = scene.registry.admit(signed(8, key=STRANGER), admitted_at=past)


@attack
def dates_ahead(scene: Scene) -> Iterator[None]:
    """Dates an entry ahead."""
    yield
    future = scene.clock.now() + timedelta(hours=1)
    scene.index = scene.registry.admit(signed(8, key=STRANGER), admitted_at=future)


# Hosted issuers, and keys.


@attack
def forges_key_event(scene: Scene) -> Iterator[None]:
    """Rotates the key of an issuer that it hosts to one of its own, and signs with it."""
    yield
    mallory = generate()
    line = scene.hosted.rotate(by=mallory)  # whose next key the line before did not promise
    scene.registry.admit(line)
    scene.index = scene.registry.admit(scene.hosted.statement(8))


@attack
def hides_rotation(scene: Scene) -> Iterator[None]:
    """Leaves an issuer's rotation out of a bundle."""
    scene.index = scene.publish(scene.hosted.statement(8))
    scene.publish(scene.hosted.rotate())
    yield
    bundle = scene.registry.bundle(scene.index, since=6)
    scene.shown = changed(bundle, keys=Keys(bundle.keys.events[:1]))


@attack
def hides_compromise(scene: Scene) -> Iterator[None]:
    """Leaves an issuer's word that its key was stolen out of a bundle."""
    doubtful = _compromise(scene)
    yield
    scene.index = doubtful
    scene.for_buyer = scene.registry.fork()
    scene.for_buyer.left_out = {7}
    scene.for_buyer.answers_fit = False


@attack
def hides_compromise_from_all(scene: Scene) -> Iterator[None]:
    """Leaves this word out for everybody, and signs status answers to fit."""
    doubtful = _compromise(scene)
    yield
    scene.index = doubtful
    scene.registry.left_out = {7}


def _compromise(scene: Scene) -> int:
    """Log a record, a rotation, a later record by the new key, and the loss of the old key.

    Return the index of the record that is in doubt.
    """
    lost = scene.hosted.signing
    doubtful = scene.publish(scene.hosted.statement(8))
    scene.publish(scene.hosted.rotate())
    scene.publish(scene.hosted.statement(9))
    scene.publish(compromised(scene.hosted, lost, since=scene.hosted.at))
    return doubtful


@attack
def writes_document(scene: Scene) -> Iterator[None]:
    """Makes up the did:web document of an issuer that it has logged nothing of."""
    yield
    mallory = generate().bound_to(f"{WEB}#key")
    scene.registry.admit(archived(mallory.did, mallory, at=scene.clock.now()))
    scene.index = scene.registry.admit(signed(8, key=mallory))


@attack
def replaces_document(scene: Scene) -> Iterator[None]:
    """Replaces the did:web document of an issuer, and marks it as a break."""
    _web_issuer(scene)
    yield
    _replace_document(scene, discontinuous=True)


@attack
def continues_document(scene: Scene) -> Iterator[None]:
    """Replaces the did:web document of an issuer, and marks no break."""
    _web_issuer(scene)
    yield
    _replace_document(scene, discontinuous=False)


def _web_issuer(scene: Scene) -> None:
    honest = generate().bound_to(f"{WEB}#key")
    scene.publish(archived(honest.did, honest, at=scene.clock.now()))


def _replace_document(scene: Scene, *, discontinuous: bool) -> None:
    mallory = generate().bound_to(f"{WEB}#key")
    document = archived(mallory.did, mallory, at=scene.clock.now(), discontinuous=discontinuous)
    scene.registry.admit(document)
    scene.index = scene.registry.admit(signed(8, key=mallory))


@attack
def hosts_lookalike(scene: Scene) -> Iterator[None]:
    """Hosts a second identity of the same name, whose keys it holds itself."""
    yield
    other = Identity("registry.example:issuers:nordbolt")
    scene.registry.admit(other.lines[0])
    scene.index = scene.registry.admit(other.statement(8))


@attack
def steals_key(scene: Scene) -> Iterator[None]:
    """Logs a record signed with an issuer's stolen key."""
    yield
    scene.index = scene.registry.admit(scene.hosted.statement(8))


@attack
def steals_update_key(scene: Scene) -> Iterator[None]:
    """Rotates an issuer's key with its stolen next key, and signs with the new one."""
    yield
    scene.registry.admit(scene.hosted.rotate())
    scene.index = scene.registry.admit(scene.hosted.statement(8))


# Status.


def _suspended_again(scene: Scene) -> bytes:
    """Let the issuer suspend, reinstate and suspend its record; return the reinstatement."""
    target = digest(signed(2))
    first = said("suspended", target)
    second = said("reinstated", target, previous=first)
    for statement in (first, second, said("suspended", target, previous=second)):
        scene.publish(statement)
    return second


@attack
def replays_reinstatement(scene: Scene) -> Iterator[None]:
    """Logs an old reinstatement a second time."""
    reinstatement = _suspended_again(scene)
    yield
    scene.index = 3
    scene.registry.admit(reinstatement)


@attack
def replays_elsewhere(scene: Scene) -> Iterator[None]:
    """Logs a reinstatement that the issuer signed for another log."""
    target = digest(signed(2))
    suspended = said("suspended", target)
    scene.publish(suspended)
    yield
    scene.index = 3
    elsewhere = said("reinstated", target, previous=suspended, log="other.example/log")
    scene.registry.admit(elsewhere)


@attack
def forges_reinstatement(scene: Scene) -> Iterator[None]:
    """Logs a reinstatement in the issuer's name that the issuer did not sign."""
    target = digest(signed(2))
    suspended = said("suspended", target)
    scene.publish(suspended)
    yield
    scene.index = 3
    own = said("reinstated", target, previous=suspended)
    scene.registry.admit(forged(own, by=suspended))


@attack
def swaps_events(scene: Scene) -> Iterator[None]:
    """Shows the reinstatement of another record."""
    suspended, other = (said("suspended", digest(signed(number))) for number in (2, 1))
    scene.publish(suspended)
    scene.publish(other)
    index = scene.publish(said("reinstated", digest(signed(1)), previous=other))
    yield
    bundle = scene.registry.bundle(3, since=7)
    assert bundle.status is not None
    events = (*bundle.status.events, scene.registry.logged(index, 7))
    scene.shown = changed(bundle, status=Status(bundle.status.answer, events))


@attack
def logs_second_successor(scene: Scene) -> Iterator[None]:
    """Logs a second successor of a record."""
    scene.publish(_successor(8))
    yield
    scene.index = 3
    scene.publish(_successor(9))


@attack
def omits_successor(scene: Scene) -> Iterator[None]:
    """Leaves the successor of a record out for everybody, and signs status answers to fit."""
    scene.publish(_successor(8))
    yield
    scene.index = 3
    scene.registry.left_out = {4}


def _successor(number: int) -> bytes:
    """Sign another record of the same subject in the place of one."""
    old, name = attestation(2), attestation(number)["id"]
    value = json.loads(json.dumps(old).replace(old["id"], name))
    return sign(value | {"supersedes": digest(signed(2))}, KEY)


@attack
def omits_revocation(scene: Scene) -> Iterator[None]:
    """Leaves a revocation out of a bundle."""
    _revoke(scene)
    yield
    scene.index = 3
    scene.for_buyer = scene.registry.fork()
    scene.for_buyer.left_out = {4}
    scene.for_buyer.answers_fit = False


@attack
def omits_revocation_from_all(scene: Scene) -> Iterator[None]:
    """Leaves a revocation out for everybody, and signs status answers to fit."""
    _revoke(scene)
    yield
    scene.index = 3
    scene.registry.left_out = {4}


@attack
def omits_revocation_from_one(scene: Scene) -> Iterator[None]:
    """Leaves a revocation out for one buyer, and signs that buyer's status answer to fit."""
    _revoke(scene)
    yield
    scene.index = 3
    scene.for_buyer = scene.registry.fork()
    scene.for_buyer.left_out = {4}


@attack
def omits_revocation_and_is_compared(scene: Scene) -> Iterator[None]:
    """Leaves it out so for a buyer who gives the bundle to a monitor."""
    _revoke(scene)
    yield
    scene.index = 3
    scene.for_buyer = scene.registry.fork()
    scene.for_buyer.left_out = {4}
    scene.gives = True


def _revoke(scene: Scene) -> None:
    scene.publish(said("revoked", digest(signed(2))))


@attack
def answers_for_another_tree(scene: Scene) -> Iterator[None]:
    """Puts a status answer of an earlier tree into a new bundle."""
    old = scene.registry.status(3)
    _revoke(scene)
    yield
    scene.index = 3
    scene.shown = changed(scene.registry.bundle(3, since=5), status=old)


@attack
def repeats_answer(scene: Scene) -> Iterator[None]:
    """Repeats the bundle and the status answer of two hours ago."""
    scene.look()
    old = scene.registry.bundle(3)
    _revoke(scene)
    yield
    assert old.status is not None
    scene.wait(120)
    scene.shown = old
    name = digest(signed(2)).removeprefix("sha256:")
    scene.registry.served[f"v1/status/{name}"] = documents.canonical(old.status.to_json())


@attack
def answers_from_earlier_tree(scene: Scene) -> Iterator[None]:
    """Answers today from a tree in which the record was not revoked yet."""
    scene.look()
    _revoke(scene)
    yield
    scene.index = 3
    scene.registry.answer_size = 4
    scene.shown = scene.registry.bundle(3, size=4)


@attack
def answers_new_buyer_from_earlier_tree(scene: Scene) -> Iterator[None]:
    """Answers a new buyer today from a tree in which the record was not revoked yet."""
    scene.look()
    _revoke(scene)
    yield
    scene.index = 3
    scene.remembers = False
    scene.wait(30)
    scene.shown = scene.registry.bundle(3, size=4)


@attack
def answers_giving_buyer_from_earlier_tree(scene: Scene) -> Iterator[None]:
    """Answers a new buyer so, who gives the bundle to a monitor."""
    scene.look()
    _revoke(scene)
    yield
    scene.index = 3
    scene.remembers = False
    scene.wait(30)
    scene.shown = scene.registry.bundle(3, size=4)
    scene.gives = True


@attack
def lingers(scene: Scene) -> Iterator[None]:
    """Shows a status from before the revocation, younger than the buyer's limit."""
    scene.look()
    old = scene.registry.bundle(3)
    _revoke(scene)
    yield
    scene.index = 3
    scene.remembers = False
    scene.shown = old
    scene.index = 3
    scene.wait(30)


@attack
def answers_with_other_key(scene: Scene) -> Iterator[None]:
    """Signs status answers with a key that nobody knows."""
    yield
    scene.registry.status_key = generate()


@attack
def says_revoked(scene: Scene) -> Iterator[None]:
    """Answers that a good record is revoked."""
    yield
    scene.registry.says = State.REVOKED


# The issuer.


@attack
def issuer_lies(scene: Scene) -> Iterator[None]:
    """Logs a false claim that its issuer signed."""
    yield
    scene.index = scene.publish(signed(8))


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
    assert set(Code) == set().union(*(row[MONITOR] | row[ISSUER] for row in rows))
    listed = re.findall(r"^\| (V\d{3}) \|", BUNDLES.read_text("utf-8"), re.MULTILINE)
    assert set().union(*(row[BUYER] for row in rows)) <= set(listed)


def test_a_split_view_is_kept_as_evidence_that_convinces_others(
    scene: Scene, tmp_path: Path
) -> None:
    play(forks_and_is_compared, scene)
    (path,) = (tmp_path / "state" / "evidence").glob("split-view-*.json")
    key = VerifierKey.from_text(scene.registry.vkey)
    first, second = SplitView.from_bytes(path.read_bytes()).verify(origin=ORIGIN, keys=[key])
    assert {first.size, second.size} == {5}
    assert first.root != second.root


def test_a_wrong_status_answer_is_kept_as_the_registry_signed_it(
    scene: Scene, tmp_path: Path
) -> None:
    play(omits_revocation_and_is_compared, scene)
    (path,) = (tmp_path / "state" / "evidence").glob("status-*.json")
    said, by = answers.verify(json.loads(path.read_bytes())["answer"].encode())
    assert (said.state, by) == (State.ACTIVE, scene.registry.status_key.did)


def test_a_witness_that_refuses_keeps_what_the_log_signed(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    play(forks, scene)
    (told,) = (record.note for record in caplog.records if hasattr(record, "note"))
    key = VerifierKey.from_text(scene.registry.vkey)
    assert scene.for_buyer is not None
    proved = checkpoints.verify(told.encode(), origin=ORIGIN, keys=[key]).checkpoint
    assert proved == scene.for_buyer.head()
