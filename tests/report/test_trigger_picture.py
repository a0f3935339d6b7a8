"""The picture of triggered touches: one name per channel and side, one band per pair."""

from __future__ import annotations

from attrigraph.domain import TriggeredShare
from attrigraph.report.trigger_picture import (
    BANDS,
    LETTER,
    MAX_BAND,
    MAX_NAME,
    MIN_BAND,
    ROW,
    TOP,
    picture,
)

SHARES = (
    TriggeredShare("search", "video", 1.0, 0.9, 1.0),
    TriggeredShare("search", "radio", 0.5, 0.25, 0.75),
    TriggeredShare(None, "video", 0.0, 0.0, 0.1),
)


def test_each_channel_has_one_row_per_side_in_the_order_of_the_shares() -> None:
    drawn = picture(SHARES, {})
    assert [name.text for name in drawn.left] == ["video", "radio"]
    assert [name.text for name in drawn.right] == ["search", "(unknown)"]
    assert [name.y for name in drawn.left] == [TOP + ROW * 0.5, TOP + ROW * 1.5]
    assert drawn.height == TOP + 2 * ROW


def test_a_band_joins_the_two_channels_and_is_as_thick_as_its_share() -> None:
    drawn = picture(SHARES, {"video": "#0072B2"})
    heights = {name.text: name.y for name in (*drawn.left, *drawn.right)}
    ends = [("video", "search"), ("radio", "search"), ("video", "(unknown)")]
    assert [(b.start, b.end) for b in drawn.bands] == [
        (heights[by], heights[channel]) for by, channel in ends
    ]
    thick = [band.thickness for band in drawn.bands]
    assert thick == [MAX_BAND, (MAX_BAND + MIN_BAND) / 2, MIN_BAND]
    assert [band.colour for band in drawn.bands] == ["#0072B2", "#5F6871", "#0072B2"]
    assert drawn.bands[1].text == "radio triggered 50% of the touches of search (25% to 75%)"


def test_long_names_are_shortened_and_whole_in_the_sentence() -> None:
    long = "paid social of the northern regions"
    drawn = picture([TriggeredShare("search", long, 0.5, 0.0, 1.0)], {})
    assert len(drawn.left[0].text) == MAX_NAME
    assert long in drawn.bands[0].text


def test_the_picture_is_as_wide_as_its_longest_names() -> None:
    short = picture([TriggeredShare("tv", "ads", 0.5, 0.0, 1.0)], {})
    long = picture([TriggeredShare("tv", "a spot on radio", 0.5, 0.0, 1.0)], {})
    assert short.end - short.start == long.end - long.start == BANDS
    assert long.start == round(LETTER * len("a spot on radio")) > short.start
    assert long.width - long.end == short.width - short.end
