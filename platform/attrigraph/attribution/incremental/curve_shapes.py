"""The shape of each channel's response curve: what m times its touches bring, relative to m = 1.

    g(m) = (v(m) - v(0)) / (v(1) - v(0)),      v(m) = expected conversions at m times the touches

Draws replay the curve with half-lives and saturations from their posterior. The window shows how
people respond up to the largest week of a channel. Beyond, nobody has seen the response: there the
draws leave the curve, on either side, by a part of the way to

    no further gain            g stays what it was at the largest week
    linear gain                g goes on as steeply as just before

The part is uniform in [0, 1] and the same along a draw, and the way opens linearly, to its full
width at the last multiple.

A channel whose changes at single person-days cancel has no curve of conversions. Its shape is that
of its exposures, weighted by how far each would move the hazard: the limit of g for a small effect.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.attribution.incremental.channel_credit import gather_evidence
from attrigraph.attribution.incremental.influence import covariance_of_shapes
from attrigraph.attribution.incremental.response import moved_shape
from attrigraph.attribution.incremental.scaled_channels import scale_channels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.histories import Histories
    from attrigraph.attribution.incremental.response import Response
    from attrigraph.attribution.incremental.scaled_channels import ScaledChannels

    Floats = NDArray[np.float64]

N_SHAPES: Final = 20
"""Draws of half-lives and saturations; further draws of curves use them again."""

ROWS_OF_DRAWS: Final = 15_000
"""Approximate number of person-days on which each of them is played."""

ROWS_OF_EVIDENCE: Final = 60_000
"""Approximate number of person-days without a conversion from which their posterior is computed."""

MIN_NET: Final = 0.5
"""Net change of conversions by a channel over the sum of its changes up and down, from which its
curve is that of conversions."""

WEEK: Final = 7
"""Days over which the touches of a channel are compared with those of the whole time."""

STEP: Final = 0.25
"""Multiples before the end of the observed range over which its slope is taken."""

Z_95: Final = 1.6449
"""Standard errors below a count to the lower end of its one-sided interval of 95 %."""


@dataclass(frozen=True, slots=True, eq=False)
class CurveShapes:
    """Shapes of all channels; 0 without touches and 1 at those observed.

    Attributes:
        multiples: float64 ``[points]``, of the observed touches, ascending from 0, with 1.
        center: float64 ``[keys, points]``.
        draws: float64 ``[draws, keys, points]``.
        observed: float64 ``[keys]``, largest multiple that the window shows, at least 1.
    """

    multiples: Floats
    center: Floats
    draws: Floats
    observed: Floats


def curve_shapes(
    histories: Histories, response: Response, rng: np.random.Generator, *, draws: int
) -> CurveShapes:
    """The shapes of all channels with draws.

    Args:
        histories: the population that the model was fitted to.
        response: the fit.
        rng: draws people, touches, shapes and extrapolations.
        draws: number of draws, at least 1.
    """
    playing, gathering, drawing, extending = rng.spawn(4)
    scaled = scale_channels(histories, [response], playing)
    center = _shapes(scaled)[0]
    varied = _varied(histories, response, (gathering, drawing))
    relative = _shapes(
        scale_channels(histories, [response, *varied], playing, max_rows=ROWS_OF_DRAWS)
    )
    moved = center + relative[1:] - relative[0]
    observed = largest_multiples(histories, float(scaled.multiples[-1]))
    drawn = moved[np.arange(draws) % len(moved)]
    return CurveShapes(
        scaled.multiples, center, _extended(drawn, scaled.multiples, observed, extending), observed
    )


def _shapes(scaled: ScaledChannels) -> Floats:
    """Curves ``[responses, keys, points]`` from 0 through 1; lines for channels without touches."""
    one = int(np.searchsorted(scaled.multiples, 1.0))
    gain = scaled.conversions - scaled.conversions[..., :1]
    exposed = scaled.exposure - scaled.exposure[..., :1]
    is_clear = np.abs(gain[..., one]) >= MIN_NET * np.maximum(scaled.moved, 1e-300)
    gain = np.where(is_clear[..., None], gain, exposed)
    whole = gain[..., one : one + 1]
    line = np.broadcast_to(scaled.multiples, gain.shape)
    return np.where(whole == 0, line, gain / np.where(whole == 0, 1.0, whole))


def _varied(
    histories: Histories,
    response: Response,
    rngs: tuple[np.random.Generator, np.random.Generator],
) -> list[Response]:
    """The response with half-lives and saturations from their posterior, within their ranges."""
    gathering, drawing = rngs
    evidence = gather_evidence(histories, response.conditions, gathering, ROWS_OF_EVIDENCE)
    values, vectors = np.linalg.eigh(covariance_of_shapes(evidence, response))
    spread = vectors * np.sqrt(np.maximum(values, 0.0))
    normal = drawing.standard_normal((N_SHAPES // 2, len(values)))
    steps = np.concatenate([normal, -normal]) @ spread.T
    return [replace(response, shape=moved_shape(response.shape, step)) for step in steps]


def largest_multiples(histories: Histories, most: float) -> Floats:
    """Touches in the largest week over those of an average week, ``[keys]`` in [1, most].

    The largest of several weeks is partly chance, so its lower limit counts.
    """
    days = max(int(np.ceil(histories.window_days)), 1)
    in_window = histories.is_in_window
    day = (histories.time[in_window] - histories.warm_up).astype(np.int64)
    keys = len(histories.keys)
    cell = np.minimum(day, days - 1) * keys + histories.key[in_window]
    daily = np.bincount(cell, minlength=days * keys).reshape(days, keys).astype(np.float64)
    width = min(WEEK, days)
    until = np.concatenate([np.zeros((1, keys)), daily.cumsum(axis=0)])
    weekly = until[width:] - until[:-width]
    largest = (weekly - Z_95 * np.sqrt(weekly)).max(axis=0)
    average = np.maximum(daily.sum(axis=0) * width / days, 1e-12)
    return np.asarray(np.clip(largest / average, 1.0, most))


def _extended(
    curves: Floats, multiples: Floats, observed: Floats, rng: np.random.Generator
) -> Floats:
    """Draws ``[draws, keys, points]`` that leave the curves beyond what was observed."""
    number, keys, _ = curves.shape
    strata = np.stack([rng.permutation(number) for _ in range(keys)], axis=1)
    part = 2 * (strata + rng.random((number, keys))) / number - 1
    extended = curves.copy()
    for key, end in enumerate(observed.tolist()):
        distance = np.maximum(multiples - end, 0.0)
        if not distance.any():
            continue
        at_end, before = (_value_at(curves[:, key], multiples, m) for m in (end, end - STEP))
        steep = np.maximum(at_end - before, 0.0) / STEP
        flat = at_end[:, None] - curves[:, key]
        linear = flat + steep[:, None] * distance
        way = np.where(part[:, key, None] < 0, np.minimum(flat, 0.0), np.maximum(linear, 0.0))
        open_part = np.abs(part[:, key, None]) * distance / distance[-1]
        extended[:, key] += open_part * np.where(distance > 0, way, 0.0)
    return extended


def _value_at(curves: Floats, multiples: Floats, at: float) -> Floats:
    """Curves ``[draws, points]`` at a multiple, joined by lines, ``[draws]``."""
    return np.array([np.interp(at, multiples, curve) for curve in curves])
