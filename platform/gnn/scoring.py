"""Predictions of a fitted model for journeys without some touches, and credit from them.

The players of a game are groups of a journey's touches: single touches (path-level credit), or all
touches of a channel (channel-level credit). ``f(S)`` is the probability that the journey converts
if only the touches of the players in S had happened. The Shapley values of a journey's players sum
to ``f(all) - f(none)``. Players outside a journey change nothing in it, so the Shapley value of a
channel in the game ``v(S) = sum over journeys of f(S)`` is the sum of its values by journey.

The caller provides the two functions that compute Shapley values; see :class:`Solver`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gnn.journeys import JourneyColumns
from gnn.training import FittedModel

Values = NDArray[np.float64]
Game = Callable[[NDArray[np.bool_]], Values]

MAX_EXACT_PLAYERS = 12
"""Largest number of players of a journey for exact values over all 2^n sets."""

BLOCK = 200_000
"""Number of masked journeys that are evaluated at once."""


@dataclass(frozen=True)
class Solver:
    """Functions that compute the Shapley values of games.

    Attributes:
        exact: from values ``[games, 2^n]`` of all sets, player i in set s when bit i of s is 1,
            to Shapley values ``[games, n]``.
        sampled: from a game (bool ``[m, n]`` to values ``[m]``) and n to Shapley values ``[n]``.
    """

    exact: Callable[[Values], Values]
    sampled: Callable[[Game, int], Values]


@dataclass(frozen=True, eq=False)
class PlayerCredit:
    """Credit of each journey's players.

    Attributes:
        journey: int64 ``[pairs]``, ascending.
        player: int64 ``[pairs]``, number of the player.
        credit: float64 ``[pairs]``, in conversions; may be negative.
        chance_all: float64 ``[journeys]``, probability with all touches.
        chance_none: float64 ``[journeys]``, probability without touches.
    """

    journey: NDArray[np.int64]
    player: NDArray[np.int64]
    credit: Values
    chance_all: Values
    chance_none: Values

    def of_journeys(self, rows: NDArray[np.int64]) -> "PlayerCredit":
        """Return the credit of some journeys, ascending, renumbered from 0."""
        number = np.full(len(self.chance_all), -1)
        number[rows] = np.arange(len(rows))
        journey = number[self.journey]
        kept = journey >= 0
        return PlayerCredit(
            journey[kept],
            self.player[kept],
            self.credit[kept],
            self.chance_all[rows],
            self.chance_none[rows],
        )


def masked_probabilities(
    fitted: FittedModel,
    journeys: JourneyColumns,
    rows: NDArray[np.int64],
    present: NDArray[np.bool_],
) -> Values:
    """Return the probabilities of journeys if only some of their touches had happened.

    Args:
        fitted: the model.
        journeys: the columns.
        rows: int64 ``[m]``, one journey per evaluation; rows may repeat.
        present: bool ``[sum(touches[rows])]``, for the concatenated touches of those journeys.
    """
    return fitted.probabilities(journeys.select(rows).with_touches(present))


def touch_game(fitted: FittedModel, journeys: JourneyColumns, row: int) -> Game:
    """Return the game of one journey whose players are its touches, the oldest first.

    Public: the definition that tests compare :func:`touch_credit` with.
    """
    journey = journeys.select(np.array([row]))
    count = int(journey.touches[0])

    def game(sets: NDArray[np.bool_]) -> Values:
        if sets.ndim != 2 or sets.shape[1] != count:
            raise ValueError(f"sets must have shape (m, {count}), got {sets.shape}")
        rows = np.zeros(len(sets), np.int64)
        return masked_probabilities(fitted, journey, rows, np.ascontiguousarray(sets).ravel())

    return game


def coalition_values(
    fitted: FittedModel, journeys: JourneyColumns, running: NDArray[np.bool_]
) -> Values:
    """Return ``v(S)``: expected conversions if only some channels ran, ``[coalitions]``.

    Touches of an unknown channel always happen. Public: the definition of the game that tests
    compare :func:`channel_credit` with.

    Args:
        fitted: the model.
        journeys: all journeys, with their weights.
        running: bool ``[coalitions, channels]``.
    """
    channels = fitted.model.vocabulary.channels
    if running.ndim != 2 or running.shape[1] != channels:
        raise ValueError(f"running must have shape (coalitions, {channels}), got {running.shape}")
    always = np.ones((len(running), 1), bool)
    # the last column is the unknown channel, whose code is -1
    on = np.concatenate([running, always], axis=1)
    return np.array(
        [
            float(
                journeys.weight @ fitted.probabilities(journeys.with_touches(row[journeys.channel]))
            )
            for row in on
        ]
    )


def touch_credit(fitted: FittedModel, journeys: JourneyColumns, solver: Solver) -> PlayerCredit:
    """Credit the touches of each journey; ``player`` is the index in the columns."""
    return player_credit(fitted, journeys, np.arange(len(journeys.days)), solver)


def channel_credit(fitted: FittedModel, journeys: JourneyColumns, solver: Solver) -> PlayerCredit:
    """Credit the channels of each journey; ``player`` is the channel's code."""
    return player_credit(fitted, journeys, journeys.channel, solver)


def player_credit(
    fitted: FittedModel, journeys: JourneyColumns, player: NDArray[np.int64], solver: Solver
) -> PlayerCredit:
    """Credit groups of touches within each journey.

    Args:
        fitted: the model.
        journeys: the columns; weights are ignored.
        player: int64 ``[touches]``, the player of each touch.
        solver: functions that compute Shapley values.

    Returns:
        One row for each journey and each of its players. Credits of a journey sum to
        ``chance_all - chance_none``.
    """
    if player.shape != journeys.days.shape:
        raise ValueError(f"player must have shape {journeys.days.shape}, got {player.shape}")
    players = _players(journeys, player)
    credit = np.zeros(len(players.journey))
    chance_all, chance_none = np.empty(len(journeys)), np.empty(len(journeys))
    for rows in _equal_counts(players.count):
        count = int(players.count[rows[0]])
        if count > MAX_EXACT_PLAYERS:
            values, phi = _sampled(fitted, journeys, players, int(rows[0]), solver)
        else:
            values = _all_sets(fitted, journeys, players, rows)
            phi = solver.exact(values) if count else np.zeros((len(rows), 0))
        chance_none[rows], chance_all[rows] = values[:, 0], values[:, -1]
        credit[players.first[rows][:, None] + np.arange(count)] = phi
    return PlayerCredit(players.journey, players.player, credit, chance_all, chance_none)


@dataclass(frozen=True, eq=False)
class _Players:
    """The players of each journey, numbered within it."""

    journey: NDArray[np.int64]  # [pairs]
    player: NDArray[np.int64]  # [pairs]
    first: NDArray[np.int64]  # [journeys], where each journey's pairs begin
    count: NDArray[np.int64]  # [journeys]
    number: NDArray[np.int64]  # [touches], index of the touch's player in its journey


def _players(journeys: JourneyColumns, player: NDArray[np.int64]) -> _Players:
    owner = journeys.journey
    pairs, pair = np.unique(np.stack([owner, player], axis=1), axis=0, return_inverse=True)
    count = np.bincount(pairs[:, 0], minlength=len(journeys))
    first = np.cumsum(count) - count
    return _Players(pairs[:, 0], pairs[:, 1], first, count, pair.ravel() - first[owner])


def _equal_counts(count: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Yield journeys with equal numbers of players, in chunks that fit in memory."""
    for players in np.unique(count):
        rows = np.flatnonzero(count == players)
        step = 1 if players > MAX_EXACT_PLAYERS else max(1, BLOCK >> int(players))
        for start in range(0, len(rows), step):
            yield rows[start : start + step]


def _all_sets(
    fitted: FittedModel, journeys: JourneyColumns, players: _Players, rows: NDArray[np.int64]
) -> Values:
    """Return the values ``[rows, 2^n]`` of all sets of the players of some journeys."""
    sets = 1 << int(players.count[rows[0]])
    repeated = np.repeat(rows, sets)
    number = np.tile(np.arange(sets), len(rows))
    bits = np.repeat(number, journeys.touches[repeated])
    present = (bits >> players.number[journeys.touches_of(repeated)]) & 1 == 1
    return masked_probabilities(fitted, journeys, repeated, present).reshape(len(rows), sets)


def _sampled(
    fitted: FittedModel, journeys: JourneyColumns, players: _Players, row: int, solver: Solver
) -> tuple[Values, Values]:
    journey = journeys.select(np.array([row]))
    number = players.number[journeys.offsets[row] : journeys.offsets[row + 1]]
    count = int(players.count[row])

    def game(sets: NDArray[np.bool_]) -> Values:
        repeated = np.zeros(len(sets), np.int64)
        return masked_probabilities(fitted, journey, repeated, sets[:, number].ravel())

    ends = np.stack([np.zeros(count, bool), np.ones(count, bool)])
    return game(ends)[None, :], solver.sampled(game, count)[None, :]
