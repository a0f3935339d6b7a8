"""Vectors of a collection: written in one transaction each time, deleted, and read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from pgvector import HalfVector
from psycopg.types.json import Jsonb

from attrigraph.errors import InputError
from attrigraph.similarity.filters import type_of
from attrigraph.similarity.hyperbolic.distance import check_inside
from attrigraph.store.own_writes import record_write
from attrigraph.store.vector_engine import vector_connection

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import psycopg
    from numpy.typing import NDArray
    from sqlalchemy import Engine

    from attrigraph.similarity.filters import FieldType, Value
    from attrigraph.similarity.metric import Metric
    from attrigraph.store.collections import CollectionInfo

MAX_KEY: Final = 512
"""Longest key, in characters; an index holds it."""

MAX_HALF: Final = 65_504.0
"""Largest number of a 16-bit float."""

MAX_HALF_ZERO: Final = 2.0**-25
"""Largest number that becomes zero in 16 bits."""

CHANNEL: Final = "attrigraph_vectors"
"""Postgres tells listeners of each write: ``COLLECTION:VERSION``."""

COPY: Final = """
COPY written (key, vector, metadata, content_hash) FROM STDIN (FORMAT BINARY)
"""

STAGE: Final = """
CREATE TEMP TABLE written (
    key varchar PRIMARY KEY, vector halfvec, metadata jsonb, content_hash varchar
) ON COMMIT DROP
"""

MERGE: Final = """
INSERT INTO embedding (collection, key, vector, metadata, content_hash)
SELECT %(collection)s, key, vector, metadata, content_hash FROM written
ON CONFLICT (collection, key) DO UPDATE SET vector = excluded.vector,
    metadata = excluded.metadata, content_hash = excluded.content_hash
"""

LOCK: Final = "SELECT fields FROM collection WHERE id = %(collection)s FOR UPDATE"

STAMP: Final = """
UPDATE collection SET version = version + 1, fields = fields || %(fields)s
WHERE id = %(collection)s RETURNING version
"""

NOTIFY: Final = """
SELECT pg_notify(%(channel)s, id || ':' || version) FROM collection WHERE id = %(collection)s
"""


@dataclass(frozen=True, slots=True)
class Vectors:
    """Vectors to write.

    Attributes:
        keys: of what each stands for, each once, ``[n]``.
        vectors: ``[n, dimension]``.
        metadata: by field, ``[n]``; empty for none.
        content_hashes: of what each was made of, ``[n]``; empty for none.
    """

    keys: Sequence[str]
    vectors: NDArray[np.floating[Any]]
    metadata: Sequence[Mapping[str, Value]] = field(default_factory=tuple)
    content_hashes: Sequence[str | None] = field(default_factory=tuple)


def upsert_vectors(engine: Engine, collection: CollectionInfo, given: Vectors) -> int:
    """Write vectors, in the place of those that have the same keys; all or none.

    Args:
        engine: of ``vector_engine``.
        collection: where.
        given: the vectors; none of them changes nothing.

    Returns:
        The version of the collection after it.

    Raises:
        InputError: a vector has another dimension, is not finite, is zero where the metric is
            cosine, or too large for 16 bits; a key is empty, too long or there twice; a field
            of metadata has another type than in the rest of the collection; the collection was
            deleted.
    """
    vectors = check_vectors(given.vectors, collection)
    keys = _checked_keys(given.keys, len(vectors))
    metadata = given.metadata or [{}] * len(keys)
    hashes = given.content_hashes or [None] * len(keys)
    if not len(metadata) == len(hashes) == len(keys):
        raise InputError(
            f"there are {len(keys)} keys, {len(metadata)} metadata and {len(hashes)} content "
            "hashes; give one of each for each vector"
        )
    if not keys:
        return collection.version
    with vector_connection(engine) as connection, connection.transaction():
        fields = _types(keys, metadata, _locked_fields(connection, collection))
        connection.execute(STAGE)
        with connection.cursor() as cursor, cursor.copy(COPY) as copy:
            copy.set_types(("varchar", "halfvec", "jsonb", "varchar"))
            for key, vector, facts, content in zip(keys, vectors, metadata, hashes, strict=True):
                copy.write_row((key, HalfVector(vector), Jsonb(dict(facts)), content))
        connection.execute(MERGE, {"collection": collection.id})
        version = _stamp(connection, collection, fields)
    record_write(engine, collection.id, version)
    return version


def delete_vectors(engine: Engine, collection: CollectionInfo, keys: Sequence[str]) -> int:
    """Delete vectors by key; the number of those that were there."""
    with vector_connection(engine) as connection, connection.transaction():
        _locked_fields(connection, collection)
        deleted = connection.execute(
            "DELETE FROM embedding WHERE collection = %(collection)s AND key = ANY(%(keys)s)",
            {"collection": collection.id, "keys": list(keys)},
        ).rowcount
        version = _stamp(connection, collection, {}) if deleted else 0
    record_write(engine, collection.id, version)
    return deleted


def content_hashes(engine: Engine, collection: CollectionInfo) -> dict[str, str | None]:
    """The hash of what each vector was made of, by key."""
    with vector_connection(engine) as connection:
        rows = connection.execute(
            "SELECT key, content_hash FROM embedding WHERE collection = %(collection)s",
            {"collection": collection.id},
        )
        return dict(rows.fetchall())


def read_vector(engine: Engine, collection: CollectionInfo, key: str) -> NDArray[np.float32] | None:
    """The vector of a key, float32 ``[dimension]``; None if there is none."""
    with vector_connection(engine) as connection:
        found = connection.execute(
            "SELECT vector FROM embedding WHERE collection = %(collection)s AND key = %(key)s",
            {"collection": collection.id, "key": key},
        ).fetchone()
    return None if found is None else found[0].to_numpy().astype(np.float32)


def check_vectors(
    vectors: NDArray[np.floating[Any]], collection: CollectionInfo
) -> NDArray[np.float32]:
    """Vectors that the collection takes, float32 ``[n, dimension]``.

    Raises:
        InputError: as ``upsert_vectors``.
    """
    dimension = collection.spec.dimension
    table = np.asarray(vectors, dtype=np.float32)
    if table.ndim != 2 or table.shape[1] != dimension:
        shape = " x ".join(map(str, table.shape))
        raise InputError(
            f"the collection {collection.name!r} has vectors of {dimension} dimensions, "
            f"got a table of {shape}"
        )
    _check_numbers(table, collection.spec.metric, "vector {row}")
    return table


def check_query(
    query: Sequence[float] | NDArray[np.floating[Any]], collection: CollectionInfo
) -> NDArray[np.float32]:
    """A vector that the collection may be searched for, float32 ``[dimension]``.

    Raises:
        InputError: it is none, has another dimension, is not finite, is zero where the metric is
            cosine, or too large for 16 bits.
    """
    expected = (
        f"the collection {collection.name!r} has vectors of {collection.spec.dimension} dimensions"
    )
    try:
        vector = np.asarray(query, dtype=np.float32)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(f"{expected}; the query must be as many numbers") from error
    if vector.shape != (collection.spec.dimension,):
        shape = " x ".join(map(str, vector.shape)) or "a single number"
        raise InputError(f"{expected}, and the query has {shape}")
    _check_numbers(vector[None], collection.spec.metric, "the query")
    return vector


def _check_numbers(table: NDArray[np.float32], metric: Metric, label: str) -> None:
    """Check that 16 bits hold each vector ``[n, d]``, and that it has a distance.

    Args:
        table: the vectors.
        metric: the distance.
        label: what a vector is called, with ``{row}`` for its place.

    Raises:
        InputError: they do not, or it has none.
    """
    largest = np.abs(table).max(axis=1, initial=0)
    is_finite = largest <= MAX_HALF  # NaN is not
    if not is_finite.all():
        raise InputError(
            f"{label.format(row=is_finite.argmin())} has a number that is not finite or above "
            f"{MAX_HALF:,.0f}; scale it"
        )
    is_zero = largest <= MAX_HALF_ZERO
    if metric == "cosine" and is_zero.any():
        raise InputError(
            f"{label.format(row=is_zero.argmax())} is zero, which has no cosine distance; "
            "leave it out"
        )
    if metric == "hyperbolic":
        check_inside(table)


def _checked_keys(keys: Sequence[str], count: int) -> list[str]:
    if len(keys) != count:
        raise InputError(f"there are {len(keys)} keys for {count} vectors; give one for each")
    seen: set[str] = set()
    for key in keys:
        if not 0 < len(key) <= MAX_KEY:
            raise InputError(f"a key must have 1 to {MAX_KEY} characters, got {len(key)}")
        type_of(key)
        if key in seen:
            raise InputError(f"the key {key!r} is there twice; give each once")
        seen.add(key)
    return list(keys)


def _types(
    keys: Sequence[str],
    metadata: Sequence[Mapping[str, Value]],
    known: Mapping[str, FieldType],
) -> dict[str, FieldType]:
    """The type of each field of metadata."""
    types: dict[str, FieldType] = {}
    for key, facts in zip(keys, metadata, strict=True):
        for name, value in facts.items():
            own = type_of(value)
            expected = known.get(name) or types.setdefault(name, own)
            if own != expected:
                raise InputError(_other_type(name, expected, own, f"for {key!r}"))
    return types


def _other_type(name: str, expected: str, given: str, where: str) -> str:
    return (
        f"the field {name!r} is of the type {expected} in the collection, and {given} {where}; "
        "give it another name"
    )


def _locked_fields(
    connection: psycopg.Connection[Any], collection: CollectionInfo
) -> dict[str, FieldType]:
    """The types of fields, which nobody else changes until the transaction ends."""
    row = connection.execute(LOCK, {"collection": collection.id}).fetchone()
    if row is None:
        raise InputError(f"the collection {collection.name!r} was deleted meanwhile")
    fields: dict[str, FieldType] = row[0]
    return fields


def _stamp(
    connection: psycopg.Connection[Any], collection: CollectionInfo, fields: dict[str, FieldType]
) -> int:
    """Count the write, keep the types of fields, and tell listeners when it is committed."""
    parameters = {"collection": collection.id, "fields": Jsonb(fields), "channel": CHANNEL}
    [(version,)] = connection.execute(STAMP, parameters).fetchall()
    connection.execute(NOTIFY, parameters)
    return int(version)
