"""A user's machine for acceptance tests: a home of its own, the command, and a running registry."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import orjson
import postgres
import programs
import pytest
import registry_at_work
from registry_at_work import RunRegistry

from openquality.cli.main import main


@dataclass(frozen=True, slots=True)
class Ran:
    """What one call of the command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401 - any JSON value
        return orjson.loads(self.out)


Run = Callable[..., Ran]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a fresh current folder, and a home that remembers nothing."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    for name in ("OPENQUALITY_REGISTRY", "OPENQUALITY_TOKEN", "OPENQUALITY_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return work


@pytest.fixture
def run(machine: Path, capfd: pytest.CaptureFixture[str]) -> Run:
    """Call the command as a user does, in this process."""
    assert machine.is_dir()

    def call(*arguments: str | Path) -> Ran:
        capfd.readouterr()
        code = main([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        assert "Traceback" not in err
        assert "defect of openquality" not in err
        return Ran(code, out, err)

    return call


@pytest.fixture
def supplier(run: Run, machine: Path) -> Path:
    """Give a folder with a key and a record whose claim is the supplier's own."""
    assert run("init", "--name", "Nordbolt GmbH", "--country", "DE").code == 0
    record = machine / "attestation.json"
    record.write_bytes(record.read_bytes().replace(b"#example", b"#c1"))
    return machine


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run a registry on a free port, and give its address."""
    from openquality_registry import bootstrap
    from openquality_registry.http import server
    from openquality_registry.http.app import create_app
    from openquality_registry.settings import load

    settings = load(data=tmp_path_factory.mktemp("registry") / "data", port=0, workers=0)
    listening = server.listen(settings.host, settings.port)
    parts = bootstrap.build(settings)
    try:
        with server.background(create_app(parts), listening, stopping=parts.bell.close) as address:
            yield address
    finally:
        parts.close()


DatabaseOf = Callable[[Path], str | None]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database_of(request: pytest.FixtureRequest) -> Iterator[DatabaseOf]:
    """Give what names the database of a data folder: none, which is SQLite, or PostgreSQL's URL.

    Every test that uses it runs on both.
    """
    with ExitStack() as databases:

        @cache
        def of(_folder: Path) -> str | None:
            if request.param == "sqlite":
                return None
            return databases.enter_context(postgres.database())

        yield of


@pytest.fixture(scope="module")
def run_registry(database_of: DatabaseOf) -> RunRegistry:
    """Run a registry in a data folder, on either database."""
    return lambda folder, **settings: registry_at_work.registry(
        folder, database=database_of(folder), **settings
    )


@pytest.fixture(scope="session")
def delivery_history() -> Path:
    """Give the file of the delivery history, which is not part of the project."""
    name = os.environ.get("OPENQUALITY_SCMS")
    if not name:
        pytest.skip("OPENQUALITY_SCMS does not name the delivery history")
    return Path(name)


@pytest.fixture(scope="session")
def scms() -> ModuleType:
    """Give the example that measures the delivery history."""
    place = Path(__file__).parents[2] / "examples" / "scms" / "scms.py"
    return programs.load(place, "scms")


@pytest.fixture(scope="session")
def found(scms: ModuleType, delivery_history: Path) -> Any:  # noqa: ANN401 - of the example's own types
    """Give what the example measured."""
    return scms.measure(delivery_history)
