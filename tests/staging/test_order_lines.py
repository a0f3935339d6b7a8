"""Lines of orders in files: what is taken, what is the same line, and what is rejected."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from attrigraph.domain import NO_TIME
from attrigraph.domain.order_lines import OrderLine
from attrigraph.errors import InputError
from attrigraph.staging.reasons import REASONS
from attrigraph.staging.tombstones import order_tombstone

if TYPE_CHECKING:
    from tests.staging.conftest import Reasons, Stage, Write

HEADER = "order_id,product,product_name,quantity,value,currency,line_id\n"


def test_lines_are_read_and_wrong_ones_rejected(
    staged: Stage, write: Write, reasons: Reasons
) -> None:
    file = write(
        "lines.csv",
        HEADER
        + "o1,p1,Shirt,2,40,EUR,a\n"
        + "o1,p2,,,10,,b\n"
        + ",p1,,1,20,EUR,\n"
        + "o3,,,1,20,EUR,\n"
        + "o3,p1,,1,,EUR,\n"
        + "o3,p1,,-1,5,EUR,\n"
        + "o3,p1,,1,x,EUR,\n"
        + "o3,p1,,1,5,euros,\n",
    )
    result = staged(file, source="order-lines")
    assert result.order_lines() == (
        OrderLine("a", "o1", "p1", "Shirt", 2.0, 40.0),
        OrderLine("b", "o1", "p2", None, None, 10.0),
    )
    found = [reason for _, reason in reasons(result)]
    assert found == [
        *("missing-order", "missing-product", "missing-value", "negative", "bad-number"),
        "bad-currency",
    ]
    assert set(found) <= set(REASONS)


@pytest.mark.parametrize("seed", range(3))
def test_equal_lines_are_one_however_they_are_spread(
    staged: Stage, write: Write, seed: int
) -> None:
    chance = random.Random(seed)
    lines = [
        f"o{chance.randrange(9)},p{chance.randrange(3)},,{chance.randrange(1, 3)},5,,"
        for _ in range(200)
    ]
    halves = [write(f"{n}.csv", HEADER + "\n".join(lines[n::2]) + "\n") for n in range(2)]
    one = staged(write("all.csv", HEADER + "\n".join(lines) + "\n"), source="order-lines")
    two = staged(*reversed(halves), source="order-lines")
    assert one.order_lines() == two.order_lines()
    assert len(one.order_lines()) == len(set(lines))
    assert one.counts.duplicates == two.counts.duplicates == 200 - len(set(lines))


def test_a_line_with_other_content_is_rejected_in_its_order_alone(
    staged: Stage, write: Write, reasons: Reasons
) -> None:
    file = write("l.csv", HEADER + "o1,p1,,1,20,,7\no1,p1,,1,21,,7\no2,p1,,1,21,,7\n")
    result = staged(file, source="order-lines")
    assert [(line.order, line.value) for line in result.order_lines()] == [("o1", 20), ("o2", 21)]
    assert [reason for _, reason in reasons(result)] == ["other-content"]


def test_orders_that_are_decimals_throughout_are_whole_numbers(staged: Stage, write: Write) -> None:
    file = write("l.csv", HEADER + "1001.0,p1,,1,20,,\n1002.0,p1,,1,20,,\n")
    orders = [line.order for line in staged(file, source="order-lines").order_lines()]
    assert orders == ["1001", "1002"]


def test_lines_of_several_currencies_need_rates(staged: Stage, write: Write) -> None:
    file = write("l.csv", HEADER + "o1,p1,,1,20,EUR,\no1,p2,,1,20,USD,\n")
    with pytest.raises(InputError, match="are in EUR and USD"):
        staged(file, source="order-lines")


def test_lines_of_erased_orders_are_left_out(staged: Stage, write: Write) -> None:
    file = write("l.csv", HEADER + "o1,p1,,1,20,,\no2,p1,,1,20,,\n")
    erased = {order_tombstone(None, "o1"): NO_TIME}
    result = staged(file, source="order-lines", erased=erased)
    assert [line.order for line in result.order_lines()] == ["o2"]
    assert (result.counts.ignored, result.counts.rejected) == (1, 0)


def test_lines_do_not_go_with_paths(staged: Stage, write: Write) -> None:
    lines = write("l.csv", HEADER + "o1,p1,,1,20,,\n")
    paths = write("p.csv", "path,total_conversions\na > b,2\n")
    from attrigraph.staging import preset

    with pytest.raises(InputError, match="paths name no orders"):
        staged(lines, paths, source=preset("order-lines", "paths"))
