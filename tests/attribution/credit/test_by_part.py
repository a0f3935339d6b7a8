"""Credit by part of the conversions adds up to the totals."""

from __future__ import annotations

import numpy as np

from attrigraph.attribution.credit.by_part import NO_PART, credit_by_part
from attrigraph.attribution.credit.touches import TouchCredit
from attrigraph.domain import Amount, Categorical


def test_credit_is_summed_by_key_and_part_and_the_rest_has_no_part() -> None:
    credit = TouchCredit(
        np.array([0, 1, 2, 3]),
        np.array([0, 0, 1, 1]),
        np.array([0.5, 0.5, 0.75, 0.25]),
        np.array([5.0, 5.0, 15.0, 5.0]),
    )
    entity = Categorical(("a", "b"), np.array([0, 1, 0, -1], np.int32))
    totals = {"a": Amount(1.0, 16.0), "b": Amount(0.5, 5.0)}
    found = credit_by_part(credit, entity, np.array([2, 0]), totals)
    assert (found.keys, found.first.tolist()) == (("a", "b"), [0, 3, 4])
    assert found.part.tolist() == [0, 2, NO_PART, 2]
    assert found.credit.tolist() == [0.75, 0.5, -0.25, 0.5]
    assert found.value.tolist() == [15.0, 5.0, -4.0, 5.0]
