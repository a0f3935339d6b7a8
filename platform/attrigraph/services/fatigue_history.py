"""What models of fatigue read: daily figures of the graph, with vectors of Postgres."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.errors import InputError
from attrigraph.fatigue.assemble import assemble
from attrigraph.fatigue.genome import KINDS, genomes_of
from attrigraph.fatigue.usable_rows import LEFT_OUT, usable_rows
from attrigraph.graph.fatigue import read_daily_rows
from attrigraph.graph.runs import current_run
from attrigraph.graph.similar_creatives import JOB, CreativeLinks, read_links
from attrigraph.graph.spend import read_currency
from attrigraph.quantities import counted
from attrigraph.similarity.embedders.hashing import HashingEmbedder
from attrigraph.similarity.near_pairs import unit_vectors
from attrigraph.store.collections import read_collection
from attrigraph.store.vector_engine import open_vectors
from attrigraph.store.vector_rows import read_vectors

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import date

    from numpy.typing import NDArray
    from sqlalchemy import Engine

    from attrigraph.fatigue.daily_rows import CreativeTable, DailyRows
    from attrigraph.fatigue.history import FatigueHistory
    from attrigraph.stores import Stores

ELEMENTS: Final = "elements"
"""Collection of their vectors."""


@dataclass(frozen=True, slots=True, eq=False)
class StoredHistory:
    """The history of the graph's creatives, and what is not in it.

    Attributes:
        history: daily figures as dense arrays.
        as_of: the last day.
        currency: code of the currency of all costs; None where it is not known.
        left_out: number of daily rows that are left out, by a name of ``LEFT_OUT``.
        not_shown: ids of creatives without daily rows that can be used.
        other_currencies: number of daily rows by other currency, whose costs count as not known.
        without_vector: elements of the creatives that have no vector.
        linked: whether similar creatives have been linked.
    """

    history: FatigueHistory
    as_of: date
    currency: str | None
    left_out: Mapping[str, int]
    not_shown: tuple[str, ...]
    other_currencies: Mapping[str, int]
    without_vector: int
    linked: bool

    def notes(self) -> Iterator[str]:
        """Sentences about what a reader may not expect."""
        for reason, number in self.left_out.items():
            yield f"{counted(number, 'creative-day')} left out: {LEFT_OUT[reason]}"
        if self.not_shown:
            yield f"{counted(len(self.not_shown), 'creative')} without impressions left out"
        for currency, number in self.other_currencies.items():
            yield (
                f"the cost of {counted(number, 'creative-day')} in {currency} counts as not known: "
                f"costs are in {self.currency}"
            )
        if self.without_vector:
            yield (
                f"{counted(self.without_vector, 'element')} without a vector; run "
                "`attrigraph embed`"
            )
        if not self.linked:
            yield "similar creatives are not linked; run `attrigraph similar link`"


def read_fatigue_history(
    stores: Stores, *, as_of: date | None = None, kinds: Sequence[str] = KINDS
) -> StoredHistory:
    """The history of all creatives.

    Args:
        stores: the graph, and Postgres with the vectors of elements.
        as_of: day after which nothing is read; None for all days.
        kinds: kinds of elements, in the order of their vectors.

    Raises:
        InputError: no creative was shown until that day.
        StoreError: a store fails.
    """
    creatives, rows = read_daily_rows(stores.driver, as_of=as_of)
    linked = current_run(stores.driver, JOB) is not None
    links = read_links(stores.driver) if linked else None
    return _history(stores.engine, creatives, rows, links, read_currency(stores.driver), kinds)


def _history(
    engine: Engine,
    creatives: CreativeTable,
    rows: DailyRows,
    links: CreativeLinks | None,
    currency: str | None,
    kinds: Sequence[str],
) -> StoredHistory:
    usable = usable_rows(rows, creatives, currency)
    elements = {id_ for own in usable.creatives.elements for kind, id_ in own if kind in kinds}
    vectors, dimension = _vectors_of(engine, elements)
    genomes = genomes_of(usable.creatives, vectors, dimension, kinds)
    similar, similarity = _pairs(usable.creatives, links)
    history = assemble(usable, genomes, similar, similarity)
    return StoredHistory(
        history=history,
        as_of=history.date_of(history.days - 1),
        currency=usable.currency,
        left_out=usable.left_out,
        not_shown=usable.not_shown,
        other_currencies=usable.other_currencies,
        without_vector=len(elements) - len(vectors),
        linked=links is not None,
    )


def _vectors_of(
    engine: Engine, elements: Collection[str]
) -> tuple[dict[str, NDArray[np.float32]], int]:
    """Vectors of length 1 of the elements that have one, and their dimension.

    Before elements are embedded, there are none, of the built-in embedder's dimension.
    """
    with open_vectors(engine) as opened:
        try:
            collection = read_collection(opened, ELEMENTS)
        except InputError:
            return {}, HashingEmbedder().dimension
        rows = read_vectors(opened, collection, sorted(elements))
    unit = unit_vectors(rows.vectors).astype(np.float32)
    return dict(zip(rows.keys, unit, strict=True)), collection.spec.dimension


def _pairs(
    creatives: CreativeTable, links: CreativeLinks | None
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Numbers and cosines of the pairs of which both creatives are there."""
    number = {id_: i for i, id_ in enumerate(creatives.ids)}
    found = [
        (number[first], number[second], score)
        for first, second, score in (
            () if links is None else zip(links.first, links.second, links.score, strict=True)
        )
        if first in number and second in number
    ]
    table = np.array(found, np.float64).reshape(len(found), 3)
    return table[:, :2].T.astype(np.int64), table[:, 2]
