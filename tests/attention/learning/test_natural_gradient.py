from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.distributions import Categorical, Normal, kl_divergence

from attention.learning.natural_gradient import (
    LogNormalBids,
    SoftmaxPolicy,
    damping_of,
    diagonal_step,
    fisher_product,
    lognormal_divergence,
    lognormal_log_density,
    lognormal_natural_gradient,
    lognormal_scores,
    natural_step,
    score_gradient,
    softmax_fisher,
    softmax_natural_gradient,
)

UNDAMPED: dict[str, Any] = {"lr": 0.1, "delta": None, "iterations": 50, "tol": 1e-14}


def random(seed: int, *shape: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def test_the_closed_form_of_the_softmax_policy_is_the_pseudo_inverse() -> None:
    logits, gradient = random(0, 7), random(1, 7)
    exact = torch.linalg.pinv(softmax_fisher(logits)) @ gradient
    torch.testing.assert_close(
        softmax_natural_gradient(logits, gradient), exact, rtol=1e-11, atol=1e-11
    )


def test_an_action_hardly_ever_taken_does_not_throw_the_policy() -> None:
    logits = torch.tensor([0.0, 0.0, -60.0], dtype=torch.float64)
    step = softmax_natural_gradient(
        logits, torch.tensor([0.5, -0.5 - 1e-9, 1e-9], dtype=torch.float64)
    )
    assert step.abs().max() < 2


def test_the_closed_form_of_log_normal_bids_inverts_the_fisher_matrix_of_their_scores() -> None:
    mu = torch.tensor(0.3, dtype=torch.float64)
    log_sigma = torch.tensor(0.7, dtype=torch.float64).log()
    log_bid = mu + log_sigma.exp() * random(2, 400_000)
    scores = lognormal_scores(log_bid, mu, log_sigma)
    sampled = scores.T @ scores / len(scores)
    exact = torch.diag(torch.tensor([1 / 0.49, 2.0], dtype=torch.float64))
    torch.testing.assert_close(sampled, exact, rtol=0.02, atol=0.02)
    g = random(3, 2)
    natural = lognormal_natural_gradient(log_sigma[None], g[:1], g[1:])
    torch.testing.assert_close(torch.cat(natural), torch.linalg.solve(exact, g))


def test_scores_are_the_gradients_of_the_log_density() -> None:
    theta = torch.tensor([0.3, -0.4], dtype=torch.float64, requires_grad=True)
    log_bid = random(4, 5)
    density = lognormal_log_density(log_bid, theta[0], theta[1])
    constant = Normal(theta[0], theta[1].exp()).log_prob(log_bid) - density
    torch.testing.assert_close(constant, torch.full_like(constant, constant[0].item()))
    for row, one in zip(lognormal_scores(log_bid, *theta.detach()), density.unbind(), strict=True):
        torch.testing.assert_close(row, torch.autograd.grad(one, theta, retain_graph=True)[0])


def test_the_default_solve_of_a_damped_system_reaches_its_tolerance_or_reports_its_residual() -> (
    None
):
    scores = random(9, 200, 6)
    gradient = random(10, 6)
    damping = damping_of(scores)
    dense = scores.T @ scores / 200
    assert damping == pytest.approx(1e-3 * float(dense.trace()) / 6)
    step = natural_step(gradient, fisher_product(scores), lr=1.0, damping=damping, delta=None)
    exact = -torch.linalg.solve(dense + damping * torch.eye(6, dtype=torch.float64), gradient)
    assert step.residual <= 1e-6
    torch.testing.assert_close(step.step, exact, rtol=1e-5, atol=1e-6)


def test_no_gradient_gives_no_step() -> None:
    step = natural_step(torch.zeros(6), fisher_product(torch.ones(3, 6)))
    assert step.iterations == 0
    assert not step.step.any()


def test_a_linear_change_of_coordinates_leaves_the_full_step_alone_but_not_the_diagonal_one() -> (
    None
):
    scores, gradient = random(11, 60, 5), random(12, 5)
    change = torch.eye(5, dtype=torch.float64) + 0.3 * random(13, 5, 5)  # theta = change phi
    there = (scores @ change, change.T @ gradient)
    full = natural_step(gradient, fisher_product(scores), **UNDAMPED).step
    full_there = natural_step(there[1], fisher_product(there[0]), **UNDAMPED).step
    torch.testing.assert_close(change @ full_there, full, rtol=1e-10, atol=1e-10)
    plain = diagonal_step(gradient, scores, delta=None).step
    plain_there = diagonal_step(there[1], there[0], delta=None).step
    assert (change @ plain_there - plain).norm() > 0.1 * plain.norm()


def test_on_a_quadratic_log_likelihood_one_full_step_reaches_the_optimum() -> None:
    root = random(14, 8, 6)
    precision = root.T @ root + torch.eye(6, dtype=torch.float64)
    optimum, theta = random(15, 6), random(16, 6)
    step = natural_step(
        precision @ (theta - optimum),
        lambda v: precision @ v,
        lr=1.0,
        delta=None,
        iterations=20,
        tol=1e-13,
    )
    torch.testing.assert_close(theta + step.step, optimum, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_the_divergence_after_a_step_stays_in_the_trust_region(seed: int) -> None:
    policy = SoftmaxPolicy(9).double()
    policy.logits.data = random(seed, 9)
    before = Categorical(probs=policy().detach())
    step = policy.step(100 * random(seed + 50, 9), lr=1.0, delta=0.01)
    after = Categorical(probs=policy().detach())
    assert step.scale < 1
    assert step.divergence == pytest.approx(float(kl_divergence(before, after)))
    assert 0.009 < step.divergence <= 0.01


def test_the_diagonal_step_is_bounded_by_the_whole_matrix() -> None:
    scores = random(17, 50, 5)
    scores[:, 1] = scores[:, 0]  # two parameters that do the same: the diagonal steps twice too far
    step = diagonal_step(100 * random(18, 5), scores, lr=1.0)
    assert float(step.step @ fisher_product(scores)(step.step)) / 2 == pytest.approx(0.01)


def test_bids_move_within_their_trust_region_and_their_bounds_and_report_it() -> None:
    bids = LogNormalBids(
        torch.tensor([0.0, 0.99, 0.5]), torch.tensor([0.5, 0.5, 0.05]), low=-1.0, high=1.0
    )
    before = Normal(bids.mu.detach().clone(), bids.log_sigma.detach().exp())
    step = bids.step(torch.tensor([[-5.0, 0.1], [-50.0, 0.0], [0.0, 3.0]]))
    after = Normal(bids.mu.detach(), bids.log_sigma.detach().exp())
    assert step.shortened == 3
    assert step.bounded == 2
    assert bids.mu[1] == 1.0
    assert bids.log_sigma[2].detach().exp() == pytest.approx(0.05)
    kept = kl_divergence(before, after)[0]  # the other two stopped at a bound
    assert float(kept) == pytest.approx(0.01, rel=1e-5)
    assert step.divergence <= 0.01


def test_the_score_gradient_of_the_policys_own_log_is_the_gradient_of_the_expected_reward() -> None:
    mu = torch.tensor(0.2, dtype=torch.float64)
    log_sigma = torch.tensor(-0.5, dtype=torch.float64)
    log_bid = mu + log_sigma.exp() * random(19, 200_000)
    # E[x^2] = mu^2 + sigma^2, so its gradient is (2 mu, 2 sigma^2) in (mu, log sigma)
    got = score_gradient(
        lognormal_scores(log_bid, mu, log_sigma), log_bid.square(), torch.zeros_like(log_bid)
    )
    exact = -torch.stack((2 * mu, 2 * (2 * log_sigma).exp()))
    torch.testing.assert_close(got.gradient, exact, rtol=0.02, atol=0.005)
    assert got.clipped == 0
    assert got.effective_samples == pytest.approx(200_000)


def test_importance_weights_correct_for_another_policys_log_and_are_clipped() -> None:
    now = torch.tensor([0.2, -0.5], dtype=torch.float64)
    log_bid = 0.7 * random(20, 200_000)
    ratio = lognormal_log_density(log_bid, *now) - Normal(0.0, 0.7).log_prob(log_bid)
    ratio = ratio - 0.5 * torch.log(torch.tensor(2 * torch.pi))
    got = score_gradient(lognormal_scores(log_bid, *now), log_bid.square(), ratio)
    exact = -torch.stack((2 * now[0], 2 * (2 * now[1]).exp()))
    torch.testing.assert_close(got.gradient, exact, rtol=0.03, atol=0.01)
    assert 0 < got.effective_samples < 200_000
    cut = score_gradient(lognormal_scores(log_bid, *now), log_bid.square(), ratio, clip=1.0)
    assert cut.clipped == int((ratio > 0).sum())


def test_the_divergence_of_a_bid_step_is_that_of_the_normal_distributions() -> None:
    log_sigma, step = random(21, 6), 0.3 * random(22, 6, 2)
    before = Normal(torch.zeros(6, dtype=torch.float64), log_sigma.exp())
    after = Normal(step[:, 0], (log_sigma + step[:, 1]).exp())
    torch.testing.assert_close(lognormal_divergence(log_sigma, step), kl_divergence(before, after))


@pytest.mark.parametrize("campaign", [0, 1])
def test_bids_learn_from_logged_auctions_to_shade_below_the_value(campaign: int) -> None:
    """First price: value 2, best rival bid log-normal. The best bid has an optimum to find."""
    generator = torch.Generator().manual_seed(campaign)
    rival_mu = (-0.3, 0.2)[campaign]

    def profit(bid: torch.Tensor) -> torch.Tensor:
        return (2.0 - bid) * Normal(rival_mu, 0.4).cdf(bid.log())

    grid = torch.linspace(0.05, 2.0, 2000)
    best = float(profit(grid).max())
    bids = LogNormalBids(
        torch.tensor([-1.0, -1.0]), torch.tensor([0.4, 0.4]), low=-3.0, high=0.7, floor=0.05
    )
    for _ in range(300):
        mu = float(bids.mu[campaign].detach())
        sigma = float(bids.log_sigma[campaign].detach().exp())
        log_bid = mu + sigma * torch.randn(400, generator=generator)
        rival = rival_mu + 0.4 * torch.randn(400, generator=generator)
        reward = torch.where(log_bid > rival, 2.0 - log_bid.exp(), 0.0)
        gradient = torch.zeros(2, 2)
        gradient[campaign] = bids.score_gradient(campaign, log_bid, reward, (mu, sigma)).gradient
        bids.step(gradient, lr=0.5)
    learnt = float(profit(bids.mu[campaign].detach().exp()))
    assert learnt > 0.95 * best
    assert bids.mu[1 - campaign] == -1.0


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: SoftmaxPolicy(1), "actions must be at least 2, got 1"),
        (
            lambda: LogNormalBids(torch.zeros(2), torch.ones(2), low=1.0, high=1.0),
            "low must be below high and floor above 0",
        ),
        (
            lambda: LogNormalBids(torch.full((2,), 3.0), torch.ones(2), low=0.0, high=1.0),
            "must be within",
        ),
        (
            lambda: score_gradient(torch.zeros(0, 2), torch.zeros(0), torch.zeros(0)),
            "at least one logged action",
        ),
        (
            lambda: score_gradient(torch.zeros(1, 2), torch.zeros(1), torch.zeros(1), clip=0.0),
            "clip must be above 0",
        ),
    ],
)
def test_wrong_settings_are_errors(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
