"""Interactions of channels over events in memory: frames, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from attrigraph.attribution.incremental.interactions import Interaction
from attrigraph.domain import Conversion, Touchpoint
from attrigraph.errors import InputError, NeedsTimesError, StoreError
from attrigraph.intelligence import MarketingIntelligence
from attrigraph.services.interactions import Interactions

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
TOUCH = Touchpoint("t1", "ada", NOON, channel="tv")
ORDER = Conversion("c1", "ada", NOON + timedelta(days=1), value=30.0)
ASK = MarketingIntelligence().channel_interactions

PAIRS = (Interaction("tv", "email", 3.5), Interaction(None, "tv", -1.25))


def test_frames_have_a_row_for_each_pair_with_its_sign() -> None:
    found = Interactions(PAIRS, ("nothing",))
    rows = [
        {"first": "tv", "second": "email", "conversions": 3.5},
        {"first": None, "second": "tv", "conversions": -1.25},
    ]
    assert found.rows() == rows
    assert found.to_polars().rows(named=True) == rows
    frame = found.to_pandas()
    assert list(frame["conversions"]) == [3.5, -1.25]
    assert list(frame.columns) == ["first", "second", "conversions"]


def test_frames_of_a_single_channel_are_empty_and_keep_their_columns() -> None:
    found = Interactions((), ())
    assert found.to_polars().columns == list(found.to_pandas().columns)
    assert len(found.to_polars()) == len(found.to_pandas()) == 0


def test_what_cannot_be_asked_is_said() -> None:
    with pytest.raises(InputError, match=r"needs at least 20 conversions .* got 1"):
        ASK([TOUCH], [ORDER])
    with pytest.raises(InputError, match="touches and conversions, got 0 touches"):
        ASK([])
    with pytest.raises(InputError, match="conversions were given without touchpoints"):
        ASK(conversions=[ORDER])
    with pytest.raises(InputError, match="needs a time zone"):
        ASK([TOUCH], [ORDER], window=(NOON.replace(tzinfo=None), NOON))
    with pytest.raises(NeedsTimesError, match="needs the time of every touch"):
        ASK([Touchpoint("t1", "ada", None, channel="tv")], [Conversion("c1", "ada", None)])
    with pytest.raises(StoreError, match=r"MarketingIntelligence\.connect"):
        ASK()


def test_events_outside_the_window_do_not_count() -> None:
    with pytest.raises(InputError, match="got 1 touch and 0 conversions"):
        ASK([TOUCH], [ORDER], window=(NOON, NOON + timedelta(hours=1)))
