"""The picture of triggered touches: channels that trigger on the left, triggered ones on the right.

The page draws it as static SVG (``triggers.svg.j2``): a band per pair of channels, as thick as the
share of touches that the left channel triggered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attrigraph.domain import UNKNOWN
from attrigraph.report.figures import OTHERS_COLOUR, without_middle

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from attrigraph.domain import TriggeredShare

ROW: Final = 34
TOP: Final = 30
BANDS: Final = 110
"""Pixels: of a row, above the first one, and between both ends of the bands."""

LETTER: Final = 7.6
"""Pixels of a letter, on average; the picture is as wide as its names, to be legible on a phone."""

MAX_NAME: Final = 18
"""Letters of a name: the picture fits beside the table of money, and on a phone."""

HEADS: Final = ("touches of", "trigger touches of")
"""What is above the names on both sides."""

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
        width: of the whole.
        height: of the whole.
        start: where the bands begin, from the left.
        end: where they end.
        left: channels that trigger.
        right: channels whose touches are triggered.
        bands: one per pair.
    """

    width: int
    height: int
    start: int
    end: int
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
    names = [_names(side) for side in (left, right)]
    start, beyond = (_width(head, side) for head, side in zip(HEADS, names, strict=True))
    return Picture(
        width=start + BANDS + beyond,
        height=TOP + ROW * max(len(left), len(right)),
        start=start,
        end=start + BANDS,
        left=names[0],
        right=names[1],
        bands=tuple(
            Band(
                start=left[one.by],
                end=right[one.channel],
                thickness=MIN_BAND + (MAX_BAND - MIN_BAND) * min(max(one.share, 0.0), 1.0),
                colour=colour.get(one.by, OTHERS_COLOUR),
                text=f"{_text(one.by)} triggered {one.share:.0%} of the touches of "
                f"{_text(one.channel)} ({one.low:.0%} to {one.high:.0%})",
            )
            for one in shares
        ),
    )


def _names(heights: Mapping[str | None, float]) -> tuple[Name, ...]:
    return tuple(Name(without_middle(_text(key), MAX_NAME), y) for key, y in heights.items())


def _width(head: str, names: Iterable[Name]) -> int:
    return round(LETTER * max(len(head), *(len(name.text) for name in names)))


def _heights(keys: Iterable[str | None]) -> dict[str | None, float]:
    return {key: TOP + ROW * (row + 0.5) for row, key in enumerate(dict.fromkeys(keys))}


def _text(key: str | None) -> str:
    return UNKNOWN if key is None else key
