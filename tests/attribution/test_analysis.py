"""Several models over one data set: one failure leaves the other models' answers alone."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from attrigraph.attribution import models as models_module
from attrigraph.attribution.analysis import Analysis
from attrigraph.attribution.data import Data, PathData
from attrigraph.attribution.models import MODELS, FittedModel
from attrigraph.attribution.multi_touch.options import ModelOptions
from attrigraph.domain import FailedModel, PathCounts
from attrigraph.errors import AttrigraphError, ConvergenceError, InputError

PATHS = PathCounts(
    keys=("a", "b"),
    offsets=np.array([0, 1, 3]),
    codes=np.array([0, 0, 1], np.int32),
    conversions=np.array([1.0, 2.0]),
    value=np.array([1.0, 2.0]),
    nulls=np.array([3.0, 0.0]),
)


@dataclass
class Failing:
    """Stands in for a model; it counts its fits, each of which fails."""

    name: str
    error: AttrigraphError
    incremental: bool
    fits: list[Data] = field(default_factory=list)

    def fit(self, data: Data) -> FittedModel:
        self.fits.append(data)
        raise self.error


def analysis_with(monkeypatch: pytest.MonkeyPatch, *failing: Failing) -> Analysis:
    models = {**MODELS, **{model.name: model for model in failing}}
    monkeypatch.setattr(models_module, "MODELS", models)
    return Analysis(PathData(PATHS, ModelOptions(draws=0)))


NOT_CONVERGED = ConvergenceError("50 steps were not enough")
TOO_FEW = InputError("3 conversions are too few")


@pytest.mark.parametrize(
    ("error", "incremental", "exit_code"),
    [(NOT_CONVERGED, True, 8), (NOT_CONVERGED, False, 8), (TOO_FEW, True, 2)],
)
def test_a_failed_fit_is_left_out_with_a_warning(
    error: AttrigraphError,
    incremental: bool,
    exit_code: int,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    model = Failing("x", error, incremental)
    analysis = analysis_with(monkeypatch, model)
    done: list[None] = []
    answer = analysis.attribute(
        ["last", "x", "linear"], "channel", on_answer=lambda: done.append(None)
    )
    assert list(answer.models) == ["last", "linear"]
    assert answer.failed == (FailedModel("x", str(error), exit_code),)
    assert answer.to_json()["failed"] == [
        {"model": "x", "reason": str(error), "exit_code": exit_code}
    ]
    assert len(done) == 3
    assert analysis.attribute(["x", "first"], "channel").failed == answer.failed
    assert len(model.fits) == 1
    assert caplog.messages == [f"skipping x: {error}"]


@pytest.mark.parametrize("error", [NOT_CONVERGED, TOO_FEW])
def test_without_any_answer_the_first_models_error_is_raised(
    error: AttrigraphError, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    first = Failing("x", error, incremental=True)
    second = Failing("y", ConvergenceError("other"), incremental=True)
    analysis = analysis_with(monkeypatch, first, second)
    for _ in range(2):
        with pytest.raises(type(error), match=str(error)):
            analysis.attribute(["x", "y"], "channel")
    assert caplog.messages == []


def test_what_a_rule_rejects_is_a_mistake_of_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    analysis = analysis_with(monkeypatch, Failing("x", TOO_FEW, incremental=False))
    with pytest.raises(InputError, match="too few"):
        analysis.attribute(["last", "x"], "channel")
