"""Vectors of what the graph describes: campaigns, creatives, elements and audiences.

The vectors of an embedder in one version are a collection of their own, such as
``campaigns@hashing-1``, and ``campaigns`` is an alias of the one that is searched. Another embedder
fills its own collection, and the alias moves when that is complete. What was embedded before and
has not changed is not embedded again, so that an interrupted run resumes.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attrigraph.errors import InputError
from attrigraph.graph.described import FACTS, read_described
from attrigraph.quantities import counted
from attrigraph.runs.progress import ignore
from attrigraph.services.positions import find_positions, update_positions
from attrigraph.similarity.embedders.embedder import embedder_named
from attrigraph.similarity.embedders.texts import has_words
from attrigraph.store.collections import (
    CollectionInfo,
    CollectionSpec,
    count_vectors,
    create_collection,
    list_collections,
    read_collection,
    set_alias,
)
from attrigraph.store.vector_engine import open_vectors
from attrigraph.store.vector_index import MIN_ROWS, build_index
from attrigraph.store.vectors import Vectors, content_hashes, delete_vectors, upsert_vectors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Engine

    from attrigraph.graph.described import Described
    from attrigraph.runs.progress import Progress
    from attrigraph.similarity.embedders.embedder import Embedder
    from attrigraph.stores import Stores

logger = logging.getLogger(__name__)

KINDS: Final = tuple(FACTS)
"""Kinds of nodes that have vectors."""

AT_ONCE: Final = 256
"""Texts that are embedded and written together: what an interruption loses at most."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """What became of the nodes of one kind: read = embedded + unchanged + wordless.

    Attributes:
        kind: of the nodes.
        collection: where their vectors are.
        embedder: that made them.
        version: of the embedder.
        read: nodes of the graph.
        embedded: those that got a vector now.
        unchanged: those whose vector was there.
        wordless: those without a letter or digit in any text; they have no vector.
        deleted: vectors whose node is gone or has lost its text.
    """

    kind: str
    collection: str
    embedder: str
    version: str
    read: int
    embedded: int
    unchanged: int
    wordless: int
    deleted: int


def embed(
    stores: Stores,
    kinds: Sequence[str] = KINDS,
    *,
    embedder: str = "hashing",
    progress: Progress = ignore,
) -> tuple[Embedded, ...]:
    """Bring the vectors of some kinds of nodes up to date with the graph.

    Args:
        stores: with the graph and Postgres.
        kinds: some of ``KINDS``.
        embedder: see ``embedder_named``.
        progress: told of the nodes that are done.

    Raises:
        InputError: a kind or the embedder is unknown, or the graph has no text of any of them.
        MissingExtraError: the package of the embedder is not installed.
    """
    for kind in kinds:
        if kind not in KINDS:
            raise InputError(f"the kind must be one of {', '.join(KINDS)}; got {kind!r}")
    chosen = embedder_named(embedder)
    once_each = dict.fromkeys(kinds)
    if not any(_has_text(stores, kind) for kind in once_each):
        raise InputError(
            f"the graph has no {' or '.join(kinds)} with a text; load reference tables first"
        )
    with open_vectors(stores.engine) as engine:
        return tuple(_embed(stores, engine, kind, chosen, progress) for kind in once_each)


def _has_text(stores: Stores, kind: str) -> bool:
    pages = read_described(stores.driver, kind)
    return any(has_words(node.text) for page in pages for node in page)


def _embed(
    stores: Stores, engine: Engine, kind: str, embedder: Embedder, progress: Progress
) -> Embedded:
    collection = _collection(engine, kind, embedder)
    known = content_hashes(engine, collection)
    seen: set[str] = set()
    read = embedded = wordless = 0
    for page in read_described(stores.driver, kind):
        read += len(page)
        texts = [node for node in page if has_words(node.text)]
        wordless += len(page) - len(texts)
        seen.update(node.id for node in texts)
        changed = [node for node in texts if known.get(node.id) != _hash(node)]
        for start in range(0, len(changed), AT_ONCE):
            _write(engine, collection, embedder, changed[start : start + AT_ONCE])
        embedded += len(changed)
        progress("embed", read, None)
    gone = [key for key in known if key not in seen]
    deleted = delete_vectors(engine, collection, gone) if gone else 0
    _finish(engine, kind, collection)
    if positions := find_positions(engine, collection):
        update_positions(engine, collection, positions.collection, positions.encoder)
    unchanged = read - wordless - embedded
    outcome = Embedded(
        kind,
        collection.name,
        embedder.name,
        embedder.version,
        read,
        embedded,
        unchanged,
        wordless,
        deleted,
    )
    logger.info(
        f"{counted(read, kind)}: {embedded:,} embedded, {unchanged:,} unchanged, "
        f"{wordless:,} without a text, {deleted:,} deleted"
    )
    return outcome


def _collection(engine: Engine, kind: str, embedder: Embedder) -> CollectionInfo:
    """The collection of a kind and an embedder in its version; made if there is none."""
    spec = CollectionSpec(kind, embedder.dimension, "cosine", embedder.name, embedder.version)
    for known in list_collections(engine):
        if known.spec == spec:
            return known
    # names are short: a model's folder and its version may be long
    short = re.sub(r"[^A-Za-z0-9_.-]+", "-", embedder.name.rpartition("/")[2])[:20]
    mark = hashlib.sha256(f"{embedder.name} {embedder.version}".encode()).hexdigest()[:8]
    return create_collection(engine, f"{kind}s@{short}-{mark}", spec)


def _write(
    engine: Engine, collection: CollectionInfo, embedder: Embedder, nodes: Sequence[Described]
) -> None:
    vectors = Vectors(
        [node.id for node in nodes],
        embedder.embed([node.text for node in nodes]),
        [node.facts for node in nodes],
        [_hash(node) for node in nodes],
    )
    upsert_vectors(engine, collection, vectors)


def _finish(engine: Engine, kind: str, collection: CollectionInfo) -> None:
    """Let the collection be searched, and delete the one that was."""
    if count_vectors(engine, collection) >= MIN_ROWS:
        build_index(engine, collection)
    set_alias(engine, f"{kind}s", collection.name, delete_previous=True)


def searched(engine: Engine, name: str) -> CollectionInfo:
    """The collection of a name or alias.

    Raises:
        InputError: there is none; the sentence says how to make those of the graph.
    """
    try:
        return read_collection(engine, name)
    except InputError as error:
        if name not in {f"{kind}s" for kind in KINDS}:
            raise
        raise InputError(f"there are no vectors of {name}; run `attrigraph embed` first") from error


def _hash(node: Described) -> str:
    """Of all that the vector and its metadata are made of."""
    content = json.dumps([node.text, node.facts], sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(content.encode()).hexdigest()
