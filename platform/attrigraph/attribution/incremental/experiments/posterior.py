"""Posterior of the channels' effects given lift tests, as mixtures of normal distributions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import logsumexp
from scipy.stats import norm

from attrigraph.attribution.incremental.experiments.bias_prior import components, hyper_weights

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class ChannelPosterior:
    """The effect of one channel, given a pair of a centre and a spread.

    Attributes:
        mean: float64 ``[hyper, parts]``.
        variance: float64 ``[hyper, parts]``.
        weight: float64 ``[hyper, parts]``; sums to 1 over the parts.
        chance: float64 ``[hyper, parts]``, share of the variance that is chance.
        gain: float64 ``[hyper, parts]``, weight of the test against the prior, in [0, 1].
        evidence: float64 ``[hyper]``, log density of the test; 0 without one.
    """

    mean: NDArray[np.float64]
    variance: NDArray[np.float64]
    weight: NDArray[np.float64]
    chance: NDArray[np.float64]
    gain: NDArray[np.float64]
    evidence: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """Joint posterior of the channels' effects.

    Attributes:
        hyper: float64 ``[hyper]``, weights of the pairs of a centre and a spread.
        channels: one posterior per channel.
    """

    hyper: NDArray[np.float64]
    channels: tuple[ChannelPosterior, ...]

    def mean(self) -> NDArray[np.float64]:
        """Expected effects ``[keys]``."""
        return np.array([self.hyper @ (one.weight * one.mean).sum(axis=1) for one in self.channels])

    def variance(self) -> NDArray[np.float64]:
        """Variances ``[keys]`` of the effects."""
        second = [
            self.hyper @ (one.weight * (one.variance + one.mean**2)).sum(axis=1)
            for one in self.channels
        ]
        return np.maximum(np.array(second) - self.mean() ** 2, 0.0)

    def measured(self) -> NDArray[np.float64]:
        """Weight ``[keys]`` of each channel's own test against its prior, in [0, 1]."""
        return np.array([self.hyper @ (one.weight * one.gain).sum(axis=1) for one in self.channels])

    def draws(self, chance: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
        """Draws ``[draws, keys]`` of the effects.

        Args:
            chance: float64 ``[draws, keys]``, standardised errors of the estimates over customers.
                Their correlation between channels is kept where the test leaves it.
            rng: source of the bias.
        """
        n, keys = chance.shape
        point = _stratified(n, rng)
        order = np.searchsorted(np.cumsum(self.hyper), point).clip(max=len(self.hyper) - 1)
        drawn = np.empty((n, keys))
        for key, channel in enumerate(self.channels):
            cumulative = np.cumsum(channel.weight[order], axis=1)
            part = (cumulative < _stratified(n, rng)[:, None]).sum(axis=1)
            part = part.clip(max=channel.weight.shape[1] - 1)
            share = channel.chance[order, part]
            noise = np.sqrt(share) * chance[:, key]
            noise += np.sqrt(1 - share) * norm.ppf(_stratified(n, rng))
            drawn[:, key] = channel.mean[order, part]
            drawn[:, key] += np.sqrt(channel.variance[order, part]) * noise
        return drawn


def posterior_of(
    estimate: NDArray[np.float64],
    chance_sd: NDArray[np.float64],
    lift: NDArray[np.float64],
    lift_variance: NDArray[np.float64],
) -> Posterior:
    """Posterior of the effects.

    Args:
        estimate: float64 ``[keys]``, the model's estimates.
        chance_sd: float64 ``[keys]``, their sampling errors.
        lift: float64 ``[keys]``, tests of the same effects.
        lift_variance: float64 ``[keys]``; infinite where there is no test.
    """
    rows: Sequence[tuple[float, float, float, float]] = np.stack(
        [estimate, chance_sd, lift, lift_variance], axis=1
    ).tolist()
    channels = tuple(_channel(*row) for row in rows)
    log_hyper = np.log(hyper_weights()) + sum(one.evidence for one in channels)
    return Posterior(np.exp(log_hyper - logsumexp(log_hyper)), channels)


def _channel(estimate: float, chance_sd: float, lift: float, variance: float) -> ChannelPosterior:
    prior = components(estimate, chance_sd)
    weight = np.broadcast_to(prior.weight, prior.mean.shape)
    if not np.isfinite(variance):
        nothing = np.zeros(len(prior.mean))
        gain = np.zeros_like(prior.mean)
        return ChannelPosterior(prior.mean, prior.variance, weight, prior.chance, gain, nothing)
    total = prior.variance + variance
    fit = np.log(weight) + norm.logpdf(lift, prior.mean, np.sqrt(total))
    evidence = logsumexp(fit, axis=1)
    gain = prior.variance / total
    # no effect at all is a point without variance; the test weighs there as at little effect
    weighed = np.hstack([gain[:, :-1], gain[:, -2:-1]])
    return ChannelPosterior(
        mean=prior.mean + gain * (lift - prior.mean),
        variance=prior.variance * (1 - gain),
        weight=np.exp(fit - evidence[:, None]),
        chance=prior.chance,
        gain=weighed,
        evidence=evidence,
    )


def _stratified(n: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """One uniform number per stratum of ``[0, 1]``, in random order."""
    return (rng.permutation(n) + rng.random(n)) / max(n, 1)
