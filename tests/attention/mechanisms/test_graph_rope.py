"""Graph RoPE attention: real times, order and hops, what may be seen, the null key and the mass."""

from dataclasses import replace
from typing import Any

import pytest
import torch

from attention.mechanisms.graph_rope import (
    HALF_LIFE,
    GraphRopeAttention,
    journey_bias,
    naive_journey_scores,
    touch_mass,
    touches_after,
)
from attention.mechanisms.multi_head import attend
from attention_contract import EXACT, NOT_APPLICABLE, AttentionContract, Inputs


class TestAtTheConversion(AttentionContract):
    query_width = key_width = value_width = 16

    def build(self) -> GraphRopeAttention:
        layer = GraphRopeAttention(16, 2)
        torch.nn.init.normal_(layer.hop_table)
        return layer

    def options(self, n: int, m: int, batch: tuple[int, ...]) -> dict[str, torch.Tensor]:
        return {
            "times": 30 * torch.rand(*batch, m, dtype=torch.float64),
            "depth": torch.randint(0, 5, (*batch, m)),
            "hops": torch.randint(0, 12, (*batch, n, m)),
        }

    def pick_option(
        self,
        name: str,
        option: torch.Tensor,
        keys: torch.Tensor | None = None,
        queries: torch.Tensor | None = None,
    ) -> torch.Tensor:
        if queries is not None:
            return option[..., queries, :] if name == "hops" else option
        return option if keys is None else option[..., keys]

    def unbiased(self, inputs: Inputs) -> Inputs:
        names = {"times", "query_times", "depth"} & set(inputs.options)
        return replace(inputs, options={k: torch.zeros_like(inputs.options[k]) for k in names})


class TestAtTimesOfTheirOwn(TestAtTheConversion):
    # a query sees the touches before it alone, so these two laws hold where all are before it
    test_one_key_gives_the_transform_of_its_value = NOT_APPLICABLE
    test_weights_are_shares_and_a_row_without_keys_is_zero = NOT_APPLICABLE

    def options(self, n: int, m: int, batch: tuple[int, ...]) -> dict[str, torch.Tensor]:
        coordinates = torch.tensor([0.0, 3.0, 6.0, 9.0][:n], dtype=torch.float64)
        return {
            "times": 10 + 20 * torch.rand(*batch, m, dtype=torch.float64),
            "query_times": coordinates.expand(*batch, n),
        }

    def pick_option(
        self,
        name: str,
        option: torch.Tensor,
        keys: torch.Tensor | None = None,
        queries: torch.Tensor | None = None,
    ) -> torch.Tensor:
        picked = queries if name == "query_times" else keys
        return option if picked is None else option[..., picked]


class TestNullKeyAndMass(TestAtTheConversion):
    weights_per_key = False
    # with a null key one touch shares with it, the hull holds its value too, and it may win
    test_one_key_gives_the_transform_of_its_value = NOT_APPLICABLE
    test_output_lies_in_the_convex_hull_of_the_values = NOT_APPLICABLE
    test_huge_logits_give_the_value_of_the_largest = NOT_APPLICABLE

    def build(self) -> GraphRopeAttention:
        return GraphRopeAttention(16, 2, null_key=True, mass=True)


def journey(m: int, width: int = 16, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    touches = torch.randn(m, width, generator=generator, dtype=torch.float64)
    return touches, 30 * torch.rand(m, generator=generator, dtype=torch.float64)


def layer_of(**options: Any) -> GraphRopeAttention:
    torch.manual_seed(1)
    return GraphRopeAttention(16, 2, **options).double()


def test_scores_equal_complex_multiplication_pair_by_pair() -> None:
    layer = layer_of()
    touches, times = journey(7)
    result = layer(touches, touches, touches, times=times, query_times=times)
    order = touches_after(times)
    of_time, of_order, _ = layer._turns
    turns = times[:, None] * of_time + order[:, None] * of_order
    q, k = layer.project.queries(touches), layer.project.keys(touches)
    decay = torch.nn.functional.softplus(layer.decay)
    visible = times[None] >= times[:, None]
    for head in range(2):
        scores = naive_journey_scores(q[head], k[head], turns, turns, times, times, decay[head])
        weights = torch.softmax(scores.masked_fill(~visible, -torch.inf), -1)
        torch.testing.assert_close(result.weights[head], weights, **EXACT)


def test_shifting_all_times_changes_nothing() -> None:
    layer = layer_of()
    touches, times = journey(6)
    query, coordinates = touches[:2], torch.tensor([0.0, 1.5], dtype=torch.float64)
    plain = layer(query, touches, touches, times=times, query_times=coordinates)
    moved = layer(query, touches, touches, times=times + 41.3, query_times=coordinates + 41.3)
    torch.testing.assert_close(moved.output, plain.output, **EXACT)


def test_equal_places_give_plain_attention() -> None:
    layer = layer_of()
    touches, _ = journey(6)
    times = torch.full((6,), 4.0, dtype=torch.float64)
    result = layer(touches, touches, touches, times=times, query_times=times)
    heads, weights, lse = attend(*layer.project(touches, touches, touches))
    torch.testing.assert_close(result.weights, weights, **EXACT)
    torch.testing.assert_close(result.output, layer.project.mix(heads), **EXACT)
    torch.testing.assert_close(result.lse, lse, **EXACT)


def test_order_matters() -> None:
    layer = layer_of()
    touches, times = journey(5)
    swapped = times[[0, 3, 2, 1, 4]]
    plain = layer(None, touches, touches, times=times).output
    assert not torch.allclose(layer(None, touches, touches, times=swapped).output, plain)


def test_without_a_query_the_learnt_conversion_token_is_the_query_at_time_zero() -> None:
    layer = layer_of()
    touches, times = journey(5)
    result = layer(None, touches, touches, times=times)
    arguments = layer(layer.conversion, touches, touches, times=times)
    assert result.output.shape == (1, 16)
    torch.testing.assert_close(result.output, arguments.output, **EXACT)
    batch = layer(None, *(touches.expand(3, 5, 16),) * 2, times=times)
    torch.testing.assert_close(batch.output, result.output.expand(3, 1, 16), **EXACT)


def test_touches_see_only_earlier_touches() -> None:
    layer = layer_of()
    touches, times = journey(6)
    result = layer(touches, touches, touches, times=times, query_times=times)
    later = times[None] < times[:, None]
    assert (result.weights[:, later] == 0).all()
    assert (result.weights[:, ~later] > 0).all()


def test_touches_of_one_instant_differ_by_a_given_order() -> None:
    layer = layer_of()
    touches, _ = journey(3)
    times = torch.full((3,), 2.0, dtype=torch.float64)
    order = torch.tensor([2, 1, 0])
    result = layer(
        touches, touches, touches, times=times, query_times=times, order=order, query_order=order
    )
    seen = result.weights[0] > 0
    assert torch.equal(seen, torch.ones(3, 3, dtype=torch.bool).tril())


@pytest.mark.parametrize("wrong", [-0.5, float("nan"), float("inf")])
def test_touches_after_the_conversion_are_errors(wrong: float) -> None:
    touches, times = journey(4)
    times[2] = wrong
    with pytest.raises(ValueError, match=f"at least 0, got {wrong}"):
        layer_of()(None, touches, touches, times=times)
    mask = torch.tensor([True, True, False, True])
    result = layer_of()(None, touches, touches, times=times, mask=mask)
    alone = layer_of()(None, touches[mask], touches[mask], times=times[mask])
    torch.testing.assert_close(result.output, alone.output, **EXACT)


def test_the_latest_touches_are_kept_and_the_others_counted() -> None:
    layer = layer_of(max_len=4)
    touches, times = journey(10)
    latest = times.argsort()[:4]
    result = layer(None, touches, touches, times=times)
    alone = layer(None, touches[latest], touches[latest], times=times[latest])
    assert result.diagnostics["dropped"] == 6
    assert alone.diagnostics["dropped"] == 0
    torch.testing.assert_close(result.output, alone.output, **EXACT)
    torch.testing.assert_close(result.weights[..., latest], alone.weights, **EXACT)


def test_touches_that_share_an_order_number_are_counted_when_they_pass_max_len() -> None:
    layer = layer_of(max_len=4)
    touches, _ = journey(6)
    # the latest first: the third to fifth share one instant, so all three stay, and the last goes
    times = torch.tensor([1, 2, 3, 3, 3, 4], dtype=torch.float64)
    result = layer(None, touches, touches, times=times)
    assert result.diagnostics == {"dropped": 1, "beyond": 1}
    assert (result.weights[0, 0] > 0).tolist() == [True] * 5 + [False]
    together = layer(None, touches, touches, times=torch.ones_like(times))
    assert together.diagnostics == {"dropped": 0, "beyond": 2}
    ordered = layer(None, touches, touches, times=torch.ones_like(times), order=torch.arange(6))
    assert ordered.diagnostics == {"dropped": 2, "beyond": 0}
    mask = torch.tensor([True, True, False, True, True, False])
    assert layer(None, touches, touches, times=times, mask=mask).diagnostics == {
        "dropped": 0, "beyond": 0
    }  # fmt: skip
    batch = layer(None, *(touches.expand(2, 6, 16),) * 2, times=torch.stack([times, times.ceil()]))
    assert batch.diagnostics == {"dropped": 2, "beyond": 2}


def test_a_fresh_decay_halves_in_a_week() -> None:
    layer = layer_of()
    decay = torch.nn.functional.softplus(layer.decay)
    bias = journey_bias(torch.tensor([[HALF_LIFE]]).double(), decay)
    torch.testing.assert_close(bias.exp(), torch.full((2, 1, 1), 0.5).double(), rtol=1e-6, atol=0)


def test_hops_add_their_own_bias_and_eight_covers_all_larger_ones() -> None:
    layer = layer_of()
    with torch.no_grad():
        layer.hop_table.copy_(torch.arange(18).reshape(2, 9))
    touches, times = journey(3)
    times = torch.zeros_like(times)
    hops = torch.tensor([[0, 8, 40]])
    plain = layer(None, touches, touches, times=times)
    with_hops = layer(None, touches, touches, times=times, hops=hops)
    added = layer.hop_table[:, None, [0, 8, 8]]
    expected = torch.softmax(plain.weights.log() + added, -1)
    torch.testing.assert_close(with_hops.weights, expected, **EXACT)


def test_seconds_as_days_in_float64_keep_their_digits() -> None:
    layer = layer_of().float()
    touches, _ = journey(4)
    touches = touches.float()
    conversion = 1_780_000_000.0
    clock = conversion - torch.tensor([60.0, 3600.0, 86400.0, 900_000.0], dtype=torch.float64)
    days = (conversion - clock) / 86400
    single = layer(None, touches, touches, times=days)
    double = layer.double()(None, touches.double(), touches.double(), times=days)
    torch.testing.assert_close(single.output.double(), double.output, rtol=1e-5, atol=1e-5)


def test_the_null_key_takes_what_the_touches_leave() -> None:
    layer = layer_of(null_key=True)
    touches, times = journey(5)
    result = layer(None, touches, touches, times=times)
    assert result.weights.shape == (2, 1, 6)
    plain = layer_of()
    plain.load_state_dict({k: v for k, v in layer.state_dict().items() if k != "null"})
    without = plain(None, touches, touches, times=times)
    q = layer.project.queries(layer.conversion)
    assert layer.null is not None
    null_score = (q * layer.null[0][:, None]).sum(-1) / 8**0.5
    share = 1 / (1 + torch.exp(without.lse - null_score))
    torch.testing.assert_close(result.weights[..., -1], share, **EXACT)
    torch.testing.assert_close(result.weights.sum(-1), torch.ones(2, 1).double(), **EXACT)
    torch.testing.assert_close(result.lse, without.lse, **EXACT)
    values = torch.cat([layer.project.values(touches), layer.null[1][:, None]], -2)
    torch.testing.assert_close(result.output, layer.project.mix(result.weights @ values), **EXACT)


def test_a_journey_without_touches_gives_the_null_value_and_no_mass() -> None:
    layer = layer_of(null_key=True, mass=True)
    touches, times = journey(3)
    nothing = torch.zeros(3, dtype=torch.bool)
    result = layer(None, touches, touches, times=times, mask=nothing)
    assert layer.null is not None
    expected = layer.project.mix(layer.null[1][:, None], extra=torch.zeros(1, 2).double())
    torch.testing.assert_close(result.output, expected, **EXACT)
    torch.testing.assert_close(result.weights[..., -1], torch.ones(2, 1).double(), **EXACT)
    gradients = torch.autograd.grad(
        result.output.sum(), list(layer.parameters()), allow_unused=True
    )
    assert all(torch.isfinite(g).all() for g in gradients if g is not None)


def test_the_mass_counts_equal_touches_where_softmax_does_not() -> None:
    one, ten = journey(1)[0], journey(1)[0].expand(10, 16)
    plain, counting = layer_of(), layer_of(mass=True)

    def read(layer: GraphRopeAttention, touches: torch.Tensor) -> torch.Tensor:
        order = torch.zeros(len(touches), dtype=torch.long)
        return layer(None, touches, touches, times=order.double(), order=order).output

    torch.testing.assert_close(read(plain, ten), read(plain, one), **EXACT)
    assert not torch.allclose(read(counting, ten), read(counting, one))
    lse = torch.tensor([-torch.inf, 0.0, 2.0]).double()
    torch.testing.assert_close(touch_mass(lse), torch.log1p(lse.exp()), **EXACT)


def test_split_pairs_between_time_order_and_depth_two_to_one_to_one() -> None:
    turns = GraphRopeAttention(256, 4)._turns
    assert [(row > 0).sum().item() for row in turns] == [16, 8, 8]
    assert ((turns > 0).sum(0) == 1).all()
    waves = [1 / row[row > 0] for row in turns]
    bounds = [(0.25, 120.0), (2.0, 400.0), (2.0, 32.0)]
    for wave, (shortest, longest) in zip(waves, bounds, strict=True):
        assert wave[0].item() == pytest.approx(shortest)
        assert wave[-1].item() == pytest.approx(longest)


@pytest.mark.usefixtures("as_a_user_calls_it")
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"times": torch.zeros(4)}, r"times must have shape \(3,\) or \(3,\), got \(4,\)"),
        ({"times": torch.zeros(3).long()}, "times must have floating dtype, got torch.int64"),
        ({"order": torch.zeros(3)}, "order must have integer dtype, got torch.float32"),
        ({"hops": torch.zeros(2, 3).long()}, r"hops must be integers .* of shape \(2, 3\)"),
        ({"hops": torch.full((1, 3), -1)}, "hops must be at least 0, got -1"),
        ({"query_times": torch.tensor([-1.0])}, "query_times must be finite .* got -1.0"),
    ],
)  # fmt: skip
def test_positions_that_do_not_match_are_errors(options: dict[str, Any], message: str) -> None:
    touches, times = journey(3)
    with pytest.raises(ValueError, match=message):
        layer_of()(None, touches, touches, **({"times": times} | options))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dim": 6, "heads": 2}, "the width of a head must be even, got 3"),
        ({"max_len": 0}, "lookback and max_len must be above 0, got 30.0, 0"),
    ],
)
def test_wrong_settings_are_errors(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        GraphRopeAttention(**options)
