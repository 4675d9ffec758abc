"""A hostile registry, and everybody who looks at it: a buyer, an issuer, a monitor, a witness."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import httpx2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hostile_registry import ORIGIN, Clock, HostileRegistry
from registry_at_work import KEY
from registry_at_work import statement as signed
from webvh_at_work import Identity

import openquality_schemas
from openquality import credentials
from openquality.signing import SigningKey, sign
from openquality_registry.watch.alerts import Alert, Code
from openquality_registry.watch.book import Book
from openquality_registry.watch.mirror import Mirror
from openquality_registry.watch.monitor import Monitor, Wishes
from openquality_registry.watch.source import Source
from openquality_registry.watch.witness import Witness
from openquality_validator import bundle as bundles
from openquality_validator.bundle import Bundle, Outcome
from openquality_validator.entry import digest, timestamp
from openquality_validator.identity.key import multikey
from openquality_validator.identity.web import Archived
from openquality_validator.status import certificate_key, statement_target
from openquality_validator.tlog import cosignature
from openquality_validator.tlog.note import VerifierKey
from openquality_validator.tlog.policy import Policy
from openquality_validator.tlog.witness import Request
from openquality_validator.trust import REQUIRED, LogKey, PinnedIssuer, Trust, TrustedLog

NEWS = {Code.NEW_ENTRY, Code.KEY_EVENT}
PARTIES = BUYER, ISSUER, MONITOR, WITNESS = "buyer", "issuer's watch", "monitor", "witness"
WEB = "did:web:nordbolt.example"
RECORD = 1  # the index of the record that the buyer asks for, unless an attack says otherwise

Found = dict[str, set[str]]
"""What each party found, by its codes."""

Attack = Callable[["Scene"], Iterator[None]]
"""Do what is honest up to the `yield`, and lie after it."""

ATTACKS: dict[str, Attack] = {}


def attack(function: Attack) -> Attack:
    """Enter an attack under its docstring, which names its row in docs/spec/threats.md."""
    text = (function.__doc__ or "").removesuffix(".")
    name = text[:1].lower() + text[1:]
    assert name not in ATTACKS
    ATTACKS[name] = function
    return function


class Scene:
    """A registry with four honest entries, and everybody who looks at it."""

    def __init__(self, folder: Path) -> None:
        self.clock = Clock()
        self.registry = HostileRegistry(self.clock)
        self.hosted = Identity("registry.example:issuers:nordbolt")
        self.registry.admit(self.hosted.lines[0])
        for number in range(3):
            self.registry.admit(signed(number))
        self.index = RECORD
        self.for_buyer: HostileRegistry | None = None  # if the buyer is shown another one
        self.shown: Bundle | None = None  # if the buyer is shown a made-up bundle
        self.remembers = True  # whether the buyer has seen the log before
        self.has_policy = True  # whether the buyer names witnesses
        self.gives = False  # whether the buyer gives its bundle to the monitor
        self.receipts: list[str] = []  # what the issuer keeps
        self._vkey = VerifierKey.from_text(self.registry.vkey)
        self._status_key = self.registry.status_key.did
        self._own = {0, 1, 2, 3}  # indices of the entries that the issuer knows of
        self._folder = folder
        self._book = Book(folder / "heads.sqlite")
        self._witness_key = Ed25519PrivateKey.generate()
        self._witness = Witness(
            name="w.example/1",
            key=self._witness_key,
            logs=[self._vkey],
            book=self._book,
            clock=self.clock,
        )
        policy = f"witness w {self._witness.vkey}\nquorum w\n"
        self._policy = Policy.from_text(policy)
        self._mirror = Mirror(folder / "state", origin=ORIGIN, reads_statements=True)
        self._seen = self.registry.head(2)

    def close(self) -> None:
        self._book.close()
        self._mirror.close()

    def wait(self, minutes: float) -> None:
        self.clock.moment += timedelta(minutes=minutes)

    def publish(self, statement: bytes, *, admitted_at: datetime | None = None) -> int:
        """Log a statement that the issuer sends."""
        index = self.registry.admit(statement, admitted_at=admitted_at)
        self._own.add(index)
        return index

    def keep_receipt(self, registry: HostileRegistry, index: int) -> None:
        """Let the issuer keep the bundle of its record."""
        path = self._folder / f"receipt-{len(self.receipts)}.bundle.json"
        path.write_bytes(registry.bundle(index).to_bytes())
        self.receipts.append(str(path))

    def collude(self, registry: HostileRegistry) -> None:
        """Let the witness sign what a registry shows, whatever it signed before."""
        text = registry.head().to_text()
        line = cosignature.cosign(
            text, name="w.example/1", key=self._witness_key, moment=self.clock.now()
        )
        registry.cosigned[text.encode()] = line.to_text().encode()

    def look(self) -> Found:
        """Let everybody look; the registry tries first to have cosigned what it shows."""
        registries = [self.registry]
        if self.for_buyer is not None and self.has_policy:
            registries.append(self.for_buyer)
        asked = {self._ask(registry) for registry in registries}
        found: Found = {party: set() for party in PARTIES}
        found[WITNESS] = {status for status in asked if status}
        bundle = self._bundle()
        given = self._folder / "given.bundle.json"
        given.write_bytes(bundle.to_bytes())
        views = [*self.receipts, *([str(given)] if self.gives else [])]
        for alert in self._watch(views):
            found.get(self._whose(alert), set()).add(alert.code.value)
        found[BUYER] = self._judge(bundle)
        self._own |= set(range(len(self.registry.rows)))
        return found

    def _ask(self, registry: HostileRegistry) -> str:
        """Ask the witness to cosign a checkpoint; return how it refused, or ""."""
        note, head = registry.note(), registry.head()
        text = head.to_text().encode()
        if text in registry.cosigned:
            return ""
        known = self._book.head(ORIGIN)
        old = min(known.size if known else 0, head.size)
        proof = registry.consistency(old, head.size) if 0 < old < head.size else ()
        answer = self._witness.add_checkpoint(Request(old, proof, note).to_bytes())
        if answer.status != 200:
            return str(answer.status)
        registry.cosigned[text] = answer.body
        return ""

    def _bundle(self) -> Bundle:
        if self.shown is not None:
            return self.shown
        registry = self.for_buyer or self.registry
        return registry.bundle(self.index, since=self._seen.size if self.remembers else None)

    def _judge(self, bundle: Bundle) -> set[str]:
        log = TrustedLog(
            ORIGIN,
            (LogKey(self._vkey),),
            policy=self._policy if self.has_policy else None,
            status_keys=(self._status_key,),
            hosts=("registry.example",),
        )
        trust = Trust(
            logs=(log,),
            issuers=(PinnedIssuer(self.hosted.did, "Nordbolt"),),
            status_age=timedelta(hours=1),
            required=(*REQUIRED, "status", *(["consistency"] if self.remembers else [])),
        )
        seen = self._seen if self.remembers else None
        verdict = bundles.verify(bundle.to_bytes(), trust=trust, now=self.clock.now(), seen=seen)
        if verdict.overall is Outcome.PASS:
            assert verdict.checkpoint is not None
            self._seen = verdict.checkpoint
            return set()
        wrong = {
            step.code
            for step in verdict.steps
            if step.outcome is Outcome.FAIL
            or (step.outcome is Outcome.UNKNOWN and step.name in trust.required)
        }
        return wrong - {"V000"}

    def _watch(self, views: Sequence[str]) -> list[Alert]:
        transport = httpx2.MockTransport(self.registry.handle)
        wishes = Wishes(
            issuers=(KEY.did, self.hosted.did, WEB),
            policy=self._policy,
            views=views,
            status_keys=(self._status_key,),
        )
        with Source("https://registry.example", transport=transport, attempts=1) as source:
            monitor = Monitor(
                source,
                self._mirror,
                keys=[self._vkey],
                clock=self.clock,
                wishes=wishes,
                sleep=lambda _: None,
            )
            return list(monitor.look())

    def _whose(self, alert: Alert) -> str:
        """Tell who learns of an alert: the issuer alone of its own entries and receipts."""
        if alert.code in NEWS:
            known = alert.place.removeprefix("entry ") in map(str, self._own)
            return "nobody" if known else ISSUER
        return ISSUER if alert.place in self.receipts else MONITOR


def said(
    state: str,
    target: str,
    *,
    previous: bytes | None = None,
    key: SigningKey = KEY,
    log: str = ORIGIN,
) -> bytes:
    """Sign a status statement about the statement with a digest."""
    return spoken(state, statement_target(target), previous=previous, key=key, log=log)


def spoken(
    state: str,
    target: str,
    *,
    previous: bytes | None = None,
    key: SigningKey = KEY,
    log: str = ORIGIN,
) -> bytes:
    """Sign a status statement about a target."""
    subject = {"id": target, "log": log, "state": state, "reason": "Gauge 7."}
    if previous is not None:
        subject["previous"] = digest(previous)
    return _credential("StatusStatement", subject, key)


def measured(kind: str, target: str, *, key: SigningKey = KEY, **more: str) -> bytes:
    """Sign a certification measure about a target."""
    subject = {"id": target, "log": ORIGIN, "measure": kind, "reason": "Gauge 7."} | more
    return _credential("CertificationMeasure", subject, key)


CERTIFICATE_KEY = certificate_key("ISO-9001", "QM-26-1187")


def certified(key: SigningKey = KEY) -> bytes:
    """Sign a record with a certificate, as its certifier."""
    value = json.loads(openquality_schemas.examples("valid")["management-certificate.json"])
    value = json.loads(json.dumps(value).replace(value["issuer"]["id"], key.did))
    for part in (value, value["credentialSubject"], *value["credentialSubject"]["claims"]):
        for member in ("credentialStatus", "extensionSchemas", "extensions", "supersedes"):
            part.pop(member, None)
    return sign(value, key)


def compromised(identity: Identity, lost: SigningKey, *, since: datetime) -> bytes:
    """Say with the key in use that an earlier one was lost."""
    subject = {"id": identity.did, "key": lost.key_id, "since": credentials.time(since)}
    return _credential("KeyCompromise", subject, identity.signing)


def _credential(kind: str, subject: dict[str, str], key: SigningKey) -> bytes:
    moment = datetime.fromisoformat("2026-11-20T12:00:00Z")
    return sign(credentials.make(kind, subject, issuer=key.did, name="Nordbolt", now=moment), key)


def archived(did: str, key: SigningKey, *, at: datetime, discontinuous: bool = False) -> bytes:
    """Write what a registry claims to have fetched from a web server."""
    method = {
        "id": f"{did}#key",
        "type": "Multikey",
        "controller": did,
        "publicKeyMultibase": multikey(key.public),
    }
    document = {"id": did, "verificationMethod": [method], "assertionMethod": [f"{did}#key"]}
    return Archived(did, json.dumps(document), timestamp(at), discontinuous).to_bytes()


def forged(statement: bytes, by: bytes) -> bytes:
    """Put another statement's signature under a statement."""
    return statement.rpartition(b".")[0] + b"." + by.rpartition(b".")[2]


def changed(bundle: Bundle, **parts: object) -> Bundle:
    """Return a bundle with other parts."""
    return replace(bundle, **parts)  # type: ignore[arg-type]  # whatever an attack makes up
