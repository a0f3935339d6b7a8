"""Checks of what lies before conversions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrigraph.domain.data_health import HealthLine
from attrigraph.quantities import counted

if TYPE_CHECKING:
    from attrigraph.attribution.observed.health.figures import HealthFigures

MANY_UNTOUCHED: Final = 0.2
SOME_SOON: Final = 0.2
MANY_SOON: Final = 0.5
MANY_REPEATED: Final = 0.1


def without_touch(figures: HealthFigures) -> HealthLine | None:
    """Conversions before which their customer has no touch, at any age."""
    if not figures.untouched_ends:
        return None
    share = figures.untouched_ends / figures.ends
    return HealthLine(
        "conversions_without_touch",
        "warning" if share >= MANY_UNTOUCHED else "note",
        figures.untouched_ends,
        share,
        f"{figures.untouched_ends:,} of {counted(figures.ends, 'conversion')} ({share:.1%})"
        " without an earlier touch of their customer",
        "they count as baseline; check that touches and conversions name customers by the same ids",
    )


def soon_after_touch(figures: HealthFigures) -> HealthLine | None:
    """Conversions in the visit that a touch began."""
    share = figures.soon_ends / max(figures.ends, 1)
    if share < SOME_SOON:
        return None
    return HealthLine(
        "conversions_soon_after_touch",
        "warning" if share >= MANY_SOON else "note",
        figures.soon_ends,
        share,
        f"{figures.soon_ends:,} of {counted(figures.ends, 'conversion')} ({share:.1%})"
        " within 30 minutes of a touch",
        "the touch may be only the way to the shop and not the cause; add impressions and sent"
        " messages",
    )


def at_the_time_of_a_touch(figures: HealthFigures) -> HealthLine | None:
    """Conversions with a touch that only the tie rule puts after them."""
    if not figures.tied_ends:
        return None
    return HealthLine(
        "conversions_at_time_of_touch",
        "warning",
        figures.tied_ends,
        figures.tied_ends / figures.ends,
        f"{figures.tied_ends:,} of {counted(figures.ends, 'conversion')} with a touch at the very"
        " same time, which counts as after the conversion",
        "map `position`, or times that are finer",
    )


def repeated(figures: HealthFigures) -> HealthLine | None:
    """Conversions that look like the one before them, as an order that two tools report."""
    share = figures.repeated_ends / max(figures.ends, 1)
    if share < MANY_REPEATED:
        return None
    return HealthLine(
        "repeated_conversions",
        "warning",
        figures.repeated_ends,
        share,
        f"{figures.repeated_ends:,} of {counted(figures.ends, 'conversion')} ({share:.1%})"
        " within 10 minutes of another of the same customer and value",
        "they may be one order twice, as two tools report it; credit one kind with"
        " --conversion-kinds, or leave the conversions of one tool out",
    )
