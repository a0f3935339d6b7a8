"""Brings the schema of Postgres up to date with Alembic; the revisions are in ``migrations/``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from alembic.command import upgrade
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from attrigraph.errors import SchemaError
from attrigraph.shipped import shipped
from attrigraph.store.pgvector_version import check_pgvector

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

# any number, the same for all who migrate: bytes of "attri"
_LOCK: Final = 0x6174747269


def pending(engine: Engine) -> tuple[str, ...]:
    """The revisions this database has not seen yet, in the order they must run.

    Raises:
        SchemaError: the database has seen one that the code does not have, or pgvector is missing
            or too old.
    """
    with engine.connect() as connection:
        check_pgvector(connection)
        return _pending(connection, ScriptDirectory.from_config(_config()))


def migrate(engine: Engine) -> tuple[str, ...]:
    """Run what is pending; the names of the revisions that were run.

    Safe to repeat and to run from several processes at once: all but one wait. All of it is one
    transaction: a failure leaves what was there.

    Raises:
        SchemaError: as ``pending``, or a revision fails.
    """
    config = _config()
    try:
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            check_pgvector(connection)
            todo = _pending(connection, ScriptDirectory.from_config(config))
            if todo:
                _upgrade(connection, config)
    except DBAPIError as error:
        raise SchemaError(f"a migration of Postgres failed: {error.orig}") from error
    return todo


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(shipped("migrations")).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _pending(connection: Connection, scripts: ScriptDirectory) -> tuple[str, ...]:
    seen = MigrationContext.configure(connection).get_current_heads()
    revisions = {script.revision for script in scripts.walk_revisions()}
    for revision in seen:
        if revision not in revisions:
            raise SchemaError(
                "the schema of Postgres is newer than this attrigraph: it has seen revision "
                f"{revision}; upgrade attrigraph"
            )
    todo = scripts.iterate_revisions("heads", seen or "base")
    return tuple(f"{script.revision} {script.doc}" for script in reversed(list(todo)))


def _upgrade(connection: Connection, config: Config) -> None:
    config.attributes["connection"] = connection
    upgrade(config, "heads")
