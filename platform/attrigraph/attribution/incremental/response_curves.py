"""Response curves of a fitted model: value by multiples of the observed touches, with draws.

A curve is a level times a shape: the level is the credited value, calibrated by experiments
(``curve_levels``), the shape that of the channel (``curve_shapes``). A campaign has the shape of
the channel on which most of its touches are. At the observed touches all curves together are worth
what was credited.

Pairs of channels that help each other are complements: a positive interaction in the played game is
value that takes both, where the data show that the pair has an effect of its own. The credits
already have half of it each, and of negative interactions, too. So are triples that bring more than
their pairs predict; a third of that is in each credit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.stats import gmean

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
from attrigraph.attribution.incremental.triples import triples_that_help
from attrigraph.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.channel_credit import IncrementalCredit
    from attrigraph.attribution.incremental.curve_shapes import CurveShapes
    from attrigraph.attribution.incremental.fitted import FittedIncremental
    from attrigraph.attribution.incremental.triples import Triples
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
    """Value that channels bring together at their observed touches, in equal parts in their curves.

    Attributes:
        channels: two or three.
        value: currency, above 0.
    """

    channels: tuple[str, ...]
    value: float


@dataclass(frozen=True, slots=True, eq=False)
class ResponseCurves:
    """Curves of all channels or campaigns with touches.

    Attributes:
        by: ``channel`` or ``campaign``.
        multiples: float64 ``[points]``, of the observed touches, ascending from 0, with 1.
        curves: the most valuable first.
        complements: pairs and triples of channels; none by campaign.
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
    complements, notes = _complements(run, curves, by, *rng.spawn(1))
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
    run: FittedIncremental, curves: list[ResponseCurve], by: Level, rng: np.random.Generator
) -> tuple[tuple[Complement, ...], tuple[str, ...]]:
    """Complements, the most valuable first, and what must be known of them."""
    credit = run.channel_credit
    if by != "channel":
        return (), ("what channels bring together is in the curves of their campaigns",)
    if not credit.coalitions.exact:
        note = f"what channels bring together is known for at most {EXACT_CHANNELS} channels"
        return (), (f"{note}; it is in their curves",)
    triples = triples_that_help(run.population.histories, credit, rng)
    together = {**_pairs(credit, triples), **triples.conversions}
    found = sorted(_in_money(credit, curves, together), key=lambda one: -one.value)
    return tuple(found), tuple(triples.notes())


def _pairs(credit: IncrementalCredit, triples: Triples) -> dict[tuple[int, ...], float]:
    """Interactions of pairs that help, in conversions.

    A Shapley interaction has half of each triple with the pair in it, which needs the third, too.
    """
    matrix = interaction_matrix(credit)
    for triple, conversions in triples.conversions.items():
        matrix[np.ix_(triple, triple)] -= conversions / 2
    pairs = np.argwhere(np.triu(pairs_that_help(credit.response))).tolist()
    return {(i, j): float(matrix[i, j]) for i, j in pairs}


def _in_money(
    credit: IncrementalCredit,
    curves: list[ResponseCurve],
    together: Mapping[tuple[int, ...], float],
) -> Iterator[Complement]:
    """Sets of identified channels of positive value whose conversions together are not small."""
    kept = credit.values @ credit.coalitions.weights
    level = {c.key: _now(c) for c in curves if c.key is not None and not c.reasons}
    named = {credit.keys.index(key): key for key, value in level.items() if value > 0}
    named = {number: key for number, key in named.items() if kept[number] > 0}
    for members, conversions in together.items():
        if named.keys() >= {*members}:
            channels = tuple(named[member] for member in members)
            values = np.array([level[channel] for channel in channels])
            worth = conversions * float(gmean(values / kept[[*members]]))
            if worth >= MIN_COMPLEMENT * values.min():
                yield Complement(channels, worth)
