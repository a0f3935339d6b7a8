"""The model attention on a world without confounding: sums, intervals, levels and refusals."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from attrigraph.attribution.attention.model import (
    MODEL,
    AttentionCredit,
    AttentionOptions,
    fit_attention,
    fit_population,
)
from attrigraph.attribution.incremental.population import PopulationOptions, population_of
from attrigraph.attribution.models import MODELS
from attrigraph.domain import NO_TIME, Amount, Credit, EventTable, ModelCredits, Touches
from attrigraph.errors import ConvergenceError, InputError, NeedsTimesError
from attrigraph.worlds.evaluation import evaluate
from attrigraph.worlds.event_table import customer_attributes_of, event_table_of
from attrigraph.worlds.world import simulate
from gnn.model import ModelSettings
from gnn.training import TrainingSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from attrigraph.domain import Level
    from attrigraph.worlds.data import World

QUICK = AttentionOptions(
    training=TrainingSettings(
        model=ModelSettings(dim=16, heads=2, hidden=16), learning_rate=6e-3, cuts=1
    ),
    members=3,
    draws=50,
)


@pytest.fixture(scope="module")
def world() -> World:
    return simulate("unconfounded", 7, 8000)


@pytest.fixture(scope="module")
def found(world: World) -> Iterator[AttentionCredit]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield fit_attention(event_table_of(world), customer_attributes_of(world), QUICK)
    torch.set_num_threads(threads)


def total(answer: ModelCredits) -> tuple[float, float]:
    lines: list[Credit | Amount] = [*answer.credits, answer.captured, answer.baseline]
    return sum(line.conversions for line in lines), sum(line.value for line in lines)


@pytest.mark.parametrize("by", ["channel", "campaign", "creative"])
def test_credits_and_organic_are_what_was_observed(
    by: Level, found: AttentionCredit, world: World
) -> None:
    conversions, value = total(found.answer(by))
    assert conversions == pytest.approx(len(world.converter), abs=1e-9)
    assert value == pytest.approx(world.value.sum(), abs=1e-6)


def test_creatives_and_campaigns_sum_to_their_channels(found: AttentionCredit) -> None:
    channels = {line.key: line.conversions for line in found.answer().credits}
    for by in ("campaign", "creative"):
        summed = dict.fromkeys(channels, 0.0)
        for line in found.answer(by).credits:
            name = str(line.key).removesuffix("-a").removesuffix("-b").removesuffix("-1")
            summed[name.replace("-", " ")] += line.conversions
        assert summed == pytest.approx(channels, abs=1e-9)


def test_touches_sum_to_their_channels_and_stand_before_their_conversion(
    found: AttentionCredit,
) -> None:
    events, credit = found.events, found.touch_credit()
    code = events.touches.channel.codes[credit.touch]
    summed = np.bincount(code, credit.credit, len(events.touches.channel.keys))
    by_name = dict(zip(events.touches.channel.keys, summed.tolist(), strict=True))
    expected = {line.key: line.conversions for line in found.answer().credits}
    assert by_name == pytest.approx(expected, abs=1e-9)
    touches, conversions = events.touches, events.conversions
    assert (touches.time[credit.touch] < conversions.time[credit.conversion]).all()
    assert (touches.customer[credit.touch] == conversions.customer[credit.conversion]).all()
    assert np.allclose(credit.value, credit.credit * conversions.value[credit.conversion])


def test_credit_is_nearer_the_truth_than_sharing_all_conversions_out(
    found: AttentionCredit, world: World
) -> None:
    score = evaluate(found.answer(), world.truth)
    assert score.error < 0.5
    assert score.credited < 0.75 * len(world.converter)


def test_the_answer_is_incremental_and_says_what_it_assumes(found: AttentionCredit) -> None:
    answer = found.answer()
    assert answer.incremental
    assert any("resampled customers and refitted networks" in line for line in answer.assumptions)
    assert any("log-loss of held-out customers" in note for note in answer.notes)


def test_every_line_says_whether_it_is_identified_and_what_it_captured(
    found: AttentionCredit,
) -> None:
    for by in ("channel", "campaign", "creative"):
        answer = found.answer(by)
        assert all(line.identified and line.reasons == () for line in answer.credits)
        assert all(line.captured is not None for line in answer.credits)
        assert answer.advice is None
    touches = found.touch_credit()
    assert touches.captured is not None
    assert touches.captured.sum() == pytest.approx(found.answer().captured.conversions)
    assert {share.channel for share in found.answer().triggered} == {"brand search"}


def test_reasons_and_advice_reach_the_answer(found: AttentionCredit) -> None:
    reasons = tuple(("unknown-population",) for _ in found.credit)
    marked = replace(
        found, identification=replace(found.identification, reasons=reasons, advice="count people")
    )
    answer = marked.answer()
    assert all(line.identified is False for line in answer.credits)
    assert {line.reasons for line in answer.credits} == {("unknown-population",)}
    assert answer.advice == "count people"


def test_wide_intervals_add_bias_to_chance(found: AttentionCredit) -> None:
    for line in found.answer().credits:
        assert line.low is not None
        assert line.high is not None
        assert line.chance_low is not None
        assert line.chance_high is not None
    assert (found.wide_deviations.std(axis=0) > found.deviations.std(axis=0)).all()


def test_what_is_no_marketing_has_no_credit_and_a_missing_table_is_an_assumption(
    world: World,
) -> None:
    events = event_table_of(world)
    options = PopulationOptions(not_marketing=("email",))
    population = population_of(events, None, options=options)
    answer = fit_population(events, population, replace(QUICK, members=2)).answer()
    (email,) = [line for line in answer.credits if line.key == "email"]
    assert (email.conversions, email.value, email.identified) == (0.0, 0.0, False)
    assert email.reasons[0] == "not-marketing"
    assert sum(line.conversions for line in answer.credits) > 0.1 * len(world.converter)
    assert any("No customers table was given" in line for line in answer.assumptions)


def test_credit_is_the_mean_of_the_networks(found: AttentionCredit) -> None:
    assert found.by_member.shape == (3, 6)
    assert found.by_member.mean(axis=0) == pytest.approx(found.credit, rel=1e-12)


def test_intervals_hold_the_spread_of_the_networks_and_that_of_customers(
    found: AttentionCredit,
) -> None:
    spread = found.by_member.std(axis=0, ddof=1)
    redrawn = found.credit / np.sqrt(found.credit.sum())
    # the 90 % quantile of |t| with 2 degrees of freedom is 2.9 of its scale
    half = np.quantile(np.abs(found.deviations), 0.9, axis=0)
    assert (half > 1.5 * spread).all()
    assert (half < 6 * (spread + redrawn)).all()


def test_every_credit_lies_within_its_interval(found: AttentionCredit) -> None:
    for line in found.answer().credits:
        assert line.low is not None
        assert line.high is not None
        assert line.low < line.conversions < line.high


def test_every_customer_is_a_row_when_all_convert_at_the_end(found: AttentionCredit) -> None:
    rows = found.person_days.journeys
    assert len(rows) == found.population.histories.customers
    assert np.array_equal(np.sort(rows.user), np.arange(len(rows)))


def test_the_networks_beat_the_rate_on_held_out_customers(found: AttentionCredit) -> None:
    assert found.losses[0] < found.losses[1] - 0.01


def test_a_fit_that_is_not_over_is_no_answer(world: World) -> None:
    hurried = replace(QUICK, training=replace(QUICK.training, max_epochs=1))
    with pytest.raises(ConvergenceError, match="model attention: the held-out loss"):
        fit_attention(event_table_of(world), customer_attributes_of(world), hurried)


def test_too_few_conversions_are_refused_with_how_many_are_needed() -> None:
    small = simulate("unconfounded", 7, 300)
    with pytest.raises(InputError, match="needs at least 400 converting customers"):
        fit_attention(event_table_of(small), customer_attributes_of(small), QUICK)


def test_many_conversions_of_a_few_customers_are_too_few(world: World) -> None:
    events = event_table_of(world)
    few = events.conversions.customer % 5
    of_few = replace(events, conversions=replace(events.conversions, customer=few))
    with pytest.raises(InputError, match="converting customers, got 5"):
        fit_attention(of_few, None, QUICK)


def test_a_population_that_converts_as_a_whole_is_refused(world: World) -> None:
    events = event_table_of(world)
    converting = np.unique(events.conversions.customer)
    number = np.full(len(events.customers), -1, dtype=np.int32)
    number[converting] = np.arange(len(converting))
    kept = np.flatnonzero(number[events.touches.customer] >= 0)
    alone = EventTable(
        customers=events.customers[converting],
        bucket=events.bucket[converting],
        touches=_touches_of(events, kept, number[events.touches.customer[kept]]),
        conversions=replace(
            events.conversions, customer=number[events.conversions.customer].astype(np.int32)
        ),
    )
    with pytest.raises(InputError, match="without a conversion, got 0"):
        fit_attention(alone, None, QUICK)


def test_data_without_times_are_refused(world: World) -> None:
    events = event_table_of(world)
    untimed = np.full(len(events.touches), NO_TIME)
    without = replace(events, touches=replace(events.touches, time=untimed))
    with pytest.raises(NeedsTimesError, match="attention needs the time of every touch"):
        fit_attention(without, None, QUICK)


def test_data_without_touches_are_refused(world: World) -> None:
    events = event_table_of(world)
    none = _touches_of(events, np.arange(0), events.touches.customer[:0])
    with pytest.raises(InputError, match="attention needs touches, and there are none"):
        fit_attention(replace(events, touches=none), None, QUICK)


def _touches_of(
    events: EventTable, rows: NDArray[np.int64], customer: NDArray[np.int32]
) -> Touches:
    t = events.touches
    return replace(
        t,
        id=t.id[rows],
        customer=customer,
        time=t.time[rows],
        nanosecond=t.nanosecond[rows],
        position=t.position[rows],
        cost=t.cost[rows],
        kind=replace(t.kind, codes=t.kind.codes[rows]),
        channel=replace(t.channel, codes=t.channel.codes[rows]),
        campaign=replace(t.campaign, codes=t.campaign.codes[rows]),
        creative=replace(t.creative, codes=t.creative.codes[rows]),
    )


@pytest.mark.parametrize(("name", "given"), [("members", 1), ("rows", 0), ("draws", -1)])
def test_options_that_leave_nothing_to_learn_from_are_refused(name: str, given: int) -> None:
    with pytest.raises(InputError, match=f"{name} must be at least"):
        AttentionOptions(**{name: given})  # type: ignore[arg-type]


def test_it_is_called_the_same_where_torch_is_not_imported() -> None:
    assert MODEL in MODELS


def test_without_torch_the_error_names_the_extra() -> None:
    code = (
        "import sys\n"
        "class WithoutTorch:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.partition('.')[0] == 'torch':\n"
        "            raise ModuleNotFoundError('No module named torch', name='torch')\n"
        "sys.meta_path.insert(0, WithoutTorch())\n"
        "from attrigraph.errors import MissingExtraError\n"
        "try:\n"
        "    import attrigraph.attribution.attention.model\n"
        "except MissingExtraError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == (
        "the model attention needs PyTorch and PyTorch Geometric: pip install 'attrigraph[gnn]'\n"
    )
