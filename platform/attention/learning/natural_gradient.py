"""Natural gradient: the size of a step is the change of the distribution, not of the parameters.

``theta <- theta - lr F^-1 g`` with the Fisher matrix ``F = E[s s^T]``, ``s = grad log p`` (Amari
1998; Martens 2020). Closed forms for a softmax policy and for a log-normal bid; conjugate gradients
or the diagonal for the rest. Gradients are those of a *loss*, which a step decreases.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from attention.geometry.conjugate_gradient import Product, conjugate_gradient

FLOOR = 1e-6
"""Smallest probability that a softmax policy's step divides by."""


BISECTIONS = 50
"""Halvings in the search for the longest step inside a trust region."""


@dataclass(frozen=True, eq=False)
class NaturalStep:
    """A step with bounded Kullback-Leibler divergence.

    Attributes:
        step: The change of the parameters, ``-scale lr F^-1 g``.
        divergence: Kullback-Leibler divergence of the step in nats: ``step^T F step / 2`` where
            only ``F`` is available, exact for a softmax policy.
        scale: 1, or the factor below 1 that kept the step inside the trust region.
        iterations: Products of the solve; 0 for the diagonal.
        residual: Relative residual of the solve; 0 for the diagonal.
    """

    step: Float[Tensor, " p"]
    divergence: float
    scale: float
    iterations: int
    residual: float


@dataclass(frozen=True, eq=False)
class ScoreGradient:
    """Gradient of the expected loss from logged actions, with its reliability.

    Attributes:
        gradient: Gradient of the expected loss with respect to each parameter.
        baseline: Importance-weighted mean reward, which is subtracted.
        effective_samples: ``(sum w)^2 / sum w^2`` of the clipped weights.
        clipped: Number of clipped importance weights.
    """

    gradient: Float[Tensor, " p"]
    baseline: float
    effective_samples: float
    clipped: int


def softmax_natural_gradient(
    logits: Float[Tensor, "*batch a"], gradient: Float[Tensor, "*batch a"]
) -> Float[Tensor, "*batch a"]:
    """Apply the pseudo-inverse of ``F = diag(p) - p p^T`` in closed form: ``g/p - mean(g/p)``.

    ``F`` is singular along the vector of ones: adding a constant to all logits changes nothing.
    A gradient with respect to logits sums to zero; any other is projected first, as by the
    pseudo-inverse. Probabilities are at least 1e-6, so a rare action cannot dominate the step.

    Args:
        logits: Unnormalised log-probabilities of ``a`` actions.
        gradient: Gradient of the loss with respect to the logits.
    """
    p = logits.softmax(-1).clamp_min(FLOOR)
    ratio = (gradient - gradient.mean(-1, keepdim=True)) / p
    return ratio - ratio.mean(-1, keepdim=True)


def softmax_fisher(logits: Float[Tensor, " a"]) -> Float[Tensor, "a a"]:
    """Return ``diag(p) - p p^T``, the matrix that the closed form inverts."""
    p = logits.softmax(-1)
    return torch.diag(p) - torch.outer(p, p)


def softmax_divergence(
    logits: Float[Tensor, "*batch a"], step: Float[Tensor, "*batch a"]
) -> Float[Tensor, "*batch"]:
    """Kullback-Leibler divergence ``KL(p || p moved by step)`` of a softmax policy, in nats."""
    before = logits.log_softmax(-1)
    return (before.exp() * (before - (logits + step).log_softmax(-1))).sum(-1)


def lognormal_natural_gradient(
    log_sigma: Float[Tensor, " b"],
    gradient_mu: Float[Tensor, " b"],
    gradient_log_sigma: Float[Tensor, " b"],
) -> tuple[Float[Tensor, " b"], Float[Tensor, " b"]]:
    """Apply ``F^-1 = diag(sigma^2, 1/2)`` of ``log bid ~ N(mu, sigma^2)``.

    Returns:
        The parts of ``mu`` and of ``log sigma``.
    """
    return (2 * log_sigma).exp() * gradient_mu, gradient_log_sigma / 2


def lognormal_divergence(
    log_sigma: Float[Tensor, " b"], step: Float[Tensor, "b 2"]
) -> Float[Tensor, " b"]:
    """Kullback-Leibler divergence in nats of a bid's distribution before and after a step.

    With ``step = (d, e)`` in ``(mu, log sigma)``:
    ``e + (exp(-2 e) (1 + d^2/sigma^2) - 1)/2``.
    """
    d, e = step.unbind(-1)
    ratio = torch.expm1(-2 * e) + torch.exp(-2 * (e + log_sigma)) * d.square()
    return e + ratio / 2


def lognormal_scores(
    log_bid: Float[Tensor, " t"], mu: Float[Tensor, ""], log_sigma: Float[Tensor, ""]
) -> Float[Tensor, "t 2"]:
    """Gradient of the log-density of each logged bid with respect to ``(mu, log sigma)``."""
    z = (log_bid - mu) * (-log_sigma).exp()
    return torch.stack((z * (-log_sigma).exp(), z.square() - 1), dim=-1)


def lognormal_log_density(
    log_bid: Float[Tensor, " t"], mu: Float[Tensor, ""], log_sigma: Float[Tensor, ""]
) -> Float[Tensor, " t"]:
    """Log-density of ``log bid`` up to the constant ``-log(2 pi)/2``, which cancels in ratios."""
    return -((log_bid - mu) * (-log_sigma).exp()).square() / 2 - log_sigma


def score_gradient(
    scores: Float[Tensor, "t p"],
    reward: Float[Tensor, " t"],
    log_ratio: Float[Tensor, " t"],
    *,
    clip: float = 10.0,
) -> ScoreGradient:
    """Gradient of the expected *loss* (minus the reward) from the actions of another policy.

    ``g = -mean_t w_t (r_t - b) s_t`` with ``w = min(clip, p_now(action)/p_logged(action))`` and the
    baseline ``b = sum w r / sum w``. Clipping bounds the variance at the price of a bias
    towards the logged policy; the result counts the clipped weights.

    Args:
        scores: ``grad log p_now`` of each logged action.
        reward: Reward of each action.
        log_ratio: ``log p_now(action) - log p_logged(action)``; zeros for the current policy's log.
        clip: Largest importance weight.

    Raises:
        ValueError: For an empty log, or a clip that is not positive.
    """
    if len(reward) == 0:
        raise ValueError("reward must hold at least one logged action, got none")
    if clip <= 0:
        raise ValueError(f"clip must be above 0, got {clip}")
    ratio = log_ratio.exp()
    weight = ratio.clamp_max(clip)
    total = weight.sum().clamp_min(torch.finfo(weight.dtype).tiny)
    baseline = (weight * reward).sum() / total
    gradient = -(weight * (reward - baseline)) @ scores / len(reward)
    return ScoreGradient(
        gradient,
        float(baseline),
        float(total.square() / weight.square().sum().clamp_min(torch.finfo(weight.dtype).tiny)),
        int((ratio > clip).sum()),
    )


def fisher_product(scores: Float[Tensor, "t p"]) -> Product:
    """Make ``v -> E[s (s.v)]`` from one score per sample, without forming the matrix."""

    def product(v: Tensor) -> Tensor:
        return scores.T @ (scores @ v) / len(scores)

    return product


def damping_of(scores: Float[Tensor, "t p"], share: float = 1e-3) -> float:
    """Damping ``lambda = share * trace(F)/p``: a fraction of the mean eigenvalue."""
    return share * float(scores.square().sum()) / scores.numel()


def trust_region(
    step: Float[Tensor, " p"], product: Product, delta: float
) -> tuple[Float[Tensor, " p"], float, float]:
    """Shorten a step to ``step^T F step / 2 <= delta``; return it with divergence and factor."""
    divergence = float(step @ product(step)) / 2
    if divergence <= delta:
        return step, divergence, 1.0
    scale = (delta / divergence) ** 0.5
    return scale * step, delta, scale


def longest_step(
    divergence: Callable[[Tensor], Tensor], ones: Float[Tensor, "*b"], delta: float
) -> Float[Tensor, "*b"]:
    """Find by bisection the factors in [0, 1] whose exact divergence reaches ``delta``.

    The second-order divergence is not accurate enough: it misses the cubic term, which at .01 nats
    can be a tenth of it, and for long steps the true divergence may grow linearly.
    """
    outside = divergence(ones) > delta
    if not bool(outside.any()):
        return ones
    low, high = torch.where(outside, 0.0, ones), ones
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        inside = divergence(middle) <= delta
        low, high = torch.where(inside, middle, low), torch.where(inside, high, middle)
    return low


def natural_step(
    gradient: Float[Tensor, " p"],
    product: Product,
    *,
    lr: float = 0.1,
    damping: float = 0.0,
    delta: float | None = 0.01,
    iterations: int = 10,
    tol: float = 1e-6,
) -> NaturalStep:
    """Full natural-gradient step by conjugate gradients on ``(F + damping I) x = g``.

    Args:
        gradient: Gradient of the loss.
        product: ``v -> F v``, for example from :func:`fisher_product`.
        lr: Learning rate, the fraction of the full step.
        damping: See :func:`damping_of`; only undamped steps are independent of the coordinates.
        delta: Largest divergence of the step itself (after ``lr``), in nats; ``None`` for no bound.
        iterations: Largest number of products in the solve.
        tol: Relative residual at which the solve stops.
    """
    solved = conjugate_gradient(
        lambda v: product(v) + damping * v, gradient, iterations=iterations, tol=tol
    )
    bound = float("inf") if delta is None else delta
    step, divergence, scale = trust_region(-lr * solved.x, product, bound)
    return NaturalStep(step, divergence, scale, solved.iterations, solved.residual)


def diagonal_step(
    gradient: Float[Tensor, " p"],
    scores: Float[Tensor, "t p"],
    *,
    lr: float = 0.1,
    damping: float = 0.0,
    delta: float | None = 0.01,
) -> NaturalStep:
    """Step with the diagonal of ``F``: cheap, but dependent on the coordinates.

    The trust region uses the full ``F``, so the bound holds here too.
    """
    diagonal = scores.square().mean(0) + damping
    bound = float("inf") if delta is None else delta
    move = -lr * gradient / diagonal
    step, divergence, scale = trust_region(move, fisher_product(scores), bound)
    return NaturalStep(step, divergence, scale, 0, 0.0)


@dataclass(frozen=True)
class BidStep:
    """The effect of one step on the bids.

    Attributes:
        divergence: Largest exact Kullback-Leibler divergence over the campaigns, in nats.
        shortened: Number of bids whose step was shortened to the trust region.
        bounded: Number of bids whose ``mu`` or ``sigma`` reached its bound.
    """

    divergence: float
    shortened: int
    bounded: int


class LogNormalBids(nn.Module):
    """One bid distribution per campaign, ``log bid ~ N(mu, sigma^2)``, with natural steps.

    Truncated draws would no longer have the density that the scores assume. So drawn bids are not
    bounded; instead ``mu`` is bounded and ``sigma`` has a floor.

    Args:
        mu: Initial means of log bids, one per campaign.
        sigma: Initial standard deviations.
        low: Lower bound of ``mu``.
        high: Upper bound of ``mu``.
        floor: Smallest ``sigma``.
    """

    def __init__(
        self,
        mu: Float[Tensor, " b"],
        sigma: Float[Tensor, " b"],
        *,
        low: float,
        high: float,
        floor: float = 0.05,
    ) -> None:
        super().__init__()
        if mu.shape != sigma.shape or mu.ndim != 1:
            raise ValueError(
                "mu and sigma must be vectors of equal length, "
                f"got {tuple(mu.shape)} and {tuple(sigma.shape)}"
            )
        if not low < high or floor <= 0:
            raise ValueError(
                f"low must be below high and floor above 0, got {low}, {high} and {floor}"
            )
        if bool(((mu < low) | (mu > high)).any()) or bool((sigma < floor).any()):
            raise ValueError("mu must be within [low, high] and sigma at least floor at the start")
        self.low, self.high, self.floor = low, high, floor
        self.mu = nn.Parameter(mu.detach().clone())
        self.log_sigma = nn.Parameter(sigma.detach().log())

    def forward(self, *, generator: torch.Generator | None = None) -> Float[Tensor, " b"]:
        """Draw one bid per campaign, in the currency of the bids."""
        noise = torch.randn(
            self.mu.shape, generator=generator, dtype=self.mu.dtype, device=self.mu.device
        )
        return (self.mu + self.log_sigma.exp() * noise).exp().detach()

    def score_gradient(
        self,
        campaign: int,
        log_bid: Float[Tensor, " t"],
        reward: Float[Tensor, " t"],
        logged: tuple[float, float],
        *,
        clip: float = 10.0,
    ) -> ScoreGradient:
        """Gradient for one campaign from its auctions, logged under ``logged = (mu, sigma)``."""
        mu, log_sigma = self.mu[campaign].detach(), self.log_sigma[campaign].detach()
        old = torch.tensor(logged, dtype=mu.dtype, device=mu.device)
        ratio = lognormal_log_density(log_bid, mu, log_sigma) - lognormal_log_density(
            log_bid, old[0], old[1].log()
        )
        scores = lognormal_scores(log_bid, mu, log_sigma)
        return score_gradient(scores, reward, ratio, clip=clip)

    @torch.no_grad()
    def step(
        self, gradient: Float[Tensor, "b 2"], *, lr: float = 0.1, delta: float = 0.01
    ) -> BidStep:
        """Apply the natural gradient step of every campaign, each within its own trust region.

        Args:
            gradient: Gradient of the loss in ``(mu, log sigma)``, one row per campaign.
            lr: Learning rate.
            delta: Largest divergence of a campaign's step, in nats.
        """
        natural = lognormal_natural_gradient(self.log_sigma, gradient[:, 0], gradient[:, 1])
        move = -lr * torch.stack(natural, dim=-1)

        def divergence(scale: Tensor) -> Tensor:
            return lognormal_divergence(self.log_sigma, scale[:, None] * move)

        scale = longest_step(divergence, torch.ones_like(self.mu), delta)
        mu, log_sigma = (self.mu + scale * move[:, 0]), (self.log_sigma + scale * move[:, 1])
        smallest = math.log(self.floor)
        outside = (mu < self.low) | (mu > self.high) | (log_sigma < smallest)
        largest = float(divergence(scale).max()) if len(mu) else 0.0
        self.mu.copy_(mu.clamp(self.low, self.high))
        self.log_sigma.copy_(log_sigma.clamp_min(smallest))
        return BidStep(largest, int((scale < 1).sum()), int(outside.sum()))

    def extra_repr(self) -> str:
        """Show the bounds."""
        return f"campaigns={len(self.mu)}, low={self.low}, high={self.high}, floor={self.floor}"


class SoftmaxPolicy(nn.Module):
    """A policy with one logit per action and the closed-form natural gradient.

    Args:
        actions: Number of actions.
    """

    def __init__(self, actions: int) -> None:
        super().__init__()
        if actions < 2:
            raise ValueError(f"actions must be at least 2, got {actions}")
        self.logits = nn.Parameter(torch.empty(actions))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Start with equal probabilities."""
        nn.init.zeros_(self.logits)

    def forward(self) -> Float[Tensor, " a"]:
        """Probability of each action."""
        return self.logits.softmax(-1)

    @torch.no_grad()
    def step(
        self, gradient: Float[Tensor, " a"], *, lr: float = 0.1, delta: float = 0.01
    ) -> NaturalStep:
        """Apply the natural gradient step of the loss, within the trust region."""
        move = -lr * softmax_natural_gradient(self.logits, gradient)

        def divergence(scale: Tensor) -> Tensor:
            return softmax_divergence(self.logits, scale * move)

        scale = longest_step(divergence, torch.ones_like(self.logits[0]), delta)
        reached = float(divergence(scale))
        self.logits.add_(scale * move)
        return NaturalStep(scale * move, reached, float(scale), 0, 0.0)

    def extra_repr(self) -> str:
        """Show the number of actions."""
        return f"actions={len(self.logits)}"
