"""The tests of each channel, pooled by inverse variance, and whether they agree.

Cochran's Q compares the tests of one channel with each other (Cochran 1954). Tests that differ by
more than their standard errors allow are pooled with the between-test variance of DerSimonian &
Laird (1986), so the pooled standard error grows with the disagreement.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import chi2

from attrigraph.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.experiments.lift_test import LiftTest


@dataclass(frozen=True, slots=True, eq=False)
class PooledTests:
    """What the tests of each channel say together.

    Attributes:
        lift: float64 ``[keys]``, 0 without a test.
        variance: float64 ``[keys]``, of the lift; infinite without a test.
        count: int64 ``[keys]``, number of tests.
        cochran_q: float64 ``[keys]``, 0 for fewer than two tests.
        p_value: float64 ``[keys]``, of Cochran's Q; 1 for fewer than two tests.
    """

    lift: NDArray[np.float64]
    variance: NDArray[np.float64]
    count: NDArray[np.int64]
    cochran_q: NDArray[np.float64]
    p_value: NDArray[np.float64]

    @property
    def tested(self) -> NDArray[np.bool_]:
        """Whether each channel has a test."""
        return self.count > 0


def pool_tests(keys: Sequence[str | None], tests: Sequence[LiftTest]) -> PooledTests:
    """Pool the tests of each channel.

    Raises:
        InputError: a test of a channel that is not among the keys.
    """
    rows = [_row_of(keys, test.channel) for test in tests]
    n = len(keys)
    lift, variance = np.zeros(n), np.full(n, np.inf)
    count = np.bincount(np.array(rows, dtype=np.int64), minlength=n)
    cochran_q, p_value = np.zeros(n), np.ones(n)
    for key in np.unique(rows).astype(np.int64).tolist():
        of_key = [test for test, row in zip(tests, rows, strict=True) if row == key]
        lifts = np.array([test.lift for test in of_key])
        variances = np.array([test.standard_error**2 for test in of_key])
        cochran_q[key], between = _heterogeneity(lifts, variances)
        if len(of_key) > 1:
            p_value[key] = chi2.sf(cochran_q[key], len(of_key) - 1)
        precision = 1 / (variances + between)
        lift[key] = (precision @ lifts) / precision.sum()
        variance[key] = 1 / precision.sum()
    return PooledTests(lift, variance, count, cochran_q, p_value)


def _row_of(keys: Sequence[str | None], channel: str) -> int:
    if channel in keys:
        return keys.index(channel)
    names = ", ".join(str(key) for key in keys if key is not None)
    raise InputError(
        f"the lift test of {channel!r} has no matching touches; channels with touches are {names}"
    )


def _heterogeneity(
    lifts: NDArray[np.float64], variances: NDArray[np.float64]
) -> tuple[float, float]:
    """Cochran's Q and the between-test variance of DerSimonian & Laird."""
    weight = 1 / variances
    mean = (weight @ lifts) / weight.sum()
    q = float(weight @ (lifts - mean) ** 2)
    scale = weight.sum() - (weight**2).sum() / weight.sum()
    excess = q - (len(lifts) - 1)
    return q, max(0.0, excess / scale) if len(lifts) > 1 else 0.0
