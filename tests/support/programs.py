"""Programs that are no modules: found by their file, loaded under a name."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType


def load(place: Path, name: str) -> ModuleType:
    """Run a program's file as a module of this name."""
    spec = importlib.util.spec_from_file_location(name, place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
