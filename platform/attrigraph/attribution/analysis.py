"""Models on one set of data: which of them apply, and what they answer."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from attrigraph.attribution.credit import conservation, plausibility
from attrigraph.attribution.data import EventData
from attrigraph.attribution.models import MODELS, fit, readers_of, select
from attrigraph.attribution.observed.journeys import JourneyOptions
from attrigraph.attribution.options import (
    OPTIONS,
    RULES_OF_JOURNEYS,
    given_in,
    given_options,
    unread_notes,
)
from attrigraph.domain import Attribution, FailedModel
from attrigraph.errors import ConvergenceError, InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from attrigraph.attribution.credit.touches import TouchCredit
    from attrigraph.attribution.data import Data
    from attrigraph.attribution.models import FittedModel, Model
    from attrigraph.domain import Level, ModelCredits
    from attrigraph.errors import AttrigraphError

logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Analysis:
    """Data, and the models fitted to them so far; each model is fitted once.

    Attributes:
        data: what the models read.
    """

    data: Data
    _fitted: dict[str, FittedModel] = field(default_factory=dict, init=False, repr=False)
    _failed: dict[str, AttrigraphError] = field(default_factory=dict, init=False, repr=False)

    def attribute(
        self, names: Sequence[str], level: Level, *, on_answer: Callable[[], None] | None = None
    ) -> Attribution:
        """Credits of several models at one level.

        A model whose fit fails is left out, with a warning, if another model has an answer.

        Args:
            names: of the models.
            level: what is credited.
            on_answer: called after each model.

        Raises:
            InputError: an unknown model, a rule or path model that the data or options do not
                suit, or no model has an answer.
            NeedsTimesError: likewise, where a model needs the times of touches.
            ConvergenceError: no model has an answer.
            MissingExtraError: a model needs an optional package that is not installed.
            ConservationError: credits do not add up to what was observed.
        """
        models = select(names)
        observed = self.data.question(level).observed
        warned = set(self._failed)
        answers: dict[str, ModelCredits] = {}
        # rules come first: what they reject is known before anything costly is fitted
        for model in sorted(models, key=lambda model: model.incremental):
            answer = self._answer(model, level)
            if answer is not None:
                conservation.check(answer, observed)
                answer = plausibility.with_warnings(answer, observed)
                answers[model.name] = self._with_unread(model, answer)
            if on_answer is not None:
                on_answer()
        if not answers:
            raise self._failed[models[0].name]
        for name in self._failed.keys() - warned:
            logger.warning(f"skipping {name}{of_kind(self.data)}: {self._failed[name]}")
        return Attribution(
            by=level,
            observed=observed,
            models={model.name: answers[model.name] for model in models if model.name in answers},
            failed=tuple(self._failure(model) for model in models if model.name not in answers),
        )

    def _answer(self, model: Model, level: Level) -> ModelCredits | None:
        """A model's credits; None if its fit fails, now or at an earlier level.

        Wrong options of rules are raised: they are mistakes of the call, found before any fit.
        """
        if model.name in self._failed:
            return None
        try:
            return self.fitted(model.name).credits(level)
        except (ConvergenceError, InputError) as error:
            if isinstance(error, InputError) and not model.incremental:
                raise
            self._failed[model.name] = error
            return None

    def _with_unread(self, model: Model, answer: ModelCredits) -> ModelCredits:
        """A model's answer, with a note for each option that it does not read."""
        if not isinstance(self.data, EventData):
            return answer
        # what is read of everyone at risk was read by the fit
        reads = model.reads & RULES_OF_JOURNEYS if model.name in self.data.frozen else model.reads
        notes = unread_notes(reads, given_in(self.data), causal=model.incremental)
        return replace(answer, notes=(*answer.notes, *notes)) if notes else answer

    def _failure(self, model: Model) -> FailedModel:
        error = self._failed[model.name]
        return FailedModel(model.name, str(error), error.exit_code)

    def fitted(self, name: str) -> FittedModel:
        """The model of this name, fitted to the data when first used."""
        if name not in self._fitted:
            self._fitted[name] = fit(name, self.data)
        return self._fitted[name]

    def touch_credit(self, name: str, level: Level = "channel") -> TouchCredit:
        """One model's credit of single touches, whose sums are the credits of the keys of a level.

        Raises:
            InputError: a model without touch-level credit.
        """
        return self.fitted(name).touch_credit(level)


def applicable_models(data: Data, level: Level) -> tuple[str, ...]:
    """Names of the default models that can be fitted to the data; the log names the others."""
    names = []
    for model in MODELS.values():
        option = model.required_option
        if not model.by_default or (option and getattr(data.model_options, option) is None):
            continue
        if model.name in data.frozen:
            names.append(model.name)
            continue
        try:
            model.check(data, level)
        except InputError as error:
            logger.info(f"skipping {model.name}{of_kind(data)}: {error}")
        else:
            names.append(model.name)
    return tuple(names)


def of_kind(data: Data) -> str:
    """The one kind of conversion that the data are about, for messages; empty for others."""
    kinds = data.journey_options.conversion_kinds if isinstance(data, EventData) else ()
    return f" for the kind {kinds[0]!r}" if len(kinds) == 1 else ""


def requested_models(names: Sequence[str]) -> tuple[str, ...]:
    """Names of the models that were asked for by name; the log warns of slow ones.

    Raises:
        InputError: no name, or a name that is no model's.
    """
    models = select(names)
    for model in models:
        if model.notice:
            logger.info(model.notice)
    return tuple(model.name for model in models)


def options_without_effect(data: Data, names: Collection[str]) -> tuple[str, ...]:
    """A sentence for each option that was given and that none of the models reads.

    Experiments count only if they were named, and not if they are stored with the data.
    """
    if isinstance(data, EventData):
        given = given_in(data) - ({"experiments"} if data.leave_out_experiments else set())
    else:
        given = given_options(JourneyOptions(), data.model_options)
    unread = (name for name in OPTIONS if name in given and not {*readers_of(name)} & {*names})
    return tuple(
        f"{OPTIONS[name].flag} has no effect: it is for {', '.join(readers_of(name))}"
        for name in unread
    )
