"""What a new campaign may expect: the ROAS of campaigns like it, shrunk to that of all."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from attrigraph.attribution.models import select
from attrigraph.graph.described import read_results
from attrigraph.services.campaign_results import MODEL, Estimate
from attrigraph.services.embed import searched
from attrigraph.services.query_vector import query_vector
from attrigraph.similarity.expectation import MIN_CAMPAIGNS, KnownOutcomes
from attrigraph.similarity.near_pairs import unit_vectors
from attrigraph.store.vector_engine import open_vectors
from attrigraph.store.vector_rows import read_vectors
from attrigraph.store.vectors import content_hashes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from attrigraph.graph.described import CampaignResult
    from attrigraph.services.query_vector import SimilarText
    from attrigraph.similarity.expectation import Expected
    from attrigraph.store.vector_rows import VectorRows
    from attrigraph.stores import Stores

    Floats = NDArray[np.float64]

MAX_CAMPAIGNS: Final = 2_000
"""Campaigns that are compared: where more are identified, those with the nearest texts."""

HALF_INTERVAL: Final = 1.6449
"""Half of a 90 % interval, in standard errors."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A campaign from which another one borrows.

    Attributes:
        id: of the campaign.
        name: of the campaign; None without one.
        weight: in the logarithm of the expected ROAS, 0 to 1.
        cosine_distance: of its text.
        roas: its own.
    """

    id: str
    name: str | None
    weight: float
    cosine_distance: float
    roas: Estimate


@dataclass(frozen=True, slots=True)
class ExpectedRoas:
    """The ROAS that a new campaign may expect.

    Attributes:
        roas: the estimate, below which half of such campaigns lie, with the 90 % interval of the
            campaign's true ROAS; without numbers where it is not identified.
        reason: why it is not identified; None if it is.
        common: mean of all campaigns, to which it is shrunk; None if it is not identified.
        common_weight: weight of that, 0 to 1, the rest is that of neighbours; None likewise.
        neighbours: campaigns by weight, the largest first.
        campaigns: those with a ROAS that is identified and above 0.
        without_return: those with an identified ROAS of 0 or less, which has no logarithm.
        not_identified: the other campaigns that have a vector.
        error: factor by which campaigns are missed, each expected from the others; None if it is
            not identified.
        common_error: the same where each is expected to have the mean of the others.
        model: whose credit it is.
    """

    roas: Estimate
    reason: str | None
    common: float | None
    common_weight: float | None
    neighbours: tuple[Neighbour, ...]
    campaigns: int
    without_return: int
    not_identified: int
    error: float | None
    common_error: float | None
    model: str

    def to_json(self) -> dict[str, Any]:
        """The object that ``attrigraph similar expect --json`` prints."""
        return asdict(self)


class _Roas(NamedTuple):
    value: float
    low: float
    high: float


class _Counts(NamedTuple):
    campaigns: int
    without_return: int
    not_identified: int


def expected_roas(
    stores: Stores,
    query: str | SimilarText,
    *,
    collection: str = "campaigns",
    model: str = MODEL,
) -> ExpectedRoas:
    """The ROAS that a campaign may expect from those that are like it.

    Args:
        stores: the graph and Postgres.
        query: the id of an embedded campaign, whose own results do not count, or a text.
        collection: of the vectors of campaigns, its name or alias.
        model: whose credit.

    Raises:
        InputError: there is no such collection, campaign or model, or the text cannot be embedded.
        MissingExtraError: the package of the collection's embedder is not installed.
    """
    select([model])
    with open_vectors(stores.engine) as engine:
        found = searched(engine, collection)
        vector, own = query_vector(engine, found, query)
        ids = sorted(content_hashes(engine, found).keys() - {own})
        results = read_results(stores.driver, ids, model)
        known = {id_: roas for id_ in results if (roas := _roas(results[id_])) is not None}
        positive = [id_ for id_, roas in known.items() if roas.value > 0]
        rows = read_vectors(engine, found, positive)
    counts = _Counts(len(rows.keys), len(known) - len(positive), len(results) - len(known))
    if counts.campaigns < MIN_CAMPAIGNS:
        credited = any(result.numbers[0] is not None for result in results.values())
        return _not_identified(counts, model, credited=credited)
    return _answer(_Near.of(rows, vector, known), results, counts, model)


def _roas(result: CampaignResult) -> _Roas | None:
    """The ROAS of a campaign with its interval; None where the data cannot answer it."""
    *_, value, low, high = result.numbers
    if result.identified is False or value is None or low is None or high is None:
        return None
    return _Roas(value, low, high)


def _not_identified(counts: _Counts, model: str, *, credited: bool) -> ExpectedRoas:
    missing = f"no campaign has credit of {model}: run `attrigraph attribute` first"
    few = (
        f"{MIN_CAMPAIGNS} campaigns with a ROAS that is identified and above 0 are needed to see "
        f"how much campaigns differ, and there are {counts.campaigns}"
    )
    nothing = Estimate(None, None, None, identified=False)
    reason = few if credited else missing
    return ExpectedRoas(nothing, reason, None, None, (), *counts, None, None, model)


@dataclass(frozen=True, slots=True, eq=False)
class _Near:
    """Campaigns with a known ROAS, the nearest first.

    Attributes:
        ids: of them ``[n]``.
        distances: of their texts from the query, ``[n]``.
        roas: of them ``[n]``.
        outcomes: the same for the numerics.
    """

    ids: Sequence[str]
    distances: Floats
    roas: Sequence[_Roas]
    outcomes: KnownOutcomes

    @classmethod
    def of(cls, rows: VectorRows, query: NDArray[np.float32], known: Mapping[str, _Roas]) -> _Near:
        unit = unit_vectors(rows.vectors)
        distances = np.maximum(1 - unit @ unit_vectors(query[None])[0], 0)
        nearest = np.argsort(distances, kind="stable")[:MAX_CAMPAIGNS]
        ids = [rows.keys[row] for row in nearest]
        table = np.array([known[id_] for id_ in ids])
        outcomes = KnownOutcomes(
            np.maximum(1 - unit[nearest] @ unit[nearest].T, 0),
            np.log(table[:, 0]),
            # the error of a logarithm is that of the number, relative to it
            (table[:, 2] - table[:, 1]) / (2 * HALF_INTERVAL * table[:, 0]),
        )
        return cls(ids, distances[nearest], [known[id_] for id_ in ids], outcomes)


def _answer(
    near: _Near, results: Mapping[str, CampaignResult], counts: _Counts, model: str
) -> ExpectedRoas:
    expected = near.outcomes.expected(near.distances[None])
    low, high = expected.interval()
    left_out = near.outcomes.left_out()
    value, roas_low, roas_high, common = np.exp([expected.mean, low, high, expected.common])[:, 0]
    return ExpectedRoas(
        _estimate(_Roas(float(value), float(roas_low), float(roas_high))),
        None,
        float(common),
        float(expected.common_weight[0]),
        tuple(_neighbours(near, expected, results)),
        *counts,
        _factor(near.outcomes.values - left_out.mean),
        _factor(near.outcomes.values - left_out.common),
        model,
    )


def _estimate(roas: _Roas) -> Estimate:
    return Estimate(roas.value, roas.low, roas.high, identified=True)


def _neighbours(
    near: _Near, expected: Expected, results: Mapping[str, CampaignResult]
) -> list[Neighbour]:
    weights = expected.weights[0]
    return [
        Neighbour(
            near.ids[row],
            results[near.ids[row]].name,
            float(weights[row]),
            float(near.distances[row]),
            _estimate(near.roas[row]),
        )
        for row in np.argsort(-weights, kind="stable")
    ]


def _factor(misses: Floats) -> float:
    """The typical factor of misses of a logarithm ``[n]``."""
    return float(np.exp(np.sqrt(np.mean(misses**2))))
