"""`openquality key`."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openquality import beside, credentials, home, identities
from openquality.cli.keeping import agree, program_key, protect, token_key
from openquality.cli.keys import KEY_PATH, load_key, load_next_key
from openquality.cli.options import Key, Token
from openquality.cli.output import Format, say, show, show_json
from openquality.identities import IdentityFolder
from openquality.refused import RefusedInput
from openquality_validator.errors import OpenQualityError
from openquality_validator.identity.didlog import Line
from openquality_validator.identity.document import assertion_keys
from openquality_validator.message import message

if TYPE_CHECKING:
    from openquality.client import Client

app = typer.Typer(help="Protect, rotate, recover or give up the keys of an identity.")
for command in (protect, token_key, program_key, agree):
    app.command(command.__name__.removesuffix("_key"))(command)
Registry = Annotated[
    str | None, typer.Option(help="Address; else the one that the identity was registered at.")
]
COPY = message(
    "Copy {path} to a second place now, apart from this machine: with it, and only with it, "
    "a lost or stolen signing key is replaced. It changes with every rotation."
)


class NotConfirmed(OpenQualityError):
    """Nobody said yes to ending an identity."""

    def __str__(self) -> str:
        return message("Nothing was changed. Deactivation is final; run again with --yes to do it.")


class NotTime(RefusedInput):
    """A time cannot be read."""

    def __str__(self) -> str:
        return message(
            "{arg!r} is not a time with its zone, such as 2026-11-20T12:00:00Z.", arg=self.args[0]
        )


class RotateFirst(RefusedInput):
    """A key cannot accuse itself."""

    def __str__(self) -> str:
        return message(
            "{arg} is the key in use. Replace it first, so that another one can say that it "
            "was lost: openquality key rotate, then run this again.",
            arg=self.args[0],
        )


class NotOurs(RefusedInput):
    """A key is none of the identity's."""

    def __str__(self) -> str:
        return message(
            "{arg} was never a key of this identity. Its keys: {arg2}.",
            arg=self.args[0],
            arg2=self.args[1],
        )


class OtherIdentity(RefusedInput):
    """A DID log is not that of the identifier asked for."""

    def __str__(self) -> str:
        return message(
            "The DID log that was found is of {arg}, not of {arg2}.",
            arg=self.args[1],
            arg2=self.args[0],
        )


@app.command("show")
def show_identity(
    *,
    key: Key = KEY_PATH,
    form: Annotated[Format, typer.Option("--format", help="For people or for programs.")] = (
        Format.TEXT
    ),
) -> None:
    """Print the identity of a key file: its DID, and every version of its keys.

    Example:
        openquality key show
    """
    folder = IdentityFolder(key)
    if not folder.log_path.exists():
        signer = load_key(key)
        row = {"did": signer.did, "key": signer.key_id, "versions": []}
        _print(row, form, [f"identity  {signer.did}", f"key       {signer.key_id}"])
        return
    lines = folder.lines()
    did = lines[-1].did
    versions, text = [], [f"identity  {did}"]
    for line in lines:
        moment, ended = credentials.time(line.time), line.parameters.deactivated
        versions.append(
            {
                "versionId": line.version_id,
                "time": moment,
                "keys": list(_keys(line)),
                "deactivated": ended,
            }
        )
        text.append(f"version   {line.version_id}  {moment}{'  deactivated' if ended else ''}")
        text += [f"  key     {name}" for name in _keys(line)]
    if folder.pending() is not None:
        say(message("A change is on its way: openquality key rotate finishes it."))
    _print({"did": did, "versions": versions}, form, text)


@app.command()
def register(*, key: Key = KEY_PATH, registry: Registry = None, token: Token = None) -> None:
    """Register the identity at the registry that hosts it; once more is harmless.

    Example:
        openquality key register --registry https://registry.example
    """
    folder = IdentityFolder(key)
    with _client(folder, registry, token) as client:
        send_first(folder, client)
    show(folder.lines()[-1].did)


@app.command()
def rotate(
    *,
    key: Key = KEY_PATH,
    new_key: Annotated[
        Path | None, typer.Option(help="The new signing key's file, if you made it elsewhere.")
    ] = None,
    registry: Registry = None,
    token: Token = None,
) -> None:
    """Replace the signing key: with identity/next.key, which the last change committed to.

    The new keys are kept as the old ones were: under the same passphrase, in the same token.
    The new line is written to identity/pending before it is sent; a rotation that was broken off
    is finished by the same command. What the old key signed stays valid; what it signs from now on
    is refused. An identity on a domain of its own is sent nowhere: serve identity/did.jsonl again.

    Example:
        openquality key rotate
        openquality key rotate --new-key made-in-the-kms.key
    """
    folder = IdentityFolder(key)
    if folder.pending() is None:
        assertion = load_next_key(new_key) if new_key else None
        next_key = load_next_key(folder.next_path)
        now = datetime.now(UTC)
        folder.prepare(next_key, source=folder.next_path, now=now, assertion=assertion)
    else:
        say(message("Finishing the change that was broken off."))
    _complete(folder, registry, token)


@app.command()
def recover(
    did: Annotated[str, typer.Argument(help="The identity, did:webvh:….")],
    *,
    next_key: Annotated[Path, typer.Option(help="Your copy of identity/next.key.")],
    key: Key = KEY_PATH,
    registry: Registry = None,
    log: Annotated[
        Path | None, typer.Option(help="Its did.jsonl, if the registry does not host it.")
    ] = None,
    token: Token = None,
) -> None:
    """Bring an identity back after its folder was lost, with the copy of the next key.

    Makes a new signing key and a new next key, and the folder identity/ anew.

    Example:
        openquality key recover did:webvh:Qm…:registry.example:issuers:nordbolt --next-key copy.key
    """
    folder = IdentityFolder(key)
    if folder.log_path.exists() and folder.pending() is not None:
        say(message("Finishing the recovery that was broken off."))
        _complete(folder, registry, token)
        return
    secret = load_next_key(next_key)
    where = None if log is not None and registry is None else home.registry(registry)
    lines = beside.split(log.read_bytes()) if log else _fetched(did, str(where), token)
    found = identities.verified_did(lines)
    if found != did:
        raise OtherIdentity(did, found)
    folder.restore(lines, registry=where)
    try:
        folder.prepare(secret, source=next_key, now=datetime.now(UTC))
    except OpenQualityError:
        folder.forget()  # nothing of it was used
        raise
    _complete(folder, registry, token)


@app.command()
def compromise(
    method: Annotated[str, typer.Argument(help="The DID URL of the key that was lost.")],
    *,
    since: Annotated[str, typer.Option(help="From when on: 2026-11-20T12:00:00Z.")],
    reason: Annotated[str | None, typer.Option(help="Why, without names of persons.")] = None,
    name: Annotated[str | None, typer.Option(help="Your organisation's name.")] = None,
    key: Key = KEY_PATH,
    registry: Registry = None,
    token: Token = None,
) -> None:
    """Say that an earlier key was in other hands since a time: what it signed since is in doubt.

    Rotate first: the word is signed with the key that is in use now. It is public and permanent.

    Example:
        openquality key compromise 'did:webvh:Qm…#z6Mk…' --since 2026-11-20T12:00:00Z
    """
    from openquality import signing

    folder = IdentityFolder(key)
    lines = folder.lines()
    signer = load_key(key)
    known = sorted({each for line in lines for each in _keys(line)})
    if method not in known:
        raise NotOurs(method, ", ".join(known))
    if method == signer.key_id:
        raise RotateFirst(method)
    subject = {"id": signer.did, "key": method, "since": credentials.time(_time(since))}
    credential = credentials.make(
        "KeyCompromise",
        subject | ({"reason": reason} if reason else {}),
        issuer=signer.did,
        name=name or folder.settings()["name"] or "The issuer",
        now=datetime.now(UTC),
    )
    statement = signing.sign(credential, signer)
    kept = folder.path / f"compromise-{credential['id'][-12:]}.jwt"
    home.write(kept, statement)  # on disk before it is sent, so that a retry sends the same bytes
    with _client(folder, registry, token) as client:
        client.publish(statement)
    show(f"{kept}")


@app.command()
def deactivate(
    *,
    key: Key = KEY_PATH,
    registry: Registry = None,
    yes: Annotated[bool, typer.Option("--yes", help="Agree: it is final.")] = False,
    token: Token = None,
) -> None:
    """End the identity, for good: nothing can be published under it again.

    What was published stays, and stays valid.

    Example:
        openquality key deactivate --yes
    """
    folder = IdentityFolder(key)
    if not yes:
        raise NotConfirmed
    if folder.pending() is None:
        next_key = load_next_key(folder.next_path)
        now = datetime.now(UTC)
        folder.prepare(next_key, source=folder.next_path, now=now, deactivate=True)
    _complete(folder, registry, token)


def send_first(folder: IdentityFolder, client: "Client") -> None:
    """Register the first line, with a proof of possession by the signing key."""
    line = folder.raw_lines()[0]
    origin = client.well_known()["log"]["origin"]
    signer = load_key(folder.key_path)
    proof = identities.possession(line, signer, origin=origin, now=datetime.now(UTC))
    client.register(line, [proof])
    settings = folder.settings()
    folder.keep_settings(name=settings["name"], registry=client.url)


def _complete(folder: IdentityFolder, registry: str | None, token: str | None) -> None:
    """Send the pending line where the identity is registered, then take the change over."""
    line = folder.pending()
    assert line is not None
    if registry or folder.settings()["registry"]:
        with _client(folder, registry, token) as client:
            client.publish(line)
    else:
        say(
            message(
                "Serve the changed {log_path} at the address of your identity now.",
                log_path=folder.log_path,
            )
        )
    folder.finish()
    last = folder.lines()[-1]
    show(f"identity  {last.did}")
    show(f"version   {last.version_id}")
    for name in _keys(last):
        show(f"key       {name}")
    if not last.parameters.deactivated:
        say(COPY.format(path=folder.next_path))


def _client(folder: IdentityFolder, registry: str | None, token: str | None) -> "Client":
    from openquality.client import Client

    return Client(home.registry(registry or folder.settings()["registry"]), token=token)


def _fetched(did: str, registry: str, token: str | None) -> tuple[bytes, ...]:
    from openquality import wire
    from openquality.client import Client

    with Client(registry, token=token) as client:
        path = f"issuers/{did.rpartition(':')[2]}/did.jsonl"
        return beside.split(wire.read(client.send(wire.fetch(path, accept="text/jsonl"))))


def _keys(line: Line) -> tuple[str, ...]:
    return tuple(assertion_keys(line.document))


def _time(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise NotTime(text) from None
    if moment.tzinfo is None:
        raise NotTime(text)
    return moment


def _print(row: object, form: Format, text: list[str]) -> None:
    if form is Format.JSON:
        show_json(row)
    else:
        show("\n".join(text))
