"""Rotation of channel pairs: complex multiplication, kept norms, differences alone."""

import pytest
import torch

from attention.mechanisms.rotary import geometric_turns, naive_rotate, rotate
from attention_contract import EXACT


@pytest.mark.parametrize("width", [2, 6, 64])
def test_equals_multiplication_by_complex_numbers_and_keeps_norms(width: int) -> None:
    rows = torch.randn(3, 5, width, dtype=torch.float64)
    turned = 50 * torch.randn(5, width // 2, dtype=torch.float64)
    result = rotate(rows, turned)
    torch.testing.assert_close(result, naive_rotate(rows, turned), **EXACT)
    torch.testing.assert_close(result.norm(dim=-1), rows.norm(dim=-1), **EXACT)


def test_products_depend_on_the_difference_of_positions_alone() -> None:
    q, k = torch.randn(2, 1, 8, dtype=torch.float64)
    turns = geometric_turns(4, 0.25, 120)
    product = [
        rotate(q, p * turns[None]) @ rotate(k, (p - 3.7) * turns[None]).T for p in (3.7, 9.0, 41.25)
    ]
    torch.testing.assert_close(product[0], product[1], **EXACT)
    torch.testing.assert_close(product[0], product[2], **EXACT)


def test_wavelengths_are_geometric_between_the_two_given() -> None:
    waves = 1 / geometric_turns(4, 0.25, 16.0)
    torch.testing.assert_close(waves, torch.tensor([0.25, 1.0, 4.0, 16.0]).double(), **EXACT)


def test_large_positions_keep_their_digits_when_rows_are_float32() -> None:
    q, k = torch.randn(2, 1, 8, generator=torch.Generator().manual_seed(0))
    turns = geometric_turns(4, 0.25, 120)

    def score(p: float) -> float:
        turned = torch.tensor([[p], [p - 2.5]], dtype=torch.float64) * turns
        return float(rotate(q, turned[:1]) @ rotate(k, turned[1:]).T)

    assert score(20_000.0) == pytest.approx(score(2.5), abs=1e-5)
