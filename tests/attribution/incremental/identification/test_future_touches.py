"""Touches of the future: they predict conversions if, and only if, intent comes and goes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from attrigraph.attribution.incremental.channel_credit import (
    IncrementalOptions,
    gather_evidence,
    incremental,
)
from attrigraph.attribution.incremental.histories import Histories
from attrigraph.attribution.incremental.identification.future_touches import future_touches

PEOPLE, DAYS = 6_000, 40


def histories(seed: int, *, phases: float, lasting: float) -> Histories:
    """Search follows intent, which has phases of a week and a lasting part; display follows none.

    No touch has an effect. Conversions end nothing, and touches go on after them.
    """
    rng = np.random.default_rng(seed)
    level = lasting * rng.standard_normal(PEOPLE)
    is_on = np.zeros((DAYS, PEOPLE), dtype=bool)
    on = rng.random(PEOPLE) < 0.15
    for day in range(DAYS):
        on = np.where(on, rng.random(PEOPLE) > 1 / 7, rng.random(PEOPLE) < 0.025)
        is_on[day] = on
    intent = level + phases * is_on
    touches, conversions = [], []
    alive = np.ones(PEOPLE, dtype=bool)
    for day in range(DAYS):
        for key, rate in enumerate((0.06 * np.exp(intent[day]), np.full(PEOPLE, 0.1))):
            hit = np.flatnonzero(rng.random(PEOPLE) < 1 - np.exp(-rate))
            touches += [(c, day + t, key) for c, t in zip(hit, rng.random(len(hit)), strict=True)]
        buys = np.flatnonzero(alive & (rng.random(PEOPLE) < 0.004 * np.exp(intent[day])))
        conversions += [(c, day + t) for c, t in zip(buys, rng.random(len(buys)), strict=True)]
        alive[buys] = False
    touches.sort()
    conversions.sort()
    return Histories(
        keys=("search", "display"),
        customers=PEOPLE,
        customer=np.array([c for c, _, _ in touches], dtype=np.int64),
        time=np.array([t for _, t, _ in touches]),
        key=np.array([k for _, _, k in touches], dtype=np.int64),
        converter=np.array([c for c, _ in conversions], dtype=np.int64),
        converted=np.array([t for _, t in conversions]),
        value=np.ones(len(conversions)),
        covariates=np.zeros((PEOPLE, 0)),
        days=float(DAYS),
    )


def result_of(sample: Histories) -> Any:
    response = incremental(sample, IncrementalOptions(rows=60_000, draws=0)).response
    rng = np.random.default_rng(0)
    evidence = gather_evidence(sample, response.conditions, rng, 60_000)
    return future_touches(sample, evidence, response)


def test_phases_of_intent_are_found_in_the_channel_that_follows_them() -> None:
    found = result_of(histories(1, phases=2.0, lasting=0.0))
    assert found.flagged().tolist() == [True, False]
    assert abs(found.z[1]) < 3.0
    assert not found.stopped.any()


def test_lasting_intent_and_no_intent_are_not_flagged() -> None:
    assert not result_of(histories(2, phases=0.0, lasting=0.8)).flagged().any()
    assert not result_of(histories(3, phases=0.0, lasting=0.0)).flagged().any()


def test_touches_that_stop_after_purchases_show_nothing() -> None:
    sample = histories(1, phases=2.0, lasting=0.0)
    kept = (sample.key != 0) | (sample.time <= sample.until_first_conversion[sample.customer])
    found = result_of(
        replace(
            sample,
            customer=sample.customer[kept],
            time=sample.time[kept],
            key=sample.key[kept],
        )
    )
    assert found.stopped.tolist() == [True, False]
    assert not found.flagged().any()


def test_a_window_without_a_future_gives_no_finding() -> None:
    sample = histories(4, phases=0.0, lasting=0.0)
    kept = sample.time < 2.5
    converts = sample.converted < 2.5
    short = replace(
        sample,
        customer=sample.customer[kept],
        time=sample.time[kept],
        key=sample.key[kept],
        converter=sample.converter[converts],
        converted=sample.converted[converts],
        value=sample.value[converts],
        days=2.5,
    )
    found = result_of(short)
    assert found.z == pytest.approx([0.0, 0.0])
    assert not found.flagged().any()
