"""Positions in the campaign tree that searches use: collections with the metric hyperbolic.

Each training fills collections of its own, one for each kind of node, and aliases such as
``campaigns-in-tree`` move to them when they are complete. Campaigns are placed by their text, so
that new ones need no training.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID

from attrigraph.errors import InputError
from attrigraph.similarity.hyperbolic.saved import SavedHierarchy
from attrigraph.store.collections import (
    CollectionInfo,
    CollectionSpec,
    create_collection,
    delete_collection,
    list_collections,
    read_collection,
    set_alias,
)
from attrigraph.store.model_artifacts import read_model
from attrigraph.store.vector_rows import read_vectors
from attrigraph.store.vectors import Vectors, content_hashes, delete_vectors, upsert_vectors

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray
    from sqlalchemy import Engine

    from attrigraph.similarity.hyperbolic.encoder import TextEncoder

MODEL: Final = "hierarchy"
"""Kind of the models, and the embedder of the collections; their version is the model's id."""

CAMPAIGNS: Final = "campaigns-in-tree"
"""Alias of the positions of campaigns that searches use."""

AT_ONCE: Final = 5_000


@dataclass(frozen=True, slots=True)
class CampaignPositions:
    """Positions of the campaigns of one collection of text vectors.

    Attributes:
        collection: of the positions.
        encoder: places campaigns by their text.
        model: id of the training.
    """

    collection: CollectionInfo
    encoder: TextEncoder
    model: UUID


@dataclass(frozen=True, slots=True)
class CampaignEncoder:
    """What places campaigns by their text.

    Attributes:
        encoder: of text vectors.
        texts: number of their collection.
    """

    encoder: TextEncoder
    texts: int


def read_encoder(engine: Engine, model: UUID) -> CampaignEncoder | None:
    """The encoder of a training, which never changes; None if there is none.

    Raises:
        StoreError: the model in Postgres is damaged.
    """
    found = read_model(engine, model)
    if found is None:
        return None
    encoder = SavedHierarchy.from_bytes(found.content).encoder
    return CampaignEncoder(encoder, found.settings["collection"])


def find_positions(
    engine: Engine,
    texts: CollectionInfo,
    read: Callable[[Engine, UUID], CampaignEncoder | None] = read_encoder,
) -> CampaignPositions | None:
    """The positions of campaigns that were learnt from these text vectors; None if there are none.

    Args:
        engine: of ``vector_engine``.
        texts: the collection of the text vectors.
        read: reads an encoder; ``read_encoder``, or one that remembers.

    Raises:
        StoreError: the model in Postgres is damaged.
    """
    try:
        found = read_collection(engine, CAMPAIGNS)
    except InputError:
        return None
    if found.spec.embedder != MODEL or found.spec.kind != texts.spec.kind:
        return None
    model = UUID(found.spec.embedder_version)
    own = read(engine, model)
    if own is None or own.texts != texts.id:
        return None
    return CampaignPositions(found, own.encoder, model)


def create_positions(
    engine: Engine, kind: str, dimension: int, model: UUID, texts: CollectionInfo | None = None
) -> CollectionInfo:
    """An empty collection of positions of a kind of nodes.

    Args:
        engine: of ``vector_engine``.
        kind: of the nodes.
        dimension: of the positions.
        model: id of the training.
        texts: whose metadata the positions will have; None for none.
    """
    spec = CollectionSpec(kind, dimension, "hyperbolic", MODEL, str(model))
    name = f"{_plural(kind)}@tree-{model.hex[:8]}"
    return create_collection(engine, name, spec, fields=texts.fields if texts else {})


def write_positions(
    engine: Engine, collection: CollectionInfo, keys: Sequence[str], tangents: NDArray[np.float64]
) -> None:
    """Write positions ``[n, d]`` without metadata."""
    for start in range(0, len(keys), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        upsert_vectors(engine, collection, Vectors(keys[part], tangents[part]))


def update_positions(
    engine: Engine, texts: CollectionInfo, positions: CollectionInfo, encoder: TextEncoder
) -> None:
    """Bring positions up to date with text vectors: those of changed ones, and none of deleted."""
    known, current = content_hashes(engine, positions), content_hashes(engine, texts)
    changed = [key for key, own in current.items() if own is None or known.get(key) != own]
    for start in range(0, len(changed), AT_ONCE):
        rows = read_vectors(engine, texts, changed[start : start + AT_ONCE])
        hashes = [current[key] for key in rows.keys]
        placed = encoder.place(rows.vectors)
        upsert_vectors(engine, positions, Vectors(rows.keys, placed, rows.metadata, hashes))
    if gone := [key for key in known if key not in current]:
        delete_vectors(engine, positions, gone)


def publish_positions(engine: Engine, collections: Sequence[CollectionInfo]) -> None:
    """Let these be the positions that are searched, and delete all others."""
    for own in collections:
        alias = f"{_plural(own.spec.kind)}-in-tree"
        set_alias(engine, alias, own.name, delete_previous=True)
    _delete_others(engine, {own.id for own in collections})


def withdraw_positions(engine: Engine) -> None:
    """Delete all positions, so that searches go by text alone."""
    _delete_others(engine, set())


def _delete_others(engine: Engine, kept: set[int]) -> None:
    for own in list_collections(engine):
        if own.spec.embedder == MODEL and own.id not in kept:
            delete_collection(engine, own.name)


def _plural(kind: str) -> str:
    return f"{kind}s"
