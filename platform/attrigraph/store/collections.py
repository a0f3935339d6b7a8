"""Collections of vectors, by name or alias: make, describe, list, rename and delete them."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final, cast

from psycopg import sql
from sqlalchemy import delete, func, insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from attrigraph.errors import InputError
from attrigraph.similarity.metric import METRICS
from attrigraph.store.engine import sql_errors
from attrigraph.store.models import Collection, CollectionAlias, Embedding
from attrigraph.store.own_writes import DELETED, record_write

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import Connection, Engine, Select

    from attrigraph.similarity.filters import FieldType
    from attrigraph.similarity.metric import Metric

MAX_DIMENSION: Final = 4000
"""Most dimensions that pgvector's index takes in 16-bit floats."""

NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@:-]{0,62}")

# any number, the same for all who change names: bytes of "names"
_NAMES_LOCK: Final = 0x6E616D6573


@dataclass(frozen=True, slots=True)
class CollectionSpec:
    """What makes vectors comparable.

    Attributes:
        kind: what the keys are, such as ``campaign``.
        dimension: of every vector, 1 to 4,000.
        metric: the distance.
        embedder: that makes the vectors; ``caller`` where the caller gives them.
        embedder_version: changes whenever its vectors would.
    """

    kind: str
    dimension: int
    metric: Metric = "cosine"
    embedder: str = "caller"
    embedder_version: str = "1"

    def __post_init__(self) -> None:
        """Check what Postgres would refuse.

        Raises:
            InputError: the dimension or the metric is none.
        """
        if not 1 <= self.dimension <= MAX_DIMENSION:
            raise InputError(
                f"vectors must have 1 to {MAX_DIMENSION:,} dimensions, got {self.dimension}"
            )
        if self.metric not in METRICS:
            raise InputError(f"the metric must be one of {', '.join(METRICS)}; got {self.metric!r}")


@dataclass(frozen=True, slots=True)
class CollectionInfo:
    """A collection as it is.

    Attributes:
        id: its number.
        name: by which it was made.
        aliases: its other names, sorted.
        spec: what its vectors are.
        version: counts the writes.
        fields: type of each field that metadata have.
        created: when, UTC.
        ef_search: candidates that a search in its index keeps, as measured by ``build_index``; 0
            where all vectors are compared, None where it was not measured.
    """

    id: int
    name: str
    aliases: tuple[str, ...]
    spec: CollectionSpec
    version: int
    fields: dict[str, FieldType]
    created: datetime
    ef_search: int | None = None


def create_collection(
    engine: Engine,
    name: str,
    spec: CollectionSpec,
    *,
    fields: Mapping[str, FieldType] | None = None,
) -> CollectionInfo:
    """Make an empty collection.

    Args:
        engine: of ``vector_engine``.
        name: of the collection.
        spec: what its vectors are.
        fields: types of fields that metadata will have; None for none that are known yet.

    Raises:
        InputError: the name is taken or no name.
    """
    _check_name(name)
    row = {
        "name": name,
        "kind": spec.kind,
        "dimension": spec.dimension,
        "metric": spec.metric,
        "embedder": spec.embedder,
        "embedder_version": spec.embedder_version,
        "version": 0,
        "fields": dict(fields or {}),
        "created": datetime.now(UTC),
    }
    with _transaction(engine) as connection:
        _lock_names(connection)
        taken = connection.scalar(select(Collection.id).where(Collection.name == name))
        if taken is not None or connection.scalar(_named_by(name)) is not None:
            raise InputError(f"there is a collection {name!r} already; delete it, or name another")
        connection.execute(insert(Collection).values(row))
    return read_collection(engine, name)


def read_collection(engine: Engine, name: str) -> CollectionInfo:
    """The collection of a name or an alias.

    Raises:
        InputError: there is none; the sentence lists those that are there.
    """
    with sql_errors(engine.url), Session(engine) as session:
        found = session.scalar(_by_name(name))
        if found is not None:
            return _info(session, found)
        known = sorted(
            [
                *session.scalars(select(Collection.name)),
                *session.scalars(select(CollectionAlias.name)),
            ]
        )
    close = get_close_matches(name, known, n=1)
    meant = f"; did you mean {close[0]!r}?" if close else ""
    raise InputError(
        f"there is no collection {name!r}{meant} (there is {', '.join(known) or 'none'})"
    )


def list_collections(engine: Engine) -> tuple[CollectionInfo, ...]:
    """All collections, by name."""
    with sql_errors(engine.url), Session(engine) as session:
        every = session.scalars(select(Collection).order_by(Collection.name))
        return tuple(_info(session, each) for each in every)


def count_vectors(engine: Engine, collection: CollectionInfo) -> int:
    """How many vectors a collection has."""
    counted = select(func.count()).where(Embedding.collection == collection.id)
    with sql_errors(engine.url), engine.connect() as connection:
        return connection.execute(counted).scalar_one()


def count_bytes(engine: Engine, collection: CollectionInfo) -> int:
    """Bytes of the vectors of a collection, of their metadata and of its index."""
    statement = text(
        "SELECT coalesce(sum(pg_column_size(embedding)), 0)::bigint "
        "+ coalesce(pg_relation_size(to_regclass(:index)), 0) "
        "FROM embedding WHERE collection = :collection"
    )
    parameters = {"collection": collection.id, "index": index_name(collection.id)}
    with sql_errors(engine.url), engine.connect() as connection:
        return int(connection.execute(statement, parameters).scalar_one())


def delete_collection(engine: Engine, name: str) -> None:
    """Delete a collection with its vectors, its index and its aliases.

    Raises:
        InputError: there is none of that name.
    """
    found = read_collection(engine, name)
    with _transaction(engine) as connection:
        _delete(connection, found.id)
    record_write(engine, found.id, DELETED)


def set_alias(engine: Engine, alias: str, name: str, *, delete_previous: bool = False) -> None:
    """Let an alias name a collection from now on, whatever it named before, in one step.

    Args:
        engine: of the server.
        alias: the further name.
        name: of the collection.
        delete_previous: whether to delete the collection that it named before in the same step.

    Raises:
        InputError: there is no collection of that name, or one that has the alias as its name.
    """
    _check_name(alias)
    found = read_collection(engine, name)
    statement = upsert(CollectionAlias).values(name=alias, collection=found.id)
    with _transaction(engine) as connection:
        _lock_names(connection)
        if connection.scalar(select(Collection.id).where(Collection.name == alias)) is not None:
            raise InputError(f"{alias!r} is the name of a collection and cannot be an alias")
        previous = connection.scalar(_named_by(alias))
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=[CollectionAlias.name], set_={"collection": found.id}
            )
        )
        replaced = previous if delete_previous and previous != found.id else None
        if replaced is not None:
            _delete(connection, replaced)
    if replaced is not None:
        record_write(engine, replaced, DELETED)


def index_name(collection: int) -> str:
    """The name of the index of a collection."""
    return f"ix_embedding_vector_{collection:d}"


def vector_sql(dimension: int) -> sql.SQL:
    """SQL of the vector of ``embedding`` as the index of a collection has it."""
    # an integer of our own table; an index needs it in its text
    return sql.SQL(f"vector::halfvec({dimension:d})")


def _check_name(name: str) -> None:
    if not NAME.fullmatch(name):
        raise InputError(
            f"the name of a collection has 1 to 63 letters, digits and _ . @ : -, "
            f"and begins with a letter or digit; got {name!r}"
        )


@contextmanager
def _transaction(engine: Engine) -> Iterator[Connection]:
    """All or nothing, also where each statement of the engine is by itself otherwise."""
    whole = engine.execution_options(isolation_level="READ COMMITTED")
    with sql_errors(engine.url), whole.begin() as connection:
        yield connection


def _lock_names(connection: Connection) -> None:
    """Names and aliases are looked at and changed by one at a time."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _NAMES_LOCK})


def _delete(connection: Connection, collection: int) -> None:
    # the index goes first: deleting entries of it one by one takes far longer
    connection.execute(text(f"DROP INDEX IF EXISTS {index_name(collection)}"))
    connection.execute(delete(Embedding).where(Embedding.collection == collection))
    connection.execute(delete(Collection).where(Collection.id == collection))


def _named_by(alias: str) -> Select[int]:
    return select(CollectionAlias.collection).where(CollectionAlias.name == alias)


def _by_name(name: str) -> Select[Collection]:
    own = Collection.name == name
    return select(Collection).where(own | Collection.id.in_(_named_by(name)))


def _info(session: Session, row: Collection) -> CollectionInfo:
    own = select(CollectionAlias.name).where(CollectionAlias.collection == row.id)
    return CollectionInfo(
        row.id,
        row.name,
        tuple(session.scalars(own.order_by(CollectionAlias.name))),
        CollectionSpec(
            row.kind,
            row.dimension,
            cast("Metric", row.metric),
            row.embedder,
            row.embedder_version,
        ),
        row.version,
        dict(row.fields),
        row.created,
        row.ef_search,
    )
