"""Response curves of a fitted model: value by multiples of the observed touches, with draws.

A curve is a level times a shape: the level is the credited value, calibrated by experiments
(``curve_levels``), the shape that of the channel (``curve_shapes``). A campaign has the shape of
the channel on which most of its touches are. At the observed touches all curves together are worth
what was credited.

Pairs of channels that help each other are complements: a positive interaction in the played game is
value that takes both, where the data show that the pair has an effect of its own. The credits
already have half of it each, and of negative interactions, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.attribution.incremental.curve_levels import (
    Levels,
    shrunk_to_channels,
    widened_to_intervals,
)
from attrigraph.attribution.incremental.curve_shapes import curve_shapes
from attrigraph.attribution.incremental.game import EXACT_CHANNELS
from attrigraph.attribution.incremental.interactions import interaction_matrix, pairs_that_help
from attrigraph.attribution.incremental.scaled_channels import MULTIPLES
from attrigraph.attribution.incremental.touch_credit import rolled_by
from attrigraph.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.channel_credit import IncrementalCredit
    from attrigraph.attribution.incremental.curve_shapes import CurveShapes
    from attrigraph.attribution.incremental.fitted import FittedIncremental
    from attrigraph.domain import Level

    Floats = NDArray[np.float64]

MIN_COMPLEMENT: Final = 0.1
"""Interaction over the smaller of the two credits below which channels are no complements."""


@dataclass(frozen=True, slots=True, eq=False)
class ResponseCurve:
    """Value of one channel or campaign in the window.

    Attributes:
        key: name of the channel or id of the campaign; None for the unknown one.
        channel: the channel whose shape the curve has.
        touches: observed touches in the window.
        values: float64 ``[points]``, currency; the credited value at the multiple 1.
        draws: float64 ``[draws, points]``, currency; may be negative.
        observed: largest multiple that the window shows; the curve is extrapolated beyond.
        reasons: codes of ``domain.reasons`` why it is not identified; empty if it is.
    """

    key: str | None
    channel: str | None
    touches: float
    values: Floats
    draws: Floats
    observed: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Complement:
    """Value that two channels bring together at their observed touches, half in each curve."""

    channels: tuple[str, str]
    value: float


@dataclass(frozen=True, slots=True, eq=False)
class ResponseCurves:
    """Curves of all channels or campaigns with touches.

    Attributes:
        by: ``channel`` or ``campaign``.
        multiples: float64 ``[points]``, of the observed touches, ascending from 0, with 1.
        curves: the most valuable first.
        complements: pairs of channels; none by campaign.
        notes: what a reader must know.
    """

    by: Level
    multiples: Floats
    curves: tuple[ResponseCurve, ...]
    complements: tuple[Complement, ...]
    notes: tuple[str, ...]


def response_curves(run: FittedIncremental, by: Level) -> ResponseCurves:
    """The curves of a fitted model.

    Args:
        run: the model, calibrated where there are experiments.
        by: ``channel`` or ``campaign``.

    Raises:
        InputError: conversions have no value, or the model was fitted without draws.
    """
    credit, histories = run.channel_credit, run.population.histories
    _check(run)
    answer = run.answer(by)
    lines = {line.key: line for line in answer.credits}
    levels = _levels(run, by)
    if by == "campaign":
        levels = shrunk_to_channels(levels)
    levels = widened_to_intervals(levels, lines)
    rng = np.random.default_rng(credit.weights.seed)
    shapes = curve_shapes(histories, credit.response, rng, draws=len(levels.draws))
    curves = [_curve(run, levels, shapes, n, lines[k].reasons) for n, k in enumerate(levels.keys)]
    complements, notes = _complements(credit, curves, by)
    return ResponseCurves(
        by,
        shapes.multiples,
        tuple(sorted(curves, key=lambda curve: (-_now(curve), curve.key or ""))),
        complements,
        (*answer.notes, *notes),
    )


def _check(run: FittedIncremental) -> None:
    if not (run.population.histories.value > 0).any():
        raise InputError(
            "curves are in money, and no conversion has a value; load values of conversions, or "
            "write a value per conversion into the files"
        )
    if not len(run.channel_credit.deviations):
        raise InputError("curves need draws of the credits; the number of draws must be > 0")


def _levels(run: FittedIncremental, by: Level) -> Levels:
    """Credited values with draws of chance and bias."""
    histories = run.population.histories
    keys, group, rolled = rolled_by(run.events, run.population, run.channel_credit, run.touches, by)
    shape = len(keys), len(histories.keys)
    cell = group * shape[1] + histories.key
    touches = np.bincount(cell[histories.is_in_window], minlength=shape[0] * shape[1])
    by_channel = touches.reshape(shape)
    return Levels(
        keys,
        rolled.value,
        rolled.value + rolled.value_deviations,
        by_channel.sum(axis=1).astype(np.float64),
        by_channel.argmax(axis=1),
    )


def _curve(
    run: FittedIncremental,
    levels: Levels,
    shapes: CurveShapes,
    number: int,
    reasons: tuple[str, ...],
) -> ResponseCurve:
    channel = int(levels.channel[number])
    return ResponseCurve(
        key=levels.keys[number],
        channel=run.population.histories.keys[channel],
        touches=float(levels.touches[number]),
        values=levels.value[number] * shapes.center[channel],
        draws=levels.draws[:, number, None] * shapes.draws[:, channel],
        observed=float(shapes.observed[channel]),
        reasons=reasons,
    )


def _now(curve: ResponseCurve) -> float:
    """The value at the observed touches."""
    return float(curve.values[MULTIPLES.index(1.0)])


def _complements(
    credit: IncrementalCredit, curves: list[ResponseCurve], by: Level
) -> tuple[tuple[Complement, ...], tuple[str, ...]]:
    """Complements, the most valuable first, or why there are none."""
    if by != "channel":
        return (), ("what channels bring together is in the curves of their campaigns",)
    if not credit.coalitions.exact:
        note = f"what channels bring together is known for at most {EXACT_CHANNELS} channels"
        return (), (f"{note}; it is in their curves",)
    found = sorted(_pairs(credit, curves), key=lambda pair: -pair.value)
    return tuple(found), ()


def _pairs(credit: IncrementalCredit, curves: list[ResponseCurve]) -> Iterator[Complement]:
    """Pairs of identified channels of positive value whose interaction is known and not small."""
    matrix, kept = interaction_matrix(credit), credit.values @ credit.coalitions.weights
    matrix = np.where(pairs_that_help(credit.response), matrix, 0.0)
    number = {key: place for place, key in enumerate(credit.keys)}
    level = {c.key: _now(c) for c in curves if c.key is not None and not c.reasons}
    level = {key: value for key, value in level.items() if value > 0 < kept[number[key]]}
    for first, value in level.items():
        for second, other in level.items():
            i, j = number[first], number[second]
            worth = matrix[i, j] * np.sqrt(value * other / (kept[i] * kept[j]))
            if i < j and worth >= MIN_COMPLEMENT * min(value, other):
                yield Complement((first, second), float(worth))
