"""Lies of a hostile registry about its log: withholding, altering, forking, backdating.

Each is a generator: what it does before its `yield` is honest, and what it does after is the lie.
"""

from collections.abc import Iterator
from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hostile_registry import ORIGIN, Row
from hostile_scene import RECORD, Scene, attack, changed, forged
from registry_at_work import statement as signed

from openquality.signing import generate
from openquality_registry.adapters.signing import LogKey
from openquality_validator.entry import digest
from openquality_validator.tlog.tiles import encode_entries

STRANGER = generate()

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
    past = scene.clock.now()
    scene.wait(2)
    yield
    scene.wait(2)
    scene.index = scene.registry.admit(signed(8, key=STRANGER), admitted_at=past)


@attack
def dates_ahead(scene: Scene) -> Iterator[None]:
    """Dates an entry ahead."""
    yield
    future = scene.clock.now() + timedelta(hours=1)
    scene.index = scene.registry.admit(signed(8, key=STRANGER), admitted_at=future)
