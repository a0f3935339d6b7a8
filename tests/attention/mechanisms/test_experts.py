"""Mixture of attention experts: two forms that agree, gates, balance, and four planted regimes."""

import math
from typing import Any

import pytest
import torch

from attention.mechanisms.experts import (
    BALANCE_WEIGHT,
    Z_WEIGHT,
    ExpertAttention,
    Routing,
    balance_loss,
    group,
    grouped_linear,
    route,
    z_loss,
)
from attention.mechanisms.result import AttentionResult
from attention_contract import (
    EXACT,
    NOT_APPLICABLE,
    AttentionContract,
    Inputs,
    Tolerance,
    merge,
    split,
)


class ExpertContract(AttentionContract):
    # scaling the query also scales the router: see the test below
    test_huge_logits_give_the_value_of_the_largest = NOT_APPLICABLE

    def call(self, module: Any, inputs: Inputs) -> AttentionResult:
        tensors = (inputs.query, inputs.keys, inputs.values)
        return module(*tensors, mask=inputs.mask, need_weights=True)

    def lone_output(self, module: Any, inputs: Inputs) -> torch.Tensor:
        routing = module.route(inputs.query)
        values = merge(module.head_values(inputs.values))
        each = torch.stack([values @ w.T for w in module.out], -2).expand(
            *inputs.query.shape[:-1], -1, -1
        )
        picked = torch.take_along_dim(each, routing.chosen[..., None], -2)
        return (routing.gates[..., None] * picked).sum(-2) + module.bias

    def expose(self, module: Any) -> None:
        module.out.copy_(torch.eye(module.dim).expand_as(module.out))

    def averaged(self, module: Any, inputs: Inputs) -> torch.Tensor:
        return merge(module.head_values(inputs.values))


class TestRouted(ExpertContract):
    def build(self) -> ExpertAttention:
        return ExpertAttention(8, heads=2)


class TestDense(ExpertContract):
    def build(self) -> ExpertAttention:
        return ExpertAttention(8, heads=2, routed=False)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (7, 5), (33, 17)], ids=str)
@pytest.mark.parametrize("batch", [(), (3,)], ids=["one", "batch"])
@pytest.mark.parametrize("masked", [False, True], ids=["all", "masked"])
def test_routed_and_dense_form_agree_in_outputs_weights_and_gradients(
    dtype: torch.dtype, shape: tuple[int, int], batch: tuple[int, ...], masked: bool
) -> None:
    torch.manual_seed(0)
    routed, dense = ExpertAttention(8, heads=2), ExpertAttention(8, heads=2, routed=False)
    dense.load_state_dict(routed.state_dict())
    routed, dense = routed.to(dtype), dense.to(dtype)
    n, m = shape
    q, k, v = (torch.randn(*batch, rows, 8, dtype=dtype) for rows in (n, m, m))
    mask = torch.rand(*batch, n, m) < 0.7 if masked else None
    first, second = (x(q, k, v, mask=mask, need_weights=True) for x in (routed, dense))
    tolerance = 2e-5 if dtype == torch.float32 else 1e-12
    close: Tolerance = {"rtol": tolerance, "atol": tolerance}
    torch.testing.assert_close(first.output, second.output, **close)
    torch.testing.assert_close(first.weights, second.weights, **close)
    ours = torch.autograd.grad(first.output.square().sum(), list(routed.parameters()))
    theirs = torch.autograd.grad(second.output.square().sum(), list(dense.parameters()))
    torch.testing.assert_close(ours, theirs, rtol=10 * tolerance, atol=10 * tolerance)


def test_gates_sum_to_one_and_exactly_two_experts_are_chosen() -> None:
    routing = route(torch.randn(50, 4).double(), 2)
    torch.testing.assert_close(routing.gates.sum(-1), torch.ones(50).double(), **EXACT)
    assert (routing.gates > 0).all()
    assert (routing.chosen[:, 0] != routing.chosen[:, 1]).all()
    assert torch.equal(routing.chosen[:, 0], routing.logits.argmax(-1))


def test_ties_go_to_the_lower_number() -> None:
    logits = torch.tensor([[1.0, 1.0, 1.0, 1.0], [0.0, 2.0, 0.0, 2.0], [0.0, 3.0, 1.0, 1.0]])
    assert route(logits, 2).chosen.tolist() == [[0, 1], [1, 3], [1, 2]]


def routing_of(logits: torch.Tensor) -> Routing:
    return route(logits.double(), 2)


def test_the_balance_loss_is_one_when_even_and_two_when_all_rows_take_one_pair() -> None:
    pairs = torch.tensor([[5, 5, 0, 0], [0, 0, 5, 5]])
    assert balance_loss(routing_of(pairs)).item() == pytest.approx(1.0)
    same = torch.tensor([[50, 50, 0, 0]]).expand(6, 4)
    assert balance_loss(routing_of(same)).item() == pytest.approx(2.0)


def test_with_prior_shares_the_balance_loss_is_one_where_traffic_follows_them() -> None:
    shares = torch.tensor([0.35, 0.35, 0.15, 0.15]).double()
    pairs = torch.cat([torch.tensor([[90, 90, 0, 0]]).expand(7, 4),
                       torch.tensor([[0, 0, 90, 90]]).expand(3, 4)])  # fmt: skip
    assert balance_loss(routing_of(pairs), shares).item() == pytest.approx(1.0)
    assert balance_loss(routing_of(pairs)).item() > 1.1


def test_the_z_loss_is_the_mean_square_of_the_log_denominator() -> None:
    logits = torch.tensor([[0.0, 0.0, 0.0, 0.0], [math.log(2.0), math.log(2.0), 0.0, 0.0]])
    expected = (math.log(4) ** 2 + math.log(6) ** 2) / 2
    assert z_loss(logits).item() == pytest.approx(expected)


def test_gradients_reach_the_router_through_the_gates() -> None:
    torch.manual_seed(0)
    layer = ExpertAttention(8, heads=2)
    x = torch.randn(5, 8)
    layer(x, x, x).output.square().sum().backward()
    assert layer.router.weight.grad is not None
    assert layer.router.weight.grad.abs().sum() > 0


def test_each_row_goes_through_the_matrix_of_its_number() -> None:
    rows, weights = torch.randn(9, 4).double(), torch.randn(3, 5, 4).double()
    numbers = torch.tensor([2, 0, 2, 2, 0, 0, 2, 0, 2])  # nobody goes to 1
    groups = group(numbers[:, None], 3)
    assert groups.counts == [4, 0, 5]
    found = grouped_linear(rows[groups.order], weights, groups.counts)
    expected = torch.stack([weights[n] @ row for n, row in zip(numbers, rows, strict=True)])
    torch.testing.assert_close(found, expected[groups.order], **EXACT)


def test_huge_rows_give_the_largest_value_of_the_best_expert() -> None:
    torch.manual_seed(7)
    layer = ExpertAttention(8, heads=2).double()
    x, keys = torch.randn(4, 8).double(), torch.randn(6, 8).double()
    found = layer(1e4 * x, keys, keys).output
    best = layer.router(x).argmax(-1)
    k, v = split(layer.key(keys), 2), layer.head_values(keys)
    for row, number in enumerate(best):
        q = split(x[row : row + 1] @ layer.query[number].T, 2)
        picked = torch.take_along_dim(v, (q @ k.mT).argmax(-1)[..., None], -2)
        expected = merge(picked)[0] @ layer.out[number].T + layer.bias
        torch.testing.assert_close(found[row], expected, **EXACT)


def test_the_diagnostics_are_the_share_of_places_of_each_expert() -> None:
    layer = ExpertAttention(8, heads=2)
    x = torch.randn(10, 8)
    loads = layer(x, x, x).diagnostics
    assert sum(loads.values()) == pytest.approx(1.0)
    counts = torch.bincount(layer.route(x).chosen.flatten(), minlength=4)
    assert [loads[f"load_{e}"] for e in range(4)] == pytest.approx((counts / 20).tolist())


@pytest.mark.parametrize("top_k", [0, 5])
def test_the_number_of_chosen_experts_is_checked(top_k: int) -> None:
    with pytest.raises(ValueError, match=f"top_k must be between 1 and 4 experts, got {top_k}"):
        ExpertAttention(8, top_k=top_k)


def mutual_information(a: torch.Tensor, b: torch.Tensor) -> float:
    """Mutual information of two labels of four kinds over the mean of their entropies."""
    joint = torch.zeros(4, 4).index_put((a, b), torch.ones(len(a)), accumulate=True) / len(a)

    def entropy(p: torch.Tensor) -> torch.Tensor:
        return -torch.xlogy(p, p).sum()

    distance = entropy(joint.sum(0)) + entropy(joint.sum(1))
    return float(2 * (distance - entropy(joint.flatten())) / distance)


def test_experts_find_four_planted_regimes_that_one_expert_of_equal_size_cannot_serve() -> None:
    """What a row should read depends on its regime through one of four linear maps."""
    torch.manual_seed(0)
    centres, maps = 2 * torch.randn(4, 8), torch.randn(4, 16, 16) / 4

    def draw(items: int) -> tuple[torch.Tensor, ...]:
        regime = torch.randint(0, 4, (items, 32))
        place = centres[regime] + 0.3 * torch.randn(items, 32, 8)
        rows = torch.cat([place, torch.randn(items, 32, 8)], -1)
        keys = torch.randn(items, 6, 16)
        read = torch.softmax(rows[..., 8:] @ keys[..., :8].mT / 2**0.5, -1) @ keys
        return regime, rows, keys, (maps[regime] @ read[..., None])[..., 0]

    def train(layer: ExpertAttention) -> tuple[float, Routing, torch.Tensor]:
        optimiser = torch.optim.Adam(layer.parameters(), lr=0.01)
        for _ in range(150):
            _, rows, keys, expected = draw(8)
            routing = layer.route(rows)
            found = layer(rows, keys, keys, routing=routing).output
            loss = (found - expected).square().mean()
            loss = loss + BALANCE_WEIGHT * balance_loss(routing) + Z_WEIGHT * z_loss(routing.logits)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        regime, rows, keys, expected = draw(32)
        with torch.no_grad():
            found = layer(rows, keys, keys).output
        return (found - expected).square().mean().item(), layer.route(rows), regime

    loss, routing, regime = train(ExpertAttention(16, 4, heads=2, routed=False))
    # two experts, both always active: the same size at work, and no choice
    alone, _, _ = train(ExpertAttention(16, 2, heads=2, routed=False))
    loads = torch.bincount(routing.chosen.flatten(), minlength=4) / routing.chosen.numel()
    assert loads.min() >= 0.1
    assert mutual_information(routing.chosen[..., 0].flatten(), regime.flatten()) > 0.5
    assert loss < 0.5 * alone
