"""Rules of journeys against walks in plain Python, and as the command line writes them."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from attrigraph.attribution.multi_touch.options import ModelOptions
from attrigraph.attribution.observed.journeys import JourneyOptions, TouchLookback
from attrigraph.attribution.observed.subset import Condition, condition_of
from attrigraph.attribution.observed.touch_lookbacks import AUTO, lookbacks_of
from attrigraph.domain import Conversion, Touchpoint
from attrigraph.errors import InputError, NeedsTimesError
from attrigraph.intelligence import MarketingIntelligence
from attrigraph.services.attribution_options import AttributionOptions
from attrigraph.services.in_memory import attribute_events
from attrigraph.services.memory_data import memory_data

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attrigraph.domain import Attribution

    Credits = dict[str | None, float]

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
CHANNELS = ("Direct", "display", "search", "social")
NAMES = {"kind": ("click", "impression"), "channel": CHANNELS}
LINEAR = AttributionOptions(models=("linear",), model_options=ModelOptions(draws=0))


@dataclass(frozen=True)
class Rules:
    """What a walk keeps of a path; the fields are those of ``JourneyOptions``."""

    lookback: float | None = 30.0
    lookbacks: tuple[tuple[str, str, float | None], ...] = ()
    drop_direct: bool = False
    steps: int | None = None
    only: tuple[Condition, ...] = ()
    exclude: tuple[Condition, ...] = ()

    def options(self) -> JourneyOptions:
        own = tuple(TouchLookback(*one) for one in self.lookbacks)  # type: ignore[arg-type]
        return JourneyOptions(
            lookback_days=self.lookback,
            lookbacks=own,
            dropped_channels=("direct",) if self.drop_direct else (),
            steps=self.steps,
            only=self.only,
            exclude=self.exclude,
        )


def at(event: Touchpoint | Conversion) -> datetime:
    assert event.timestamp is not None
    return event.timestamp


def world(seed: int) -> tuple[list[Touchpoint], list[Conversion]]:
    chance = random.Random(seed)
    touches, conversions = [], []
    for customer in range(40):
        hours = sorted(chance.sample(range(0, 90 * 24, 12), chance.randrange(14)))
        for number, hour in enumerate(hours):
            name, when = f"{customer}-{number}", NOON + timedelta(hours=hour)
            if chance.random() < 0.2:
                value = float(chance.randrange(100))
                conversions.append(Conversion(name, str(customer), when, value))
                continue
            kind, channel = chance.choice(NAMES["kind"]), chance.choice(CHANNELS)
            campaign = chance.choice(["spring", "fall", None])
            touches.append(
                Touchpoint(name, str(customer), when, channel, campaign=campaign, kind=kind)
            )
    return touches, conversions


def stays(touch: Touchpoint, rules: Rules) -> bool:
    def has(condition: Condition) -> bool:
        return bool(getattr(touch, condition.field) == condition.value)

    fields = {one.field for one in rules.only}
    only = all(any(has(one) for one in rules.only if one.field == field) for field in fields)
    return only and not any(map(has, rules.exclude))


def limit_of(touch: Touchpoint, rules: Rules) -> float:
    days = rules.lookback
    for field in ("kind", "channel"):
        for what, named, own in rules.lookbacks:
            if what == field and getattr(touch, field) == named:
                days = own
    return float("inf") if days is None else days


def walked(
    touches: Sequence[Touchpoint], conversions: Sequence[Conversion], rules: Rules
) -> Credits:
    """Linear credit by channel, one conversion after another; of nobody under None."""
    credit: Credits = {}
    for end in conversions:
        before = [
            at(one) for one in conversions
            if one.customer_id == end.customer_id and at(one) < at(end)
        ]  # fmt: skip
        path = [
            touch for touch in touches
            if touch.customer_id == end.customer_id
            and stays(touch, rules)
            and max([datetime.min.replace(tzinfo=UTC), *before]) <= at(touch) < at(end)
            and (at(end) - at(touch)) / timedelta(days=1) <= limit_of(touch, rules)
        ]  # fmt: skip
        if rules.drop_direct and any(touch.channel != "Direct" for touch in path):
            path = [touch for touch in path if touch.channel != "Direct"]
        path = path if rules.steps is None else path[-rules.steps :]
        for channel in [touch.channel for touch in path] or [None]:
            credit[channel] = credit.get(channel, 0.0) + 1 / max(len(path), 1)
    return credit


def credited(answer: Attribution) -> Credits:
    model = answer.models["linear"]
    credit: Credits = {one.key: one.conversions for one in model.credits if one.conversions}
    return credit | ({None: model.baseline.conversions} if model.baseline.conversions else {})


RULES = [
    Rules(),
    Rules(lookbacks=(("kind", "impression", 1.0),)),
    Rules(lookback=5.0, lookbacks=(("channel", "display", 40.0), ("kind", "click", 2.0))),
    Rules(lookback=None, lookbacks=(("channel", "search", 3.5),)),
    Rules(lookback=3.0, lookbacks=(("kind", "impression", None),)),
    Rules(drop_direct=True),
    Rules(steps=1),
    Rules(steps=2, drop_direct=True, lookbacks=(("kind", "impression", 10.0),)),
    Rules(exclude=(Condition("channel", "social"), Condition("channel", "Direct"))),
    Rules(only=(Condition("channel", "social"), Condition("channel", "search"))),
    Rules(only=(Condition("campaign", "fall"), Condition("channel", "search"))),
    Rules(exclude=(Condition("campaign", "spring"),), steps=3),
]


@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize("seed", range(2))
def test_journeys_agree_with_a_walk(rules: Rules, seed: int) -> None:
    touches, conversions = world(seed)
    answer = attribute_events(touches, conversions, replace(LINEAR, journeys=rules.options()))
    expected = walked(touches, conversions, rules)
    assert credited(answer) == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert answer.observed.conversions == len(conversions)


def test_customers_are_chosen_by_facts() -> None:
    pandas = pytest.importorskip("pandas")
    touches, conversions = world(1)
    segment = {str(number): ("smb", "large", None)[number % 3] for number in range(40)}
    table = pandas.DataFrame(
        {"customer_id": list(segment), "segment": list(segment.values()), "new": [True, False] * 20}
    )
    options = replace(
        LINEAR,
        journeys=JourneyOptions(
            only=(Condition("customer.segment", "smb"),),
            exclude=(Condition("customer.new", "true"),),
        ),
    )
    answer = attribute_events(touches, conversions, options, customers=table)
    chosen = {name for name in segment if segment[name] == "smb" and int(name) % 2}
    alone = attribute_events(
        [touch for touch in touches if touch.customer_id in chosen],
        [one for one in conversions if one.customer_id in chosen],
        LINEAR,
    )
    assert credited(answer) == credited(alone)
    assert answer.observed.conversions == alone.observed.conversions > 0


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        (Rules(exclude=(Condition("channel", "serch"),)), "channel=serch; near names: search"),
        (Rules(only=(Condition("campaign", "x"),)), "campaign=x; the names are: fall, spring"),
        (Rules(only=(Condition("customer.size", "1"),)), "no attribute 'size'"),
        (Rules(lookbacks=(("channel", "displai", 1.0),)), "'displai'.*near names: display"),
        (Rules(lookbacks=(("kind", "view", 1.0),)), "kind 'view'.*click, impression"),
    ],
)
def test_rules_that_match_nothing_name_what_is_near(rules: Rules, message: str) -> None:
    touches, conversions = world(0)
    with pytest.raises(InputError, match=message):
        attribute_events(touches, conversions, replace(LINEAR, journeys=rules.options()))


def test_lookbacks_as_the_command_line_writes_them() -> None:
    texts = ["30d", "impression=1d", "channel:display=7", "channel:a=b=none"]
    assert lookbacks_of(texts, "--lookback") == (
        30.0,
        (
            TouchLookback("channel", "a=b", None),
            TouchLookback("channel", "display", 7.0),
            TouchLookback("kind", "impression", 1.0),
        ),
    )
    assert lookbacks_of([], "--lookback") == (AUTO, ())
    assert lookbacks_of(["none"], "--lookback") == (None, ())
    for wrong in (["1", "2d"], ["x"], ["click="], ["=3"], ["channel:=3"], ["click=1", "click=2"]):
        with pytest.raises(InputError, match="--lookback"):
            lookbacks_of(wrong, "--lookback")
    with pytest.raises(InputError, match="positive"):
        lookbacks_of(["click=-1"], "--lookback")


@pytest.mark.parametrize("wrong", ["channel", "channel=", "medium=x", "customer.=x", ""])
def test_conditions_have_a_field_and_a_value(wrong: str) -> None:
    with pytest.raises(InputError, match="--only must be channel=NAME"):
        condition_of(wrong, "--only")


def test_data_without_times_have_no_lookback_of_kinds() -> None:
    touches = [Touchpoint("t", "a", None, "x", position=0)]
    conversions = [Conversion("c", "a", None, 1.0, position=1)]
    options = Rules(lookbacks=(("channel", "x", 1.0),)).options()
    with pytest.raises(NeedsTimesError, match="only their order"):
        attribute_events(touches, conversions, replace(LINEAR, journeys=options))
    assert credited(
        attribute_events(touches, conversions, replace(LINEAR, journeys=Rules(steps=1).options()))
    ) == {"x": 1.0}


def test_python_takes_the_same_rules_and_local_days() -> None:
    zone = ZoneInfo("Europe/Berlin")
    october = datetime(2026, 10, 1)  # noqa: DTZ001 - the zone is an option
    conversions = [
        Conversion("c1", "a", datetime(2026, 10, 1, 0, 30, tzinfo=zone), 20.0),
        Conversion("c2", "b", datetime(2026, 10, 31, 23, 30, tzinfo=zone), 10.0),
    ]
    touches = [
        Touchpoint("t1", "a", datetime(2026, 9, 30, 23, tzinfo=zone), "search", kind="impression"),
        Touchpoint("t2", "a", datetime(2026, 9, 20, tzinfo=zone), "Direct"),
        Touchpoint("t3", "b", datetime(2026, 10, 1, tzinfo=zone), "search", kind="impression"),
    ]
    answer = MarketingIntelligence().compute_attribution(
        touches,
        conversions,
        models=["linear"],
        draws=0,
        window=(october, october + timedelta(days=31)),
        zone="Europe/Berlin",
        lookbacks={"impression": 1},
        drop_direct=True,
        steps=5,
        exclude=[],
    )
    assert (answer.zone, answer.to_json()["zone"]) == ("Europe/Berlin", "Europe/Berlin")
    assert answer.observed.value == 30.0
    assert credited(answer) == {"search": 1.0, None: 1.0}
    with pytest.raises(InputError, match="give window with it"):
        MarketingIntelligence().compute_attribution(touches, conversions, zone="Europe/Berlin")
    with pytest.raises(InputError, match="near names: Europe/Berlin"):
        MarketingIntelligence().compute_attribution(
            touches, conversions, window=(NOON, NOON + timedelta(days=1)), zone="Europe/Berln"
        )


def test_dropped_channels_are_never_credited_by_causal_models() -> None:
    touches, conversions = world(0)
    renamed = [
        replace(one, channel="Tippen") if one.channel == "Direct" else one for one in touches
    ]
    journeys = JourneyOptions(dropped_channels=("tippen",))
    data = memory_data(renamed, conversions, replace(LINEAR, journeys=journeys))
    assert data.model_options.not_marketing == (*ModelOptions().not_marketing, "tippen")


def test_a_window_without_conversions_is_named(caplog: pytest.LogCaptureFixture) -> None:
    touches = [Touchpoint("t", "ada", NOON, channel="search")]
    conversions = [Conversion("c", "ada", NOON + timedelta(days=1))]
    for year, expected in ((2026, []), (2027, ["2026-03-02 to 2026-03-02"])):
        caplog.clear()
        MarketingIntelligence().compute_attribution(
            touches,
            conversions,
            models=["linear"],
            window=(datetime(year, 1, 1, tzinfo=UTC), datetime(year, 6, 1, tzinfo=UTC)),
        )
        found = [one.message for one in caplog.records if "in the window" in one.message]
        assert [one.rpartition("are of ")[2] for one in found] == expected
