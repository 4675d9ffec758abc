"""The data folder: what is in it, how it is made, and who may write it.

config.json        format version, origin, verifier key, the operator's accreditors, registrars
registry.sqlite    statements, entries, index rows, size and root, unless PostgreSQL holds them
log/               tile/…, checkpoint: the files that everybody reads
evidence/          data files that were brought for recomputation (0600), by their SHA-256
keys/log.key       the log's key (0600); docs/guide/operate.md says how to back it up
keys/status.key    the key that signs status answers and operator actions (0600)
keys/webhook.key   the key that signs webhooks (0600)
lock               held by the server that writes this folder
"""

import fcntl
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from openquality import signing
from openquality.signing import SigningKey
from openquality_registry.adapters.files import FileTiles, synchronise
from openquality_registry.adapters.signing import LogKey
from openquality_registry.adapters.sql.opening import open_store
from openquality_registry.adapters.sql.reading import open_read_only
from openquality_registry.adapters.sql.renewing import renew
from openquality_registry.adapters.sql.store import SqlStore
from openquality_validator import documents
from openquality_validator.errors import MalformedDocument, OpenQualityError
from openquality_validator.evidence import Accreditor
from openquality_validator.message import message

VERSION = 1
CONFIG = "config.json"
DATABASE = "registry.sqlite"
LOG = "log"
EVIDENCE = "evidence"
POSTGRESQL = "postgresql"  # the member `database` of config.json, where there is no DATABASE
KEY = "keys/log.key"
STATUS_KEY = "keys/status.key"
WEBHOOK_KEY = "keys/webhook.key"
LOCK = "lock"


@dataclass(eq=False)
class FolderError(OpenQualityError):
    """Say why a data folder cannot be used, and what to do."""

    path: Path
    problem: str
    hint: str

    def __str__(self) -> str:
        return f"The data folder {self.path} {self.problem}. {self.hint}"


@dataclass(frozen=True, slots=True)
class RetiredKey:
    """Hold a verifier key with which the log signed until a time."""

    vkey: str
    until: str


@dataclass(frozen=True, slots=True)
class Folder:
    """Hold an open data folder."""

    path: Path
    origin: str
    accreditors: tuple[Accreditor, ...]
    registrars: tuple[Accreditor, ...]
    store: SqlStore
    tiles: FileTiles
    signer: LogKey
    retired: tuple[RetiredKey, ...]
    status_key: SigningKey
    webhook_key: SigningKey

    def close(self) -> None:
        """Close the database."""
        self.store.close()


def open_folder(
    path: Path, *, create: bool = False, origin: str | None = None, database: str | None = None
) -> Folder:
    """Open a data folder; with `create`, make one where there is none.

    `origin` names the log of a new folder, for good; it depends on no host or port. `database` is
    the URL of the PostgreSQL database that holds the rows of a folder made with one. Raises
    FolderError, UnusableKey, NewerDatabase or UnusableDatabase.
    """
    if not (path / CONFIG).exists():
        if not create:
            raise FolderError(
                path, f"has no {CONFIG}", message("Make one: openquality serve --data FOLDER.")
            )
        _make(
            path,
            origin or f"registry.invalid/{secrets.token_hex(8)}",
            {} if database is None else {"database": POSTGRESQL},
        )
    config = _read_config(path)
    check_database(path, config, database)
    signer = LogKey.load(path / KEY, name=config["origin"])
    if signer.vkey == config.get("nextKey", {}).get("vkey"):
        config = settle_key(path)  # a rotation that was broken off after its last step but one
    if signer.vkey != config["vkey"]:
        raise FolderError(
            path,
            f"has another key in {KEY} than {CONFIG} names",
            message("Restore the key's backup."),
        )
    store = open_store(database or path / DATABASE)
    status_key = _own_key(path / STATUS_KEY)
    try:
        renew(store.write, origin=config["origin"], operator=status_key.did)
    except BaseException:
        store.close()
        raise
    return Folder(
        path=path,
        origin=config["origin"],
        accreditors=_parties(config["accreditors"]),
        registrars=_parties(config.get("registrars", [])),
        store=store,
        tiles=FileTiles(path / LOG),
        signer=signer,
        retired=tuple(RetiredKey(**item) for item in config.get("retiredKeys", [])),
        status_key=status_key,
        webhook_key=_own_key(path / WEBHOOK_KEY),
    )


@dataclass(frozen=True, slots=True)
class Inspected:
    """Hold a data folder that is only read.

    `operator` is the did:key of its status key; a folder of version 0.1 may have none.
    """

    origin: str
    vkey: str
    store: SqlStore
    tiles: FileTiles
    operator: str | None

    def close(self) -> None:
        """Close the database."""
        self.store.close()


def inspect_folder(path: Path, *, database: str | None = None) -> Inspected:
    """Open a data folder to look at it: nothing in it is made, upgraded or written.

    Raises FolderError, NewerDatabase, UnusableDatabase or OSError.
    """
    if not (path / CONFIG).exists():
        raise FolderError(
            path, f"has no {CONFIG}", message("Make one: openquality serve --data FOLDER.")
        )
    config = _read_config(path)
    check_database(path, config, database)
    status_key = path / STATUS_KEY
    return Inspected(
        origin=config["origin"],
        vkey=config["vkey"],
        store=open_read_only(database or path / DATABASE),
        tiles=FileTiles(path / LOG),
        operator=signing.load_key(status_key).did if status_key.exists() else None,
    )


def check_database(path: Path, config: dict[str, Any], database: str | None) -> None:
    """Refuse to look for the rows where they are not: that would begin an empty log."""
    elsewhere = config.get("database") == POSTGRESQL
    if elsewhere and database is None:
        raise FolderError(
            path,
            "keeps its rows in PostgreSQL",
            message("Set OPENQUALITY_DATABASE to the database's URL."),
        )
    if database is not None and not elsewhere:
        raise FolderError(
            path,
            f"keeps its rows in {DATABASE}, not in the database of OPENQUALITY_DATABASE",
            message(
                "Unset it, or move the rows: openquality backup, then openquality restore into a "
                "new folder."
            ),
        )


def _own_key(path: Path) -> SigningKey:
    """Load a key beside the log's; a folder of an earlier version gets it when first opened."""
    if not path.exists():
        signing.write_key(path, signing.generate())
    return signing.load_key(path)


def _parties(listed: list[dict[str, Any]]) -> tuple[Accreditor, ...]:
    return tuple(Accreditor(item["did"], tuple(item["schemes"])) for item in listed)


class Lock:
    """Hold a data folder for writing; the system gives the lock back when the process ends."""

    def __init__(self, path: Path) -> None:
        self._handle = os.open(path / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._handle)
            raise FolderError(
                path,
                "is being served by another process",
                message("Use that server, stop it, or give --data another folder."),
            ) from None

    def release(self) -> None:
        """Let another process have the folder."""
        os.close(self._handle)


def _make(path: Path, origin: str, more: dict[str, str]) -> None:
    """Make a folder; a crash on the way leaves one that is made to its end the next time."""
    if (path / DATABASE).exists() or (path / LOG).exists():
        raise FolderError(
            path,
            f"holds a registry without its {CONFIG}",
            message("Restore {config} from a backup.", config=CONFIG),
        )
    (path / KEY).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # A key without a config has signed nothing yet.
    unused = (path / KEY).exists()
    key = (LogKey.load if unused else LogKey.create)(path / KEY, name=origin)
    config = {"v": VERSION, "origin": origin, "vkey": key.vkey, "accreditors": [], **more}
    write_config(path, config)


def retired_file(path: Path, vkey: str) -> Path:
    """Return where the file of a retired key is kept: named by its key id, in hex."""
    return path / f"keys/retired-{vkey.split('+')[1]}.key"  # base64 after it may hold a + too


def intend_key(path: Path, vkey: str, at: str) -> None:
    """Write down that another key of the log is about to take over (`rotation.py`)."""
    write_config(path, _read_config(path) | {"nextKey": {"vkey": vkey, "at": at}})


def settle_key(path: Path) -> dict[str, Any]:
    """Make the key that was to take over the log's key, and retire the one before it."""
    config = _read_config(path)
    intended = config.pop("nextKey")
    former = {"vkey": config["vkey"], "until": intended["at"]}
    config["retiredKeys"] = [*config.get("retiredKeys", []), former]
    config["vkey"] = intended["vkey"]
    write_config(path, config)
    return config


def write_config(path: Path, config: dict[str, Any]) -> None:
    """Replace the folder's config, durably."""
    temporary = path / f".{CONFIG}.tmp"
    with temporary.open("wb") as file:
        file.write(orjson.dumps(config, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path / CONFIG)
    synchronise(path)


def _read_config(path: Path) -> dict[str, Any]:
    try:
        config = documents.parse_object((path / CONFIG).read_bytes()).value
    except MalformedDocument as error:
        raise FolderError(
            path, f"has an unreadable {CONFIG}: {error.message}", error.hint
        ) from None
    version = config.get("v")
    if type(version) is int and version > VERSION:
        raise FolderError(
            path,
            f"was written by a newer version of openquality (format {version}, this one knows "
            f"{VERSION}); nothing was changed",
            message("Upgrade: pip install --upgrade 'openquality[registry]'."),
        )
    if type(version) is not int or version != VERSION or not _is_config(config):
        raise FolderError(
            path,
            f"has a {CONFIG} that does not hold v, origin, vkey and accreditors as it should",
            message("Restore it from a backup, or see docs/guide/operate.md."),
        )
    return config


def _is_config(config: dict[str, Any]) -> bool:
    return (
        isinstance(config.get("origin"), str)
        and isinstance(config.get("vkey"), str)
        and _are_parties(config.get("accreditors"))
        and _are_parties(config.get("registrars", []))
    )


def _are_parties(listed: object) -> bool:
    return isinstance(listed, list) and all(
        isinstance(item, dict)
        and isinstance(item.get("did"), str)
        and isinstance(item.get("schemes"), list)
        and all(isinstance(scheme, str) for scheme in item["schemes"])
        for item in listed
    )
