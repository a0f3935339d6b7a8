"""The named fatigue worlds, each with one reason why fatigue is hard to see."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from attrigraph.worlds.fatigue.spec import FatigueSpec

SPILL: Final = FatigueSpec(
    "fatigue-spill", "Creatives wear out by exposure to them and to similar ones."
)

FATIGUE_WORLDS: Final[dict[str, FatigueSpec]] = {
    world.name: world
    for world in (
        SPILL,
        replace(
            SPILL,
            name="fatigue-power",
            purpose="The decay is a power of exposure, as platforms publish it.",
            wear="power",
        ),
        replace(
            SPILL,
            name="fatigue-pauses",
            purpose="Creatives pause for a week and recover.",
            forgetting=0.9,
            median_frequency=0.16,
            pauses=True,
        ),
        replace(
            SPILL,
            name="fatigue-no-spill",
            purpose="Only a creative's own exposure counts, so that a graph has nothing to add.",
            spill=0.0,
            median_frequency=0.25,
        ),
        replace(
            SPILL,
            name="fatigue-season",
            purpose="All rates rise and fall in common.",
            season=0.25,
        ),
        replace(
            SPILL,
            name="fatigue-calendar",
            purpose="Another form: creatives wear out by age, however often they are seen.",
            calendar=0.03,
        ),
        replace(
            SPILL,
            name="fatigue-competitor",
            purpose="Another form: competitors halve the rates of a channel at once.",
            shocks=(40, 62, 80),
        ),
        replace(
            SPILL,
            name="fatigue-wear-in",
            purpose="Another form: people need two weeks to learn what a creative is about.",
            wear_in=0.7,
            wear_in_days=12.0,
        ),
    )
}
"""Fatigue worlds by name; those of another form are never used to choose a method."""

OTHER_FORMS: Final = ("fatigue-calendar", "fatigue-competitor", "fatigue-wear-in")
