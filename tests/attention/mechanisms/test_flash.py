"""Flash attention: blocks of any size, merged shards and the fused form give the naive result."""

import itertools
from typing import Any

import pytest
import torch

from attention.geometry.lorentz import exp0, lorentz_distances
from attention.mechanisms.flash import FlashAttention, attend_blockwise, merge_partial, naive_attend
from attention.mechanisms.multi_head import MultiHeadAttention, attend
from attention.mechanisms.result import AttentionResult
from attention_contract import EXACT, NOT_APPLICABLE, AttentionContract, Inputs


class TestFused(AttentionContract):
    test_huge_logits_give_the_value_of_the_largest = (
        NOT_APPLICABLE  # no weights; TestMultiHead covers it
    )

    def build(self) -> FlashAttention:
        return FlashAttention(8, 2)


class TestOwnBlocks(AttentionContract):
    test_huge_logits_give_the_value_of_the_largest = (
        NOT_APPLICABLE  # no weights; see the test below
    )

    def build(self) -> FlashAttention:
        return FlashAttention(8, 2, block_size=4)

    def call(self, module: Any, inputs: Inputs) -> AttentionResult:
        return module(inputs.query, inputs.keys, inputs.values, mask=inputs.mask, need_lse=True)


def heads(n: int, m: int, dtype: torch.dtype = torch.float64) -> list[torch.Tensor]:
    torch.manual_seed(n + m)
    return [torch.randn(2, 3, rows, 8, dtype=dtype, requires_grad=True) for rows in (n, m, m)]


@pytest.mark.parametrize(("n", "m"), [(1, 1), (5, 64), (65, 63), (33, 129), (600, 7)], ids=str)
@pytest.mark.parametrize("block_size", [1, 63, 64, 65, None], ids=str)
def test_the_size_of_the_blocks_changes_nothing(n: int, m: int, block_size: int | None) -> None:
    q, k, v = heads(n, m)
    found, lse = attend_blockwise(q, k, v, block_size=block_size or max(n, m))
    expected, _, wanted_lse = attend(q, k, v)
    torch.testing.assert_close(found, naive_attend(q, k, v), rtol=0, atol=1e-14)
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-14)
    torch.testing.assert_close(lse, wanted_lse, rtol=0, atol=1e-13)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("block_size", [1, 7, 64])
@pytest.mark.parametrize("masked", [False, True], ids=["all", "masked"])
def test_gradients_equal_those_of_the_open_form(
    dtype: torch.dtype, block_size: int, masked: bool
) -> None:
    q, k, v = heads(9, 20, dtype)
    mask = torch.rand(2, 9, 20) < 0.6 if masked else None
    output, lse = attend_blockwise(q, k, v, block_size=block_size, mask=mask)
    expected, _, wanted_lse = attend(q, k, v, mask=mask)
    seeds = torch.randn_like(output), torch.randn_like(lse)
    ours = torch.autograd.grad((output, lse), (q, k, v), seeds)
    theirs = torch.autograd.grad((expected, wanted_lse), (q, k, v), seeds)
    tolerance = 1e-5 if dtype == torch.float32 else 1e-12
    torch.testing.assert_close(ours, theirs, rtol=tolerance, atol=tolerance)


def test_wholly_masked_blocks_and_rows_are_skipped() -> None:
    q, k, v = heads(4, 12)
    mask = torch.ones(4, 12, dtype=torch.bool)
    mask[0, :8] = False  # the first two blocks
    mask[1] = False
    found, lse = attend_blockwise(q, k, v, block_size=4, mask=mask)
    expected, _, wanted_lse = attend(q, k, v, mask=mask)
    torch.testing.assert_close(found, expected, **EXACT)
    torch.testing.assert_close(lse, wanted_lse, **EXACT)
    assert (found[..., 1, :] == 0).all()
    assert (lse[..., 1] == -torch.inf).all()


@pytest.mark.parametrize("cuts", [(0, 12), (0, 1, 12), (0, 4, 4, 5, 12)], ids=str)
def test_results_over_shards_of_the_keys_merge_into_the_whole(cuts: tuple[int, ...]) -> None:
    q, k, v = heads(5, 12)
    parts = [
        attend_blockwise(q, k[..., a:b, :], v[..., a:b, :]) for a, b in itertools.pairwise(cuts)
    ]
    whole, lse = attend_blockwise(q, k, v)
    for order in (parts, parts[::-1]):
        merged, merged_lse = merge_partial(order)
        torch.testing.assert_close(merged, whole, rtol=0, atol=1e-14)
        torch.testing.assert_close(merged_lse, lse, rtol=0, atol=1e-14)


def test_shards_without_keys_add_nothing_and_no_shard_at_all_is_an_error() -> None:
    q, k, v = heads(3, 5)
    nothing = torch.zeros(5, dtype=torch.bool)
    blind = attend_blockwise(q, k, v, mask=nothing)
    seeing = attend_blockwise(q, k, v)
    torch.testing.assert_close(merge_partial([blind, seeing]), seeing, **EXACT)
    output, lse = merge_partial([blind, blind])
    assert (output == 0).all()
    assert (lse == -torch.inf).all()
    with pytest.raises(ValueError, match="at least one partial result, got none"):
        merge_partial([])


def test_the_bias_is_computed_block_by_block() -> None:
    q, k, v = heads(10, 30)
    places = torch.arange(30).double()
    slope = torch.tensor([0.1, 0.2, 0.3], dtype=torch.float64, requires_grad=True)
    seen = []

    def bias(rows: slice, columns: slice) -> torch.Tensor:
        seen.append((rows.stop - rows.start, columns.stop - columns.start))
        return -slope[:, None, None] * (places[rows][:, None] - places[columns]).abs()

    whole = -slope[:, None, None] * (places[:10, None] - places).abs()
    with torch.no_grad():
        attend_blockwise(q, k, v, block_size=8, bias=bias)
    assert seen == [(10, 8), (10, 8), (10, 8), (10, 6)]
    found, _ = attend_blockwise(q, k, v, block_size=8, bias=bias)
    expected, _, _ = attend(q, k, v, bias=whole)
    torch.testing.assert_close(found, expected, **EXACT)
    ours = torch.autograd.grad(found.sum(), (q, slope))
    torch.testing.assert_close(ours, torch.autograd.grad(expected.sum(), (q, slope)), **EXACT)


def test_a_score_need_not_be_a_dot_product() -> None:
    q, k, v = heads(6, 21)

    def nearness(query: torch.Tensor, keys: torch.Tensor) -> torch.Tensor:
        return -lorentz_distances(exp0(query), exp0(keys))

    found, _ = attend_blockwise(q, k, v, block_size=5, score=nearness)
    torch.testing.assert_close(found, torch.softmax(nearness(q, k), -1) @ v, **EXACT)


def test_huge_logits_stay_finite_in_own_blocks() -> None:
    q, k, v = heads(4, 20)
    found, _ = attend_blockwise(1e4 * q, k, v, block_size=3)
    expected = torch.take_along_dim(v, (q @ k.mT).argmax(-1)[..., None], -2)
    torch.testing.assert_close(found, expected, **EXACT)


def test_both_forms_of_the_layer_equal_multi_head_attention_with_its_weights() -> None:
    torch.manual_seed(0)
    layer, plain = FlashAttention(8, 2, block_size=3).double(), MultiHeadAttention(8, 2).double()
    plain.load_state_dict(layer.state_dict())
    x = torch.randn(11, 8).double()
    expected = plain.eval()(x, x, x)
    torch.testing.assert_close(layer(x, x, x).output, expected.output, **EXACT)
    own = layer(x, x, x, need_lse=True)
    torch.testing.assert_close(own.output, expected.output, **EXACT)
    torch.testing.assert_close(own.lse, expected.lse, **EXACT)
    torch.testing.assert_close(layer.weights_of(x[4:5], x), expected.weights[:, 4:5], **EXACT)


def test_wrong_settings_are_errors() -> None:
    with pytest.raises(ValueError, match="block_size must be at least 1, got 0"):
        FlashAttention(8, 2, block_size=0)
    with pytest.raises(ValueError, match="block_size must be at least 1, got -1"):
        attend_blockwise(*heads(2, 2), block_size=-1)
    layer = FlashAttention(8, 2, dropout=0.1)
    x = torch.randn(3, 8)
    with pytest.raises(ValueError, match="dropout must be 0 with bias or need_lse"):
        layer(x, x, x, need_lse=True)
