"""Topology-gated attention: what each mode does, and its saved state."""

import io

import pytest
import torch

from attention.mechanisms.multi_head import attend
from attention.mechanisms.topology import TopologyGatedAttention, top_mask
from attention.monitoring.topology_gate import FrozenError, Mode, Thresholds
from attention_contract import EXACT, NOT_APPLICABLE, AttentionContract

S, C, F = Mode.STABLE, Mode.CAUTIOUS, Mode.FREEZE


class TestGated(AttentionContract):
    # one call is one event of a window, so a batch is an error, see below
    test_a_batch_equals_a_loop_over_its_items = NOT_APPLICABLE

    def build(self) -> TopologyGatedAttention:
        return TopologyGatedAttention(8, 2, neighbours=3)


class TestCautious(TestGated):
    test_huge_logits_give_the_value_of_the_largest = (
        NOT_APPLICABLE  # its weights leave keys out already
    )

    # rounding to bfloat16 would move keys across the half
    @pytest.mark.parametrize("dtype", [torch.float32], ids=str)
    def test_dtype_follows_the_input(self, dtype: torch.dtype) -> None:
        super().test_dtype_follows_the_input(dtype)

    def build(self) -> TopologyGatedAttention:
        layer = TopologyGatedAttention(8, 2, neighbours=3)
        layer.gate.mode = C
        layer.gate.thresholds = Thresholds(1.0, 0.5, 0.0, 0.05)
        return layer


def portfolio(n: int = 100, families: int = 10, seed: int = 0) -> torch.Tensor:
    """Campaigns in families: those of one family resemble each other."""
    generator = torch.Generator().manual_seed(seed)
    centres = torch.randn(families, 64, generator=generator)
    return centres[torch.arange(n) % families] + 0.7 * torch.randn(n, 64, generator=generator)


def shaken(share: float, seed: int = 9) -> torch.Tensor:
    """The portfolio with a share of its items replaced."""
    items = portfolio().clone()
    count = int(100 * share)
    items[:count] = torch.randn(count, 64, generator=torch.Generator().manual_seed(seed))
    return items


@pytest.mark.parametrize("m", [1, 2, 5, 8])
def test_the_top_half_of_visible_logits_is_kept(m: int) -> None:
    scores = torch.randn(2, 3, m)
    kept = top_mask(scores, 0.5)
    assert (kept.sum(-1) == (m + 1) // 2).all()
    assert (scores.masked_fill(~kept, 9).amin(-1) >= scores.masked_fill(kept, -9).amax(-1)).all()
    mask = torch.zeros(m, dtype=torch.bool)
    mask[0] = True
    assert torch.equal(top_mask(scores, 0.5, mask), mask.expand(2, 3, m))
    assert not top_mask(scores, 0.5, torch.zeros(m, dtype=torch.bool)).any()


def layer_of(every: int = 1) -> TopologyGatedAttention:
    torch.manual_seed(0)
    return TopologyGatedAttention(64, 4, every=every)


def test_stable_is_plain_attention_and_cautious_reads_half_as_many_keys() -> None:
    layer, items = layer_of(), portfolio()
    plain = layer(items[:5], items, items)
    torch.testing.assert_close(plain.weights, attend(*layer.project(items[:5], items, items))[1])
    assert plain.diagnostics == {
        "coherence": 1.0, "neighbours": 8, "mode": 0, "width_factor": 1.0, "step_factor": 1.0,
        "alert": 0.0,
    }  # fmt: skip
    changed = shaken(0.4)
    careful = layer(items[:5], changed, changed)
    assert careful.diagnostics["mode"] == 1
    assert ((careful.weights > 0).sum(-1) == 50).all()
    torch.testing.assert_close(careful.weights.sum(-1), torch.ones(4, 5))


def test_frozen_serves_the_last_weights_on_the_values_of_now() -> None:
    layer, items = layer_of(), portfolio()
    before = layer(items[:5], items, items)
    changed = shaken(1.0)
    result = layer(items[5:10], changed, changed)
    assert result.diagnostics["mode"] == 2
    assert result.diagnostics["alert"] == 1.0
    torch.testing.assert_close(result.weights, before.weights)
    expected = layer.project.mix(before.weights @ layer.project.values(changed))
    torch.testing.assert_close(result.output, expected)
    with pytest.raises(ValueError, match=r"query must have 5 rows while frozen, .* got 6"):
        layer(items[:6], changed, changed)


def test_frozen_weights_follow_the_ids_of_keys_and_leave_out_those_that_are_gone() -> None:
    layer, items, ids = layer_of(), portfolio(), torch.arange(100)
    before = layer(items[:5], items, items, ids=ids).weights
    order = torch.randperm(100, generator=torch.Generator().manual_seed(0))[:90]
    changed = torch.cat([shaken(1.0)[order], torch.randn(3, 64)])
    result = layer(items[:5], changed, changed, ids=torch.cat([ids[order], torch.arange(500, 503)]))
    assert result.diagnostics["mode"] == 2
    assert (result.weights[..., 90:] == 0).all()
    expected = before[..., order] / before[..., order].sum(-1, keepdim=True)
    torch.testing.assert_close(result.weights[..., :90], expected)


def test_frozen_and_all_keys_gone_the_output_is_zero_without_the_bias() -> None:
    layer, items, ids = layer_of(), portfolio(), torch.arange(100)
    torch.nn.init.ones_(layer.project.out.bias)
    layer(items[:5], items, items, ids=ids)
    changed = shaken(1.0)
    result = layer(items[:5], changed, changed, ids=ids + 100)
    assert result.diagnostics["mode"] == 2
    assert torch.equal(result.weights, torch.zeros(4, 5, 100))
    assert torch.equal(result.output, torch.zeros(5, 64))
    one = layer(items[:5], changed, changed, ids=torch.where(ids == 0, 0, ids + 100))
    assert torch.equal(one.weights[..., 0], torch.ones(4, 5))
    torch.testing.assert_close(
        one.output, layer.project.mix(layer.project.values(changed[:1])).expand(5, -1)
    )


def test_frozen_from_the_start_there_is_nothing_to_serve() -> None:
    layer, items = layer_of(), portfolio()
    layer.gate.set_reference(shaken(1.0))
    with pytest.raises(FrozenError, match="no weights to return"):
        layer(items, items, items)


def test_keys_that_nobody_may_see_are_not_watched() -> None:
    layer, items = layer_of(), portfolio()
    layer(items[:5], items, items)
    mask = torch.ones(100, dtype=torch.bool)
    mask[:50] = False
    noisy = items.clone()
    noisy[:50] = float("nan")
    result = layer(items[:5], noisy, noisy, mask=mask)
    assert result.diagnostics["coherence"] == pytest.approx(0.5, abs=0.1)
    assert torch.isfinite(result.output).all()


def test_state_is_saved_and_restored() -> None:
    items, changed = portfolio(), shaken(1.0)
    layer = layer_of(every=2)
    layer(items[:5], items, items)
    layer(items[:5], items, items)
    file = io.BytesIO()
    torch.save(layer.state_dict(), file)
    file.seek(0)
    other = TopologyGatedAttention(64, 4, every=2)
    other.load_state_dict(torch.load(file))
    for keys in (changed, items, items, items):
        result, expected = other(items[:5], keys, keys), layer(items[:5], keys, keys)
        assert result.diagnostics == expected.diagnostics
        torch.testing.assert_close(result.output, expected.output, **EXACT)


@pytest.mark.usefixtures("as_a_user_calls_it")
def test_a_batch_and_ids_that_do_not_fit_are_errors() -> None:
    x = torch.zeros(2, 3, 64)
    with pytest.raises(
        ValueError, match=r"query must have shape \(n, 64\), one window per call, got"
    ):
        layer_of()(x, x, x)
    with pytest.raises(ValueError, match=r"ids must be 3 integers, one per key, got .* \(2,\)"):
        layer_of()(x[0], x[0], x[0], ids=torch.arange(2))
