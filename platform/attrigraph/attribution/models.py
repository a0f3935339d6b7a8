"""Every model by name, behind one protocol: this module alone knows them one by one.

A new model is one class here (its name, what it needs, ``check`` and ``fit``) and one entry of
``MODELS``; the services, the command line and the reports take it from there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from attrigraph.attribution.credit.touches import TouchCredit
from attrigraph.attribution.data import EventData
from attrigraph.attribution.frozen_credit import FrozenIncrementalCredit, FrozenPathCredit
from attrigraph.attribution.incremental import fitted as incremental_model
from attrigraph.attribution.incremental.channel_credit import IncrementalOptions, check_histories
from attrigraph.attribution.incremental.frozen import FrozenResponse, freeze_response
from attrigraph.attribution.multi_touch import registry
from attrigraph.attribution.observed.journeys import JourneyOptions
from attrigraph.attribution.options import OPTIONS, RULES_OF_JOURNEYS
from attrigraph.domain import LEVELS
from attrigraph.domain.zones import zone_or_utc
from attrigraph.errors import InputError, NeedsTimesError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from attrigraph.attribution.data import Data
    from attrigraph.attribution.incremental.experiments.plan import Design, PlannedTest
    from attrigraph.attribution.incremental.fitted import FittedIncremental
    from attrigraph.attribution.incremental.interactions import Interaction
    from attrigraph.attribution.incremental.response_curves import ResponseCurves
    from attrigraph.attribution.multi_touch.frozen import FrozenPaths
    from attrigraph.attribution.observed.selection import Selection
    from attrigraph.domain import Experiment, Level, ModelCredits

_OF_PERSON_DAYS: Final = frozenset({"purchase_window", "not_marketing", "population"})
"""Options of everyone at risk, whom both causal models read."""

AUTO: Final = "auto"
"""The touch model that ``resolve_touch_model`` chooses from a run's models."""


class FittedModel(Protocol):
    """A model that has seen the data."""

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What must be true for the credit to be what marketing caused; empty for rules."""

    @property
    def experiments(self) -> tuple[Experiment, ...]:
        """The experiments that calibrated the credit."""

    def credits(self, level: Level) -> ModelCredits:
        """Credits of channels, campaigns or creatives, and the baseline."""

    def touch_credit(self, level: Level = "channel") -> TouchCredit:
        """Credit of single touches; their sums are the credits of the keys of a level.

        Raises:
            InputError: the model has no touch-level credit.
        """


class Model(Protocol):
    """One model: what it is, what it needs, and how it is fitted."""

    @property
    def name(self) -> str:
        """Its name, as ``--models`` takes it."""

    @property
    def summary(self) -> str:
        """What it does, in a line."""

    @property
    def incremental(self) -> bool:
        """Whether it estimates what marketing caused."""

    @property
    def touch_level(self) -> bool:
        """Whether it credits single touches."""

    @property
    def by_default(self) -> bool:
        """Whether it runs where no models are named."""

    @property
    def required_option(self) -> str | None:
        """The field of ``ModelOptions`` without which it cannot run; None for none."""

    @property
    def reads(self) -> frozenset[str]:
        """Which of ``options.OPTIONS`` it reads."""

    @property
    def can_freeze(self) -> bool:
        """Whether its parameters can credit conversions that were not fitted."""

    @property
    def notice(self) -> str | None:
        """What a user should know before it runs, such as that it takes minutes."""

    def needs_events(self, level: Level) -> bool:
        """Whether counts of paths are not enough for credits of this level."""

    def check(self, data: Data, level: Level) -> None:
        """Check whether it can be fitted to the data; cheap compared with ``fit``.

        Raises:
            NeedsTimesError: it needs the times of events, and some are unknown.
            InputError: it needs more data than there are, or another option.
            MissingExtraError: it needs an optional package that is not installed.
        """

    def fit(self, data: Data) -> FittedModel:
        """Fit it to the data.

        Raises:
            InputError: see ``check``.
            ConvergenceError: the fit does not converge.
        """


@dataclass(frozen=True)
class MultiTouch:
    """A multi-touch rule or path model as a ``Model``.

    Attributes:
        definition: the model, as ``multi_touch.registry`` lists it.
    """

    definition: registry.Model
    incremental: bool = False
    notice: str | None = None

    @property
    def name(self) -> str:
        """Its name."""
        return self.definition.name

    @property
    def summary(self) -> str:
        """What it does, in a line."""
        return self.definition.summary

    @property
    def touch_level(self) -> bool:
        """Whether it credits single touches."""
        return self.definition.touch_level

    @property
    def by_default(self) -> bool:
        """Whether it runs where no models are named."""
        return self.definition.by_default

    @property
    def required_option(self) -> str | None:
        """The option without which it cannot run."""
        return self.definition.required_option

    @property
    def reads(self) -> frozenset[str]:
        """Which of ``options.OPTIONS`` it reads."""
        return RULES_OF_JOURNEYS | self.definition.options

    @property
    def can_freeze(self) -> bool:
        """Whether its parameters can credit conversions that were not fitted."""
        return self.definition.freeze is not None

    def needs_events(self, level: Level) -> bool:
        """Whether it looks at times, or at channels while crediting something else."""
        definition = self.definition
        return definition.needs_times or (definition.needs_channels and level != "channel")

    def check(self, data: Data, level: Level) -> None:
        """See ``Model.check``."""
        if self.definition.needs_times and not data.timed:
            raise NeedsTimesError("it needs the times of touches")
        if self.needs_events(level) and not isinstance(data, EventData):
            raise InputError(f"by {level} it needs more than counts of paths")

    def fit(self, data: Data) -> FittedModel:
        """Rules have nothing to fit."""
        return _MultiTouchCredit(self.definition, data)


@dataclass(frozen=True)
class _MultiTouchCredit:
    """A multi-touch model with its data."""

    definition: registry.Model
    data: Data
    assumptions: tuple[str, ...] = ()
    experiments: tuple[Experiment, ...] = ()

    def credits(self, level: Level) -> ModelCredits:
        return registry.answer(self.definition, self.data.question(level))

    def touch_credit(self, level: Level = "channel") -> TouchCredit:
        return registry.touch_credit(self.definition, self.data.question(level))


def fit(name: str, data: Data) -> FittedModel:
    """Fit a model to the data, or take its parameters of an earlier fit, if the data have some.

    Raises:
        InputError: see ``Model.check``.
        ConvergenceError: the fit does not converge.
    """
    frozen = data.frozen.get(name)
    if frozen is None:
        return MODELS[name].fit(data)
    if frozen.response is not None:
        return FrozenIncrementalCredit(name, frozen, frozen.response, _events(data))
    return FrozenPathCredit(registry.MODELS[name], frozen, data)


def freeze(name: str, data: Data) -> Mapping[Level, FrozenPaths] | FrozenResponse:
    """Fit a model, and give the parameters that can credit other conversions.

    Those of path models are by level; the incremental model has the same at every level.

    Raises:
        InputError: the model has none; the message names those that have. Or the data do not suit
            it, or a touch may be in several journeys or in none.
        NeedsTimesError: the incremental model needs the times of events.
        ConvergenceError: the fit does not converge.
    """
    (model,) = select([name])
    if name == incremental_model.MODEL:
        return _freeze_incremental(_events(data))
    definition = registry.MODELS.get(name)
    if definition is None or definition.freeze is None:
        able = ", ".join(known.name for known in _ALL if known.can_freeze)
        why = (
            "is fitted to whole histories, which cannot be frozen yet"
            if model.incremental
            else "has no parameters: its credit follows from each journey alone"
        )
        raise InputError(f"{name} {why}; models to fit are {able}")
    return {level: definition.freeze(data.question(level)) for level in LEVELS}


def _freeze_incremental(data: EventData) -> FrozenResponse:
    rules, models = data.journey_options, data.model_options
    changed = [
        OPTIONS[option].flag
        for option in sorted(RULES_OF_JOURNEYS)
        if getattr(rules, option) != getattr(JourneyOptions(), option)
    ]
    if changed:
        raise InputError(
            f"a fit of {incremental_model.MODEL} credits each touch of a journey once, which "
            f"{' and '.join(changed)} would change; leave that out"
        )
    options = replace(models, lookback_days=rules.lookback_days, draws=0)
    return freeze_response(_fit_incremental(replace(data, model_options=options, experiments=())))


def credits_touches(name: str, data: Data) -> bool:
    """Whether a model credits single touches of these data."""
    return MODELS[name].touch_level or name in data.frozen


@dataclass(frozen=True)
class Incremental:
    """The hazard model of ``incremental``."""

    name: str = incremental_model.MODEL
    summary: str = "conversions that marketing caused, by a person-day hazard with interventions"
    incremental: bool = True
    touch_level: bool = True
    by_default: bool = True
    required_option: str | None = None
    reads: frozenset[str] = _OF_PERSON_DAYS | {"experiments"}
    can_freeze: bool = True
    notice: str | None = None

    def needs_events(self, level: Level) -> bool:
        """It reads whole histories."""
        del level
        return True

    def check(self, data: Data, level: Level) -> None:
        """See ``Model.check``."""
        del level
        check_histories(_events(data).population.histories)

    def fit(self, data: Data) -> FittedModel:
        """Fit the hazard, and calibrate it where there are experiments."""
        events = _events(data)
        run = _fit_incremental(events)
        assumptions = incremental_model.assumptions_of(events.population)
        selection = events.selection_with_warm_up
        return _FittedCausal(run, selection, assumptions, run.experiments)


def _fit_incremental(data: EventData) -> FittedIncremental:
    population = data.population
    check_histories(population.histories)
    options = IncrementalOptions(seed=data.model_options.seed, draws=data.model_options.draws)
    events = data.selection_with_warm_up.events
    run = incremental_model.fit_population(events, population, options, data.spending)
    if not data.experiments:
        return run
    return run.calibrated_by(
        data.experiments,
        zone=zone_or_utc(data.journey_options.zone),
        allow_outside=data.allow_old_experiments,
        leave_out=data.leave_out_experiments,
    )


@dataclass(frozen=True)
class Attention:
    """The attention networks of ``attention``; its packages are imported when it is used."""

    name: str = "attention"
    summary: str = "conversions that marketing caused, by attention networks over journeys"
    incremental: bool = True
    touch_level: bool = True
    by_default: bool = False
    required_option: str | None = None
    reads: frozenset[str] = _OF_PERSON_DAYS
    can_freeze: bool = False
    notice: str | None = "attention fits several networks, which takes minutes"

    def needs_events(self, level: Level) -> bool:
        """It reads whole histories."""
        del level
        return True

    def check(self, data: Data, level: Level) -> None:
        """See ``Model.check``."""
        from attrigraph.attribution.attention.model import check_data

        del level
        check_data(_events(data).selection.events)

    def fit(self, data: Data) -> FittedModel:
        """Fit the networks."""
        from attrigraph.attribution.attention import model as networks

        events = _events(data)
        selected = events.selection.events
        networks.check_data(selected)
        population = events.window_population
        options = networks.AttentionOptions(
            seed=data.model_options.seed, draws=data.model_options.draws
        )
        run = networks.fit_population(selected, population, options)
        assumptions = networks.assumptions_of(population)
        return _FittedCausal(run, events.selection, assumptions, notes=_window_notes(events))


def _window_notes(data: EventData) -> tuple[str, ...]:
    """What is said of touches before the window by a model that does not read them."""
    window = data.journey_options.window
    if window is None or not (data.events.touches.time < window[0]).any():
        return ()
    return ("touches before the window are left out: this model reads the window alone",)


class _CausalRun(Protocol):
    """What the fits of both causal models answer."""

    def answer(self, level: Level) -> ModelCredits: ...

    def touch_credit(self) -> TouchCredit: ...


@dataclass(frozen=True)
class _FittedCausal:
    """A fitted causal model with the events it was fitted to."""

    run: _CausalRun
    selection: Selection
    assumptions: tuple[str, ...]
    experiments: tuple[Experiment, ...] = ()
    notes: tuple[str, ...] = ()

    def credits(self, level: Level) -> ModelCredits:
        answer = self.run.answer(level)
        return replace(answer, notes=(*answer.notes, *self.notes)) if self.notes else answer

    def touch_credit(self, level: Level = "channel") -> TouchCredit:
        del level  # one credit of touches has the sums of every level
        credit, selection = self.run.touch_credit(), self.selection
        order = np.argsort(credit.conversion, kind="stable")
        return TouchCredit(
            touch=selection.touch[credit.touch[order]],
            conversion=selection.conversion[credit.conversion[order]],
            credit=credit.credit[order],
            value=credit.value[order],
            captured=None if credit.captured is None else credit.captured[order],
        )


def _events(data: Data) -> EventData:
    if not isinstance(data, EventData):
        raise NeedsTimesError("it needs the times of touches")
    return data


_ALL: Final[tuple[Model, ...]] = (
    Incremental(),
    Attention(),
    *(MultiTouch(definition) for definition in registry.MODELS.values()),
)

MODELS: Final[Mapping[str, Model]] = MappingProxyType({model.name: model for model in _ALL})
"""Every model by name, in the order in which tables show them; the causal ones come first."""

DEFAULT_CAUSAL: Final = next(model.name for model in _ALL if model.incremental)
"""The causal model to use where none is named."""

FITTED_BY_DEFAULT: Final = ("markov-1", "shapley-rate")
"""Models whose parameters are kept where none are named."""

SHOWN_RULES: Final = ("linear", "position-u", "last")
"""Well-known rules. Where no model estimates causes, the first of these that ran is the one to look
at."""


def readers_of(option: str) -> tuple[str, ...]:
    """Names of the models that read one of ``options.OPTIONS``."""
    return tuple(model.name for model in _ALL if option in model.reads)


def select(names: Sequence[str]) -> tuple[Model, ...]:
    """The models of these names, each once, in the order given.

    Raises:
        InputError: no name, or a name that is no model's.
    """
    return registry.select_from(MODELS, names)


def check_touch_model(name: str | None, frozen: Collection[str] = ()) -> None:
    """Check that a model can credit single touches; ``auto`` and None always can.

    Args:
        name: of the model.
        frozen: models with the parameters of an earlier fit, which can.

    Raises:
        InputError: it is unknown or has no touch-level credit.
    """
    if name is None or name == AUTO or name in frozen:
        return
    (model,) = select([name])
    if not model.touch_level:
        able = ", ".join(known.name for known in _ALL if known.touch_level)
        with_artefact = "; with --artefact it does" if model.can_freeze else ""
        raise InputError(
            f"{name} gives no credit to single touches, so it cannot be the touch model; models "
            f"that do are {able}{with_artefact}"
        )


def resolve_touch_model(
    requested: str | None, names: Sequence[str], frozen: Collection[str] = ()
) -> str | None:
    """The model that credits single touches.

    Args:
        requested: a model's name, None for none, or ``AUTO``: the first causal model among the
            run's, else the first with parameters of an earlier fit, else the linear rule.
        names: the run's models.
        frozen: models with such parameters.
    """
    if requested != AUTO:
        return requested
    causal = [model.name for model in _ALL if model.incremental and model.name in names]
    with_parameters = [name for name in names if name in frozen]
    return next(iter([*causal, *with_parameters]), registry.DEFAULT_TOUCH_MODEL)


def channel_interactions(data: EventData) -> tuple[tuple[Interaction, ...], tuple[str, ...]]:
    """What pairs of channels cause together beyond what they cause separately, and the assumptions.

    Raises:
        InputError: too few conversions, or too many channels for all their sets to be valued.
        NeedsTimesError: events have no times.
        ConvergenceError: the model does not converge.
    """
    run = _fit_incremental(data)
    return run.interactions(), incremental_model.assumptions_of(data.population)


def response_curves(data: EventData, by: Level) -> ResponseCurves:
    """Value of channels or campaigns by multiples of their touches, from the causal model.

    Args:
        data: what the model is fitted to.
        by: ``channel`` or ``campaign``.

    Raises:
        InputError: too few conversions, too many channels, no draws, or conversions without values.
        NeedsTimesError: events have no times.
        ConvergenceError: the model does not converge.
    """
    return _fit_incremental(_events(data)).curves(by)


def plan_experiments(data: EventData, design: Design) -> tuple[PlannedTest, ...]:
    """Channels by what an experiment on them is expected to gain, from the causal model.

    Args:
        data: what the model is fitted to.
        design: the experiment.

    Raises:
        InputError: too few conversions, too many channels, or no draws.
        NeedsTimesError: events have no times.
        ConvergenceError: the model does not converge.
    """
    planned = _fit_incremental(_events(data)).plan(design)
    if not planned:
        raise InputError(
            "a plan of experiments needs channels of marketing and intervals; the number of draws"
            " must be > 0"
        )
    return planned
