"""Sliced-Wasserstein distances and transport plans, compared with POT and a naive form."""

import sys

import ot
import pytest
import torch

from attention.geometry.wasserstein import (
    MissingTransportError,
    best_slice_plan,
    directions,
    exact_plan,
    median_distance,
    naive_sliced_wasserstein,
    pairwise_sliced_wasserstein,
    sliced_wasserstein,
)


def cloud(seed: int, *shape: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def shares(seed: int, *shape: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(*shape, generator=generator, dtype=torch.float64).softmax(-1)


@pytest.mark.parametrize("p", [1.0, 2.0, 3.0])
@pytest.mark.parametrize(("k1", "k2"), [(5, 5), (4, 7), (1, 6)], ids=str)
@pytest.mark.parametrize("weighted", [False, True], ids=["equal", "weighted"])
def test_equals_pot_and_the_naive_form_with_the_same_directions(
    p: float, k1: int, k2: int, weighted: bool
) -> None:
    a, b, theta = cloud(0, k1, 6), cloud(1, k2, 6), directions(6, 16)
    u = shares(2, k1) if weighted else torch.ones(k1).double() / k1
    v = shares(3, k2) if weighted else torch.ones(k2).double() / k2
    arguments = (u, v) if weighted else (None, None)
    result = sliced_wasserstein(a, b, theta, *arguments, p=p)
    oracle = ot.sliced_wasserstein_distance(
        a.numpy(), b.numpy(), u.numpy(), v.numpy(), p=p, projections=theta.numpy()
    )
    assert float(result) == pytest.approx(oracle**p, rel=1e-12)
    naive = naive_sliced_wasserstein(a, b, theta, u, v, p)
    torch.testing.assert_close(result, naive, rtol=1e-12, atol=0.0)


def test_the_two_fast_forms_agree_in_outputs_and_gradients() -> None:
    theta = directions(3, 8)
    a, b = cloud(4, 5, 3).requires_grad_(), cloud(5, 5, 3).requires_grad_()
    equal = torch.full((5,), 0.2).double()
    sorted_form = sliced_wasserstein(a, b, theta)
    merged_form = sliced_wasserstein(a, b, theta, equal, equal)
    torch.testing.assert_close(sorted_form, merged_form)
    torch.testing.assert_close(
        torch.autograd.grad(sorted_form, (a, b)), torch.autograd.grad(merged_form, (a, b))
    )


def test_gradients_flow_to_points_and_weights() -> None:
    theta = directions(3, 4)

    def distance(a: torch.Tensor, b: torch.Tensor, logits: torch.Tensor) -> torch.Tensor:
        return sliced_wasserstein(a, b, theta, logits.softmax(-1), None)

    tensors = (cloud(6, 4, 3), cloud(7, 3, 3), cloud(8, 4))
    assert torch.autograd.gradcheck(distance, [t.requires_grad_() for t in tensors])


def test_it_is_symmetric_zero_for_equal_clouds_and_blind_to_the_order_of_points() -> None:
    a, b, theta = cloud(9, 5, 4), cloud(10, 7, 4), directions(4)
    u, v = shares(11, 5), shares(12, 7)
    torch.testing.assert_close(
        sliced_wasserstein(a, b, theta, u, v), sliced_wasserstein(b, a, theta, v, u)
    )
    order = torch.tensor([3, 1, 4, 0, 2])
    same = sliced_wasserstein(a, a[order], theta, u, u[order])
    assert float(same) == pytest.approx(0.0, abs=1e-15)


def test_a_translation_by_t_costs_its_square_over_the_dimension() -> None:
    a, t = cloud(13, 6, 8), cloud(14, 8)
    result = sliced_wasserstein(a, a + t, directions(8, 20_000))
    assert float(result) == pytest.approx(float(t @ t) / 8, rel=0.02)


def test_two_embeddings_taken_for_bags_of_coordinates_would_look_equal() -> None:
    """Why clouds: orthogonal unit vectors, as 4 points on a line each, have distance 0."""
    one, other = torch.eye(4).double()[:2]
    as_lines = sliced_wasserstein(one[:, None], other[:, None], directions(1))
    as_points = sliced_wasserstein(one[None], other[None], directions(4))
    assert float(as_lines) == 0.0
    assert float(as_points) > 0.3


@pytest.mark.parametrize("seed", range(3))
def test_slices_bound_the_exact_distance_from_below_and_plans_from_above(seed: int) -> None:
    a, b, theta = cloud(seed, 30, 16), cloud(seed + 10, 30, 16) + 0.5, directions(16, 512)
    exact = ot.emd2([], [], ot.dist(a.numpy(), b.numpy()))
    plan = best_slice_plan(a, b, theta)
    assert float(sliced_wasserstein(a, b, theta)) <= exact / 16 * 1.05  # the bound is a mean
    assert plan.plan_cost >= exact
    assert plan.upper_bound
    assert exact_plan(a, b).plan_cost == pytest.approx(exact)
    assert not exact_plan(a, b).upper_bound


@pytest.mark.parametrize("method", ["slice", "exact"])
def test_a_plan_has_the_weights_for_its_margins_and_its_cost(method: str) -> None:
    a, b, u, v = cloud(0, 5, 4), cloud(1, 7, 4), shares(2, 5), shares(3, 7)
    result = (
        best_slice_plan(a, b, directions(4), u, v) if method == "slice" else exact_plan(a, b, u, v)
    )
    assert (result.plan >= 0).all()
    torch.testing.assert_close(result.plan.sum(1), u)
    torch.testing.assert_close(result.plan.sum(0), v)
    cost = torch.cdist(a, b).square()
    assert result.plan_cost == pytest.approx(float((result.plan * cost).sum()))


def test_the_best_slice_is_no_dearer_than_the_average_one() -> None:
    a, b = cloud(4, 12, 3), cloud(5, 12, 3)
    costs = [best_slice_plan(a, b, theta[:, None]).plan_cost for theta in directions(3).T]
    assert best_slice_plan(a, b, directions(3)).plan_cost == pytest.approx(min(costs))


def test_a_large_index_is_measured_on_drawn_pairs() -> None:
    index = cloud(8, 300, 2, 3)
    theta = directions(3, 8)
    every = pairwise_sliced_wasserstein(index, index, theta)
    exact = every[tuple(torch.triu_indices(300, 300, 1))].median()
    assert median_distance(index, theta) == pytest.approx(float(exact), rel=0.02)


def test_directions_are_unit_vectors_drawn_from_the_seed() -> None:
    theta = directions(5, 30, seed=1)
    torch.testing.assert_close(theta.norm(dim=0), torch.ones(30).double())
    assert torch.equal(theta, directions(5, 30, seed=1))
    assert not torch.equal(theta, directions(5, 30))
    assert directions(5, like=torch.zeros(1)).dtype == torch.float32


def test_a_missing_package_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ot", None)
    with pytest.raises(MissingTransportError, match=r"attrigraph\[transport\]"):
        exact_plan(cloud(0, 3, 2), cloud(1, 3, 2))
