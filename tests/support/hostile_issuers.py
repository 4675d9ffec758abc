"""Lies of a hostile registry about issuers and the state of their records.

Each is a generator: what it does before its `yield` is honest, and what it does after is the lie.
"""

import json
from collections.abc import Iterator

from hostile_scene import (
    CERTIFICATE_KEY,
    WEB,
    Scene,
    archived,
    attack,
    certified,
    changed,
    compromised,
    forged,
    measured,
    said,
    spoken,
)
from published_schemas import coating, published
from registry_at_work import KEY, attestation
from registry_at_work import statement as signed
from webvh_at_work import Identity

from openquality.signing import generate, sign
from openquality_validator import documents
from openquality_validator.bundle import Keys, Status
from openquality_validator.entry import digest
from openquality_validator.status import State

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
def logs_secondsuccessor(scene: Scene) -> Iterator[None]:
    """Logs a second successor of a record."""
    scene.publish(successor(8))
    yield
    scene.index = 3
    scene.publish(successor(9))


@attack
def omitssuccessor(scene: Scene) -> Iterator[None]:
    """Leaves the successor of a record out for everybody, and signs status answers to fit."""
    scene.publish(successor(8))
    yield
    scene.index = 3
    scene.registry.left_out = {4}


@attack
def takes_a_schema_that_breaks(scene: Scene) -> Iterator[None]:
    """Takes a version of a schema that its own mode forbids."""
    first = published(KEY, content=coating(f"{KEY.did}/coating", required=[]))
    scene.publish(first)
    yield
    scene.publish(published(KEY, version="1.1", ancestor=digest(first)))


@attack
def takes_a_schema_twice(scene: Scene) -> Iterator[None]:
    """Takes two versions of a schema that follow the same one."""
    first = published(KEY)
    scene.publish(first)
    scene.publish(published(KEY, version="2.0", ancestor=digest(first)))
    yield
    scene.publish(published(KEY, version="3.0", ancestor=digest(first)))


def successor(number: int) -> bytes:
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


@attack
def omits_word_on_certificate(scene: Scene) -> Iterator[None]:
    """Leaves the suspension of a certificate out of a bundle of a record that claims it."""
    _suspend_certificate(scene)
    yield
    scene.for_buyer = scene.registry.fork()
    scene.for_buyer.left_out = {5}
    scene.for_buyer.answers_fit = False


@attack
def omits_word_on_certificate_from_all(scene: Scene) -> Iterator[None]:
    """Leaves this suspension out for everybody, and signs status answers to fit."""
    _suspend_certificate(scene)
    yield
    scene.registry.left_out = {5}


@attack
def forges_word_on_certificate(scene: Scene) -> Iterator[None]:
    """Logs a reinstatement of a certificate that its certifier did not sign."""
    _suspend_certificate(scene)
    yield
    before = scene.registry.rows[5].statement
    reinstated = spoken("reinstated", CERTIFICATE_KEY, previous=before)
    scene.registry.admit(forged(reinstated, by=before))


@attack
def takes_closure_of_another(scene: Scene) -> Iterator[None]:
    """Takes the closure of a corrective-action request from somebody who did not ask."""
    asked = measured("correctiveActionRequest", CERTIFICATE_KEY, deadline="2027-02-28")
    scene.publish(asked)
    yield
    closure = measured(
        "closure", CERTIFICATE_KEY, about=digest(asked), outcome="accepted", key=generate()
    )
    scene.registry.admit(closure)


def _suspend_certificate(scene: Scene) -> None:
    scene.index = scene.publish(certified())
    scene.publish(spoken("suspended", CERTIFICATE_KEY))


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
