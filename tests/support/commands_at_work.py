"""The command as its users call it, outside a single test: a folder, a home, and what it said."""

import contextlib
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest

from openquality.cli.main import main


@dataclass(frozen=True, slots=True)
class Told:
    """What one call of the command said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401 - any JSON value
        return orjson.loads(self.out)


@contextlib.contextmanager
def home(folder: Path) -> Iterator[None]:
    """Let the command have a home of its own, and remember no registry."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(folder))
        for name in ("OPENQUALITY_REGISTRY", "OPENQUALITY_TOKEN", "OPENQUALITY_DEBUG"):
            patch.delenv(name, raising=False)
        yield


def call(folder: Path, *arguments: str | Path) -> Told:
    """Call the command in a folder, in this process."""
    before = Path.cwd()
    written = [io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2)]
    os.chdir(folder)
    try:
        with contextlib.redirect_stdout(written[0]), contextlib.redirect_stderr(written[1]):
            code = main([str(each) for each in arguments])
    finally:
        os.chdir(before)
    out, err = (each.buffer.getvalue().decode() for each in written)  # type: ignore[attr-defined]  # a BytesIO
    assert "Traceback" not in err
    return Told(code, out, err)
