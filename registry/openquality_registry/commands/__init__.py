"""Commands that need the service.

A base install has this package and not what it stands on: say so before anything is imported.
"""

from importlib.util import find_spec

for _name in ("sqlalchemy", "fastapi", "uvicorn"):
    if find_spec(_name) is None:
        raise ModuleNotFoundError(f"No module named {_name!r}", name=_name)
