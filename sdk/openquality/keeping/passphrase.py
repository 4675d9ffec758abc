"""Where passphrases and PINs come from: a file that the environment names, else the terminal.

Never from the command line or a variable: other users of a machine can read those.
"""

import getpass
import hmac
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from openquality.language import local
from openquality_validator.errors import IdentityError
from openquality_validator.message import message

PASSPHRASE, PIN = "passphrase", "PIN"
VARIABLES = {PASSPHRASE: "OPENQUALITY_PASSPHRASE_FILE", PIN: "OPENQUALITY_PIN_FILE"}
LEAST = 8  # characters of a new passphrase (NIST SP 800-63B-4, 3.1.1.2)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Say which secret is asked for: `kind` is PASSPHRASE or PIN, `where` what it opens."""

    kind: str
    where: str


Ask: TypeAlias = Callable[[Wanted], bytes]
"""Gives a secret, or raises IdentityError (K012)."""


def ask(wanted: Wanted) -> bytes:
    """Return the secret, from the file or from the person at the terminal, without echo.

    Raises IdentityError (K012) if there is neither.
    """
    found = from_environment(wanted)
    if found is not None:
        return found
    if not _is_terminal():
        raise _nobody(wanted)
    return _typed(message("{kind} for {where}", kind=wanted.kind, where=wanted.where))


def ask_new(wanted: Wanted) -> bytes:
    """Return a secret to protect a key with; typed twice on a terminal.

    Raises IdentityError: K012 if there is nobody to ask, K018 if it is too short or was typed in
    two ways.
    """
    found = from_environment(wanted)
    if found is None:
        if not _is_terminal():
            raise _nobody(wanted)
        kind, where = wanted.kind, wanted.where
        found = _typed(message("New {kind} for {where}", kind=kind, where=where))
        again = _typed(message("The same {kind} again", kind=kind))
        if not hmac.compare_digest(found, again):
            raise IdentityError(
                "K018",
                message("The two {kind}s differ.", kind=wanted.kind),
                message("Nothing was changed; run the command again."),
            )
    if len(found.decode("utf-8", "replace")) < LEAST:
        raise IdentityError(
            "K018",
            message("A {kind} has at least {least} characters.", kind=wanted.kind, least=LEAST),
            message("Take several words that you can remember and that nobody would guess."),
        )
    return found


def from_environment(wanted: Wanted) -> bytes | None:
    """Return the content of the file that the environment names, without a newline at its end.

    None if no file is named. Raises IdentityError (K012) if it cannot be read or is empty.
    """
    variable = VARIABLES[wanted.kind]
    name = os.environ.get(variable)
    if not name:
        return None
    try:
        data = Path(name).read_bytes()
    except OSError as error:
        raise IdentityError(
            "K012",
            message(
                "The {kind} for {where} cannot be had: {name}, which {variable} names, cannot be "
                "read ({why}).",
                kind=wanted.kind,
                where=wanted.where,
                name=name,
                variable=variable,
                why=error.strerror,
            ),
            message("Make the file readable for you alone, or unset the variable."),
        ) from None
    secret = data.removesuffix(b"\n").removesuffix(b"\r")
    if not secret:
        raise IdentityError(
            "K012",
            message(
                "The {kind} for {where} cannot be had: {name} is empty.",
                kind=wanted.kind,
                where=wanted.where,
                name=name,
            ),
            message("Write it into the file, or unset {variable}.", variable=variable),
        )
    return secret


def _nobody(wanted: Wanted) -> IdentityError:
    return IdentityError(
        "K012",
        message(
            "The {kind} for {where} is needed, and there is no terminal to ask at.",
            kind=wanted.kind,
            where=wanted.where,
        ),
        message(
            "Write it into a file that you alone can read, and name the file in {variable}.",
            variable=VARIABLES[wanted.kind],
        ),
    )


def _is_terminal() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _typed(prompt: str) -> bytes:
    return getpass.getpass(f"{local(prompt)}: ").encode()
