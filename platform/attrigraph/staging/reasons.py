"""Why a row is rejected: the name of each reason and its explanation."""

from __future__ import annotations

from typing import Final

from attrigraph.staging.columns import PART

REASONS: Final[dict[str, str]] = {
    "not-utf8": (
        "the line is not text in UTF-8 or the encoding that is stated; state that of the file, as "
        "--encoding cp1252 does for exports of Windows"
    ),
    "nul-byte": "the row holds a NUL character, which text must not",
    "bad-quotes": "text follows a closing quote; a quote within a quoted field is written twice",
    "unclosed-quote": "a quoted field is opened and not closed within a million characters",
    "too-long": "the line is longer than a million characters",
    "ragged": "the row has more or fewer fields than the header",
    "bad-json": "the line is not one JSON object",
    "not-json": "a field that an expression reads as JSON holds other text",
    "nested": "a field holds a list or an object where one value was expected",
    "missing-id": "the row names no customer, user, journey, creative, campaign or audience",
    "long-name": "an id or name is longer than 4,000 bytes, more than the graph can index",
    "missing-order": "a refund or line names no order, by order_id or event_id of its conversion",
    "missing-product": "the line of an order names no product",
    "missing-value": "the line of an order has no value, by which credit is split over products",
    "missing-kind": "the row has no kind of event",
    "unknown-kind": "the kind of event is unknown; list further kinds of touches in a mapping",
    "flag-mismatch": "the flag for conversions is not 0 or 1, or contradicts the kind of the event",
    "bad-flag": "a field that should be 0 or 1 is neither",
    "missing-time": "the row has no time",
    "bad-time": "the time is neither an ISO 8601 time or date nor a number in the unit",
    "naive-time": "the time has no zone and none is stated; give --zone with an IANA name",
    "gap-time": "the local time was skipped by a change of the clocks in that zone",
    "fold-time": "the local time occurred twice at a change of the clocks in that zone",
    "unitless-time": "the time is a bare number and its unit is not stated; give --time-unit",
    "bad-number": "a field that should be a number such as 1234.5 is not one, as 1234,5 is not",
    "not-finite": "a number is NaN or infinite",
    "negative": "a cost, value, budget or count is negative",
    "bad-count": "a count is missing or is not a whole number",
    "clicks-above-impressions": "a creative has more clicks than impressions on a day",
    "value-on-touch": "a touch has a value, which only a conversion can have",
    "refund-on-touch": "a touch is refunded or cancelled, which only a conversion can be",
    "cost-on-conversion": "a conversion has a cost, which only a touch can have",
    "value-without-conversion": "a path has a value and no conversion",
    "empty-channel": "a path holds an empty channel name between two separators",
    "bad-date": "a date is not written as YYYY-MM-DD",
    "two-dates": "a row of spend or claims has a date, and a start or end on another day",
    "reversed-dates": "the end date lies before the start date",
    "no-target": "a row of spend or claims names no channel, campaign or creative",
    "no-platform": "a claim does not name its platform",
    "bad-currency": "a currency is not a code of three letters such as EUR",
    "long-range": "the days of spend or claims are more than 3,660",
    "overlapping-days": "another row of spend or claims on the same campaign has some of its days",
    "bad-target": "an experiment names both a channel and a campaign, or neither",
    "unknown-experiment": "the kind of experiment is not holdout, geo, switchback or platform",
    "bad-standard-error": "the standard error of an experiment is missing or not above 0",
    "other-content": "its id occurs with other content, and the other row was taken",
    "other-campaign": "its creative or ad set is part of another campaign",
    "other-ad-set": "the creative is part of another ad set",
    "other-account": "the campaign is part of another advertising account",
    "no-campaign": "the creative has an ad set and no campaign",
    "circle": "the audience lies within itself, by its parent or the parents of that",
    "orphan": "its journey does not occur among the journeys that were taken",
    "other-touches": "the journey states another number of touches than the touchpoints hold",
    "no-touches": "the journey converted and has no touch that could give the time",
    "bad-type": "a value is not of the type that the mapping declares for its column",
}
"""Names of reasons, as in rejected rows and docs/loading.md, each with its explanation."""


def describe_reason(reason: str) -> str:
    """The name, its explanation and what the row has there, as a reject file has them.

    Args:
        reason: a name, or a name, a column and the text in it with ``PART`` between them.
    """
    name, *details = reason.split(PART, 2)
    described = f"{name}: {REASONS[name]}"
    if not details:
        return described
    column, text = details
    return f"{described} ({column}: {text!r})" if text else f"{described} ({column} is empty)"
