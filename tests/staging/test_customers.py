from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pytest

from attrigraph.errors import InputError
from attrigraph.staging import preset, read_mapping

if TYPE_CHECKING:
    from pathlib import Path

    from tests.staging.conftest import Reasons, Stage, Write

    from attrigraph.staging import Staged


def attributes_of(result: Staged) -> dict[str, dict[str, object]]:
    return {
        customer: {name: column[place] for name, column in batch.columns.items()}
        for batch in result.customer_attributes(2)
        for place, customer in enumerate(batch.customers)
    }


def test_attributes_have_the_type_that_all_their_values_have(staged: Stage, write: Write) -> None:
    path = write(
        "c.csv",
        "customer_id,age,score,member,since,seen,postcode,name,nothing\n"
        "a,30,1,true,2020-01-31,2024-01-01T10:00:00+01:00,01234,Ann,\n"
        "b,-4,2.5,FALSE,2021-02-28,2024-01-01T10:00:00.000001Z,99999,\"B, 'ob'\",\n"
        "c,,,,,,,,\n",
    )
    result = staged(path, source="customers")
    assert attributes_of(result) == {
        "a": {
            "age": 30,
            "score": 1.0,
            "member": True,
            "since": date(2020, 1, 31),
            "seen": datetime(2024, 1, 1, 9, tzinfo=UTC),
            "postcode": "01234",
            "name": "Ann",
        },
        "b": {
            "age": -4,
            "score": 2.5,
            "member": False,
            "since": date(2021, 2, 28),
            "seen": datetime(2024, 1, 1, 10, 0, 0, 1, tzinfo=UTC),
            "postcode": "99999",
            "name": "B, 'ob'",
        },
        "c": dict.fromkeys(["age", "score", "member", "since", "seen", "postcode", "name"]),
    }
    ann = attributes_of(result)["a"]
    assert [type(ann[name]) for name in ("age", "score", "member")] == [int, float, bool]
    assert result.notes == ("no customer has a value for nothing",)
    assert (result.counts.known_customers, result.counts.customers) == (3, 0)


def test_customers_come_by_bucket_and_id_with_those_of_events(staged: Stage, write: Write) -> None:
    result = staged(
        write("c.csv", "customer_id,x\n" + "".join(f"c{n},{n}\n" for n in range(500))),
        write("e.csv", "customer_id,timestamp,kind\nc7,2024-03-01T12:00:00Z,click\n"),
        source=preset("customers", "events"),
        customer_key=b"key",
    )
    batches = list(result.customer_attributes(100))
    assert [len(batch) for batch in batches] == [100] * 5
    order = [
        pair
        for batch in batches
        for pair in zip(batch.bucket.tolist(), batch.customers, strict=True)
    ]
    assert order == sorted(order)
    (events,) = result.batches()
    assert events.customers.tolist() == [
        customer
        for batch in batches
        for customer, x in zip(batch.customers, batch.columns["x"], strict=True)
        if x == 7
    ]


def test_rows_of_one_customer_repeat_or_contradict(
    staged: Stage, write: Write, reasons: Reasons
) -> None:
    result = staged(write("c.csv", "customer_id,x\na,2\na,1\na,1\n,3\n"), source="customers")
    assert reasons(result) == [(2, "other-content"), (5, "missing-id")]
    assert result.counts.duplicates == 1
    assert attributes_of(result) == {"a": {"x": 1}}


@pytest.mark.parametrize("text", ["0000-01-01", "9999-12-31T23:59:59-18:00", "2024-02-30"])
def test_what_no_calendar_holds_stays_text(text: str, staged: Stage, write: Write) -> None:
    result = staged(write("c.csv", f"customer_id,x\na,{text}\n"), source="customers")
    assert attributes_of(result) == {"a": {"x": text}}


def test_numbers_that_are_not_finite_are_rejected(
    staged: Stage, write: Write, reasons: Reasons
) -> None:
    result = staged(write("c.csv", "customer_id,x\na,2.5\nb,NaN\nc,-inf\n"), source="customers")
    assert reasons(result) == [(3, "not-finite"), (4, "not-finite")]


def test_values_that_are_not_of_the_declared_type_are_rejected(
    staged: Stage, write: Write, reasons: Reasons
) -> None:
    mapping = write("m.toml", '[[tables]]\nrows = "customers"\ntypes.x = "integer"\n')
    path = write("c.csv", "customer_id,x\na,2\nb,two\n")
    result = staged(path, source=read_mapping(mapping))
    assert reasons(result) == [(3, "bad-type")]
    assert attributes_of(result) == {"a": {"x": 2}}


def test_text_of_parquet_stays_text_and_keys_of_json_may_come_late(
    staged: Stage, tmp_path: Path, write: Write
) -> None:
    path = tmp_path / "c.parquet"
    duckdb.execute(
        "COPY (SELECT 'a' AS customer_id, '30' AS age, 7 AS n, true AS t, "
        f"DATE '2020-01-01' AS d) TO '{path}'"
    )
    assert attributes_of(staged(path, source="customers")) == {
        "a": {"age": "30", "n": 7, "t": True, "d": date(2020, 1, 1)}
    }
    late = '{"customer_id": "x"}\n' * 1500 + '{"customer_id": "y", "late": 1}\n'
    result = staged(write("c.jsonl", late), source="customers")
    assert attributes_of(result) == {"x": {"late": None}, "y": {"late": 1}}


@pytest.mark.parametrize("name", ["id", "bucket", "customerId", " ", ""])
def test_attributes_may_not_have_a_name_that_the_graph_uses(
    name: str, staged: Stage, write: Write
) -> None:
    with pytest.raises(InputError, match="which the graph cannot use"):
        staged(write("c.csv", f"customer_id,{name}\na,1\n"), source="customers")


def test_a_file_of_customers_alone_has_no_events(staged: Stage, write: Write) -> None:
    result = staged(write("c.csv", "customer_id\na\n"), source="customers")
    assert attributes_of(result) == {"a": {}}
    events = result.events()
    assert events.customers.tolist() == ["a"], "an observed customer without a touch"
    assert len(events.touches) == len(events.conversions) == 0
    assert np.asarray(next(result.customer_attributes()).bucket).dtype == np.int32


def test_a_customer_without_a_name_is_rejected(staged: Stage, write: Write) -> None:
    result = staged(write("c.csv", 'customer_id,x\n"  ",1\na,2\n'), source="customers")
    assert attributes_of(result) == {"a": {"x": 2}}
    assert [refusal.line for refusal in result.rejected()] == [2]
