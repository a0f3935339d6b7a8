"""An upper bound on the value of every plan, from prices alone (Lagrangian duality).

For prices ``lam`` of the budget, ``rho`` of rows, ``nu`` of shared responses, and shares ``alpha``
of each synergy that sum to its worth, every feasible plan brings at most

    at minimum + lam (budget - sum of minima) + sum of rho times the slack limits at the minima
    + sum over shared responses of [pieces (gain - nu width)+ + nu times the members' minima]
    + sum over campaigns and pieces of the largest fill (gain - width / L * price + alpha / L)

where each fill lies within what the campaign may do, mostly [0, 1], and a campaign's price is
``lam + sum of rho weight - sum of nu``. A plan whose value reaches the bound is optimal. No solver
is needed to check that, only sums: the bound holds for any prices of the right signs, so wrong
prices give a looser bound and never a wrong one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attrigraph.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.planning.problem import Problem
    from attrigraph.planning.solution import Prices

    Floats = NDArray[np.float64]


def upper_bound(problem: Problem, prices: Prices) -> float:
    """The most that any plan of the problem can bring, in money.

    Raises:
        InputError: a price has the wrong sign for its limit, or shares are negative.
    """
    if prices.budget < 0:
        raise InputError(f"the price of the budget must be at least 0, got {prices.budget}")
    price = np.full(len(problem.ids), prices.budget)
    bound = float(problem.at_minimum.sum()) + prices.budget * problem.available
    bound += _of_rows(problem, prices, price) + _of_shared(problem, prices, price)
    shares, unshared = shared_worth(problem, prices)
    margin = problem.gains - (problem.width * price)[:, None] / problem.levels + shares
    least, most = problem.piece_bounds
    return bound + unshared + float(np.maximum(margin * least, margin * most).sum())


def _of_rows(problem: Problem, prices: Prices, price: Floats) -> float:
    """What the limits of rows add to the bound; their prices are added to those of campaigns."""
    added = 0.0
    for row in problem.rows:
        rho = prices.rows.get(row.name, 0.0)
        limit = row.upper if rho > 0 else row.lower
        if rho and not np.isfinite(limit):
            raise InputError(f"{row.name!r} has a price of {rho} for a limit that it does not have")
        if rho:
            added += rho * (limit - float(row.weights @ problem.minimum[row.members]))
            np.add.at(price, row.members, rho * row.weights)
    return added


def _of_shared(problem: Problem, prices: Prices, price: Floats) -> float:
    added = 0.0
    for response in problem.shared:
        nu = prices.shared.get(response.name, 0.0)
        if nu < 0:
            raise InputError(f"the price of {response.name!r} must be at least 0, got {nu}")
        added += float(np.maximum(response.gains - nu * response.width, 0).sum())
        added += nu * float(problem.minimum[response.members].sum())
        np.add.at(price, response.members, -nu)
    return added


def shared_worth(problem: Problem, prices: Prices) -> tuple[Floats, float]:
    """Worth of synergies by campaign and piece ``[n, L]``, and what is shared with nobody."""
    shares = np.zeros_like(problem.gains)
    synergies = problem.synergies
    if prices.shares is None:
        return shares, float(synergies.worth.sum())
    if np.min(prices.shares, initial=0.0) < 0:
        raise InputError("shares of synergies must be at least 0")
    per_level = np.broadcast_to(prices.shares, (*synergies.members.shape, problem.levels))
    for members, share in zip(synergies.members.T, per_level.swapaxes(0, 1), strict=True):
        np.add.at(shares, members, share / problem.levels)
    unshared = np.maximum(synergies.worth[:, None] - per_level.sum(axis=1), 0)
    return shares, float(unshared.sum()) / problem.levels
