"""Facts with all that can be asked of them: the rules over paths, and the incremental models.

The models ``incremental`` and ``attention`` are fitted once, when first asked, and answer at every
level. ``attention`` needs the extra ``gnn``: what it needs is imported when it is asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.attribution.credit import conservation
from attrigraph.attribution.credit.touches import TouchCredit
from attrigraph.attribution.incremental import run as incremental_run
from attrigraph.attribution.incremental.channel_credit import IncrementalOptions, refuse_unfit
from attrigraph.attribution.incremental.population import population_of
from attrigraph.attribution.incremental.run import assumptions_of
from attrigraph.attribution.multi_touch import registry
from attrigraph.attribution.multi_touch.question import Question
from attrigraph.attribution.multi_touch.registry import DEFAULT_TOUCH_MODEL, MODELS
from attrigraph.attribution.observed.evidence import gather
from attrigraph.attribution.observed.selection import select_events
from attrigraph.domain import Attribution
from attrigraph.errors import InputError
from attrigraph.staging.lift_tests import read_lift_tests

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from attrigraph.attribution.incremental.interactions import Interaction
    from attrigraph.attribution.incremental.population import Population
    from attrigraph.attribution.incremental.run import IncrementalRun
    from attrigraph.attribution.multi_touch.options import ModelOptions
    from attrigraph.attribution.observed.journeys import JourneyOptions
    from attrigraph.attribution.observed.selection import Selection
    from attrigraph.domain import CustomerAttributes, EventTable, Journeys, Level, ModelCredits
    from attrigraph.services.attention_credit import AttentionCredit

INCREMENTAL: Final = incremental_run.MODEL
ATTENTION: Final = "attention"
"""Asked only by name: it needs an extra, and minutes of a processor."""

CAUSAL: Final = (INCREMENTAL, ATTENTION)
"""The models that estimate what marketing caused, the default first."""

NAMES: Final = (*CAUSAL, *MODELS)
"""Every model that can be asked, the incremental ones first."""

TOUCH_MODELS: Final = (
    *CAUSAL,
    *(name for name, model in MODELS.items() if model.touch_level),
)
"""The models that credit single touches."""

AUTO: Final = "auto"
"""Stands for the touch model that fits what is asked; see ``fitting_touch_model``."""


def fitting_touch_model(asked: str | None, names: Sequence[str]) -> str | None:
    """The model whose credit of single touches is written.

    Args:
        asked: a model's name, None for none, or ``AUTO``: the incremental model where it is among
            the run's models, as that is the best the platform has, else attention where that is,
            else the linear rule.
        names: the run's models.
    """
    if asked != AUTO:
        return asked
    return next((name for name in CAUSAL if name in names), DEFAULT_TOUCH_MODEL)


def select(names: Sequence[str]) -> tuple[str, ...]:
    """These names, each once, in the order given.

    Raises:
        InputError: no name, or a name that is no model's.
    """
    unknown = [name for name in names if name not in NAMES]
    if unknown or not names:
        asked = f"no model is called {', '.join(map(repr, unknown))}" if unknown else "no model"
        raise InputError(f"{asked}; known models are {', '.join(NAMES)}")
    return tuple(dict.fromkeys(names))


@dataclass(frozen=True, eq=False)
class Inquiry:
    """What is asked about, and how.

    Attributes:
        events: touches and conversions of whole customers.
        journeys: cut from them.
        options: how they were cut.
        told: what models are told.
        customers: facts known of customers before; None where nothing is known.
        lift: CSV file of lift tests that the incremental model is calibrated by; None for none.
    """

    events: EventTable
    journeys: Journeys
    options: JourneyOptions
    told: ModelOptions
    customers: CustomerAttributes | None = None
    lift: Path | None = None

    def refuse_incremental(self) -> None:
        """See whether the incremental model can be asked; cheap beside asking it.

        Raises:
            NeedsTimesError: events have no times.
            InputError: there are too few conversions, or too many channels.
        """
        refuse_unfit(self._population.histories)

    def answer(self, names: Sequence[str], by: Level) -> Attribution:
        """Ask models at one level.

        Raises:
            InputError: an unknown model, or one that the data or options do not suit.
            NeedsTimesError: a model needs the times of touches.
            ConvergenceError: an incremental model does not settle.
            MissingExtraError: ``attention`` is asked and its extra is not installed.
            ConservationError: credits do not add up to what was observed.
        """
        evidence = gather(self.events, self.journeys, by, repeats=self.options.repeats)
        observed = Question(evidence, self.told, by).observed
        answers: dict[str, ModelCredits] = {}
        # rules come first: what they refuse is told before anything costly is fitted
        if rules := [name for name in names if name in MODELS]:
            answers |= registry.attribute(evidence, rules, self.told, by).models
        if INCREMENTAL in names:
            answers[INCREMENTAL] = self._caused.answer(by)
            conservation.check(answers[INCREMENTAL], observed)
        if ATTENTION in names:
            answers[ATTENTION] = self._attended.answer(by)
            conservation.check(answers[ATTENTION], observed)
        return Attribution(by=by, observed=observed, models={name: answers[name] for name in names})

    def touch_credit(self, name: str) -> TouchCredit:
        """One model's credit of single touches.

        Raises:
            InputError: a model without touch-level credit.
        """
        if name not in (INCREMENTAL, ATTENTION):
            evidence = gather(self.events, self.journeys, "channel", repeats=self.options.repeats)
            return registry.touch_credit(evidence, name, self.told)
        given = (self._caused if name == INCREMENTAL else self._attended).touch_credit()
        order = np.argsort(given.conversion, kind="stable")
        return TouchCredit(
            touch=self._selection.touch[given.touch[order]],
            conversion=self._selection.conversion[given.conversion[order]],
            credit=given.credit[order],
            value=given.value[order],
        )

    def interactions(self) -> tuple[Interaction, ...]:
        """What pairs of channels cause together beyond what they cause apart, by ``incremental``.

        Raises:
            InputError: too few conversions, or too many channels for all their sets to be played.
            NeedsTimesError: events have no times.
            ConvergenceError: the model does not settle.
        """
        return self._caused.interactions()

    def assumptions(self, name: str) -> tuple[str, ...]:
        """What a model's credit assumes; nothing for rules."""
        if name == ATTENTION:
            from attrigraph.services import attention_credit

            return attention_credit.assumptions_of(self._population)
        return assumptions_of(self._population) if name == INCREMENTAL else ()

    @cached_property
    def _selection(self) -> Selection:
        return select_events(self.events, self.options.window, self.options.conversion_kinds)

    @cached_property
    def _population(self) -> Population:
        start, end = self.options.window or (None, None)
        return population_of(self._selection.events, self.customers, start=start, end=end)

    @cached_property
    def _caused(self) -> IncrementalRun:
        self.refuse_incremental()
        options = IncrementalOptions(seed=self.told.seed, draws=self.told.draws)
        days = self._population.histories.days
        tests = None
        if self.lift is not None:
            tests = tuple(test.scaled_to(days) for test in read_lift_tests(self.lift))
        run = incremental_run.credit_population(self._selection.events, self._population, options)
        return run if tests is None else run.calibrated(tests)

    @cached_property
    def _attended(self) -> AttentionCredit:
        from attrigraph.services.attention_credit import (
            AttentionOptions,
            credit_population,
            refuse_unfit,
        )

        events = self._selection.events
        refuse_unfit(events)
        options = AttentionOptions(seed=self.told.seed, draws=self.told.draws)
        return credit_population(events, self._population, options)
