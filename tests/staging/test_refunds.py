"""Refunds and cancellations in files: among events, in a table, and on conversions themselves."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from itertools import permutations
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from attrigraph.staging import StagingOptions, preset, stage
from attrigraph.staging.reasons import REASONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from attrigraph.staging import Staged

HEADER = "event_id,customer_id,timestamp,kind,channel,value,order_id,refunded,cancelled\n"
AT = "2026-03-01T10:00:00Z"


@dataclass
class Shop:
    """Orders, and what the naive reading of their refunds leaves of them."""

    rows: list[str] = field(default_factory=list)
    orders: dict[str, float] = field(default_factory=dict)
    refunds: dict[str, list[float]] = field(default_factory=dict)
    stated: dict[str, float] = field(default_factory=dict)
    cancelled: set[str] = field(default_factory=set)

    def left(self) -> dict[str, float]:
        return {
            order: max(
                value - max(sum(self.refunds.get(order, [])), self.stated.get(order, 0.0)), 0.0
            )
            for order, value in self.orders.items()
            if order not in self.cancelled
        }


def shop(seed: int) -> Shop:
    chance, made = random.Random(seed), Shop()
    for number in range(60):
        order, value = f"o{number}", float(chance.randrange(1, 200))
        made.orders[order] = value
        stated = chance.choice(["", "", f"{chance.randrange(50)}"])
        made.stated[order] = float(stated or 0)
        cancelled = chance.random() < 0.1
        if cancelled:
            made.cancelled.add(order)
        flag = "1" if cancelled else chance.choice(["", "0", "false"])
        made.rows.append(f"{order},c{number % 20},{AT},conversion:sale,,{value},,{stated},{flag}")
    for number in range(50):
        order = f"o{chance.randrange(80)}"  # some of orders that are in no file
        if chance.random() < 0.2:
            made.cancelled.add(order)
            made.rows.append(f"r{number},,{AT},cancellation,,,{order},,")
            continue
        amount = chance.choice([None, float(chance.randrange(100))])
        paid_back = made.orders.get(order, 0.0) if amount is None else amount
        made.refunds.setdefault(order, []).append(paid_back)
        text = "" if amount is None else f"{amount}"
        made.rows.append(f"r{number},,{AT},refund,,{text},{order},,")
    chance.shuffle(made.rows)
    return made


def staged(files: Sequence[Path], folder: Path, *presets: str) -> Staged:
    return stage(files, preset(*presets), StagingOptions(keep_ids=True), folder=folder)


def left(found: Staged) -> dict[str, float]:
    conversions = found.events().conversions
    return dict(zip(conversions.id.tolist(), conversions.value.tolist(), strict=True))


def written(folder: Path, name: str, rows: Iterable[str], header: str = HEADER) -> Path:
    path = folder / name
    path.write_text(header + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return path


@pytest.mark.parametrize("seed", range(4))
def test_events_agree_with_the_naive_reading_however_they_are_spread(
    tmp_path: Path, seed: int
) -> None:
    made = shop(seed)
    files = [written(tmp_path, f"{part}.csv", made.rows[part::3]) for part in range(3)]
    expected = pytest.approx(made.left(), abs=1e-9)
    for number, order in enumerate(permutations(files)):
        with staged(order, tmp_path / f"s{number}", "events") as found:
            assert left(found) == expected
            counts = found.counts
            assert (counts.read, counts.rejected, counts.duplicates) == (110, 0, 0)
            assert counts.taken == counts.read
            assert counts.conversions == 60


def test_rows_of_one_refund_count_once_and_others_are_rejected(tmp_path: Path) -> None:
    rows = [
        f"p1,a,{AT},conversion:sale,,100,,,",
        f"r1,,{AT},refund,,40,p1,,",
        f"r1,,{AT},refund,,40,p1,,",
        f"r2,,{AT},refund,,5,p1,,",
        f"r2,,{AT},refund,,6,p1,,",
        f"r3,,{AT},refund,,5,,,",
        f"r4,,{AT},refund,,-5,p1,,",
        f"p2,a,{AT},conversion:sale,,10,,x,",
        f"p3,a,{AT},conversion:sale,,10,,,perhaps",
    ]
    with staged([written(tmp_path, "e.csv", rows)], tmp_path, "events") as found:
        assert left(found) == {"p1": 55.0}
        counts = found.counts
        assert counts.read == counts.taken + counts.duplicates + counts.rejected == 9
        assert [(row.line, row.reason.split(":")[0]) for row in found.rejected()] == [
            (6, "other-content"),
            (7, "missing-order"),
            (8, "negative"),
            (9, "bad-number"),
            (10, "bad-flag"),
        ]


def test_a_row_without_the_amount_is_merged_into_that_with_it(tmp_path: Path) -> None:
    rows = [
        f"p1,a,{AT},conversion:sale,,100,,,",
        f"p2,a,{AT},conversion:sale,,50,,,",
        f"r1,,{AT},refund,,40,p1,,",
        f"r1,,{AT},refund,,,p1,,",
        f"r1,,{AT},refund,,,p2,,",  # of another order
        f"r2,,{AT},refund,,,p2,,",
        f"r2,,{AT},refund,,,p2,,",
    ]
    for number, order in enumerate((rows, rows[::-1])):
        with staged([written(tmp_path, f"{number}.csv", order)], tmp_path, "events") as found:
            assert left(found) == {"p1": 60.0, "p2": 0.0}
            counts = found.counts
            assert (counts.taken, counts.merged, counts.duplicates) == (4, 1, 1)
            assert [order[row.line - 2] for row in found.rejected()] == [rows[4]]


def test_a_table_of_refunds_and_what_is_without_effect(tmp_path: Path) -> None:
    orders = [
        f"p1,a,{AT},conversion:sale,,100,,,",
        f"p2,a,{AT},conversion:sale,,50,,,",
        f"p3,a,{AT},conversion:sale,,70,,,",
    ]
    refunds = ["p1,30,,2026-03-10", "p1,,0,", "p2,,true,", "p3,71,,", "p9,1,,", "p9,2,,"]
    files = [
        written(tmp_path, "orders.csv", orders),
        written(tmp_path, "refunds.csv", refunds, "order_id,amount,cancelled,timestamp\n"),
    ]
    options = StagingOptions(keep_ids=True, zone="Europe/Berlin")
    source = preset("events", "refunds")
    with stage(files, source, options, folder=tmp_path) as found:
        assert left(found) == {"p1": 0.0, "p3": 0.0}
        assert found.counts.refunds == 6
        assert list(found.refund_notes()) == [
            "2 refunds without effect so far: no conversion has the id of the order, such as 'p9'",
            "2 orders with refunds above the value, such as 'p1', count as 0",
        ]


def test_a_later_row_of_an_order_states_a_larger_refund(tmp_path: Path) -> None:
    rows = [f"p1,a,{AT},conversion:sale,,100,,{sum_so_far},{flag}" for sum_so_far, flag in
            (("", ""), ("20", "0"), ("50", ""))]  # fmt: skip
    with staged([written(tmp_path, "e.csv", rows)], tmp_path, "events") as found:
        assert left(found) == {"p1": 50.0}
        assert (found.counts.taken, found.counts.duplicates) == (1, 2)


def test_an_order_id_is_the_id_of_a_conversion_without_one(tmp_path: Path) -> None:
    rows = [
        f",a,{AT},conversion:sale,,100,p1,,",
        f",a,{AT},click,tv,,p1,,",
        f",,{AT},refund,,1,p1,,",
    ]
    with staged([written(tmp_path, "e.csv", rows)], tmp_path, "events") as found:
        assert left(found) == {"p1": 99.0}
        assert found.counts.touches == 1


def test_a_conversion_with_a_derived_id_states_its_own_refund(tmp_path: Path) -> None:
    rows = [f",a,{AT},conversion:sale,,100,,30,", f",b,{AT},conversion:sale,,100,,,1"]
    file = written(tmp_path, "e.csv", rows)
    options = StagingOptions(customer_key=b"a secret of at least thirty-two bytes")
    with stage([file], preset("events"), options, folder=tmp_path) as found:
        assert found.events().conversions.value.tolist() == [70.0]


def test_a_mapping_may_make_a_touch_of_a_refund(tmp_path: Path) -> None:
    table = preset("events").tables[0].model_copy(update={"kinds": ("refund",)})
    source = preset("events").model_copy(update={"tables": (table,)})
    file = written(tmp_path, "e.csv", [f"t1,a,{AT},refund,tv,,,,"])
    with stage([file], source, StagingOptions(keep_ids=True), folder=tmp_path) as found:
        assert (found.counts.touches, found.counts.refunds) == (1, 0)


def test_the_amount_of_a_cancellation_is_checked_and_means_nothing_further(tmp_path: Path) -> None:
    orders = [f"{key},a,{AT},conversion:sale,,100,,," for key in ("yy", "zz", "xx", "ww")]
    events = [f"r2,,{AT},cancellation,,50,xx,,", f"r3,,{AT},cancellation,,lots,ww,,"]
    refunds = ["r1,zz,100,1", "r4,ww,many,1"]
    files = [
        written(tmp_path, "events.csv", [*orders, *events]),
        written(tmp_path, "refunds.csv", refunds, "refund_id,order_id,amount,cancelled\n"),
    ]
    with staged(files, tmp_path, "events", "refunds") as found:
        assert left(found) == {"yy": 100.0, "ww": 100.0}
        assert [(row.line, row.reason) for row in found.rejected()] == [
            (7, f"bad-number: {REASONS['bad-number']} (value: 'lots')"),
            (3, f"bad-number: {REASONS['bad-number']} (amount: 'many')"),
        ]


@pytest.mark.parametrize(
    ("text", "meaning"),
    [("1", True), ("1.0", True), ("1.00", True), ("TRUE", True), ("True", True), ("true", True),
     ("0", False), ("0.0", False), ("False", False), ("", False), ("1.5", None), ("10", None),
     ("yes", None), ("1.", None)],
)  # fmt: skip
def test_flags_are_0_or_1_however_numbers_are_written(
    tmp_path: Path, text: str, meaning: bool | None
) -> None:
    order = written(tmp_path, "e.csv", [f"p1,a,{AT},conversion:sale,,100,,,{text}"])
    checked = written(
        tmp_path,
        "c.csv",
        [f"p2,a,{AT},{'conversion' if meaning else 'visit'},{text}"],
        "event_id,customer_id,timestamp,kind,converted\n",
    )
    sale = written(tmp_path, "s.csv", [f"p3,a,{AT},conversion:sale,,100,,,"])
    refunds = written(tmp_path, "r.csv", [f"p3,{text}"], "order_id,cancelled\n")
    with staged([order, checked, sale, refunds], tmp_path, "events", "refunds") as found:
        rejected = [(Path(row.file).name, row.reason.split(":")[0]) for row in found.rejected()]
        if meaning is None:
            bad = [("c.csv", "flag-mismatch"), ("e.csv", "bad-flag"), ("r.csv", "bad-flag")]
            assert sorted(rejected) == bad
            return
        assert rejected == []
        kept = {} if meaning else {"p1": 100.0, "p3": 0.0}
        assert left(found) == ({"p2": 0.0} if meaning else kept)


def test_refunds_find_a_conversion_by_the_id_of_its_order(tmp_path: Path) -> None:
    rows = [
        f"c1,a,{AT},conversion:sale,,100,zz,,",
        f"r1,,{AT},refund,,40,zz,,",
        f"c2,a,{AT},conversion:sale,,100,yy,30,",  # it states its own refund
        f"c3,a,{AT},conversion:sale,,100,xx,,",
        f"r2,,{AT},cancellation,,,xx,,",
        f"c4,a,{AT},conversion:sale,,100,ww,,",
        f"r3,,{AT},refund,,10,c4,,",  # by the conversion's own id
        f"r4,,{AT},refund,,1,ww,,",
        f"c5,a,{AT},conversion:sale,,100,(not set),,",
        f"r5,,{AT},refund,,1,vv,,",
    ]
    for number, order in enumerate((rows, rows[::-1])):
        with staged([written(tmp_path, f"{number}.csv", order)], tmp_path, "events") as found:
            assert left(found) == {"c1": 60.0, "c2": 70.0, "c4": 89.0, "c5": 100.0}
            assert found.orders() == {"c1": "zz", "c2": "yy", "c3": "xx", "c4": "ww"}
            (note,) = found.refund_notes()
            assert note.startswith("1 refund without effect so far: no conversion has the id")


def test_conversions_of_an_order_share_its_refunds_by_value_within_a_kind(tmp_path: Path) -> None:
    rows = [
        f"l1,a,{AT},conversion:sale,,60,zz,,",
        f"l2,a,{AT},conversion:sale,,30,zz,,",
        f"l3,a,{AT},conversion:sale,,10,zz,,",
        f"zz,a,{AT},conversion:order,,100,,,",  # the same order, of another tool
        f"r1,,{AT},refund,,40,zz,,",
        f"m1,a,{AT},conversion:sale,,60,yy,,",
        f"m2,a,{AT},conversion:sale,,30,yy,,",
        f"r2,,{AT},refund,,,yy,,",
        f"n1,a,{AT},conversion:sale,,0,xx,,",
        f"n2,a,{AT},conversion:sale,,0,xx,,",
        f"r3,,{AT},refund,,8,xx,,",
    ]
    with staged([written(tmp_path, "e.csv", rows)], tmp_path, "events") as found:
        expected = {"l1": 36.0, "l2": 18.0, "l3": 6.0, "zz": 60.0}
        assert left(found) == pytest.approx(
            expected | {"m1": 0.0, "m2": 0.0, "n1": 0.0, "n2": 0.0}, abs=1e-12
        )
        assert list(found.refund_notes()) == [
            "1 order with refunds above the value, such as 'xx', counts as 0"
        ]


def test_rows_of_a_conversion_may_leave_its_order_out_and_not_contradict_it(tmp_path: Path) -> None:
    rows = [
        f"c1,a,{AT},conversion:sale,,100,,,",
        f"c1,a,{AT},conversion:sale,,100,zz,,",
        f"c2,a,{AT},conversion:sale,,50,yy,,",
        f"c2,a,{AT},conversion:sale,,50,xx,,",
        f"r1,,{AT},refund,,40,zz,,",
    ]
    for number, order in enumerate(permutations(rows)):
        if number % 17:
            continue
        file = written(tmp_path, "e.csv", order)
        with staged([file], tmp_path, "events") as found:
            assert left(found) == {"c1": 60.0, "c2": 50.0}
            assert found.orders() == {"c1": "zz", "c2": "xx"}
            counts = found.counts
            assert (counts.taken, counts.duplicates, counts.rejected) == (3, 1, 1)
            (row,) = found.rejected()
            assert row.reason.startswith("other-content")
            assert order[row.line - 2] == rows[2]


def test_a_purchase_that_an_order_and_an_event_of_it_describe_is_one(tmp_path: Path) -> None:
    rows = [
        f",a,{AT},conversion:sale,,30,o1,,",
        f",b,{AT},conversion:sale,,20,o2,,",
        f",d,{AT},conversion:sale,,0,o5,,",
        "m1,a,2026-03-01T10:00:01Z,conversion:sale,,,o1,,",
        f"m2,b,{AT},conversion:sale,,20,o2,,",
        f"m3,x,{AT},conversion:sale,,20,o2,,",  # of another customer
        f"m4,c,{AT},conversion:sale,,5,o4,,",  # lines of an order
        f"m5,c,{AT},conversion:sale,,5,o4,,",
        f"m6,d,{AT},conversion:sale,,9,o5,,",
        f"m7,a,{AT},conversion:lead,,,o1,,",  # of another kind
        f",e,{AT},conversion:sale,,9,,,",  # without ids
        f",e,{AT},conversion:sale,,0,,,",
    ]
    with staged([written(tmp_path, "e.csv", rows)], tmp_path, "events") as found:
        expected = {"o1": 30, "o2": 20, "m3": 20, "m4": 5, "m5": 5, "m6": 9, "m7": 0}
        assert {one: value for one, value in left(found).items() if "-" not in one} == expected
        assert (found.counts.taken, found.counts.duplicates) == (9, 3)


@pytest.mark.parametrize("order", ["order_id", "event_id,order_id"])
def test_orders_that_are_decimals_throughout_are_whole_numbers(tmp_path: Path, order: str) -> None:
    own = "c{},{}.0" if "," in order else "{1}.0"
    sales = [
        f"a,{AT},conversion:sale,{value},{own.format(number, number)}"
        for number, value in ((1001, 50), (1002, 20))
    ]
    events, refunds = tmp_path / "e.csv", tmp_path / "r.csv"
    events.write_text("\n".join([f"customer_id,timestamp,kind,value,{order}", *sales]))
    refunds.write_text("order_id,amount\n1001,30\n")
    with staged([events, refunds], tmp_path, "events", "refunds") as found:
        assert sorted(left(found).values()) == [20.0, 20.0]
        assert not list(found.refund_notes())
        (note,) = (note for note in found.notes if "decimals" in note)
        assert note.startswith(f"{events}: 2 ids of orders, all of them decimals")


def test_a_refund_has_the_same_id_whether_its_order_is_a_decimal(tmp_path: Path) -> None:
    found = []
    for name, order in (("r.csv", "1001"), ("f.csv", "1001.0")):
        path = tmp_path / name
        path.write_text(f"order_id,amount\n{order},30\n")
        with staged([path], tmp_path, "refunds") as result:
            found.append(result.refunds())
    assert found[0] == found[1]
