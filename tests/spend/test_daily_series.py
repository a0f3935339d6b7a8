"""Daily spend and value: rows of spend by campaign, conversions by their day in a zone."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pytest

from attrigraph.domain import Categorical, SpendDays, epoch_ms
from attrigraph.domain.local_days import days_of
from attrigraph.errors import InputError
from attrigraph.spend.accounts import Spend
from attrigraph.spend.daily_series import daily_series

ROWS = (
    ("2024-03-01", "social", "s1", None, 10.0),
    ("2024-03-01", "social", None, None, 1.0),
    ("2024-03-02", "social", "s1", None, 20.0),
    ("2024-03-02", "search", None, "Brand", 5.0),
    ("2024-03-04", "search", None, "Brand", 7.0),
    ("2024-03-04", "social", "s1", None, 4.0),
    ("2024-03-09", "social", "s1", None, 100.0),
)


def spend(rows: tuple[tuple[str, str | None, str | None, str | None, float], ...] = ROWS) -> Spend:
    n = len(rows)
    columns = list(zip(*rows, strict=True))
    empty, unknown = Categorical.encode([None] * n), np.full(n, np.nan)
    days = SpendDays(
        date=np.array(columns[0], dtype="datetime64[D]"),
        zone=empty,
        platform=empty,
        channel=Categorical.encode(columns[1]),
        campaign=Categorical.encode(columns[2]),
        campaign_name=Categorical.encode(columns[3]),
        creative=empty,
        cost=np.array(columns[4]),
        currency=Categorical.encode(["EUR"] * n),
        impressions=unknown,
        clicks=unknown,
    )
    return Spend(days)


def conversions(*times: str, value: float = 50.0) -> tuple[np.ndarray, np.ndarray]:
    """Times of conversions in UTC, and their values: one, two, ... times a value."""
    stamps = [epoch_ms(datetime.fromisoformat(time).replace(tzinfo=UTC)) for time in times]
    return np.array(stamps), value * np.arange(1, len(times) + 1, dtype=np.float64)


BOUGHT = conversions("2024-03-02T08:00", "2024-03-02T23:30", "2024-03-05T10:00", "2024-02-20T10:00")


def test_spend_is_by_campaign_and_value_by_day() -> None:
    found = daily_series(*BOUGHT, spend(), "campaign")
    assert found.keys == ("Brand", "s1", "social")
    assert found.channels == ("search", "social", "social")
    assert found.start == date(2024, 3, 1)
    # from the first spend to the last conversion
    assert found.spend.tolist() == [[0, 5, 0, 7, 0], [10, 20, 0, 4, 0], [1, 0, 0, 0, 0]]
    assert found.value.tolist() == [0, 150, 0, 0, 150]
    assert found.currency == "EUR"
    assert found.notes == (
        "1 daily row of spend outside of the days of conversions, not counted",
        "1 conversion outside of the days of spend, not counted",
    )


def test_by_channel_campaigns_add_up() -> None:
    found = daily_series(*BOUGHT, spend(), "channel")
    assert found.keys == found.channels == ("search", "social")
    assert found.spend.tolist() == [[0, 5, 0, 7, 0], [11, 20, 0, 4, 0]]


def test_days_of_conversions_are_those_of_the_zone() -> None:
    found = daily_series(*BOUGHT, spend(), "channel", zone="Europe/Berlin")
    assert found.value.tolist() == [0, 50, 100, 0, 150]
    # clocks went forward on 2024-03-31 in Berlin, whose days begin at 22:00 UTC from then on
    times = conversions("2024-03-30T22:30", "2024-03-31T22:30", "2024-03-31T21:30")[0]
    assert days_of(times, "Europe/Berlin").astype(str).tolist() == [
        "2024-03-30", "2024-04-01", "2024-03-31",
    ]  # fmt: skip


def test_what_lacks_is_named() -> None:
    with pytest.raises(InputError, match="needs spend by day"):
        daily_series(*BOUGHT, Spend(), "channel")
    with pytest.raises(InputError, match="no conversion has one"):
        daily_series(*conversions("2024-03-02T08:00", value=0.0), spend(), "channel")
    with pytest.raises(
        InputError, match="spend is of 2024-03-01 to 2024-03-09, conversions are of"
    ):
        daily_series(*conversions("2025-03-02T08:00"), spend(), "channel")
