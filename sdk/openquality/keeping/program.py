"""A private key in a key service (KMS), asked by a program of the user's.

The program gets the message on standard input and writes the signature to standard output: 64 bytes
(Ed25519, or r ‖ s), or ECDSA in DER, or one of them in base64, which is how the services'
own command lines answer. What it says on standard error goes to the terminal. No shell is involved.
"""

import binascii
from base64 import b64decode
from collections.abc import Iterator
from contextlib import suppress

from openquality.keeping import agreed
from openquality.keeping.local import from_der, low
from openquality.keeping.signer import SIGNATURE, cannot, missing, no_signature, other_key
from openquality_validator import documents
from openquality_validator.identity import KeyKind, PublicKey, multikey
from openquality_validator.message import message

NAME = "program"
TIMEOUT = 60.0  # seconds: a person may have to approve


class ProgramSigner:
    """Sign by running a program for each signature."""

    def __init__(self, public: PublicKey, command: tuple[str, ...]) -> None:
        self.public = public
        self.command = command

    def __repr__(self) -> str:
        return f"ProgramSigner({self.public!r}, {self.command[0]!r})"

    def sign(self, message: bytes) -> bytes:
        """Have the program sign bytes, and check what it answers."""
        for signature in self._candidates(self._run(message)):
            if self.public.accepts(signature, message):
                return signature
        raise other_key(self.command[0])

    def to_file(self) -> bytes:
        """Write a key file that names the command."""
        return documents.canonical(
            {
                "v": 1,
                "signer": NAME,
                "command": list(self.command),
                "publicKey": multikey(self.public),
            }
        )

    def successor(self, kind: KeyKind) -> "ProgramSigner":
        """Refuse: the service makes its keys."""
        raise cannot(
            message("replaced by us, since a key service makes its own ({kind})", kind=kind),
            message(
                "Make the new key there, write its key file with `openquality key program`, and "
                "rotate with --new-key."
            ),
        )

    def _run(self, data: bytes) -> bytes:
        import subprocess  # slow to load, and other keys need none

        agreed.require(*self.command)
        program = self.command[0]
        try:
            ran = subprocess.run(  # noqa: S603 - the user agreed to this very command
                self.command, input=data, stdout=subprocess.PIPE, timeout=TIMEOUT, check=False
            )
        except OSError as error:
            raise missing(
                message("{program} does not start ({why})", program=program, why=error.strerror),
                message("Install it, or make the key file anew: openquality key program."),
            ) from None
        except subprocess.TimeoutExpired:
            why = message("{name} did not answer within {time:.0f} s", name=program, time=TIMEOUT)
            raise no_signature(why) from None
        if ran.returncode:
            code = ran.returncode
            raise no_signature(message("{name} ended with code {code}", name=program, code=code))
        return ran.stdout

    def _candidates(self, answer: bytes) -> Iterator[bytes]:
        forms = [answer]
        with suppress(binascii.Error):
            forms.append(b64decode(b"".join(answer.split()), validate=True))
        for form in forms:
            if len(form) == SIGNATURE:
                yield form if self.public.kind is KeyKind.ED25519 else low(form)
            elif self.public.kind is KeyKind.P256:
                with suppress(ValueError, OverflowError):
                    yield from_der(form)
