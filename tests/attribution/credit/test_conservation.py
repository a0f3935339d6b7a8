"""Credits that do not add up are rejected."""

from __future__ import annotations

import pytest

from attrigraph.attribution.credit.conservation import check
from attrigraph.domain import Amount, Credit, ModelCredits, Observed
from attrigraph.errors import ConservationError


def answer(
    *credits: tuple[float, float], baseline: tuple[float, float] = (0.0, 0.0)
) -> ModelCredits:
    lines = tuple(Credit(str(i), c, v) for i, (c, v) in enumerate(credits))
    return ModelCredits("some-model", False, Amount(*baseline), lines)


def test_credits_and_baseline_that_add_up_pass() -> None:
    check(answer((1.5, 2.0), (2.5, 3.0), baseline=(1.0, 1.0)), Observed(9, 5, 6.0))
    check(answer((-4.0, -4.0), baseline=(9.0, 10.0)), Observed(9, 5, 6.0))
    check(answer(), Observed(3, 0, 0.0))


@pytest.mark.parametrize("conversions", [5.0 * (1 - 2e-9), 5.0 * (1 + 2e-9), float("nan")])
def test_a_sum_off_by_two_parts_in_a_billion_is_rejected(conversions: float) -> None:
    with pytest.raises(ConservationError, match=r"some-model credits .* conversions"):
        check(answer((conversions, 6.0)), Observed(9, 5, 6.0))


def test_value_must_add_up_too() -> None:
    with pytest.raises(ConservationError, match="value"):
        check(answer((5.0, 6.1)), Observed(9, 5, 6.0))


def test_credit_where_nothing_was_observed_is_rejected() -> None:
    with pytest.raises(ConservationError, match="0 were observed"):
        check(answer((1e-6, 0.0)), Observed(9, 0, 0.0))


def test_captured_parts_count_as_well() -> None:
    lines = (Credit("a", 1.0, 2.0, captured=Amount(2.0, 3.0)), Credit("b", 0.5, 0.0))
    captured = ModelCredits("some-model", True, Amount(1.5, 1.0), lines)
    check(captured, Observed(9, 5, 6.0))
    with pytest.raises(ConservationError, match="captured parts and baseline included"):
        check(captured, Observed(9, 3, 6.0))
    with pytest.raises(ConservationError, match="value"):
        check(captured, Observed(9, 5, 3.0))
