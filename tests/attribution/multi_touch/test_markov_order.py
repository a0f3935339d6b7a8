"""The order of a chain must be that of the world, where there are enough journeys to see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from attrigraph.attribution.multi_touch.markov_order import PRIOR, ChosenOrder, choose_order
from attrigraph.attribution.multi_touch.options import ModelOptions
from attrigraph.attribution.multi_touch.registry import attribute
from attrigraph.attribution.multi_touch.resamples import customer_kinds
from attrigraph.attribution.observed.evidence import Evidence, gather
from attrigraph.attribution.observed.journeys import DAY_MS, JourneyOptions, derive

if TYPE_CHECKING:
    from attrigraph.domain import PathCounts
    from fixture_types import MakeEvents, MakePaths, Row


def world(make_paths: MakePaths, order: int, keys: int, journeys: int, seed: int) -> PathCounts:
    """Paths of a chain of some order whose transitions are drawn at random."""
    random = np.random.default_rng(seed)
    chances: dict[Any, Any] = {}
    counts: dict[Any, Any] = {}
    for _ in range(journeys):
        path = [int(random.integers(keys))]
        while len(path) < 40:
            state = tuple(path[-order:])
            if state not in chances:
                ends, converts = random.uniform(0.1, 0.4), random.uniform(0.02, 0.3)
                moves = random.dirichlet(np.full(keys, 0.5)) * (1 - ends)
                chances[state] = [*moves, ends * (1 - converts), ends * converts]
            after = int(random.choice(keys + 2, p=chances[state]))
            if after >= keys:
                break
            path.append(after)
        row = tuple(map(str, path)), after == keys + 1
        counts[row] = counts.get(row, 0) + 1
    return make_paths(
        [(path, n * won, n * won, n * (not won)) for (path, won), n in counts.items()]
    )


def chosen(paths: PathCounts, seed: int = 0) -> ChosenOrder:
    return choose_order(paths, customer_kinds(Evidence(paths)), seed=seed)


@pytest.mark.parametrize(("keys", "journeys"), [(2, 300), (2, 3000), (4, 1000), (10, 3000)])
@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_the_world_is_chosen(
    make_paths: MakePaths, order: int, keys: Any, journeys: Any, seed: int
) -> None:
    assert chosen(world(make_paths, order, keys, journeys, seed)).order == order


@pytest.mark.parametrize("seed", range(3))
def test_an_order_of_three_is_chosen_where_it_can_be_seen(make_paths: MakePaths, seed: int) -> None:
    assert chosen(world(make_paths, 3, 4, 4000, seed)).order == 3


def test_folds_are_those_of_the_seed(make_paths: MakePaths) -> None:
    paths = world(make_paths, 1, 4, 500, 0)
    assert chosen(paths) == chosen(paths)
    assert chosen(paths).likelihood != chosen(paths, seed=1).likelihood


def test_likelihood_by_hand(make_paths: MakePaths) -> None:
    # two customers of one kind: one fold of five predicts nothing of another that is empty
    paths = make_paths([(("a",), 2, 2, 0)])
    found = chosen(paths)
    assert found.touches == 2

    def predicted(others: Any) -> Any:
        likelihood, chance = [], 1 / 3
        for _ in range(5):  # order 0, then 1 to 4: the same touch each time
            chance = (others + PRIOR * chance) / (others + PRIOR)
            likelihood.append(2 * np.log(chance))
        return likelihood[1:]

    apart, together = predicted(1), predicted(0)
    assert any(found.likelihood == pytest.approx(case) for case in (apart, together))
    assert found.order == 1


def test_customers_are_held_out_with_all_their_journeys(make_facts: MakeEvents) -> None:
    # every customer has a private path twice; only the other journey would predict it
    customers = []
    for c in range(200):
        first, second = f"x{c % 14}", f"y{c // 14}"
        customers.append(
            [
                event
                for day in (0, 1)
                for event in (
                    {"time": day * DAY_MS, "channel": first},
                    {"time": day * DAY_MS + 1, "channel": second},
                    {"time": day * DAY_MS + 2, "channel": "z"},
                    {"time": day * DAY_MS + 3, "value": 1.0},
                )
            ]
        )
    event_table = make_facts(customers)
    evidence = gather(event_table, derive(event_table, JourneyOptions()), "channel")
    found = choose_order(evidence.paths, customer_kinds(evidence))
    single = make_facts([events[:4] for events in customers])
    apart = gather(single, derive(single, JourneyOptions()), "channel")
    other = choose_order(apart.paths, customer_kinds(apart))
    # twice the touches, each predicted about as badly as if no path came twice: the other
    # journey of the same customer would have predicted it well
    assert found.touches == 2 * other.touches
    assert found.likelihood[1] / found.touches < 0.5 * other.likelihood[1] / other.touches
    assert found.order == other.order == 1


def test_the_model_uses_the_order_it_chose_and_notes_it(make_paths: MakePaths) -> None:
    paths = world(make_paths, 2, 4, 1000, 0)
    options = ModelOptions(draws=50)
    models = attribute(Evidence(paths), ["markov-auto", "markov-2"], options).models
    assert models["markov-auto"].credits == models["markov-2"].credits
    assert models["markov-auto"].prob_ranked_above == models["markov-2"].prob_ranked_above
    why, found = models["markov-auto"].notes
    assert why.startswith("order 2, the lowest that is not clearly behind the best one")
    assert all(f"{order}: -" in found for order in (1, 2, 3, 4))


def test_the_sample_remembers_as_much_as_it_can(pathdata: PathCounts) -> None:
    assert chosen(pathdata).order == 4


@pytest.mark.parametrize("rows", [[], [((), 3, 3, 9)]])
def test_without_touches_the_lowest_order_is_chosen(make_paths: MakePaths, rows: list[Row]) -> None:
    assert chosen(make_paths(rows)).order == 1
