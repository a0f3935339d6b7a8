"""The figure that compares credit with the truth of a simulated world, as static SVG.

One row per channel: the truth as a bar, models as markers, intervals as lines through them. All
places are percentages of the width, so that the figure fits a phone without scaling its markers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from attrigraph.attribution.families import WELL_KNOWN
from attrigraph.report.figures import OTHERS_COLOUR, Marker, far_off, markers_of
from attrigraph.report.strips import Scale, Strip

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from attrigraph.domain import Credit, ModelCredits
    from attrigraph.worlds.truth import Truth

MAX_MARKERS: Final = 6
"""With more models that are not incremental, those that are not ``WELL_KNOWN`` share one."""

OTHERS: Final = "other models"

LINE: Final = 16
"""Pixels between the lines of a row: one per incremental model, and one for all others."""

_OTHER: Final = Marker("circle", OTHERS_COLOUR, hollow=True)


@dataclass(frozen=True, slots=True)
class Mark:
    """A model's credit of a channel.

    Attributes:
        place: in per cent from the left.
        y: pixels from the top of the row.
        marker: how it is drawn.
        ends: its interval, in per cent from the left; None without one.
        text: what it is, as a phrase.
    """

    place: float
    y: int
    marker: Marker
    ends: tuple[float, float] | None
    text: str


@dataclass(frozen=True, slots=True)
class TruthRow:
    """A channel: its truth and the marks of the models."""

    channel: str
    text: str
    bar: Strip
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class TruthFigure:
    """The figure.

    Attributes:
        rows: the channels, the largest truth first.
        height: of a row, pixels.
        ticks: numbers of the axis, with their places in per cent from the left.
        legend: names with their markers; the bar of the truth is not among them.
    """

    rows: tuple[TruthRow, ...]
    height: int
    ticks: tuple[tuple[float, str], ...]
    legend: tuple[tuple[str, Marker], ...]


def credit_and_truth(truth: Truth, models: Sequence[ModelCredits]) -> TruthFigure:
    """Lay out the figure; models that ``far_off`` returns are left out of it."""
    omitted = far_off(models)
    shown = [model for model in models if model.model not in omitted]
    scale = Scale.over([*truth.credit, *_numbers(shown)])
    markers, lines = _markers(shown), _lines(shown)
    order = sorted(range(len(truth.channels)), key=lambda i: -truth.credit[i])
    rows = tuple(
        TruthRow(
            channel=truth.channels[i],
            text=f"truth: {truth.credit[i]:,.1f}",
            bar=scale.strip(truth.credit[i]),
            marks=tuple(_marks(shown, truth.channels[i], scale, markers, lines)),
        )
        for i in order
    )
    return TruthFigure(
        rows=rows,
        height=LINE * (max(lines.values(), default=0) + 1),
        ticks=tuple((scale.place(number), f"{number:,g}") for number in scale.ticks()),
        legend=tuple(_legend(shown, markers)),
    )


def caption(models: Sequence[ModelCredits]) -> str:
    """Sentences that explain the figure's markers; empty without models."""
    incremental = [model for model in models if model.incremental]
    sentences = []
    if incremental:
        names = " and ".join(model.model for model in incremental)
        intervals = ", with 90\u2009% intervals" if any(map(_has_intervals, incremental)) else ""
        sentences.append(f"Diamonds show the credit by {names}{intervals}.")
    if any(credit.identified is False for model in incremental for credit in model.credits):
        sentences.append("Hollow diamonds are not identified: the data cannot show this credit.")
    if len(incremental) < len(models):
        sentences.append(
            "Other markers show models that are not incremental: they divide all conversions that "
            "follow a touch."
        )
    return " ".join(sentences)


def _numbers(models: Sequence[ModelCredits]) -> Iterator[float]:
    """All numbers that are drawn."""
    for model in models:
        for credit in model.credits:
            yield from (credit.conversions, *(_ends(model, credit) or ()))


def _ends(model: ModelCredits, credit: Credit) -> tuple[float, float] | None:
    """The interval that is drawn: there is none to decide by where credit is not identified."""
    if not model.incremental or credit.identified is False:
        return None
    return None if credit.low is None or credit.high is None else (credit.low, credit.high)


def _markers(models: Sequence[ModelCredits]) -> dict[str, Marker]:
    """The marker of each model; with many models most of the rules share one."""
    others = _with_shared_marker(models)
    return {
        model.model: _OTHER if model.model in others else marker
        for model, marker in zip(models, markers_of(models), strict=True)
    }


def _with_shared_marker(models: Sequence[ModelCredits]) -> set[str]:
    names = [model.model for model in models if not model.incremental]
    return set(names).difference(WELL_KNOWN) if len(names) > MAX_MARKERS else set()


def _lines(models: Sequence[ModelCredits]) -> dict[str, int]:
    """The line of each model in a row: one per incremental model, and below them one for others."""
    incremental = [model.model for model in models if model.incremental]
    return {
        model.model: incremental.index(model.model) if model.incremental else len(incremental)
        for model in models
    }


def _marks(
    models: Sequence[ModelCredits],
    channel: str,
    scale: Scale,
    markers: Mapping[str, Marker],
    lines: Mapping[str, int],
) -> Iterator[Mark]:
    """The marks of a channel; those with a marker of their own are drawn last, over the others."""
    for model in sorted(models, key=lambda model: markers[model.model] != _OTHER):
        for credit in model.credits:
            if credit.key == channel:
                yield _mark(model, credit, scale, markers[model.model], lines[model.model])


def _mark(model: ModelCredits, credit: Credit, scale: Scale, marker: Marker, line: int) -> Mark:
    ends = _ends(model, credit)
    interval = "" if ends is None else f" ({ends[0]:,.1f} to {ends[1]:,.1f})"
    is_open = credit.identified is False
    return Mark(
        place=scale.place(credit.conversions),
        y=LINE * line + LINE // 2,
        marker=replace(marker, hollow=True) if is_open else marker,
        ends=None if ends is None else (scale.place(ends[0]), scale.place(ends[1])),
        text=f"{model.model}: {credit.conversions:,.1f}"
        f"{', not identified' if is_open else interval}",
    )


def _legend(
    models: Sequence[ModelCredits], markers: Mapping[str, Marker]
) -> Iterator[tuple[str, Marker]]:
    own = [model for model in models if markers[model.model] != _OTHER]
    for model in sorted(own, key=lambda model: not model.incremental):
        yield model.model, markers[model.model]
    if len(own) < len(models):
        yield OTHERS, _OTHER


def _has_intervals(model: ModelCredits) -> bool:
    return any(credit.low is not None for credit in model.credits)
