"""What rows can hold: the kinds of rows and, for each, the fields that columns are mapped to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Form = Literal["text", "number", "time", "date"]
"""What a field's text is read as; ids, names and kinds are text."""

Rows = Literal[
    "events",
    "paths",
    "criteo-touchpoints",
    "criteo-journeys",
    "customers",
    "campaigns",
    "creatives",
    "audiences",
    "creative-days",
    "experiments",
    "identities",
    "spend",
    "refunds",
    "order-lines",
    "claims",
]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a row.

    Attributes:
        meaning: what it holds, for people.
        necessary: whether a file without it is rejected as a whole.
        other_names: columns that are taken for it when none has the field's own name.
        form: what its text is read as.
    """

    meaning: str
    necessary: bool = False
    other_names: tuple[str, ...] = ()
    form: Form = "text"


FIELDS: Final[dict[Rows, dict[str, Field]]] = {
    "events": {
        "event_id": Field("id of the event, unique; derived from the row's content if absent"),
        "customer_id": Field("the customer of the event", necessary=True),
        "user_id": Field("id of the person, where it is known, as after a login"),
        "account_id": Field("id of the company that the customer belongs to"),
        "timestamp": Field(
            "time: ISO 8601 with a zone, or see --zone, --time-unit", necessary=True, form="time"
        ),
        "kind": Field("what happened; `conversion` or `conversion:NAME` converts", necessary=True),
        "channel": Field("the channel's name; falls back to the UTM fields"),
        "campaign": Field("the campaign's id; falls back to utm_campaign"),
        "creative": Field("the creative's id; falls back to utm_content, see below"),
        "audience": Field("id of the audience that the touch reached; its campaign targets it"),
        "cost": Field("cost of the touch, currency, >= 0", form="number"),
        "value": Field("value of the conversion, currency, >= 0; absent is 0", form="number"),
        "utm_source": Field("where the click came from"),
        "utm_medium": Field("by what means"),
        "utm_campaign": Field("used where the campaign is missing"),
        "utm_content": Field("used where the creative is missing"),
        "utm_term": Field("the words searched for"),
        "utm_id": Field("id of the campaign in UTM fields; used by channel rules alone"),
        "page": Field(
            "URL of the page; its UTM parameters count where the fields are missing",
            other_names=("page_location", "page_url"),
        ),
        "referrer": Field(
            "host or URL of the page before; the source where nothing else names one",
            other_names=("page_referrer",),
        ),
        "click_id": Field("name of a click id, such as `gclid`; found in the page's URL, too"),
        "ad_network": Field("network of the ad, as of Google Ads; used by channel rules alone"),
        "session": Field("id of the session; visits of one session can be one touch"),
        "position": Field(
            "whole number, the order among events of equal time; absent is 0", form="number"
        ),
        "converted": Field("0 or 1, checked against the kind"),
        "order_id": Field(
            "of `refund` and `cancellation`, the order_id or event_id of the conversion; of a "
            "conversion, its order, by which refunds find it, and its id where it has no event_id"
        ),
        "message_id": Field(
            "of a conversion with another id, that of the message that a tool made it of, under "
            "which another table of the tool may have it"
        ),
        "currency": Field(
            "code of the currency of cost, value and refunded; absent is that of the answer"
        ),
        "refunded": Field(
            "of a conversion, all that was refunded of it so far, currency, >= 0", form="number"
        ),
        "cancelled": Field("0 or 1: whether the conversion was cancelled, which is none then"),
    },
    "paths": {
        "path": Field(
            "channels in their order; empty for journeys without a touch", necessary=True
        ),
        "total_conversions": Field(
            "journeys of this path that converted", necessary=True, form="number"
        ),
        "total_conversion_value": Field(
            "the value of those conversions together; absent is 0", form="number"
        ),
        "total_null": Field(
            "journeys of this path that did not convert; absent is 0", form="number"
        ),
    },
    "criteo-touchpoints": {
        "journey_id": Field("the journey it belongs to", necessary=True),
        "position": Field("its place in the journey, from 0", necessary=True, form="number"),
        "campaign": Field("the campaign's id", necessary=True),
        "timestamp_s": Field("seconds since --start", necessary=True),
        "channel": Field("the channel of the touch; a constant of the preset: `display`"),
    },
    "criteo-journeys": {
        "journey_id": Field("the journey, unique", necessary=True),
        "user_id": Field("the customer of the journey", necessary=True),
        "converted": Field("0 or 1", necessary=True),
        "touches": Field("how many touchpoints the journey has", necessary=True, form="number"),
    },
    "identities": {
        "anonymous_id": Field("id of a device or browser, or an older id", necessary=True),
        "user_id": Field("the id that it belongs to", necessary=True),
        "valid_from": Field("time from which on it does; absent is always", form="time"),
    },
    "refunds": {
        "refund_id": Field(
            "the refund, unique; derived from the row's content if absent", other_names=("id",)
        ),
        "order_id": Field("the conversion, by its order_id or event_id", necessary=True),
        "amount": Field(
            "what was paid back, currency of the order, >= 0; absent is all", form="number"
        ),
        "currency": Field("code of the currency of the amount; absent is that of the answer"),
        "timestamp": Field("when; decides the exchange rate, and no credit", form="time"),
        "cancelled": Field("0 or 1: whether the order was cancelled, which is no conversion then"),
    },
    "order-lines": {
        "line_id": Field("the line, unique in its order; derived from the row's content if absent"),
        "order_id": Field("the order, by order_id or event_id of the conversion", necessary=True),
        "product": Field("id of the product", necessary=True, other_names=("product_id",)),
        "product_name": Field("its name"),
        "quantity": Field("how many, >= 0; may be a fraction", form="number"),
        "value": Field(
            "value of all of the quantity, currency of the order, >= 0",
            necessary=True,
            form="number",
        ),
        "currency": Field(
            "code of the currency of the value; absent is that of the order's other lines, else of "
            "the answer"
        ),
        "timestamp": Field("when it was ordered; decides the exchange rate", form="time"),
    },
    "customers": {
        "customer_id": Field("the customer; further columns are attributes", necessary=True),
        "account_id": Field("id of the company that the customer belongs to"),
    },
    "campaigns": {
        "id": Field("the campaign, unique", necessary=True, other_names=("campaign_id",)),
        "name": Field("its name"),
        "objective": Field("what it is for"),
        "start_date": Field("first day, YYYY-MM-DD", form="date"),
        "end_date": Field("last day, YYYY-MM-DD", form="date"),
        "budget": Field("currency, >= 0", form="number"),
        "channel": Field("a channel it runs on; several rows may name several"),
        "audience": Field("an audience it targets; several rows may name several"),
        "account_id": Field("its one advertising account"),
    },
    "creatives": {
        "id": Field("the creative, unique", necessary=True, other_names=("creative_id",)),
        "name": Field("its name"),
        "format": Field("video, image, ..."),
        "text": Field("its words"),
        "campaign": Field("id of its one campaign", other_names=("campaign_id",)),
        "hook": Field("element: how it gains attention"),
        "promise": Field("element: what it offers"),
        "frame": Field("element: how it presents the matter"),
        "cta": Field("element: the call to action"),
        "ad_set_id": Field("its one ad set, a part of its campaign"),
    },
    "audiences": {
        "id": Field("the audience, unique", necessary=True, other_names=("audience_id",)),
        "name": Field("its name"),
        "parent": Field("id of the audience it lies within"),
    },
    "creative-days": {
        "creative_id": Field("the creative", necessary=True),
        "audience_id": Field("the audience", necessary=True),
        "date": Field("the day, YYYY-MM-DD", necessary=True, form="date"),
        "impressions": Field("whole number", form="number"),
        "reach": Field("people, whole number", form="number"),
        "clicks": Field("whole number, at most the impressions", form="number"),
        "conversions": Field("count, may be a fraction", form="number"),
        "cost": Field("currency, >= 0", form="number"),
        "currency": Field("code of the currency of the cost; absent is that of the answer"),
        "channel": Field("the channel it ran on"),
        "ad_set_id": Field("the ad set or ad group it ran in"),
        "campaign_id": Field("its campaign; used where the creative is part of none"),
    },
    "spend": {
        "date": Field("the day, YYYY-MM-DD", form="date"),
        "start": Field("or the first day of several, with `end`", form="date"),
        "end": Field("last day, inclusive", form="date"),
        "platform": Field("who charged it, such as google"),
        "channel": Field("the channel it was spent on"),
        "campaign_id": Field("id of the campaign it was spent on"),
        "campaign": Field("name of the campaign; used where no id is known among the touches"),
        "creative_id": Field("id of the creative it was spent on"),
        "cost": Field("what was charged, >= 0", necessary=True, form="number"),
        "currency": Field("code of its currency, such as EUR; absent is that of the answer"),
        "impressions": Field("count", form="number"),
        "clicks": Field("count", form="number"),
        "claimed_conversions": Field(
            "conversions that the platform claims for it, >= 0; they become claims", form="number"
        ),
        "claimed_value": Field("their value, in the same currency", form="number"),
        "ad_id": Field("id of the ad that the row is of; a part of its campaign"),
        "ad": Field("its name; used where it has no id"),
        "ad_set_id": Field("id of the ad set or ad group of the ad"),
        "ad_set": Field("its name; used where it has no id"),
        "audience_id": Field("the audience that the ad was shown to; absent is its ad set"),
        "reach": Field("people who saw the ad, whole number", form="number"),
    },
    "claims": {
        "date": Field("the day, YYYY-MM-DD", other_names=("day",), form="date"),
        "start": Field("or the first day of several, with `end`", form="date"),
        "end": Field("last day, inclusive", form="date"),
        "platform": Field("who claims, such as google", necessary=True),
        "channel": Field("the channel that it claims them for"),
        "campaign_id": Field("id of the campaign that it claims them for"),
        "campaign": Field("name of the campaign; used where no id is known among the touches"),
        "creative_id": Field("id of the creative that it claims them for"),
        "conversions": Field("claimed conversions, >= 0", necessary=True, form="number"),
        "value": Field("their value", form="number"),
        "currency": Field("code of its currency, such as EUR; absent is that of the answer"),
    },
    "experiments": {
        "id": Field(
            "the experiment, unique; from target and dates if absent", other_names=("experiment",)
        ),
        "kind": Field("holdout, geo, switchback or platform; absent is holdout"),
        "channel": Field("the channel that was tested"),
        "campaign": Field("or id of the campaign that was tested", other_names=("campaign_id",)),
        "lift": Field("conversions it caused from start to end", necessary=True, form="number"),
        "standard_error": Field("of the lift, > 0", necessary=True, form="number"),
        "start": Field("first day, YYYY-MM-DD", necessary=True, form="date"),
        "end": Field("last day, inclusive, YYYY-MM-DD", necessary=True, form="date"),
        "spend": Field("spend on it from start to end, >= 0", form="number"),
        "currency": Field("code of the currency of the spend, such as EUR"),
        "population": Field("customers in the experiment, all groups together", form="number"),
        "source": Field("who measured it, or where it is described"),
    },
}
"""Fields by kind of row, in the order in which docs list them."""


def property_field(name: str) -> str:
    """The name of a property of events among fields, none of which has such a name."""
    return f"property {name}"
