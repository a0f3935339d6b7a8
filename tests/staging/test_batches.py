from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attrigraph.domain.order import tie_hash
from attrigraph.staging import batches
from long_forms import examples

if TYPE_CHECKING:
    from tests.staging.conftest import Rows, Stage, Write

    from attrigraph.staging import Staged


@pytest.fixture
def result(staged: Stage, write: Write) -> Staged:
    lines = ["event_id,customer_id,timestamp,kind,channel,campaign"]
    generator = np.random.default_rng(5)
    for number in range(3000):
        customer = int(generator.zipf(1.5)) % 400
        second, kind = number % 60, "conversion" if number % 7 == 0 else "click"
        channel, campaign = ("", "") if number % 5 == 0 else (f"ch{number % 4}", f"ca{number % 3}")
        lines.append(
            f"e{number},c{customer},2024-03-01T12:00:{second:02}Z,{kind},{channel},{campaign}"
        )
    return staged(write("e.csv", "\n".join(lines)), source="events", customer_key=b"key")


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(10, long=25)
)
@given(size=st.integers(1, 2000), at_once=st.integers(1, 2000), parts=st.integers(1, 5))
def test_batches_of_all_parts_together_are_all_events(
    size: int, at_once: int, parts: int, result: Staged, rows: Rows
) -> None:
    whole = rows(result.events())
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(batches, "EVENTS_PER_FETCH", at_once)
        by_part = [
            list(result.batches(touches=size, part=part, parts=parts)) for part in range(parts)
        ]
    together = [rows(batch) for part in by_part for batch in part]
    for name, expected in whole.items():
        assert sorted((row for each in together for row in each[name]), key=str) == sorted(
            expected, key=str
        )
    for part, made in enumerate(by_part):
        assert all((batch.bucket % parts == part).all() for batch in made)
        order = [pair for batch in made for pair in zip(batch.bucket, batch.customers, strict=True)]
        assert order == sorted(order)
        for batch in made:
            events = len(batch.touches) + len(batch.conversions)
            assert events <= size or len(batch.customers) == 1


def test_events_are_sorted_and_typed_as_the_domain_requires(result: Staged) -> None:
    event_table = result.events()
    for events in (event_table.touches, event_table.conversions):
        columns = (events.customer, events.time, events.nanosecond, events.position)
        keys = list(zip(*columns, tie_hash(events.id), strict=True))
        assert keys == sorted(keys)
        assert (events.customer.dtype, events.time.dtype) == (
            np.dtype(np.int32),
            np.dtype(np.int64),
        )
        assert (events.position.dtype, events.kind.codes.dtype) == (
            np.dtype(np.int32),
            np.dtype(np.int32),
        )
        assert events.id.dtype == object
    assert (event_table.bucket.dtype, event_table.customers.dtype) == (
        np.dtype(np.int32),
        np.dtype(object),
    )
    touches = event_table.touches
    for column in (touches.channel, touches.campaign, touches.creative):
        assert column.codes.dtype == np.int32
        assert list(column.keys) == sorted(column.keys)
    assert (touches.creative.codes == -1).all()
    assert (touches.channel.codes == -1).any()


def test_kinds_of_conversions_are_no_kinds_of_touches(result: Staged) -> None:
    events = result.events()
    assert events.touches.kind.keys == ("click",)
    assert set(events.touches.kind.values()) == {"click"}
    assert set(events.conversions.kind.values()) == {"conversion"}


def test_events_without_ids_of_touches_come_in_the_same_order(result: Staged, rows: Rows) -> None:
    complete, bare = rows(result.events()), rows(result.events(touch_ids=False))
    assert bare["conversions"] == complete["conversions"]
    assert bare["touches"] == [(*row[:3], None, *row[4:]) for row in complete["touches"]]
    # the ids decide: some touches of equal time differ in more than their id
    moments = [row[:3] for row in complete["touches"]]
    assert len(set(moments)) < len(moments)


def test_parts_may_be_read_by_threads_at_once(result: Staged) -> None:
    def read(part: int) -> int:
        return sum(len(batch.touches) for batch in result.batches(touches=50, part=part, parts=2))

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(read, range(2))) == result.counts.touches


def test_what_the_graph_rejects_later_can_be_located(result: Staged) -> None:
    events = result.events()
    ids = events.touches.id.tolist()[:10]
    places = result.locate("touch", ids)
    assert [line for _, line in places] == [int(key[1:]) + 2 for key in ids]
    with pytest.raises(KeyError):
        result.locate("conversion", ids)
