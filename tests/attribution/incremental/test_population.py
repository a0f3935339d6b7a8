"""Facts and table joined: everyone once, and what does not fit is said."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from attrigraph.attribution.incremental.population import DAY_MS, PopulationOptions, population_of
from attrigraph.domain import NO_TIME, Categorical, Conversions, CustomerAttributes
from attrigraph.errors import InputError, NeedsTimesError
from attrigraph.worlds.data import START_MS
from attrigraph.worlds.event_table import customer_attributes_of, event_table_of
from attrigraph.worlds.world import simulate

WORLD = simulate("confounded", 1, 300, measured_on=100)
FACTS = event_table_of(WORLD)
TABLE = customer_attributes_of(WORLD)


def in_order(event_table: Any, order: Any) -> Any:
    """The same facts with their customers in another order, as other ids would put them."""
    place = np.argsort(order).astype(np.int32)
    touches, conversions = (
        replace(events, customer=place[events.customer])
        for events in (event_table.touches, event_table.conversions)
    )
    people = {"customers": event_table.customers[order], "bucket": event_table.bucket[order]}
    return replace(event_table, touches=touches, conversions=conversions, **people)


def rows_of(conversions: Any, kept: Any) -> Any:
    columns = {
        field.name: getattr(conversions, field.name)
        for field in fields(conversions)
        if field.name != "kind" and getattr(conversions, field.name) is not None
    }
    kind = Categorical(conversions.kind.keys, conversions.kind.codes[kept])
    return Conversions(kind=kind, **{name: column[kept] for name, column in columns.items()})


def part_of(table: Any, rows: Any) -> Any:
    columns = {name: column[rows] for name, column in table.columns.items()}
    return CustomerAttributes(table.customers[rows], table.bucket[rows], columns)


def test_times_are_days_since_midnight_before_the_first_event() -> None:
    population = population_of(FACTS, TABLE)
    histories = population.histories
    days = (WORLD.touch_time - START_MS) / DAY_MS
    assert histories.time == pytest.approx(days[population.touch])
    assert histories.days == 30.0
    assert histories.keys == WORLD.spec.names


def test_rows_lead_back_to_the_facts() -> None:
    population = population_of(FACTS, TABLE)
    of_facts, of_histories = FACTS.touches.customer[population.touch], population.histories.customer
    assert len(set(zip(of_facts, of_histories, strict=True))) == len(set(of_facts))
    assert (np.lexsort((population.histories.time, of_histories)) == np.arange(len(of_facts))).all()
    assert (FACTS.conversions.value[population.conversion] == population.histories.value).all()


def test_covariates_meet_their_customers_whatever_the_order_of_the_table() -> None:
    shuffled = part_of(TABLE, np.random.default_rng(0).permutation(300))
    plain = population_of(FACTS, TABLE).histories.covariates
    assert population_of(FACTS, shuffled).histories.covariates == pytest.approx(plain)


def test_histories_do_not_hang_on_how_customers_are_called() -> None:
    here = population_of(FACTS, TABLE).histories
    turned = np.random.default_rng(1).permutation(300)
    renamed = population_of(in_order(FACTS, turned), TABLE).histories
    for name in ("customer", "time", "key", "converter", "converted", "value"):
        assert (getattr(here, name) == getattr(renamed, name)).all()
    assert here.covariates == pytest.approx(renamed.covariates)


def test_several_ids_are_those_of_the_customers_whatever_their_order() -> None:
    aliases = np.arange(300, dtype=np.int32) % 3
    touches = np.bincount(FACTS.touches.customer, minlength=300)
    more = CustomerAttributes(
        np.append(TABLE.customers, "stranger"),
        np.append(TABLE.bucket, np.int32(0)),
        {name: np.append(column, column[:1]) for name, column in TABLE.columns.items()},
    )
    found = population_of(replace(FACTS, n_aliases=aliases), more)
    assert found.several_ids is not None
    of_touches = found.several_ids[found.histories.customer]
    assert (of_touches == (aliases > 1)[FACTS.touches.customer[found.touch]]).all()
    assert found.several_ids.sum() == 100
    assert touches[aliases > 1].sum() == of_touches.sum()
    assert population_of(FACTS, TABLE).several_ids is None


def test_customers_of_the_table_without_events_belong_to_the_population() -> None:
    more = CustomerAttributes(
        np.append(TABLE.customers, "stranger"),
        np.append(TABLE.bucket, np.int32(0)),
        {name: np.append(column, column[:1]) for name, column in TABLE.columns.items()},
    )
    assert population_of(FACTS, more).histories.customers == 301


def test_customers_who_are_not_in_the_table_are_counted() -> None:
    population = population_of(FACTS, part_of(TABLE, np.arange(290)))
    assert population.histories.customers == 300
    assert "10 customers with events are not in the customers table" in population.covariates.notes


def test_a_touch_of_an_unknown_channel_has_a_key_of_its_own() -> None:
    channel = FACTS.touches.channel
    codes = channel.codes.copy()
    codes[0] = -1
    unknown = replace(FACTS, touches=replace(FACTS.touches, channel=replace(channel, codes=codes)))
    assert population_of(unknown).histories.keys[-1] is None


def test_events_without_times_are_refused() -> None:
    times = FACTS.touches.time.copy()
    times[3] = NO_TIME
    with pytest.raises(NeedsTimesError, match="needs the time"):
        population_of(replace(FACTS, touches=replace(FACTS.touches, time=times)))


def test_events_after_the_window_are_rejected_by_number() -> None:
    end = START_MS + 20 * DAY_MS
    times = np.concatenate([FACTS.touches.time, FACTS.conversions.time])
    late = int((times > end).sum())
    with pytest.raises(InputError, match=f"{late} events after the window"):
        population_of(FACTS, TABLE, end=end)


def test_a_number_of_people_is_like_a_table_that_says_nothing_of_them() -> None:
    world = simulate("unconfounded", 3, 4_000, measured_on=100)
    events, table = event_table_of(world), customer_attributes_of(world)
    silent = CustomerAttributes(table.customers, table.bucket, {})
    listed = population_of(events, silent).histories
    counted = population_of(events, options=PopulationOptions(size=len(table))).histories
    assert counted.customers == listed.customers
    assert counted.at_risk is None
    for one, other in ((counted.time, listed.time), (counted.converted, listed.converted)):
        assert np.sort(one).tolist() == np.sort(other).tolist()


def test_where_no_untouched_person_converts_the_unseen_are_not_at_risk() -> None:
    world = simulate("unconfounded", 3, 4_000, measured_on=100)
    events = event_table_of(world)
    touched = np.isin(events.conversions.customer, events.touches.customer)
    assert not touched.all()
    kept = replace(events, conversions=rows_of(events.conversions, touched))
    histories = population_of(kept, options=PopulationOptions(size=4_000)).histories
    assert histories.customers == 4_000
    assert histories.at_risk is not None
    assert histories.at_risk[histories.customer].all()
    assert len(histories.customers_at_risk) == len(np.unique(histories.customer))


def test_fewer_people_than_customers_and_a_table_as_well_are_refused() -> None:
    world = simulate("unconfounded", 3, 1_000, measured_on=100)
    events, table = event_table_of(world), customer_attributes_of(world)
    with pytest.raises(InputError, match=r"at least .* customers with events.*got 10"):
        population_of(events, options=PopulationOptions(size=10))
    with pytest.raises(InputError, match="a file of the numbers by segment"):
        population_of(events, table, options=PopulationOptions(size=5_000))
