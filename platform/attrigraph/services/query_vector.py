"""The vector of what campaigns are compared with: a vector, a campaign or a text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from attrigraph.errors import InputError
from attrigraph.similarity.embedders.embedder import embedder_named
from attrigraph.store.vectors import check_query, read_vector

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray
    from sqlalchemy import Engine

    from attrigraph.similarity.embedders.embedder import Embedder
    from attrigraph.store.collections import CollectionInfo

    Vector = Sequence[float] | NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class SimilarText:
    """A text in place of a campaign, which the embedder of the collection turns into a vector."""

    text: str


def query_vector(
    engine: Engine,
    collection: CollectionInfo,
    query: Vector | str | SimilarText,
    named: Callable[[str], Embedder] = embedder_named,
) -> tuple[NDArray[np.float32], str | None]:
    """The vector that is asked for, and the id that it belongs to.

    Args:
        engine: of ``vector_engine``.
        collection: of the vectors that it is compared with.
        query: what is asked for.
        named: makes an embedder; ``embedder_named``, or one that remembers.

    Raises:
        InputError: the collection has no vector of the id, the text cannot be embedded, or the
            vector does not fit; see ``check_query``.
        MissingExtraError: the package of the collection's embedder is not installed.
    """
    if isinstance(query, SimilarText):
        return _vector_of_text(collection, query.text, named), None
    if not isinstance(query, str):
        return check_query(query, collection), None
    vector = read_vector(engine, collection, query)
    if vector is None:
        raise InputError(
            f"the collection {collection.name!r} has no vector of {query!r}; run `attrigraph "
            "embed` if it is new, or give a text (--text, in Python SimilarText)"
        )
    return vector, query


def _vector_of_text(
    collection: CollectionInfo, text: str, named: Callable[[str], Embedder]
) -> NDArray[np.float32]:
    spec = collection.spec
    if spec.embedder == "caller":
        raise InputError(
            f"the vectors of {collection.name!r} were given by a caller; give a vector or an id"
        )
    embedder = named(spec.embedder)
    if embedder.version != spec.embedder_version:
        raise InputError(
            f"the vectors of {collection.name!r} are by version {spec.embedder_version} of "
            f"{spec.embedder}, and version {embedder.version} is installed; run `attrigraph embed`"
        )
    return np.asarray(embedder.embed([text])[0], np.float32)
