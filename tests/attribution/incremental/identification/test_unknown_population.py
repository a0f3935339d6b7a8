"""People of whom nothing was recorded, estimated from those who were touched once and twice."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from attrigraph.attribution.incremental.histories import Histories
from attrigraph.attribution.incremental.identification.unknown_population import (
    missing_people,
    unknown_population,
)


def histories(touches: Any, converters: Any, keep: Any = None) -> Histories:
    """People with these numbers of touches, of whom those in ``converters`` convert."""
    touches = np.asarray(touches)
    converts = np.zeros(len(touches), dtype=bool)
    converts[converters] = True
    kept = np.ones(len(touches), dtype=bool) if keep is None else keep(touches, converts)
    touches, converts = touches[kept], converts[kept]
    customer = np.repeat(np.arange(len(touches)), touches)
    return Histories(
        keys=("display",),
        customers=len(touches),
        customer=customer,
        time=np.sort(np.random.default_rng(0).uniform(0, 30, len(customer))),
        key=np.zeros(len(customer), dtype=np.int64),
        converter=np.flatnonzero(converts),
        converted=np.full(converts.sum(), 29.0),
        value=np.ones(converts.sum()),
        covariates=np.zeros((len(touches), 0)),
        days=30.0,
    )


def test_the_estimate_is_the_lower_bound_of_chao() -> None:
    touches = np.array([0, 1, 1, 1, 1, 2, 2, 5])
    assert missing_people(touches) == pytest.approx(4 * 3 / (2 * 3))


def test_the_estimate_finds_poisson_people_who_were_not_seen() -> None:
    touches = np.random.default_rng(1).poisson(1.0, 50_000)
    unseen = int((touches == 0).sum())
    assert missing_people(touches[touches > 0]) == pytest.approx(unseen, rel=0.05)


RNG = np.random.default_rng(2)
SELDOM = RNG.poisson(0.5, 4_000)
OFTEN = RNG.poisson(9.0, 4_000)
CONVERTERS = RNG.choice(4_000, 400, replace=False)


def seen(touches: Any, converts: Any) -> Any:
    return (touches > 0) | converts


def touched(touches: Any, _converts: Any) -> Any:
    return touches > 0


def bought_without_touch_cut(touches: Any, converts: Any) -> Any:
    return (touches > 0) | ~converts


@pytest.mark.parametrize(
    ("touches", "keep", "expected"),
    [
        (SELDOM, None, False),
        (SELDOM, seen, True),
        (SELDOM, touched, True),
        (SELDOM, bought_without_touch_cut, True),
        (OFTEN, None, False),
        (OFTEN, seen, False),
        (OFTEN, touched, False),
    ],
)
def test_people_are_missed_where_many_are_not_touched(
    touches: Any, keep: Any, expected: bool
) -> None:
    assert unknown_population(histories(touches, CONVERTERS, keep)) is expected
