"""Touches before the window act in it and have no credit: by hand, by laws, with known truth."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.special import expit

from attrigraph.attribution.games.coalitions import shapley_values
from attrigraph.attribution.incremental import channel_credit
from attrigraph.attribution.incremental.adstock import ResponseShape, pair_touches, saturate
from attrigraph.attribution.incremental.captured import captured_touches
from attrigraph.attribution.incremental.channel_credit import IncrementalOptions, incremental
from attrigraph.attribution.incremental.fitted import fit_population
from attrigraph.attribution.incremental.game import Effects, coalitions_of
from attrigraph.attribution.incremental.histories import Histories
from attrigraph.attribution.incremental.mediation import triggered_share
from attrigraph.attribution.incremental.path_credit import credit_paths
from attrigraph.attribution.incremental.person_days import conversion_person_days
from attrigraph.attribution.incremental.population import DAY_MS, population_of
from attrigraph.attribution.incremental.tree_credit import credit_tree
from attrigraph.errors import InputError
from attrigraph.worlds.data import START_MS
from attrigraph.worlds.event_table import customer_attributes_of, event_table_of
from attrigraph.worlds.world import simulate

WARM_UP, DAYS = 30, 60
RATE = np.array([0.05, 0.04, 0.03])  # touches a day
HALF_LIFE = np.array([20.0, 12.0, 6.0])
EFFECT = np.array([1.2, 0.8, 1.5])
BASE = -5.0


def first_conversions(touches: Any, luck: Any, on: Any) -> Any:
    """(customers, days) of first conversions; ``on`` switches the touches of the window alone."""
    left, bought = np.zeros((luck.shape[1], len(RATE))), np.zeros(luck.shape[1], dtype=bool)
    found = []
    for day in range(DAYS):
        left *= 2 ** (-1 / HALF_LIFE)
        customer, key, time = touches[day]
        acts = np.full(len(key), True) if day < WARM_UP else on[key]
        np.add.at(
            left,
            (customer[acts], key[acts]),
            2 ** (-(day + 1 - time[acts]) / HALF_LIFE[key[acts]]),
        )
        chance = expit(BASE + (1 - np.exp(-1.5 * left)) @ EFFECT)
        hit = np.flatnonzero(~bought & (luck[day] < chance))
        bought[hit] = True
        found.append(np.stack([hit, np.full(len(hit), day + 1.0)]))
    return np.concatenate(found, axis=1)


def histories_of(touches: Any, conversions: Any, customers: int, begin: float) -> Histories:
    """The window from day 30, with the touches from ``begin`` on."""
    customer, key, time = (np.concatenate(parts) for parts in zip(*touches, strict=True))
    kept = time >= begin
    customer, key, time = customer[kept], key[kept], time[kept] - begin
    converter, converted = conversions[0].astype(np.int64), conversions[1]
    before = np.full(customers, -1.0)
    early = converted <= WARM_UP
    before[converter[early]] = converted[early] - begin
    converter, converted = converter[~early], converted[~early] - begin
    touch, conversion = np.lexsort((time, customer)), np.lexsort((converted, converter))
    return Histories(
        keys=("a", "b", "c"),
        customers=customers,
        customer=customer[touch],
        time=time[touch],
        key=key[touch],
        converter=converter[conversion],
        converted=converted[conversion],
        value=np.ones(len(conversion)),
        covariates=np.zeros((customers, 0)),
        days=DAYS - begin,
        warm_up=WARM_UP - begin,
        converted_before=before if begin < WARM_UP else None,
    )


@pytest.fixture(scope="module")
def world() -> Any:
    rng = np.random.default_rng(3)
    customers = 12_000
    touches = []
    for day in range(DAYS):
        count = rng.poisson(RATE, (customers, len(RATE)))
        customer, key = np.nonzero(count)
        times = np.repeat(np.arange(len(customer)), count[customer, key])
        touches.append((customer[times], key[times], day + rng.random(len(times))))
    luck = rng.random((DAYS, customers))
    sets = (np.arange(1 << len(RATE))[:, None] >> np.arange(len(RATE))) & 1 == 1
    answers = [first_conversions(touches, luck, on) for on in sets]
    values = np.array([float((answer[1] > WARM_UP).sum()) for answer in answers])
    return touches, answers[-1], customers, shapley_values(values), values[0]


@pytest.fixture(scope="module")
def found(world: Any) -> Any:
    touches, conversions, customers, _, _ = world
    histories = histories_of(touches, conversions, customers, 0.0)
    return histories, incremental(histories, IncrementalOptions())


def error_of(credit: Any, truth: Any) -> Any:
    return np.abs(credit.credit - truth).sum() / truth.sum()


def test_credit_is_what_the_touches_of_the_window_caused(world: Any, found: Any) -> None:
    _, _, _, truth, baseline = world
    _, credit = found
    assert error_of(credit, truth) < 0.1
    assert credit.baseline == pytest.approx(baseline, rel=0.05)
    low, high = np.quantile(credit.deviations, [0.01, 0.99], axis=0) + credit.credit
    assert ((low < truth) & (truth < high)).all()


def test_a_cold_start_is_further_from_the_truth(world: Any, found: Any) -> None:
    touches, conversions, customers, truth, _ = world
    cold = incremental(
        histories_of(touches, conversions, customers, WARM_UP), IncrementalOptions(draws=0)
    )
    assert error_of(cold, truth) > 1.5 * error_of(found[1], truth)


def test_whoever_converted_before_is_not_at_risk_where_a_conversion_ends_it(found: Any) -> None:
    histories, _ = found
    assert histories.converted_before.max() > 0
    assert not histories.repeats
    gone = np.flatnonzero(histories.converted_before >= 0)
    assert not np.isin(gone, histories.customers_at_risk).any()
    assert len(gone) + len(histories.customers_at_risk) == histories.customers


def with_pairs_and_segments(found: Any) -> Any:
    """The fitted response with pairs of noticeable weight, a segment, and no latent intent."""
    histories, credit = found
    conditions = replace(credit.response.conditions, intent=None)
    response = replace(credit.response, conditions=conditions)
    joint, by_segment = np.array([0.4, -0.3, 0.2]), np.array([[0.3, -0.2, 0.1]])
    member = (np.arange(histories.customers) % 3 == 0).astype(np.float64)[:, None]
    histories = replace(histories, covariates=member, segments=np.array([0]))
    effect = np.concatenate([response.effects.main, joint, by_segment[0], [0.2]])
    return histories, with_effect(response, effect)


def with_effect(response: Any, effect: Any) -> Any:
    effects = Effects(effect[:3], response.effects.pairs, effect[3:6], effect[6:9].reshape(1, 3))
    hazard = replace(response.hazard, effect=effect)
    return replace(response, effects=effects, hazard=hazard)


def totals(histories: Any, response: Any) -> Any:
    coalitions = coalitions_of(3, np.random.default_rng(0))
    played = channel_credit._play_population(
        histories, response, coalitions, np.random.default_rng(5)
    )
    return played, played.values @ coalitions.weights


def test_derivatives_of_credits_are_differences(found: Any) -> None:
    histories, response = with_pairs_and_segments(found)
    by_effect = totals(histories, response)[0].by_effect
    for place in (1, 4, 6, 9):
        step = 1e-4 * np.eye(10)[place]
        up, down = (
            totals(histories, with_effect(response, response.hazard.effect + move))[1]
            for move in (step, -step)
        )
        assert by_effect[:, place] == pytest.approx((up - down) / 2e-4, rel=1e-3)


def test_derivatives_in_shapes_are_differences(found: Any) -> None:
    histories, response = with_pairs_and_segments(found)
    # of pairs the derivative is left out, as it is without touches before the window
    effect = np.where(np.isin(np.arange(10), [3, 4, 5]), 0.0, response.hazard.effect)
    response = with_effect(response, effect)
    by_effect = totals(histories, response)[0].by_effect
    shape = np.stack([response.shape.half_life, response.shape.saturation])
    for part, channel in ((0, 0), (1, 2)):
        factor = np.ones((2, 3))
        factor[part, channel] = np.exp(1e-4)
        up, down = (
            totals(histories, replace(response, shape=ResponseShape(*moved)))[1]
            for moved in (shape * factor, shape / factor)
        )
        expected = (up - down) / 2e-4
        assert by_effect[:, 10 + 3 * part + channel] == pytest.approx(expected, rel=1e-3)


def test_exposures_on_top_of_others_give_the_same_logit() -> None:
    rng = np.random.default_rng(2)
    pairs = np.array([[0, 1], [0, 2], [1, 2]])
    effects = Effects(
        np.array([1.0, -0.5, 0.3]), pairs, np.array([0.2, -0.4, 0.6]), np.zeros((0, 3))
    )
    base, added, main = rng.random((5, 3)), rng.random((5, 3)), rng.random((5, 3))
    constant, weight = effects.on_top_of(base, main)
    everything = np.ones((1, 3), dtype=bool)
    whole = effects.logit(base + added, main, everything)[:, 0]
    assert constant + effects.logit(added, weight, everything)[:, 0] == pytest.approx(whole)


def chance_of(found: Any, conversion: int, kept: Any) -> Any:
    """The hazard at a conversion with some of its touches, straight from the formula."""
    histories, response = found
    person_days = conversion_person_days(histories).take(np.array([conversion]))
    pairs = pair_touches(histories, person_days)
    columns = response.conditions.columns(histories, person_days)
    rest = response.rest(person_days.day, columns)[0]
    left = pairs.weights(response.shape.half_life) * kept(histories.time[pairs.touch])
    exposure = saturate(left @ np.eye(3)[pairs.key], response.shape.saturation)
    main = response.effects.main_of(histories.segments_of(person_days.customer))[0]
    first, second = response.effects.pairs.T
    products = response.effects.joint @ (exposure[first] * exposure[second])
    return expit(rest + exposure @ main + products)


def conversion_with_touches_of_both_kinds(histories: Any) -> int:
    person_days = conversion_person_days(histories)
    pairs = pair_touches(histories, person_days)
    is_in = histories.time[pairs.touch] >= histories.warm_up
    n_in = np.bincount(pairs.row[is_in], minlength=pairs.rows)
    n_before = np.bincount(pairs.row[~is_in], minlength=pairs.rows)
    return int(np.flatnonzero((n_in >= 2) & (n_in <= 6) & (n_before >= 2))[0])


def test_what_touches_before_the_window_cause_is_baseline_of_a_conversion(found: Any) -> None:
    histories, response = with_pairs_and_segments(found)
    conversion = conversion_with_touches_of_both_kinds(histories)
    paths = credit_paths(histories, response, np.array([conversion]))
    both = chance_of((histories, response), conversion, lambda time: np.ones(len(time)))
    before = chance_of((histories, response), conversion, lambda time: time < histories.warm_up)
    assert paths.chance[0] == pytest.approx(both)
    assert paths.baseline[0] == pytest.approx(before / both)
    assert paths.credit.sum() == pytest.approx(1 - before / both)
    assert histories.time[paths.touch].min() >= histories.warm_up


def test_the_tree_of_a_conversion_has_the_same_touches_and_total(found: Any) -> None:
    histories, response = with_pairs_and_segments(found)
    conversion = conversion_with_touches_of_both_kinds(histories)
    paths = credit_paths(histories, response, np.array([conversion]))
    tree = credit_tree(histories, response, conversion, histories.key[None])
    assert tree.touch.tolist() == paths.touch.tolist()
    assert tree.baseline == pytest.approx(paths.baseline[0])
    assert tree.credit.sum() == pytest.approx(paths.credit.sum())


SMALL = Histories(
    keys=("a", "b"),
    customers=3,
    customer=np.array([0, 0, 1, 2]),
    time=np.array([3.0, 9.99, 10.0, 12.0]),
    key=np.array([0, 1, 0, 1]),
    converter=np.array([0, 1, 1]),
    converted=np.array([10.01, 12.0, 15.0]),
    value=np.ones(3),
    covariates=np.zeros((3, 0)),
    days=20.0,
    capturing=np.ones(4, dtype=bool),
    warm_up=10.0,
    converted_before=np.array([4.0, -1.0, 8.0]),
)


def test_a_conversion_before_the_window_is_the_previous_one() -> None:
    assert SMALL.is_repeat.tolist() == [True, False, True]
    assert SMALL.gaps == pytest.approx([6.01, 3.0])
    assert SMALL.until_first_conversion.tolist() == [4.0, 12.0, 8.0]
    person_days = conversion_person_days(SMALL)
    assert person_days.since.tolist() == [4.0, -1.0, 12.0]
    assert person_days.earlier.tolist() == [1, 0, 1]
    assert pair_touches(replace(SMALL, capturing=None), person_days).touch.tolist() == [1, 2]


def test_rates_of_conversions_count_the_days_of_the_window() -> None:
    # 2 days until the first conversion of the second customer; 10 + 8 + 10 days after another
    assert SMALL.repeat_ratio == pytest.approx((2 / 28) / (1 / 2))


def test_everybody_stays_at_risk_where_people_convert_again() -> None:
    assert SMALL.customers_at_risk.tolist() == [0, 1, 2]


def test_a_touch_before_the_window_captures_nothing(found: Any) -> None:
    histories, response = found[0], found[1].response
    early = replace(histories, capturing=np.ones(len(histories.time), dtype=bool))
    paths = credit_paths(early, response)
    captured = captured_touches(early, paths.baseline, 0.0)
    assert early.time[captured.touch].min() >= WARM_UP


def test_only_touches_of_the_window_trigger_and_are_triggered(found: Any) -> None:
    histories = found[0]
    triggers = found[1].response.conditions.triggers
    mean = np.zeros_like(triggers.mean)
    mean[0, 1, 0] = 0.3
    until = np.full(histories.customers, histories.days)
    triggers = replace(triggers, mean=mean)
    share = triggered_share(histories, triggers, until)
    in_window = histories.time >= WARM_UP
    alone = replace(
        histories,
        customer=histories.customer[in_window],
        time=histories.time[in_window],
        key=histories.key[in_window],
    )
    assert share[0, 1] > 0
    assert share == pytest.approx(triggered_share(alone, triggers, until))


WORLD = simulate("retailer", 5, 2_000, measured_on=100)
EVENTS, TABLE = event_table_of(WORLD), customer_attributes_of(WORLD)
MIDDLE = START_MS + 12 * DAY_MS + 20 * DAY_MS // 24


def test_events_before_the_window_are_its_warm_up() -> None:
    population = population_of(EVENTS, TABLE, start=MIDDLE)
    histories = population.histories
    assert histories.warm_up == 13
    assert population.start == MIDDLE
    assert len(histories.time) == len(EVENTS.touches)
    in_window = EVENTS.touches.time[population.touch] >= MIDDLE
    assert (histories.is_in_window == in_window).all()
    late = EVENTS.conversions.time >= MIDDLE
    assert sorted(population.conversion) == np.flatnonzero(late).tolist()
    assert histories.converted_before is not None
    before = len(np.unique(EVENTS.conversions.customer[~late]))
    assert (histories.converted_before >= 0).sum() == before
    assert histories.window_days == pytest.approx(
        population_of(EVENTS, TABLE).histories.days - 12 - 20 / 24
    )


def test_a_window_without_touches_is_rejected() -> None:
    after = int(EVENTS.touches.time.max()) + 1
    with pytest.raises(InputError, match="got 0 touches"):
        population_of(EVENTS, TABLE, start=after)


def test_answers_conserve_and_credit_touches_of_the_window_only() -> None:
    population = population_of(EVENTS, TABLE, start=MIDDLE)
    run = fit_population(EVENTS, population, IncrementalOptions(rows=30_000))
    credit = run.touch_credit()
    assert EVENTS.touches.time[credit.touch].min() >= MIDDLE
    answer: Any = run.answer("campaign")
    total = sum(line.conversions + line.captured.conversions for line in answer.credits)
    observed = int((EVENTS.conversions.time >= MIDDLE).sum())
    assert total + answer.baseline.conversions == pytest.approx(observed)
    n_before = int((EVENTS.touches.time < MIDDLE).sum())
    assert any(f"{n_before:,} touches in the 13 days before" in note for note in answer.notes)


def test_a_channel_without_touches_in_the_window_has_no_line() -> None:
    channel = EVENTS.touches.channel
    paused = channel.keys.index("display")
    is_paused = (channel.codes == paused) & (EVENTS.touches.time >= MIDDLE)
    other = (paused + 1) % len(channel.keys)
    codes = np.where(is_paused, other, channel.codes).astype(np.int32)
    events = replace(EVENTS, touches=replace(EVENTS.touches, channel=replace(channel, codes=codes)))
    population = population_of(events, TABLE, start=MIDDLE)
    answer = fit_population(events, population, IncrementalOptions(rows=30_000)).answer("channel")
    names = [line.key for line in answer.credits]
    assert "display" not in names
    assert len(names) == len(channel.keys) - 1
