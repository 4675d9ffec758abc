"""A store of which every entry is taken back, so that one database serves many random logs."""

from sqlalchemy import delete, update

from openquality_registry.adapters.sql.opening import EMPTY
from openquality_registry.adapters.sql.store import SqlStore
from openquality_registry.adapters.sql.tables import log_state, metadata


def empty(store: SqlStore) -> None:
    with store.write.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            if table is not log_state:
                connection.execute(delete(table))
        connection.execute(update(log_state).values(size=0, root=EMPTY.root))
