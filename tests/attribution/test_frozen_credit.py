"""A frozen incremental model credits the facts of its fit as the fitted one does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from attrigraph.attribution.analysis import Analysis
from attrigraph.attribution.credit import conservation
from attrigraph.attribution.data import EventData, FrozenModel
from attrigraph.attribution.incremental.frozen import freeze_response
from attrigraph.attribution.models import fit, freeze
from attrigraph.attribution.multi_touch.options import ModelOptions
from attrigraph.attribution.observed.journeys import JourneyOptions
from attrigraph.errors import InputError
from attrigraph.worlds.event_table import event_table_of
from attrigraph.worlds.world import simulate

TOLERANCE = 0.05
"""Of the credit of touches, the sum of absolute differences to that of the fitted model."""

DATA = EventData(
    event_table_of(simulate("retailer", 5, 2_000, measured_on=100)),
    JourneyOptions(lookback_days=None),
    ModelOptions(draws=0),
)


@pytest.fixture(scope="module")
def fitted() -> Any:
    return fit("incremental", DATA)


@pytest.fixture(scope="module")
def applied(fitted: Any) -> EventData:
    model = FrozenModel("f00d", (0, 86_400_000), response=freeze_response(fitted.run))
    return replace(DATA, frozen={"incremental": model})


def by_pair(credit: Any) -> dict[tuple[int, int], float]:
    pairs = zip(credit.touch.tolist(), credit.conversion.tolist(), strict=True)
    return dict(zip(pairs, credit.credit.tolist(), strict=True))


def test_the_facts_of_the_fit_have_the_credit_of_the_fitted_model(
    fitted: Any, applied: EventData
) -> None:
    frozen = fit("incremental", applied)
    before, now = by_pair(fitted.touch_credit()), by_pair(frozen.touch_credit())
    off = sum(abs(before.get(pair, 0) - now.get(pair, 0)) for pair in {*before, *now})
    assert off < TOLERANCE * sum(map(abs, before.values()))
    totals = {line.key: line.conversions for line in frozen.credits("channel").credits}
    assert totals == {
        line.key: pytest.approx(line.conversions, abs=0.01 * len(DATA.events.conversions))
        for line in fitted.credits("channel").credits
    }


@pytest.mark.parametrize("level", ["channel", "campaign", "creative"])
def test_credit_captured_parts_and_baseline_add_up(applied: EventData, level: Any) -> None:
    answer = fit("incremental", applied).credits(level)
    conservation.check(answer, DATA.question(level).observed)
    assert answer.incremental
    assert "artefact f00d" in answer.notes[0]
    credit = fit("incremental", applied).touch_credit()
    assert credit.captured is not None
    assert credit.credit.sum() == pytest.approx(sum(one.conversions for one in answer.credits))
    assert credit.captured.sum() == pytest.approx(answer.captured.conversions)


def test_credit_of_a_part_of_the_conversions_is_the_same_to_the_last_bit(
    applied: EventData,
) -> None:
    times = np.sort(DATA.events.conversions.time)
    window = (int(times[len(times) // 3]), int(times[2 * len(times) // 3]))
    part = replace(applied, journey_options=replace(DATA.journey_options, window=window))
    all_pairs = by_pair(fit("incremental", applied).touch_credit())
    pairs = by_pair(fit("incremental", part).touch_credit())
    assert pairs
    assert pairs == {pair: all_pairs[pair] for pair in pairs}


def test_options_of_the_fit_that_a_run_changes_are_noted(applied: EventData) -> None:
    options = ModelOptions(draws=0, purchase_window="none")
    changed = replace(applied, model_options=options)
    answer = Analysis(changed).attribute(("incremental",), "channel").models["incremental"]
    assert answer.notes[-1] == "--purchase-window has no effect on this model"


def test_a_touch_in_several_journeys_cannot_be_frozen() -> None:
    options = replace(DATA.journey_options, reuse_touches=True)
    with pytest.raises(InputError, match="--reuse-touches would change; leave that out"):
        freeze("incremental", replace(DATA, journey_options=options))
