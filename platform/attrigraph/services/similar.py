"""Campaigns that are similar to another one, to a text or to a vector, with what they brought.

The nearest vectors come from Postgres, and what the campaigns brought from the graph, in one round
trip. Campaigns that were deleted from the graph since they were embedded are left out, and the next
ones take their places.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attrigraph.errors import InputError
from attrigraph.graph.described import read_results
from attrigraph.services.embed import searched
from attrigraph.similarity.embedders.embedder import embedder_named
from attrigraph.similarity.filters import parse_filter
from attrigraph.store.metadata_sample import MetadataSamples
from attrigraph.store.vector_engine import vector_engine
from attrigraph.store.vector_search import SearchPlan, search_vectors
from attrigraph.store.vectors import read_vector

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from sqlalchemy import Engine

    from attrigraph.graph.described import CampaignResult
    from attrigraph.similarity.filters import Condition, Value
    from attrigraph.store.collections import CollectionInfo
    from attrigraph.store.vector_search import Hit
    from attrigraph.stores import Stores

    Vector = Sequence[float] | NDArray[np.floating[Any]]

MODEL: Final = "incremental"
"""Whose credit is shown by default: what campaigns caused."""


@dataclass(frozen=True, slots=True)
class SimilarText:
    """A text in place of a campaign, which the embedder of the collection turns into a vector."""

    text: str


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its interval.

    Attributes:
        value: the estimate; None where it is withheld.
        low: lower end of the interval; None without one.
        high: its upper end.
        identified: whether the data can answer it.
    """

    value: float | None
    low: float | None
    high: float | None
    identified: bool


@dataclass(frozen=True, slots=True)
class SimilarCampaign:
    """A campaign that was found.

    Attributes:
        id: of the campaign.
        name: of the campaign; None without one.
        cosine_distance: from what was asked for, 0 to 2.
        metadata: its facts by field.
        credit: conversions that the model credits it with in the current run; None if it has
            none.
        roas: return on advertising spend; None without credit or without a known cost.
    """

    id: str
    name: str | None
    cosine_distance: float
    metadata: dict[str, Value]
    credit: Estimate | None
    roas: Estimate | None


@dataclass(frozen=True, slots=True)
class SimilarCampaigns:
    """Campaigns, the most similar first.

    Attributes:
        hits: the campaigns.
        plan: how they were found.
        collection: the collection's own name.
        collection_version: its version when it was searched.
        model: whose credit is shown.
    """

    hits: tuple[SimilarCampaign, ...]
    plan: SearchPlan
    collection: str
    collection_version: int
    model: str

    def to_json(self) -> dict[str, Any]:
        """The object that ``attrigraph similar --json`` prints."""
        return asdict(self)


def find_similar_campaigns(
    stores: Stores,
    query: Vector | str | SimilarText,
    k: int = 10,
    *,
    where: str | Condition | None = None,
    collection: str = "campaigns",
    model: str = MODEL,
) -> SimilarCampaigns:
    """The k most similar campaigns that fulfil a filter; all of them if there are fewer.

    Args:
        stores: the graph and Postgres.
        query: a vector of the collection's dimension, the id of an embedded campaign, which is not
            among the results itself, or a text.
        k: how many.
        where: a filter on metadata; see ``parse_filter``.
        collection: its name or alias.
        model: whose credit to show.

    Raises:
        InputError: there is no such collection or campaign, the vector does not fit, the text has
            no letter or digit, k is below 1, the filter cannot be read, or it has an unknown
            field.
        MissingExtraError: the package of the collection's embedder is not installed.
    """
    if k < 1:
        raise InputError(f"k must be at least 1, got {k}")
    condition = parse_filter(where) if isinstance(where, str) else where
    engine = vector_engine(stores.engine)
    try:
        found = searched(engine, collection)
        vector, own = _vector(engine, found, query)
        hits, results, plan = _existing(stores, engine, found, vector, k, condition, own, model)
    finally:
        engine.dispose()
    campaigns = tuple(_campaign(hit, results[hit.key]) for hit in hits)
    return SimilarCampaigns(campaigns, plan, found.name, found.version, model)


def _vector(
    engine: Engine, collection: CollectionInfo, query: Vector | str | SimilarText
) -> tuple[NDArray[np.float32], str | None]:
    """The vector that is asked for, and the id that it belongs to."""
    if isinstance(query, SimilarText):
        return _embedded(collection, query.text), None
    if not isinstance(query, str):
        return np.asarray(query, np.float32), None
    vector = read_vector(engine, collection, query)
    if vector is None:
        raise InputError(
            f"the collection {collection.name!r} has no vector of {query!r}; run `attrigraph "
            "embed` if it is new, or give a text"
        )
    return vector, query


def _embedded(collection: CollectionInfo, text: str) -> NDArray[np.float32]:
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


def _existing(
    stores: Stores,
    engine: Engine,
    collection: CollectionInfo,
    vector: NDArray[np.float32],
    k: int,
    where: Condition | None,
    own: str | None,
    model: str,
) -> tuple[list[Hit], dict[str, CampaignResult], SearchPlan]:
    """The nearest that the graph still has, and what each brought."""
    samples = MetadataSamples()
    wanted = k + (own is not None)
    while True:
        hits, plan = search_vectors(
            engine, collection, vector, wanted, where=where, samples=samples
        )
        others = [hit for hit in hits if hit.key != own]
        results = read_results(stores.driver, [hit.key for hit in others], model)
        there = [hit for hit in others if hit.key in results]
        if len(there) >= k or len(hits) < wanted:
            return there[:k], results, plan
        wanted *= 2


def _estimates(
    numbers: list[float | None], identified: bool | None
) -> tuple[Estimate | None, Estimate | None]:
    credit, low, high, *_, roas, roas_low, roas_high = numbers
    if credit is None:
        return None, None
    answered = identified is not False
    returned = None if answered and roas is None else Estimate(roas, roas_low, roas_high, answered)
    return Estimate(credit, low, high, answered), returned


def _campaign(hit: Hit, result: CampaignResult) -> SimilarCampaign:
    credit, roas = _estimates(result.numbers, result.identified)
    return SimilarCampaign(hit.key, result.name, hit.distance, hit.metadata, credit, roas)
