"""Plans as JSON, their certificates, other questions, and draws of curves."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy.stats import norm

from attrigraph.attribution.incremental.experiments.plan import expected_gain
from attrigraph.errors import InputError
from attrigraph.planning.allocate import allocate
from attrigraph.planning.bound import upper_bound
from attrigraph.planning.measure_next import information_values
from attrigraph.planning.plan_json import plan_json
from attrigraph.planning.problem import Problem
from attrigraph.planning.questions import budget_at_return, least_budget
from attrigraph.planning.request import (
    CampaignGroup,
    CampaignSynergy,
    MeasureLimit,
    PlannedCampaign,
    PlanRequest,
)
from attrigraph.planning.responses import DrawnResponse, Exponential, Tabulated
from attrigraph.planning.solution import Prices
from attrigraph.planning.solve import RepeatedSolver, solve
from attrigraph.planning.uncertainty import case_draws, count_cases, drawn_cases, draws_of
from attrigraph.planning.verify import verify
from budget_problems import REQUEST, SEARCH, SOCIAL, random_problem

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.planning.plan import BudgetPlan

FULL = replace(
    REQUEST,
    groups=(
        CampaignGroup("paid", ("search", "social"), maximum=950.0),
        CampaignGroup("market", ("search", "social"), response=Exponential(300, 800)),
    ),
    synergies=(CampaignSynergy(("search", "social"), 200.0),),
    limits=(MeasureLimit("co2", {"search": 2.0}, maximum=1300.0),),
    max_change=1.5,
)


def check_by_hand(plan: dict[str, Any]) -> tuple[float, float]:
    """Value and bound of a plan by plain arithmetic: the independent check of a certificate."""
    proof = plan["certificate"]
    spend = {a["campaign"]: a["spend"] for a in plan["allocations"]}
    price = dict.fromkeys(spend, proof["price"])
    value = bound = sum(c["at_min"] for c in proof["campaigns"])
    bound += proof["price"] * (proof["budget"] - sum(c["min"] for c in proof["campaigns"]))
    low = {c["id"]: c["min"] for c in proof["campaigns"]}
    for row in proof["rows"]:
        limit = row["upper"] if row["price"] > 0 else row["lower"]
        if row["price"]:
            bound += row["price"] * (limit - sum(w * low[c] for c, w in row["weights"].items()))
        for name, weight in row["weights"].items():
            price[name] += row["price"] * weight
    for group in proof["shared"]:
        total = sum(spend[c] for c in group["campaigns"])
        for number, gain in enumerate(group["gains"]):
            value += gain * min(max(total / group["width"] - number, 0), 1)
            bound += max(gain - group["price"] * group["width"], 0)
        bound += group["price"] * sum(low[c] for c in group["campaigns"])
        for name in group["campaigns"]:
            price[name] -= group["price"]
    activity, share = {}, {c["id"]: [0.0] * len(c["gains"]) for c in proof["campaigns"]}
    for c in proof["campaigns"]:
        width = c["max"] - c["min"]
        activity[c["id"]] = (spend[c["id"]] - c["min"]) / width if width else float(c["max"] > 0)
    for synergy in proof["synergies"]:
        value += synergy["worth"] * min(activity[c] for c in synergy["campaigns"])
        for name, parts in zip(synergy["campaigns"], synergy["shares"], strict=True):
            levels = len(share[name])
            for level in range(levels):
                share[name][level] += parts[level % len(parts)] / levels
    for c in proof["campaigns"]:
        levels = len(c["gains"])
        for level, gain in enumerate(c["gains"]):
            value += gain * min(max(activity[c["id"]] * levels - level, 0), 1)
            margin = gain - (c["max"] - c["min"]) * price[c["id"]] / levels + share[c["id"]][level]
            fills = [min(max(c[end] * levels - level, 0), 1) for end in ("least", "most")]
            bound += max(margin * fill for fill in fills)
    return value, bound


def test_plain_arithmetic_proves_a_plan_with_every_kind_of_limit() -> None:
    plan = json.loads(json.dumps(plan_json(allocate(FULL))))
    value, bound = check_by_hand(plan)
    assert value == pytest.approx(plan["value"]["value"], rel=1e-9)
    assert bound == pytest.approx(value, rel=1e-9)
    found = verify(plan)
    assert found.value == pytest.approx(value)
    assert found.bound == pytest.approx(bound)
    assert found.is_best


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"spend": 5000.0}, "search has 5,000.00, above"),
        ({"spend": 50.0}, "search has 50.00, below"),
    ],
)
def test_a_plan_that_was_changed_is_found_out(change: dict[str, float], words: str) -> None:
    plan = plan_json(allocate(FULL))
    plan["allocations"][0] |= change
    found = verify(plan)
    assert not found.is_best
    assert any(words in fault for fault in found.faults)
    assert any("for a value" in fault for fault in found.faults)


def test_a_worse_plan_is_not_the_best_and_wrong_prices_prove_nothing() -> None:
    plan = plan_json(allocate(REQUEST))
    worse = json.loads(json.dumps(plan))
    spends = [a["spend"] for a in worse["allocations"]]
    worse["allocations"][0]["spend"] = spends[0] - 50
    worse["allocations"][1]["spend"] = spends[1] + 50
    problem = allocate(REQUEST).certificate.problem
    activity = problem.activity_of(np.array([spends[0] - 50, spends[1] + 50]))
    value, bound = problem.value_of(activity), worse["certificate"]["bound"]
    worse["value"]["value"] = value
    worse["certificate"] |= {"value": value, "gap": bound - value}
    worse["gain"] = None
    found = verify(worse)
    assert not found.faults
    assert not found.is_best

    loose = json.loads(json.dumps(plan))
    loose["certificate"]["price"] *= 1.3
    assert verify(loose).bound > verify(plan).bound
    assert not verify(loose).is_best


@pytest.mark.parametrize(
    ("place", "figure", "words"),
    [
        ("budget", 1e8, "its certificate is about"),
        ("spent", 1.0, "1.00 for spent"),
        ("left_over", 7.0, "7.00 for left over"),
        ("exploration", 7.0, "7.00 for exploration"),
        ("marginal_return", 7.0, "a marginal return of 7"),
        ("gain.value", 7.0, "a gain of 7.00, and its values give"),
        ("changes.0.value", 7e6, "and its changes give"),
        ("certificate.value", 7.0, "7.00 for a certified value"),
        ("certificate.bound", 7.0, "7.00 for a bound"),
        ("certificate.gap", 7.0, "7.00 for a gap"),
        ("value.low", 1e9, "the interval of value ends before it begins"),
        ("allocations.0.low", 1e9, "the interval of search ends before it begins"),
        ("certificate.price", float("nan"), "plan.certificate.price is nan"),
        ("gain.value", float("inf"), "plan.gain.value is inf"),
    ],
)
def test_figures_that_contradict_each_other_are_named(
    place: str, figure: float, words: str
) -> None:
    plan = json.loads(json.dumps(plan_json(allocate(REQUEST))))
    assert verify(plan).is_best
    *path, last = place.split(".")
    part = plan
    for step in path:
        part = part[int(step)] if isinstance(part, list) else part[step]
    part[last] = figure
    found = verify(plan)
    assert not found.is_best
    assert any(words in fault for fault in found.faults), found.faults


def test_allocations_are_those_of_the_certificate_once_each() -> None:
    plan = json.loads(json.dumps(plan_json(allocate(REQUEST))))
    search, social = plan["allocations"]
    extra = {**search, "campaign": "extra", "spend": 50_000.0}
    for allocations, words in (
        ([search, social, extra], "extra has an allocation, and is no campaign"),
        ([search, search, social], "search has 2 allocations"),
        ([search], "social has 0 allocations"),
    ):
        found = verify({**plan, "allocations": allocations})
        assert not found.is_best
        assert any(words in fault for fault in found.faults)


@pytest.mark.parametrize("unit", [1e-9, 1e-3, 1e6])
def test_the_check_is_as_strict_in_any_unit_of_money(unit: float) -> None:
    campaigns = tuple(
        replace(
            one,
            minimum=one.minimum * unit,
            maximum=one.maximum * unit,
            old=None if one.old is None else one.old * unit,
            response=Exponential(one.response.limit * unit, one.response.scale * unit)
            if isinstance(one.response, Exponential)
            else one.response,
        )
        for one in REQUEST.campaigns
    )
    request = replace(REQUEST, campaigns=campaigns, budget=REQUEST.budget * unit)
    plan = json.loads(json.dumps(plan_json(allocate(request))))
    assert verify(plan).is_best
    plan["allocations"][0]["spend"] *= 1.01
    assert any("the budget has" in fault for fault in verify(plan).faults)


@pytest.mark.parametrize("plan", [{}, {"certificate": {}}, {"certificate": None}])
def test_what_is_no_plan(plan: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="not a plan with a certificate"):
        verify(plan)


@pytest.mark.parametrize("seed", range(20))
def test_any_prices_bound_the_value(seed: int) -> None:
    problem = random_problem(seed, n=5, levels=4, pairs=5, triples=1)
    rng = np.random.default_rng(seed)
    shares = rng.uniform(0, 300, (*problem.synergies.members.shape, 4))
    prices = Prices(float(rng.uniform(0, 3)), shares=shares)
    assert upper_bound(problem, prices) >= problem.value_of(solve(problem).activity) - 1e-9


@pytest.mark.parametrize("seed", range(10))
def test_the_least_budget_for_a_value_is_the_budget_that_brings_it(seed: int) -> None:
    problem = random_problem(seed, n=8, levels=10, pairs=10)
    value = problem.value_of(solve(problem).activity)
    planned, solution = least_budget(problem, value)
    assert planned.budget == pytest.approx(problem.budget, rel=1e-8)
    assert planned.value_of(solution.activity) == pytest.approx(value, rel=1e-9)


def test_no_budget_reaches_more_than_all() -> None:
    with pytest.raises(InputError, match="no budget reaches a value of 1e"):
        least_budget(random_problem(1), 1e9)


@pytest.mark.parametrize("seed", range(10))
def test_a_budget_at_a_marginal_return_is_the_best_for_that_return(seed: int) -> None:
    problem = random_problem(seed, n=8, levels=10, pairs=10)
    planned, solution = budget_at_return(problem, 0.8)
    net = planned.value_of(solution.activity) - 0.8 * planned.budget
    for factor in (0.9, 0.99, 1.01, 1.1):
        other = replace(problem, budget=max(planned.budget * factor, problem.minimum.sum()))
        best = other.value_of(solve(other).activity)
        assert best - 0.8 * other.budget <= net + 1e-6
    assert upper_bound(planned, solution.prices) == pytest.approx(
        planned.value_of(solution.activity), rel=1e-9
    )


def drawn(limit: float, scale: float, spread: float, seed: int) -> DrawnResponse:
    rng = np.random.default_rng(seed)
    spends = np.linspace(0, 900, 31)
    curve = limit * (1 - np.exp(-spends / scale))
    return DrawnResponse(spends, np.exp(spread * rng.normal(size=(40, 1))) * curve)


UNCERTAIN = replace(
    REQUEST,
    campaigns=(
        replace(SEARCH, response=drawn(2000, 500, 0.5, 1)),
        replace(SOCIAL, response=drawn(1000, 300, 0.05, 2)),
    ),
)


def activity_of(plan: BudgetPlan) -> NDArray[np.float64]:
    problem = plan.certificate.problem
    return problem.activity_of(np.array([a.spend for a in plan.allocations]))


def test_draws_give_intervals_and_regret() -> None:
    plan = allocate(UNCERTAIN)
    draws = draws_of(drawn_cases(UNCERTAIN), activity_of(plan))
    assert draws is not None
    assert plan.regret is not None
    assert (draws.regret >= -1e-9).all()
    assert plan.regret.value == draws.regret.mean()
    assert plan.regret.low <= plan.regret.value <= plan.regret.high
    assert draws.values.mean() == pytest.approx(plan.value.value, rel=1e-9)
    assert plan.value.low < plan.value.value < plan.value.high
    assert all(a.low <= a.high for a in plan.allocations)


def test_the_less_certain_curve_is_worth_measuring() -> None:
    plan = allocate(UNCERTAIN)
    first, second = plan.measure_next
    assert (first.campaign, second.campaign) == ("search", "social")
    assert first.value > 5 * second.value
    # one curve is worth less than all, but for chance in 40 draws
    assert plan.regret is not None
    assert first.value <= 1.2 * plan.regret.value


@pytest.mark.parametrize("cost", [800.0, 1000.0, 1100.0])
def test_a_test_is_worth_what_keeping_or_stopping_a_channel_gains_by_it(cost: float) -> None:
    # the spend on the channel brings 1000 +- 300; money that is not spent is kept
    mean, sd, error = 1000.0, 300.0, 200.0
    quantiles = (np.arange(400) + 0.5) / 400
    values = mean + sd * norm.ppf(quantiles)
    problem = Problem(
        ids=("channel", "money"),
        minimum=np.zeros(2),
        maximum=np.full(2, cost),
        at_minimum=np.zeros(2),
        gains=np.array([[mean], [cost]]),
        budget=cost,
        whole=np.array([True, False]),
    )
    draws = [replace(problem, gains=np.array([[value], [cost]])) for value in values]
    activity = solve(problem).activity
    resolved = sd / np.hypot(sd, error)
    for share, chance in ((1.0, 0.0), (resolved, error)):
        [found] = information_values(problem, draws, activity, {"channel": share})
        assert found.value == pytest.approx(expected_gain(mean - cost, sd, chance), rel=0.01)


@pytest.mark.parametrize("seed", range(5))
def test_information_of_a_curve_is_the_mean_of_best_values_by_it(seed: int) -> None:
    problem = random_problem(seed, n=6, levels=5, pairs=6)
    rng = np.random.default_rng(seed)
    factors = np.exp(0.4 * rng.normal(size=(12, 6, 1)))
    factors /= factors.mean(axis=0)
    draws = [replace(problem, gains=problem.gains * factor) for factor in factors]
    solution = solve(problem)
    values = information_values(problem, draws, solution.activity)
    found = {one.campaign: one.value for one in values}
    for number, name in enumerate(problem.ids):
        gains = [problem.gains.copy() for _ in draws]
        for own, draw in zip(gains, draws, strict=True):
            own[number] = draw.gains[number]
        known = [replace(problem, gains=own) for own in gains]
        best = np.mean([one.value_of(solve(one).activity) for one in known])
        assert found[name] == pytest.approx(best - problem.value_of(solution.activity), abs=1e-6)


def test_the_gain_over_the_old_plan_adds_up_by_place() -> None:
    plan = allocate(FULL)
    assert plan.old is not None
    assert plan.old.spent == 800
    assert plan.old.gain.value == pytest.approx(plan.value.value - plan.old.value.value)
    assert sum(c.value for c in plan.old.changes) == pytest.approx(plan.old.gain.value)
    assert [c.name for c in plan.old.changes] == ["search", "social", "market", "synergies"]


def test_the_plan_that_is_kept_gains_nothing() -> None:
    plan = allocate(replace(UNCERTAIN, freeze=True))
    assert plan.old is not None
    assert plan.old.gain.low == pytest.approx(0, abs=1e-9)
    assert plan.old.gain.high == pytest.approx(0, abs=1e-9)
    assert plan.old.value.low < plan.old.value.value < plan.old.value.high


def test_the_gain_has_the_interval_of_differences_by_draw() -> None:
    plan = allocate(UNCERTAIN)
    assert plan.old is not None
    # both plans share what is not known, so the difference is surer than either
    own, gain = plan.value, plan.old.gain
    assert gain.high - gain.low < 0.5 * (own.high - own.low)


def test_an_old_spend_outside_the_limits_is_valued_by_the_curve() -> None:
    search = replace(SEARCH, old=1500.0)
    plan = allocate(replace(REQUEST, campaigns=(search, replace(SOCIAL, old=0.0))))
    assert plan.old is not None
    # pieces are chords of the curve, and 900 is the end of one
    assert plan.old.value.value == pytest.approx(2000 * (1 - np.exp(-3)), rel=1e-9)


@pytest.mark.parametrize("has_group", [False, True])
def test_draws_solved_one_after_the_other_are_those_solved_alone(has_group: bool) -> None:
    request = replace(
        UNCERTAIN,
        groups=(CampaignGroup("market", ("search", "social"), response=drawn(300, 800, 0.4, 3)),)
        if has_group
        else (),
        synergies=(CampaignSynergy(("search", "social"), 200.0),),
    )
    problems = [case.problem for case in drawn_cases(request)]
    solver = RepeatedSolver(problems[0])
    for problem in problems:
        again = problem.value_of(solver.solve(problem).activity)
        assert again == pytest.approx(problem.value_of(solve(problem).activity), rel=1e-9)


def test_cases_are_as_many_as_the_most_draws_of_a_curve() -> None:
    def request(*counts: int) -> PlanRequest:
        spends = np.array([0.0, 900.0])
        responses = [DrawnResponse(spends, np.ones((count, 2))) for count in counts]
        pairs = zip(UNCERTAIN.campaigns, responses, strict=True)
        return replace(UNCERTAIN, campaigns=tuple(replace(c, response=r) for c, r in pairs))

    assert count_cases(request(60, 80)) == count_cases(request(200, 240)) == 60
    assert count_cases(request(7, 40)) == count_cases(request(40, 1)) == 40
    assert count_cases(REQUEST) == 0


def test_draws_are_spread_or_repeated_in_turn() -> None:
    assert case_draws(60, 60) == list(range(60))
    assert case_draws(240, 60) == list(range(0, 240, 4))
    assert case_draws(3, 7) == [0, 1, 2, 0, 1, 2, 0]
    assert case_draws(1, 3) == [0, 0, 0]


def test_a_curve_with_one_draw_is_certain() -> None:
    """It widens no interval and narrows none: as if it were given without draws."""
    spends = np.linspace(0, 900, 31)
    curve = 1000 * (1 - np.exp(-spends / 300))
    search, social = UNCERTAIN.campaigns
    once = DrawnResponse(spends, curve[None])
    certain = Tabulated(tuple(spends.tolist()), tuple(curve.tolist()))
    of_one, of_none = (
        allocate(replace(UNCERTAIN, campaigns=(search, replace(social, response=response))))
        for response in (once, certain)
    )
    assert of_one.value == of_none.value
    assert of_one.regret == of_none.regret
    assert of_one.value.low < of_one.value.value < of_one.value.high


def test_a_mean_of_shorter_lists_lies_within_its_interval() -> None:
    """20 draws repeated twice are those of 40 cases, so that means are of the same draws."""
    search, social = UNCERTAIN.campaigns
    assert isinstance(social.response, DrawnResponse)
    half = replace(social.response, values=social.response.values[:20])
    twice = replace(half, values=np.tile(half.values, (2, 1)))
    short, long = (
        allocate(replace(UNCERTAIN, campaigns=(search, replace(social, response=response))))
        for response in (half, twice)
    )
    assert short.value.value == pytest.approx(long.value.value)
    assert (short.value.low, short.value.high) == pytest.approx((long.value.low, long.value.high))
    draws = draws_of(drawn_cases(short.request), activity_of(short))
    assert draws is not None
    assert draws.values.mean() == pytest.approx(short.value.value, rel=1e-9)


EXPLORING = replace(UNCERTAIN, exploration=0.1)


def test_exploration_adds_up_and_stays_within_limits() -> None:
    group = CampaignGroup("all", ("search", "social"), maximum=950.0)
    request = replace(EXPLORING, groups=(group,))
    plan = allocate(request)
    spends = np.array([a.spend for a in plan.allocations])
    explored = np.array([a.exploration for a in plan.allocations])
    assert plan.spent == pytest.approx(950, abs=1e-6)
    assert plan.exploration == pytest.approx(50, abs=1e-6)
    assert explored.sum() == pytest.approx(plan.exploration)
    assert (explored >= 0).all()
    assert (spends <= 900 + 1e-6).all()
    assert (spends - explored).sum() == pytest.approx(900, abs=1e-6)
    found = verify(json.loads(json.dumps(plan_json(plan))))
    assert found.is_best


def exploring_request(seed: int) -> PlanRequest:
    """A request with every kind of limit that exploration has to keep."""
    rng = np.random.default_rng(seed)
    names = [f"c{number}" for number in range(6)]
    maxima = rng.uniform(300, 1200, 6)
    campaigns = tuple(
        PlannedCampaign(
            name,
            minimum=float(most * rng.choice([0.0, 0.1])),
            maximum=float(most),
            response=drawn(float(rng.uniform(500, 3000)), float(rng.uniform(150, 900)), 0.6, n),
            old=float(most / 2),
            whole=n == 5 and seed % 2 == 0,
        )
        for n, (name, most) in enumerate(zip(names, maxima, strict=True))
    )
    return PlanRequest(
        campaigns,
        budget=float(0.5 * maxima.sum()),
        groups=(
            CampaignGroup("pair", ("c0", "c1"), minimum=150.0, maximum=700.0),
            CampaignGroup("market", ("c2", "c3"), response=Exponential(800, 600)),
        ),
        synergies=(CampaignSynergy(("c0", "c2"), 200.0), CampaignSynergy(("c1", "c3", "c4"), 90.0)),
        limits=(MeasureLimit("co2", {"c2": 2.0, "c4": 1.0}, maximum=1100.0),),
        max_change=0.9 if seed % 2 else None,
        exploration=0.15,
    )


@pytest.mark.parametrize("seed", range(4))
def test_exploration_keeps_every_kind_of_limit(seed: int) -> None:
    request = exploring_request(seed)
    plan = allocate(request)
    found = verify(json.loads(json.dumps(plan_json(plan))))
    assert found.faults == ()
    assert found.explored == pytest.approx(plan.exploration)
    spends = {own.campaign: own.spend for own in plan.allocations}
    assert plan.spent == pytest.approx(sum(spends.values()))
    assert plan.spent + plan.left_over == pytest.approx(plan.budget, rel=1e-6)
    assert plan.exploration <= 0.15 * plan.budget * (1 + 1e-6)
    assert 150 - 1e-6 <= spends["c0"] + spends["c1"] <= 700 + 1e-6
    assert 2 * spends["c2"] + spends["c4"] <= 1100 + 1e-6
    if request.campaigns[5].whole:
        assert plan.allocations[5].exploration == pytest.approx(0, abs=1e-9)


def test_all_or_nothing_within_a_largest_change_is_an_error_of_its_own() -> None:
    campaigns = (SEARCH, replace(SOCIAL, whole=True))
    group = CampaignGroup("paid", ("search", "social"), maximum=950.0)
    request = replace(REQUEST, campaigns=campaigns, groups=(group,), max_change=0.5)
    with pytest.raises(InputError, match="its limits with campaigns that are bought whole or not"):
        allocate(request)


def test_what_does_not_explore_is_the_plan_of_the_rest() -> None:
    plan = allocate(EXPLORING)
    rest = allocate(replace(UNCERTAIN, budget=900.0))
    for own, other in zip(plan.allocations, rest.allocations, strict=True):
        assert own.spend - own.exploration == pytest.approx(other.spend, abs=1e-6)
    assert plan.certificate.bound == pytest.approx(rest.certificate.bound)
    assert plan.exploration == pytest.approx(100, abs=1e-6)


def test_exploration_is_shared_by_the_chance_to_be_the_best() -> None:
    # the last piece of money goes to the one whose slope is the higher in a draw
    spends = np.array([0.0, 1000.0])
    first = np.stack([np.zeros(40), np.repeat([3000.0, 500.0], [10, 30])], axis=1)
    second = np.stack([np.zeros(40), np.full(40, 1200.0)], axis=1)
    campaigns = (
        replace(SEARCH, minimum=0.0, maximum=1000.0, response=DrawnResponse(spends, first)),
        replace(SOCIAL, maximum=1000.0, response=DrawnResponse(spends, second)),
    )
    plan = allocate(replace(REQUEST, campaigns=campaigns, exploration=0.2))
    search, social = (a.exploration for a in plan.allocations)
    assert search == pytest.approx(200 * 10 / 40)
    assert social == pytest.approx(200 * 30 / 40)


def test_money_that_draws_do_not_want_is_planned_by_the_means() -> None:
    # in half of the draws neither brings anything beyond 450
    spends = np.array([0.0, 450.0, 900.0])
    flat, steep = [0.0, 900.0, 900.0], [0.0, 900.0, 1700.0]
    response = DrawnResponse(spends, np.array([flat, steep] * 10))
    campaigns = tuple(replace(own, minimum=0.0, response=response) for own in UNCERTAIN.campaigns)
    plan = allocate(replace(UNCERTAIN, campaigns=campaigns, exploration=0.2))
    assert plan.left_over == pytest.approx(0, abs=1e-6)
    assert plan.exploration == pytest.approx(200)
    assert verify(json.loads(json.dumps(plan_json(plan)))).faults == ()


def test_a_changed_exploration_is_found_out() -> None:
    plan = plan_json(allocate(EXPLORING))
    plan["allocations"][0]["exploration"] -= 400
    assert any("the exploration of search" in fault for fault in verify(plan).faults)


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (replace(REQUEST, exploration=0.1), "exploration needs curves with draws"),
        (replace(EXPLORING, exploration=1.0), "exploration must be a share of at least 0"),
        (
            replace(EXPLORING, budget=105.0),
            "the budget without exploration of 94.50 EUR is 5.50 below the sum of the least spends",
        ),
    ],
)
def test_exploration_that_is_not_possible(request_: PlanRequest, words: str) -> None:
    with pytest.raises(InputError, match=words):
        allocate(request_)


def test_a_target_value_does_not_explore() -> None:
    with pytest.raises(InputError, match="exploration is a share of a given budget"):
        allocate(EXPLORING, target_value=1000.0)


@pytest.mark.parametrize("question", [{"target_value": 1000.0}, {"marginal_return": 1.0}])
def test_a_plan_that_is_kept_answers_no_other_question(question: dict[str, float]) -> None:
    with pytest.raises(InputError, match="freeze keeps the old plan and its spend"):
        allocate(replace(REQUEST, freeze=True), **question)


def test_a_budget_of_nothing_explores_nothing() -> None:
    campaigns = tuple(replace(one, minimum=0.0) for one in REQUEST.campaigns)
    plan = allocate(replace(REQUEST, campaigns=campaigns, budget=0.0))
    assert not any("explore" in sentence for sentence in plan.reasons.values())


def test_certain_curves_have_no_interval() -> None:
    plan = allocate(REQUEST)
    assert plan.value.low == plan.value.value == plan.value.high
    assert plan.regret is None
    assert plan.measure_next == ()
    assert drawn_cases(REQUEST) == ()
