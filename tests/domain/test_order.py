import random

import numpy as np
import pytest

from attrigraph.domain import NO_TIME, string_array
from attrigraph.domain.order import event_order, tie_hash

Row = tuple[int, int, int, int, str]


def ordered(rows: list[Row]) -> list[Row]:
    customer, time, nanosecond, position = (
        np.array([row[column] for row in rows], np.int64) for column in range(4)
    )
    ids = string_array([row[4] for row in rows])
    order = event_order(customer, time, nanosecond.astype(np.int32), position, ids)
    return [rows[place] for place in order.tolist()]


def key(row: Row) -> tuple[int, ...]:
    return (*row[:4], int(tie_hash([row[4]])[0]))


@pytest.mark.parametrize("seed", range(20))
def test_any_order_of_rows_gives_the_order_by_time_position_and_hash(seed: int) -> None:
    draw = random.Random(seed)
    times = [-62_135_596_800_000, -1, 0, 1, 1_772_366_400_000, 253_402_300_799_999, NO_TIME]
    rows = [
        (draw.randrange(5), draw.choice(times), draw.choice([0, 1, 999_999]), draw.randrange(2), id)
        for id in map(str, range(draw.choice([0, 1, 2, 300])))  # noqa: A001
    ]
    draw.shuffle(rows)
    assert ordered(rows) == sorted(rows, key=key)


def test_the_order_of_ties_differs_from_customer_to_customer() -> None:
    rows = [(c, 0, 0, 0, f"c{c}-{channel}") for c in range(1000) for channel in ("affiliate", "tv")]
    first = [row[4] for row in ordered(rows)[::2]]
    # 1,000 fair coins: 5 standard errors are 79
    assert abs(sum(name.endswith("affiliate") for name in first) - 500) < 79


def test_the_hash_is_the_same_in_every_process() -> None:
    assert tie_hash(["t1", "Ä"]).tolist() == [14693311283092508457, 15878289296149366474]
