"""The vector of what campaigns are compared with: a campaign or a text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attrigraph.errors import InputError
from attrigraph.similarity.embedders.embedder import embedder_named
from attrigraph.store.vectors import read_vector

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sqlalchemy import Engine

    from attrigraph.services.similar import SimilarText
    from attrigraph.store.collections import CollectionInfo


def query_vector(
    engine: Engine, collection: CollectionInfo, query: str | SimilarText
) -> tuple[NDArray[np.float32], str | None]:
    """The vector of a query, float32 ``[dimension]``, and the id that it belongs to.

    Raises:
        InputError: the collection has no vector of the id, or the text cannot be embedded.
        MissingExtraError: the package of the collection's embedder is not installed.
    """
    if not isinstance(query, str):
        return vector_of_text(collection, query.text), None
    vector = read_vector(engine, collection, query)
    if vector is None:
        raise InputError(
            f"the collection {collection.name!r} has no vector of {query!r}; run `attrigraph "
            "embed` if it is new, or give a text"
        )
    return vector, query


def vector_of_text(collection: CollectionInfo, text: str) -> NDArray[np.float32]:
    """The vector of a text by the embedder of a collection, float32 ``[dimension]``."""
    spec = collection.spec
    if spec.embedder == "caller":
        raise InputError(
            f"the vectors of {collection.name!r} were given by a caller; give a vector or an id"
        )
    embedder = embedder_named(spec.embedder)
    if embedder.version != spec.embedder_version:
        raise InputError(
            f"the vectors of {collection.name!r} are by version {spec.embedder_version} of "
            f"{spec.embedder}, and version {embedder.version} is installed; run `attrigraph embed`"
        )
    return np.asarray(embedder.embed([text])[0], np.float32)
