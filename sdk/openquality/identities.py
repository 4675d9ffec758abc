"""An identity with a history, as a folder beside the signing key.

    openquality.key        signs statements (0600)
    identity/
        did.jsonl          the DID log, public: every line that was registered
        next.key           signs the next change, rotation or recovery (0600): keep a copy apart
        settings.json      {"name": "…", "registry": "https://…" | null}
        pending/           a change on its way: line.json, openquality.key, next.key

    identity/did.json      instead, for a did:web: the document that stands on the web server

A change is written here before it is sent, and taken over after it was accepted; each step may be
repeated, so that a change broken off anywhere is finished by the next call.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from openquality import beside, home, signing
from openquality.keeping import files
from openquality.keeping import signer as keeping
from openquality.keeping.passphrase import ask
from openquality.refused import RefusedInput
from openquality.signing import SigningKey
from openquality_validator import documents, envelope
from openquality_validator.errors import IdentityError
from openquality_validator.identity import KeyKind, didlog, history, making, multikey
from openquality_validator.identity.didlog import Line
from openquality_validator.identity.key import multihash
from openquality_validator.identity.making import Content, Signer
from openquality_validator.message import message

NEXT = "next.key"
SETTINGS = "settings.json"
PENDING = "pending"
LINE = "line.json"
POSSESSION = "openquality-possession+jwt"
SECOND = timedelta(seconds=1)


@dataclass(eq=False)
class NoIdentity(RefusedInput):
    """There is no identity with a history in a folder."""

    folder: Path

    def __str__(self) -> str:
        return message(
            "{folder} holds no {FOLDER}/{LOG}. Make an identity with `openquality init --did "
            "webvh`, or bring a lost one back with `openquality key recover`.",
            folder=self.folder,
            FOLDER=beside.FOLDER,
            LOG=beside.LOG,
        )


@dataclass(eq=False)
class WrongNextKey(RefusedInput):
    """A key is not the one that the last line committed to."""

    path: Path

    def __str__(self) -> str:
        return message(
            "{path} is not the key that the last line of the DID log committed to. Take the "
            "copy of identity/next.key that was made after the last change.",
            path=self.path,
        )


@dataclass(eq=False)
class Ended(RefusedInput):
    """An identity was deactivated."""

    did: str

    def __str__(self) -> str:
        return message(
            "{did} was deactivated, for good. Make a new identity: openquality init.", did=self.did
        )


@dataclass(eq=False)
class InTheWay(RefusedInput):
    """A file that would be written is there already."""

    path: Path

    def __str__(self) -> str:
        return message(
            "{path} exists and is not overwritten. Choose another folder, or move it away.",
            path=self.path,
        )


class IdentityFolder:
    """Read and change the identity beside a signing key. One process at a time."""

    def __init__(self, key_path: Path) -> None:
        self.key_path = key_path
        self.path = beside.folder(key_path)

    @property
    def log_path(self) -> Path:
        """Where the DID log stands."""
        return self.path / beside.LOG

    @property
    def next_path(self) -> Path:
        """Where the key of the next change stands."""
        return self.path / NEXT

    def raw_lines(self) -> tuple[bytes, ...]:
        """Return the lines of the DID log. Raises NoIdentity."""
        try:
            data = self.log_path.read_bytes()
        except FileNotFoundError:
            raise NoIdentity(self.path.parent) from None
        return beside.split(data)

    def lines(self) -> tuple[Line, ...]:
        """Return the lines, verified. Raises NoIdentity or IdentityError."""
        return didlog.read(self.raw_lines())

    def settings(self) -> dict[str, Any]:
        """Return name and registry; both may be None."""
        try:
            found = documents.parse_object((self.path / SETTINGS).read_bytes()).value
        except FileNotFoundError:
            found = {}
        return {"name": found.get("name"), "registry": found.get("registry")}

    def create(
        self,
        place: str,
        *,
        name: str | None,
        registry: str | None,
        now: datetime,
        assertion: SigningKey,
        following: SigningKey,
    ) -> bytes:
        """Make an identity at a place such as `registry.example:issuers:nordbolt`; return its line.

        `assertion` signs statements; its key file is written unless it stands there already.
        `following` signs the next change. The key that signs the first line is not kept: the line
        commits to the next one, and by it alone changes anything. Raises InTheWay.
        """
        is_kept = self.key_path.exists()
        if is_kept and self._signer().public != assertion.public:
            raise InTheWay(self.key_path)
        if self.path.exists():
            raise InTheWay(self.path)
        update = signing.generate()
        content = Content((assertion.public,), following.public)
        line = making.first_line(place, content, update=_signer(update), time=now)
        didlog.read([line])  # what we would refuse to read, we do not write
        self.path.mkdir(mode=0o700, parents=True)
        signing.write_key(self.next_path, following)
        if not is_kept:
            signing.write_key(self.key_path, assertion)
        self.keep_settings(name=name, registry=registry)
        home.write(self.log_path, line + b"\n")
        return line

    def restore(self, lines: Sequence[bytes], *, registry: str | None) -> None:
        """Write the DID log of an identity whose folder was lost. Raises InTheWay."""
        for path in (self.key_path, self.path):
            if path.exists():
                raise InTheWay(path)
        self.path.mkdir(mode=0o700, parents=True)
        self.keep_settings(name=None, registry=registry)
        home.write(self.log_path, b"".join(line + b"\n" for line in lines))

    def keep_settings(self, *, name: str | None, registry: str | None) -> None:
        """Write name and registry."""
        home.write(self.path / SETTINGS, orjson.dumps({"name": name, "registry": registry}))

    def forget(self) -> None:
        """Remove what `restore` wrote, when nothing came of it."""
        shutil.rmtree(self.path)

    def pending(self) -> bytes | None:
        """Return the line of a change that is on its way."""
        try:
            return (self.path / PENDING / LINE).read_bytes()
        except FileNotFoundError:
            return None

    def prepare(
        self,
        next_key: SigningKey,
        *,
        source: Path,
        now: datetime,
        deactivate: bool = False,
        assertion: SigningKey | None = None,
    ) -> bytes:
        """Write the next change, with new keys for signing and for the change after it.

        `next_key` is the key that the last line committed to, read from `source`. The new keys are
        kept in the way of the old ones, unless `assertion` is the new key for signing. Raises
        WrongNextKey, Ended, or IdentityError where a key cannot be made.
        """
        lines = self.lines()
        last = lines[-1]
        if last.parameters.deactivated:
            raise Ended(last.did)
        if multihash(multikey(next_key.public).encode()) not in last.parameters.next_key_hashes:
            raise WrongNextKey(source)
        folder = self.path / PENDING
        if folder.exists():  # broken off before its line was written: nobody has seen these keys
            shutil.rmtree(folder)
        folder.mkdir(mode=0o700)
        if deactivate:
            content = Content((), deactivated=True)
        else:
            if assertion is None:
                model = self._model(next_key)
                assertion = model.successor(model.public.kind)
            following = next_key.successor()
            signing.write_key(folder / self.key_path.name, assertion)
            signing.write_key(folder / NEXT, following)
            content = Content((assertion.public,), following.public)
        moment = max(now, last.time + SECOND)
        line = making.next_line(lines, content, update=_signer(next_key), time=moment)
        didlog.follow(lines, line, now=None)
        home.write(folder / LINE, line)
        return line

    def _model(self, next_key: SigningKey) -> SigningKey:
        """Return the key whose way of being kept the new signing key shall have."""
        try:
            old = SigningKey.of(self._signer())
        except IdentityError:  # lost, or not to be read: perhaps that is why it is replaced
            return next_key
        # Where both are kept alike, one passphrase is asked for, and not that of the lost key.
        return next_key if type(old.signer) is type(next_key.signer) else old

    def _signer(self) -> keeping.Signer:
        return files.parse(files.read(self.key_path), ask=ask, where=str(self.key_path))

    def finish(self) -> None:
        """Take over the change that is on its way, after the registry accepted its line."""
        line = self.pending()
        if line is None:
            return
        raw = self.raw_lines()
        if raw[-1] != line:
            home.write(self.log_path, b"".join(each + b"\n" for each in (*raw, line)))
        folder = self.path / PENDING
        for source, target in (
            (folder / self.key_path.name, self.key_path),
            (folder / NEXT, self.next_path),
        ):
            if source.exists():
                source.replace(target)
        for changed in (self.key_path.parent, self.path):
            home.sync(changed)
        (folder / LINE).unlink()
        shutil.rmtree(folder)


def verified_did(lines: Sequence[bytes]) -> str:
    """Verify the lines of a DID log and return its identifier. Raises IdentityError."""
    return didlog.read(lines)[-1].did


def possession(line: bytes, key: SigningKey, *, origin: str, now: datetime) -> str:
    """Prove that whoever registers a first line holds a key which it lets assert.

    A compact JWS for one registry, one line and about this time (docs/spec/http.md).
    """
    did = history.event_did(line)
    claims = {
        "aud": origin,
        "did": did,
        "iat": int(now.timestamp()),
        "line": envelope.digest(line),
    }
    algorithm = "EdDSA" if key.public.kind is KeyKind.ED25519 else "ES256"
    header = {"alg": algorithm, "kid": key.key_id, "typ": POSSESSION}
    return envelope.write_envelope(header, documents.canonical(claims), key.sign).decode()


def _signer(key: SigningKey) -> Signer:
    return Signer(key.public, key.sign)
