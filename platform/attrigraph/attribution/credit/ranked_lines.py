"""Credits as ranked lines, with intervals and ranking probabilities from bootstrap draws."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.attribution.credit.bootstrap import interval, ranking_probabilities
from attrigraph.domain import Credit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from attrigraph.domain.columns import Amounts

    Keys = Sequence[str | None]
    Ends = tuple[float | None, float | None, float | None]
    Chances = Mapping[str | None, Mapping[str | None, float]]

MAX_COMPARED: Final = 50
"""Up to this many keys are compared each with each; of more only neighbours in the ranking."""

LINES_PER_BLOCK: Final = 4096
"""Intervals are taken for this many lines at once: 7 MB at 200 draws."""


def ranked_lines(
    keys: Keys,
    conversions: Amounts,
    value: Amounts,
    deviations: Amounts | None,
    by_position: Amounts | None = None,
    *,
    wide_deviations: Amounts | None = None,
    value_deviations: Amounts | None = None,
    value_interval: tuple[Amounts, Amounts] | None = None,
) -> tuple[tuple[Credit, ...], Chances | None]:
    """Lines by falling conversions, equal ones by key with the unknown one last.

    Args:
        keys: what is credited.
        conversions: ``[n_keys]``.
        value: ``[n_keys]``.
        deviations: ``[draws, n_keys]``, draws of the conversions less their estimate; None, or no
            draws, gives lines without intervals.
        by_position: ``[n_keys, longest]``, conversions by place in the journey.
        wide_deviations: ``[draws, n_keys]``, draws that contain bias as well. Intervals and ranking
            are then of these, and ``deviations`` gives the intervals of chance alone.
        value_deviations: ``[draws, n_keys]``, draws of the value less its estimate.
        value_interval: ``[n_keys]`` each, both ends of the interval of the value where there are no
            draws of it.

    Returns:
        The lines, and for each key the chance that it ranks above each other one: the share of
        draws in which it is credited with more. None where there are no draws, and for more than
        ``MAX_COMPARED`` keys.
    """
    order = sorted(
        range(len(keys)), key=lambda i: (-conversions[i], keys[i] is None, keys[i] or "")
    )
    drawn = _drawn(deviations if wide_deviations is None else wide_deviations)
    by_chance = None if wide_deviations is None else _drawn(deviations)
    names = [keys[i] for i in order]
    amounts = conversions[order]
    ends = _ends(amounts, drawn, np.array(order))
    chance_ends = _ends(amounts, by_chance, np.array(order))
    value_ends = _value_ends(value, value_deviations, value_interval, np.array(order, np.intp))
    positions = [None] * len(order) if by_position is None else by_position[order].tolist()
    columns = (names, amounts.tolist(), value[order].tolist(), positions)
    lines = tuple(
        _line(*line) for line in zip(*columns, ends, chance_ends, value_ends, strict=True)
    )
    if drawn is None or len(keys) > MAX_COMPARED:
        return lines, None
    return lines, _chances(names, ranking_probabilities(amounts, drawn[order].T))


def _line(
    key: str | None,
    conversions: float,
    value: float,
    by_position: list[float] | None,
    ends: Ends,
    chance_ends: Ends,
    value_ends: Ends,
) -> Credit:
    return Credit(
        key=key,
        conversions=conversions,
        value=value,
        by_position=None if by_position is None else tuple(by_position),
        low=ends[0],
        high=ends[1],
        prob_ranked_above_next=ends[2],
        chance_low=chance_ends[0],
        chance_high=chance_ends[1],
        value_low=value_ends[0],
        value_high=value_ends[1],
    )


def _drawn(deviations: Amounts | None) -> Amounts | None:
    """Deviations ``[n_keys, draws]``; None if there are none."""
    return None if deviations is None or not len(deviations) else deviations.T


def _ends(amounts: Amounts, drawn: Amounts | None, order: NDArray[np.intp]) -> list[Ends]:
    """Ends of the interval of each line, and the probability that it ranks above the next.

    Args:
        amounts: ``[n_keys]``, ranked.
        drawn: ``[n_keys, draws]``, deviations in the order of the keys.
        order: the key of each line.
    """
    if drawn is None or not len(amounts):
        return [(None, None, None)] * len(amounts)
    ends: list[Ends] = []
    for start in range(0, len(order), LINES_PER_BLOCK):
        # one line more, with which the last of the block is compared
        lines = slice(start, start + LINES_PER_BLOCK + 1)
        block, deviations = amounts[lines], drawn[order[lines]].T
        low, high = interval(block, deviations)
        credited = block + deviations
        above: list[float | None] = (credited[:, :-1] > credited[:, 1:]).mean(axis=0).tolist()
        ends += list(zip(low.tolist(), high.tolist(), [*above, None], strict=True))[
            :LINES_PER_BLOCK
        ]
    return ends


def _value_ends(
    value: Amounts,
    deviations: Amounts | None,
    interval: tuple[Amounts, Amounts] | None,
    order: NDArray[np.intp],
) -> list[Ends]:
    """Ends of the value of each line, by draws or as they are known."""
    if interval is None:
        return _ends(value[order], _drawn(deviations), order)
    low, high = (ends[order].tolist() for ends in interval)
    return [(*both, None) for both in zip(low, high, strict=True)]


def _chances(names: Keys, chance: Amounts) -> Chances:
    return {
        name: {other: p for j, (other, p) in enumerate(zip(names, row, strict=True)) if i != j}
        for i, (name, row) in enumerate(zip(names, chance.tolist(), strict=True))
    }
