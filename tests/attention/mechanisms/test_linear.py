"""Linear attention: the naive form, streams, forgetting, and what sixteen features can learn."""

import math
from typing import Any

import pytest
import torch

from attention.mechanisms.feature_maps import LearntFeatures
from attention.mechanisms.linear import LinearAttention, linear_weights, read_summary, summarise
from attention.mechanisms.multi_head import dot_score
from attention.mechanisms.result import AttentionResult
from attention_contract import EXACT, NOT_APPLICABLE, AttentionContract, Inputs


class LinearContract(AttentionContract):
    # its weights are no softmax of a product with the query: see the test below
    test_huge_logits_give_the_value_of_the_largest = NOT_APPLICABLE


class TestLearnt(LinearContract):
    def build(self) -> LinearAttention:
        return LinearAttention(8, 2)


class TestLearntWithWeights(LinearContract):
    def build(self) -> LinearAttention:
        return LinearAttention(8, 2)

    def call(self, module: Any, inputs: Inputs) -> AttentionResult:
        return module(inputs.query, inputs.keys, inputs.values, mask=inputs.mask, need_weights=True)


class TestElu(LinearContract):
    def build(self) -> LinearAttention:
        return LinearAttention(8, 2, feature_map="elu")


class TestRandom(LinearContract):
    def build(self) -> LinearAttention:
        return LinearAttention(8, 2, feature_map="random", features=5)


MAPS = ["learnt", "elu", "random"]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("feature_map", MAPS)
@pytest.mark.parametrize(("n", "m"), [(1, 1), (5, 3), (17, 65)], ids=str)
@pytest.mark.parametrize("masked", [False, True], ids=["all", "masked"])
def test_the_summary_gives_the_naive_form_in_outputs_and_gradients(
    dtype: torch.dtype, feature_map: str, n: int, m: int, masked: bool
) -> None:
    torch.manual_seed(0)
    layer = LinearAttention(8, 2, feature_map=feature_map).to(dtype)
    q, k, v = (torch.randn(3, rows, 8, dtype=dtype) for rows in (n, m, m))
    mask = torch.rand(3, 1, m) < 0.7 if masked else None
    fast, naive = layer(q, k, v, mask=mask), layer(q, k, v, mask=mask, need_weights=True)
    tolerance = 2e-5 if dtype == torch.float32 else 1e-12
    torch.testing.assert_close(fast.output, naive.output, rtol=tolerance, atol=tolerance)
    parameters = [p for name, p in layer.named_parameters()]
    ours = torch.autograd.grad(fast.output.square().sum(), parameters, allow_unused=True)
    theirs = torch.autograd.grad(naive.output.square().sum(), parameters, allow_unused=True)
    for a, b in zip(ours, theirs, strict=True):
        torch.testing.assert_close(a, b, rtol=100 * tolerance, atol=100 * tolerance)


@pytest.mark.parametrize("rows", [1, 3, 500])
def test_both_orders_of_the_maps_give_the_same(rows: int) -> None:
    torch.manual_seed(0)
    layer = LinearAttention(32, 4, features=2).double()
    x = torch.randn(rows, 32).double()
    maps = layer.map
    torch.testing.assert_close(layer.log_query(x), maps.query(layer.project.queries(x)), **EXACT)
    torch.testing.assert_close(layer.log_keys(x), maps.key(layer.project.keys(x)), **EXACT)


@pytest.mark.parametrize("feature_map", MAPS)
def test_a_stream_equals_the_form_over_its_prefix(feature_map: str) -> None:
    torch.manual_seed(1)
    layer = LinearAttention(8, 2, feature_map=feature_map).double()
    q, k, v = torch.randn(3, 12, 8).double()
    state = layer.start()
    assert (layer.read(state, q) == 0).all()
    for event in range(12):
        state = layer.absorb(state, k[event : event + 1], v[event : event + 1])
        whole = layer(q, k[: event + 1], v[: event + 1]).output
        torch.testing.assert_close(layer.read(state, q), whole, rtol=0, atol=1e-14)


def test_a_stream_forgets_by_the_time_since_an_event() -> None:
    torch.manual_seed(2)
    layer = LinearAttention(8, 2, tau=3.0).double()
    q, k, v = torch.randn(3, 9, 8).double()
    times = torch.tensor([0.0, 0.5, 0.5, 2.0, 4.0, 4.5, 9.0, 9.0, 10.0]).double()
    log_q = layer.map.query(layer.project.queries(q))
    log_k = layer.map.key(layer.project.keys(k))
    share = linear_weights(log_q, log_k) * torch.exp(-(10.0 - times) / 3.0)
    heads = share / share.sum(-1, keepdim=True) @ layer.project.values(v)
    for cuts in ([9], [1] * 9, [4, 5], [2, 0, 7]):
        state, place = layer.start(), 0
        for count in cuts:
            part = slice(place, place + count)
            state = layer.absorb(state, k[part], v[part], times=times[part])
            place += count
        torch.testing.assert_close(layer.read(state, q), layer.project.mix(heads), **EXACT)
        assert state.time == 10.0


def test_a_hundred_thousand_events_leave_a_state_of_the_same_size_and_finite() -> None:
    torch.manual_seed(3)
    layer = LinearAttention(64, 4, tau=50.0)
    state, sizes = layer.start(), set()
    with torch.no_grad():
        for step in range(100):
            rows = 30 * torch.randn(1000, 64)
            times = step * 1000 + torch.arange(1000.0)
            state = layer.absorb(state, rows, rows, times=times)
            sizes.add((state.S.shape, state.z.shape, state.peak.shape))
        output = layer.read(state, torch.randn(3, 64))
    assert sizes == {((4, 16, 16), (4, 16), (4,))}
    assert torch.isfinite(output).all()


def test_four_heads_of_64_remember_sixteen_kilobytes() -> None:
    state = LinearAttention().start()
    assert state.S.numel() + state.z.numel() == 4 * (16 * 64 + 16)


@pytest.mark.parametrize("feature_map", MAPS)
def test_huge_rows_stay_finite_and_within_the_values(feature_map: str) -> None:
    torch.manual_seed(4)
    layer = LinearAttention(8, 2, feature_map=feature_map)
    with torch.no_grad():
        torch.nn.init.eye_(layer.project.out.weight)
    q, k, v = torch.randn(3, 6, 8)
    found = layer(1e4 * q, 30 * k, v).output
    values = layer.project.values(v).transpose(0, 1).flatten(-2)
    assert torch.isfinite(found).all()
    assert (found.abs() <= values.abs().amax(0) + 1e-5).all()


def test_a_mask_for_each_query_is_obeyed() -> None:
    torch.manual_seed(5)
    layer = LinearAttention(8, 2).double()
    q, k, v = torch.randn(4, 8).double(), *torch.randn(2, 6, 8).double()
    mask = torch.rand(4, 6) < 0.5
    mask[:, 0] = True
    found = layer(q, k, v, mask=mask).output
    rows = [layer(q[i : i + 1], k[mask[i]], v[mask[i]]).output for i in range(4)]
    torch.testing.assert_close(found, torch.cat(rows), **EXACT)


def test_random_features_report_their_error_and_it_is_large_at_unit_variance() -> None:
    torch.manual_seed(6)
    heads = [torch.randn(1, 200, 64) for _ in range(3)]
    layer = LinearAttention(64, 1, feature_map="random")
    with torch.no_grad():
        for linear in (layer.project.query, layer.project.key, layer.project.value):
            torch.nn.init.eye_(linear.weight)
    found = layer(*(h[0] for h in heads))
    exact = torch.softmax(dot_score(*heads[:2]), -1) @ heads[2]
    log_q, log_k = layer.map.query(heads[0]), layer.map.key(heads[1])
    sums, total, _ = summarise(log_k, heads[2])
    off = (read_summary(log_q, sums, total) - exact)[:, :64].norm() / exact[:, :64].norm()
    assert found.diagnostics["relative_error"] == pytest.approx(off.item(), rel=1e-4)
    assert off > 0.8  # worse than ignoring the keys
    assert LinearAttention(64, 1)(*(h[0] for h in heads)).diagnostics == {}


def channel_keys(count: int, generator: torch.Generator) -> torch.Tensor:
    """Touches of eight channels: those of one channel resemble each other."""
    centres = torch.randn(8, 16, generator=torch.Generator().manual_seed(99))
    channel = torch.randint(0, 8, (count,), generator=generator)
    return centres[channel] + 0.3 * torch.randn(count, 16, generator=generator)


def test_distilled_features_are_three_times_closer_to_softmax_than_uniform_weights() -> None:
    torch.manual_seed(0)
    generator = torch.Generator().manual_seed(7)
    layer = LinearAttention(16, 1)
    with torch.no_grad():
        for linear in (layer.project.query, layer.project.key):
            torch.nn.init.eye_(linear.weight)
            linear.weight *= 1.5
    assert isinstance(layer.map, LearntFeatures)
    optimiser = torch.optim.Adam(layer.map.parameters(), lr=0.05)
    held = channel_keys(200, generator)

    def variation() -> tuple[float, float]:
        q, k = layer.project.queries(held), layer.project.keys(held)
        exact = torch.softmax(dot_score(q, k), -1)
        ours = linear_weights(layer.map.query(q), layer.map.key(k))
        uniform = torch.full_like(exact, 1 / 200)
        of_ours, of_uniform = (
            float(((w - exact).abs().sum(-1) / 2).mean()) for w in (ours, uniform)
        )
        return of_ours, of_uniform

    best, patience = math.inf, 0
    with torch.no_grad():
        check = channel_keys(100, generator)
    for _ in range(400):
        rows = channel_keys(64, generator)
        loss = layer.distillation_loss(rows, rows)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        with torch.no_grad():
            now = layer.distillation_loss(check, check).item()
        best, patience = (now, 0) if now < best - 1e-3 else (best, patience + 1)
        if patience == 40:
            break
    with torch.no_grad():
        ours, uniform = variation()
    assert ours < uniform / 3
    assert layer.project.query.weight.grad is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"features": 0}, "features and tau must be above 0, got 0 and None"),
        ({"tau": -1.0}, "features and tau must be above 0, got 16 and -1.0"),
        ({"feature_map": "relu"}, "feature_map must be 'learnt', 'elu' or 'random', got 'relu'"),
    ],
)
def test_wrong_settings_are_errors(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        LinearAttention(8, 2, **options)


@pytest.mark.usefixtures("as_a_user_calls_it")
def test_events_out_of_order_or_without_times_are_errors() -> None:
    layer = LinearAttention(8, 2, tau=1.0)
    rows = torch.zeros(2, 8)
    state = layer.absorb(layer.start(), rows, rows, times=torch.tensor([1.0, 2.0]))
    with pytest.raises(ValueError, match="times must be given when tau is set, got none"):
        layer.absorb(state, rows, rows)
    with pytest.raises(ValueError, match=r"must not run backwards from 2.0, got \[1.5, 3.0\]"):
        layer.absorb(state, rows, rows, times=torch.tensor([1.5, 3.0]))
    with pytest.raises(ValueError, match=r"must not run backwards from 2.0, got \[4.0, 3.0\]"):
        layer.absorb(state, rows, rows, times=torch.tensor([4.0, 3.0]))
    with pytest.raises(ValueError, match=r"times must have shape \(2,\), got \(3,\)"):
        layer.absorb(state, rows, rows, times=torch.zeros(3))
    with pytest.raises(ValueError, match=r"values must have 2 rows, one per key, got 1"):
        layer.absorb(state, rows, rows[:1], times=torch.tensor([3.0, 3.0]))
    assert layer.absorb(state, rows[:0], rows[:0]) is state
