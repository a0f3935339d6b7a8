"""The gradient of removal losses, against the losses themselves and against their change."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from attrigraph.attribution.multi_touch import removal_bootstrap
from attrigraph.attribution.multi_touch.markov import count_chain, losses_of, removal_losses
from attrigraph.attribution.multi_touch.removal_bootstrap import (
    gradients,
    loss_deviations,
    moves_of,
    removals,
)
from attrigraph.attribution.multi_touch.resamples import resampled_paths
from attrigraph.attribution.observed.evidence import Evidence
from attrigraph.errors import ConvergenceError

if TYPE_CHECKING:
    from attrigraph.domain import PathCounts
    from fixture_types import MakePaths

ROWS = [
    (("a",), 20, 20, 60),
    (("a", "b"), 30, 30, 40),
    (("a", "a", "b", "a"), 12, 12, 25),
    (("c", "b", "c", "a"), 10, 10, 90),
    (("b", "b", "b"), 3, 3, 50),
    (("c",), 0, 0, 70),
    (("d", "a"), 4, 4, 0),
    (("e",), 0, 0, 9),
    ((), 5, 5, 80),
]
ORDERS = [1, 2, 3, 4]


@pytest.mark.parametrize("order", ORDERS)
def test_moves_times_gradient_are_the_losses(pathdata: PathCounts, order: int) -> None:
    counted = count_chain(pathdata, order)
    resampled = resampled_paths(Evidence(pathdata), 1, 0)
    moves = moves_of(counted, resampled.journeys)
    made = moves.made.T @ resampled.kinds.count
    expected = losses_of(counted.chain)[:, 0]
    for keys, gradient in gradients(counted.chain, moves):
        assert made @ gradient == pytest.approx(expected[keys], rel=1e-5)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("what", ["conversions", "nulls"])
def test_a_journey_more_changes_losses_by_its_gradient(
    make_paths: MakePaths, order: int, what: Any
) -> None:
    paths = make_paths(ROWS)
    counted = count_chain(paths, order)
    resampled = resampled_paths(Evidence(paths), 1, 0)
    moves = moves_of(counted, resampled.journeys)
    [(keys, gradient)] = gradients(counted.chain, moves)
    by_kind = moves.made @ gradient
    step = 1e-4
    for kind, item in enumerate(resampled.journeys.indices):
        path, converted = divmod(int(item), 2)
        if converted != (what == "conversions"):
            continue
        counts = getattr(paths, what).copy()
        counts[path] += step
        more = removal_losses(replace(paths, **{what: counts}), order)[:, 0]
        change = (more - losses_of(counted.chain)[:, 0]) / step
        assert by_kind[kind] == pytest.approx(change[keys], abs=2e-3)


@pytest.mark.parametrize("order", ORDERS)
def test_lost_visits_equal_the_removal_losses(make_paths: MakePaths, order: int) -> None:
    counted = count_chain(make_paths(ROWS), order)
    chain, [(keys, lost, chance)] = counted.chain, removals(counted.chain)
    losses = losses_of(chain)[keys, 0]
    # conversions of the visits that are lost, and those that still come
    assert chain.conversions @ lost == pytest.approx(losses, rel=1e-3, abs=1e-4)
    kept = chain.conversions.sum() - chain.starts @ chance
    assert kept == pytest.approx(losses, rel=1e-3, abs=1e-4)


@pytest.mark.parametrize("order", ORDERS)
def test_blocks_of_keys_and_sums_over_customers_change_nothing(
    pathdata: PathCounts, order: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted, resampled = count_chain(pathdata, order), resampled_paths(Evidence(pathdata), 20, 0)
    expected = loss_deviations(counted, resampled)
    monkeypatch.setattr(removal_bootstrap, "BLOCK_KEYS", 5)
    monkeypatch.setattr(removal_bootstrap, "MOVES_KEPT", 0)
    monkeypatch.setattr(removal_bootstrap, "DENSE_KEYS", 3)
    scale = np.abs(expected).max()
    assert loss_deviations(counted, resampled) == pytest.approx(expected, abs=1e-2 * scale)


@pytest.mark.parametrize("order", ORDERS)
def test_deviations_are_those_of_chains_of_resampled_customers(
    pathdata: PathCounts, order: int
) -> None:
    counted, resampled = count_chain(pathdata, order), resampled_paths(Evidence(pathdata), 20, 0)
    deviations = loss_deviations(counted, resampled)
    members = resampled.journeys.T @ resampled.kinds.of(np.arange(len(resampled.kinds)))
    losses = losses_of(counted.chain)[:, 0]
    exact = []
    for drawn in np.rint(members.T):
        paths = replace(
            pathdata,
            nulls=pathdata.nulls + drawn[0::2],
            conversions=pathdata.conversions + drawn[1::2],
        )
        exact.append(removal_losses(paths, order)[:, 0] - losses)
    off = np.abs(np.array(exact) - deviations).mean(axis=0)
    assert (off <= 0.03 * order * np.abs(exact).mean(axis=0)).all()


def test_sweeps_that_do_not_settle_are_an_error(
    pathdata: PathCounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(removal_bootstrap, "MAX_ROUNDS", 1)
    with pytest.raises(ConvergenceError, match="did not settle within 3 sweeps"):
        list(removals(count_chain(pathdata, 2).chain))


def test_no_journeys_have_no_deviations(make_paths: MakePaths) -> None:
    paths = make_paths([((), 3, 3, 4)])
    assert loss_deviations(count_chain(paths, 2), resampled_paths(Evidence(paths), 7, 0)).shape == (
        7,
        0,
    )
