"""Creatives that are nearly the same by their texts."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attrigraph.services.embed import searched
from attrigraph.similarity.filters import check_fields, matches, parse_filter
from attrigraph.similarity.near_groups import near_groups
from attrigraph.store.vector_engine import open_vectors
from attrigraph.store.vector_rows import read_vectors
from attrigraph.store.vectors import content_hashes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attrigraph.similarity.filters import Value
    from attrigraph.stores import Stores

THRESHOLD: Final = 0.95
"""Cosine of texts from which creatives are nearly the same."""


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A creative that has a near duplicate.

    Attributes:
        id: of the creative.
        name: of the creative; None without one.
        campaign: id of its campaign; None without one.
        similarity: cosine of its text and that of the nearest of its group; 1 for equal texts.
    """

    id: str
    name: str | None
    campaign: str | None
    similarity: float


@dataclass(frozen=True, slots=True)
class DuplicateCreatives:
    """Groups of creatives that are nearly the same.

    Attributes:
        groups: those with the nearest creatives first, each sorted by id.
        threshold: least cosine of two that are nearly the same.
        compared: creatives that were compared.
        collection: of their vectors.
    """

    groups: tuple[tuple[Duplicate, ...], ...]
    threshold: float
    compared: int
    collection: str

    def to_json(self) -> dict[str, Any]:
        """The object that ``attrigraph similar duplicates --json`` prints."""
        return asdict(self)


def duplicate_creatives(
    stores: Stores,
    threshold: float = THRESHOLD,
    *,
    where: str | None = None,
    collection: str = "creatives",
) -> DuplicateCreatives:
    """Creatives whose texts have a cosine of at least the threshold, as they were embedded.

    Args:
        stores: Postgres with the vectors of creatives.
        threshold: above 0, at most 1.
        where: a filter on metadata, see ``parse_filter``: only these are compared.
        collection: its name or alias.

    Raises:
        InputError: there is no such collection, the filter cannot be read or has an unknown field,
            or the threshold is none or too low for the number of creatives.
    """
    with open_vectors(stores.engine) as engine:
        found = searched(engine, collection)
        condition = None if where is None else parse_filter(where)
        if condition is not None:
            check_fields(condition, found.fields)
        rows = read_vectors(engine, found, sorted(content_hashes(engine, found)))
    by_key = sorted(range(len(rows.keys)), key=rows.keys.__getitem__)
    chosen = [row for row in by_key if condition is None or matches(condition, rows.metadata[row])]
    groups = near_groups(rows.vectors[chosen], threshold)
    return DuplicateCreatives(
        tuple(
            tuple(
                _duplicate(rows.keys[row], rows.metadata[row], float(cosine))
                for row, cosine in zip(np.array(chosen)[group.rows], group.cosine, strict=True)
            )
            for group in groups
        ),
        threshold,
        len(chosen),
        found.name,
    )


def _duplicate(key: str, facts: Mapping[str, Value], similarity: float) -> Duplicate:
    name, campaign = facts.get("name"), facts.get("campaign")
    return Duplicate(
        key,
        None if name is None else str(name),
        None if campaign is None else str(campaign),
        similarity,
    )
