"""What a fitted model says of journeys with touches taken out, and credit from it.

A game's players are groups of a journey's touches: each touch by itself (path-level credit), or
all touches of a channel (channel-level credit). ``f(S)`` is the chance that the journey converts
had only the touches of the players in S happened. The Shapley values of a journey's players add up
to ``f(all) - f(none)``. Players who are not in a journey change nothing there, so the Shapley value
of a channel in the game ``v(S) = sum over journeys of f(S)`` is the sum of its values by journey.

How Shapley values come of values is the caller's: two functions, see :class:`Solver`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gnn.journeys import JourneyColumns
from gnn.training import Fitted

Values = NDArray[np.float64]
Game = Callable[[NDArray[np.bool_]], Values]

MAX_EXACT_PLAYERS = 12
"""Up to this many players of a journey all sets are valued, 4096 of them."""

BLOCK = 200_000
"""Journeys with touches taken out that are laid out at once."""


@dataclass(frozen=True)
class Solver:
    """Shapley values of games.

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
        player: int64 ``[pairs]``, as it was given.
        credit: float64 ``[pairs]``, conversions; may be negative.
        whole: float64 ``[journeys]``, chance with all touches.
        empty: float64 ``[journeys]``, chance with none.
    """

    journey: NDArray[np.int64]
    player: NDArray[np.int64]
    credit: Values
    whole: Values
    empty: Values

    def of_journeys(self, rows: NDArray[np.int64]) -> "PlayerCredit":
        """Return the credit of some journeys, ascending, which are numbered anew."""
        number = np.full(len(self.whole), -1)
        number[rows] = np.arange(len(rows))
        journey = number[self.journey]
        kept = journey >= 0
        return PlayerCredit(
            journey[kept], self.player[kept], self.credit[kept], self.whole[rows], self.empty[rows]
        )


def masked_probabilities(
    fitted: Fitted, journeys: JourneyColumns, rows: NDArray[np.int64], present: NDArray[np.bool_]
) -> Values:
    """Return the chance of journeys had only some of their touches happened.

    Args:
        fitted: the model.
        journeys: the columns.
        rows: int64 ``[m]``, a journey for each question; it may come up often.
        present: bool, the touches of those journeys in a row: ``sum(touches[rows])``.
    """
    return fitted.probabilities(journeys.select(rows).with_touches(present))


def touch_game(fitted: Fitted, journeys: JourneyColumns, row: int) -> Game:
    """Return the game of one journey whose players are its touches, the oldest first."""
    one = journeys.select(np.array([row]))
    count = int(one.touches[0])

    def game(sets: NDArray[np.bool_]) -> Values:
        if sets.ndim != 2 or sets.shape[1] != count:
            raise ValueError(f"sets must have shape (m, {count}), got {sets.shape}")
        rows = np.zeros(len(sets), np.int64)
        return masked_probabilities(fitted, one, rows, np.ascontiguousarray(sets).ravel())

    return game


def coalition_values(
    fitted: Fitted, journeys: JourneyColumns, running: NDArray[np.bool_]
) -> Values:
    """Return ``v(S)``: conversions to be expected if only some channels ran, ``[coalitions]``.

    Touches of an unknown channel always run.

    Args:
        fitted: the model.
        journeys: all of them, weighted.
        running: bool ``[coalitions, channels]``.
    """
    channels = fitted.model.vocabulary.channels
    if running.ndim != 2 or running.shape[1] != channels:
        raise ValueError(f"running must have shape (coalitions, {channels}), got {running.shape}")
    always = np.ones((len(running), 1), bool)
    # the last column stands for the unknown channel, whose code is -1
    on = np.concatenate([running, always], axis=1)
    return np.array(
        [
            float(
                journeys.weight @ fitted.probabilities(journeys.with_touches(row[journeys.channel]))
            )
            for row in on
        ]
    )


def touch_credit(fitted: Fitted, journeys: JourneyColumns, solver: Solver) -> PlayerCredit:
    """Credit the touches of each journey; ``player`` is the place in the columns."""
    return player_credit(fitted, journeys, np.arange(len(journeys.days)), solver)


def channel_credit(fitted: Fitted, journeys: JourneyColumns, solver: Solver) -> PlayerCredit:
    """Credit the channels of each journey; ``player`` is the channel's code."""
    return player_credit(fitted, journeys, journeys.channel, solver)


def player_credit(
    fitted: Fitted, journeys: JourneyColumns, player: NDArray[np.int64], solver: Solver
) -> PlayerCredit:
    """Credit groups of touches within each journey.

    Args:
        fitted: the model.
        journeys: the columns; weights play no part here.
        player: int64 ``[touches]``, who plays each touch.
        solver: what makes Shapley values of values.

    Returns:
        One row for each journey and each of its players. Credits of a journey sum to
        ``whole - empty``.
    """
    if player.shape != journeys.days.shape:
        raise ValueError(f"player must have shape {journeys.days.shape}, got {player.shape}")
    seats = _seats(journeys, player)
    credit = np.zeros(len(seats.journey))
    whole, empty = np.empty(len(journeys)), np.empty(len(journeys))
    for rows in _alike(seats.count):
        count = int(seats.count[rows[0]])
        if count > MAX_EXACT_PLAYERS:
            values, phi = _sampled(fitted, journeys, seats, int(rows[0]), solver)
        else:
            values = _all_sets(fitted, journeys, seats, rows)
            phi = solver.exact(values) if count else np.zeros((len(rows), 0))
        empty[rows], whole[rows] = values[:, 0], values[:, -1]
        credit[seats.first[rows][:, None] + np.arange(count)] = phi
    return PlayerCredit(seats.journey, seats.player, credit, whole, empty)


@dataclass(frozen=True, eq=False)
class _Seats:
    """The players of each journey, numbered within it."""

    journey: NDArray[np.int64]  # [pairs]
    player: NDArray[np.int64]  # [pairs]
    first: NDArray[np.int64]  # [journeys], where each journey's pairs begin
    count: NDArray[np.int64]  # [journeys]
    seat: NDArray[np.int64]  # [touches], number of the touch's player in its journey


def _seats(journeys: JourneyColumns, player: NDArray[np.int64]) -> _Seats:
    owner = journeys.journey
    pairs, pair = np.unique(np.stack([owner, player], axis=1), axis=0, return_inverse=True)
    count = np.bincount(pairs[:, 0], minlength=len(journeys))
    first = np.cumsum(count) - count
    return _Seats(pairs[:, 0], pairs[:, 1], first, count, pair.ravel() - first[owner])


def _alike(count: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Journeys with the same number of players, as many as may be laid out at once."""
    for players in np.unique(count):
        rows = np.flatnonzero(count == players)
        step = 1 if players > MAX_EXACT_PLAYERS else max(1, BLOCK >> int(players))
        for start in range(0, len(rows), step):
            yield rows[start : start + step]


def _all_sets(
    fitted: Fitted, journeys: JourneyColumns, seats: _Seats, rows: NDArray[np.int64]
) -> Values:
    """Values ``[rows, 2^n]`` of all sets of the players of some journeys."""
    sets = 1 << int(seats.count[rows[0]])
    asked = np.repeat(rows, sets)
    number = np.tile(np.arange(sets), len(rows))
    size = journeys.touches[asked]
    begin = np.cumsum(size) - size
    touch = np.arange(size.sum()) + np.repeat(journeys.offsets[asked] - begin, size)
    present = (np.repeat(number, size) >> seats.seat[touch]) & 1 == 1
    return masked_probabilities(fitted, journeys, asked, present).reshape(len(rows), sets)


def _sampled(
    fitted: Fitted, journeys: JourneyColumns, seats: _Seats, row: int, solver: Solver
) -> tuple[Values, Values]:
    one = journeys.select(np.array([row]))
    seat = seats.seat[journeys.offsets[row] : journeys.offsets[row + 1]]
    count = int(seats.count[row])

    def game(sets: NDArray[np.bool_]) -> Values:
        asked = np.zeros(len(sets), np.int64)
        return masked_probabilities(fitted, one, asked, sets[:, seat].ravel())

    ends = np.stack([np.zeros(count, bool), np.ones(count, bool)])
    return game(ends)[None, :], solver.sampled(game, count)[None, :]
