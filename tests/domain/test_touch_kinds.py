"""Kinds of touches: what happens to a customer is known to files, too."""

from __future__ import annotations

from attrigraph.domain.touch_kinds import EXPOSURES, TOUCH_KINDS


def test_every_exposure_is_a_kind_of_touches_and_no_kind_occurs_twice() -> None:
    assert set(EXPOSURES) < set(TOUCH_KINDS)
    assert {"impression", "send", "call", "letter"} <= set(EXPOSURES)
    assert {"touch", "click", "visit"}.isdisjoint(EXPOSURES)
    assert len(set(TOUCH_KINDS)) == len(TOUCH_KINDS)
