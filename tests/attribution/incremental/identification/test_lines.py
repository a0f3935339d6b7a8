"""Reasons of campaigns and creatives by those of the channels that they run in."""

from __future__ import annotations

import numpy as np

from attrigraph.attribution.incremental.identification.lines import with_reasons
from attrigraph.domain import Categorical, Credit

SEARCH, DIRECT, DISPLAY = 0, 1, 2
REASONS: tuple[tuple[str, ...], ...] = (
    (),
    ("not-marketing",),
    ("collinear", "no-overlap"),
)


def reasons_of(*channels: int) -> tuple[bool | None, tuple[str, ...]]:
    """Whether a campaign is identified, and why not, that has one touch in each channel."""
    campaign = Categorical(("spring",), np.zeros(len(channels), np.int32))
    (line,) = with_reasons(
        [Credit("spring", 1.0, 1.0)],
        REASONS,
        np.array(channels),
        campaign,
        np.arange(len(channels)),
    )
    return line.identified, line.reasons


def test_a_campaign_has_the_reasons_of_its_channels_each_once() -> None:
    assert reasons_of(SEARCH) == (True, ())
    assert reasons_of(SEARCH, DISPLAY, DISPLAY) == (False, ("collinear", "no-overlap"))


def test_a_channel_without_credit_does_not_open_that_of_another_one() -> None:
    assert reasons_of(SEARCH, DIRECT) == (True, ())
    assert reasons_of(DIRECT, DISPLAY) == (False, ("collinear", "no-overlap"))


def test_a_campaign_of_such_channels_alone_is_no_marketing() -> None:
    assert reasons_of(DIRECT, DIRECT) == (False, ("not-marketing",))
