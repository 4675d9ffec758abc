"""What is missing of the key and the identity."""

import shlex
from collections.abc import Iterator
from pathlib import Path

from openquality.keeping.local import LocalSigner
from openquality.onboarding.folder import Folder
from openquality.onboarding.gap import Gap, run
from openquality_validator.findings import Severity
from openquality_validator.identity.address import WEB, WEBVH
from openquality_validator.message import message


def gaps(folder: Folder) -> Iterator[Gap]:
    """Look at the key file, its protection, and the identity beside it."""
    keys = folder.keys
    path = keys.path
    if not keys.is_there:
        yield Gap(
            "Y001",
            Severity.ERROR,
            str(path),
            message("There is no signing key."),
            message("Make one, with an identity and a starter record."),
            run("init", folder.path),
        )
        return
    if keys.problem is not None:
        yield Gap(
            "Y002",
            Severity.ERROR,
            str(path),
            message("The signing key cannot be used: {why}", why=keys.problem.message),
            keys.problem.hint,
        )
    for file, mode in ((path, keys.mode), (keys.next_key, keys.next_mode)):
        if file is not None and mode is not None:
            yield _readable(file, mode)
    if isinstance(keys.signer, LocalSigner):
        yield Gap(
            "Y004",
            Severity.WARNING,
            str(path),
            message("The key is not encrypted: whoever reads the disk or a backup can sign."),
            message("Protect it by a passphrase, or keep it in your keyring (--with keyring)."),
            run("key", "protect", "--key", path),
        )
    if keys.is_changing:
        yield Gap(
            "Y005",
            Severity.ERROR,
            str(path),
            message("A change of keys was begun and not finished."),
            message("Finish it."),
            run("key", "rotate", "--key", path),
        )
    if keys.did is not None:
        yield from _lasting(folder, keys.did)


def _readable(file: Path, mode: int) -> Gap:
    return Gap(
        "Y003",
        Severity.ERROR,
        str(file),
        message("Others on this machine can read the key (mode {mode}).", mode=f"{mode:04o}"),
        message("Take their rights away."),
        shlex.join(("chmod", "600", str(file))),
    )


def _lasting(folder: Folder, did: str) -> Iterator[Gap]:
    """Say what the identity needs to outlive the machine; what lies elsewhere cannot be seen."""
    keys = folder.keys
    if keys.next_key is not None:
        yield Gap(
            "Y006",
            Severity.WARNING,
            str(keys.next_key),
            message("Whether this key has a copy elsewhere cannot be seen from here."),
            message(
                "Copy it to a second place, apart from this machine, and again after each "
                "rotation: with it alone a lost or stolen key is replaced."
            ),
        )
    elif not did.startswith((WEBVH, WEB)):
        yield Gap(
            "Y007",
            Severity.WARNING,
            str(keys.path),
            message(
                "This key is the identity, and cannot be replaced; whether it has a copy elsewhere "
                "cannot be seen from here."
            ),
            message(
                "Copy it to a second place, or make an identity in another folder that outlives "
                "its keys: openquality init --did webvh."
            ),
        )
