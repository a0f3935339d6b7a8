"""Several conversion models, each fitted to a redraw of the users (bagging; Breiman 1996).

Member k weighs each user by a Poisson(1) number, which is the bootstrap of a large sample taken one
user at a time (Oza and Russell 2001). Users with weight 0, about e^-1 of them, are out of the bag:
the member stops and is calibrated by them, so no user has to be held out from all members. The mean
of members is steadier than one of them, and how far they lie apart says how much a fit moves when
the users are redrawn and the start is another.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gnn.journeys import JourneyColumns, Vocabulary
from gnn.training import Fitted, TrainingSettings, fit


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Conversion models fitted to redraws of the same users.

    Attributes:
        members: the models, at least two.
        out_of_bag: float64 ``[journeys]``, mean chance that members tell of the journey of a user
            they have not learnt from; NaN where all have.
    """

    members: tuple[Fitted, ...]
    out_of_bag: NDArray[np.float64]


def fit_ensemble(
    journeys: JourneyColumns,
    vocabulary: Vocabulary,
    settings: TrainingSettings | None = None,
    *,
    members: int = 6,
    seed: int = 0,
    told: Callable[[int], None] | None = None,
) -> Ensemble:
    """Fit an ensemble to all journeys.

    Args:
        journeys: to learn from; users are redrawn, with all their journeys.
        vocabulary: of all journeys the models will be asked about.
        settings: how to fit; each member has a seed of its own.
        members: how many models, at least 2.
        seed: of the redraws and of the members.
        told: called with the number of members that are done, after each.

    Raises:
        ValueError: fewer than 2 members, or too few conversions in or out of a bag.
        NotConvergedError: a member did not settle.
    """
    if members < 2:
        raise ValueError(f"an ensemble needs at least 2 members, got {members}")
    settings = settings or TrainingSettings()
    users, user = np.unique(journeys.user, return_inverse=True)
    made: list[Fitted] = []
    total, asked = np.zeros(len(journeys)), np.zeros(len(journeys))
    for number in range(members):
        drawn = np.random.default_rng([seed, number]).poisson(1.0, len(users))[user]
        out = np.flatnonzero(drawn == 0)
        outside = journeys.select(out)
        own = replace(settings, seed=seed * members + number)
        fitted = fit(in_bag(journeys, drawn), outside, vocabulary, own)
        total[out] += fitted.probabilities(outside)
        asked[out] += 1
        made.append(fitted)
        if told is not None:
            told(number + 1)
    with np.errstate(invalid="ignore"):
        return Ensemble(tuple(made), total / asked)


def in_bag(journeys: JourneyColumns, drawn: NDArray[np.int64]) -> JourneyColumns:
    """Return the journeys that were drawn, each weighted by how often.

    Args:
        journeys: the columns.
        drawn: int64 ``[journeys]``, at least 0.
    """
    rows = np.flatnonzero(drawn)
    kept = journeys.select(rows)
    return replace(kept, weight=kept.weight * drawn[rows])
