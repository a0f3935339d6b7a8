"""Ids that a login joins: of buyers alone, of everybody, of a part of the people."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from attrigraph.attribution.incremental.histories import Histories
from attrigraph.attribution.incremental.identification.joined_buyers import (
    excess_of_several_ids,
    joined_buyers,
)

PEOPLE, DAYS = 4_000, 60.0


def histories(customer: Any, converter: Any, customers: int) -> Histories:
    """Customers with touches and conversions, both ascending; times say nothing here."""
    return Histories(
        keys=("display",),
        customers=customers,
        customer=customer,
        time=np.linspace(0.0, DAYS, len(customer)),
        key=np.zeros(len(customer), dtype=np.int64),
        converter=converter,
        converted=np.full(len(converter), DAYS / 2),
        value=np.ones(len(converter)),
        covariates=np.zeros((customers, 0)),
        days=DAYS,
    )


def world(seed: int, joined: Any) -> tuple[Histories, Any]:
    """People with up to three devices, and whether each customer has several.

    Buyers have twice as many touches. ``joined`` says of whom all devices are one customer, from
    whether they buy and how many touches they have; each device of the others is a customer.
    """
    rng = np.random.default_rng(seed)
    buys = rng.random(PEOPLE) < 0.15
    person = np.repeat(np.arange(PEOPLE), rng.poisson(np.where(buys, 6.0, 3.0)))
    device = (rng.random(len(person)) * rng.integers(1, 4, PEOPLE)[person]).astype(np.int64)
    is_joined = joined(rng, buys, np.bincount(person, minlength=PEOPLE))
    own = np.where(is_joined[person], 3 * person, 3 * person + device)
    names, code = np.unique(np.concatenate([own, 3 * np.flatnonzero(buys)]), return_inverse=True)
    customer, converter = np.split(code, [len(own)])
    aliases = np.zeros(len(names))
    pairs = np.unique(np.stack([customer, device])[:, is_joined[person]], axis=1)
    np.add.at(aliases, pairs[0], 1)
    return histories(np.sort(customer), np.sort(converter), len(names)), aliases > 1


def of_buyers(_: Any, buys: Any, __: Any) -> Any:
    return buys


def of_everybody(_: Any, buys: Any, __: Any) -> Any:
    return np.ones(len(buys), dtype=bool)


def of_half(rng: Any, buys: Any, __: Any) -> Any:
    return rng.random(len(buys)) < 0.5


def of_the_active(rng: Any, buys: Any, touches: Any) -> Any:
    """Who is touched often logs in more often, and buyers are touched more often."""
    return rng.random(len(buys)) < 1 - np.exp(-0.2 * touches)


def of_buyers_and_some(rng: Any, buys: Any, __: Any) -> Any:
    return buys | (rng.random(len(buys)) < 0.4)


def of_those_who_do_not_buy(_: Any, buys: Any, __: Any) -> Any:
    return ~buys


def test_by_hand() -> None:
    """Of ten people with two touches four buy, and four have two ids: three of the buyers."""
    two = histories(np.repeat(np.arange(10), 2), np.arange(4), 10)
    several = np.array([True, True, True, False, True, *[False] * 5])
    excess, z = excess_of_several_ids(two, several)
    assert excess == pytest.approx((3 - 1.6) / 4)
    assert z == pytest.approx(1.4 / np.sqrt(4 * 0.4 * 6 * 6 / (10 * 9)))


@pytest.mark.parametrize("joined", [of_buyers, of_buyers_and_some, of_those_who_do_not_buy])
def test_joining_that_depends_on_buying_is_found(joined: Any) -> None:
    assert all(joined_buyers(*world(seed, joined)) for seed in range(10))


@pytest.mark.parametrize("joined", [of_everybody, of_half, of_the_active])
def test_joining_that_does_not_is_not(joined: Any) -> None:
    assert not any(joined_buyers(*world(seed, joined)) for seed in range(20))


def test_touches_of_one_id_say_nothing() -> None:
    once = histories(np.arange(10), np.arange(4), 10)
    assert excess_of_several_ids(once, np.arange(10) < 4) == (0.0, 0.0)


def test_without_joined_ids_there_is_no_finding() -> None:
    population, _ = world(1, of_buyers)
    assert not joined_buyers(population, None)
    assert not joined_buyers(population, np.zeros(population.customers, dtype=bool))
