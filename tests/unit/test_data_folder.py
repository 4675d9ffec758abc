"""The data folder: made once, opened again, refused when it is not what it should be."""

import stat
from pathlib import Path

import orjson
import pytest
from sqlalchemy import create_engine

from openquality_registry.adapters.signing import LogKey
from openquality_registry.folder import FolderError, Lock, open_folder, retired_file
from openquality_registry.log.errors import UnusableKey


def made(path: Path, origin: str | None = None) -> bytes:
    open_folder(path, create=True, origin=origin).close()
    return (path / "config.json").read_bytes()


def rewrite(path: Path, **members: object) -> None:
    config = orjson.loads((path / "config.json").read_bytes())
    (path / "config.json").write_bytes(orjson.dumps(config | members))


def test_a_folder_keeps_the_origin_and_key_that_it_was_made_with(tmp_path: Path) -> None:
    first = made(tmp_path / "data", "example.com/quality")
    folder = open_folder(tmp_path / "data", create=True, origin="example.org/other")
    assert folder.origin == folder.signer.name == "example.com/quality"
    assert orjson.loads(first)["vkey"] == folder.signer.vkey
    folder.close()
    assert (tmp_path / "data" / "config.json").read_bytes() == first


def test_folders_without_a_named_origin_have_origins_of_their_own(tmp_path: Path) -> None:
    origins = {orjson.loads(made(tmp_path / name))["origin"] for name in "ab"}
    assert len(origins) == 2
    assert all(origin.startswith("registry.invalid/") for origin in origins)


def test_the_key_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    made(tmp_path)
    assert stat.S_IMODE((tmp_path / "keys" / "log.key").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    (tmp_path / "keys" / "log.key").chmod(0o644)
    with pytest.raises(UnusableKey):
        open_folder(tmp_path)


def test_the_file_of_a_retired_key_is_named_by_its_id(tmp_path: Path) -> None:
    vkey = "log.example/demo+6bd2f923+Ab+/w+JvcnI="  # base64 has + and / of its own
    assert retired_file(tmp_path, vkey) == tmp_path / "keys/retired-6bd2f923.key"


def test_reading_makes_no_folder(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match=r"has no config\.json"):
        open_folder(tmp_path / "data")
    assert not (tmp_path / "data").exists()


def test_a_folder_whose_making_was_interrupted_is_made_to_its_end(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    key = LogKey.create(tmp_path / "keys" / "log.key", name="unused.example")
    (tmp_path / ".config.json.tmp").write_bytes(b'{"v":')
    made(tmp_path, "example.com/quality")
    folder = open_folder(tmp_path)
    # The same key under its name: the last part of a verifier key is the public key.
    assert folder.signer.vkey.rpartition("+")[2] == key.vkey.rpartition("+")[2]
    folder.close()


def test_a_registry_without_its_config_is_not_made_anew(tmp_path: Path) -> None:
    made(tmp_path)
    (tmp_path / "config.json").unlink()
    with pytest.raises(FolderError, match="without its config"):
        open_folder(tmp_path, create=True)


def test_the_key_of_another_folder_is_refused(tmp_path: Path) -> None:
    made(tmp_path / "a")
    made(tmp_path / "b")
    (tmp_path / "a/keys/log.key").write_bytes((tmp_path / "b/keys/log.key").read_bytes())
    with pytest.raises(FolderError, match="another key"):
        open_folder(tmp_path / "a")


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    made(tmp_path)
    rewrite(tmp_path, v=2, somethingNew=True)
    with pytest.raises(FolderError, match=r"newer version.*pip install --upgrade"):
        open_folder(tmp_path)


@pytest.mark.parametrize(
    "members",
    [
        {"v": 0},
        {"v": "1"},
        {"v": True},
        {"origin": 7},
        {"accreditors": {}},
        {"accreditors": [{"did": "did:key:z6Mk"}]},
        {"accreditors": [{"did": "did:key:z6Mk", "schemes": [1]}]},
    ],
)
def test_a_config_that_is_none_is_refused(tmp_path: Path, members: dict[str, object]) -> None:
    made(tmp_path)
    rewrite(tmp_path, **members)
    with pytest.raises(FolderError, match=r"config\.json"):
        open_folder(tmp_path)


def test_an_unreadable_config_is_refused(tmp_path: Path) -> None:
    made(tmp_path)
    (tmp_path / "config.json").write_bytes(b"{")
    with pytest.raises(FolderError, match="unreadable"):
        open_folder(tmp_path)


def test_accreditors_come_from_the_config(tmp_path: Path) -> None:
    made(tmp_path)
    rewrite(tmp_path, accreditors=[{"did": "did:key:z6Mk", "schemes": ["ISO 9001"]}])
    folder = open_folder(tmp_path)
    (accreditor,) = folder.accreditors
    assert (accreditor.did, accreditor.schemes) == ("did:key:z6Mk", ("ISO 9001",))
    folder.close()


def test_a_folder_has_one_writer_at_a_time(tmp_path: Path) -> None:
    lock = Lock(tmp_path)
    with pytest.raises(FolderError, match="another process"):
        Lock(tmp_path)
    lock.release()
    Lock(tmp_path).release()


def test_a_database_is_durable_by_its_settings(tmp_path: Path) -> None:
    made(tmp_path)
    folder = open_folder(tmp_path)
    with folder.store.write.connect() as connection:
        # SQLite's numbers: synchronous FULL is 2.
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
    folder.close()
    plain = create_engine(f"sqlite:///{tmp_path / 'registry.sqlite'}")
    with plain.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
    plain.dispose()
