"""Brings the graph's schema up to date: numbered Cypher files and a chain of history nodes.

The files are ``cypher/schema/V0001__name.cypher`` and so on. Files and history follow the
convention of neo4j-migrations (https://github.com/michael-simons/neo4j-migrations), so that its
tools can read and run them too. Statements that change the schema and statements that change data
are in separate files, because Neo4j does not accept both in one transaction. A data statement that
may change many rows commits in batches (``IN TRANSACTIONS``), so that it needs little memory.
Schema statements have IF NOT EXISTS, and batched statements are safe to repeat: a process that is
killed between a statement and its record repeats both.
"""

from __future__ import annotations

import getpass
import re
import time
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, LiteralString, cast
from uuid import uuid4

from neo4j import RoutingControl
from neo4j.exceptions import ClientError, ConstraintError, Neo4jError

from attrigraph.errors import SchemaError
from attrigraph.graph.catalogue import query
from attrigraph.settings import DATABASE
from attrigraph.shipped import shipped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from neo4j import Driver, ManagedTransaction

BASELINE: Final = "BASELINE"
_FILE: Final = re.compile(r"V(?P<version>\d{4})__(?P<name>\w+)\.cypher")
_STATEMENT_END: Final = re.compile(r";(?:\r?\n|\r|$)")
_SCHEMA_STATEMENT: Final = re.compile(
    r"(?:\s|//[^\n]*\n)*(?:CYPHER\s+\d+\s+)?(?:CREATE|DROP)\s+(?:\w+\s+)?(?:CONSTRAINT|INDEX)\b",
    re.IGNORECASE,
)
_BATCHED_STATEMENT: Final = re.compile(r"}\s*IN\s+TRANSACTIONS\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered file.

    Attributes:
        version: its number, such as ``0001``.
        description: its name with spaces instead of underscores.
        source: its file name.
        statements: its statements, in order.
    """

    version: str
    description: str
    source: str
    statements: tuple[LiteralString, ...]

    @property
    def checksum(self) -> str:
        """CRC32 over the statements' bytes, as neo4j-migrations computes it."""
        checksum = 0
        for statement in self.statements:
            checksum = zlib.crc32(statement.encode(), checksum)
        return str(checksum)

    @property
    def changes_schema(self) -> bool:
        """Whether it creates or drops constraints or indexes, rather than changing data."""
        return any(_SCHEMA_STATEMENT.match(statement) for statement in self.statements)

    @property
    def batched(self) -> bool:
        """Whether it changes data in several transactions of its own."""
        return any(_BATCHED_STATEMENT.search(statement) for statement in self.statements)

    def __str__(self) -> str:
        return f"{self.version} {self.description}"


@dataclass(frozen=True, slots=True)
class Applied:
    """One migration as recorded in the graph."""

    version: str
    description: str
    checksum: str


def read_migrations(folder: Path | None = None) -> tuple[Migration, ...]:
    """The migrations of a folder by ascending version; by default the project's own.

    Raises:
        SchemaError: the name of a file is invalid, or two files have the same version.
    """
    files = sorted((folder or shipped("cypher") / "schema").glob("*.cypher"))
    migrations = tuple(_read(file) for file in files)
    versions = [migration.version for migration in migrations]
    for version in versions:
        if versions.count(version) > 1:
            raise SchemaError(f"two migrations of the graph have version {version}")
    return migrations


def _read(file: Path) -> Migration:
    match = _FILE.fullmatch(file.name)
    if match is None:
        raise SchemaError(f"migrations must be named like V0001__name.cypher, got {file.name}")
    parts = (part.strip() for part in _STATEMENT_END.split(file.read_text(encoding="utf-8")))
    # the files belong to the project, so their text is as literal as a string in the source
    statements = cast("tuple[LiteralString, ...]", tuple(part for part in parts if part))
    return Migration(match["version"], match["name"].replace("_", " "), file.name, statements)


def pending(driver: Driver, migrations: Sequence[Migration] | None = None) -> tuple[Migration, ...]:
    """The migrations that were not applied to this graph yet, in order.

    Raises:
        SchemaError: the graph has a migration that this version does not have, or that differs.
    """
    available = read_migrations() if migrations is None else tuple(migrations)
    records = driver.execute_query(
        query("migrations/history").text, database_=DATABASE, routing_=RoutingControl.READ
    ).records
    applied = [Applied(**record.data()) for record in records]
    _compare(available, applied)
    versions = {migration.version for migration in applied}
    return tuple(migration for migration in available if migration.version not in versions)


def _compare(available: Sequence[Migration], applied: Sequence[Applied]) -> None:
    by_version = {migration.version: migration for migration in available}
    for recorded in applied:
        migration = by_version.get(recorded.version)
        if migration is None:
            raise SchemaError(
                f"the graph's schema is newer than this attrigraph: it has migration "
                f"{recorded.version} ({recorded.description}); upgrade attrigraph"
            )
        if migration.checksum != recorded.checksum:
            raise SchemaError(
                f"the graph was migrated with a different {migration.source} (checksum "
                f"{recorded.checksum}, expected {migration.checksum}); use the attrigraph that "
                "migrated it, or an empty graph"
            )


def migrate(driver: Driver, migrations: Sequence[Migration] | None = None) -> tuple[Migration, ...]:
    """Run the pending migrations in order, and return them.

    Safe to repeat, and to run from several processes at the same time: all but one wait.

    Raises:
        SchemaError: see ``pending``; or a statement of a migration fails.
    """
    with _alone(driver):
        todo = pending(driver, migrations)
        available = read_migrations() if migrations is None else tuple(migrations)
        for migration in todo:
            earlier = [other.version for other in available if other.version < migration.version]
            _apply(driver, migration, earlier[-1] if earlier else BASELINE)
    if todo:
        # outside the lock: the server may be dropping the index of a constraint that a killed
        # process was creating, and needs the label that the lock holds
        driver.execute_query("CALL db.awaitIndexes(3600)", database_=DATABASE)
    return todo


@contextmanager
def _alone(driver: Driver) -> Iterator[None]:
    """Let other migrating processes wait; see ``cypher/migrations/hold_lock.cypher``."""
    for name in ("migrations/constrain_lock_id", "migrations/constrain_lock_name"):
        _constrain(driver, name)
    with driver.session(database=DATABASE) as session, session.begin_transaction() as lock:
        try:
            lock.run(query("migrations/hold_lock").text, id=str(uuid4())).consume()
        except ConstraintError as error:
            raise SchemaError(
                "another tool left its lock of migrations in the graph (a node with the label "
                "__Neo4jMigrationsLock); if no migration is running, delete it"
            ) from error
        try:
            yield
        finally:
            # leaving the block would commit
            lock.rollback()


def _constrain(driver: Driver, name: str) -> None:
    try:
        driver.execute_query(query(name).text, database_=DATABASE)
    except ClientError as error:
        # a race: IF NOT EXISTS looks before the other process has committed
        if "AlreadyExists" not in (error.code or ""):
            raise


def _apply(driver: Driver, migration: Migration, previous: str) -> None:
    # notifications on names that an empty graph does not have yet are expected
    with driver.session(database=DATABASE, notifications_min_severity="OFF") as session:
        begun = time.monotonic()
        try:
            if not (migration.changes_schema or migration.batched):
                session.execute_write(_run_and_record, migration, previous, begun)
                return
            for statement in migration.statements:
                # not a managed transaction: batches make their own
                session.run(statement).consume()
            session.execute_write(_record, migration, previous, begun)
        except Neo4jError as error:
            raise SchemaError(f"{migration.source} failed: {error.message}") from error


def _run(transaction: ManagedTransaction, statements: Sequence[LiteralString]) -> None:
    for statement in statements:
        transaction.run(statement).consume()


def _run_and_record(
    transaction: ManagedTransaction, migration: Migration, previous: str, begun: float
) -> None:
    _run(transaction, migration.statements)
    _record(transaction, migration, previous, begun)


def _record(
    transaction: ManagedTransaction, migration: Migration, previous: str, begun: float
) -> None:
    transaction.run(
        query("migrations/record").text,
        previous=previous,
        migration={
            "version": migration.version,
            "description": migration.description,
            "type": "CYPHER",
            "source": migration.source,
            "checksum": migration.checksum,
        },
        milliseconds=int((time.monotonic() - begun) * 1000),
        by=getpass.getuser(),
    ).consume()
