"""The model attention on a world without confounding, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from attrigraph.errors import ConvergenceError, InputError
from attrigraph.services.attention_credit import (
    AttentionCredit,
    AttentionOptions,
    attention_credit,
)
from attrigraph.worlds.as_facts import customer_facts_of, facts_of
from attrigraph.worlds.evaluation import evaluate
from attrigraph.worlds.world import World, simulate
from gnn.model import ModelSettings
from gnn.training import TrainingSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

QUICK = AttentionOptions(
    training=TrainingSettings(
        model=ModelSettings(dim=16, heads=2, hidden=16), learning_rate=6e-3, cuts=1
    ),
    draws=50,
)


@pytest.fixture(scope="module")
def world() -> World:
    return simulate("unconfounded", 7, 8000)


@pytest.fixture(scope="module")
def found(world: World) -> Iterator[AttentionCredit]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield attention_credit(facts_of(world), customer_facts_of(world), QUICK)
    torch.set_num_threads(threads)


def test_credits_and_organic_are_what_was_observed(found: AttentionCredit, world: World) -> None:
    answer = found.answer()
    total = sum(line.conversions for line in answer.credits) + answer.organic.conversions
    value = sum(line.value for line in answer.credits) + answer.organic.value
    assert total == pytest.approx(len(world.converter), abs=1e-9)
    assert value == pytest.approx(world.value.sum(), abs=1e-6)


def test_credit_is_nearer_the_truth_than_sharing_all_conversions_out(
    found: AttentionCredit, world: World
) -> None:
    score = evaluate(found.answer(), world.truth)
    assert score.error < 0.5
    assert score.credited < 0.75 * len(world.converter)


def test_the_answer_is_incremental_and_says_what_it_assumes(found: AttentionCredit) -> None:
    answer = found.answer()
    assert answer.incremental
    assert any("hold the fitted network fixed" in line for line in answer.assumptions)
    assert any("held-out log-loss" in note for note in answer.notes)


def test_every_credit_lies_within_its_interval(found: AttentionCredit) -> None:
    for line in found.answer().credits:
        assert line.low is not None
        assert line.high is not None
        assert line.low < line.conversions < line.high


def test_every_customer_is_a_row_when_all_convert_at_the_end(found: AttentionCredit) -> None:
    assert len(found.rows) == found.population.histories.customers
    assert np.array_equal(np.sort(found.rows.user), np.arange(len(found.rows)))


def test_the_network_beats_the_rate_on_held_out_customers(found: AttentionCredit) -> None:
    assert found.losses[0] < found.losses[1] - 0.01


def test_a_fit_that_is_not_over_is_no_answer(world: World) -> None:
    hurried = replace(QUICK, training=replace(QUICK.training, max_epochs=1))
    with pytest.raises(ConvergenceError, match="model attention: the held-out loss"):
        attention_credit(facts_of(world), customer_facts_of(world), hurried)


def test_too_few_conversions_are_refused_with_how_many_are_needed() -> None:
    small = simulate("unconfounded", 7, 300)
    with pytest.raises(InputError, match="needs at least 400 conversions"):
        attention_credit(facts_of(small), customer_facts_of(small), QUICK)
