"""Multi-head attention against torch's layer, the fused operator and the formulas."""

from typing import Any

import pytest
import torch

from attention.mechanisms.multi_head import (
    MultiHeadAttention,
    attend,
    attend_without_weights,
    naive_multi_head,
    raw_is_cheaper,
)
from attention.mechanisms.result import AttentionResult
from attention_contract import EXACT, NOT_APPLICABLE, AttentionContract, Inputs


class TestMultiHead(AttentionContract):
    def build(self) -> MultiHeadAttention:
        return MultiHeadAttention(8, 2)


class TestMultiHeadWithoutWeights(AttentionContract):
    test_huge_logits_give_the_value_of_the_largest = (
        NOT_APPLICABLE  # needs the weights to know the largest
    )

    def build(self) -> MultiHeadAttention:
        return MultiHeadAttention(8, 2)

    def call(self, module: Any, inputs: Inputs) -> AttentionResult:
        return module(
            inputs.query, inputs.keys, inputs.values, mask=inputs.mask, need_weights=False
        )


class TestOneQuery(AttentionContract):
    """Few queries take another order of the products."""

    def build(self) -> MultiHeadAttention:
        return MultiHeadAttention(8, 1)

    def inputs(self, n: int = 1, m: int = 40, batch: tuple[int, ...] = (), seed: int = 0) -> Inputs:
        return super().inputs(min(n, 1), m, batch, seed)

    # these are written for more than one query or few keys
    test_permuting_keys_leaves_the_output_unchanged = NOT_APPLICABLE
    test_permuting_queries_permutes_the_rows = NOT_APPLICABLE
    test_masked_keys_change_nothing_whatever_they_hold = NOT_APPLICABLE
    test_weights_are_shares_and_a_row_without_keys_is_zero = NOT_APPLICABLE
    test_gradients_stay_finite_when_a_row_has_no_keys = NOT_APPLICABLE
    test_wrong_input_is_an_error_with_expected_and_given = NOT_APPLICABLE


@pytest.mark.parametrize("batch", [(), (3,)], ids=["one", "batch"])
@pytest.mark.parametrize("need_weights", [True, False], ids=["weights", "fused"])
def test_few_queries_give_the_same_in_another_order_of_products(
    batch: tuple[int, ...], need_weights: bool
) -> None:
    torch.manual_seed(0)
    layer = MultiHeadAttention(16, 2, key_dim=6, value_dim=10).double().eval()
    assert raw_is_cheaper(1, 50, 2, 16, 6, 10)
    assert not raw_is_cheaper(50, 50, 2, 16, 6, 10)
    assert not raw_is_cheaper(1, 1, 2, 16, 6, 10)
    mask = torch.rand(*batch, 1, 50) < 0.5
    tensors = [torch.randn(*batch, rows, d).double() for rows, d in ((1, 16), (50, 6), (50, 10))]
    ours, theirs = ([t.clone().requires_grad_() for t in tensors] for _ in range(2))
    found = layer(*ours, mask=mask, need_weights=need_weights)
    heads, weights, lse = attend(*layer.project(*theirs, mask), mask=mask)
    expected = layer.project.mix(heads, mask)
    torch.testing.assert_close(found.output, expected, **EXACT)
    if need_weights:
        torch.testing.assert_close(found.weights, weights, **EXACT)
        torch.testing.assert_close(found.lse, lse, **EXACT)
    gradients = torch.autograd.grad(found.output.square().sum(), ours)
    torch.testing.assert_close(
        gradients, torch.autograd.grad(expected.square().sum(), theirs), rtol=0, atol=1e-9
    )


def torch_twin(layer: MultiHeadAttention) -> torch.nn.MultiheadAttention:
    maps = layer.project
    twin = torch.nn.MultiheadAttention(
        maps.dim, maps.heads, kdim=maps.key_dim, vdim=maps.value_dim, batch_first=True
    ).to(maps.out.weight.dtype)
    weights = [maps.query.weight, maps.key.weight, maps.value.weight]
    with torch.no_grad():
        if maps.key_dim == maps.value_dim == maps.dim:
            twin.in_proj_weight.copy_(torch.cat(weights))
        else:
            twin.q_proj_weight.copy_(weights[0])
            twin.k_proj_weight.copy_(weights[1])
            twin.v_proj_weight.copy_(weights[2])
        twin.in_proj_bias.zero_()
        twin.out_proj.load_state_dict(maps.out.state_dict())
    return twin


@pytest.mark.parametrize("widths", [(12, 12, 12), (12, 7, 5)], ids=str)
@pytest.mark.parametrize(("n", "m"), [(1, 1), (3, 7), (65, 33)], ids=str)
def test_equals_the_layer_of_torch_in_outputs_weights_and_gradients(
    widths: tuple[int, int, int], n: int, m: int
) -> None:
    torch.manual_seed(0)
    layer = MultiHeadAttention(widths[0], 4, key_dim=widths[1], value_dim=widths[2]).double()
    layer.eval()
    torch.nn.init.normal_(layer.project.out.bias)
    tensors = [torch.randn(2, rows, w).double() for rows, w in zip((n, m, m), widths, strict=True)]
    mask = torch.rand(2, 1, m) < 0.8
    mask[..., 0] = True
    ours = [t.clone().requires_grad_() for t in tensors]
    theirs = [t.clone().requires_grad_() for t in tensors]
    found = layer(*ours, mask=mask)
    output, weights = torch_twin(layer)(
        *theirs, key_padding_mask=~mask[:, 0], average_attn_weights=False
    )
    torch.testing.assert_close(found.output, output, **EXACT)
    torch.testing.assert_close(found.weights, weights, **EXACT)
    seed = torch.randn_like(output)
    torch.testing.assert_close(
        torch.autograd.grad(found.output, ours, seed),
        torch.autograd.grad(output, theirs, seed),
        **EXACT,
    )


def test_equals_the_formulas_written_out() -> None:
    torch.manual_seed(1)
    layer = MultiHeadAttention(6, 3, dropout=0.0).double()
    q, k, v = torch.randn(2, 6).double(), torch.randn(5, 6).double(), torch.randn(5, 6).double()
    torch.testing.assert_close(layer(q, k, v).output, naive_multi_head(q, k, v, layer), **EXACT)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16], ids=str)
@pytest.mark.parametrize(("n", "m"), [(1, 3), (5, 9)], ids=str)
@pytest.mark.parametrize("masked", [False, True], ids=["all", "masked"])
@pytest.mark.parametrize("biased", [False, True], ids=["plain", "biased"])
def test_the_fused_form_equals_the_open_one(
    dtype: torch.dtype, n: int, m: int, masked: bool, biased: bool
) -> None:
    torch.manual_seed(2)
    q, k, v = (torch.randn(2, 4, rows, 8, dtype=dtype, requires_grad=True) for rows in (n, m, m))
    mask = torch.rand(n, m) < 0.7 if masked else None
    bias = torch.randn(4, n, m, dtype=dtype) if biased else None
    fused = attend_without_weights(q, k, v, mask=mask, bias=bias)
    open_form, _, _ = attend(q, k, v, mask=mask, bias=bias)
    tolerance = {torch.float64: 1e-12, torch.float32: 1e-5, torch.bfloat16: 5e-2}[dtype]
    torch.testing.assert_close(fused, open_form, rtol=tolerance, atol=tolerance)
    for ours, theirs in zip(
        torch.autograd.grad(fused.sum(), (q, k, v)),
        torch.autograd.grad(open_form.sum(), (q, k, v)),
        strict=True,
    ):
        torch.testing.assert_close(ours, theirs, rtol=tolerance, atol=4 * tolerance)


def test_lse_is_the_logarithm_of_the_denominator() -> None:
    q, k, v = torch.randn(3, 1, 4, 6).double().unbind(0)
    _, _, lse = attend(q, k, v)
    torch.testing.assert_close(lse, (q @ k.mT / 6**0.5).exp().sum(-1).log(), **EXACT)


def test_permuting_heads_gives_the_same_function() -> None:
    torch.manual_seed(3)
    layer, other = (
        MultiHeadAttention(8, 4).double().eval(),
        MultiHeadAttention(8, 4).double().eval(),
    )
    order = torch.tensor([4, 5, 0, 1, 6, 7, 2, 3])
    with torch.no_grad():
        for name in ("query", "key", "value"):
            getattr(other.project, name).weight.copy_(getattr(layer.project, name).weight[order])
        other.project.out.weight.copy_(layer.project.out.weight[:, order])
    x = torch.randn(5, 8).double()
    torch.testing.assert_close(other(x, x, x).output, layer(x, x, x).output, **EXACT)


def test_dropout_acts_in_training_only() -> None:
    torch.manual_seed(4)
    layer = MultiHeadAttention(8, 2, dropout=0.5)
    x = torch.randn(5, 8)
    assert not torch.equal(layer(x, x, x).output, layer(x, x, x).output)
    layer.eval()
    assert torch.equal(layer(x, x, x).output, layer(x, x, x).output)


def test_heads_must_divide_the_width() -> None:
    with pytest.raises(ValueError, match="heads must divide the width 8, got 3"):
        MultiHeadAttention(8, 3)
