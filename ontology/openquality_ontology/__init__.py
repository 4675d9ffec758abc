"""The RDF face of the language: generated, one folder per version, and how to read it.

`credentials.jsonld` holds the terms of the W3C context `https://www.w3.org/ns/credentials/v2` that
records use, so that nothing has to be fetched.
"""

from functools import cache
from importlib.resources import files
from typing import Any

import orjson

__all__ = ["CONTEXT", "CREDENTIALS", "VERSION", "contexts", "read"]

VERSION = "1.0"
CREDENTIALS = "https://www.w3.org/ns/credentials/v2"
CONTEXT = "https://w3id.org/openquality/v1"


def read(name: str, *, version: str = VERSION) -> bytes:
    """Return the bytes of one file of a version folder, such as `shapes.ttl`.

    Raises FileNotFoundError for a file or a version that is not shipped.
    """
    return files(__name__).joinpath(version, name).read_bytes()


@cache
def contexts() -> dict[str, Any]:
    """Return the shipped JSON-LD contexts by their address; no other one is ever read."""
    credentials = files(__name__).joinpath("credentials.jsonld").read_bytes()
    return {
        CREDENTIALS: orjson.loads(credentials),
        CONTEXT: orjson.loads(read("context.jsonld")),
    }
