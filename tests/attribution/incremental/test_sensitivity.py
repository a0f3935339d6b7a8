"""E-values: published numbers and the bounds of the halving strength."""

from __future__ import annotations

import pytest

from attrigraph.attribution.incremental.sensitivity import e_value, halving_strength
from attrigraph.errors import InputError


def test_published_values() -> None:
    # VanderWeele & Ding 2017: 3.9 gives 7.26; a protective ratio counts by its inverse.
    assert e_value(3.9) == pytest.approx(7.26, abs=0.01)
    assert e_value(1 / 3.9) == pytest.approx(e_value(3.9))
    assert e_value(1.0) == 1.0


def test_a_larger_part_of_the_conversions_needs_a_stronger_cause() -> None:
    weak, strong = halving_strength(10.0, 100.0), halving_strength(50.0, 100.0)
    assert 1 < weak < strong
    assert halving_strength(50.0, 100.0) == pytest.approx(e_value(1.5))
    assert halving_strength(-50.0, 100.0) > 1


def test_more_credit_than_conversions_is_refused() -> None:
    with pytest.raises(InputError, match=r"must be below the conversions"):
        halving_strength(100.0, 100.0)
    with pytest.raises(InputError, match="above 0"):
        e_value(0.0)
