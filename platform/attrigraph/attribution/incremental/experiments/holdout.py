"""Lift of a randomised holdout: intention to treat, adjusted for what was known before.

Everyone counts in the group that chance put them into, whether or not the channel reached them.
Covariates from before the experiment reduce the variance and do not bias the difference: CUPED
(Deng, Xu, Kohavi & Walker 2013) in the form of Lin (2013), with one regression per group on
covariates that are centred over both. The difference of the intercepts is the effect per customer;
its variance is the sum of the residual variances over the sizes of the groups.

Whether chance made groups of the intended sizes is tested first (sample-ratio mismatch; Fabijan et
al. 2019): where it did not, customers are missing from one group, and no adjustment helps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.stats import chi2

from attrigraph.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

MIN_RATIO_P: Final = 1e-3
"""Groups with a smaller p-value of their sizes are refused."""

MIN_GROUP: Final = 30
"""Minimum number of customers in each group."""


@dataclass(frozen=True, slots=True)
class HoldoutLift:
    """What a holdout measured.

    Attributes:
        lift: conversions that the channel causes among the customers to whom it is scaled; may be
            negative.
        standard_error: of the lift.
        unadjusted: the lift without covariates.
        unadjusted_error: its standard error.
        treated: number of customers who were not held out.
        held_out: number of customers who were held out.
        ratio_p: p-value of the sizes of the groups against the intended share.
    """

    lift: float
    standard_error: float
    unadjusted: float
    unadjusted_error: float
    treated: int
    held_out: int
    ratio_p: float

    @property
    def variance_reduction(self) -> float:
        """Share of the variance that the covariates removed; at most 1."""
        return 1 - (self.standard_error / self.unadjusted_error) ** 2


def holdout_lift(
    outcome: NDArray[np.float64],
    held_out: NDArray[np.bool_],
    covariates: NDArray[np.float64],
    *,
    customers: int,
    share: float | None = None,
) -> HoldoutLift:
    """Estimate the lift of a holdout.

    Args:
        outcome: float64 ``[n]``, conversions of each customer during the experiment.
        held_out: bool ``[n]``.
        covariates: float64 ``[n, p]``, known before the experiment, without missing values.
        customers: number of customers to which the lift is scaled.
        share: intended share of customers held out, in (0, 1); None for a half.

    Raises:
        InputError: a group is too small, or the sizes of the groups do not fit the share.
    """
    n = np.array([(~held_out).sum(), held_out.sum()])
    if n.min() < MIN_GROUP:
        raise InputError(
            f"a holdout needs at least {MIN_GROUP} customers in each group, got {n[0]:,} who were"
            f" not held out and {n[1]:,} who were"
        )
    ratio_p = _check_ratio(n, share)
    scale = float(customers)
    effect, error = _effect(outcome, held_out, covariates)
    plain, plain_error = _effect(outcome, held_out, covariates[:, :0])
    if not error < plain_error:
        effect, error = plain, plain_error
    return HoldoutLift(
        lift=scale * effect,
        standard_error=scale * error,
        unadjusted=scale * plain,
        unadjusted_error=scale * plain_error,
        treated=int(n[0]),
        held_out=int(n[1]),
        ratio_p=ratio_p,
    )


def _check_ratio(n: NDArray[np.int64], share: float | None) -> float:
    """p-value of Pearson's chi-square test of the sizes of the groups."""
    intended = 0.5 if share is None else share
    if not 0 < intended < 1:
        raise InputError(f"the intended share of the holdout must be between 0 and 1, got {share}")
    expected = n.sum() * np.array([1 - intended, intended])
    p_value = float(chi2.sf(((n - expected) ** 2 / expected).sum(), 1))
    if p_value < MIN_RATIO_P:
        given = "half of them were intended" if share is None else f"{share:.4g} was intended"
        raise InputError(
            f"{n[1]:,} of {n.sum():,} customers were held out ({n[1] / n.sum():.4g}), where"
            f" {given} (p {p_value:.1g}): customers are missing from one group, or the intended"
            " share is another; name it with --share"
        )
    return p_value


def _effect(
    outcome: NDArray[np.float64], held_out: NDArray[np.bool_], covariates: NDArray[np.float64]
) -> tuple[float, float]:
    """Effect per customer and its standard error."""
    centred = covariates - covariates.mean(axis=0)
    means, variances = [], []
    for group in (~held_out, held_out):
        columns = np.column_stack([np.ones(int(group.sum())), centred[group]])
        coefficients, _, rank, _ = np.linalg.lstsq(columns, outcome[group], rcond=None)
        residual = outcome[group] - columns @ coefficients
        means.append(float(coefficients[0]))
        variances.append(float(residual @ residual) / (len(residual) - int(rank)) / len(residual))
    return means[0] - means[1], float(np.sqrt(sum(variances)))
