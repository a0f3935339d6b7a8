"""The laws of every mechanism: one suite that the tests of each mechanism inherit.

A mechanism to which a law does not apply sets that test to ``NOT_APPLICABLE``, with the reason.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypedDict

import pytest
import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from attention.mechanisms.result import AttentionResult


class Tolerance(TypedDict):
    """Tolerances of ``torch.testing.assert_close``."""

    rtol: float
    atol: float


EXACT: Tolerance = {"rtol": 0.0, "atol": 1e-10}


NOT_APPLICABLE: Any = None
"""In place of a test of the contract; pytest does not collect it."""


@dataclass(frozen=True)
class Inputs:
    """Arguments of one call; ``options`` are keyword tensors such as positions."""

    query: Tensor
    keys: Tensor
    values: Tensor
    options: dict[str, Tensor]
    mask: Tensor | None = None


class AttentionContract:
    """Write ``class TestThing(AttentionContract)`` and ``build``; the rest has defaults."""

    query_width = 8
    key_width = 8
    value_width = 8
    dtypes: tuple[torch.dtype, ...] = (torch.float32, torch.bfloat16)
    """Dtypes other than float64 that the mechanism computes in; any other is an error."""
    weights_per_key = True
    """False when the weights carry one more column, for a null key."""

    # properties of a mechanism

    def build(self) -> nn.Module:
        """Return the mechanism in evaluation mode; seed and dtype are set by the caller."""
        raise NotImplementedError

    def options(self, n: int, m: int, batch: tuple[int, ...]) -> dict[str, Tensor]:
        """Return the keyword tensors of a call; by default there are none."""
        return {}

    def pick_option(
        self, name: str, option: Tensor, keys: Tensor | None = None, queries: Tensor | None = None
    ) -> Tensor:
        """Take keys or queries of an option by index; by default its last axis is that of keys."""
        return option if keys is None else option[..., keys]

    def call(self, module: Any, inputs: Inputs) -> AttentionResult:
        options = dict(inputs.options)
        return module(inputs.query, inputs.keys, inputs.values, mask=inputs.mask, **options)

    def maps(self, module: Any) -> Any:
        """Return what holds the projections: ``values(rows)`` and the linear map ``out``."""
        return module.project

    def lone_output(self, module: Any, inputs: Inputs) -> Tensor:
        """Return the output when every query sees just the one key there is."""
        values = merge(self.maps(module).values(inputs.values))
        return self.maps(module).out(values).expand(*inputs.query.shape[:-1], -1)

    def expose(self, module: Any) -> None:
        """Make the out-projection the identity, so that outputs are averages of values."""
        nn.init.eye_(self.maps(module).out.weight)
        nn.init.zeros_(self.maps(module).out.bias)

    def averaged(self, module: Any, inputs: Inputs) -> Tensor:
        """Return the values ``(*batch, m, d)`` in whose convex hull an exposed output lies."""
        return merge(self.maps(module).values(inputs.values))

    def unbiased(self, inputs: Inputs) -> Inputs:
        """Return inputs whose options add nothing to the scores; by default they never do."""
        return inputs

    # arranging

    def module(self, dtype: torch.dtype = torch.float64) -> Any:
        torch.manual_seed(7)
        return self.build().to(dtype).eval()

    def inputs(self, n: int = 4, m: int = 6, batch: tuple[int, ...] = (), seed: int = 0) -> Inputs:
        generator = torch.Generator().manual_seed(seed)

        def draw(rows: int, width: int) -> Tensor:
            return torch.randn(*batch, rows, width, generator=generator, dtype=torch.float64)

        query, keys = draw(n, self.query_width), draw(m, self.key_width)
        values = draw(m, self.value_width)
        torch.manual_seed(seed)
        return Inputs(query, keys, values, self.options(n, m, batch))

    def pick_keys(self, inputs: Inputs, keys: Tensor) -> Inputs:
        options = {k: self.pick_option(k, v, keys=keys) for k, v in inputs.options.items()}
        mask = None if inputs.mask is None else inputs.mask[..., keys]
        return Inputs(
            inputs.query, inputs.keys[..., keys, :], inputs.values[..., keys, :], options, mask
        )

    def pick_queries(self, inputs: Inputs, queries: Tensor) -> Inputs:
        options = {k: self.pick_option(k, v, queries=queries) for k, v in inputs.options.items()}
        return replace(inputs, query=inputs.query[..., queries, :], options=options)

    def pick_items(self, inputs: Inputs, item: int) -> Inputs:
        options = {k: v[item] for k, v in inputs.options.items()}
        return Inputs(inputs.query[item], inputs.keys[item], inputs.values[item], options)

    # the laws

    def test_permuting_keys_leaves_the_output_unchanged(self) -> None:
        module, inputs = self.module(), self.inputs()
        inputs = replace(inputs, mask=torch.tensor([True, True, False, True, True, True]))
        order = torch.tensor([3, 0, 5, 2, 1, 4])
        plain = self.call(module, inputs)
        other = self.call(self.module(), self.pick_keys(inputs, order))
        torch.testing.assert_close(other.output, plain.output, **EXACT)
        if plain.weights is not None and other.weights is not None:
            torch.testing.assert_close(other.weights[..., :6], plain.weights[..., order], **EXACT)

    def test_permuting_queries_permutes_the_rows(self) -> None:
        inputs = self.inputs()
        order = torch.tensor([2, 0, 3, 1])
        plain = self.call(self.module(), inputs)
        other = self.call(self.module(), self.pick_queries(inputs, order))
        torch.testing.assert_close(other.output, plain.output[order], **EXACT)

    @pytest.mark.parametrize("content", [3.0, float("inf"), float("nan")])
    def test_masked_keys_change_nothing_whatever_they_hold(self, content: float) -> None:
        padded = self.inputs(m=6)
        mask = torch.tensor([True, True, False, True, False, True])
        seen = mask.nonzero()[:, 0]
        plain = self.call(self.module(), self.pick_keys(padded, seen))
        keys = padded.keys.masked_fill(~mask[:, None], content)
        values = padded.values.masked_fill(~mask[:, None], content)
        query = padded.query.clone().requires_grad_()
        module = self.module()
        other = self.call(module, Inputs(query, keys, values, padded.options, mask))
        torch.testing.assert_close(other.output, plain.output, **EXACT)
        if other.weights is not None:
            assert (other.weights[..., :6][..., ~mask] == 0).all()
        other.output.sum().backward()
        gradients = [query.grad, *(p.grad for p in module.parameters())]
        assert all(torch.isfinite(g).all() for g in gradients if g is not None)

    def test_one_key_gives_the_transform_of_its_value(self) -> None:
        module, inputs = self.module(), self.inputs(m=1)
        found = self.call(module, inputs)
        torch.testing.assert_close(found.output, self.lone_output(module, inputs), **EXACT)

    def test_weights_are_shares_and_a_row_without_keys_is_zero(self) -> None:
        inputs = self.inputs()
        mask = torch.rand(4, 6, generator=torch.Generator().manual_seed(3)) < 0.6
        mask[1] = False
        mask[2] = True
        module = self.module()
        found = self.call(module, replace(inputs, mask=mask))
        assert torch.isfinite(found.output).all()
        if found.weights is None:
            return
        total = found.weights.sum(-1)
        assert (found.weights >= 0).all()
        full = torch.ones_like(total)
        if self.weights_per_key:
            assert found.weights.shape[-2:] == (4, 6)
            full[..., 1] = 0.0
            assert (found.output[1] == 0).all()
        torch.testing.assert_close(total, full, **EXACT)

    def test_gradients_stay_finite_when_a_row_has_no_keys(self) -> None:
        inputs = self.inputs()
        mask = torch.ones(4, 6, dtype=torch.bool)
        mask[1] = False
        query = inputs.query.clone().requires_grad_()
        found = self.call(self.module(), replace(inputs, query=query, mask=mask))
        (gradient,) = torch.autograd.grad(found.output.square().sum(), query)
        assert torch.isfinite(gradient).all()

    def test_output_lies_in_the_convex_hull_of_the_values(self) -> None:
        module, inputs = self.module(), self.inputs()
        with torch.no_grad():
            self.expose(module)
        found = self.call(module, inputs).output
        values = self.averaged(module, inputs)
        assert (found <= values.amax(-2, keepdim=True) + 1e-10).all()
        assert (found >= values.amin(-2, keepdim=True) - 1e-10).all()

    def test_gradient_is_that_of_finite_differences(self) -> None:
        module, inputs = self.module(), self.inputs(n=3, m=5)

        def output(query: Tensor, keys: Tensor, values: Tensor) -> Tensor:
            return self.call(module, replace(inputs, query=query, keys=keys, values=values)).output

        tensors = (inputs.query, inputs.keys, inputs.values)
        assert torch.autograd.gradcheck(output, [t.clone().requires_grad_() for t in tensors])

    def test_a_batch_equals_a_loop_over_its_items(self) -> None:
        inputs = self.inputs(batch=(3,))
        whole = self.call(self.module(), inputs).output
        items = [self.call(self.module(), self.pick_items(inputs, i)).output for i in range(3)]
        torch.testing.assert_close(whole, torch.stack(items), **EXACT)

    def test_huge_logits_give_the_value_of_the_largest(self) -> None:
        module, inputs = self.module(), self.unbiased(self.inputs())
        with torch.no_grad():
            self.expose(module)
        plain = self.call(module, inputs)
        huge = self.call(module, replace(inputs, query=inputs.query * 1e4))
        assert plain.weights is not None
        assert torch.isfinite(huge.output).all()
        first = torch.nn.functional.one_hot(plain.weights.argmax(-1), plain.weights.shape[-1])
        values = split(self.averaged(module, inputs), plain.weights.shape[-3])
        expected = merge(first.to(values) @ values)
        torch.testing.assert_close(huge.output, expected, **EXACT)

    @pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
    def test_dtype_follows_the_input(self, dtype: torch.dtype) -> None:
        inputs = self.inputs()
        exact = self.call(self.module(), inputs).output
        query, keys, values = (t.to(dtype) for t in (inputs.query, inputs.keys, inputs.values))
        rounded = Inputs(query, keys, values, inputs.options)
        if dtype not in self.dtypes:
            with pytest.raises(ValueError, match="dtype"):
                self.call(self.module(dtype), rounded)
            return
        found = self.call(self.module(dtype), rounded).output
        assert found.dtype == dtype
        tolerance = 1e-4 if dtype == torch.float32 else 0.1
        torch.testing.assert_close(found.double(), exact, rtol=tolerance, atol=tolerance)

    def test_diagnostics_are_plain_numbers(self) -> None:
        found = self.call(self.module(), self.inputs())
        assert all(type(number) in (int, float) for number in found.diagnostics.values())

    @pytest.mark.usefixtures("as_a_user_calls_it")
    @pytest.mark.parametrize(
        ("name", "wrong"),
        [
            ("query", {"query": lambda x: x[..., :-1]}),
            ("keys", {"keys": lambda x: x[..., :-1]}),
            ("values", {"values": lambda x: x[..., :-1, :]}),
            ("values", {"values": lambda x: x[..., :-1]}),
            ("query", {"query": lambda x: x[0]}),
            ("keys", {"keys": lambda x: x.float()}),
            ("query", {"query": lambda x: x.round().long()}),
            ("keys", {"keys": lambda x: x.expand(2, *x.shape)}),
            ("keys", {"keys": lambda x: x[:0], "values": lambda x: x[:0]}),
            ("mask", {"mask": lambda x: torch.ones(4, 5, dtype=torch.bool)}),
            ("mask", {"mask": lambda x: torch.ones(4, 6)}),
        ],
        ids=["query-width", "key-width", "value-rows", "value-width", "query-vector",
             "two-dtypes", "integers", "batch", "no-keys", "mask-shape", "mask-dtype"],
    )  # fmt: skip
    def test_wrong_input_is_an_error_with_expected_and_given(
        self, name: str, wrong: dict[str, Any]
    ) -> None:
        inputs = self.inputs()
        changed = {k: change(getattr(inputs, k)) for k, change in wrong.items()}
        with pytest.raises(ValueError, match=rf"{name} must .*, got .*"):
            self.call(self.module(), replace(inputs, **changed))


def merge(heads: Tensor) -> Tensor:
    """``(*batch, h, m, dh)`` to ``(*batch, m, h dh)``."""
    return heads.transpose(-3, -2).flatten(-2)


def split(rows: Tensor, heads: int) -> Tensor:
    """``(*batch, m, h dh)`` to ``(*batch, h, m, dh)``."""
    return rows.unflatten(-1, (heads, -1)).transpose(-3, -2)
