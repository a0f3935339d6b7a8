"""Rows of erased customers are left out, under whatever id they come again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from attrigraph.domain import NO_TIME
from attrigraph.staging import preset
from attrigraph.staging.pseudonyms import pseudonym
from attrigraph.staging.tombstones import order_tombstone, tombstone

if TYPE_CHECKING:
    from tests.staging.conftest import Stage, Write

    from attrigraph.staging import Staged

KEY = b"a secret of the tests"
EVENTS = "customer_id,user_id,timestamp,kind,channel,value\n"
LINKS = "anonymous_id,user_id,valid_from\n"
PRESET = preset("events", "identities", "customers")


def day(number: int) -> str:
    return f"2026-01-{number:02}T12:00:00Z"


def milliseconds(number: int) -> int:
    return 1_767_268_800_000 + (number - 1) * 86_400_000


def channels(staged: Staged) -> list[str]:
    return sorted(staged.events().touches.channel.values().tolist())


def always(*ids: str) -> dict[str, int]:
    return {tombstone(KEY, pseudonym(KEY, name)): NO_TIME for name in ids}


def test_a_tombstone_is_neither_the_id_nor_the_pseudonym() -> None:
    names = {"ada", pseudonym(KEY, "ada"), tombstone(KEY, pseudonym(KEY, "ada"))}
    assert len(names | {tombstone(KEY, "ada"), tombstone(None, "ada")}) == 5


@pytest.mark.parametrize("key", [KEY, None])
def test_rows_of_an_erased_customer_are_ignored(
    staged: Stage, write: Write, key: bytes | None
) -> None:
    events = write(
        "e.csv",
        EVENTS
        + f"ada,,{day(1)},click,search,\n"
        + f"ada,,{day(2)},conversion,,10\n"
        + f"bob,,{day(1)},click,mail,\n",
    )
    customers = write("c.csv", "customer_id,age\nada,30\nbob,40\n")
    name = "ada" if key is None else pseudonym(key, "ada")
    result = staged(
        events,
        customers,
        source=PRESET,
        erased={tombstone(key, name): NO_TIME},
        keep_ids=key is None,
        customer_key=key,
    )
    assert channels(result) == ["mail"]
    assert len(result.events().conversions) == 0
    counts = result.counts
    assert (counts.read, counts.taken, counts.ignored, counts.rejected) == (5, 2, 3, 0)
    assert counts.known_customers == 1
    assert "3 rows of erased customers left out" in result.notes


def test_devices_of_an_erased_user_do_not_bring_the_user_back(staged: Stage, write: Write) -> None:
    events = write(
        "e.csv",
        EVENTS
        + f"phone,,{day(1)},click,search,\n"
        + f"laptop,u1,{day(2)},click,mail,\n"
        + f"other,u2,{day(2)},click,store,\n",
    )
    links = write("i.csv", LINKS + "phone,u1,\n")
    result = staged(events, links, source=PRESET, erased=always("u1"), customer_key=KEY)
    assert channels(result) == ["store"]
    assert list(result.identity_links().rows()) == [
        (pseudonym(KEY, "other"), pseudonym(KEY, "u2"), NO_TIME)
    ]
    assert (result.counts.taken, result.counts.ignored) == (1, 3)


def test_a_device_that_was_erased_with_its_user_may_become_another_user_s(
    staged: Stage, write: Write
) -> None:
    events = write(
        "e.csv",
        EVENTS + f"phone,,{day(1)},click,search,\n" + f"phone,u2,{day(2)},click,mail,\n",
    )
    erased = always("u1", "phone")
    assert channels(staged(events, source=PRESET, erased=erased, customer_key=KEY)) == [
        "mail",
        "search",
    ]


def test_events_of_a_device_are_left_out_from_the_time_on_that_it_was_the_user_s(
    staged: Stage, write: Write
) -> None:
    events = write(
        "e.csv",
        EVENTS + f"phone,,{day(1)},click,search,\n" + f"phone,,{day(5)},click,mail,\n",
    )
    erased = {tombstone(KEY, pseudonym(KEY, "phone")): milliseconds(3)}
    result = staged(events, source=PRESET, erased=erased, customer_key=KEY)
    assert channels(result) == ["search"]
    assert result.counts.ignored == 1


def test_without_tombstones_nothing_is_left_out(staged: Stage, write: Write) -> None:
    events = write("e.csv", EVENTS + f"ada,,{day(1)},click,search,\n")
    result = staged(events, source=PRESET, erased=always("bob"), customer_key=KEY)
    assert channels(result) == ["search"]
    assert result.counts.ignored == 0


def test_refunds_of_erased_orders_are_left_out(staged: Stage, write: Write) -> None:
    refunds = write("r.csv", "refund_id,order_id,amount\nr1,o1,5\nr2,o2,6\n")
    erased = {order_tombstone(KEY, "o1"): NO_TIME}
    result = staged(refunds, source=preset("refunds"), erased=erased, customer_key=KEY)
    assert [refund.id for refund in result.refunds()] == ["r2"]
    assert (result.counts.taken, result.counts.ignored) == (1, 1)
