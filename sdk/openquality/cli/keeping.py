"""The commands of `openquality key` that say where a private key is kept."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openquality import beside
from openquality.cli.keys import KEY_PATH
from openquality.cli.options import Key
from openquality.cli.output import say, show
from openquality.keeping.protecting import Protection
from openquality_validator.message import message

if TYPE_CHECKING:
    from openquality.keeping.signer import Signer
    from openquality_validator.identity import PublicKey

NEXT = "next.key"


def protect(
    *,
    by: Annotated[
        Protection,
        typer.Option("--with", help="A passphrase, or the keyring you are logged in to."),
    ] = Protection.PASSPHRASE,
    key: Key = KEY_PATH,
) -> None:
    """Protect a key file: encrypt it by a passphrase, or move the key into your keyring.

    With a passphrase also identity/next.key, where there is one. Run it again to change the
    passphrase. It is asked for twice at the terminal, or read from the file that
    OPENQUALITY_PASSPHRASE_FILE names; nobody can give back a lost one. --with none writes plain
    files again, readable by you alone.

    Example:
        openquality key protect
        openquality key protect --with keyring
        openquality key protect --with none
    """
    from openquality.keeping.protecting import convert

    paths = [key, *_next(key)] if by is not Protection.KEYRING else [key]
    convert(paths, by)
    for path in paths:
        show(message("{path} is protected: {how}", path=path, how=by.value))
    say(
        message(
            "Copies of the old file, such as a backup, are as open or protected as they were: "
            "replace them."
        )
    )
    for path in _next(key) if by is Protection.KEYRING else ():
        say(
            message(
                "{path} was left as it is: keep it apart from this machine, or protect it by a "
                "passphrase: openquality key protect --key {path}",
                path=path,
            )
        )


def token_key(
    *,
    module: Annotated[Path, typer.Option(help="The token's PKCS #11 module, a shared library.")],
    token: Annotated[str, typer.Option(help="The token's label.")],
    label: Annotated[str, typer.Option(help="The key's label in it.")] = "openquality",
    p256: Annotated[
        bool, typer.Option("--p256", help="Make a P-256 key; else Ed25519, if one is made.")
    ] = False,
    key: Key = KEY_PATH,
) -> None:
    """Use a key in a token that speaks PKCS #11, and make it there if it is not there yet.

    Writes the key file, which holds no secret: module, token, label and the public key. The PIN is
    asked for at the terminal, or read from the file that OPENQUALITY_PIN_FILE names.

    Example:
        openquality key token --module /usr/lib/softhsm/libsofthsm2.so --token nordbolt
        openquality init --keep-key --name "Nordbolt Fasteners GmbH"
    """
    from openquality.keeping import agreed
    from openquality.keeping.passphrase import ask
    from openquality.keeping.token import Slot, TokenSigner
    from openquality_validator.identity import KeyKind

    library = str(module.resolve())
    agreed.agree(library)
    kind = KeyKind.P256 if p256 else KeyKind.ED25519
    _write(key, TokenSigner.take(Slot(library, token, label), kind=kind, ask=ask))


def program_key(
    command: Annotated[list[str], typer.Argument(help="The program and its arguments, after --.")],
    *,
    public: Annotated[Path, typer.Option(help="The public key, as PEM (SubjectPublicKeyInfo).")],
    key: Key = KEY_PATH,
) -> None:
    """Use a key in a key service (KMS), asked by a program of yours.

    The program gets what is to be signed on standard input and writes the signature to standard
    output: 64 bytes, or ECDSA in DER, or one of them in base64. It is tried once, now.

    Example:
        openquality key program --public kms.pem -- /usr/local/bin/kms-sign --key quality
        openquality key rotate --new-key openquality.key
    """
    from openquality.keeping import agreed
    from openquality.keeping.program import ProgramSigner

    signer = ProgramSigner(_public(public), tuple(command))
    agreed.agree(*command)
    signer.sign(b"openquality key program")
    _write(key, signer)


def agree(*, key: Key = KEY_PATH) -> None:
    """Let a key file that came from elsewhere run its program, or load its module, from now on.

    Only for your own: whoever wrote the file chose what runs.

    Example:
        openquality key agree
    """
    from openquality.keeping import agreed, files
    from openquality.keeping.passphrase import ask
    from openquality.keeping.program import ProgramSigner
    from openquality.keeping.token import TokenSigner

    signer = files.parse(files.read(key), ask=ask, where=str(key))
    if isinstance(signer, TokenSigner):
        command: tuple[str, ...] = (signer.slot.module,)
    elif isinstance(signer, ProgramSigner):
        command = signer.command
    else:
        show(message("{path} runs and loads nothing.", path=key))
        return
    agreed.agree(*command)
    show(message("Agreed to: {command}", command=" ".join(command)))


def _write(path: Path, signer: "Signer") -> None:
    from openquality.keeping import files
    from openquality.signing import SigningKey

    files.write(path, signer.to_file())
    show(f"key       {path}")
    show(f"identity  {SigningKey.of(signer).did}")


def _next(key: Path) -> list[Path]:
    path = beside.folder(key) / NEXT
    return [path] if path.exists() else []


def _public(path: Path) -> "PublicKey":
    from openquality.keeping.sealed import read_public

    return read_public(path.read_bytes())
