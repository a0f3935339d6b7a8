"""Options that not every model reads, and what is said of those that have no effect.

A model declares what it reads of them (``Model.reads``). Every other option, such as the window,
holds for all models.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

from attrigraph.attribution.multi_touch.options import ModelOptions
from attrigraph.domain.channel_names import plain_channels

if TYPE_CHECKING:
    from collections.abc import Mapping, Set

    from attrigraph.attribution.data import EventData
    from attrigraph.attribution.observed.journeys import JourneyOptions

WHOLE_HISTORIES: Final = "is a rule of journeys, and this model reads whole histories"


@dataclass(frozen=True, slots=True)
class Option:
    """An option that some models do not read.

    Attributes:
        flag: as the command line writes it.
        meant_for: which models people expect to read it: ``all``, the ``causal`` ones, or only
            those that its description ``names``. One of them that does not read it gets a note.
        unread: what the note says, after the flag.
    """

    flag: str
    meant_for: Literal["all", "causal", "names"]
    unread: str = "has no effect on this model"

    def is_expected(self, *, causal: bool) -> bool:
        """Whether people expect a model to read it."""
        return self.meant_for == "all" or (self.meant_for == "causal" and causal)


OPTIONS: Final[Mapping[str, Option]] = MappingProxyType(
    {
        "reuse_touches": Option("--reuse-touches", "all", WHOLE_HISTORIES),
        "repeats": Option("--collapse-repeats", "all", WHOLE_HISTORIES),
        "steps": Option("--steps", "all", WHOLE_HISTORIES),
        "half_life_days": Option("--half-life", "names"),
        "direct_channels": Option("--direct", "names"),
        "position_weights": Option("--position-weights", "names"),
        "purchase_window": Option("--purchase-window", "causal"),
        "not_marketing": Option("--not-marketing", "causal"),
        "population": Option("--population", "causal"),
        "experiments": Option(
            "--experiments", "causal", "calibrates credit, and that of this model is not calibrated"
        ),
    }
)
"""These options by the names of their fields."""

RULES_OF_JOURNEYS: Final = frozenset({"reuse_touches", "repeats", "steps"})
"""Those that change which touches a journey has, or how its path is counted."""


def given_options(journeys: JourneyOptions, models: ModelOptions) -> frozenset[str]:
    """Names of the options that are not as by default; experiments are in the data instead."""
    given = {
        name
        for options in (journeys, models)
        for name in OPTIONS
        if getattr(options, name, None) != getattr(type(options)(), name, None)
    }
    dropped = plain_channels(journeys.dropped_channels)
    if dropped:  # they are the direct channels, which every model reads, and never marketing
        given.discard("direct_channels")
        usual = plain_channels(ModelOptions().not_marketing)
        if plain_channels(models.not_marketing) == dropped | usual:
            given.discard("not_marketing")
    return frozenset(given)


def given_in(data: EventData) -> frozenset[str]:
    """Names of the options in the data that are not as by default."""
    given = given_options(data.journey_options, data.model_options)
    return given | {"experiments"} if data.experiments else given


def unread_notes(reads: Set[str], given: Set[str], *, causal: bool) -> tuple[str, ...]:
    """What a model's answer says of options that it is expected to read and does not."""
    return tuple(
        f"{option.flag} {option.unread}"
        for name, option in OPTIONS.items()
        if name in given and name not in reads and option.is_expected(causal=causal)
    )
