"""Simulated accounts whose ROAS depends on the themes of campaigns, and how well it is expected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from attrigraph.similarity.expectation import KnownOutcomes
from attrigraph.similarity.near_pairs import unit_vectors

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Account:
    """An account that is simulated.

    Attributes:
        campaigns: how many, before those with a measured ROAS of 0 or less are left out.
        themes: how many.
        spread: standard deviation of the logarithm of ROAS between campaigns.
        share: of its variance that is between themes; with 0, texts have no information.
        noise: of texts, in units of the distance between themes.
        tails: degrees of freedom of what is not between themes; infinite is normal.
    """

    campaigns: int
    themes: int
    spread: float = 0.5
    share: float = 0.6
    noise: float = 1.0
    tails: float = np.inf

    def simulate(self, seed: int) -> tuple[KnownOutcomes, Floats]:
        """Measured outcomes and the true logarithms; standard errors are 5 to 40 % of a ROAS."""
        rng = np.random.default_rng([seed, self.campaigns, self.themes])
        theme = rng.integers(0, self.themes, self.campaigns)
        centres = rng.normal(size=(self.themes, 64))
        texts = centres[theme] + self.noise * rng.normal(size=(self.campaigns, 64))
        own = rng.normal(size=self.campaigns)
        if np.isfinite(self.tails):
            scale = np.sqrt((self.tails - 2) / self.tails)
            own = rng.standard_t(self.tails, self.campaigns) * scale
        level = np.sqrt(self.share) * rng.normal(size=self.themes)[theme]
        true = 0.7 + self.spread * (level + np.sqrt(1 - self.share) * own)
        error = np.exp(true) * np.exp(rng.uniform(np.log(0.05), np.log(0.4), self.campaigns))
        measured = np.exp(true) + error * rng.normal(size=self.campaigns)
        kept = measured > 0
        unit = unit_vectors(texts[kept])
        outcomes = KnownOutcomes(
            np.maximum(1 - unit @ unit.T, 0),
            np.log(measured[kept]),
            error[kept] / measured[kept],
        )
        return outcomes, true[kept]


@dataclass(frozen=True)
class Judged:
    """How well outcomes were expected, each campaign left out of everything, ``[n]``.

    Attributes:
        errors: of the mean.
        common_errors: of the plain mean of the others.
        covered: whether the interval holds what was measured.
        true_covered: whether it holds the truth.
    """

    errors: Floats
    common_errors: Floats
    covered: NDArray[np.bool_]
    true_covered: NDArray[np.bool_]

    @property
    def ratio(self) -> float:
        """Root mean square error in units of that of the plain mean."""
        return float(np.sqrt(np.mean(self.errors**2) / np.mean(self.common_errors**2)))


def judge(account: Account, seeds: range) -> Judged:
    """Expect each campaign of some accounts from the others alone."""
    rows: list[tuple[float, ...]] = []
    for seed in seeds:
        outcomes, true = account.simulate(seed)
        rows += (_judged(outcomes, float(true[row]), row) for row in range(len(true)))
    errors, common, covered, true_covered = np.array(rows).T
    return Judged(errors, common, covered > 0, true_covered > 0)


def _judged(outcomes: KnownOutcomes, true: float, left_out: int) -> tuple[float, ...]:
    rest = np.arange(len(outcomes.values)) != left_out
    value, error = float(outcomes.values[left_out]), float(outcomes.errors[left_out])
    known = KnownOutcomes(
        outcomes.distances[np.ix_(rest, rest)], outcomes.values[rest], outcomes.errors[rest]
    )
    expected = known.expected(outcomes.distances[left_out, rest][None])
    [low], [high] = expected.interval(error)
    [true_low], [true_high] = expected.interval()
    return (
        value - float(expected.mean[0]),
        value - float(known.values.mean()),
        float(low <= value <= high),
        float(true_low <= true <= true_high),
    )
