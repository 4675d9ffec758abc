"""A did:webvh whose keys a test holds, and what it sends to a registry."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
from registry_at_work import attestation

from openquality import identities
from openquality.signing import SigningKey, generate, sign
from openquality_validator.identity import didlog, history, making, multikey
from openquality_validator.identity.making import Content, Signer

NOW = datetime.now(UTC).replace(microsecond=0)  # of when the file was read: proofs need a newer one


class Identity:
    """A did:webvh in memory: its lines, and the keys that a folder would hold."""

    def __init__(self, place: str, *, at: datetime = NOW - timedelta(hours=1)) -> None:
        self.at = at
        self.key, self.next = generate(), generate()
        update = generate()
        content = Content((self.key.public,), self.next.public)
        self.lines = [making.first_line(place, content, update=signer(update), time=at)]
        self.did = history.event_did(self.lines[0])

    @property
    def signing(self) -> SigningKey:
        return self.key.bound_to(f"{self.did}#{multikey(self.key.public)}")

    def rotate(self, *, by: SigningKey | None = None) -> bytes:
        """Make the next line, with the key that is due or with another one."""
        update, self.key, following = by or self.next, generate(), generate()
        content = Content((self.key.public,), following.public)
        before = didlog.read(self.lines)
        time = before[-1].time + timedelta(seconds=1)
        line = making.next_line(before, content, update=signer(update), time=time)
        if by is None:
            self.next = following
            self.lines.append(line)
        return line

    def statement(self, number: int) -> bytes:
        return sign(attestation(number, key=self.signing), self.signing)


def signer(key: SigningKey) -> Signer:
    return Signer(key.public, key.sign)


def register(client: httpx2.Client, identity: Identity, **changed: Any) -> httpx2.Response:  # noqa: ANN401 - parts of a proof
    line = identity.lines[0]
    given = {"key": identity.signing, "origin": origin(client), "now": datetime.now(UTC)} | changed
    about = given.pop("line", line)
    proof = identities.possession(about, given.pop("key"), **given)
    return client.post("/v1/issuers", json={"line": line.decode(), "proofs": [proof]})


def origin(client: httpx2.Client) -> str:
    found: str = client.get("/.well-known/openquality").json()["log"]["origin"]
    return found


def send_line(client: httpx2.Client, line: bytes) -> httpx2.Response:
    return client.post("/v1/statements", content=line, headers={"content-type": "text/jsonl"})
