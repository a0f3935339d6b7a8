"""The picture of triggered touches: channels that trigger on the left, triggered ones on the right.

The page draws it as static SVG (``triggers.svg.j2``): a band per pair of channels, as thick as the
share of touches that the left channel triggered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attrigraph.domain import UNKNOWN
from attrigraph.report.figures import without_middle

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from attrigraph.domain import TriggeredShare

WIDTH: Final = 560
ROW: Final = 34
TOP: Final = 30
LEFT: Final = 200
RIGHT: Final = 360
"""Pixels: of the picture, of a row, above the first one, and to both ends of the bands."""

MIN_BAND: Final = 1.5
MAX_BAND: Final = 22.0
"""Thickness of a band of share 0 and of share 1, in pixels."""


@dataclass(frozen=True, slots=True)
class Name:
    """A channel's name in the picture.

    Attributes:
        text: the name, shortened.
        y: its height in pixels from the top.
    """

    text: str
    y: float


@dataclass(frozen=True, slots=True)
class Band:
    """A pair of channels in the picture.

    Attributes:
        start: height of its left end, pixels from the top.
        end: height of its right end.
        thickness: in pixels.
        colour: of the triggering channel.
        text: what it means, as a sentence.
    """

    start: float
    end: float
    thickness: float
    colour: str
    text: str


@dataclass(frozen=True, slots=True)
class Picture:
    """The picture, in pixels.

    Attributes:
        height: of the whole.
        left: channels that trigger.
        right: channels whose touches are triggered.
        bands: one per pair.
    """

    height: int
    left: tuple[Name, ...]
    right: tuple[Name, ...]
    bands: tuple[Band, ...]


def picture(shares: Sequence[TriggeredShare], colour: Mapping[str | None, str]) -> Picture:
    """Lay out the picture; channels are in the order of ``shares``.

    Args:
        shares: at least one.
        colour: of each channel; others are grey.
    """
    left, right = _heights(one.by for one in shares), _heights(one.channel for one in shares)
    return Picture(
        height=TOP + ROW * max(len(left), len(right)),
        left=tuple(Name(without_middle(_text(key)), y) for key, y in left.items()),
        right=tuple(Name(without_middle(_text(key)), y) for key, y in right.items()),
        bands=tuple(
            Band(
                start=left[one.by],
                end=right[one.channel],
                thickness=MIN_BAND + (MAX_BAND - MIN_BAND) * min(max(one.share, 0.0), 1.0),
                colour=colour.get(one.by, "#9AA0A6"),
                text=f"{_text(one.by)} triggered {one.share:.0%} of the touches of "
                f"{_text(one.channel)} ({one.low:.0%} to {one.high:.0%})",
            )
            for one in shares
        ),
    )


def _heights(keys: Iterable[str | None]) -> dict[str | None, float]:
    return {key: TOP + ROW * (row + 0.5) for row, key in enumerate(dict.fromkeys(keys))}


def _text(key: str | None) -> str:
    return UNKNOWN if key is None else key
