"""Sliced-Wasserstein attention against POT, the naive form and the laws of a distance."""

import sys

import ot
import pytest
import torch
from contract import AttentionContract, Inputs

from attention.transport import (
    MissingTransportError,
    SlicedWassersteinAttention,
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


class TransportContract(AttentionContract):
    """Keys of width 8 are clouds of 2 points in 4 dimensions."""

    points = 2

    def build(self) -> SlicedWassersteinAttention:
        return SlicedWassersteinAttention(8 // self.points, projections=16, tau=0.7)

    def call(self, module, inputs):
        def clouds(rows: torch.Tensor) -> torch.Tensor:
            return rows.unflatten(-1, (-1, self.points)).transpose(-2, -1)

        return module(clouds(inputs.query), clouds(inputs.keys), inputs.values, keep=inputs.keep)

    def lone_output(self, module, inputs: Inputs) -> torch.Tensor:
        return inputs.values.expand(*inputs.query.shape[:-1], -1)

    def expose(self, module) -> None:
        pass

    def averaged(self, module, inputs: Inputs) -> torch.Tensor:
        return inputs.values

    # values have any width, and a query row too short is refused as a cloud: see below
    test_wrong_input_is_refused_with_expected_and_given = None


class TestPoints(TransportContract):
    points = 1

    # a point moved far away is nearest to what lies in its direction, not to what was nearest
    test_huge_logits_give_the_value_of_the_largest = None


class TestClouds(TransportContract):
    test_huge_logits_give_the_value_of_the_largest = None


class TestTemperatureOfTheCall(TransportContract):
    test_huge_logits_give_the_value_of_the_largest = None
    # the temperature is a constant to autograd, as the median has no useful gradient
    test_gradient_is_that_of_finite_differences = None

    def build(self) -> SlicedWassersteinAttention:
        return SlicedWassersteinAttention(4, projections=16)


def test_a_low_temperature_gives_the_value_of_the_nearest_cloud() -> None:
    layer = SlicedWassersteinAttention(4, tau=1e-9).double()
    query, keys, values = cloud(0, 3, 5, 4), cloud(1, 6, 5, 4), cloud(2, 6, 2)
    nearest = layer.distances(query, keys).argmin(-1)
    torch.testing.assert_close(layer(query, keys, values).output, values[nearest])


@pytest.mark.parametrize("p", [1.0, 2.0, 3.0])
@pytest.mark.parametrize(("k1", "k2"), [(5, 5), (4, 7), (1, 6)], ids=str)
@pytest.mark.parametrize("weighted", [False, True], ids=["equal", "weighted"])
def test_equals_pot_and_the_naive_form_with_the_same_directions(p, k1, k2, weighted) -> None:
    a, b, theta = cloud(0, k1, 6), cloud(1, k2, 6), directions(6, 16)
    u = shares(2, k1) if weighted else torch.ones(k1).double() / k1
    v = shares(3, k2) if weighted else torch.ones(k2).double() / k2
    given = (u, v) if weighted else (None, None)
    found = sliced_wasserstein(a, b, theta, *given, p=p)
    oracle = ot.sliced_wasserstein_distance(
        a.numpy(), b.numpy(), u.numpy(), v.numpy(), p=p, projections=theta.numpy()
    )
    assert float(found) == pytest.approx(oracle**p, rel=1e-12)
    naive = naive_sliced_wasserstein(a, b, theta, u, v, p)
    torch.testing.assert_close(found, naive, rtol=1e-12, atol=0.0)


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

    def distance(a, b, logits):
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
    found = sliced_wasserstein(a, a + t, directions(8, 20_000))
    assert float(found) == pytest.approx(float(t @ t) / 8, rel=0.02)


def test_two_embeddings_taken_for_bags_of_coordinates_would_look_equal() -> None:
    """Why clouds: orthogonal unit vectors, each as 4 points on a line, cannot be told apart."""
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
    found = (
        best_slice_plan(a, b, directions(4), u, v) if method == "slice" else exact_plan(a, b, u, v)
    )
    assert (found.plan >= 0).all()
    torch.testing.assert_close(found.plan.sum(1), u)
    torch.testing.assert_close(found.plan.sum(0), v)
    cost = torch.cdist(a, b).square()
    assert found.plan_cost == pytest.approx(float((found.plan * cost).sum()))


def test_the_best_slice_is_no_dearer_than_the_average_one() -> None:
    a, b = cloud(4, 12, 3), cloud(5, 12, 3)
    costs = [best_slice_plan(a, b, theta[:, None]).plan_cost for theta in directions(3).T]
    assert best_slice_plan(a, b, directions(3)).plan_cost == pytest.approx(min(costs))


def test_points_without_weight_are_padding_whatever_they_hold() -> None:
    layer = SlicedWassersteinAttention(3, tau=1.0).double()
    query, keys, values = cloud(0, 2, 4, 3), cloud(1, 5, 4, 3), cloud(2, 5, 2)
    weights = shares(3, 5, 4)
    plain = layer(query, keys, values, key_weights=weights)
    padding = torch.full((5, 2, 3), float("nan")).double()
    padded = layer(
        query,
        torch.cat((keys, padding), 1),
        values,
        key_weights=torch.cat((weights, torch.zeros(5, 2).double()), 1),
    )
    torch.testing.assert_close(padded.output, plain.output)


def test_the_temperature_is_the_median_distance_of_the_index() -> None:
    index = cloud(6, 9, 4, 3)
    layer = SlicedWassersteinAttention(3).double()
    pairs = [
        float(sliced_wasserstein(index[i], index[j], layer.theta))
        for i in range(9)
        for j in range(i)
    ]
    assert layer.calibrate(index) == pytest.approx(sorted(pairs)[len(pairs) // 2 - 1], rel=1e-6)
    found = layer(index[:1], index, cloud(7, 9, 2))
    assert found.diagnostics == {"tau": layer.tau}
    assert median_distance(index[:1], layer.theta) == 1.0
    assert median_distance(index[:1].expand(3, -1, -1), layer.theta) == 1.0


def test_a_large_index_is_measured_on_drawn_pairs() -> None:
    index = cloud(8, 300, 2, 3)
    theta = directions(3, 8)
    every = pairwise_sliced_wasserstein(index, index, theta)
    exact = every[tuple(torch.triu_indices(300, 300, 1))].median()
    assert median_distance(index, theta) == pytest.approx(float(exact), rel=0.02)


@pytest.mark.parametrize("exact", [False, True])
def test_the_nearest_performer_is_found_and_its_elements_matched(exact: bool) -> None:
    """The new creative is performer 3 with its elements shuffled and slightly changed."""
    index = cloud(9, 8, 3, 16)
    order = torch.tensor([2, 0, 1])
    query = index[3][order] + 0.05 * cloud(10, 3, 16)
    layer = SlicedWassersteinAttention(16).double()
    layer.calibrate(index)
    found = layer.nearest(query, index, exact=exact)
    assert found.index == 3
    assert found.plan.upper_bound is not exact
    assert found.plan.plan.argmax(1).tolist() == order.tolist()
    assert found.weight == pytest.approx(
        float(layer(query[None], index, index[:, 0]).weights.max())
    )


def test_directions_are_unit_vectors_drawn_from_the_seed() -> None:
    theta = directions(5, 30, seed=1)
    torch.testing.assert_close(theta.norm(dim=0), torch.ones(30).double())
    assert torch.equal(theta, directions(5, 30, seed=1))
    assert not torch.equal(theta, directions(5, 30))
    assert directions(5, like=torch.zeros(1)).dtype == torch.float32


def test_a_missing_package_is_named_with_its_extra(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "ot", None)
    with pytest.raises(MissingTransportError, match=r"attrigraph\[transport\]"):
        exact_plan(cloud(0, 3, 2), cloud(1, 3, 2))


@pytest.mark.usefixtures("as_a_user_calls_it")
@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"query": cloud(0, 2, 3, 5)}, r"query must have shape .*, points, 4\), got \(2, 3, 5\)"),
        ({"keys": cloud(0, 6, 4)}, r"keys must have shape .* got \(6, 4\)"),
        ({"values": cloud(0, 5, 2)}, "values must have 6 rows, one a key, got 5"),
        ({"values": cloud(0, 6, 2).float()}, "values must have dtype torch.float64"),
        ({"keep": torch.ones(6)}, "keep must have dtype torch.bool"),
        ({"key_weights": torch.ones(6, 2).double()}, r"key_weights must have shape \(6, 3\)"),
        ({"key_weights": torch.ones(6, 3).double()}, "sum to 1 in each cloud, got one with sum 3"),
        ({"query_weights": cloud(0, 2, 3)}, "query_weights must be at least 0"),
    ],
)
def test_wrong_input_is_refused(changed, message: str) -> None:
    layer = SlicedWassersteinAttention(4).double()
    inputs = {"query": cloud(0, 2, 3, 4), "keys": cloud(1, 6, 3, 4), "values": cloud(2, 6, 2)}
    with pytest.raises(ValueError, match=message):
        layer(**{**inputs, **changed})


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: directions(0), "dim and projections must be at least 1, got 0 and 64"),
        (lambda: SlicedWassersteinAttention(3, tau=0.0), "tau must be above 0, got 0.0"),
        (lambda: SlicedWassersteinAttention(3, p=0.5), "p must be at least 1, got 0.5"),
        (
            lambda: sliced_wasserstein(cloud(0, 2, 3), cloud(1, 2, 3), directions(3), p=0.0),
            "p must be at least 1",
        ),
        (
            lambda: exact_plan(torch.zeros(501, 2), torch.zeros(3, 2)),
            "at most 500 points for the exact plan, got 501 and 3",
        ),
    ],
)
def test_wrong_settings_are_refused(make, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
