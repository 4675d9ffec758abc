"""An empty store in each of the two databases."""

import contextlib
from collections.abc import Iterator

import pytest
from postgres import database

from openquality_registry.adapters.sql.opening import open_store
from openquality_registry.adapters.sql.store import SqlStore


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def store(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SqlStore]:
    with contextlib.ExitStack() as stack:
        place = (
            stack.enter_context(database())
            if request.param == "postgresql"
            else tmp_path_factory.mktemp("store") / "registry.sqlite"
        )
        yield stack.enter_context(contextlib.closing(open_store(place)))
