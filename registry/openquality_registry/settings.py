"""What an operator may set, from the environment (`OPENQUALITY_…`) or the command line."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from openquality_validator.envelope import MAX_BYTES

Count = Annotated[int, Field(ge=1)]


class Settings(BaseSettings):
    """Hold the settings of one server; docs/guide/operate.md explains each."""

    model_config = SettingsConfigDict(env_prefix="OPENQUALITY_", frozen=True)

    data: Annotated[Path, Field(description="the data folder; made if it is not there")] = Path(
        "openquality-data"
    )
    origin: Annotated[
        str | None,
        Field(description="the name of the log of a new data folder, such as example.com/quality"),
    ] = None
    host: Annotated[str, Field(description="the address to listen on")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535, description="the port; 0 takes a free one")] = 8080
    token: Annotated[
        SecretStr | None,
        Field(description="if set, statements are admitted only with this bearer token"),
    ] = None
    max_statement_bytes: Annotated[
        int, Field(ge=1_024, le=MAX_BYTES, description="the longest statement")
    ] = MAX_BYTES
    max_batch_bytes: Annotated[Count, Field(description="the longest batch body")] = 16_777_216
    max_batch_lines: Annotated[Count, Field(description="the most lines in a batch")] = 5_000
    max_batches: Annotated[Count, Field(description="batches worked on at the same time")] = 4
    workers: Annotated[
        int, Field(ge=0, description="processes that check batches; 0 checks in the server")
    ] = 2
    rate: Annotated[
        float, Field(ge=0, description="POST requests a second for each client; 0 is no limit")
    ] = 200
    burst: Annotated[Count, Field(description="POST requests that a client may send at once")] = (
        1_000
    )
