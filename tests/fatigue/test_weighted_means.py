"""What a creative has as a whole is a mean of its audiences, and stays within theirs."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from attrigraph.fatigue.creatives import weighted_mean


@given(
    planned=st.lists(st.floats(1e-3, 1e6), min_size=1, max_size=20),
    value=st.floats(0, 1),
)
def test_the_mean_of_equal_values_is_that_value(planned: list[float], value: float) -> None:
    # sums of weights such as 1.0000000000000002 gave a probability above 1
    weight = np.array(planned) / np.sum(planned)
    assert weighted_mean(weight, np.full(len(planned), value)) == value


def test_the_mean_of_curves_is_taken_day_by_day() -> None:
    curves = np.array([[1.0, 0.5], [1.0, 0.1]])
    np.testing.assert_allclose(weighted_mean(np.array([0.25, 0.75]), curves), [1.0, 0.2])
