"""Columns made of touches or conversions, and facts that merely go with them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from attrigraph.attribution.incremental.histories import Histories
from attrigraph.attribution.incremental.identification.outcome_covariate import outcome_covariates

PEOPLE, DAYS = 6_000, 40.0


@pytest.fixture(scope="module")
def world() -> Any:
    """People with gamma touch rates, and their rates."""
    rng = np.random.default_rng(7)
    rate = rng.gamma(2.0, 3.0, PEOPLE)
    customer = np.repeat(np.arange(PEOPLE), rng.poisson(rate))
    order = np.lexsort((time := rng.uniform(0, DAYS, len(customer)), customer))
    converter = np.flatnonzero(rng.random(PEOPLE) < 0.02 * rate.clip(max=20))
    return rate, Histories(
        keys=("display",),
        customers=PEOPLE,
        customer=customer[order],
        time=time[order],
        key=np.zeros(len(customer), dtype=np.int64),
        converter=converter,
        converted=rng.uniform(0, DAYS, len(converter)),
        value=np.ones(len(converter)),
        covariates=np.zeros((PEOPLE, 0)),
        days=DAYS,
    )


def found(world: Any, column: Any) -> bool:
    return bool(outcome_covariates(replace(world[1], covariates=column[:, None]))[0])


def test_counts_of_the_window_are_outcomes(world: Any) -> None:
    touches = np.bincount(world[1].customer, minlength=PEOPLE).astype(float)
    assert found(world, touches)
    assert found(world, np.log1p(touches))


def test_page_views_that_also_count_purchases_are_outcomes(world: Any) -> None:
    rng = np.random.default_rng(8)
    touches = np.bincount(world[1].customer, minlength=PEOPLE)
    converts = np.bincount(world[1].converter, minlength=PEOPLE)
    assert found(world, rng.poisson(1 + touches + 6 * converts).astype(float))


def test_the_last_visit_and_the_purchase_itself_are_outcomes(world: Any) -> None:
    last = np.zeros(PEOPLE)
    np.maximum.at(last, world[1].customer, world[1].time)
    assert found(world, last)
    assert found(world, np.bincount(world[1].converter, minlength=PEOPLE).astype(float))


def test_facts_that_determine_touches_are_none(world: Any) -> None:
    rng = np.random.default_rng(9)
    rate = world[0]
    assert not found(world, np.log(rate) + 0.3 * rng.standard_normal(PEOPLE))
    assert not found(world, rng.poisson(rate).astype(float))
    assert not found(world, (rate > np.median(rate)).astype(float))
    assert not found(world, rng.standard_normal(PEOPLE))
