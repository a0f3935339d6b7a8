"""Erasure of one person: nothing is left, no load brings them back, and others stay as they are."""

from __future__ import annotations

import csv
import json
import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from attrigraph.errors import InputError
from attrigraph.services.attribute_graph import attribute_graph
from attrigraph.services.attribution_options import AttributionOptions
from attrigraph.services.customers import find_customer, held_about
from attrigraph.services.erasure import forget_customer
from attrigraph.services.load import LoadOptions, load
from attrigraph.settings import DATABASE
from attrigraph.staging import StagingOptions, preset
from attrigraph.staging.pseudonyms import pseudonym
from attrigraph.store.job_runs import begin_run, finish_run
from emptied_graph import empty_graph

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from attrigraph.services.load import LoadReport
    from attrigraph.stores import Stores

    Snapshot = Callable[[], set[tuple[Any, ...]]]
    Row = dict[str, str]

KEY = b"a key of at least thirty-two bytes!"
STAGING = StagingOptions(customer_key=KEY)
FIELDS = {
    "events": ("event_id", "customer_id", "user_id", "timestamp", "kind", "channel", "value",
               "account_id"),
    "identities": ("anonymous_id", "user_id", "valid_from"),
    "customers": ("customer_id", "age"),
    "refunds": ("refund_id", "order_id", "amount"),
    "order-lines": ("order_id", "product", "value"),
}  # fmt: skip
USERS = 6


@pytest.fixture
def keyed(graph: Stores) -> Stores:
    return replace(graph, customer_key=KEY)


def instant(draw: random.Random, first: int = 1, last: int = 28) -> str:
    return f"2026-03-{draw.randrange(first, last):02}T{draw.randrange(24):02}:00:00Z"


def person(number: int) -> dict[str, list[Row]]:
    """Rows of one person: a login, a device, one that was somebody's before, and a shared one."""
    draw = random.Random(number)
    user, phone, tablet = f"user-{number:04}", f"phone-{number:04}", f"tablet-{number:04}"
    shared = f"kiosk-{number // 2:04}"
    ids = [(user, ""), (phone, ""), (tablet, ""), (phone, user), (shared, user)]
    events, refunds = [], []
    for row in range(14):
        id_, login = (user, "") if row == 3 else draw.choice(ids)
        converts = row % 5 == 4
        events.append(
            {
                "event_id": f"event-{number}-{row}",
                "customer_id": id_,
                "user_id": login,
                # before, the tablet was somebody else's
                "timestamp": instant(draw, 15 if id_ == tablet else 1),
                "kind": "conversion" if converts else "click",
                "channel": "" if converts else draw.choice(["search", "mail", "tv"]),
                "value": str(draw.randrange(10, 100)) if converts else "",
                "account_id": f"company-{number}" if row == 3 else "",
            }
        )
    refunds.append({"refund_id": f"r{number}", "order_id": f"event-{number}-4", "amount": "5"})
    lines = [
        {"order_id": f"event-{number}-{row}", "product": product, "value": "3"}
        for row, product in ((4, "everybody's"), (4, f"own-{number}"), (9, "everybody's"))
    ]
    links = [
        {"anonymous_id": phone, "user_id": user, "valid_from": ""},
        {"anonymous_id": tablet, "user_id": user, "valid_from": "2026-03-14T00:00:00Z"},
        {"anonymous_id": shared, "user_id": user, "valid_from": ""},
    ]
    customers = [{"customer_id": user, "age": str(20 + number)}]
    return {
        "events": events,
        "identities": links,
        "customers": customers,
        "refunds": refunds,
        "order-lines": lines,
    }


def files_of(folder: Path, numbers: Sequence[int]) -> list[Path]:
    """Files of some people; others use the shared devices without a login."""
    folder.mkdir()
    rows: dict[str, list[Row]] = {form: [] for form in FIELDS}
    for number in numbers:
        for form, own in person(number).items():
            rows[form] += own
    for form, fields in FIELDS.items():
        with (folder / f"{form}.csv").open("w", newline="", encoding="utf-8") as file:
            table = csv.DictWriter(file, fields)
            table.writeheader()
            table.writerows(rows[form])
    return [folder / f"{form}.csv" for form in FIELDS]


def loaded(stores: Stores, files: Sequence[Path]) -> LoadReport:
    options = LoadOptions(staging=STAGING, mode="online")
    return load(files, preset(*FIELDS), options, stores)


def without_tombstones(snapshot: set[tuple[Any, ...]]) -> set[tuple[Any, ...]]:
    return {one for one in snapshot if one[0] != "Tombstone"}


def held_texts(stores: Stores) -> str:
    """Everything that both stores hold, as one text."""
    records, _, _ = stores.driver.execute_query(
        "MATCH (n) OPTIONAL MATCH (n)-[r]->() RETURN properties(n) AS node, properties(r) AS link",
        database_=DATABASE,
    )
    found = [str([record.data() for record in records])]
    with stores.engine.connect() as connection:
        tables = connection.execute(
            text("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        ).scalars()
        for table in tables.all():
            rows = connection.execute(text(f'SELECT to_jsonb(t)::text FROM "{table}" AS t'))
            found += rows.scalars()
    return "\n".join(found)


@pytest.mark.parametrize("known_by", ["user-0001", "phone-0001", "tablet-0001"])
def test_the_graph_is_as_if_the_person_had_never_been(
    keyed: Stores, snapshot: Snapshot, tmp_path: Path, known_by: str
) -> None:
    everybody = files_of(tmp_path / "all", range(USERS))
    loaded(keyed, files_of(tmp_path / "others", [n for n in range(USERS) if n != 1]))
    expected = snapshot()
    empty_graph(keyed)
    loaded(keyed, everybody)
    assert snapshot() != expected
    receipt = forget_customer(keyed, known_by)
    assert receipt.graph.customers >= 1
    assert receipt.graph.touches + receipt.graph.conversions > 0
    assert (receipt.graph.accounts, receipt.graph.refunds) == (1, 1)
    assert (receipt.graph.orders, receipt.graph.products) == (2, 1)
    assert without_tombstones(snapshot()) == expected
    again = loaded(keyed, everybody)
    assert without_tombstones(snapshot()) == expected
    assert again.rows.ignored >= 14
    assert again.rows.rejected == 0


def test_no_store_and_no_file_of_the_home_names_an_erased_person(
    keyed: Stores, tmp_path: Path
) -> None:
    loaded(keyed, files_of(tmp_path / "all", range(USERS)))
    ids = ["user-0002", "phone-0002"]
    names = [*ids, *(pseudonym(KEY, id_) for id_ in ids)]
    run = uuid4()
    begin_run(keyed.engine, run, job="test", parameters={"of": names[2]}, code_version="1")
    finish_run(keyed.engine, run, input_fingerprint="-", summary={"said": f"of '{names[0]}'"})
    rejects = keyed.home / "rejects"
    rejects.mkdir(parents=True, exist_ok=True)
    (rejects / "a.csv").write_text(f"file,line,reason\na,1,'{names[0]}'\na,2,'user-0099'\n")
    (keyed.home / "journey.html").write_text(f"<p>{names[2]}</p>")
    (keyed.home / "other.html").write_text("<p>user-0003</p>")
    before = held_texts(keyed)
    assert any(name in before for name in names)
    receipt = forget_customer(keyed, "user-0002")
    assert receipt.job_runs == 1
    assert receipt.files == {
        str(keyed.home / "journey.html"): "deleted",
        str(rejects / "a.csv"): "lines removed",
    }
    assert (rejects / "a.csv").read_text() == "file,line,reason\na,2,'user-0099'\n"
    assert (keyed.home / "other.html").exists()
    after = held_texts(keyed)
    assert [name for name in names if name in after] == []
    assert [name for name in names if name in json.dumps(receipt.to_json())] == []
    for file in keyed.home.rglob("*"):
        if file.is_file() and "data" not in file.parts and "postgres" not in file.parts:
            content = file.read_bytes()
            assert [name for name in names if name.encode() in content] == [], file


def test_totals_of_the_next_run_are_those_without_the_person_and_old_runs_are_marked(
    keyed: Stores, tmp_path: Path
) -> None:
    options = AttributionOptions(models=("linear",))

    def totals() -> dict[str, float]:
        found = attribute_graph(keyed, options).models["linear"]
        return {str(one.key): one.conversions for one in found.credits}

    loaded(keyed, files_of(tmp_path / "others", [n for n in range(USERS) if n != 3]))
    expected = totals()
    empty_graph(keyed)
    loaded(keyed, files_of(tmp_path / "all", range(USERS)))
    assert totals() != expected
    receipt = forget_customer(keyed, "user-0003")
    assert receipt.graph.runs == 1
    assert receipt.graph.credits > 0
    records, _, _ = keyed.driver.execute_query(
        "MATCH (run:Run {job: 'attribute'}) RETURN run.erasedCustomers", database_=DATABASE
    )
    assert [record.value() for record in records] == [receipt.graph.customers]
    assert totals() == pytest.approx(expected)


def test_everything_about_a_person_is_exported(keyed: Stores, tmp_path: Path) -> None:
    loaded(keyed, files_of(tmp_path / "all", range(USERS)))
    held = held_about(keyed, "phone-0004")
    own = [row for row in person(4)["events"] if not row["customer_id"].startswith("kiosk")]
    events = {*(one["id"] for one in held["touches"]), *(one["id"] for one in held["conversions"])}
    assert {row["event_id"] for row in own} <= events
    assert [one["age"] for one in held["customers"] if "age" in one] == [24]
    assert [one["accounts"] for one in held["customers"] if one["accounts"]] == [
        [pseudonym(KEY, "company-4")]
    ]
    refunds = [refund["amount"] for one in held["conversions"] for refund in one["refunds"]]
    assert refunds == [5.0]
    lines = [line["product"] for one in held["conversions"] for line in one["lines"]]
    assert sorted(lines) == ["everybody's", "everybody's", "own-4"]
    json.dumps(held, allow_nan=False)


def test_what_is_not_there_is_not_forgotten(keyed: Stores, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the graph has no customers; load events"):
        forget_customer(keyed, "user-0001")
    loaded(keyed, files_of(tmp_path / "all", range(2)))
    with pytest.raises(InputError, match="holds nothing about a customer 'nobody'"):
        forget_customer(keyed, "nobody")
    with pytest.raises(InputError, match="must not be blank"):
        forget_customer(keyed, " ")
    with pytest.raises(InputError, match="made with another key"):
        find_customer(
            replace(keyed, customer_key=b"another key of thirty-two bytes!!"), "user-0001"
        )
    assert not find_customer(keyed, "nobody").is_held
    forget_customer(keyed, "user-0001")
    again = forget_customer(keyed, "user-0001")
    assert (again.graph.customers, again.graph.touches) == (0, 0)
