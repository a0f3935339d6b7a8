"""Every solver against each other, trying all plans, and the laws of the best plan."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, minimize

from attrigraph.planning.bound import upper_bound
from attrigraph.planning.closure import Closure, best_set
from attrigraph.planning.cuts import closure, cut
from attrigraph.planning.fill import fill
from attrigraph.planning.linear_program import LinearProgram
from attrigraph.planning.problem import NO_SYNERGIES, Problem
from attrigraph.planning.questions import budget_at_return
from attrigraph.planning.solve import solve
from budget_problems import best_by_trying, random_problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from attrigraph.planning.solution import Solution

    Solver = Callable[[Problem], Solution]

SEEDS = range(30)


def lp(problem: Problem) -> Solution:
    return LinearProgram(problem).solve()


def value(problem: Problem, solution: Solution) -> float:
    return problem.value_of(solution.activity)


@pytest.mark.parametrize("seed", SEEDS)
def test_all_solvers_agree_with_trying_all_and_with_the_bound(seed: int) -> None:
    problem = random_problem(seed, triples=1)
    best = best_by_trying(problem)
    by_lp, by_cuts = lp(problem), cut(problem)

    assert value(problem, by_lp) == pytest.approx(best, rel=1e-9)
    assert upper_bound(problem, by_lp.prices) == pytest.approx(best, rel=1e-9)
    assert value(problem, by_cuts) == pytest.approx(best, rel=1e-9)
    assert upper_bound(problem, by_cuts.prices) == pytest.approx(best, rel=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_filling_is_exact_without_synergies(seed: int) -> None:
    problem = replace(random_problem(seed, n=6, levels=20), synergies=NO_SYNERGIES)
    filled = fill(problem)

    assert value(problem, filled) == pytest.approx(value(problem, lp(problem)), rel=1e-12)
    assert upper_bound(problem, filled.prices) == pytest.approx(value(problem, filled), rel=1e-12)


@pytest.mark.parametrize("solver", [lp, cut])
@pytest.mark.parametrize("seed", range(6))
def test_the_budget_is_spent_and_its_price_is_the_slope_of_the_value(
    solver: Solver, seed: int
) -> None:
    problem = random_problem(seed, n=12, levels=20, pairs=30)
    solution = solver(problem)
    assert problem.spend_of(solution.activity).sum() == pytest.approx(problem.budget, abs=1e-6)

    step = 1e-4
    more = replace(problem, budget=problem.budget + step)
    less = replace(problem, budget=problem.budget - step)
    slope = (value(more, solver(more)) - value(less, solver(less))) / (2 * step)
    assert solution.prices.budget == pytest.approx(slope, rel=1e-4)


def test_the_value_grows_with_the_budget_by_less_and_less() -> None:
    problem = random_problem(3, n=10, levels=20, pairs=20)
    low = float(problem.minimum.sum())
    budgets = np.linspace(low, problem.maximum.sum() + 100, 25)
    values = [value(p, lp(p)) for p in (replace(problem, budget=float(b)) for b in budgets)]
    steps = np.diff(values)
    assert (steps >= -1e-9).all()
    assert (np.diff(steps) <= 1e-6).all()


@pytest.mark.parametrize("solver", [lp, cut])
def test_other_units_of_money_scale_the_plan(solver: Solver) -> None:
    problem = random_problem(5, n=8, levels=10, pairs=12)
    cents = replace(
        problem,
        minimum=100 * problem.minimum,
        maximum=100 * problem.maximum,
        at_minimum=100 * problem.at_minimum,
        gains=100 * problem.gains,
        budget=100 * problem.budget,
        synergies=replace(problem.synergies, worth=100 * problem.synergies.worth),
    )
    assert solver(cents).activity == pytest.approx(solver(problem).activity, abs=1e-9)
    assert solver(cents).prices.budget == pytest.approx(solver(problem).prices.budget)


def test_equal_limits_pin_the_spend() -> None:
    problem = random_problem(7, n=5, levels=4)
    maximum = problem.maximum.copy()
    gains = problem.gains.copy()
    maximum[2], gains[2] = problem.minimum[2], 0.0
    pinned = replace(problem, maximum=maximum, gains=gains, budget=float(maximum.sum() * 0.7))
    for solver in (lp, cut, solve):
        assert pinned.spend_of(solver(pinned).activity)[2] == problem.minimum[2]


@pytest.mark.parametrize("solver", [lp, cut])
def test_a_useless_campaign_and_the_order_change_nothing(
    solver: Solver,
) -> None:
    problem = random_problem(9, n=6, levels=5, pairs=9)
    best = value(problem, solver(problem))
    spend = problem.spend_of(solver(problem).activity)

    useless = replace(
        problem,
        ids=(*problem.ids, "useless"),
        minimum=np.append(problem.minimum, 0.0),
        maximum=np.append(problem.maximum, 1000.0),
        at_minimum=np.append(problem.at_minimum, 0.0),
        gains=np.vstack([problem.gains, np.zeros(problem.levels)]),
    )
    assert value(useless, solver(useless)) == pytest.approx(best)
    assert useless.spend_of(solver(useless).activity)[:-1] == pytest.approx(spend)

    order = np.random.default_rng(1).permutation(6)
    shuffled = replace(
        problem,
        ids=tuple(problem.ids[k] for k in order),
        minimum=problem.minimum[order],
        maximum=problem.maximum[order],
        at_minimum=problem.at_minimum[order],
        gains=problem.gains[order],
        synergies=replace(problem.synergies, members=np.argsort(order)[problem.synergies.members]),
    )
    assert shuffled.spend_of(solver(shuffled).activity) == pytest.approx(spend[order])


@pytest.mark.parametrize("seed", range(5))
def test_pieces_are_close_to_the_smooth_problem(seed: int) -> None:
    rng = np.random.default_rng(seed)
    limit, scale, most = rng.uniform(1, 9, 5), rng.uniform(1, 4, 5), rng.uniform(2, 8, 5)
    budget = 0.4 * most.sum()

    def smooth(spend: NDArray[np.float64]) -> float:
        return float((limit * (1 - np.exp(-spend / scale))).sum())

    peer = minimize(  # type: ignore[call-overload]  # the stubs want further arguments
        lambda spend: -smooth(np.asarray(spend)),
        most * 0.4,
        bounds=Bounds(np.zeros(5), most),
        constraints=LinearConstraint(np.ones((1, 5)), -np.inf, budget),
        method="SLSQP",
        tol=1e-12,
    )
    spends = np.linspace(0, most, 21, axis=1)
    values = limit[:, None] * (1 - np.exp(-spends / scale[:, None]))
    zeros = np.zeros(5)
    problem = Problem(tuple("abcde"), zeros, most, zeros, np.diff(values, axis=1), float(budget))
    plan = problem.spend_of(solve(problem).activity)
    error = float((limit / scale**2 * most**2).sum() / (8 * 20**2))
    assert -peer.fun - error <= smooth(plan) <= -peer.fun + 1e-6


@pytest.mark.parametrize("seed", range(10))
def test_a_level_is_the_least_minimum_cut_of_another_library(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, synergies = 12, 25
    members = np.array([rng.choice(n, 2, replace=False) for _ in range(synergies)])
    level = Closure(rng.normal(0, 4, n), members, rng.uniform(0, 2, synergies))
    graph = nx.DiGraph()
    graph.add_nodes_from(["source", "sink", *range(n)])
    for node, margin in enumerate(level.margin):
        graph.add_edge("source", node, capacity=max(margin, 0))
        graph.add_edge(node, "sink", capacity=max(-margin, 0))
    for number, ((one, other), worth) in enumerate(zip(members, level.worth, strict=True)):
        graph.add_edge("source", ("pair", number), capacity=worth)
        graph.add_edge(("pair", number), int(one))
        graph.add_edge(("pair", number), int(other))
    _, (source_side, _) = nx.minimum_cut(graph, "source", "sink")
    chosen = best_set(level, np.zeros(n, dtype=bool), np.ones(n, dtype=bool))
    assert set(np.flatnonzero(chosen)) == {node for node in source_side if isinstance(node, int)}


def test_sets_of_levels_nest_and_shrink_as_the_price_rises() -> None:
    problem = random_problem(11, n=20, levels=8, pairs=50)
    activities = []
    for price in (0.2, 0.6, 1.0, 1.5, 2.5):
        everyone = np.ones(20, dtype=bool)
        sets = np.array(
            [best_set(closure(problem, level, price), ~everyone, everyone) for level in range(8)]
        )
        assert (sets[:-1] | ~sets[1:]).all()
        activities.append(sets.mean(axis=0))
    assert (np.diff(activities, axis=0) <= 0).all()


@pytest.mark.parametrize("seed", range(5))
def test_a_stronger_synergy_never_lowers_its_members_at_a_fixed_price(seed: int) -> None:
    problem = random_problem(seed, n=8, levels=6, pairs=10)
    _, before = budget_at_return(problem, 0.9)
    worth = problem.synergies.worth.copy()
    worth[0] += 500
    stronger = replace(problem, synergies=replace(problem.synergies, worth=worth))
    _, after = budget_at_return(stronger, 0.9)
    members = problem.synergies.members[0]
    assert (after.activity[members] >= before.activity[members] - 1e-9).all()
