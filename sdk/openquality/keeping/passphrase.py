"""Where passphrases and PINs come from: a file that the environment names, else the terminal.

Never from the command line or a variable: other users of a machine can read those.
"""

import getpass
import hmac
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from openquality.language import local
from openquality.terminal import is_terminal
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

    @property
    def words(self) -> str:
        """What people call the secret."""
        return message("passphrase") if self.kind == PASSPHRASE else message("PIN")


Ask: TypeAlias = Callable[[Wanted], bytes]
"""Gives a secret, or raises IdentityError (K012)."""


def ask(wanted: Wanted) -> bytes:
    """Return the secret, from the file or from the person at the terminal, without echo.

    Raises IdentityError (K012) if there is neither.
    """
    found = from_environment(wanted)
    if found is not None:
        return found
    if not is_terminal():
        raise _not_had(wanted, message("there is no terminal to ask at"))
    return _typed(message("{kind} for {where}", kind=wanted.words, where=wanted.where))


def ask_new(wanted: Wanted) -> bytes:
    """Return a secret to protect a key with; typed twice on a terminal.

    Raises IdentityError: K012 if there is nobody to ask, K018 if it is too short or was typed in
    two ways.
    """
    found = from_environment(wanted)
    if found is None:
        if not is_terminal():
            raise _not_had(wanted, message("there is no terminal to ask at"))
        kind, where = wanted.words, wanted.where
        found = _typed(message("New {kind} for {where}", kind=kind, where=where))
        again = _typed(message("The same {kind} again", kind=kind))
        if not hmac.compare_digest(found, again):
            raise _not_taken(wanted, message("it was typed in two ways"))
    if len(found.decode("utf-8", "replace")) < LEAST:
        raise _not_taken(wanted, message("it has less than {least} characters", least=LEAST))
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
        why = message(
            "{name}, which {variable} names, cannot be read ({why})",
            name=name,
            variable=variable,
            why=error.strerror,
        )
        raise _not_had(wanted, why) from None
    secret = data.removesuffix(b"\n").removesuffix(b"\r")
    if not secret:
        why = message("{name}, which {variable} names, is empty", name=name, variable=variable)
        raise _not_had(wanted, why)
    return secret


def _not_had(wanted: Wanted, why: str) -> IdentityError:
    return IdentityError(
        "K012",
        message(
            "The {kind} for {where} cannot be had: {why}.",
            kind=wanted.words,
            where=wanted.where,
            why=why,
        ),
        message(
            "Write it into a file that you alone can read, and name the file in {variable}.",
            variable=VARIABLES[wanted.kind],
        ),
    )


def _not_taken(wanted: Wanted, why: str) -> IdentityError:
    return IdentityError(
        "K018",
        message("The new {kind} is not taken: {why}.", kind=wanted.words, why=why),
        message(
            "Nothing was changed. Run the command again; several words are easier to remember, and "
            "harder to guess, than one."
        ),
    )


def _typed(prompt: str) -> bytes:
    return getpass.getpass(f"{local(prompt)}: ").encode()
