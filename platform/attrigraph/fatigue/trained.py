"""Training on a history: which campaigns, which days, which method, and the intervals.

The graph network is fitted on some campaigns; its intervals are those of others. With few campaigns
it cannot be fitted, and the exponential fit is what there is, without intervals. Where an
exponential fit is better on the campaigns of the intervals, it is what is served.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.errors import InputError
from attrigraph.fatigue.baselines.baseline import Example
from attrigraph.fatigue.baselines.exponential import Exponential, fit_shrunk_exponential
from attrigraph.fatigue.calibration import Calibration, Outcomes, calibrate
from attrigraph.fatigue.curve import DAYS_AHEAD, HORIZON, SOON, days_remaining
from attrigraph.fatigue.forecast import forecast_units, log_ratio_at, mean_ratio
from attrigraph.fatigue.labels import labels_of
from attrigraph.fatigue.money import fresh_ratio, present_factor
from attrigraph.fatigue.pace import LIVE_DAYS
from attrigraph.fatigue.panel import panel_of
from attrigraph.fatigue.snapshot import WINDOW, snapshot_of
from attrigraph.fatigue.split import CALIBRATE, split_campaigns
from attrigraph.fatigue.targets import targets_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from attrigraph.fatigue.forecast import UnitForecasts
    from attrigraph.fatigue.history import FatigueHistory
    from attrigraph.fatigue.learning import FatigueModel
    from attrigraph.fatigue.panel import Panel
    from attrigraph.fatigue.snapshot import Snapshot

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

FEWEST_CAMPAIGNS: Final = 30
"""Below so many campaigns the exponential fit is served."""

DAYS: Final = 8
"""Days at whose ends the network is fitted."""

FEWEST_DAYS: Final = LIVE_DAYS + WINDOW + 1
"""Days of figures below which nothing can be learnt."""

AGES: Final = (3, 40)
"""First and last age in days of units that intervals are made of."""

NETWORK: Final = "graph network"
HEAD: Final = "head without graph"
SHRUNK: Final = "shrunk exponential"
EXPONENTIAL: Final = "exponential"

METHODS: Final = (NETWORK, HEAD, SHRUNK, EXPONENTIAL)
"""Methods with a decay curve, which can be served."""

COMPARED: Final = (NETWORK, SHRUNK, EXPONENTIAL)
"""Those of which the best is served; a second network would take as long again."""


@dataclass(frozen=True, slots=True, eq=False)
class TrainedFatigue:
    """What forecasts units.

    Attributes:
        method: name of the model, one of ``METHODS``.
        model: the network, or an exponential fit.
        calibration: of its intervals; None where there is too little to calibrate on.
        few_campaigns: whether there are too few to calibrate on.
        seed: of the split and of the network.
        errors: mean absolute error of days on the campaigns of the intervals, by method; empty
            where it was not measured.
    """

    method: str
    model: FatigueModel | Exponential
    calibration: Calibration | None
    few_campaigns: bool
    seed: int
    errors: dict[str, float] = field(default_factory=dict)

    def forecast(self, panel: Panel, snapshot: Snapshot) -> UnitForecasts:
        """Forecasts of the units of a snapshot."""
        return forecast_units(*curves_of(self.model, panel, snapshot), self.calibration)


def curves_of(
    model: FatigueModel | Exponential,
    panel: Panel,
    snapshot: Snapshot,
    rows: Integers | None = None,
) -> tuple[Snapshot, Floats, Floats, Floats]:
    """Units, their log levels, their log R, and what their elements add to it."""
    chosen = snapshot if rows is None else snapshot.part(rows)
    if isinstance(model, Exponential):
        none = np.zeros((len(chosen.units), 0))
        return chosen, chosen.log_peak, model.curves(chosen, panel), none
    found = model.forecast(panel, snapshot, rows)
    return chosen, found.log_level, found.log_ratio, found.elements


@dataclass(frozen=True, slots=True, eq=False)
class LearningData:
    """What methods learn from.

    Attributes:
        panel: of the whole history.
        part: of each campaign, see ``split_campaigns``.
        campaigns: how many were shown.
        examples: earlier days; campaigns of ``CALIBRATE`` are not learnt from, unless there are few
            campaigns.
        seed: of the split and of the network.
    """

    panel: Panel
    part: Integers
    campaigns: int
    examples: list[Example]
    seed: int

    @property
    def is_small(self) -> bool:
        """Whether there are too few campaigns for a network."""
        return self.campaigns < FEWEST_CAMPAIGNS


def learning_data(history: FatigueHistory, seed: int) -> LearningData:
    """Days of a history to learn from, and the split of its campaigns.

    Raises:
        InputError: no unit was seen long enough.
    """
    panel = panel_of(history)
    part = split_campaigns(len(history.campaigns), seed)
    shown = history.creative[panel.launch < history.days]
    campaigns = len(np.unique(history.campaign[shown]))
    learn = (campaigns < FEWEST_CAMPAIGNS) | (part != CALIBRATE)
    examples = examples_of(panel, training_days(history), learn)
    if not examples:
        raise InputError(
            f"days left can be learnt from at least {FEWEST_DAYS} days of figures, "
            f"got {history.days}"
        )
    return LearningData(panel, part, campaigns, examples, seed)


def train_fatigue(
    history: FatigueHistory,
    *,
    method: str | None = None,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> TrainedFatigue:
    """Fit a method and its intervals on a history.

    Args:
        history: all days that are known.
        method: one of ``METHODS``; None for the best of ``COMPARED``, or the shrunk exponential
            where campaigns are few.
        seed: of the split of campaigns and of the network.
        progress: told of the epochs that are done, and of how many there are.

    Raises:
        InputError: no unit was seen long enough, or campaigns are too few for a network that is
            asked for.
        ConvergenceError: the loss became non-finite.
        MissingExtraError: the extra ``gnn`` is not installed.
    """
    data = learning_data(history, seed)
    names = COMPARED if method is None else (method,)
    if data.is_small:
        if method in (NETWORK, HEAD):
            raise InputError(
                f"the {method} needs {FEWEST_CAMPAIGNS} campaigns, got {data.campaigns}; leave the "
                "method out, and an exponential fit is used"
            )
        names = (method or SHRUNK,)
    return choose_model(data, fit_methods(data, names, progress))


def fit_methods(
    data: LearningData,
    methods: Sequence[str],
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, FatigueModel | Exponential]:
    """Fit some of ``METHODS``, by name.

    Raises:
        ConvergenceError: the loss became non-finite.
        MissingExtraError: one is a network, and the extra ``gnn`` is not installed.
    """
    found: dict[str, FatigueModel | Exponential] = {}
    bases = {
        uses_graph: fit_shrunk_exponential(data.examples, uses_graph=uses_graph)
        for uses_graph in {method != HEAD for method in methods if method != EXPONENTIAL}
    }
    for method in methods:
        if method == EXPONENTIAL:
            found[method] = Exponential()
        elif method == SHRUNK:
            found[method] = bases[True]
        else:
            uses_graph = method != HEAD
            found[method] = _fit_network(data, bases[uses_graph], progress, uses_graph=uses_graph)
    return found


def _fit_network(
    data: LearningData,
    base: Exponential,
    progress: Callable[[int, int], None] | None,
    *,
    uses_graph: bool,
) -> FatigueModel:
    from attrigraph.fatigue.learning import LearningSettings, fit_model

    settings = LearningSettings(seed=data.seed, uses_graph=uses_graph, progress=progress)
    return fit_model(data.panel, data.examples, data.part, base, settings)


def choose_model(
    data: LearningData, models: Mapping[str, FatigueModel | Exponential]
) -> TrainedFatigue:
    """The model with the least error on the campaigns of the intervals, and these intervals.

    Without errors it is the first. With few campaigns it has no intervals.
    """
    first, *_ = models
    if data.is_small:
        return TrainedFatigue(first, models[first], None, few_campaigns=True, seed=data.seed)
    outcomes = {
        name: outcomes_of(model, data.panel, data.examples, data.part == CALIBRATE)
        for name, model in models.items()
    }
    errors = {name: outcome.error for name, outcome in outcomes.items() if len(outcome.days)}
    best = min(errors, key=errors.__getitem__, default=first)
    known = [example.panel for example in data.examples]
    ratio = fresh_ratio(data.panel, known, np.ones(len(data.part), bool))
    return TrainedFatigue(
        best,
        models[best],
        calibrate(outcomes[best], fresh_ratio=ratio),
        few_campaigns=False,
        seed=data.seed,
        errors=errors,
    )


def training_days(history: FatigueHistory, count: int = DAYS) -> list[int]:
    """Columns of days at whose ends units are known and something follows, at most ``count``."""
    first, last = LIVE_DAYS, history.days - 1 - WINDOW
    if last < first:
        return []
    return sorted({*np.linspace(first, last, count).round().astype(int).tolist()})


def examples_of(
    panel: Panel, days: Sequence[int], learn: NDArray[np.bool_] | bool
) -> list[Example]:
    """What was known at the ends of days, and what followed; days with live units alone.

    Args:
        panel: of the whole history.
        days: columns of it.
        learn: whether to learn from a campaign ``[campaigns]``.
    """
    history = panel.history
    chosen = np.broadcast_to(learn, len(history.campaigns))
    found = []
    for day in days:
        known = panel_of(history.until(day))
        snapshot = snapshot_of(known)
        if len(snapshot.units):
            labels = labels_of(targets_of(panel, snapshot.units, day), snapshot)
            campaign = history.campaign_of_unit[snapshot.units]
            found.append(Example(known, snapshot, labels, chosen[campaign]))
    return found


def outcomes_of(
    model: FatigueModel | Exponential,
    panel: Panel,
    examples: Sequence[Example],
    chosen: NDArray[np.bool_],
) -> Outcomes:
    """Predictions for units of chosen campaigns that were seen to the end.

    Days after which less than ``HORIZON`` are known would leave only those that tire early.
    """
    parts = [
        _outcomes(model, panel, example, chosen)
        for example in examples
        if example.panel.history.days + HORIZON <= panel.history.days
    ]
    return Outcomes.concatenate(parts)


def _outcomes(
    model: FatigueModel | Exponential, panel: Panel, example: Example, chosen: NDArray[np.bool_]
) -> Outcomes:
    history, snapshot = panel.history, example.snapshot
    day = example.panel.history.days - 1
    campaign = history.campaign_of_unit[snapshot.units]
    age = day - panel.launch[snapshot.units]
    in_age = (age >= AGES[0]) & (age <= AGES[1])
    rows = np.flatnonzero(chosen[campaign] & example.labels.complete & in_age)
    some, log_level, log_ratio, _ = curves_of(model, example.panel, snapshot, rows)
    week = slice(day + 1, day + 1 + SOON)
    # at the conditions of that day, as forecasts do not know later ones
    shown = history.impressions[some.units, week].sum(axis=1)
    shown = shown * present_factor(example.panel, some.units)
    return Outcomes(
        days_remaining(log_ratio, DAYS_AHEAD),
        some.age,
        log_ratio_at(log_ratio, SOON),
        example.labels.days[rows],
        campaign[rows],
        shown * np.exp(log_level) * mean_ratio(log_ratio, SOON),
        history.clicks[some.units, week].sum(axis=1),
    )
