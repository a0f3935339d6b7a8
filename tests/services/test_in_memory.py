"""Attribution of touchpoints in memory: values by hand, borders, and the example."""

import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas
import pytest

from attrigraph.attribution.observed.journeys import JourneyOptions
from attrigraph.domain import Attribution, Conversion, Level, Touchpoint
from attrigraph.errors import InputError, MissingExtraError, NeedsTimesError, StoreError
from attrigraph.intelligence import MarketingIntelligence
from attrigraph.services.attribution_options import AttributionOptions
from attrigraph.services.in_memory import attribute_events

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def touch(name: str, customer: str, day: float, **known: Any) -> Touchpoint:
    return Touchpoint(name, customer, NOON + timedelta(days=day), **known)


TOUCHES = [
    touch("t3", "ada", 2, channel="search"),
    touch("t1", "ada", 0, channel="display", campaign="spring"),
    touch("t2", "ada", 1, channel="display", campaign="spring"),
    touch("t4", "ben", 0, channel="display"),
]
ORDER = Conversion("c1", "ada", NOON + timedelta(days=3), value=30.0)


def asked(*models: str, by: Level = "channel") -> AttributionOptions:
    return AttributionOptions(models=models, level=by)


def credits(answer: Attribution, model: str) -> dict[str | None, float]:
    return {credit.key: credit.value for credit in answer.models[model].credits}


def test_credit_by_hand_whatever_the_order_of_the_events() -> None:
    answer = attribute_events(TOUCHES, [ORDER], asked("linear", "first", "last", "linear-distinct"))
    assert (answer.observed.journeys, answer.observed.conversions) == (2, 1)
    assert credits(answer, "linear") == pytest.approx({"display": 20.0, "search": 10.0})
    assert credits(answer, "linear-distinct") == pytest.approx({"display": 15.0, "search": 15.0})
    assert credits(answer, "first") == {"display": 30.0, "search": 0.0}
    assert credits(answer, "last") == {"search": 30.0, "display": 0.0}


@pytest.mark.parametrize("year", [2026, 1970, 1969, 1500])
def test_microseconds_decide_the_order_also_before_1970(year: int) -> None:
    at = datetime(year, 1, 1, tzinfo=UTC) - timedelta(microseconds=1000)
    touches = [
        Touchpoint("t1", "u1", at + timedelta(microseconds=300), channel="email"),
        Touchpoint("t2", "u1", at + timedelta(microseconds=100), channel="search"),
        Touchpoint("t3", "u1", at + timedelta(microseconds=999), channel="late"),
    ]
    order = Conversion("c1", "u1", at + timedelta(microseconds=700), value=1.0)
    answer = attribute_events(touches, [order], asked("first", "last"))
    assert credits(answer, "first") == {"search": 1.0, "email": 0.0, "late": 0.0}
    assert credits(answer, "last") == {"email": 1.0, "search": 0.0, "late": 0.0}


def test_an_answer_has_the_spend_on_channels_and_its_dates() -> None:
    touches = [touch("t9", "ada", 0, channel="video", cost=2.5), *TOUCHES]
    spend = attribute_events(touches, [ORDER], asked("linear")).spend
    assert spend is not None
    assert spend.by_channel == {"video": 2.5}
    assert (spend.start, spend.end) == (NOON.date(), (NOON + timedelta(days=3)).date())


def test_touches_without_a_campaign_have_a_line_of_their_own() -> None:
    answer = attribute_events(TOUCHES, [ORDER], asked("linear", by="campaign"))
    assert credits(answer, "linear") == pytest.approx({"spring": 20.0, None: 10.0})


def test_a_conversion_without_a_touch_is_baseline() -> None:
    answer = attribute_events([], [ORDER], asked("linear"))
    assert answer.models["linear"].credits == ()
    assert answer.models["linear"].baseline.value == 30.0


def test_a_window_counts_the_journeys_that_end_in_it() -> None:
    day = 86_400_000
    start = round(NOON.timestamp() * 1000)
    options = AttributionOptions(
        models=("linear",), journeys=JourneyOptions(window=(start, start + day))
    )
    assert attribute_events(TOUCHES, [ORDER], options).observed.conversions == 0


def test_without_names_the_models_that_fit_are_asked() -> None:
    models = attribute_events(TOUCHES, [ORDER]).models
    assert "time-decay" in models
    assert "incremental" not in models, "one conversion is too few for it"


def test_order_alone_is_enough_for_rules_and_not_for_decay() -> None:
    timeless = [
        Touchpoint("a", "x", None, channel="p", position=0),
        Touchpoint("b", "x", None, channel="q", position=1),
    ]
    end = Conversion("c", "x", None, value=1.0, position=2)
    assert credits(attribute_events(timeless, [end], asked("last")), "last") == {"q": 1.0, "p": 0.0}
    with pytest.raises(NeedsTimesError, match="time-decay"):
        attribute_events(timeless, [end], asked("time-decay"))


@pytest.mark.parametrize(
    ("touches", "ends", "words"),
    [
        ([TOUCHES[0], TOUCHES[0]], [], "duplicate touchpoint id 't3'; ids must be unique"),
        ([Touchpoint("t", None, NOON)], [], "touchpoint at index 0 has no customer_id"),  # type: ignore[arg-type]
        ([Touchpoint("t", " ", NOON)], [], "touchpoint at index 0 has no customer_id"),
        ([Touchpoint(None, "x", NOON)], [], "touchpoint at index 0 has no id"),  # type: ignore[arg-type]
        ([], [Conversion("c", float("nan"), NOON)], "conversion at index 0 has no customer_id"),  # type: ignore[arg-type]
        ([Touchpoint("t", "x", NOON, channel=0.5)], [], "channel of 't' must be text"),  # type: ignore[arg-type]
        ([Touchpoint("t", "x", NOON, channel="\ud800")], [], "holds half a character"),
        ([Touchpoint("t", "x", "2026-06-01")], [], "timestamp of 't' must be a datetime"),  # type: ignore[arg-type]
        ([Touchpoint("t", "x", pandas.NaT)], [], "timestamp of 't' must be a datetime"),  # type: ignore[arg-type]
        ([Touchpoint("t", "x", NOON.replace(tzinfo=None))], [], "needs a time zone"),
        ([Touchpoint("t", "x", NOON, cost=-1.0)], [], "cost of 't' must be"),
        ([], [Conversion("c", "x", NOON, value=float("nan"))], "value of 'c' must be"),
        ([], [Conversion("c", "x", NOON, value=None)], "value of 'c' must be .* got None"),  # type: ignore[arg-type]
        ([], [Conversion("c", "x", NOON, value="3")], "value of 'c' must be .* got '3'"),  # type: ignore[arg-type]
        ([Touchpoint("t", pandas.NA, NOON)], [], "touchpoint at index 0 has no customer_id"),  # type: ignore[arg-type]
    ],
)
def test_wrong_events_are_rejected_by_name(
    touches: list[Touchpoint], ends: list[Conversion], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        attribute_events(touches, ends, asked("linear"))


def test_whole_numbers_are_ids_and_missing_names_are_unknown() -> None:
    touches = [
        Touchpoint(np.int64(1), 7, NOON, channel="a"),  # type: ignore[arg-type]
        Touchpoint(2, np.int32(7), NOON + timedelta(days=1), channel=float("nan")),  # type: ignore[arg-type]
        Touchpoint("3", "7", NOON + timedelta(days=2), channel=""),
        Touchpoint("4", np.str_("7"), NOON + timedelta(days=2), channel=pandas.NA),  # type: ignore[arg-type]
        Touchpoint("5", "7", NOON + timedelta(days=2), channel=np.str_("b")),
    ]
    answer = attribute_events(
        touches, [Conversion("c", "7", NOON + timedelta(days=3))], asked("linear")
    )
    shares = {credit.key: credit.conversions for credit in answer.models["linear"].credits}
    assert shares == pytest.approx({"a": 1 / 5, "b": 1 / 5, None: 3 / 5})
    assert {type(key) for key in shares} == {str, type(None)}


def test_the_python_face_refuses_what_needs_a_connection_or_touchpoints() -> None:
    with pytest.raises(StoreError, match="connect"):
        MarketingIntelligence().compute_attribution()
    with pytest.raises(InputError, match="without touchpoints"):
        MarketingIntelligence().compute_attribution(conversions=[ORDER])


@pytest.mark.parametrize("name", ["models", "conversion_kinds", "direct_channels", "only"])
def test_one_text_where_a_list_of_names_is_expected_is_an_error(name: str) -> None:
    words = f"{name} must be a list of names, such as \\['linear'\\], got the text 'linear'"
    options: dict[str, Any] = {name: "linear"}
    with pytest.raises(InputError, match=words):
        MarketingIntelligence().compute_attribution(TOUCHES, [ORDER], **options)


def test_robustness_is_an_option_in_python_too() -> None:
    answer = MarketingIntelligence().compute_attribution(
        TOUCHES, [ORDER], models=["linear"], draws=0, robustness=True
    )
    assert answer.robustness is not None
    assert answer.robustness.best == "display"


def test_other_objects_than_events_are_an_error() -> None:
    with pytest.raises(InputError, match="expected Touchpoint objects or a data frame, got 'e'"):
        attribute_events("events.csv", [], asked("linear"))


def test_a_missing_package_of_frames_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = attribute_events(TOUCHES, [ORDER], asked("linear"))
    for name, convert in (("pandas", answer.to_pandas), ("polars", answer.to_polars)):
        monkeypatch.setitem(sys.modules, name, None)
        with pytest.raises(MissingExtraError, match=rf"{name}: pip install 'attrigraph\[frames\]'"):
            convert()


def test_results_become_frames() -> None:
    answer = attribute_events(TOUCHES, [ORDER], asked("linear"))
    polars, pandas = answer.to_polars(), answer.to_pandas()
    assert polars.columns == list(pandas.columns)
    assert polars.filter(polars["baseline"])["value"].to_list() == [0.0]
    assert pandas["value"].sum() == pytest.approx(30.0)
