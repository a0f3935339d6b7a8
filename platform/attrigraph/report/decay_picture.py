"""The decay curve of one creative as a small picture, with its interval of days as a band."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.fatigue.curve import DAYS_AHEAD, HORIZON, TIRED, days_remaining

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.fatigue.creatives import CreativeFatigue

    Floats = NDArray[np.float64]

WIDTH: Final = 320
HEIGHT: Final = 170
LEFT: Final = 36
RIGHT: Final = 312
TOP: Final = 8
BOTTOM: Final = 142
STEP: Final = 0.5
"""Days between the points that are drawn."""

MIN_DAYS: Final = 1e-6
"""Days, in the place of an interval that begins now."""


@dataclass(frozen=True, slots=True)
class DecayPicture:
    """A picture of ``WIDTH`` by ``HEIGHT`` pixels; paths are in the language of SVG.

    Attributes:
        creative: what is drawn.
        curve: path of R from now to ``HORIZON`` days.
        band: outline of the curves that reach ``TIRED`` at the ends of the interval of days; empty
            where there is no interval, or where the curve is at ``TIRED`` now or never reaches it.
        interval: ends of the interval of days; None where the data cannot tell.
        days: where the curve reaches ``TIRED``; None where it does not until ``HORIZON``.
        half: height of ``TIRED``.
        across: places and numbers of ticks of days.
        up: the same of R.
    """

    creative: CreativeFatigue
    curve: str
    band: str
    interval: tuple[float, float] | None
    days: float | None
    half: float
    across: tuple[tuple[float, str], ...]
    up: tuple[tuple[float, str], ...]


@dataclass(frozen=True, slots=True)
class Decay:
    """A decay curve that goes on beyond ``HORIZON`` as it falls last.

    Attributes:
        log_ratio: log R at ``DAYS_AHEAD``.
    """

    log_ratio: Floats

    @classmethod
    def of(cls, creative: CreativeFatigue) -> Decay:
        """That of a creative."""
        ratio = np.array([1 - creative.fatigue_score, *creative.decay_curve])
        return cls(np.log(np.maximum(ratio, np.finfo(float).tiny)))

    @property
    def slope(self) -> float:
        """Log R per day, of the last two points."""
        rise = np.diff(self.log_ratio)[-1] / np.diff(DAYS_AHEAD)[-1]
        return min(float(rise), 0.0)

    @property
    def tired_after(self) -> float:
        """Days until R is ``TIRED``; infinite where it never is."""
        above = float(self.log_ratio[-1] - np.log(TIRED))
        if above <= 0:
            return float(days_remaining(self.log_ratio[None], DAYS_AHEAD)[0])
        return HORIZON + above / -self.slope if self.slope else np.inf

    def at(self, days: Floats) -> Floats:
        """R on days ahead ``[n]``."""
        beyond = self.slope * np.maximum(days - HORIZON, 0)
        return np.asarray(np.exp(np.interp(days, DAYS_AHEAD, self.log_ratio) + beyond))


def decay_picture(creative: CreativeFatigue) -> DecayPicture:
    """The picture of a creative."""
    decay, days = Decay.of(creative), creative.days_remaining
    ahead = np.arange(0, HORIZON + STEP, STEP)
    ends = (_x(days.low), _x(days.high)) if creative.identified else None
    return DecayPicture(
        creative,
        curve=_path(ahead, decay.at(ahead)),
        band=_band(creative, decay) if creative.identified else "",
        interval=ends,
        days=None if days.capped else _x(days.value),
        half=_y(TIRED),
        across=tuple((_x(day), f"{day}") for day in (0, 10, 20, 30)),
        up=tuple((_y(ratio), f"{ratio:g}") for ratio in (0, TIRED, 1)),
    )


def _band(creative: CreativeFatigue, decay: Decay) -> str:
    middle, days = decay.tired_after, creative.days_remaining
    if not 0 < middle < np.inf or days.low >= days.high:
        return ""
    # an upper end of 30 days is one of 30 or more, so that it is at least that of the curve
    early, late = stretched(decay, days.low), stretched(decay, max(days.high, middle))
    return f"{_path(*late)} L {_path(early[0][::-1], early[1][::-1])[2:]} Z"


def stretched(decay: Decay, end: float) -> tuple[Floats, Floats]:
    """Days from now to ``HORIZON``, and R there if time ran so that it is ``TIRED`` at an end.

    Args:
        decay: a curve that is ``TIRED`` at some time.
        end: days.
    """
    end = max(end, MIN_DAYS)
    ahead = np.unique([*np.arange(0, HORIZON + STEP, STEP), min(end, HORIZON)])
    return ahead, decay.at(ahead * (decay.tired_after / end))


def _x(day: float) -> float:
    return round(LEFT + (RIGHT - LEFT) * day / HORIZON, 1)


def _y(ratio: float) -> float:
    return round(BOTTOM - (BOTTOM - TOP) * min(ratio, 1.0), 1)


def _path(days: Floats, ratio: Floats) -> str:
    points = zip(days.tolist(), ratio.tolist(), strict=True)
    return "M " + " L ".join(f"{_x(day)} {_y(one)}" for day, one in points)
