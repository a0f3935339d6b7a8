"""Every model keeps one protocol: what it declares is what it does, and none is a special case."""

from __future__ import annotations

import ast
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from attrigraph.attribution.analysis import Analysis, applicable_models, options_without_effect
from attrigraph.attribution.credit import conservation
from attrigraph.attribution.data import EventData, PathData
from attrigraph.attribution.models import (
    AUTO,
    MODELS,
    check_touch_model,
    readers_of,
    resolve_touch_model,
    select,
)
from attrigraph.attribution.multi_touch.options import ModelOptions
from attrigraph.attribution.observed.journeys import JourneyOptions
from attrigraph.attribution.options import OPTIONS as PARTIAL_OPTIONS
from attrigraph.attribution.options import RULES_OF_JOURNEYS, given_in, unread_notes
from attrigraph.domain import LEVELS, Conversion, PathCounts, Touchpoint
from attrigraph.domain.from_objects import events_from_objects
from attrigraph.errors import AttrigraphError, InputError, NeedsTimesError

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
PLATFORM = Path(__file__).parents[2] / "platform" / "attrigraph"
OPTIONS = ModelOptions(position_weights=(1, 2, 3), draws=0)


def events_of(*journeys: str, timed: bool = True) -> EventData:
    """One customer per word, whose letters are channels; a word with a dot converts at the dot."""
    touches, ends = [], []
    for number, word in enumerate(journeys):
        for place, letter in enumerate(word):
            at = NOON + timedelta(hours=place) if timed else None
            name = f"e{number}.{place}"
            if letter == ".":
                ends.append(Conversion(name, f"c{number}", at, value=1.0, position=place))
            else:
                touches.append(Touchpoint(name, f"c{number}", at, channel=letter, position=place))
    return EventData(events_from_objects(touches, ends), JourneyOptions(), OPTIONS)


def paths_of() -> PathData:
    counts = PathCounts(
        keys=("a", "b"),
        offsets=np.array([0, 1, 3]),
        codes=np.array([0, 0, 1], np.int32),
        conversions=np.array([1.0, 2.0]),
        value=np.array([1.0, 2.0]),
        nulls=np.array([3.0, 0.0]),
    )
    return PathData(counts, OPTIONS)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", MODELS)
def test_what_check_accepts_can_be_fitted_and_adds_up(name: str, level: str) -> None:
    assert level in LEVELS
    model, data = MODELS[name], events_of("ab.", "a.", "b", "ba.")
    try:
        model.check(data, level)
    except InputError:
        return  # too few conversions for it, which ``fit`` must say too
    credits = model.fit(data).credits(level)
    assert credits.model == name
    assert credits.incremental == model.incremental
    conservation.check(credits, data.question(level).observed)


@pytest.mark.parametrize("name", MODELS)
def test_what_check_rejects_is_not_fitted(name: str) -> None:
    model, data = MODELS[name], events_of("ab.", "a.", timed=False)
    try:
        model.check(data, "channel")
    except AttrigraphError as error:
        with pytest.raises(type(error)):
            model.fit(data).credits("channel")


@pytest.mark.parametrize("name", MODELS)
def test_models_that_need_events_reject_counts_of_paths(name: str) -> None:
    model = MODELS[name]
    for level in LEVELS:
        if model.needs_events(level):
            with pytest.raises((InputError, NeedsTimesError)):
                model.check(paths_of(), level)


@pytest.mark.parametrize("name", MODELS)
def test_touch_level_models_credit_touches_and_others_raise(name: str) -> None:
    model, data = MODELS[name], events_of("ab.", "a.", "b", "ba.")
    try:
        fitted = model.fit(data)
    except InputError:
        return  # too few conversions
    if model.touch_level:
        assert fitted.touch_credit().credit.sum() == pytest.approx(3.0)
    else:
        with pytest.raises(InputError, match="no touch-level credit"):
            fitted.touch_credit()


def test_defaults_skip_what_the_data_cannot_support(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "attrigraph")
    names = applicable_models(paths_of(), "campaign")
    assert set(names) < {name for name, model in MODELS.items() if model.by_default}
    assert not any(MODELS[name].needs_events("campaign") for name in names)
    skipped = {line.split()[1].rstrip(":") for line in caplog.messages}
    assert skipped == {
        name
        for name, model in MODELS.items()
        if model.by_default and model.needs_events("campaign")
    }


def test_a_model_is_fitted_once_and_answers_in_the_order_asked_for() -> None:
    analysis = Analysis(events_of("ab.", "a.", "b"))
    assert list(analysis.attribute(["last", "first"], "channel").models) == ["last", "first"]
    assert analysis.fitted("last") is analysis.fitted("last")


def test_unknown_and_unfit_names_are_errors() -> None:
    with pytest.raises(InputError, match="no model is called 'moon'; known models are "):
        select(["moon"])
    with pytest.raises(InputError, match="no model; known models are "):
        select([])
    with pytest.raises(InputError, match="gives no credit to single touches"):
        check_touch_model(next(name for name, model in MODELS.items() if not model.touch_level))
    check_touch_model(AUTO)
    check_touch_model(None)


def test_the_touch_model_is_causal_where_one_runs() -> None:
    causal = [name for name, model in MODELS.items() if model.incremental and model.touch_level]
    for name in causal:
        assert resolve_touch_model(AUTO, ["first", name]) == name
    assert MODELS[resolve_touch_model(AUTO, ["first"]) or ""].touch_level
    assert resolve_touch_model(None, causal) is None
    assert resolve_touch_model("first", causal) == "first"


def test_every_option_that_models_declare_exists_and_has_a_reader() -> None:
    assert set().union(*(model.reads for model in MODELS.values())) == set(PARTIAL_OPTIONS)
    assert all(readers_of(name) for name in PARTIAL_OPTIONS)


CHANGES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "reuse_touches": ({"reuse_touches": True}, {}),
    "repeats": ({"repeats": "collapsed"}, {}),
    "steps": ({"steps": 1}, {}),
    "half_life_days": ({}, {"half_life_days": 0.01}),
    "direct_channels": ({}, {"direct_channels": ("b",)}),
    "position_weights": ({}, {"position_weights": (1, 0, 0)}),
    "purchase_window": ({}, {"purchase_window": "none"}),
    "not_marketing": ({}, {"not_marketing": ("b",)}),
    "population": ({}, {"population": 100}),
}
"""Options of journeys and of models that change each option."""


@pytest.mark.parametrize("name", [name for name, model in MODELS.items() if not model.incremental])
def test_a_model_reads_the_options_that_it_declares_and_no_others(name: str) -> None:
    assert {*CHANGES, "experiments"} == set(PARTIAL_OPTIONS)
    model, data = MODELS[name], events_of("aab.ba.", "b.ab", "a", "bbab.", "ba.a", "ab")
    plain = model.fit(data).credits("channel")
    for option, (journeys, models) in CHANGES.items():
        changed = replace(
            data,
            journey_options=replace(data.journey_options, **journeys),
            model_options=replace(data.model_options, **models),
        )
        assert given_in(changed) == {option, "position_weights"}
        differs = model.fit(changed).credits("channel") != plain
        assert option in model.reads or not differs, option
        if option not in RULES_OF_JOURNEYS:  # not every rule changes every model's credit here
            assert differs == (option in model.reads), option


@pytest.mark.parametrize("name", [name for name, model in MODELS.items() if model.incremental])
def test_what_a_causal_model_does_not_read_is_noted(name: str) -> None:
    model = MODELS[name]
    notes = unread_notes(model.reads, {"steps", "half_life_days", *model.reads}, causal=True)
    assert notes == ("--steps is a rule of journeys, and this model reads whole histories",)
    assert unread_notes({"steps"}, {"steps", *model.reads}, causal=False) == ()


def test_options_that_none_of_the_models_reads_are_named() -> None:
    data = events_of("ab.")
    given = replace(
        data,
        journey_options=JourneyOptions(steps=2, dropped_channels=("x",)),
        model_options=ModelOptions(direct_channels=("x",), half_life_days=3.0),
    )
    assert options_without_effect(given, ["last"]) == (
        "--half-life has no effect: it is for time-decay",
    )
    assert options_without_effect(given, ["last", "time-decay"]) == ()
    (steps,) = options_without_effect(replace(given, model_options=ModelOptions()), ["attention"])
    assert steps.startswith("--steps has no effect: it is for first, last, ")
    on_paths = PathData(paths_of().paths, ModelOptions(direct_channels=("x",)))
    assert options_without_effect(on_paths, ["last"]) == (
        "--direct has no effect: it is for last-non-direct",
    )


def test_no_module_outside_attribution_names_a_model() -> None:
    """A new model touches ``attribution`` alone; help texts of the command line may name some."""
    words = {"first", "last", "incremental"}  # also keys of JSON objects and columns
    found = {
        f"{path.relative_to(PLATFORM)}:{node.lineno} {node.value}"
        for path in PLATFORM.rglob("*.py")
        if "attribution" not in path.relative_to(PLATFORM).parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value in set(MODELS) - words
    }
    assert found == set()
