"""What tools state of an order besides its value: its currency, and whether its id is one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from attrigraph.errors import InputError
from attrigraph.staging import preset
from long_forms import cases

if TYPE_CHECKING:
    from tests.staging.conftest import Stage, Write

TIME = "2026-10-08 20:00:00.000000"
ACTION = "unstruct_event_com_snowplowanalytics_snowplow_ecommerce_snowplow_ecommerce_action_1"
TRANSACTION = "contexts_com_snowplowanalytics_snowplow_ecommerce_transaction_1"
SHOPIFY = "Name,Email,Created at,Currency,Total,Refunded Amount,Cancelled at\n"
SEGMENT = "id,anonymous_id,timestamp,event,order_id,revenue,currency\n"


def ga4(
    number: int, order: dict[str, Any], name: str = "purchase", **parameters: object
) -> dict[str, Any]:
    """An event of GA4's export."""
    known = {"ga_session_id": 1, **parameters}
    entries = [
        {"key": key, "value": {f"{'string' if isinstance(value, str) else 'double'}_value": value}}
        for key, value in known.items()
        if value is not None
    ]
    return {
        "event_timestamp": str(1_790_812_800_000_000 + number),
        "event_name": name,
        "event_params": entries,
        "user_pseudo_id": f"u{number}",
        "ecommerce": order,
    }


def order_of(tool: str, number: int, currency: str | None) -> dict[str, Any]:
    """One order of value 10 as a line of the tool's export."""
    sold = {"order_id": f"o{number}", "revenue": 10, "currency": currency}
    match tool:
        case "ga4-bigquery":
            revenue = {"purchase_revenue": 10, "purchase_revenue_in_usd": 11}
            return ga4(number, {"transaction_id": f"o{number}", **revenue}, currency=currency)
        case "mixpanel":
            known = {"time": 1_790_812_800, "distinct_id": f"u{number}", "$insert_id": f"i{number}"}
            return {"event": "Purchase", "properties": {**known, **sold}}
        case "amplitude":
            own = {"event_type": "purchase", "event_time": TIME, "device_id": f"d{number}"}
            return {**own, "uuid": f"i{number}", "event_properties": sold, "user_properties": {}}
        case "posthog":
            own = {"event": "purchase", "timestamp": f"{TIME}+00:00", "uuid": f"i{number}"}
            return {**own, "distinct_id": f"u{number}", "properties": sold}
        case "snowplow-atomic":
            entity = {"transaction_id": f"o{number}", "revenue": 10, "currency": currency}
            own = {"event": "unstruct", "event_id": f"e{number}", "collector_tstamp": TIME}
            old = {"tr_orderid": None, "tr_total": None, "domain_userid": f"u{number}"}
            return {**own, **old, ACTION: {"type": "transaction"}, TRANSACTION: [entity]}
    raise AssertionError(tool)


def lines(*rows: dict[str, Any]) -> str:
    return "".join(f"{json.dumps(row)}\n" for row in rows)


def csv_of(tool: str, *currencies: str) -> str:
    """Orders of value 10 as a table of the tool."""
    if tool == "shopify-orders":
        rows = [f"#{i},p{i}@x.org,{TIME[:19]} +0200,{c},10,0.00," for i, c in enumerate(currencies)]
        return SHOPIFY + "\n".join(rows) + "\n#0,p0@x.org,,,,,\n"  # a second line of an order
    rows = [f"i{i},a{i},{TIME},order_completed,o{i},10,{c}" for i, c in enumerate(currencies)]
    return SEGMENT + "\n".join(rows) + "\n"


@pytest.mark.parametrize(
    "tool", ["ga4-bigquery", "mixpanel", "amplitude", "posthog", "snowplow-atomic"]
)
def test_values_in_several_currencies_are_not_added_up(
    tool: str, staged: Stage, write: Write
) -> None:
    one = write("one.jsonl", lines(order_of(tool, 1, "EUR"), order_of(tool, 2, "eur")))
    result = staged(one, source=tool)
    assert result.currency == "EUR"
    assert result.events().conversions.value.tolist() == [10, 10]
    two = write("two.jsonl", lines(order_of(tool, 1, "EUR"), order_of(tool, 2, "USD")))
    with pytest.raises(InputError, match="amounts of events are in EUR and USD"):
        staged(two, source=tool)
    unstated = write("none.jsonl", lines(order_of(tool, 1, None)))
    assert staged(unstated, source=tool).currency is None


@pytest.mark.parametrize("tool", ["shopify-orders", "segment", "rudderstack"])
def test_tables_of_orders_state_their_currency(tool: str, staged: Stage, write: Write) -> None:
    assert staged(write("one.csv", csv_of(tool, "EUR", "EUR")), source=tool).currency == "EUR"
    with pytest.raises(InputError, match="amounts of events are in EUR and USD"):
        staged(write("two.csv", csv_of(tool, "EUR", "USD")), source=tool)


@cases(
    ("event", "value", "currency"),
    [
        (ga4(1, {"purchase_revenue_in_usd": 23}, value=20.0, currency="EUR"), 20, "EUR"),
        (ga4(1, {}, "generate_lead"), 23, "USD"),
        (ga4(1, {}, "in_app_purchase", value=20_000_000.0, currency="EUR"), 23, "USD"),
        (ga4(1, {}, "generate_lead", value=20.0, currency="EUR"), 20, "EUR"),
        (ga4(1, {}, "generate_lead", value=20.0), 20, None),
        (ga4(1, {"purchase_revenue_in_usd": 23}, currency="EUR"), 23, "USD"),
    ],
    short=3,
)
def test_amounts_of_ga4_are_those_of_the_event_before_those_in_usd(
    event: dict[str, Any], value: float, currency: str | None, staged: Stage, write: Write
) -> None:
    names = ["purchase", "generate_lead", "in_app_purchase"]
    rows = write("e.jsonl", lines({**event, "event_value_in_usd": 23}))
    result = staged(rows, source=preset("ga4-bigquery").with_conversions(names))
    assert result.events().conversions.value.tolist() == [value]
    assert result.currency == currency


@cases("word", ["(not set)", "", "undefined", "(none)", "null"], short=2)
@pytest.mark.parametrize("tool", ["ga4-bigquery", "mixpanel", "segment", "events"])
def test_orders_with_a_word_for_a_missing_id_are_not_one(
    tool: str, word: str, staged: Stage, write: Write
) -> None:
    match tool:
        case "ga4-bigquery" | "mixpanel":
            rows = [order_of(tool, i, "EUR") for i in range(3)]
            text = lines(*rows).replace('"o0"', f'"{word}"')
            text = text.replace('"o1"', f'"{word}"').replace('"o2"', f'"{word}"')
            files = write("e.jsonl", text)
        case "segment":
            text = csv_of(tool, "EUR", "EUR", "EUR")
            files = write("e.csv", text.replace("o0", word).replace("o1", word).replace("o2", word))
        case "events":
            head = "event_id,customer_id,timestamp,kind,value\n"
            rows_ = [f"{word},c{i},{TIME}Z,conversion,10\n" for i in range(3)]
            files = write("e.csv", head + "".join(rows_))
    result = staged(files, source=tool)
    assert result.counts.rejected == 0
    assert result.events().conversions.value.tolist() == [10, 10, 10]


def test_a_purchase_of_ga4_has_the_transaction_of_its_parameter(
    staged: Stage, write: Write
) -> None:
    order = {"transaction_id": "(not set)", "purchase_revenue": 10}
    rows = write("e.jsonl", lines(ga4(1, order, transaction_id="T1")))
    assert staged(rows, source="ga4-bigquery").events().conversions.id.tolist() == ["T1"]


def test_a_refund_of_an_unknown_order_is_rejected(staged: Stage, write: Write) -> None:
    rows = write("r.csv", "order_id,amount\n(not set),5\n")
    assert staged(rows, source="refunds").counts.rejected == 1


TRACKS = "id,anonymous_id,timestamp,event\n"


def track(number: int, event: str = "order_completed") -> str:
    """The row of `tracks` about an order of `csv_of`, or about another event."""
    return f"{event[-1]}{event[0]}{number},a{number},{TIME},{event}\n"


@pytest.mark.parametrize("tool", ["segment", "rudderstack"])
def test_events_with_a_table_of_their_own_count_once(
    tool: str, staged: Stage, write: Write
) -> None:
    orders = write("order_completed.csv", csv_of(tool, "EUR", "EUR"))
    signups = "".join(track(number, "signed_up") for number in range(3))
    tracks = write("tracks.csv", TRACKS + track(0) + track(1) + track(2) + signups)
    source = preset(tool).with_conversions(["order_completed", "signed_up"])
    result = staged(orders, tracks, source=source)
    assert (result.counts.conversions, result.counts.merged) == (2 + 1 + 3, 2)
    assert result.counts.rejected == 0
    values = result.events().conversions.value.tolist()
    assert sorted(values) == [0, 0, 0, 0, 10, 10]  # the third order has no row of its own


@pytest.mark.parametrize("tool", ["segment", "rudderstack"])
def test_an_event_of_all_events_with_the_order_id_does_not_take_its_value(
    tool: str, staged: Stage, write: Write
) -> None:
    head = "id,anonymous_id,timestamp,event,order_id"
    at = "2026-03-01 12:00:00,order_completed"
    tracks = write("tracks.csv", f"{head}\nm1,a,{at},o1\nm2,b,{at},o2\n")
    orders = write("order_completed.csv", f"{head},revenue\nm1,a,{at},o1,30\n")
    result = staged(tracks, orders, source=tool)
    conversions = result.events().conversions
    assert dict(zip(conversions.id, conversions.value, strict=True)) == {"o1": 30, "o2": 0}
    assert (result.counts.merged, result.counts.rejected) == (1, 0)


def test_of_one_conversion_with_and_without_a_value_the_value_counts(
    staged: Stage, write: Write
) -> None:
    lines = [f"e,a,2026-03-01T12:00:00Z,conversion,{value}\n" for value in ("", "30")]
    for order in (lines, lines[::-1]):
        path = write("e.csv", "event_id,customer_id,timestamp,kind,value\n" + "".join(order))
        result = staged(path, source="events")
        assert result.events().conversions.value.tolist() == [30.0]
        assert (result.counts.merged, result.counts.rejected) == (1, 0)


def test_rows_of_one_message_are_one_conversion_whoever_they_name(
    staged: Stage, write: Write
) -> None:
    head, at = "id,anonymous_id,user_id,timestamp,event", "2026-03-01 12:00:00,order_completed"
    tracks = write("tracks.csv", f"{head}\nm1,tv,,{at}\nm2,tv,,{at}\n")
    rows = f"m1,tv,ann,{at},o1,3\nm9,tv,bob,{at},o9,4\n"
    orders = write("order_completed.csv", f"{head},order_id,revenue\n{rows}")
    result = staged(tracks, orders, source="segment")
    conversions = result.events().conversions
    assert sorted(zip(conversions.id, conversions.value, strict=True)) == [
        ("m2", 0),
        ("o1", 3),
        ("o9", 4),
    ]
    assert result.messages() == {"o1": "m1", "o9": "m9"}


def test_a_note_names_files_without_values(staged: Stage, write: Write) -> None:
    tracks, orders = write("t.csv", TRACKS + track(0) + track(1)), write("o.csv", csv_of("", "EUR"))
    [note] = [each for each in staged(tracks, source="segment").notes if "value 0" in each]
    assert note.startswith(f"{tracks}: 2 conversions, all of value 0; ")
    assert not any("value 0" in note for note in staged(orders, source="segment").notes)


def test_orders_of_shopify_do_not_add_up_with_purchases_of_ga4(staged: Stage, write: Write) -> None:
    orders = write("orders.csv", csv_of("shopify-orders", "EUR"))
    purchases = write("ga4.jsonl", lines(order_of("ga4-bigquery", 0, "EUR")))
    result = staged(orders, purchases, source=preset("ga4-bigquery", "shopify-orders"))
    kinds = result.events().conversions.kind.values().tolist()
    assert sorted(kinds) == ["order", "purchase"]


@pytest.mark.parametrize(
    ("collected", "last_click", "campaign"),
    [
        ({"gclid": "x"}, {"google_ads_campaign": {"campaign_name": "Brand"}}, "Brand"),
        ({"gclid": "x"}, {"google_ads_campaign": {"campaign_id": "77"}}, "77"),
        (
            {"gclid": "x", "manual_campaign_name": "own"},
            {"google_ads_campaign": {"campaign_name": "Brand"}},
            "own",
        ),
        ({}, {"google_ads_campaign": {"campaign_name": "Brand"}}, None),  # a direct visit later
        (
            {"manual_source": "crm"},
            {"manual_campaign": {"source": "crm", "campaign_name": "news"}},
            "news",
        ),
        ({}, {"manual_campaign": {"source": "crm", "campaign_name": "news"}}, None),
    ],
)
def test_a_visit_of_ga4_has_the_campaign_of_its_own_click(
    collected: dict[str, Any],
    last_click: dict[str, Any],
    campaign: str | None,
    staged: Stage,
    write: Write,
) -> None:
    row = {**ga4(1, {}, "page_view"), "collected_traffic_source": collected}
    visits = write("e.jsonl", lines({**row, "session_traffic_source_last_click": last_click}))
    touches = staged(visits, source="ga4-bigquery").events().touches
    assert touches.campaign.values().tolist() == [campaign]
