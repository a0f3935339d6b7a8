"""Parameters of runs come back from JSON, those that version 0.1.0 stored too."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

from attrigraph.attribution.multi_touch.options import ModelOptions
from attrigraph.attribution.observed.journeys import JourneyOptions, TouchLookback
from attrigraph.attribution.observed.subset import Condition
from attrigraph.domain import Experiment, SegmentSizes
from attrigraph.runs.parameters import RunParameters

PARAMETERS = RunParameters(
    models=("incremental", "linear"),
    touch_model="linear",
    journeys=JourneyOptions(
        lookback_days=7.0,
        conversion_kinds=("sale",),
        window=(0, 86_400_000),
        lookbacks=(TouchLookback("kind", "impression", 1.0), TouchLookback("channel", "tv", None)),
        dropped_channels=("direct",),
        steps=4,
        only=(Condition("customer.segment", "smb"),),
        exclude=(Condition("channel", "paypal.com"), Condition("campaign", "x")),
        zone="Europe/Berlin",
    ),
    model_options=ModelOptions(position_weights=(1.0, 2.0, 3.0), seed=4),
    experiments=(
        Experiment(
            id="june",
            channel="email",
            lift=10.0,
            standard_error=2.0,
            start=date(2026, 6, 1),
            end=date(2026, 6, 7),
            spend=500.0,
        ),
    ),
    allow_old_experiments=True,
    segments="region",
)


def test_parameters_come_back_from_json() -> None:
    stored = json.loads(json.dumps(PARAMETERS.to_json(), allow_nan=False))
    assert RunParameters.from_json(stored) == PARAMETERS


def test_defaults_come_back_from_json() -> None:
    parameters = RunParameters(models=("first",))
    assert RunParameters.from_json(json.loads(json.dumps(parameters.to_json()))) == parameters


def test_parameters_of_version_0_1_0_are_read() -> None:
    stored = {
        "models": ["linear"],
        "touch_model": "linear",
        "journeys": {
            "lookback_days": None,
            "conversion_kinds": [],
            "reuse_touches": True,
            "window": None,
            "repeats": "collapsed",
        },
        "told": {
            "half_life_days": 3.0,
            "direct_channels": ["direct"],
            "position_weights": None,
            "seed": 2,
            "permutations": 2000,
            "draws": 0,
        },
        "lift": "0f" * 32,
    }
    assert RunParameters.from_json(stored) == RunParameters(
        models=("linear",),
        touch_model="linear",
        journeys=JourneyOptions(lookback_days=None, reuse_touches=True, repeats="collapsed"),
        model_options=ModelOptions(
            half_life_days=3.0, direct_channels=("direct",), seed=2, draws=0
        ),
    )


def test_lift_tests_of_version_0_2_0_are_experiments() -> None:
    stored = RunParameters(models=("first",)).to_json()
    del stored["experiments"], stored["allow_old_experiments"]
    stored["lift_tests"] = [
        {
            "channel": "email",
            "lift": 10.0,
            "standard_error": 2.0,
            "start": "2026-06-01",
            "end": "2026-06-07",
        }
    ]
    (read,) = RunParameters.from_json(stored).experiments
    assert (read.id, read.channel) == ("email 2026-06-01..2026-06-07", "email")
    assert (read.kind, read.lift, read.days) == ("holdout", 10.0, 7)


def test_other_experiments_are_other_parameters() -> None:
    (experiment,) = PARAMETERS.experiments
    changed = replace(PARAMETERS, experiments=(replace(experiment, lift=11.0),))
    assert changed.to_json() != PARAMETERS.to_json()


def test_numbers_of_people_by_segment_come_back() -> None:
    sizes = SegmentSizes("region", (("north", 30), ("", 2)))
    stored = json.loads(
        json.dumps(
            RunParameters(
                models=("incremental",), model_options=ModelOptions(population=sizes)
            ).to_json()
        )
    )
    assert RunParameters.from_json(stored).model_options.population == sizes
