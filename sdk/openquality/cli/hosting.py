"""Where `openquality init --did webvh` puts an identity: at a registry, or on an own domain."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from openquality import home
from openquality.cli.output import say
from openquality.identities import IdentityFolder
from openquality.refused import RefusedInput
from openquality_validator.errors import IdentityError
from openquality_validator.identity import address
from openquality_validator.message import message

if TYPE_CHECKING:
    from openquality.signing import SigningKey


@dataclass(frozen=True, slots=True)
class Place:
    """Hold where the identity stands, as in its DID, and the registry that hosts it, if any."""

    text: str
    registry: str | None


class NoHosting(RefusedInput):
    """A registry does not host identities."""

    def __str__(self) -> str:
        return message(
            "The registry {arg} hosts no identities. Take another one, give --domain with a "
            "domain of your own, or leave out --did webvh.",
            arg=self.args[0],
        )


class NoDomain(RefusedInput):
    """A domain cannot be read."""

    def __str__(self) -> str:
        return f"--domain {self.args[0]!r} is not of the form example.com or example.com/quality."


def place(
    registry: str | None, *, slug: str | None, domain: str | None, token: str | None
) -> Place:
    """Choose the place: on the domain if one is given, else at the registry."""
    if domain is not None:
        host, *path = domain.strip("/").split("/")
        text = ":".join((host.replace(":", "%3A"), *(quote(part, safe="") for part in path)))
        try:
            address.parse(f"{address.WEB}{text}")
        except IdentityError:
            raise NoDomain(domain) from None
        return Place(text, None)
    from openquality.client import Client

    with Client(home.registry(registry), token=token) as client:
        hosting = client.well_known().get("hosting")
        if not isinstance(hosting, dict):
            raise NoHosting(client.url)
        name = slug or f"s-{secrets.token_hex(6)}"
        return Place(f"{hosting['place']}:{name}", client.url)


def make(key_path: Path, chosen: Place, *, name: str, key: "SigningKey") -> str:
    """Make the identity of a signing key on this machine, and return its DID.

    The key of the next change lies in a file, under the same passphrase if there is one: a keyring
    or a token would go with the machine that it shall outlive.
    """
    from openquality import signing
    from openquality.keeping.sealed import SealedSigner

    following = key.successor() if isinstance(key.signer, SealedSigner) else signing.generate()
    folder = IdentityFolder(key_path)
    folder.create(
        chosen.text,
        name=name,
        registry=chosen.registry,
        now=datetime.now(UTC),
        assertion=key,
        following=following,
    )
    return folder.lines()[0].did


def register(key_path: Path, chosen: Place, *, token: str | None) -> None:
    """Register the identity, or say where its file has to be served."""
    from openquality.cli.key import COPY, send_first
    from openquality.client import Client

    folder = IdentityFolder(key_path)
    say(COPY.format(path=folder.next_path))
    if chosen.registry is None:
        did = folder.lines()[0].did
        say(
            message(
                "Serve {log_path} at {url} before you publish.",
                log_path=folder.log_path,
                url=address.parse(did).url("did.jsonl"),
            )
        )
        return
    say("If registering fails, try again with: openquality key register")
    with Client(chosen.registry, token=token) as client:
        send_first(folder, client)
