"""The geometry report: each number against an oracle, with and without a change."""

import math
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
import scipy.sparse.csgraph
import torch

from attention.geometry.affinity import affinity
from attention.geometry.wasserstein import directions, sliced_wasserstein
from attention.monitoring.geometry_report import (
    RANGES,
    Calibration,
    Snapshot,
    calibrate,
    mean_entropy,
    rayleigh_quotient,
    recommend,
    report,
    spanning_tree_length,
    statistics,
    tail_probability,
)
from attention.monitoring.topology_gate import Mode

ITEMS, WIDTH, NOISE = 100, 32, 0.3


def random(seed: int, *shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@cache
def portfolio() -> torch.Tensor:
    """A hundred items in ten families of campaigns."""
    families = random(0, 10, WIDTH)
    return families[torch.arange(ITEMS) % 10] + 0.5 * random(1, ITEMS, WIDTH)


def window(seed: int, *, shift: float = 0.0, temperature: float = 1.0) -> Snapshot:
    """Observe the portfolio with noise; ``shift`` moves its newer half by so many sd."""
    x = portfolio() + NOISE * random(seed, ITEMS, WIDTH)
    x[ITEMS // 2 :] += shift * float(portfolio().std())
    weights = torch.softmax(portfolio()[:8] @ x.T / (temperature * math.sqrt(WIDTH)), -1)
    codes = (0.3 * x[:, :4], torch.full((ITEMS, 4), 0.5))
    return Snapshot(x, weights, codes)


@cache
def period() -> Calibration:
    return calibrate([window(100 + i) for i in range(201)])


def health(seed: int, **change: float) -> float:
    return report(window(seed, **change), period(), Mode.STABLE).health


@pytest.mark.parametrize("n", [2, 3, 40])
def test_the_spanning_tree_is_that_of_scipy(n: int) -> None:
    x = random(2, n, 5).double()
    distances = torch.cdist(x, x)
    tree = scipy.sparse.csgraph.minimum_spanning_tree(distances.numpy())
    assert float(spanning_tree_length(distances)) == pytest.approx(tree.sum())


def test_the_spanning_tree_is_found_with_points_on_top_of_each_other() -> None:
    x = torch.tensor([[0.0], [0.0], [1.0], [3.0], [3.0]])
    assert float(spanning_tree_length(torch.cdist(x, x))) == 3.0


def test_the_diffusion_energy_is_the_rayleigh_quotient_of_the_random_walk_laplacian() -> None:
    x = random(3, 30, 4).double()
    weights = affinity(x).numpy()
    degree = weights.sum(1)
    laplacian = np.eye(30) - weights / degree[:, None]
    centred = x.numpy() - (degree @ x.numpy()) / degree.sum()
    inner = degree[:, None] * centred
    expected = (inner * (laplacian @ centred)).sum() / (inner * centred).sum()
    assert rayleigh_quotient(x) == pytest.approx(expected)
    assert 0.0 <= rayleigh_quotient(x) <= 2.0
    assert rayleigh_quotient(torch.ones(5, 3)) == 0.0


def test_entropy_is_one_for_even_weights_and_zero_for_a_single_choice() -> None:
    assert mean_entropy(torch.full((3, 8), 1 / 8)) == pytest.approx(1.0)
    assert mean_entropy(torch.eye(4)) == 0.0
    assert mean_entropy(torch.ones(2, 1)) == 0.0
    half = torch.tensor([[0.5, 0.5, 0.0, 0.0]])
    assert mean_entropy(half) == pytest.approx(0.5)


def test_a_window_gives_the_numbers_it_has_data_for_each_within_its_range() -> None:
    full = window(4)
    bare = statistics(Snapshot(full.embeddings), full)
    every = statistics(full, window(5))
    assert list(bare) == ["ot_mean", "coherence", "h0_sum", "diffusion_energy"]
    assert list(every) == list(RANGES)
    assert all(RANGES[name][0] <= value <= RANGES[name][1] for name, value in every.items())
    assert bare["coherence"] == 1.0  # against itself
    x = full.embeddings
    halves = sliced_wasserstein(x[:50], x[50:], directions(WIDTH, like=x))
    assert bare["ot_mean"] == pytest.approx(float(halves))


def test_items_are_matched_by_id_whatever_their_order() -> None:
    full = window(6)
    order = torch.randperm(ITEMS, generator=torch.Generator().manual_seed(0))
    ids = torch.arange(ITEMS)
    shuffled = Snapshot(full.embeddings[order], ids=ids[order])
    assert shuffled.coherence(Snapshot(full.embeddings, ids=ids)) == 1.0


def test_a_rotation_of_everything_changes_nothing() -> None:
    full = window(7)
    turn = torch.linalg.qr(random(8, WIDTH, WIDTH).double())[0]
    turned = Snapshot(full.embeddings.double() @ turn)
    plain = statistics(Snapshot(full.embeddings.double()), full)
    moved = statistics(turned, full)
    # 64 directions are not all of them: the sliced distance alone moves a little
    assert moved["ot_mean"] == pytest.approx(plain["ot_mean"], rel=0.2)
    for name in ("coherence", "h0_sum", "diffusion_energy"):
        assert moved[name] == pytest.approx(plain[name])


def test_with_no_change_health_is_low_in_at_most_one_window_of_twenty() -> None:
    low = [health(1000 + i) < 0.2 for i in range(200)]
    assert sum(low) <= 10


def test_a_shift_of_one_sd_is_detected_in_nine_windows_of_ten() -> None:
    low = [health(2000 + i, shift=1.0) < 0.2 for i in range(50)]
    assert sum(low) >= 45


def test_the_readings_compare_each_value_with_the_usual_range() -> None:
    page = report(window(9, shift=1.0), period(), Mode.STABLE)
    by_name = {reading.name: reading for reading in page.readings}
    moved = by_name["ot_mean"]
    assert moved.z > 10
    assert moved.tail == pytest.approx(2 / 201)
    assert moved.mean == pytest.approx(float(period().samples["ot_mean"].mean()))
    assert moved.range == (0.0, math.inf)
    assert by_name["ib_rate"].tail < 0.5
    product = math.prod(min(1.0, reading.tail / 0.5) for reading in page.readings)
    assert page.health == pytest.approx(product ** (1 / len(page.readings)))


@pytest.mark.parametrize(
    ("temperature", "advice"), [(3.0, "sharpen"), (0.4, "soften")], ids=["even", "peaked"]
)
def test_weights_far_from_usual_need_another_temperature(temperature: float, advice: str) -> None:
    page = report(window(10, temperature=temperature), period(), Mode.STABLE)
    assert page.recommendation == ("proceed", advice)


def test_the_recommendation_follows_the_mode_of_the_gate() -> None:
    assert recommend(Mode.STABLE, ()) == ("proceed",)
    assert recommend(Mode.CAUTIOUS, ()) == ("halve the steps of all optimisers",)
    assert recommend(Mode.FREEZE, ()) == ("hold budgets and updates",)


def test_tails_are_counted_on_both_sides_and_never_zero() -> None:
    sample = torch.arange(1.0, 100.0).double()
    assert tail_probability(50.0, sample) == 1.0
    assert tail_probability(0.0, sample) == tail_probability(1e9, sample) == 2 / 100
    assert tail_probability(3.0, sample) == pytest.approx(2 * 4 / 100)
    constant = torch.ones(40).double()
    assert tail_probability(1.0, constant) == 1.0


def test_what_never_varied_is_unusual_as_soon_as_it_moves() -> None:
    still = Snapshot(portfolio())
    fixed = calibrate([still] * 31)
    same = report(still, fixed, Mode.STABLE)
    assert same.health == 1.0
    assert all(reading.z == 0.0 for reading in same.readings)
    other = report(Snapshot(2 * portfolio()), fixed, Mode.STABLE)
    assert math.isinf({r.name: r.z for r in other.readings}["h0_sum"])


@pytest.mark.usefixtures("as_a_user_calls_it")
@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Snapshot(torch.ones(1, 3)), r"2 rows or more, got \(1, 3\)"),
        (lambda: Snapshot(torch.ones(2, 3), ids=torch.tensor([1, 1])), "2 different numbers"),
        (lambda: calibrate([window(0)] * 30), "at least 30 windows, got 29"),
        (
            lambda: calibrate([window(0), *[Snapshot(portfolio())] * 30, window(1)]),
            "must all have the same numbers",
        ),
        (
            lambda: report(Snapshot(portfolio()), period(), Mode.STABLE),
            "must have ot_mean, .* entropy, got ot_mean",
        ),
    ],
)
def test_wrong_input_is_an_error(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
