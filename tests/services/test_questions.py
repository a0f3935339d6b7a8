"""Each kind of conversion has journeys and credit of its own: against walks in plain Python."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from attrigraph.attribution.multi_touch.options import ModelOptions
from attrigraph.attribution.observed.journeys import JourneyOptions
from attrigraph.domain import Conversion, Experiment, Touchpoint
from attrigraph.services.attribution_options import AttributionOptions
from attrigraph.services.in_memory import attribute_events

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attrigraph.domain import Attribution

    Credits = dict[str | None, tuple[float, float]]

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
KINDS = ("cart", "purchase", "signup")
LINEAR = AttributionOptions(models=("linear",), model_options=ModelOptions(draws=0))


def world(seed: int) -> tuple[list[Touchpoint], list[Conversion]]:
    """Thirty customers with up to twelve events, at times of which none are equal."""
    chance = random.Random(seed)
    touches, conversions = [], []
    for customer in range(30):
        hours = sorted(chance.sample(range(60 * 24), chance.randrange(13)))
        for number, hour in enumerate(hours):
            name, at = f"{customer}-{number}", NOON + timedelta(hours=hour)
            if chance.random() < 0.4:
                kind, value = chance.choice(KINDS), float(chance.randrange(100))
                conversions.append(Conversion(name, str(customer), at, value, kind))
            else:
                touches.append(Touchpoint(name, str(customer), at, chance.choice("abc")))
    return touches, conversions


def at(event: Touchpoint | Conversion) -> datetime:
    assert event.timestamp is not None
    return event.timestamp


def path_to(
    end: Conversion, touches: Sequence[Touchpoint], counted: Sequence[Conversion]
) -> list[str | None]:
    """Channels of the touches of a conversion: since the one before it, at most 30 days old."""
    mine = [one for one in counted if one.customer_id == end.customer_id]
    before = [at(one) for one in mine if at(one) < at(end)]
    start = max([at(end) - timedelta(days=30), *before])
    return [
        touch.channel
        for touch in touches
        if touch.customer_id == end.customer_id and start <= at(touch) < at(end)
    ]


def walked(
    touches: Sequence[Touchpoint], conversions: Sequence[Conversion], kinds: Sequence[str]
) -> Credits:
    """Linear credit, of conversions and value by channel, and of nobody under None."""
    counted = [one for one in conversions if one.kind in kinds]
    credit: Credits = {}
    for end in counted:
        path = path_to(end, touches, counted) or [None]
        for channel in path:
            count, value = credit.get(channel, (0.0, 0.0))
            credit[channel] = (count + 1 / len(path), value + end.value / len(path))
    return credit


def credited(answer: Attribution) -> Credits:
    model = answer.models["linear"]
    credit: Credits = {
        one.key: (one.conversions, one.value) for one in model.credits if one.conversions
    }
    if model.baseline.conversions:
        credit[None] = (model.baseline.conversions, model.baseline.value)
    return credit


def same(one: Credits, other: Credits) -> bool:
    return one == {key: pytest.approx(pair, rel=1e-9, abs=1e-9) for key, pair in other.items()}


@pytest.mark.parametrize("seed", range(5))
def test_each_kind_is_attributed_as_if_it_were_the_only_one(seed: int) -> None:
    touches, conversions = world(seed)
    answer = attribute_events(touches, conversions, LINEAR)
    values = {kind: sum(one.value for one in conversions if one.kind == kind) for kind in KINDS}
    assert [one.kind for one in answer.by_kind] == sorted(KINDS, key=lambda kind: -values[kind])
    for one in answer.by_kind:
        assert same(credited(one), walked(touches, conversions, [str(one.kind)]))
        assert one.observed.value == values[str(one.kind)]


@pytest.mark.parametrize("seed", range(5))
def test_kinds_are_one_question_on_demand(seed: int) -> None:
    touches, conversions = world(seed)
    answer = attribute_events(touches, conversions, replace(LINEAR, sum_kinds=True))
    assert (answer.kind, answer.others) == (None, ())
    assert same(credited(answer), walked(touches, conversions, KINDS))
    two = replace(LINEAR, sum_kinds=True, journeys=JourneyOptions(conversion_kinds=KINDS[:2]))
    assert same(
        credited(attribute_events(touches, conversions, two)),
        walked(touches, conversions, KINDS[:2]),
    )


def test_named_kinds_are_questions_of_their_own() -> None:
    touches, conversions = world(1)
    options = replace(LINEAR, journeys=JourneyOptions(conversion_kinds=("cart", "signup")))
    answer = attribute_events(touches, conversions, options)
    assert {one.kind for one in answer.by_kind} == {"cart", "signup"}
    for one in answer.by_kind:
        assert same(credited(one), walked(touches, conversions, [str(one.kind)]))


def test_one_kind_is_one_question_that_names_it() -> None:
    touches, conversions = world(2)
    carts = [one for one in conversions if one.kind == "cart"]
    answer = attribute_events(touches, carts, LINEAR)
    assert (answer.kind, answer.others) == ("cart", ())
    assert answer.to_json()["kind"] == "cart"
    assert "other_kinds" not in answer.to_json()
    assert attribute_events(touches, [], LINEAR).kind is None


def test_a_kind_without_an_answer_leaves_the_others_theirs(
    caplog: pytest.LogCaptureFixture,
) -> None:
    touches, conversions = world(3)
    few = [one for one in conversions if one.kind == "purchase"]
    late = Conversion("late", "0", NOON + timedelta(days=90), 0.0, "signup")
    options = replace(LINEAR, models=("incremental",))
    many = [
        (Touchpoint(f"t{n}", f"n{n}", NOON + timedelta(hours=n % 500), "ab"[n % 2]),
         Conversion(f"c{n}", f"n{n}", NOON + timedelta(hours=n % 500 + n % 90), 1.0, "purchase"))
        for n in range(400)
    ]  # fmt: skip
    answer = attribute_events(
        [*touches, *(touch for touch, _ in many)],
        [*few, late, *(conversion for _, conversion in many)],
        options,
    )
    (other,) = answer.others
    assert answer.models
    assert (other.kind, dict(other.models), other.observed.conversions) == ("signup", {}, 1)
    assert [(one.model, one.exit_code) for one in other.failed] == [("incremental", 2)]
    assert any("the kind 'signup' have no credit" in line for line in caplog.messages)


def test_experiments_calibrate_the_most_valuable_kind_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    touches, conversions = world(4)
    experiment = Experiment(
        id="e",
        channel="a",
        lift=1.0,
        standard_error=1.0,
        start=NOON.date(),
        end=NOON.date() + timedelta(days=50),
    )
    options = replace(LINEAR, experiments=(experiment,))
    attribute_events(touches, conversions, options)
    notes = [line for line in caplog.messages if line.startswith("experiments calibrate")]
    assert len(notes) == 2


def test_rows_name_the_kind() -> None:
    touches, conversions = world(1)
    answer = attribute_events(touches, conversions, LINEAR)
    assert {row["kind"] for row in answer.rows()} == set(KINDS)
    assert len(answer.rows()) == sum(
        len(one.models["linear"].credits) + 1 for one in answer.by_kind
    )
