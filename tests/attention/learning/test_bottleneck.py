"""Information bottleneck: bounds against cases with a known answer, and real small trainings."""

import math
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest
import torch
from torch.distributions import Independent, MultivariateNormal, Normal, kl_divergence

from attention.learning.bottleneck import (
    BottleneckSettings,
    InformationBottleneck,
    InformationReport,
    TrainedBottleneck,
    WholeEmbedding,
    binary_entropy,
    cross_entropy,
    effective_beta,
    gaussian_divergence,
    mean_over_trials,
    measure,
    train_bottleneck,
    train_whole_embedding,
)

SETTINGS = BottleneckSettings(dim=8, hidden=64, epochs=30)
TRAIN, HELD_OUT = slice(0, 2000), slice(2000, None)
FREE, CHEAP, DEFAULT, DEAR = 0.0, 0.1, 0.5, 80.0


@cache
def world() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Embeddings, responses and views of 3 000 creatives, and their true log-odds: rate 2.5 %."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(3000, 32, generator=generator)
    log_odds = -4.0 + 0.6 * x[:, 0] + 0.5 * torch.tanh(2 * x[:, 1]) + 0.4 * x[:, 2] * x[:, 3].sign()
    trials = torch.randint(200, 600, (3000,), generator=generator).float()
    successes = torch.binomial(trials, torch.sigmoid(log_odds), generator=generator)
    return x, successes, trials, log_odds


@cache
def whole() -> WholeEmbedding:
    x, successes, trials, _ = world()
    return train_whole_embedding(x[TRAIN], successes[TRAIN], trials[TRAIN], SETTINGS)


@cache
def trained(beta: float) -> TrainedBottleneck:
    x, successes, trials, _ = world()
    settings = replace(SETTINGS, beta=beta, epochs=60 if beta == DEAR else 30)
    return train_bottleneck(x[TRAIN], successes[TRAIN], trials[TRAIN], settings)


@cache
def report(beta: float) -> InformationReport:
    x, successes, trials, _ = world()
    return measure(trained(beta), whole(), x[HELD_OUT], successes[HELD_OUT], trials[HELD_OUT])


def test_the_divergence_is_that_of_torch() -> None:
    generator = torch.Generator().manual_seed(1)
    mean = torch.randn(5, 3, generator=generator, dtype=torch.float64)
    variance = torch.rand(5, 3, generator=generator, dtype=torch.float64) + 1e-4
    code = Independent(Normal(mean, variance.sqrt()), 1)
    prior = Independent(Normal(torch.zeros_like(mean), torch.ones_like(mean)), 1)
    torch.testing.assert_close(gaussian_divergence(mean, variance), kl_divergence(code, prior))


def test_the_rate_exceeds_the_known_information_of_a_gaussian_channel_by_the_prior_gap() -> None:
    """x ~ N(0, s^2), z = x + noise of variance v: I(X;Z) = sum log(1 + s^2/v)/2."""
    s = torch.tensor([2.0, 1.0, 0.3], dtype=torch.float64)
    v = torch.tensor([0.1, 0.5, 1.0], dtype=torch.float64)
    generator = torch.Generator().manual_seed(2)
    x = s * torch.randn(400_000, 3, generator=generator, dtype=torch.float64)
    rate = float(gaussian_divergence(x, v.expand_as(x)).mean())
    information = float(torch.log1p(s.square() / v).sum()) / 2
    marginal = MultivariateNormal(torch.zeros(3).double(), torch.diag(s.square() + v))
    prior = MultivariateNormal(torch.zeros(3).double(), torch.eye(3).double())
    gap = float(kl_divergence(marginal, prior))
    assert rate > information
    assert rate == pytest.approx(information + gap, rel=3e-3)


def test_cross_entropy_of_counts_is_the_mean_over_the_single_responses() -> None:
    logits = torch.tensor([0.3, -1.2])
    counted = cross_entropy(logits, torch.tensor([2.0, 0.0]), torch.tensor([3.0, 2.0]))
    single = torch.nn.functional.binary_cross_entropy_with_logits(
        logits.repeat_interleave(torch.tensor([3, 2])), torch.tensor([1.0, 1.0, 0.0, 0.0, 0.0])
    )
    torch.testing.assert_close(mean_over_trials(counted, torch.tensor([3.0, 2.0])), single)


def test_the_price_has_a_unit() -> None:
    assert binary_entropy(0.024) == pytest.approx(0.1131, abs=2e-4)
    assert effective_beta(0.5, 0.112, 64) == pytest.approx(8.75e-4)
    assert binary_entropy(0.0) == 0.0


def test_a_higher_price_buys_a_lower_rate() -> None:
    rates = [report(beta).rate_upper for beta in (FREE, CHEAP, DEFAULT, DEAR)]
    assert rates == sorted(rates, reverse=True)
    assert rates[0] > 5 * rates[1] > 10 * rates[2]


def test_a_price_above_one_nat_a_nat_destroys_the_code() -> None:
    assert report(DEAR).beta_effective > 1
    assert report(DEAR).rate_upper < 0.02
    assert report(DEAR).information_lower.value <= 0


def test_a_cheap_code_keeps_most_of_the_information_and_not_more_than_there_is() -> None:
    _, successes, trials, log_odds = world()
    s, t = successes[HELD_OUT], trials[HELD_OUT]
    best = report(FREE).entropy - float(
        mean_over_trials(cross_entropy(log_odds[HELD_OUT], s, t), t)
    )
    preserved = report(CHEAP).preserved
    assert preserved is not None
    assert preserved.low > 0.7
    assert preserved.high < 1.0
    assert 0.4 * best < report(CHEAP).information_lower.value < best


def test_the_information_of_the_code_is_no_more_than_its_rate() -> None:
    for beta in (CHEAP, DEFAULT):
        assert report(beta).information_lower.value < report(beta).rate_upper


def test_a_code_trained_on_shuffled_responses_preserves_nothing() -> None:
    x, successes, trials, _ = world()
    order = torch.randperm(2000, generator=torch.Generator().manual_seed(1))
    leaky = train_bottleneck(x[TRAIN], successes[TRAIN][order], trials[TRAIN][order], SETTINGS)
    result = measure(leaky, whole(), x[HELD_OUT], successes[HELD_OUT], trials[HELD_OUT])
    assert result.preserved is not None
    assert result.preserved.low <= 0
    assert result.preserved.value <= 0


def test_bits_are_nats_over_the_logarithm_of_two() -> None:
    found = report(CHEAP)
    bits = found.bits()
    assert bits["rate_upper"] == pytest.approx(found.rate_upper / math.log(2))
    assert bits["information_lower"] == pytest.approx(found.information_lower.in_bits().value)
    assert bits["information_lower_per_kilobit"] == pytest.approx(
        1000 * found.information_lower.value / found.rate_upper
    )
    assert found.dimensions == (32, 8)


def test_the_interval_holds_the_estimate_and_narrows_with_more_creatives() -> None:
    x, successes, trials, _ = world()
    few = slice(2000, 2100)
    small = measure(trained(CHEAP), whole(), x[few], successes[few], trials[few])
    large = report(CHEAP)
    for found in (small, large):
        assert found.information_lower.low < found.information_lower.value
        assert found.information_lower.value < found.information_lower.high
    assert (small.information_lower.high - small.information_lower.low) > 2 * (
        large.information_lower.high - large.information_lower.low
    )


def test_preserved_is_none_where_the_whole_embedding_has_no_information() -> None:
    x, successes, trials, _ = world()
    order = torch.randperm(2000, generator=torch.Generator().manual_seed(3))
    blind = train_whole_embedding(x[TRAIN], successes[TRAIN][order], trials[TRAIN][order], SETTINGS)
    found = measure(trained(CHEAP), blind, x[HELD_OUT], successes[HELD_OUT], trials[HELD_OUT])
    assert found.preserved is None


def test_a_code_is_made_of_the_embedding_alone_and_always_the_same() -> None:
    x, *_ = world()
    model = trained(CHEAP).model
    code = model.compress(x[HELD_OUT])
    assert code.shape == (1000, 8)
    assert not code.requires_grad
    assert torch.equal(code, model.compress(x[HELD_OUT]))
    torch.testing.assert_close(code[:10], model.compress(x[2000:2010]))


def test_the_same_seed_gives_the_same_training_whatever_the_global_one() -> None:
    x, successes, trials, _ = world()
    settings = replace(SETTINGS, epochs=1)
    torch.manual_seed(5)
    one = train_bottleneck(x[TRAIN], successes[TRAIN], trials[TRAIN], settings)
    torch.manual_seed(6)
    two = train_bottleneck(x[TRAIN], successes[TRAIN], trials[TRAIN], settings)
    assert torch.equal(one.model.compress(x), two.model.compress(x))


def test_the_variance_has_a_floor() -> None:
    model = InformationBottleneck(4, 2, hidden=3)
    torch.nn.init.constant_(model.log_variance.bias, -100.0)
    assert bool((model(torch.zeros(1, 4))[1] >= 1e-4).all())


@pytest.mark.usefixtures("as_a_user_calls_it")
@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: BottleneckSettings(dim=0), "dim must be above 0, got 0"),
        (lambda: BottleneckSettings(beta=-1.0), "beta must be 0 or more, got -1.0"),
        (lambda: BottleneckSettings(warmup=2.0), r"warmup must be a share in \[0, 1\], got 2.0"),
        (
            lambda: train_bottleneck(torch.ones(3, 2), torch.ones(2), torch.ones(3)),
            "one row per creative, got 3, 2 and 3",
        ),
        (
            lambda: train_bottleneck(torch.ones(1, 2), torch.tensor([2.0]), torch.ones(1)),
            "between 0 and trials",
        ),
        (
            lambda: train_bottleneck(torch.ones(1, 2), torch.zeros(1), torch.ones(1)),
            "must occur in some but not all trials",
        ),
        (
            lambda: InformationBottleneck(4, 2)(torch.ones(3, 5)),
            r"x must have shape \(rows, 4\), got \(3, 5\)",
        ),
    ],
)
def test_wrong_input_is_an_error(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
