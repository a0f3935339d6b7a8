"""Where Alembic finds the models and a connection.

`attrigraph migrate` hands its own connection over, inside a transaction that holds a lock. The
`alembic` command of a developer gets one to the stores of the environment or of the home.
"""

from __future__ import annotations

from alembic import context

from attrigraph.bootstrap import resolve_addresses
from attrigraph.settings import Settings
from attrigraph.store.engine import open_engine
from attrigraph.store.models import Base


def run(connection) -> None:
    """Run the revisions on this connection."""
    context.configure(connection=connection, target_metadata=Base.metadata, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    engine = open_engine(resolve_addresses(Settings()).postgres_url.get_secret_value())
    with engine.connect() as connection:
        run(connection)
        connection.commit()
    engine.dispose()
