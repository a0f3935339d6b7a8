"""Attention between clouds: the contract, temperatures and the nearest cloud."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

from attention.geometry.wasserstein import (
    directions,
    exact_plan,
    median_distance,
    sliced_wasserstein,
)
from attention.mechanisms.result import AttentionResult
from attention.mechanisms.transport import SlicedWassersteinAttention
from attention_contract import NOT_APPLICABLE, AttentionContract, Inputs


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

    def call(self, module: Any, inputs: Inputs) -> AttentionResult:
        def clouds(rows: torch.Tensor) -> torch.Tensor:
            return rows.unflatten(-1, (-1, self.points)).transpose(-2, -1)

        return module(clouds(inputs.query), clouds(inputs.keys), inputs.values, mask=inputs.mask)

    def lone_output(self, module: Any, inputs: Inputs) -> torch.Tensor:
        return inputs.values.expand(*inputs.query.shape[:-1], -1)

    def expose(self, module: Any) -> None:
        pass

    def averaged(self, module: Any, inputs: Inputs) -> torch.Tensor:
        return inputs.values

    # values have any width, and a query row too short is an error of its own, see below
    test_wrong_input_is_an_error_with_expected_and_given = NOT_APPLICABLE


class TestPoints(TransportContract):
    points = 1

    # a point moved far away is nearest to what lies in its direction, not to what was nearest
    test_huge_logits_give_the_value_of_the_largest = NOT_APPLICABLE


class TestClouds(TransportContract):
    test_huge_logits_give_the_value_of_the_largest = NOT_APPLICABLE


class TestTemperatureOfTheCall(TransportContract):
    test_huge_logits_give_the_value_of_the_largest = NOT_APPLICABLE
    # the temperature is a constant to autograd, as the median has no useful gradient
    test_gradient_is_that_of_finite_differences = NOT_APPLICABLE

    def build(self) -> SlicedWassersteinAttention:
        return SlicedWassersteinAttention(4, projections=16)


def test_a_low_temperature_gives_the_value_of_the_nearest_cloud() -> None:
    layer = SlicedWassersteinAttention(4, tau=1e-9).double()
    query, keys, values = cloud(0, 3, 5, 4), cloud(1, 6, 5, 4), cloud(2, 6, 2)
    nearest = layer.distances(query, keys).argmin(-1)
    torch.testing.assert_close(layer(query, keys, values).output, values[nearest])


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


@pytest.mark.usefixtures("as_a_user_calls_it")
@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"query": cloud(0, 2, 3, 5)}, r"query must have shape .*, points, 4\), got \(2, 3, 5\)"),
        ({"keys": cloud(0, 6, 4)}, r"keys must have shape .* got \(6, 4\)"),
        ({"values": cloud(0, 5, 2)}, "values must have 6 rows, one per key, got 5"),
        ({"values": cloud(0, 6, 2).float()}, "values must have dtype torch.float64"),
        ({"mask": torch.ones(6)}, "mask must have dtype torch.bool"),
        ({"key_weights": torch.ones(6, 2).double()}, r"key_weights must have shape \(6, 3\)"),
        ({"key_weights": torch.ones(6, 3).double()}, "sum to 1 in each cloud, got one with sum 3"),
        ({"query_weights": cloud(0, 2, 3)}, "query_weights must be at least 0"),
    ],
)
def test_wrong_input_is_an_error(changed: dict[str, Any], message: str) -> None:
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
def test_wrong_settings_are_errors(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
