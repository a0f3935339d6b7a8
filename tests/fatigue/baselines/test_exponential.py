"""Exponential decay: exact counts by hand, laws of curves, and what is learnt."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from attrigraph.fatigue.baselines.exponential import (
    COURSES,
    HARDLY_FELT,
    Exponential,
    decays,
    fit_shrunk_exponential,
)
from attrigraph.fatigue.curve import DAYS_AHEAD
from attrigraph.fatigue.panel import panel_of
from attrigraph.fatigue.snapshot import snapshot_of
from fatigue_examples import held_out_error, small_examples
from fatigue_histories import history


def test_decay_by_age_is_that_of_exact_counts() -> None:
    slopes = np.array([-0.05, -0.03, 0.02])
    rates = 0.01 * np.exp(slopes[:, None] * np.arange(12))
    impressions = np.full(rates.shape, 1e7)
    panel = panel_of(history(impressions, impressions * rates))
    # exactly at equal conditions
    panel = replace(panel, impressions=impressions)
    snapshot = replace(snapshot_of(panel), log_peak=np.full(3, np.log(0.01)))
    found = Exponential().predict(snapshot, panel)
    ahead = slopes[:, None] * (11 + DAYS_AHEAD)
    assert found.log_ratio == pytest.approx(np.minimum(ahead, 0), abs=1e-3)
    assert found.days == pytest.approx([np.log(2) / 0.05 - 11, np.log(2) / 0.03 - 11, 30], abs=0.01)


@pytest.mark.parametrize("course", COURSES)
@pytest.mark.parametrize("prior", [None, (-0.1, 0.05), HARDLY_FELT])
def test_curves_decrease_from_at_most_1(course: str, prior: tuple[float, float] | None) -> None:
    for example in small_examples():
        model = Exponential(course, prior)
        found = model.predict(example.snapshot, example.panel)
        assert found.log_ratio is not None
        assert found.log_ratio.shape == (len(example.snapshot.units), len(DAYS_AHEAD))
        assert np.isfinite(found.log_ratio).all()
        assert (found.log_ratio <= 0).all()
        assert (np.diff(found.log_ratio, axis=1) <= 0).all()


def test_a_unit_of_its_first_days_has_its_rate_and_the_slope_of_all() -> None:
    impressions = np.full((3, 12), 1e5)
    impressions[2, :-1] = 0
    rates = 0.01 * np.exp(-0.05 * np.arange(12))
    panel = panel_of(history(impressions, impressions * rates))
    snapshot = snapshot_of(panel)
    found = decays(snapshot, panel, "age", None)
    assert found.now[2] == snapshot.log_ratio[2]
    assert found.ahead[2] == pytest.approx(found.ahead[0], rel=1e-3)


def test_what_is_learnt_is_better_than_each_unit_alone() -> None:
    examples = small_examples()
    learnt = fit_shrunk_exponential(examples)
    errors = [
        held_out_error([model.predict(each.snapshot, each.panel).days for each in examples])
        for model in (learnt, Exponential())
    ]
    assert errors[0] < 0.9 * errors[1]
    # similar creatives wear each other out in this world
    assert learnt.course == "all exposure"
    # and it is what the labels of the units to learn from say, of no others
    altered = [
        replace(each, labels=replace(each.labels, days=np.where(each.learn, each.labels.days, 7)))
        for each in examples
    ]
    assert fit_shrunk_exponential(altered) == learnt


def test_without_labels_nothing_is_learnt() -> None:
    example = small_examples()[0]
    nothing = replace(example, learn=np.zeros_like(example.learn))
    expected = Exponential("all exposure", None)
    assert fit_shrunk_exponential([nothing]) == fit_shrunk_exponential([]) == expected
