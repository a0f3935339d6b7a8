"""Thinned and multiplied channels against switched-off ones, all thinnings, and laws."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from scipy.special import expit

from attrigraph.attribution.incremental.added_touches import customer_rates, with_added_touches
from attrigraph.attribution.incremental.adstock import ResponseShape
from attrigraph.attribution.incremental.channel_credit import IncrementalOptions, incremental
from attrigraph.attribution.incremental.conditions import Conditions
from attrigraph.attribution.incremental.game import Effects
from attrigraph.attribution.incremental.hazard import Hazard
from attrigraph.attribution.incremental.histories import Histories
from attrigraph.attribution.incremental.past_conversions import gap_knots
from attrigraph.attribution.incremental.population import population_of
from attrigraph.attribution.incremental.response import LifeSds, Response
from attrigraph.attribution.incremental.scaled_channels import MULTIPLES, scale_channels
from attrigraph.attribution.incremental.touch_calendar import touch_calendar
from attrigraph.attribution.incremental.triggers import Triggers
from attrigraph.worlds.event_table import customer_attributes_of, event_table_of
from attrigraph.worlds.world import simulate

ONE = MULTIPLES.index(1.0)

# touches (time, key) of five kinds of people; of each kind there are many
KINDS: Any = (
    (),
    ((1.0, 0), (3.0, 0), (8.0, 0)),
    ((2.0, 0), (2.5, 1), (6.0, 0)),
    ((0.5, 1), (7.0, 1)),
    ((0.2, 0), (0.4, 0), (5.0, 1), (9.0, 0)),
)
CONVERTED = {1: 4.5, 4: 9.5}
"""Kinds of whom the first person converts, and when: one moment for each day."""


def histories_of(copies: int) -> Histories:
    touches = sorted(
        (kind * copies + copy, time, key)
        for kind, own in enumerate(KINDS)
        for copy in range(copies)
        for time, key in own
    )
    customer, time, key = (np.array(column) for column in zip(*touches, strict=True))
    return Histories(
        keys=("a", "b"),
        customers=len(KINDS) * copies,
        customer=customer.astype(np.int64),
        time=time.astype(np.float64),
        key=key.astype(np.int64),
        converter=np.array([kind * copies for kind in CONVERTED]),
        converted=np.array(list(CONVERTED.values())),
        value=np.ones(len(CONVERTED)),
        covariates=np.zeros((len(KINDS) * copies, 0)),
        days=10.0,
    )


def response_of(
    histories: Histories, *, saturation: float = 1.0, main: float = 1.5, level: float = -1.0
) -> Response:
    conditions = Conditions(
        Triggers(np.zeros((2, 2, 4)), np.zeros((2, 2))),
        None,
        np.zeros((histories.customers, 2)),
        touch_calendar(histories),
        gap_knots(histories),
    )
    effects = Effects(
        np.array([main, 0.7 * main]), np.array([[0, 1]]), np.array([0.4 * main]), np.zeros((0, 2))
    )
    levels = np.full(len(CONVERTED), level)
    hazard = Hazard(levels, np.zeros(3), 0.0, np.eye(3), np.zeros((len(CONVERTED), 3)))
    shape = ResponseShape(np.array([4.0, 2.0]), np.full(2, saturation))
    return Response(shape, LifeSds(1.0, np.ones(2)), effects, hazard, np.ones(3), conditions)


def expected_of(response: Response, kind: int, kept: Any, level: float = -1.0) -> float:
    """Expected conversions of one person who has some of the touches, straight from the formula.

    The person is at risk at both moments, weighted by the survival with all touches.
    """

    def hazard(now: float, chosen: Any) -> float:
        shape, effects, adstock = response.shape, response.effects, [0.0, 0.0]
        for (time, key), is_kept in zip(KINDS[kind], chosen, strict=True):
            if is_kept and time < now:
                adstock[key] += 2.0 ** ((time - now) / shape.half_life[key])
        first, second = (1 - np.exp(-s * a) for s, a in zip(shape.saturation, adstock, strict=True))
        main = effects.main
        logit = main[0] * first + main[1] * second + effects.joint[0] * first * second
        return float(expit(level + logit))

    total, log_survival = 0.0, 0.0
    for now in CONVERTED.values():
        total += hazard(now, kept) * np.exp(log_survival)
        log_survival += hazard(now, [True] * len(kept)) - hazard(now, kept)
    return total


def thinned(response: Response, kind: int, key: int, multiple: float) -> float:
    """Mean over all thinnings of one channel, each with its probability."""
    own = [k == key for _, k in KINDS[kind]]
    mean = 0.0
    for kept in product([False, True], repeat=len(own)):
        chance = 1.0
        for is_own, is_kept in zip(own, kept, strict=True):
            chance *= (multiple if is_kept else 1 - multiple) if is_own else float(is_kept)
        mean += chance * expected_of(response, kind, kept) if chance else 0.0
    return mean


@pytest.mark.parametrize("key", [0, 1])
def test_thinning_has_the_mean_over_all_thinnings(key: int) -> None:
    copies = 400
    histories = histories_of(copies)
    response = response_of(histories)
    scaled = scale_channels(histories, [response], np.random.default_rng(3), max_rows=10**6)
    repetitions = 8 * 2
    for place, multiple in enumerate(MULTIPLES[: ONE + 1]):
        exact = copies * sum(thinned(response, kind, key, multiple) for kind in range(len(KINDS)))
        exact -= lost_to_the_converted(response, key, multiple)
        found = scaled.conversions[0, key, place] / repetitions
        tolerance = 1e-9 if multiple in (0.0, 1.0) else 0.004
        assert found == pytest.approx(exact, rel=tolerance)


def lost_to_the_converted(response: Response, key: int, multiple: float) -> float:
    """What the person of kind 1 who converts first does not do at the second moment."""
    own = [k == key for _, k in KINDS[1]]
    mean = 0.0
    for kept in product([False, True], repeat=len(own)):
        chance = 1.0
        for is_own, is_kept in zip(own, kept, strict=True):
            chance *= (multiple if is_kept else 1 - multiple) if is_own else float(is_kept)
        both = expected_of(response, 1, kept)
        first = expected_of_first(response, kept)
        mean += chance * (both - first)
    return mean


def expected_of_first(response: Response, kept: Any) -> float:
    (now, *_), (shape, effects) = CONVERTED.values(), (response.shape, response.effects)
    adstock = sum(
        2.0 ** ((time - now) / shape.half_life[0])
        for (time, _), is_kept in zip(KINDS[1], kept, strict=True)
        if is_kept and time < now
    )
    return float(expit(-1.0 + effects.main[0] * (1 - np.exp(-shape.saturation[0] * adstock))))


def test_no_touches_and_all_touches_are_coalitions_of_the_game() -> None:
    world = simulate("unconfounded", 9, 3_000, measured_on=100)  # all convert at one moment
    histories = population_of(event_table_of(world), customer_attributes_of(world)).histories
    found = incremental(histories, IncrementalOptions(draws=2, rows=60_000))
    scaled = scale_channels(histories, [found.response], np.random.default_rng(0))
    played = scaled.conversions[0]
    lost = (played[:, ONE] - played[:, 0]) / played[:, ONE]
    np.testing.assert_allclose(lost, found.removal / found.observed, rtol=1e-9)
    # a channel that helps helps more with more touches, and one that harms harms more
    assert (np.sign(np.diff(played, axis=1)) == np.sign(lost)[:, None]).all()


def test_without_saturation_small_effects_are_proportional_to_the_touches() -> None:
    histories = histories_of(2_000)
    response = response_of(histories, saturation=1e-4, main=0.5, level=-9.0)
    scaled = scale_channels(histories, [response], np.random.default_rng(5), max_rows=10**6)
    gain = scaled.conversions[0] - scaled.conversions[0, :, :1]
    below = np.array(MULTIPLES[: ONE + 1])
    np.testing.assert_allclose(gain[:, : ONE + 1] / gain[:, ONE, None] - below, 0, atol=0.01)
    # added touches follow the calendar, so they are not at the times of those observed
    slope = (gain[:, -1] - gain[:, ONE]) / (MULTIPLES[-1] - 1)
    middle = (gain[:, -2] - gain[:, ONE]) / (MULTIPLES[-2] - 1)
    np.testing.assert_allclose(slope, middle, rtol=0.02)
    np.testing.assert_allclose(slope, gain[:, ONE], rtol=0.1)


def test_added_touches_are_as_many_as_the_multiple_says_and_go_to_those_who_are_touched() -> None:
    histories = histories_of(2_000)
    conditions = response_of(histories).conditions
    rates = customer_rates(histories, conditions)
    marked = with_added_touches(histories, rates, 3.0, np.random.default_rng(2))
    for key in (0, 1):
        own = marked.histories.key == key
        n_observed = int((histories.key == key).sum())
        assert int((own & (marked.mark < 1)).sum()) == n_observed
        added = marked.histories.customer[own & (marked.mark >= 1)]
        assert len(added) == pytest.approx(2 * n_observed, rel=0.02)
        by_kind = np.bincount(added // 2_000, minlength=len(KINDS)).astype(float)
        touches = np.array([sum(k == key for _, k in own) for own in KINDS])
        assert (np.diff(by_kind[np.argsort(touches, kind="stable")]) > -300).all()
        assert by_kind.min() > 0  # nobody is out of reach
    moments = marked.histories.customer * 100.0 + marked.histories.time
    assert (np.diff(moments) >= 0).all()


def test_marks_below_a_multiple_are_that_share_and_mirrors_are_complements() -> None:
    histories = histories_of(500)
    rates = customer_rates(histories, response_of(histories).conditions)
    marked = with_added_touches(histories, rates, 3.0, np.random.default_rng(2))
    mirrored = marked.mirrored(3.0)
    observed = marked.mark < 1
    assert ((mirrored < 1) == observed).all()
    assert ((marked.mark < 0.5) != (mirrored < 0.5))[observed].mean() == pytest.approx(1.0)
    assert ((marked.mark < 2) != (mirrored < 2))[~observed].mean() == pytest.approx(1.0)


def test_channels_without_touches_in_the_window_add_none() -> None:
    histories = replace(histories_of(50), keys=("a", "b", "c"))
    conditions = response_of(histories_of(50)).conditions
    wider = replace(conditions, expected=np.zeros((histories.customers, 3)))
    wider = replace(wider, calendar=touch_calendar(histories))
    marked = with_added_touches(
        histories, customer_rates(histories, wider), 3.0, np.random.default_rng(1)
    )
    assert (marked.histories.key != 2).all()


def test_touches_before_the_window_are_never_thinned() -> None:
    histories = replace(histories_of(100), warm_up=3.0)
    response = response_of(histories)
    scaled = scale_channels(histories, [response], np.random.default_rng(3), max_rows=10**5)
    without_window = scaled.conversions[0, 0, 0]
    bare = replace(
        histories,
        customer=histories.customer[histories.time < 3],
        time=histories.time[histories.time < 3],
        key=histories.key[histories.time < 3],
    )
    alone = scale_channels(bare, [response], np.random.default_rng(3), max_rows=10**5)
    assert without_window > alone.conversions[0, 0, 0]  # the other channel's touches are there
    assert scaled.conversions[0, 1, 0] > alone.conversions[0, 1, 0]
