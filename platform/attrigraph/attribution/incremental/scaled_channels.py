"""Expected conversions if one channel touched people less or more often, all else as observed.

The population of the model plays its window over again, with the touches of one channel thinned
(each kept with probability m below 1) or multiplied (m above 1, see ``added_touches``). Hazards and
survival are those of the game: without the channel's touches (m = 0) the answer is that of its
leave-one-out coalition, and at m = 1 that of all channels. Touches that the channel triggered in
other channels stay, as in the game.

The multiples of one channel share their random numbers: a larger one has the touches of a smaller
one and others. Each set of marks is followed by its mirror (antithetic variates).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import expit

from attrigraph.attribution.incremental.added_touches import customer_rates, with_added_touches
from attrigraph.attribution.incremental.adstock import saturate
from attrigraph.attribution.incremental.game import reached, rows_of_customers
from attrigraph.attribution.incremental.person_days import sample_person_days
from attrigraph.attribution.incremental.purchase_window import LAST_HOUR

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.added_touches import MarkedTouches
    from attrigraph.attribution.incremental.adstock import TouchPairs
    from attrigraph.attribution.incremental.histories import Histories
    from attrigraph.attribution.incremental.person_days import PersonDays
    from attrigraph.attribution.incremental.response import Response

    Floats = NDArray[np.float64]

MULTIPLES: Final = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0)
"""Multiples of the observed touches at which curves are computed."""

MAX_ROWS: Final = 300_000
"""Approximate number of person-days that are played, with repetitions in small populations."""

MAX_REPETITIONS: Final = 8
"""Limit of repetitions with other marks and other added touches."""

BLOCK_ROWS: Final = 50_000
"""Person-days played at once."""


@dataclass(frozen=True, slots=True, eq=False)
class ScaledChannels:
    """Sums over the people that were played, under each of some responses.

    Attributes:
        multiples: float64 ``[points]``, ascending from 0, with 1.
        conversions: float64 ``[responses, keys, points]``, expected conversions.
        exposure: float64 ``[responses, keys, points]``, the channel's exposures, each weighted by
            how far the hazard of its person-day would move per unit of the logit.
        moved: float64 ``[responses, keys]``, sum of what the channel changes at single person-days,
            up or down.
    """

    multiples: Floats
    conversions: Floats
    exposure: Floats
    moved: Floats


def scale_channels(
    histories: Histories,
    responses: Sequence[Response],
    rng: np.random.Generator,
    *,
    multiples: Sequence[float] = MULTIPLES,
    max_rows: int = MAX_ROWS,
) -> ScaledChannels:
    """Play every channel at every multiple.

    Args:
        histories: the population that the model was fitted to.
        responses: at least one; they differ in half-lives and saturations alone, and are played by
            the same people with the same touches.
        rng: draws people, marks and added touches.
        multiples: ascending from 0, with 1.
        max_rows: approximate number of person-days; larger populations are sampled.
    """
    points = np.array(multiples, dtype=np.float64)
    shape = len(responses), len(histories.keys), len(points)
    conversions, exposure, moved = np.zeros(shape), np.zeros(shape), np.zeros(shape[:2])
    for block in _blocks(histories, responses[0], points[-1], rng, max_rows):
        for number, response in enumerate(responses):
            for mark in block.marks:
                played = _played(block, response, points, mark)
                conversions[number] += played.conversions[0]
                exposure[number] += played.exposure[0]
                moved[number] += played.moved[0]
    return ScaledChannels(points, conversions, exposure, moved)


@dataclass(frozen=True, slots=True, eq=False)
class _Block:
    """Person-days of some people with all touches that may act on them.

    Attributes:
        person_days: sorted by customer and time.
        pairs: with observed and added touches.
        marks: two arrays float64 ``[pairs]``; touches before the window have marks below 0.
        columns: float64 ``[m, conditions]``.
        segments: float64 ``[m, segments]``.
        dependence: of the game.
    """

    person_days: PersonDays
    pairs: TouchPairs
    marks: tuple[Floats, Floats]
    columns: Floats
    segments: Floats
    dependence: float


def _blocks(
    histories: Histories,
    response: Response,
    most: float,
    rng: np.random.Generator,
    max_rows: int,
) -> Iterator[_Block]:
    """Person-days of a sample of the population, repeated with other touches if it is small."""
    days, everyone = len(response.hazard.level), histories.customers_at_risk
    size = min(len(everyone), max(max_rows // days, 1))
    chosen = np.sort(rng.permutation(everyone)[:size])
    sample, step = histories.of_customers(chosen), max(BLOCK_ROWS // days, 1)
    expected = response.conditions.expected[chosen]
    rates = customer_rates(sample, replace(response.conditions, expected=expected))
    for _ in range(min(max(max_rows // (size * days), 1), MAX_REPETITIONS)):
        marked = with_added_touches(sample, rates, most, rng)
        for begin in range(0, size, step):
            among = chosen[begin : begin + step]
            yield _block(histories, response, chosen, among, marked, most, rng)


def _block(
    histories: Histories,
    response: Response,
    chosen: NDArray[np.int64],
    among: NDArray[np.int64],
    marked: MarkedTouches,
    most: float,
    rng: np.random.Generator,
) -> _Block:
    """The person-days of some of the chosen customers."""
    person_days, conditions = sample_person_days(histories, rng, among=among), response.conditions
    renumbered = replace(person_days, customer=np.searchsorted(chosen, person_days.customer))
    pairs = conditions.pairs(marked.histories, renumbered)
    pairs = pairs.take(~(marked.is_act[pairs.touch] & (pairs.age <= LAST_HOUR)))
    is_early = ~marked.histories.is_in_window[pairs.touch]
    return _Block(
        person_days,
        pairs,
        (
            np.where(is_early, -1.0, marked.mark[pairs.touch]),
            np.where(is_early, -1.0, marked.mirrored(most)[pairs.touch]),
        ),
        conditions.columns(histories, person_days),
        histories.segments_of(person_days.customer),
        1 - histories.repeat_ratio,
    )


def _played(block: _Block, response: Response, points: Floats, mark: Floats) -> ScaledChannels:
    """Each channel of a block at each multiple; the arrays have one response."""
    pairs, effects = block.pairs, response.effects
    exposure = _exposures(pairs, response, points, mark)  # [keys, m, points]
    one = int(np.searchsorted(points, 1.0))
    now = exposure[:, :, one].T
    main = effects.main_of(block.segments)
    constant, slope = effects.on_top_of(now, main)
    logit = response.rest(block.person_days.day, block.columns) + constant
    begin, size = rows_of_customers(block.person_days.customer)
    shape = 1, pairs.keys, len(points)
    found = ScaledChannels(points, np.zeros(shape), np.zeros(shape), np.zeros(shape[:2]))
    full = expit(logit)
    for key in range(pairs.keys):
        change = slope[:, key, None] * (exposure[key] - now[:, key, None])
        chance = expit(logit[:, None] + change)
        share = reached(chance, full[:, None], begin, size, block.dependence)
        found.conversions[0, key] = share.sum(axis=0)
        found.exposure[0, key] = (full * (1 - full)) @ exposure[key]
        found.moved[0, key] = np.abs(share[:, one] - share[:, 0]).sum()
    return found


def _exposures(pairs: TouchPairs, response: Response, points: Floats, mark: Floats) -> Floats:
    """Exposures ``[keys, m, points]`` to the touches whose marks are below each multiple."""
    weights, width = pairs.weights(response.shape.half_life), len(points)
    first = np.searchsorted(points, mark, side="right")
    happens = first < width
    cell = (pairs.key * pairs.rows + pairs.row) * width + first
    size = pairs.keys * pairs.rows * width
    adstock = np.bincount(cell[happens], weights[happens], size).astype(np.float64)
    table = adstock.reshape(pairs.keys, pairs.rows, width).cumsum(axis=2)
    return saturate(table, response.shape.saturation[:, None, None])
