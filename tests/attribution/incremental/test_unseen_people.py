"""People without events, added by segment: hand values, a law, and what does not fit."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

import numpy as np
import pytest

from attrigraph.attribution.incremental.channel_credit import IncrementalOptions, incremental
from attrigraph.attribution.incremental.population import (
    Population,
    PopulationOptions,
    population_of,
)
from attrigraph.domain import (
    Conversion,
    CustomerAttributes,
    EventTable,
    SegmentSizes,
    Touchpoint,
    string_array,
)
from attrigraph.domain.from_objects import events_from_objects
from attrigraph.errors import InputError

START = datetime(2026, 6, 1, tzinfo=UTC)
PEOPLE = {"new": 2_000, "old": 1_000}
SIZES = SegmentSizes("segment", tuple(PEOPLE.items()))


@cache
def shop() -> tuple[EventTable, CustomerAttributes]:
    """100 conversions in each segment, and touches without effect; only people with events."""
    rng = np.random.default_rng(4)
    touches, conversions, segment = [], [], {}
    for name, people in PEOPLE.items():
        for number in np.flatnonzero(rng.random(people) < 0.3):
            who = f"{name}-{number}"
            segment[who] = name
            touches.append(Touchpoint(f"t-{who}", who, _moment(rng), channel="ad", kind="send"))
        for number in rng.choice(people, 100, replace=False):
            who = f"{name}-{number}"
            segment[who] = name
            conversions.append(Conversion(f"c-{who}", who, _moment(rng)))
    events = events_from_objects(touches, conversions)
    return events, table_of({who: segment[who] for who in events.customers})


def _moment(rng: np.random.Generator) -> datetime:
    return START + timedelta(days=float(rng.uniform(0.0, 30.0)))


def table_of(segment: dict[str, str | None], **others: str) -> CustomerAttributes:
    customers = string_array(list(segment))
    columns = {"segment": string_array(list(segment.values()))} | {
        name: string_array([value] * len(segment)) for name, value in others.items()
    }
    return CustomerAttributes(customers, np.zeros(len(segment), dtype=np.int32), columns)


def fitted(table: CustomerAttributes | None, size: int | SegmentSizes) -> Population:
    return population_of(shop()[0], table, options=PopulationOptions(size=size))


def test_people_are_added_to_their_segments() -> None:
    events, table = shop()
    population = fitted(table, SIZES)
    histories = population.histories
    assert histories.customers == 3_000
    assert population.covariates.names == ("segment = old",)
    assert histories.covariates.sum() == 1_000
    touched = np.unique(histories.customer)
    assert histories.covariates[touched].sum() == sum(
        who.startswith("old") for who in events.customers[np.unique(events.touches.customer)]
    )


def test_the_rate_of_conversions_is_that_of_all_people_of_a_segment() -> None:
    histories = fitted(shop()[1], SIZES).histories
    credit = incremental(histories, IncrementalOptions(draws=0))
    effect = credit.response._of_conditions()[0]
    # 100 of 1,000 people against 100 of 2,000
    assert effect == pytest.approx(math.log(2), abs=0.08)


def test_one_segment_equals_a_number_of_people() -> None:
    table = shop()[1]
    one = table_of(dict.fromkeys(table.customers, "all"))
    by_segment = fitted(one, SegmentSizes("segment", (("all", 3_000),))).histories
    by_number = fitted(None, 3_000).histories
    options = IncrementalOptions(draws=0)
    assert incremental(by_segment, options).credit == pytest.approx(
        incremental(by_number, options).credit, rel=1e-12
    )


def test_without_a_table_the_segments_are_added_up() -> None:
    population = fitted(None, SIZES)
    assert population.histories.customers == 3_000
    assert population.covariates.names == ()
    assert "were added up: 3,000" in population.covariates.notes[0]


def test_other_attributes_are_left_out_with_a_note() -> None:
    segment = dict(zip(shop()[1].customers, shop()[1].columns["segment"], strict=True))
    population = fitted(table_of(segment, city="rome"), SIZES)
    assert population.covariates.names == ("segment = old",)
    assert population.covariates.notes[-1].endswith("left out: city")


def test_customers_of_unknown_segment_are_a_segment_without_a_name() -> None:
    table = shop()[1]
    segment = dict(zip(table.customers, table.columns["segment"], strict=True))
    unknown = next(iter(segment))
    known = {who: name for who, name in segment.items() if who != unknown}
    with pytest.raises(InputError, match="1 customer of the segment '' have no number of people"):
        fitted(table_of(known), SIZES)
    population = fitted(
        table_of({**known, unknown: None}), replace(SIZES, people=(*SIZES.people, ("", 1)))
    )
    assert population.histories.customers == 3_001


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ((("new", 2_000),), r"customers of the segment 'old' have no number of people"),
        (
            (("new", 2_000), ("Old", 1_000)),
            r"of the segment 'old' have no .*; the numbers name the segment 'Old', in which nobody",
        ),
        ((("new", 2_000), ("old", 0)), r"'old' must have at least the \d+ in the data; got 0"),
        ((("new", 2_000), ("old", 7)), r"the segment 'old' must have at least the \d+ in the data"),
    ],
)
def test_segments_that_do_not_fit_the_table_are_errors(
    sizes: tuple[tuple[str, int], ...], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        fitted(shop()[1], SegmentSizes("segment", sizes))


def test_a_segment_of_nobody_is_nobody() -> None:
    with_nobody = fitted(shop()[1], replace(SIZES, people=(*SIZES.people, ("gone", 0))))
    without = fitted(shop()[1], SIZES)
    assert with_nobody.histories.covariates.tolist() == without.histories.covariates.tolist()
    assert with_nobody.covariates.notes == without.covariates.notes


@pytest.mark.parametrize("people", [300, 9_000])
def test_people_of_a_segment_that_is_not_in_the_data_are_untouched(people: int) -> None:
    population = fitted(shop()[1], replace(SIZES, people=(*SIZES.people, ("away", people))))
    assert population.histories.customers == 3_000 + people
    (note,) = [note for note in population.covariates.notes if "'away'" in note]
    assert f"all of its people ({people:,}) count as people without touches" in note
    credit = incremental(population.histories, IncrementalOptions(draws=0))
    before = incremental(fitted(shop()[1], SIZES).histories, IncrementalOptions(draws=0))
    # nobody of them was touched, so what the touches of the others caused is the same
    assert credit.credit == pytest.approx(before.credit, abs=3.0)
    effect = dict(zip(population.covariates.names, credit.response._of_conditions(), strict=False))
    old, new = (effect.get(f"segment = {name}", 0.0) for name in ("old", "new"))
    assert old - new == pytest.approx(math.log(2), abs=0.1)


def test_an_attribute_that_the_table_lacks_is_an_error() -> None:
    sizes = SegmentSizes("region", SIZES.people)
    with pytest.raises(InputError, match=r"by 'region', which is not a column .* it has 'segment'"):
        fitted(shop()[1], sizes)


def reached_buyers(seed: int) -> tuple[EventTable, CustomerAttributes]:
    """Touches without effect: one segment is reached and buys, and most of the other is unseen."""
    rng = np.random.default_rng(seed)
    touches, conversions, segment = [], [], {}
    for name, people, reached, buys in (("new", 4_000, 0.05, 0.02), ("old", 1_000, 0.7, 0.15)):
        for number in range(people):
            who = f"{name}-{number}"
            if rng.random() < reached:
                touches.append(Touchpoint(f"t-{who}", who, _moment(rng), channel="ad", kind="send"))
            if rng.random() < buys:
                conversions.append(Conversion(f"c-{who}", who, _moment(rng)))
            segment[who] = name
    events = events_from_objects(touches, conversions)
    return events, table_of({who: segment[who] for who in events.customers})


@pytest.mark.parametrize("seed", [2, 3])
def test_segments_of_which_other_shares_are_unseen_are_not_taken_for_an_effect(seed: int) -> None:
    events, table = reached_buyers(seed)
    sizes = SegmentSizes("segment", (("new", 4_000), ("old", 1_000)))
    added_up, by_segment = (
        float(
            incremental(
                population_of(events, given, options=PopulationOptions(size=size)).histories,
                IncrementalOptions(draws=0),
            ).credit[0]
        )
        for given, size in ((None, 5_000), (table, sizes))
    )
    # the truth is 0
    assert abs(by_segment) < 15 < added_up
