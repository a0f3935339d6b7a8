"""Campaigns of a plan that may take from or help each other, by the graph and their texts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from attrigraph.errors import InputError
from attrigraph.graph.reach import read_reach
from attrigraph.planning.related_campaigns import related_campaigns
from attrigraph.services.embed import searched
from attrigraph.similarity.near_pairs import unit_vectors
from attrigraph.store.vector_engine import open_vectors
from attrigraph.store.vector_rows import read_vectors

if TYPE_CHECKING:
    from attrigraph.planning.spend_curves import BudgetCurves
    from attrigraph.stores import Stores

MAX_CAMPAIGNS: Final = 1_000
"""Campaigns that are compared: those with the largest spend."""


def with_related_campaigns(
    stores: Stores, curves: BudgetCurves, *, collection: str = "campaigns"
) -> BudgetCurves:
    """The curves of campaigns, with the pairs of them that may take from or help each other.

    Without vectors of campaigns, the curves as they are.

    Args:
        stores: the graph and Postgres.
        curves: of campaigns.
        collection: of their vectors, its name or alias.
    """
    largest = sorted(curves.curves, key=lambda one: -one.curve.spend)[:MAX_CAMPAIGNS]
    try:
        with open_vectors(stores.engine) as engine:
            found = searched(engine, collection)
            rows = read_vectors(engine, found, [one.curve.id for one in largest])
    except InputError:  # nothing was embedded, which a plan does not need
        return curves
    reaches = read_reach(stores.driver, rows.keys)
    known = sorted((key, row) for row, key in enumerate(rows.keys) if key in reaches)
    unit = unit_vectors(rows.vectors[[row for _, row in known]])
    ids = [key for key, _ in known]
    found_pairs = related_campaigns(ids, [reaches[id_] for id_ in ids], unit @ unit.T)
    return replace(curves, related=found_pairs)
