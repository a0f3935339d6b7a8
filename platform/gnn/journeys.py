"""Journeys as columns: the touches of all journeys concatenated, with the offset of each journey.

Times are days before the journey's end: the conversion, or the last time at which the customer was
known not to have converted. The offsets of a journey without touches are equal.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

UNKNOWN = -1
"""Code of an unknown channel, campaign or creative."""

KINDS = ("channel", "campaign", "creative")


@dataclass(frozen=True)
class Vocabulary:
    """Numbers of channels, campaigns and creatives; a model has one embedding for each."""

    channels: int
    campaigns: int = 0
    creatives: int = 0

    def __post_init__(self) -> None:
        if min(self.sizes) < 0:
            raise ValueError(f"vocabulary sizes must be at least 0, got {self.sizes}")

    @property
    def sizes(self) -> tuple[int, int, int]:
        """Channels, campaigns, creatives."""
        return self.channels, self.campaigns, self.creatives


@dataclass(frozen=True, eq=False)
class JourneyColumns:
    """Many journeys as arrays.

    Attributes:
        offsets: int64 ``[journeys + 1]``; touches of journey j are in
            ``offsets[j]:offsets[j + 1]``, the oldest first.
        days: float64 ``[touches]``, days before the journey's end, at least 0.
        channel: int64 ``[touches]``, code of the channel, or ``UNKNOWN``.
        campaign: int64 ``[touches]``, likewise.
        creative: int64 ``[touches]``, likewise.
        covariates: float64 ``[journeys, p]``, attributes known before any touch; p may be 0.
        converted: bool ``[journeys]``.
        user: int64 ``[journeys]``, the user of each journey.
        weight: float64 ``[journeys]``, the number of journeys that each represents, above 0.
    """

    offsets: NDArray[np.int64]
    days: NDArray[np.float64]
    channel: NDArray[np.int64]
    campaign: NDArray[np.int64]
    creative: NDArray[np.int64]
    covariates: NDArray[np.float64]
    converted: NDArray[np.bool_]
    user: NDArray[np.int64]
    weight: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.converted)

    @property
    def touches(self) -> NDArray[np.int64]:
        """Number of touches of each journey."""
        return np.diff(self.offsets)

    @property
    def journey(self) -> NDArray[np.int64]:
        """The journey of each touch."""
        return np.repeat(np.arange(len(self)), self.touches)

    @property
    def conversions(self) -> float:
        """Weighted number of conversions."""
        return float(self.weight[self.converted].sum())

    def touches_of(self, rows: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
        """Return the indices of the touches of the given journeys, concatenated."""
        size = self.touches[rows]
        begin = np.cumsum(size) - size
        return np.asarray(np.arange(size.sum()) + np.repeat(self.offsets[rows] - begin, size))

    def select(self, rows: NDArray[np.integer[Any]]) -> "JourneyColumns":
        """Return the journeys of the given rows, in that order; rows may repeat."""
        rows = np.asarray(rows, np.int64)
        touch = self.touches_of(rows)
        return JourneyColumns(
            np.concatenate([[0], np.cumsum(self.touches[rows])]),
            self.days[touch],
            self.channel[touch],
            self.campaign[touch],
            self.creative[touch],
            self.covariates[rows],
            self.converted[rows],
            self.user[rows],
            self.weight[rows],
        )

    def with_touches(self, mask: NDArray[np.bool_]) -> "JourneyColumns":
        """Return all journeys as if only some of their touches had happened.

        Args:
            mask: bool ``[touches]``, true for the touches that happened.
        """
        if mask.shape != self.days.shape or mask.dtype != np.bool_:
            raise ValueError(
                f"mask must be bool of shape {self.days.shape}, got {mask.dtype} {mask.shape}"
            )
        kept = np.concatenate([[0], np.cumsum(mask)])
        return replace(
            self,
            offsets=kept[self.offsets],
            days=self.days[mask],
            channel=self.channel[mask],
            campaign=self.campaign[mask],
            creative=self.creative[mask],
        )


def journey_columns(
    offsets: NDArray[Any],
    days: NDArray[Any],
    channel: NDArray[Any],
    converted: NDArray[Any],
    *,
    campaign: NDArray[Any] | None = None,
    creative: NDArray[Any] | None = None,
    covariates: NDArray[Any] | None = None,
    user: NDArray[Any] | None = None,
    weight: NDArray[Any] | None = None,
) -> JourneyColumns:
    """Validate arrays and return them as columns; see :class:`JourneyColumns`.

    Args:
        offsets: offsets of the journeys.
        days: days before the end, descending within a journey.
        channel: codes of the channels.
        converted: whether each journey converted.
        campaign: codes; all unknown if None.
        creative: codes; all unknown if None.
        covariates: no covariates if None.
        user: one user per journey if None.
        weight: all 1 if None.

    Raises:
        ValueError: shapes do not match, a time is negative, not finite or out of order,
            a code is below ``UNKNOWN``, or a weight is not above 0.
    """
    journeys, touches = len(converted), len(days)
    unknown = np.full(touches, UNKNOWN)
    columns = JourneyColumns(
        offsets=_shaped("offsets", offsets, (journeys + 1,)).astype(np.int64),
        days=_shaped("days", days, (touches,)).astype(np.float64),
        channel=_codes("channel", channel, touches),
        campaign=_codes("campaign", unknown if campaign is None else campaign, touches),
        creative=_codes("creative", unknown if creative is None else creative, touches),
        covariates=_covariates(covariates, journeys),
        converted=_shaped("converted", converted, (journeys,)).astype(np.bool_),
        user=_shaped("user", np.arange(journeys) if user is None else user, (journeys,)).astype(
            np.int64
        ),
        weight=_shaped(
            "weight", np.ones(journeys) if weight is None else weight, (journeys,)
        ).astype(np.float64),
    )
    _check_offsets(columns.offsets, touches)
    _check_days(columns)
    if not (np.isfinite(columns.weight) & (columns.weight > 0)).all():
        raise ValueError(f"weights must be finite and above 0, got {columns.weight.min()}")
    return columns


def _shaped(name: str, array: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    array = np.asarray(array)
    if array.shape != shape:
        raise ValueError(f"{name} must have shape {shape}, got {array.shape}")
    return array


def _codes(name: str, codes: NDArray[Any], touches: int) -> NDArray[np.int64]:
    codes = _shaped(name, codes, (touches,))
    if touches and not np.issubdtype(codes.dtype, np.integer):
        raise ValueError(f"{name} must hold whole numbers, got {codes.dtype}")
    if touches and codes.min() < UNKNOWN:
        raise ValueError(f"{name} codes must be at least {UNKNOWN}, got {codes.min()}")
    return codes.astype(np.int64)


def _covariates(covariates: NDArray[Any] | None, journeys: int) -> NDArray[np.float64]:
    if covariates is None:
        return np.zeros((journeys, 0))
    matrix = np.asarray(covariates, np.float64)
    if matrix.ndim != 2 or len(matrix) != journeys:
        raise ValueError(f"covariates must have shape ({journeys}, p), got {matrix.shape}")
    if not np.isfinite(matrix).all():
        raise ValueError(
            "covariates must be finite; impute missing values and add an indicator column"
        )
    return matrix


def _check_offsets(offsets: NDArray[np.int64], touches: int) -> None:
    if offsets[0] != 0 or offsets[-1] != touches or (np.diff(offsets) < 0).any():
        raise ValueError(
            f"offsets must rise from 0 to the number of touches, {touches}, got {offsets[0]} to"
            f" {offsets[-1]}"
        )


def _check_days(columns: JourneyColumns) -> None:
    wrong = ~np.isfinite(columns.days) | (columns.days < 0)
    if wrong.any():
        raise ValueError(
            "days must be finite days before the journey's end, at least 0, got"
            f" {columns.days[wrong][0]}"
        )
    journey = columns.journey
    rising = (np.diff(columns.days) > 0) & (journey[1:] == journey[:-1])
    if rising.any():
        raise ValueError(
            f"touches of a journey must be ordered oldest first, got rising days in journey"
            f" {journey[1:][rising][0]}"
        )
