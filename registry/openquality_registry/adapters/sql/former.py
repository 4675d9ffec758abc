"""What rows keep of a former log, when another log goes on with its entries."""

from sqlalchemy import Engine, delete, exists, func, literal, select

from openquality_registry import heads
from openquality_registry.adapters.sql.series import withdraw
from openquality_registry.adapters.sql.store import digest_bytes
from openquality_registry.adapters.sql.trust_tables import anchors, statuses
from openquality_registry.adapters.sql.trust_tables import heads as heads_table
from openquality_validator.status.statement import STATEMENT

_DIGEST = func.substr(statuses.c.target, len(STATEMENT) + 1)
_SPOKEN_OF = (
    select(_DIGEST)
    .where(
        statuses.c.target.startswith(STATEMENT),
        ~exists().where(heads_table.c.name == literal(heads.successor("")) + _DIGEST),
    )
    .distinct()
)


def leave(write: Engine) -> None:
    """Let go of what holds in the former log alone, in one transaction. May be repeated.

    What its status statements took out of answers stands again; what has a successor does not, for
    that is an entry of the new log too. Anchors are words on checkpoints of the former log.
    """
    with write.begin() as connection:
        connection.execute(delete(anchors))
        for digest in connection.execute(_SPOKEN_OF).scalars().all():
            withdraw(connection, digest_bytes(digest), withdrawn=False)
