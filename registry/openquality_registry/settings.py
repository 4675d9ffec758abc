"""What an operator may set, from the environment (`OPENQUALITY_…`) or the command line."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from openquality_registry.access.policy import MAX_QUOTA, Policy, Rule
from openquality_validator.envelope import MAX_BYTES
from openquality_validator.errors import OpenQualityError
from openquality_validator.message import message

PREFIX = "OPENQUALITY_"

Count = Annotated[int, Field(ge=1)]


class Settings(BaseSettings):
    """Hold the settings of one server; docs/guide/operate.md explains each."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True)

    data: Annotated[Path, Field(description="the data folder; made if it is not there")] = Path(
        "openquality-data"
    )
    database: Annotated[
        SecretStr | None,
        Field(
            description="the URL of a PostgreSQL database, as postgresql+psycopg://user@host/name; "
            "without one, SQLite in the data folder"
        ),
    ] = None
    copies: Annotated[
        str,
        Field(
            description="where copies of the log are kept: URLs or folders, with blanks between; "
            "after a restore they say how long the log had become"
        ),
    ] = ""
    origin: Annotated[
        str | None,
        Field(description="the name of the log of a new data folder, such as example.com/quality"),
    ] = None
    host: Annotated[str, Field(description="the address to listen on")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535, description="the port; 0 takes a free one")] = 8080
    token: Annotated[
        SecretStr | None,
        Field(description="a token that publishes; where one is set, the rule is `invited`"),
    ] = None
    admission: Annotated[
        Rule | None,
        Field(description="whose statements are admitted: open, invited, L1 or L2"),
    ] = None
    client_per_day: Annotated[
        int,
        Field(ge=0, le=MAX_QUOTA, description="new statements a day of each client; 0 is no limit"),
    ] = 0
    issuer_per_day: Annotated[
        int,
        Field(
            ge=0,
            le=MAX_QUOTA,
            description="new statements a day of each issuer from L1 upwards; 0 is no limit",
        ),
    ] = 0
    public_url: Annotated[
        str | None,
        Field(
            pattern=r"^https://[a-z0-9.-]+(:[0-9]{1,5})?/?$",
            description="where everybody reaches this registry; hosted identities and status lists "
            "stand under it",
        ),
    ] = None
    witnesses: Annotated[
        Path | None,
        Field(description="a C2SP policy file; its witnesses with a URL cosign the checkpoints"),
    ] = None
    time_authorities: Annotated[
        Path | None,
        Field(description="a JSON file of time authorities (docs/spec/time.md)"),
    ] = None
    time_interval: Annotated[
        float, Field(ge=1, description="seconds between two tokens of a time authority")
    ] = 3_600
    receivers: Annotated[
        str,
        Field(
            description="origins within your own network that webhooks may go to, with blanks "
            "between, such as http://10.1.2.3:8000; every other receiver is public and https"
        ),
    ] = ""
    max_statement_bytes: Annotated[
        int, Field(ge=1_024, le=MAX_BYTES, description="the longest statement")
    ] = MAX_BYTES
    max_batch_bytes: Annotated[Count, Field(description="the longest batch body")] = 16_777_216
    max_batch_lines: Annotated[Count, Field(description="the most lines in a batch")] = 5_000
    max_batches: Annotated[Count, Field(description="batches worked on at the same time")] = 4
    max_evidence_bytes: Annotated[
        int, Field(ge=0, description="the longest data file for recomputation; 0 takes none")
    ] = 16_777_216
    max_evidence_total: Annotated[
        int, Field(ge=0, description="how many bytes all data files may have together")
    ] = 10_737_418_240
    max_check_bytes: Annotated[
        int,
        Field(ge=1_024, le=67_108_864, description="the longest file on the page that validates"),
    ] = 5_242_880
    workers: Annotated[
        int, Field(ge=0, description="processes that check batches; 0 checks in the server")
    ] = 2
    rate: Annotated[
        float, Field(ge=0, description="POST requests a second for each client; 0 is no limit")
    ] = 200
    burst: Annotated[Count, Field(description="POST requests that a client may send at once")] = (
        1_000
    )

    @property
    def database_url(self) -> str | None:
        """The URL of the PostgreSQL database, if there is one."""
        return self.database.get_secret_value() if self.database else None

    def policy(self) -> Policy:
        """Return the admission policy of the settings, which an operator may replace."""
        default = Rule.OPEN if self.token is None else Rule.INVITED
        return Policy(self.admission or default, self.client_per_day, self.issuer_per_day)


@dataclass(eq=False)
class WrongSetting(OpenQualityError):
    """Name a setting that is not valid."""

    name: str
    problem: str

    def __str__(self) -> str:
        return message(
            "The setting {name} is not valid: {problem}. Mend --{name} or {prefix}{upper}.",
            name=self.name,
            problem=self.problem,
            prefix=PREFIX,
            upper=self.name.upper(),
        )


def load(**given: object) -> Settings:
    """Join what was given (None counts as not given) with the environment.

    Raises WrongSetting.
    """
    chosen = {name: value for name, value in given.items() if value is not None}
    try:
        return Settings(**chosen)  # type: ignore[arg-type]  # pydantic checks them
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else "?"
        raise WrongSetting(name.lower(), first["msg"]) from None
