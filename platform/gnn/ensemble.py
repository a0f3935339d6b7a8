"""Several conversion models, each fitted to a bootstrap sample of the users (Breiman 1996).

Member k weights each user by a Poisson(1) number, which is the bootstrap of a large sample (Oza and
Russell 2001). Users with weight 0, about e^-1 of them, are out of the bag: they serve for early
stopping and calibration of that member, so no user is held out from all members. The mean of the
members has less variance than one of them. Their spread shows how much a fit depends on the sample
of users and on the initial parameters.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gnn.journeys import JourneyColumns, Vocabulary
from gnn.training import FittedModel, TrainingSettings, fit


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Conversion models fitted to bootstrap samples of the same users.

    Attributes:
        members: the models, at least two.
        out_of_bag: float64 ``[journeys]``, mean predicted probability over the members without the
            journey's user in their sample; NaN if there is none.
    """

    members: tuple[FittedModel, ...]
    out_of_bag: NDArray[np.float64]


def fit_ensemble(
    journeys: JourneyColumns,
    vocabulary: Vocabulary,
    settings: TrainingSettings | None = None,
    *,
    members: int = 6,
    seed: int = 0,
    on_member: Callable[[int], None] | None = None,
) -> Ensemble:
    """Fit an ensemble to all journeys.

    Args:
        journeys: training journeys; users are resampled with all their journeys.
        vocabulary: vocabulary of all journeys, also those of later predictions.
        settings: settings of the fits, except the seed.
        members: number of models, at least 2.
        seed: seed of the samples and of the members.
        on_member: called after each member with the number of finished members.

    Raises:
        ValueError: fewer than 2 members, or too few conversions in or out of a bag.
        NotConvergedError: a member did not converge.
    """
    if members < 2:
        raise ValueError(f"members must be at least 2, got {members}")
    settings = settings or TrainingSettings()
    users, user = np.unique(journeys.user, return_inverse=True)
    models: list[FittedModel] = []
    total, n_members = np.zeros(len(journeys)), np.zeros(len(journeys))
    for number in range(members):
        counts = np.random.default_rng([seed, number]).poisson(1.0, len(users))[user]
        out = np.flatnonzero(counts == 0)
        outside = journeys.select(out)
        member_settings = replace(settings, seed=seed * members + number)
        fitted = fit(in_bag(journeys, counts), outside, vocabulary, member_settings)
        total[out] += fitted.probabilities(outside)
        n_members[out] += 1
        models.append(fitted)
        if on_member is not None:
            on_member(number + 1)
    with np.errstate(invalid="ignore"):
        return Ensemble(tuple(models), total / n_members)


def in_bag(journeys: JourneyColumns, counts: NDArray[np.int64]) -> JourneyColumns:
    """Return the sampled journeys, each weighted by its count.

    Args:
        journeys: the columns.
        counts: int64 ``[journeys]``, at least 0.
    """
    rows = np.flatnonzero(counts)
    sampled = journeys.select(rows)
    return replace(sampled, weight=sampled.weight * counts[rows])
