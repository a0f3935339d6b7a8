"""What differs between two runs is named, with defaults for what an earlier version lacks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from attrigraph.attribution.multi_touch.options import ModelOptions
from attrigraph.attribution.observed.journeys import JourneyOptions
from attrigraph.graph.runs import Run
from attrigraph.runs.parameters import RunParameters
from attrigraph.services.run_differences import run_differences
from attrigraph.services.runs_of_kinds import runs_by_kind

PURCHASE = RunParameters(("linear",), journeys=JourneyOptions(conversion_kinds=("purchase",)))
RUN = Run(
    "r1", "attribute", ("linear",), PURCHASE.to_json(), "0.3.0", "f", 0,
    datetime(2026, 6, 1, tzinfo=UTC), kind="purchase", status="done",
)  # fmt: skip


def test_data_parameters_and_version_are_named() -> None:
    journeys = JourneyOptions(lookback_days=7.0, conversion_kinds=("purchase",))
    changed = replace(PURCHASE, journeys=journeys, model_options=ModelOptions(seed=3))
    other = replace(RUN, fingerprint="g", parameters=changed.to_json(), code_version="0.2.0")
    expected = ("the data", "lookback", "seed", "the version of attrigraph")
    assert run_differences(RUN, other) == expected
    assert run_differences(RUN, RUN) == ()


def test_what_an_earlier_version_did_not_store_is_the_default() -> None:
    stored = PURCHASE.to_json()
    del stored["currency"], stored["journeys"]["steps"], stored["model_options"]["draws"]
    assert run_differences(RUN, replace(RUN, parameters=stored)) == ()


def test_runs_of_kinds_have_the_same_data_and_differ_in_the_kind_alone() -> None:
    signup = replace(PURCHASE, journeys=JourneyOptions(conversion_kinds=("signup",)))
    newer = replace(RUN, id="r2", kind="signup", parameters=signup.to_json())
    older = replace(newer, id="r3")
    of_other_data = replace(newer, id="r4", kind="lead", fingerprint="g")
    of_other_lookback = replace(newer, id="r5", kind="lead", parameters={
        **signup.to_json(), "journeys": {**signup.to_json()["journeys"], "lookback_days": 7.0},
    })  # fmt: skip
    unfinished = replace(newer, id="r6", kind="lead", status="running")
    runs = (newer, RUN, older, of_other_data, of_other_lookback, unfinished)
    found = {kind: run.id for kind, run in runs_by_kind(runs, RUN).items()}
    assert found == {"purchase": "r1", "signup": "r2"}
    assert runs_by_kind(runs, replace(RUN, kind=None)) == {}
