"""The curve of one campaign as a small picture: the old plan, the new one, and what is not sure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attrigraph.report.strips import Scale

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from attrigraph.planning.response_lines import Point, ResponseLine

WIDTH: Final = 320
HEIGHT: Final = 190
LEFT: Final = 46
RIGHT: Final = 312
TOP: Final = 10
BOTTOM: Final = 160


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a plan is on a curve, in pixels, with the ends of its interval; None without one."""

    x: float
    y: float
    ends: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class CurvePicture:
    """A picture of ``WIDTH`` by ``HEIGHT`` pixels; paths are in the language of SVG.

    Attributes:
        line: what is drawn.
        curve: path of the curve, as far as data show it.
        beyond: path of the part that is extrapolated; empty without one.
        envelope: path of the envelope that was planned with; empty where the curve is concave.
        band: outline of the 90 % interval; empty without draws.
        outside: left end and width of spends that the limits exclude.
        plan: the new plan.
        old: the plan before; None where it is not known.
        best: ends of the best spend over draws; None without draws.
        across: places and numbers of ticks of the spend.
        up: the same of the value.
    """

    line: ResponseLine
    curve: str
    beyond: str
    envelope: str
    band: str
    outside: tuple[tuple[float, float], ...]
    plan: Mark
    old: Mark | None
    best: tuple[float, float] | None
    across: tuple[tuple[float, str], ...]
    up: tuple[tuple[float, str], ...]


def curve_picture(line: ResponseLine) -> CurvePicture:
    """The picture of a curve."""
    axes = _Axes.over(line)
    has_band = any(point.high > point.low for point in line.points)
    upper = [(point.spend, point.high) for point in line.points]
    lower = [(point.spend, point.low) for point in reversed(line.points)]
    seen, beyond = _parts(line)
    across, up = axes.spend.ticks(4), axes.value.ticks(4)
    return CurvePicture(
        line=line,
        curve=axes.path(seen),
        beyond=axes.path(beyond) if len(beyond) > 1 else "",
        envelope=axes.path(line.envelope) if line.envelope else "",
        band=f"{axes.path([*upper, *lower])} Z" if has_band else "",
        outside=tuple(axes.outside(line)),
        plan=axes.mark(line.plan),
        old=None if line.old is None else axes.mark(line.old),
        best=None if line.best is None else (axes.x(line.best[0]), axes.x(line.best[1])),
        across=tuple(zip(map(axes.x, across), short(across), strict=True)),
        up=tuple(zip(map(axes.y, up), short(up), strict=True)),
    )


def _parts(line: ResponseLine) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """Spends and values that data show, and those beyond, which begin where the others end."""
    points = [(point.spend, point.value) for point in line.points]
    last = points[-1][0] if line.observed is None else line.observed
    seen = [point for point in points if point[0] <= last]
    return seen, points[max(len(seen) - 1, 0) :]


@dataclass(frozen=True, slots=True)
class _Axes:
    spend: Scale
    value: Scale

    @classmethod
    def over(cls, line: ResponseLine) -> _Axes:
        ends = [end for point in line.points for end in (point.low, point.value, point.high)]
        return cls(Scale.over([line.points[-1].spend]), Scale.over(ends))

    def x(self, spend: float) -> float:
        return round(LEFT + (RIGHT - LEFT) * self.spend.place(spend) / 100, 1)

    def y(self, value: float) -> float:
        return round(BOTTOM - (BOTTOM - TOP) * self.value.place(value) / 100, 1)

    def path(self, points: Iterable[tuple[float, float]]) -> str:
        return "M " + " L ".join(f"{self.x(spend)} {self.y(value)}" for spend, value in points)

    def mark(self, point: Point) -> Mark:
        has_ends = point.high > point.low
        ends = (self.y(point.low), self.y(point.high)) if has_ends else None
        return Mark(self.x(point.spend), self.y(point.value), ends)

    def outside(self, line: ResponseLine) -> Iterable[tuple[float, float]]:
        least, most = map(self.x, line.limits)
        for start, end in ((LEFT, least), (most, RIGHT)):
            if end > start:
                yield start, round(end - start, 1)


def short(ticks: Sequence[float]) -> list[str]:
    """Round numbers in little room: from ten thousand on in thousands (k), or in millions (M)."""
    most = max(map(abs, ticks), default=0.0)
    size, letter = (1e6, "M") if most >= 1e6 else (1e3, "k") if most >= 1e4 else (1.0, "")
    return [f"{tick / size:,.10g}{letter if tick else ''}" for tick in ticks]
