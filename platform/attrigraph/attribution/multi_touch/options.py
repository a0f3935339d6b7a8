"""Options of the models, and their checks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from attrigraph.domain.channel_names import DIRECT_CHANNELS, NOT_MARKETING
from attrigraph.errors import InputError

if TYPE_CHECKING:
    from attrigraph.domain import SegmentSizes

DEFAULT_DRAWS: Final = 200
MIN_DRAWS: Final = 20


@dataclass(frozen=True, slots=True)
class ModelOptions:
    """Options of the models.

    Attributes:
        half_life_days: time-decay: half-life in days.
        direct_channels: last-non-direct: channels treated as direct traffic, as
            ``are_named`` compares them.
        position_weights: position-custom: weights of the first touch, of all between, and of the
            last; only their proportions count.
        seed: of whatever is sampled.
        permutations: budget of whatever is sampled: the maximum number of permutations.
        draws: of the bootstrap over customers that 90 % intervals come from; 0 for no intervals.
        purchase_window: causal models: which touches just before a conversion are part of the
            purchase and get no credit: ``auto`` (the customer's own acts in the last hour and the
            same session, and exposures with an excess there), ``1h`` (all kinds) or ``none``.
        not_marketing: causal models: channels that are never credited, as ``are_named``
            compares them.
        population: causal models: number of people who could have been touched; by segment where
            there is a customers table. None if it is not known.
        lookback_days: causal models: age in days beyond which a touch has no effect; None for no
            limit. That of journeys is in ``JourneyOptions``.
    """

    half_life_days: float = 7.0
    direct_channels: tuple[str, ...] = DIRECT_CHANNELS
    position_weights: tuple[float, float, float] | None = None
    seed: int = 0
    permutations: int = 2000
    draws: int = DEFAULT_DRAWS
    purchase_window: Literal["auto", "1h", "none"] = "auto"
    not_marketing: tuple[str, ...] = NOT_MARKETING
    population: int | SegmentSizes | None = None
    lookback_days: float | None = None

    def __post_init__(self) -> None:
        if not (math.isfinite(self.half_life_days) and self.half_life_days > 0):
            message = f"half_life_days must be a positive number, got {self.half_life_days}"
            raise InputError(message)
        days = self.lookback_days
        if days is not None and not (math.isfinite(days) and days > 0):
            message = f"lookback_days must be a positive number of days or None, got {days}"
            raise InputError(message)
        weights = self.position_weights
        if weights is not None and not (
            len(weights) == 3
            and all(math.isfinite(weight) and weight >= 0 for weight in weights)
            and sum(weights) > 0
        ):
            message = (
                "position_weights must be three numbers of at least 0, not all 0: for the first "
                f"touch, those between and the last; got {weights}"
            )
            raise InputError(message)
        if self.permutations < 4:
            message = f"permutations must be at least 4, got {self.permutations}"
            raise InputError(message)
        if self.draws != 0 and self.draws < MIN_DRAWS:
            message = (
                f"draws must be 0 for no intervals, or at least {MIN_DRAWS}: fewer do not "
                f"determine the ends of a 90 % interval; got {self.draws}"
            )
            raise InputError(message)
        if self.purchase_window not in ("auto", "1h", "none"):
            message = f"purchase_window must be auto, 1h or none, got {self.purchase_window!r}"
            raise InputError(message)
        if self.seed < 0:
            message = f"seed must not be negative, got {self.seed}"
            raise InputError(message)
