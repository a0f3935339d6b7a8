"""Hyperbolic attention: its symmetries, its limits and the formulas written out."""

from typing import Any

import pytest
import torch

from attention.geometry.lorentz import exp0, inner, log0
from attention.mechanisms.hyperbolic import HyperbolicAttention, naive_hyperbolic
from attention_contract import EXACT, NOT_APPLICABLE, AttentionContract, merge


class HyperbolicContract(AttentionContract):
    dtypes = (torch.float32,)
    # the hull is one of geodesics, and queries are held within a radius: see the laws below
    test_output_lies_in_the_convex_hull_of_the_values = NOT_APPLICABLE
    test_huge_logits_give_the_value_of_the_largest = NOT_APPLICABLE

    def test_the_output_is_no_further_out_than_the_values(self) -> None:
        module, inputs = self.module(), self.inputs()
        with torch.no_grad():
            self.expose(module)
        result = module(inputs.query, inputs.keys, inputs.values).output
        values = module.project.values(inputs.values)
        radius = result.unflatten(-1, (module.heads, -1)).norm(dim=-1)
        assert (radius <= values.norm(dim=-1).amax(-1) + 1e-10).all()

    def test_a_steep_kernel_gives_the_nearest_value(self) -> None:
        module, inputs = self.module(), self.inputs()
        with torch.no_grad():
            self.expose(module)
            plain = module(inputs.query, inputs.keys, inputs.values)
            module.log_beta.fill_(12.0)
            steep = module(inputs.query, inputs.keys, inputs.values)
            first = torch.nn.functional.one_hot(plain.weights.argmax(-1), 6).double()
            expected = merge(first @ module.project.values(inputs.values))
        torch.testing.assert_close(steep.output, expected, **EXACT)


class TestLorentzForm(HyperbolicContract):
    def build(self) -> HyperbolicAttention:
        return HyperbolicAttention(8, 2, c=0.8)


class TestPolarForm(HyperbolicContract):
    def build(self) -> HyperbolicAttention:
        return HyperbolicAttention(8, 2, form="polar")


class TestFrechet(HyperbolicContract):
    def build(self) -> HyperbolicAttention:
        return HyperbolicAttention(8, 1, aggregate="frechet")


def boost(rapidity: float, width: int) -> torch.Tensor:
    """A Lorentz boost along the first space axis, then a turn of the first two."""
    matrix = torch.eye(width + 1).double()
    t = torch.tensor(rapidity, dtype=torch.float64)
    matrix[:2, :2] = torch.stack(
        [torch.stack([t.cosh(), t.sinh()]), torch.stack([t.sinh(), t.cosh()])]
    )
    turn = torch.eye(width + 1).double()
    turn[1:3, 1:3] = torch.tensor([[0.6, -0.8], [0.8, 0.6]], dtype=torch.float64)
    return turn @ matrix


def tangents(rows: int, seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(rows, 4, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("aggregate", ["centroid", "frechet"])
@pytest.mark.parametrize("form", ["lorentz", "polar"])
def test_an_isometry_of_all_points_moves_the_output_alike(aggregate: str, form: str) -> None:
    layer = HyperbolicAttention(4, form=form, aggregate=aggregate, project=False).double()
    q, k, v = tangents(3, 0), tangents(6, 1), tangents(6, 2)
    matrix = boost(0.9, 4)

    def move(u: torch.Tensor) -> torch.Tensor:
        return log0(exp0(u) @ matrix.T)

    plain, moved = layer(q, k, v), layer(move(q), move(k), move(v))
    torch.testing.assert_close(moved.weights, plain.weights, **EXACT)
    tolerance = 1e-9 if aggregate == "centroid" else 1e-5
    torch.testing.assert_close(moved.output, move(plain.output), rtol=0, atol=tolerance)


def test_equals_the_formulas_written_out() -> None:
    layer = HyperbolicAttention(4, c=0.7, project=False).double()
    q, k, v = tangents(3, 0), tangents(5, 1), tangents(5, 2)
    expected = naive_hyperbolic(q, k, v, 0.7)
    torch.testing.assert_close(layer(q, k, v).output, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_both_forms_agree_in_outputs_and_gradients_where_both_are_right(
    dtype: torch.dtype,
) -> None:
    torch.manual_seed(0)
    lorentz, polar = HyperbolicAttention(6, 2), HyperbolicAttention(6, 2, form="polar")
    polar.load_state_dict(lorentz.state_dict())
    lorentz, polar = lorentz.to(dtype), polar.to(dtype)
    tensors = [torch.randn(rows, 6, dtype=dtype) for rows in (3, 7, 7)]
    a, b = ([t.clone().requires_grad_() for t in tensors] for _ in range(2))
    first, second = lorentz(*a).output, polar(*b).output
    tolerance = 1e-4 if dtype == torch.float32 else 1e-9
    torch.testing.assert_close(first, second, rtol=tolerance, atol=tolerance)
    gradients = torch.autograd.grad(first.sum(), a), torch.autograd.grad(second.sum(), b)
    torch.testing.assert_close(*gradients, rtol=10 * tolerance, atol=10 * tolerance)


def test_the_far_form_is_right_at_radius_twelve_in_float32() -> None:
    layer = HyperbolicAttention(4, form="polar", project=False)
    far = torch.nn.functional.normalize(tangents(6, 1), dim=-1) * 11.9
    near = far + 1e-5 * tangents(6, 3)
    exact = HyperbolicAttention(4, form="polar", project=False).double()(far, near, near)
    result = layer(far.float(), near.float(), near.float())
    assert result.diagnostics["keys_clipped"] == 0
    torch.testing.assert_close(result.weights.double(), exact.weights, rtol=0, atol=2e-3)
    torch.testing.assert_close(result.output.double(), exact.output, rtol=0, atol=1e-2)


def test_tangents_beyond_the_radius_are_pulled_back_and_counted() -> None:
    layer = HyperbolicAttention(4, project=False)
    q, k, v = (tangents(rows, seed).float() for rows, seed in ((2, 0), (4, 1), (4, 2)))
    k[1] *= 100
    result = layer(q, k, v)
    assert result.diagnostics["keys_clipped"] == 0.25
    assert result.diagnostics["query_clipped"] == 0
    near = torch.cat([k[:1], 5 * torch.nn.functional.normalize(k[1:2], dim=-1), k[2:]])
    torch.testing.assert_close(result.weights, layer(q, near, v).weights)


def test_the_output_is_a_point_of_the_space() -> None:
    torch.manual_seed(0)
    layer = HyperbolicAttention(4, project=False)
    q, k, v = (tangents(rows, seed).float() for rows, seed in ((5, 0), (9, 1), (9, 2)))
    point = exp0(layer(q, k, v).output)
    torch.testing.assert_close(inner(point, point), -torch.ones(5), rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(log0(point), layer(q, k, v).output, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"form": "klein"}, "form must be"),
        ({"aggregate": "median"}, "aggregate must be 'centroid' or 'frechet', got 'median'"),
        ({"c": 0.0}, "c and tau must be above 0, got 0.0 and 1.0"),
    ],
)
def test_wrong_settings_are_errors(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        HyperbolicAttention(8, **options)
