import torch
from hypothesis import given
from hypothesis import strategies as st

from attention.geometry.lorentz import exp0, norm, poincare
from gnn.hierarchy.encoder import Encoder, unit_rows

VALUES = st.one_of(st.just(0.0), st.floats(-1e308, 1e308))


def encoder(gain: float = 1.0) -> Encoder:
    model = Encoder(4, 3).to(torch.float64)
    model.reset_parameters(torch.Generator().manual_seed(0))
    with torch.no_grad():
        model.out.weight *= gain
    return model


@given(
    st.sampled_from([1.0, 1e6]),
    st.lists(st.lists(VALUES, min_size=4, max_size=4), min_size=1, max_size=5),
)
def test_positions_are_always_inside_the_ball(gain: float, rows: list[list[float]]) -> None:
    with torch.no_grad():
        placed = encoder(gain)(torch.tensor(rows, dtype=torch.float64))
    assert bool(placed.isfinite().all())
    assert float(norm(placed).max()) <= 8 * (1 + 1e-12)
    assert float(norm(poincare(exp0(placed))).max()) < 1


def test_only_the_direction_of_a_text_counts() -> None:
    text = torch.tensor([[1.0, -2.0, 0.5, 3.0]], dtype=torch.float64)
    with torch.no_grad():
        torch.testing.assert_close(encoder()(1e200 * text), encoder()(text), rtol=1e-12, atol=0)


def test_unit_rows_neither_overflow_nor_divide_by_0() -> None:
    given = torch.tensor([[3e200, 4e200], [0.0, 0.0], [1e-200, 0.0]], dtype=torch.float64)
    expected = torch.tensor([[0.6, 0.8], [0.0, 0.0], [1.0, 0.0]], dtype=torch.float64)
    torch.testing.assert_close(unit_rows(given), expected, rtol=1e-12, atol=0)
