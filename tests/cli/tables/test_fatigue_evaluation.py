"""What people read of an evaluation of methods of fatigue."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from click.testing import CliRunner

from attrigraph.cli.main import cli
from attrigraph.cli.tables.fatigue_evaluation import show_evaluation
from attrigraph.fatigue.evaluation import CalibrationErrors, FatigueEvaluation, MethodErrors

if TYPE_CHECKING:
    from collections.abc import Callable

BOOSTING = MethodErrors("boosting", 3.5, -0.25, 0.91, None, has_curve=False)
NETWORK = MethodErrors("graph network", 4, 0.5, 0.9, 0.95, has_curve=True)
FOUND = FatigueEvaluation(
    as_of=date(2026, 5, 1),
    until=date(2026, 5, 31),
    live=1200,
    units=1000,
    campaigns=90,
    served="graph network",
    methods=(BOOSTING, NETWORK),
    calibration=CalibrationErrors(0.78, 0.1, 0.02, ()),
    not_fitted={"Cox": "it does not converge"},
)


def test_a_baseline_that_wins_is_named(in_pipe: Callable[..., list[str]]) -> None:
    lines = in_pipe(show_evaluation, FOUND)
    assert [line.split() for line in lines[2:4]] == [
        ["boosting", "3.50", "-0.25", "0.91"],
        ["graph", "network", "4.00", "+0.50", "0.90", "0.95", "yes"],
    ]
    verdict, calibration, units, left_out = lines[4:]
    assert verdict == (
        "boosting beats the graph network, which is served: an error of 3.50 against 4.00 days; "
        "boosting has no decay curve, so it cannot be served"
    )
    assert calibration == (
        "80 % intervals of the graph network cover 78%; the probability of being tired in 7 days "
        "is off by 0.020 on average, with a Brier score of 0.100"
    )
    assert units == (
        "all methods learnt from figures until 2026-05-01; of 1,200 creatives by audience that "
        "were live then, 1,000 in 90 campaigns are compared, whose days were known by 2026-05-31"
    )
    assert left_out == "Cox is left out: it does not converge"


def test_the_served_method_wins_a_tie(in_pipe: Callable[..., list[str]]) -> None:
    found = replace(FOUND, methods=(replace(BOOSTING, days=4), NETWORK), calibration=None)
    _, verdict, calibration, *_ = in_pipe(show_evaluation, found)[3:]
    assert verdict == "the graph network, which is served, has the least error of days"
    assert calibration.startswith("not calibrated: the graph network has no intervals")


def test_a_seed_below_0_is_wrong_input() -> None:
    done = CliRunner().invoke(cli, ["fatigue", "evaluate", "--seed", "-1"])
    assert done.exit_code == 2
    assert "'--seed'" in done.output
