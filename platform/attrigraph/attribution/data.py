"""What models read: events with their journeys, or nothing but counts of paths."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import numpy as np

from attrigraph.attribution.incremental.population import PopulationOptions, population_of
from attrigraph.attribution.observed.evidence import Evidence, gather
from attrigraph.attribution.observed.journeys import DAY_MS, JourneyOptions, derive
from attrigraph.attribution.observed.paths import regroup
from attrigraph.attribution.observed.selection import select_events
from attrigraph.attribution.observed.touch_limits import longest_lookback
from attrigraph.domain import NO_TIME

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attrigraph.attribution.incremental.frozen import FrozenResponse
    from attrigraph.attribution.incremental.population import Population
    from attrigraph.attribution.multi_touch.frozen import FrozenPaths
    from attrigraph.attribution.multi_touch.options import ModelOptions
    from attrigraph.attribution.multi_touch.question import Question
    from attrigraph.attribution.observed.selection import Selection
    from attrigraph.attribution.observed.spending import Spending
    from attrigraph.domain import (
        CustomerAttributes,
        EventTable,
        Experiment,
        Journeys,
        Level,
        PathCounts,
    )


class Data(Protocol):
    """What the multi-touch models need of any data."""

    @property
    def model_options(self) -> ModelOptions:
        """Options of the models."""

    @property
    def timed(self) -> bool:
        """Whether the time of every touch of a journey is known."""

    @property
    def frozen(self) -> Mapping[str, FrozenModel]:
        """Models by name whose parameters are those of an earlier fit."""

    def question(self, level: Level) -> Question:
        """The counted paths over channels, campaigns or creatives, and what follows from them."""


@dataclass(frozen=True, slots=True, eq=False)
class FrozenModel:
    """A model with the parameters of an earlier fit, for conversions of one kind.

    Attributes:
        artefact: id of the fit.
        period: epoch milliseconds ``[start, end)`` of the data that were fitted.
        by_level: the parameters of a path model; empty for others.
        response: those of the incremental model; None for others.
    """

    artefact: str
    period: tuple[int, int]
    by_level: Mapping[Level, FrozenPaths] = field(default_factory=dict)
    response: FrozenResponse | None = None


@dataclass(frozen=True, eq=False)
class PathData:
    """Counts of channel paths, without the journeys behind them.

    Attributes:
        paths: paths over channels; campaigns and creatives are unknown.
        model_options: options of the models.
        frozen: models by name whose parameters are those of an earlier fit.
    """

    paths: PathCounts
    model_options: ModelOptions
    timed: bool = field(default=False, init=False)
    frozen: Mapping[str, FrozenModel] = field(default_factory=dict)
    _questions: dict[Level, Question] = field(default_factory=dict, init=False, repr=False)

    def question(self, level: Level) -> Question:
        """The paths over one level; over campaigns and creatives all touches are unknown.

        Paths come in the order in which those of journeys are counted, so that both have the same
        bootstrap draws.
        """
        if level not in self._questions:
            paths = self.paths
            if level != "channel":
                paths = replace(paths, keys=(None,), codes=np.zeros_like(paths.codes))
            evidence = Evidence(regroup(paths))
            self._questions[level] = _question(evidence, self.model_options, level)
        return self._questions[level]


@dataclass(frozen=True, eq=False)
class EventData:
    """Touches and conversions of whole customers, and how to look at them.

    Attributes:
        events: the touches and conversions.
        journey_options: how journeys are cut.
        model_options: options of the models.
        customers: attributes known of customers before their exposure; None where none are known.
        experiments: measured lifts that calibrate models of incremental credit.
        allow_old_experiments: whether experiments outside the dates of the data are used.
        leave_out_experiments: whether experiments that do not fit the data are left out with a
            note, because nobody named them, instead of being an error.
        left_out: by level, names of which the conditions of the journeys left out every touch.
        spending: costs of channels and campaigns and the spend of experiments, in the currency of
            the answer; None for the costs of touches and what experiments state.
        frozen: models by name whose parameters are those of an earlier fit.
    """

    events: EventTable
    journey_options: JourneyOptions
    model_options: ModelOptions
    customers: CustomerAttributes | None = None
    experiments: tuple[Experiment, ...] = ()
    allow_old_experiments: bool = False
    leave_out_experiments: bool = False
    left_out: Mapping[Level, frozenset[str]] = field(default_factory=dict)
    spending: Spending | None = None
    frozen: Mapping[str, FrozenModel] = field(default_factory=dict)
    _questions: dict[Level, Question] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def journeys(self) -> Journeys:
        """The journeys of all customers; see ``observed.journeys``."""
        return derive(self.events, self.journey_options)

    @cached_property
    def timed(self) -> bool:
        """Whether the time of every touch of a journey is known."""
        return not np.isnan(self.journeys.age).any()

    def question(self, level: Level) -> Question:
        """The paths of the journeys over one level."""
        if level not in self._questions:
            repeats = self.journey_options.repeats
            evidence = gather(self.events, self.journeys, level, repeats=repeats)
            self._questions[level] = _question(evidence, self.model_options, level)
        return self._questions[level]

    @cached_property
    def selection(self) -> Selection:
        """The events in the window, with conversions of the chosen kinds only."""
        options = self.journey_options
        return select_events(self.events, options.window, options.conversion_kinds)

    @cached_property
    def selection_with_warm_up(self) -> Selection:
        """Those events, and earlier ones as far back as the longest lookback of causal models."""
        options = self.journey_options
        if options.window is None:
            return self.selection
        days = longest_lookback(self.model_options.lookback_days, options.lookbacks)
        start, end = options.window
        earliest = NO_TIME + 1 if days is None else start - round(days * DAY_MS)
        return select_events(self.events, (earliest, end), options.conversion_kinds)

    @cached_property
    def population(self) -> Population:
        """Everyone at risk in the window, with the events of ``selection_with_warm_up``.

        Raises:
            NeedsTimesError: events have no times.
            InputError: there are no touches or no conversions.
        """
        return self._population(self.selection_with_warm_up)

    @cached_property
    def window_population(self) -> Population:
        """The same with the events of the window alone."""
        if self.journey_options.window is None:
            return self.population
        return self._population(self.selection)

    def _population(self, selection: Selection) -> Population:
        start, end = self.journey_options.window or (None, None)
        options = PopulationOptions(
            self.model_options.purchase_window,
            self.model_options.not_marketing,
            self.model_options.population,
            self.model_options.lookback_days,
            self.journey_options.lookbacks,
        )
        return population_of(
            selection.events, self.customers, start=start, end=end, options=options
        )


def _question(evidence: Evidence, options: ModelOptions, level: Level) -> Question:
    # loads measure the health of data, and need no models
    from attrigraph.attribution.multi_touch.question import Question

    return Question(evidence, options, level)
