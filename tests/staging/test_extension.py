"""Mappings that extend presets: keys replace keys, all else is that of the preset."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from attrigraph.errors import InputError
from attrigraph.staging import PRESETS, preset, read_mapping

if TYPE_CHECKING:
    from tests.staging.conftest import Stage, Write

SHOP = """
[[tables]]
extends = "segment"
rows = "events"
zone = "Europe/Berlin"

[tables.columns]
customer_id = "anonymousId"

[tables.expressions]
value = "number(optional(amount_paid))"
campaign = "optional(my_campaign)"

[tables.values.channel]
"paid social" = "social ads"
"""


def tables(text: str, write: Write) -> list[dict[str, Any]]:
    found = read_mapping(write("m.toml", text)).tables
    return [table.model_dump(exclude={"name"}) for table in found]


@pytest.mark.parametrize("name", PRESETS)
def test_a_mapping_that_changes_nothing_is_the_preset(name: str, write: Write) -> None:
    plain = [table.model_dump(exclude={"name"}) for table in preset(name).tables]
    assert tables(f'extends = "{name}"\n', write) == plain
    assert tables(f'[[tables]]\nextends = "{name}"\n', write) == plain


def test_keys_replace_keys_in_the_tables_that_have_them(write: Write) -> None:
    plain_pages, plain_orders, _ = (
        table.model_dump(exclude={"name"}) for table in preset("segment").tables
    )
    pages, orders = tables(SHOP, write)
    changed = {"columns", "expressions", "values", "zone"}
    for found, plain in ((pages, plain_pages), (orders, plain_orders)):
        assert {k: v for k, v in found.items() if k not in changed} == {
            k: v for k, v in plain.items() if k not in changed
        }
        assert found["zone"] == "Europe/Berlin"
        assert found["columns"] == {"customer_id": "anonymousId"}
        assert found["values"] == {"channel": {"paid social": "social ads"}}
    new = {"campaign": "optional(my_campaign)"}
    left = {k: v for k, v in plain_pages["expressions"].items() if k != "customer_id"}
    assert pages["expressions"] == left | new
    left = {k: v for k, v in plain_orders["expressions"].items() if k != "customer_id"}
    assert orders["expressions"] == left | new | {"value": "number(optional(amount_paid))"}


def test_values_of_the_file_are_replaced_one_by_one(write: Write) -> None:
    text = 'extends = "google-ads"\n[[tables]]\nnumbers = "1.234,56"\n'
    text += '[tables.values.channel]\nSearch = "sea"\nVideo = "video ads"\n'
    found = tables(text, write)
    assert {table["numbers"] for table in found} == {"1234.56", "1.234,56"}
    assert found[0]["values"]["channel"] == {
        "Search": "sea",
        "Shopping": "paid shopping",
        "Performance Max": "cross-network",
        "Video": "video ads",
    }


def test_an_extended_preset_and_an_own_table_read_files_together(
    staged: Stage, write: Write
) -> None:
    own = '[[tables]]\nrows = "customers"\nfiles = "people.csv"\n'
    source = read_mapping(write("m.toml", SHOP + own))
    order = write(
        "orders.csv",
        "id,anonymousId,timestamp,event,order_id,amount_paid,revenue\n"
        "1,a,2026-03-01 12:00:00,order_completed,o1,7,9\n",
    )
    people = write("people.csv", "customer_id,city\na,Rome\n")
    events = staged(order, people, source=source).events()
    assert events.conversions.value.tolist() == [7.0]
    assert events.conversions.time.tolist() == [1772362800000]  # noon in Berlin


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('extends = "segmnt"\n', "in line 1 at extends: there is no preset 'segmnt'; did you mean"),
        ('[[tables]]\nextends = "segment"\nrows = "spend"\n',
         "in line 3 at tables.0.rows: the preset segment has rows of events, identities"),
        ('[[tables]]\nextends = [3]\n',
         "in line 2 at tables.0.extends: it must be the name of one preset, got [3]"),
        (SHOP.replace("amount_paid)", "amount_paid"), "in line 11 at tables.0.expressions.value: "),
        (SHOP + '[tables.constants]\nnote = "x"\n',
         "in line 17 at tables.0.constants"),
        (SHOP.replace("zone =", "zon ="), "in line 5 at tables.0.zon: there is no such setting"),
        (SHOP + '[[tables]]\nrows = "orders"\n', "in line 17 at tables.1.rows: "),
        ('extends = "segment"\ntables = 3\n', "at tables: "),
        ('extends = "events"\n[[tables]]\ncolumns = 3\n', "in line 3 at tables.0.columns: "),
    ],
)  # fmt: skip
def test_mistakes_are_listed_with_their_places_in_the_file(
    text: str, message: str, write: Write
) -> None:
    with pytest.raises(InputError) as caught:
        read_mapping(write("m.toml", text))
    assert message in str(caught.value)


def test_all_mistakes_are_listed_once(write: Write) -> None:
    text = SHOP.replace("zone =", "zon =") + '[[tables]]\nextends = "x"\n'
    with pytest.raises(InputError) as caught:
        read_mapping(write("m.toml", text))
    assert str(caught.value).count(" at tables.") == 2
