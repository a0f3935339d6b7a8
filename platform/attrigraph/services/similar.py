"""Campaigns that are similar to another one, to a text or to a vector, with what they brought.

Candidates are those whose texts are near and, where positions were learnt from the campaign tree,
those that are near in it; both distances together give the order. What the campaigns brought comes
from the graph, in one round trip. Campaigns that were deleted from the graph since they were
embedded are left out, and the next ones take their places.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attrigraph.attribution.models import select
from attrigraph.closing import Closing
from attrigraph.errors import InputError
from attrigraph.graph.described import read_results
from attrigraph.services.campaign_results import MODEL, Estimate, estimates
from attrigraph.services.embed import searched
from attrigraph.services.positions import find_positions, read_encoder
from attrigraph.services.query_vector import SimilarText, query_vector
from attrigraph.similarity.embedders.embedder import embedder_named
from attrigraph.similarity.filters import parse_filter
from attrigraph.similarity.hyperbolic.candidates import Candidates, n_by_text
from attrigraph.similarity.hyperbolic.distance import distances
from attrigraph.similarity.hyperbolic.texts import Texts
from attrigraph.similarity.hyperbolic.tree import Relation
from attrigraph.store.hot_index import HotTier
from attrigraph.store.metadata_sample import MetadataSamples
from attrigraph.store.vector_engine import vector_engine
from attrigraph.store.vector_rows import read_vectors
from attrigraph.store.vector_search import SearchPlan, search_vectors

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sqlalchemy import Engine

    from attrigraph.graph.described import CampaignResult
    from attrigraph.services.positions import CampaignPositions
    from attrigraph.services.query_vector import Vector
    from attrigraph.similarity.filters import Condition, Value
    from attrigraph.store.collections import CollectionInfo
    from attrigraph.store.hot_slot import HotFigures
    from attrigraph.store.vector_search import Hit
    from attrigraph.stores import Stores


BLEND: Final = 0.5
"""Weight of the distance in the campaign tree by default."""


@dataclass(frozen=True, slots=True)
class SimilarCampaign:
    """A campaign that was found.

    Attributes:
        id: of the campaign.
        name: of the campaign; None without one.
        cosine_distance: of its text from the query, 0 to 2.
        hyperbolic_distance: in the campaign tree, 0 to 30; None where no positions are used.
        relation: to the campaign of the query: ``same branch`` in one ad account, else ``other``;
            None where one has no ad account, or the query is no campaign.
        metadata: its facts by field.
        credit: conversions that the model credits it with in the current run; None if it has
            none.
        roas: return on advertising spend; None without credit or without a known cost.
    """

    id: str
    name: str | None
    cosine_distance: float
    hyperbolic_distance: float | None
    relation: Relation | None
    metadata: dict[str, Value]
    credit: Estimate | None
    roas: Estimate | None


@dataclass(frozen=True, slots=True)
class SimilarCampaigns:
    """Campaigns, the most similar first.

    Attributes:
        hits: the campaigns.
        plan: how they were found by text.
        blend: weight of the distance in the tree in their order; 0 where no positions are used.
        collection: the collection's own name.
        collection_version: its version when it was searched.
        model: whose credit is shown.
    """

    hits: tuple[SimilarCampaign, ...]
    plan: SearchPlan
    blend: float
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
    blend: float = BLEND,
    roas_above: float | None = None,
    model: str = MODEL,
) -> SimilarCampaigns:
    """The k most similar campaigns, by one search; see ``CampaignSearch.find``."""
    with CampaignSearch(stores, hot=False) as search:
        return search.find(
            query,
            k,
            where=where,
            collection=collection,
            blend=blend,
            roas_above=roas_above,
            model=model,
        )


class CampaignSearch(Closing):
    """Searches for similar campaigns that share connections and memory; for several threads.

    A context manager; ``close`` gives both back.
    """

    def __init__(self, stores: Stores, *, hot: bool = True) -> None:
        """Open connections as they are needed.

        Args:
            stores: the graph and Postgres; they outlive this.
            hot: whether collections are held in memory once they are searched.
        """
        self._driver = stores.driver
        self._engine = vector_engine(stores.engine)
        self._tier = HotTier(self._engine) if hot else None
        self._samples = MetadataSamples()
        # models take seconds to load, and encoders never change
        self._embedder, self._encoder = cache(embedder_named), cache(read_encoder)

    def close(self) -> None:
        """Give connections and memory back."""
        if self._tier is not None:
            self._tier.close()
        self._engine.dispose()

    def find(
        self,
        query: Vector | str | SimilarText,
        k: int = 10,
        *,
        where: str | Condition | None = None,
        collection: str = "campaigns",
        blend: float = BLEND,
        consistent: bool = False,
        roas_above: float | None = None,
        model: str = MODEL,
    ) -> SimilarCampaigns:
        """The k most similar campaigns that fulfil a filter; all of them if there are fewer.

        Args:
            query: a vector of the collection's dimension, the id of an embedded campaign, which is
                not among the results itself, or a text.
            k: how many.
            where: a filter on metadata; see ``parse_filter``.
            collection: its name or alias.
            blend: weight of the distance in the campaign tree, 0 to 1; see
                ``attrigraph.similarity.hyperbolic.blend``. Without positions texts alone count.
            consistent: whether what other processes wrote in the last second must be seen.
            roas_above: only campaigns whose ROAS is identified and above this with all of its
                interval; None for all.
            model: whose credit to show.

        Raises:
            InputError: there is no such collection or campaign, the vector does not fit, the text
                has no letter or digit, k is below 1, blend is not in [0, 1], the model is
                unknown, the filter cannot be read, or it has an unknown field.
            MissingExtraError: the package of the collection's embedder is not installed.
        """
        if k < 1:
            raise InputError(f"k must be at least 1, got {k}")
        if not 0 <= blend <= 1:
            raise InputError(f"blend must be in [0, 1], got {blend}")
        select([model])
        condition = parse_filter(where) if isinstance(where, str) else where
        found = searched(self._engine, collection)
        vector, own = query_vector(self._engine, found, query, self._embedder)
        positions = find_positions(self._engine, found, self._encoder)
        near = _Nearest(self._engine, self._tier, self._samples, condition, consistent)
        candidates = _Candidates(near, found, positions, vector, own, blend)
        hits, plan = self._existing(candidates, k, roas_above, model)
        weight = 0.0 if positions is None else blend
        return SimilarCampaigns(hits, plan, weight, found.name, found.version, model)

    def memory(self) -> tuple[HotFigures, ...]:
        """What is held in memory, by collection."""
        return () if self._tier is None else self._tier.figures()

    def _existing(
        self, candidates: _Candidates, k: int, roas_above: float | None, model: str
    ) -> tuple[tuple[SimilarCampaign, ...], SearchPlan]:
        """The best that the graph still has, with what each brought."""
        wanted = k
        while True:
            best, plan, are_all = candidates.best(wanted)
            ids = [candidate.key for candidate in best]
            own = [] if candidates.own is None else [candidates.own]
            results = read_results(self._driver, [*ids, *own], model)
            branch = results[candidates.own].account if candidates.own in results else None
            there = [
                _campaign(candidate, results[candidate.key], branch)
                for candidate in best
                if candidate.key in results
            ]
            kept = [campaign for campaign in there if _worked(campaign, roas_above)]
            if len(kept) >= k or are_all:
                return tuple(kept[:k]), plan
            wanted *= 2


@dataclass(frozen=True, slots=True)
class _Nearest:
    """Searches by one filter, in memory or in Postgres."""

    engine: Engine
    tier: HotTier | None
    samples: MetadataSamples
    where: Condition | None
    consistent: bool

    def __call__(
        self, collection: CollectionInfo, vector: NDArray[np.floating[Any]], k: int
    ) -> tuple[list[Hit], SearchPlan]:
        if self.tier is not None:
            return self.tier.search(
                collection, vector, k, where=self.where, consistent=self.consistent
            )
        return search_vectors(
            self.engine, collection, vector, k, where=self.where, samples=self.samples
        )


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A campaign that may be among the results."""

    key: str
    cosine: float
    hyperbolic: float | None
    metadata: dict[str, Value]


@dataclass(frozen=True, slots=True)
class _Candidates:
    """The campaigns near a query, by text and in the tree.

    Attributes:
        nearest: searches a collection.
        texts: the collection of text vectors.
        positions: of the same campaigns; None where texts alone count.
        vector: of the query.
        own: id of the campaign that is the query, which is none of its own neighbours.
        blend: weight of the distance in the tree.
    """

    nearest: _Nearest
    texts: CollectionInfo
    positions: CampaignPositions | None
    vector: NDArray[np.float32]
    own: str | None
    blend: float

    def best(self, k: int) -> tuple[list[_Candidate], SearchPlan, bool]:
        """The k best, how they were found, and whether there are no others."""
        wanted = k + (self.own is not None)
        if self.positions is not None:
            wanted = n_by_text(wanted)
        hits, plan = self.nearest(self.texts, self.vector, wanted)
        if self.positions is not None:
            found = self._blended(self.positions, hits, k)
        else:
            others = [hit for hit in hits if hit.key != self.own]
            found = [_Candidate(hit.key, hit.distance, None, hit.metadata) for hit in others[:k]]
        return found, plan, len(hits) < wanted and len(found) < k

    def _blended(
        self, positions: CampaignPositions, by_text: list[Hit], k: int
    ) -> list[_Candidate]:
        """The k best of those that are near by text or in the tree, by both distances."""
        place = positions.encoder.place(self.vector[None])[0]
        by_place, _ = self.nearest(positions.collection, place, k + (self.own is not None))
        union = {hit.key: hit for hit in (*by_place, *by_text) if hit.key != self.own}
        rows = read_vectors(self.nearest.engine, self.texts, [*union])
        known = Texts(tuple(rows.keys), rows.vectors)
        candidates = Candidates(
            known.ids,
            distances(place, positions.encoder.place(known.vectors)),
            known.cosine_distances(self.vector.astype(np.float64)),
        )
        return [
            _Candidate(
                known.ids[row],
                max(0.0, float(candidates.cosine[row])),
                float(candidates.hyperbolic[row]),
                union[known.ids[row]].metadata,
            )
            for row in candidates.best(k, self.blend)
        ]


def _campaign(candidate: _Candidate, result: CampaignResult, branch: str | None) -> SimilarCampaign:
    credit, roas = estimates(result.numbers, result.identified)
    return SimilarCampaign(
        candidate.key,
        result.name,
        candidate.cosine,
        candidate.hyperbolic,
        _relation(branch, result.account),
        candidate.metadata,
        credit,
        roas,
    )


def _relation(account: str | None, other: str | None) -> Relation | None:
    """Of two campaigns by their ad accounts, which are their parents."""
    if account is None or other is None:
        return None
    return Relation.SAME_BRANCH if account == other else Relation.OTHER


def _worked(campaign: SimilarCampaign, roas_above: float | None) -> bool:
    """Whether the data show that a campaign returned more than this."""
    if roas_above is None:
        return True
    roas = campaign.roas
    return roas is not None and roas.identified and roas.low is not None and roas.low > roas_above
