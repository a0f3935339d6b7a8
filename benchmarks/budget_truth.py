"""Budget plans in worlds whose response to spend is known: what they bring, of what is possible.

Curves come from two kinds of data. `history`: 365 days of spend by campaign and of the value of all
conversions, of 500,000 customers, about a thousand conversions per day. `journeys`: the events of
12,000 customers over 120 days, to which the incremental model is fitted, and spend by day. The
budget is what was spent, and each campaign may spend up to 2.5 times its own. Every plan is valued
by the truth, and compared with the best plan, which SLSQP finds on the truth itself from the best
of the others; other starts led to the same value within 1e-4 in all worlds. Plans are made

* with the true curve of each campaign, the others at present, and with the true synergies, each
  worth what it adds when all its members spend the most (`true curves`);
* with curves fitted to the world's data, and with the synergies found in journeys (`fitted`);
* by a generic optimiser, SLSQP, on the means of the same curves (`slsqp`);
* as an equal split, in proportion to credit by last touch, by the return of that credit from the
  largest down (`roas-greedy`), and as before (`old`).

Shares are those of the value that marketing causes: value beyond that of no spend. Intervals are
counted over budgets of 0.7, 1 and 1.3 times the present one. With ``--plays FILE`` plans that the
file holds are not made again, and new ones are appended to it.

    python benchmarks/budget_truth.py [--data history journeys] [--seeds 71 72 73 74 75]
                                      [--worlds NAME ...] [--plays FILE] [--short] [--json]
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from _figures import Figure, at_least, at_most, report
from scipy.optimize import LinearConstraint, minimize

from attrigraph.attribution.incremental.channel_credit import IncrementalOptions
from attrigraph.attribution.incremental.fitted import fit_incremental
from attrigraph.planning.alike_returns import with_alike_returns
from attrigraph.planning.allocate import allocate
from attrigraph.planning.history import fit_history
from attrigraph.planning.history_data import SpendHistory
from attrigraph.planning.measured_curves import MeasuredCurve, MeasuredSynergy, planned_curves
from attrigraph.planning.request import CampaignSynergy, PlannedCampaign, PlanRequest
from attrigraph.planning.responses import Tabulated
from attrigraph.planning.touch_prices import touch_price
from attrigraph.worlds.budget.calendar import daily_spend
from attrigraph.worlds.budget.catalogue import BUDGET_WORLDS
from attrigraph.worlds.budget.market import Market
from attrigraph.worlds.budget.simulation import daily_value
from attrigraph.worlds.data import START_MS
from attrigraph.worlds.event_table import customer_attributes_of, event_table_of
from attrigraph.worlds.world import simulate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from attrigraph.domain import EventTable, Level
    from attrigraph.planning.plan import BudgetPlan
    from attrigraph.planning.responses import Response
    from attrigraph.planning.touch_prices import TouchPrice
    from attrigraph.worlds.data import World

    Floats = NDArray[np.float64]

MAX_MULTIPLE: Final = 2.5
"""Most spend of a campaign, relative to its present spend."""

BUDGETS: Final = (0.7, 1.0, 1.3)
"""Relative to present spend."""

HISTORY_CUSTOMERS: Final = 500_000
DAYS: Final = 365
DAY_MS: Final = 86_400_000
CUSTOMERS: Final = 12_000

JOURNEYS: Final = 4_000
"""Customers whose journeys credit by last touch is computed from."""

SHORT: Final = ("budget-saturating", "budget-reach")
START: Final = date(2024, 3, 1)
POINTS: Final = 25


@dataclass
class Play:
    """Plans for one world and seed, at its present budget.

    Attributes:
        data: what curves were fitted to.
        world: its name.
        seed: of the world.
        best: value that the best plan causes, in money.
        values: what each plan causes, by its name, in money.
        held: for each plan with an interval, whether it held the truth.
        bias: for each of them, planned over true value.
    """

    data: str
    world: str
    seed: int
    best: float
    values: dict[str, float]
    held: list[bool] = field(default_factory=list)
    bias: list[float] = field(default_factory=list)

    def share(self, name: str) -> float:
        """Value of a plan as a share of the best possible."""
        return self.values[name] / self.best

    def gain(self, name: str) -> float:
        """What a plan gains over the old one, as a share of what the best plan gains."""
        return (self.values[name] - self.values["old"]) / (self.best - self.values["old"])


def play_history(name: str, seed: int) -> Play:
    """Plan from a history, and value."""
    rng = np.random.default_rng([seed, 3])
    spec = replace(BUDGET_WORLDS[name](), days=DAYS)
    market = Market(spec, HISTORY_CUSTOMERS, daily_spend(spec, HISTORY_CUSTOMERS, rng))
    fitted = fit_history(history_of(market, daily_value(market, rng)), seed=seed)
    curves = [fitted.response(campaign.name) for campaign in spec.campaigns]
    returns = last_touch_return(simulate(name, seed, JOURNEYS))
    return played("history", market, curves, (), returns, seed)


def play_journeys(name: str, seed: int) -> Play:
    """Plan from events of customers, by campaign where channels have several, and value."""
    world = simulate(name, seed, CUSTOMERS)
    market = world.market
    assert market is not None
    by: Level = "channel" if len(market.present) == len(market.spec.channels) else "campaign"
    events, table = event_table_of(world), customer_attributes_of(world)
    found = fit_incremental(events, table, IncrementalOptions()).curves(by)
    spends = dict(zip(names_of(market), market.present.tolist(), strict=True))
    prices = prices_of(market, events, by, found.multiples)
    measured = [
        MeasuredCurve(
            curve.key,
            spends[curve.key],
            found.multiples,
            curve.values,
            curve.draws,
            curve.observed,
            not curve.reasons,
        ).by_spend(prices[curve.key])
        for curve in found.curves
        if curve.key is not None
    ]
    pairs = [MeasuredSynergy(pair.channels, pair.value) for pair in found.complements]
    planned = planned_curves(with_alike_returns(measured), pairs, 1.0)
    responses = {campaign.id: campaign.response for campaign in planned.campaigns}
    curves = [response for name in names_of(market) if (response := responses[name]) is not None]
    returns = last_touch_return(world)
    return played("journeys", market, curves, planned.synergies, returns, seed)


def prices_of(
    market: Market, events: EventTable, by: Level, multiples: Floats
) -> dict[str, TouchPrice]:
    """What multiples of each campaign's spend buy, by the daily spend and touches of the data."""
    column, day = getattr(events.touches, by), (events.touches.time - START_MS) // DAY_MS
    days = market.spend.shape[1]
    touches = {
        key: np.bincount(day[column.codes == code], minlength=days)[:days].astype(np.float64)
        for code, key in enumerate(column.keys)
    }
    return {
        name: touch_price(spend, touches[name], multiples)
        for name, spend in zip(names_of(market), market.spend, strict=True)
    }


def played(
    data: str,
    market: Market,
    curves: Sequence[Response],
    synergies: tuple[CampaignSynergy, ...],
    returns: Floats,
    seed: int,
) -> Play:
    """Plans of a market by fitted curves, and by returns of credit for those that need no curve."""
    planned = {factor: plan(market, curves, factor, synergies) for factor in BUDGETS}
    spends = {
        "true curves": spends_of(plan(market, true_curves(market), 1.0, true_synergies(market))),
        "fitted": spends_of(planned[1.0]),
        "slsqp": by_slsqp(market, partial(total, curves), market.present),
        **rules(market, returns),
    }
    best = best_spends(market, list(spends.values()))
    values = {key: market.incremental_value(spend) for key, spend in spends.items()}
    result = Play(data, market.spec.name, seed, market.incremental_value(best), values)
    for made in planned.values():
        truth = market.incremental_value(spends_of(made))
        result.held.append(made.value.low <= truth <= made.value.high)
        result.bias.append(made.value.value / truth)
    return result


def names_of(market: Market) -> list[str]:
    """Names of campaigns."""
    return [campaign.name for campaign in market.spec.campaigns]


def history_of(market: Market, value: Floats) -> SpendHistory:
    """What an advertiser knows: spend by campaign, and the value of each day."""
    spec = market.spec
    return SpendHistory(
        tuple(campaign.name for campaign in spec.campaigns),
        tuple(spec.names[channel] for channel in spec.channel_of),
        market.spend,
        value,
        START,
    )


def true_curves(market: Market) -> list[Tabulated]:
    """The response of each campaign, the others at present, beside synergies."""
    curves, alone = [], market.without_synergies
    for campaign, spend in zip(market.spec.campaigns, market.present, strict=True):
        spends = np.linspace(0, MAX_MULTIPLE * spend, POINTS)
        values = alone.curve(campaign.name, spends[1:])
        curves.append(Tabulated(tuple(spends.tolist()), (0.0, *values.tolist())))
    return curves


def true_synergies(market: Market) -> tuple[CampaignSynergy, ...]:
    """Synergies of campaigns, whose channels have one campaign each."""
    spec, found = market.spec, []
    for number, synergy in enumerate(spec.synergies):
        inside = np.array([spec.names[c] in synergy.channels for c in spec.channel_of])
        members = tuple(c.name for c, is_in in zip(spec.campaigns, inside, strict=True) if is_in)
        value = market.synergy_value(number, MAX_MULTIPLE * market.present * inside)
        found.append(CampaignSynergy(members, value))
    return tuple(found)


def plan(
    market: Market,
    curves: Sequence[Response],
    factor: float,
    synergies: tuple[CampaignSynergy, ...] = (),
) -> BudgetPlan:
    """The best plan by curves, for a multiple of the present budget."""
    campaigns = tuple(
        PlannedCampaign(campaign.name, 0.0, MAX_MULTIPLE * spend, curve, spend, envelope=True)
        for campaign, spend, curve in zip(
            market.spec.campaigns, market.present.tolist(), curves, strict=True
        )
    )
    budget = factor * float(market.present.sum())
    return allocate(PlanRequest(campaigns, budget, "EUR", START, START, synergies=synergies))


def spends_of(made: BudgetPlan) -> Floats:
    """Spend by campaign."""
    return np.array([allocation.spend for allocation in made.allocations])


def total(curves: Sequence[Response], spends: Floats) -> float:
    """Value by the curves."""
    return sum(
        float(curve.value(np.array([spend]))[0])
        for curve, spend in zip(curves, spends, strict=True)
    )


def rules(market: Market, returns: Floats) -> dict[str, Floats]:
    """Plans that need no curve."""
    return {
        "equal split": filled(market, np.ones(len(market.present))),
        "proportional": filled(market, returns * market.present),
        "roas-greedy": greedy(market, returns),
        "old": market.present,
    }


def last_touch_return(world: World) -> Floats:
    """Value per unit of money by the campaign of the last touch ``[campaigns]``."""
    span = world.end_ms - START_MS + 1
    touched = world.touch_customer * span + world.touch_time - START_MS
    bought = world.converter * span + world.conversion_time - START_MS
    last = np.searchsorted(touched, bought) - 1
    found = (last >= 0) & (world.touch_customer[last] == world.converter)
    n_campaigns = len(world.media.campaign)
    value = np.bincount(world.campaign[last[found]], world.value[found], n_campaigns)
    return np.asarray(value / np.bincount(world.campaign, world.cost, n_campaigns))


def filled(market: Market, weights: Floats) -> Floats:
    """The budget in proportion to weights, within the limits of campaigns."""
    most, budget = MAX_MULTIPLE * market.present, float(market.present.sum())
    low, high = 0.0, float((most / np.maximum(weights, 1e-12)).max())
    for _ in range(200):
        middle = (low + high) / 2
        spent = np.minimum(middle * weights, most).sum()
        low, high = (middle, high) if spent < budget else (low, middle)
    return np.minimum(high * weights, most)


def greedy(market: Market, returns: Floats) -> Floats:
    """Campaigns at their maxima from the largest return down, until the budget is spent."""
    spends, left = np.zeros(len(returns)), float(market.present.sum())
    for campaign in np.argsort(-returns):
        spends[campaign] = min(MAX_MULTIPLE * market.present[campaign], left)
        left -= spends[campaign]
    return spends


def by_slsqp(market: Market, value: Callable[[Floats], float], start: Floats) -> Floats:
    """The best plan by sequential quadratic programming."""
    present = market.present
    budget, scale = float(present.sum()), value(present)

    def loss(multiples: Floats) -> float:
        return -value(np.maximum(multiples, 0) * present) / scale

    spent = LinearConstraint(present / budget, 1.0, 1.0)
    bounds = [(0.0, MAX_MULTIPLE)] * len(present)
    end = minimize(loss, start / present, method="SLSQP", bounds=bounds, constraints=spent).x
    # rounding of the solver must not spend more than the budget
    made = np.clip(end, 0, MAX_MULTIPLE) * present
    return np.asarray(made * min(1.0, budget / made.sum()))


def best_spends(market: Market, others: Sequence[Floats]) -> Floats:
    """The best plan by the truth: that of SLSQP from the best other plan, or this one."""
    start = max(others, key=market.incremental_value)
    found = by_slsqp(market, market.incremental_value, start)
    return max(found, start, key=market.incremental_value)


def figures_of(data: str, plays: Sequence[Play]) -> Iterator[Figure]:
    """All figures of one kind of data."""
    for name in plays[0].values:
        goal = GOALS.get(name)
        yield Figure(
            f"{data}, {name}: mean share of the best value", mean(plays, name), "", None, goal
        )
    for name, bound in (("true curves", 0.95), ("fitted", 0.85)):
        least = min(p.share(name) for p in plays)
        yield Figure(f"{data}, {name}: least share", least, "", goal=at_least(bound))
    least = min(p.values["fitted"] / p.values["old"] for p in plays)
    yield Figure(f"{data}: least value over that of the old plan", least, "", goal=at_least(0.98))
    gains = statistics.mean(p.gain("fitted") for p in plays)
    yield Figure(f"{data}: mean gain over the old plan, of the best", gains, "", goal=at_least(0.5))
    above = statistics.mean(p.gain("fitted") >= 0.5 for p in plays)
    yield Figure(f"{data}: gain of at least half of the best", above, "of plans")
    above = statistics.mean(p.values["fitted"] >= p.values["equal split"] for p in plays)
    yield Figure(f"{data}: not below the equal split", above, "of plans", goal=at_least(1.0))
    yield from interval_figures(data, plays)
    bias = statistics.median(one for p in plays for one in p.bias)
    yield Figure(f"{data}: planned over true value, median", bias, "")
    for world in dict.fromkeys(p.world for p in plays):
        inside = [p for p in plays if p.world == world]
        for name in ("true curves", "fitted", "equal split", "old"):
            yield Figure(f"{data}, {world}: {name}", mean(inside, name), "")
        inner = [one for p in inside for one in p.held]
        yield Figure(f"{data}, {world}: intervals that hold", statistics.mean(inner), "of plans")


def interval_figures(data: str, plays: Sequence[Play]) -> Iterator[Figure]:
    """How many intervals of plan values hold the truth."""
    held = [one for p in plays for one in p.held]
    for goal in (at_least(0.85), at_most(0.95)):
        name = f"{data}: intervals that hold the truth, of {len(held)}"
        yield Figure(name, statistics.mean(held), "of plans", goal=goal)


GOALS: Final = {"true curves": at_least(0.95), "fitted": at_least(0.85)}


def mean(plays: Sequence[Play], name: str) -> float:
    """Mean share of the best value."""
    return statistics.mean(p.share(name) for p in plays)


DATA: Final = {"history": play_history, "journeys": play_journeys}


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", nargs="+", choices=[*DATA], default=[*DATA])
    parser.add_argument("--seeds", type=int, nargs="+", default=[71, 72, 73, 74, 75])
    parser.add_argument("--worlds", nargs="+", choices=[*BUDGET_WORLDS], metavar="NAME")
    parser.add_argument("--plays", type=Path, metavar="FILE")
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    worlds = arguments.worlds or (SHORT if arguments.short else [*BUDGET_WORLDS])
    seeds = arguments.seeds[:1] if arguments.short else arguments.seeds
    record = Record(arguments.plays)
    plays = {
        data: [shown(record.play(data, name, seed)) for name in worlds for seed in seeds]
        for data in arguments.data
    }
    figures: list[Figure] = []
    for data, of_data in plays.items():
        figures += figures_of(data, of_data)
    figures += interval_figures("all", [one for of_data in plays.values() for one in of_data])
    return report("Known truth", figures, as_json=arguments.json)


class Record:
    """Plays of a file, one JSON object per line; none without a file."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        lines = file.read_text().splitlines() if file is not None and file.exists() else []
        found = [Play(**json.loads(line)) for line in lines]
        self._plays = {(one.data, one.world, one.seed): one for one in found}

    def play(self, data: str, world: str, seed: int) -> Play:
        """A play of the file, or a new one that is appended to it."""
        known = self._plays.get((data, world, seed))
        if known is not None:
            return known
        one = DATA[data](world, seed)
        if self._file is not None:
            with self._file.open("a") as file:
                file.write(json.dumps(asdict(one)) + "\n")
        return one


def shown(one: Play) -> Play:
    """The same plans, after a line about them."""
    shares = ", ".join(f"{key} {one.share(key):.3f}" for key in one.values)
    held, bias = ("/".join(map(str, row)) for row in (one.held, np.round(one.bias, 2)))
    about = f"{shares}; intervals hold: {held}, planned / true: {bias}"
    print(f"{one.data}, {one.world}, seed {one.seed}: {about}", file=sys.stderr)
    return one


if __name__ == "__main__":
    sys.exit(main())
