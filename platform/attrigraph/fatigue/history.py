"""What was shown and clicked, by unit and day: what all models of fatigue are computed from.

A unit is a creative in an audience, as people of one audience may be tired of what another has
never seen.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Genomes:
    """What creatives are made of.

    Attributes:
        kinds: kinds of elements: hook, promise, frame, cta.
        vectors: float32 ``[creatives, kinds, dimension]``, of length 1; 0 where a creative has no
            element of the kind, or the element has no vector.
    """

    kinds: tuple[str, ...]
    vectors: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class FatigueHistory:
    """Daily figures of units as dense arrays, and what units have in common.

    A day without a row is a gap, which is not a day of no impressions: ``observed`` marks which
    days have rows. Figures are 0 on other days.

    Attributes:
        first_day: datetime64[D] of the first column.
        creatives: ids ``[creatives]``.
        campaigns: ids ``[campaigns]``.
        audiences: ids ``[audiences]``.
        channels: names ``[channels]``.
        campaign: of each creative ``[creatives]``.
        creative: of each unit ``[units]``.
        audience: of each unit ``[units]``.
        channel: of each unit ``[units]``.
        observed: bool ``[units, days]``.
        impressions: ``[units, days]``, count.
        clicks: ``[units, days]``, count, at most the impressions.
        reach: ``[units, days]``, people; NaN where a row does not give it.
        cost: ``[units, days]``, currency; NaN where a row does not give it.
        genomes: elements of creatives.
        similar: pairs of creatives ``[2, pairs]``, each pair once.
        similarity: cosine of the hooks of each pair ``[pairs]``.
    """

    first_day: np.datetime64
    creatives: tuple[str, ...]
    campaigns: tuple[str, ...]
    audiences: tuple[str, ...]
    channels: tuple[str, ...]
    campaign: Integers
    creative: Integers
    audience: Integers
    channel: Integers
    observed: NDArray[np.bool_]
    impressions: Floats
    clicks: Floats
    reach: Floats
    cost: Floats
    genomes: Genomes
    similar: Integers
    similarity: Floats

    @property
    def units(self) -> int:
        """How many units there are."""
        return len(self.creative)

    @property
    def days(self) -> int:
        """How many days there are, from the first with a row to the last."""
        return int(self.observed.shape[1])

    @property
    def campaign_of_unit(self) -> Integers:
        """The campaign of each unit ``[units]``."""
        return self.campaign[self.creative]

    @property
    def first_day_number(self) -> int:
        """The first day as days since 1970."""
        return int(self.first_day.astype("datetime64[D]").astype(int))

    def date_of(self, day: int) -> date:
        """The date of a column."""
        return date.fromisoformat(str(self.first_day + day))

    def until(self, day: int) -> FatigueHistory:
        """The history up to and with a day, as it was known then."""
        kept = slice(0, day + 1)
        names = ("observed", "impressions", "clicks", "reach", "cost")
        return replace(self, **{name: getattr(self, name)[:, kept] for name in names})
