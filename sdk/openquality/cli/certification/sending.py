"""Sign a word, keep its bytes, send them: what the commands of `certification` have in common."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from openquality import home, outbox
from openquality.cli.keys import load_key
from openquality.cli.output import say, show
from openquality_validator.message import message

if TYPE_CHECKING:
    from openquality.client import Client
    from openquality.signing import SigningKey
    from openquality_validator.certification import Kind
    from openquality_validator.status import Voice

Make: TypeAlias = "Callable[[Client, str, SigningKey, datetime], bytes]"
"""Sign a statement about a target, at a time."""


def measured(
    text: str,
    kind: "Kind",
    said: Mapping[str, Any],
    *,
    name: str,
    key: Path,
    registry: str | None,
    token: str | None,
) -> int:
    """Say a measure about a certificate or record; return the exit code."""

    def make(client: "Client", target: str, signer: "SigningKey", now: datetime) -> bytes:
        from openquality import certifying

        return certifying.measure(client, target, kind, said, name=name, key=signer, now=now)

    slug = f"{kind.value}-{said['about'][7:15]}" if "about" in said else kind.value
    return _send(text, slug, make, key=key, registry=registry, token=token)


def spoken(
    text: str,
    voice: "Voice",
    *,
    reason: str,
    name: str,
    key: Path,
    registry: str | None,
    token: str | None,
) -> int:
    """Say a state of a certificate or record; return the exit code."""

    def make(client: "Client", target: str, signer: "SigningKey", now: datetime) -> bytes:
        from openquality import certifying

        return certifying.word(client, target, voice, reason=reason, name=name, key=signer, now=now)

    return _send(text, voice.value, make, key=key, registry=registry, token=token)


def about(text: str) -> str:
    """Return the digest of a statement that a person names by its file or its digest."""
    named = outbox.named(text)
    return named if named.startswith("sha256:") else f"sha256:{named}"


def evidence(texts: list[str] | None) -> dict[str, Any]:
    """Write the member `evidence`: files by name and digest, or digests as they are."""
    found = [
        {"digest": outbox.digest(path.read_bytes()), "name": path.name}
        if (path := Path(text)).is_file()
        else {"digest": about(text)}
        for text in texts or ()
    ]
    return {"evidence": found} if found else {}


def _send(
    text: str, slug: str, make: Make, *, key: Path, registry: str | None, token: str | None
) -> int:
    from openquality import certifying
    from openquality.client import Client

    signer = load_key(key)
    target = certifying.target_of(outbox.named(text))
    kept = Path(f"{hashlib.sha256(target.encode()).hexdigest()[:16]}.{slug}.jwt")
    with Client(home.registry(registry), token=token) as client:
        if kept.exists():
            say(
                message(
                    "{kept} was made before and is sent again; move it away to say it anew.",
                    kept=kept,
                )
            )
            statement = kept.read_bytes()
        else:
            statement = make(client, target, signer, datetime.now(UTC))
            home.write(kept, statement)
        client.publish(statement)
    digest = outbox.digest(statement)
    said = kept.with_name(f"{digest[7:23]}.{slug}.said.jwt")
    kept.rename(said)
    show(
        message(
            "Said about {target}: {slug}, {digest}; the signed statement is in {said}",
            target=target,
            slug=slug.partition("-")[0],
            digest=digest,
            said=said,
        )
    )
    return 0
