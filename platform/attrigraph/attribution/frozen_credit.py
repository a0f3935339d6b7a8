"""Models with the parameters of an earlier fit, behind the protocol of fitted models."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np

from attrigraph.attribution.credit.touches import TouchCredit
from attrigraph.attribution.multi_touch import answers, registry
from attrigraph.attribution.multi_touch.frozen import recoded
from attrigraph.attribution.observed.ranking import summed
from attrigraph.domain import Amount, Categorical
from attrigraph.errors import NeedsTimesError

if TYPE_CHECKING:
    from attrigraph.attribution.data import Data, EventData, FrozenModel
    from attrigraph.attribution.incremental.frozen import FrozenResponse, Shares
    from attrigraph.attribution.multi_touch.options import ModelOptions
    from attrigraph.attribution.multi_touch.question import Question
    from attrigraph.attribution.observed.evidence import ConvertingJourneys
    from attrigraph.attribution.observed.path_steps import PathSteps
    from attrigraph.domain import Credit, Experiment, Level, ModelCredits
    from attrigraph.domain.columns import Amounts


@dataclass(frozen=True)
class FrozenPathCredit:
    """A path model with its data."""

    definition: registry.Model
    frozen: FrozenModel
    data: Data
    assumptions: tuple[str, ...] = ()
    experiments: tuple[Experiment, ...] = ()

    def credits(self, level: Level) -> ModelCredits:
        """Credits of the keys of a level."""
        question = self.data.question(level)
        answer = registry.answer(self._at(question, level), question)
        return replace(answer, notes=(_note_of(self.frozen), *answer.notes))

    def touch_credit(self, level: Level = "channel") -> TouchCredit:
        """Credit of single touches."""
        question = self.data.question(level)
        return registry.touch_credit(self._at(question, level), question)

    def _at(self, question: Question, level: Level) -> registry.Model:
        return registry.with_parameters(self.definition, self.frozen.by_level[level], question)


@dataclass(frozen=True)  # without slots, for cached properties
class FrozenIncrementalCredit:
    """The incremental model with its data."""

    name: str
    frozen: FrozenModel
    response: FrozenResponse
    data: EventData
    experiments: tuple[Experiment, ...] = ()

    @property
    def assumptions(self) -> tuple[str, ...]:
        """Those of the fit."""
        return self.response.assumptions

    def credits(self, level: Level) -> ModelCredits:
        """Credits of the keys of a level, with what touches at purchase captured."""
        question, shares = self.data.question(level), self._shares
        steps, value = _journeys_of(question).steps, _journeys_of(question).value

        def rule(steps: PathSteps, options: ModelOptions) -> Amounts:
            del steps, options
            return shares.credit

        model = registry.Model(self.name, "", partial(_by_journeys, rule), rule)
        answer = registry.answer(model, question)
        captured = [
            summed(steps.codes, shares.captured * steps.spread(amount), steps.n_keys).tolist()
            for amount in (np.ones(len(steps)), value)
        ]
        parts = dict(zip(question.paths.keys, map(Amount, *captured), strict=True))
        lines = tuple(self._line(line, parts[line.key], level) for line in answer.credits)
        amounts: list[Credit | Amount] = [*answer.credits, *parts.values()]
        observed = question.observed
        baseline = Amount(
            observed.conversions - math.fsum(one.conversions for one in amounts),
            observed.value - math.fsum(one.value for one in amounts),
        )
        return replace(
            answer,
            incremental=True,
            baseline=baseline,
            credits=lines,
            notes=(_note_of(self.frozen), *self._notes, *answer.notes),
            assumptions=self.assumptions,
        )

    def _line(self, line: Credit, captured: Amount, level: Level) -> Credit:
        """A line with what it captured, and with what the fit says of its channel."""
        reasons = dict(self.response.reasons).get(line.key, ())
        fitted = level == "channel" and line.key in self.response.keys
        return replace(
            line,
            captured=captured,
            identified=not reasons if fitted else None,
            reasons=reasons if fitted else (),
        )

    @property
    def _notes(self) -> tuple[str, ...]:
        channels = self.data.question("channel").paths.keys
        unknown = answers.note_of_unknown(self.response.keys, channels)
        return (*unknown, *(f"of the fit: {note}" for note in self.response.notes))

    @cached_property
    def _shares(self) -> Shares:
        question = self.data.question("channel")
        journeys = _journeys_of(question)
        kind = self.data.events.touches.kind
        steps = recoded(journeys.steps, question.paths.keys, self.response.keys)
        return self.response.shares(steps, Categorical(kind.keys, kind.codes[journeys.touch]))

    def touch_credit(self, level: Level = "channel") -> TouchCredit:
        """Credit of single touches, which is that of every level."""
        del level
        shares, journeys = self._shares, _journeys_of(self.data.question("channel"))
        touched = np.flatnonzero((shares.credit != 0) | (shares.captured != 0))
        row = journeys.steps.row[touched]
        return TouchCredit(
            touch=journeys.touch[touched],
            conversion=journeys.conversion[row],
            credit=shares.credit[touched],
            value=shares.credit[touched] * journeys.value[row],
            captured=shares.captured[touched],
        )


def _by_journeys(rule: answers.Rule, question: Question) -> answers.UnrankedCredits:
    return answers.by_journeys(rule, question, _journeys_of(question))


def _journeys_of(question: Question) -> ConvertingJourneys:
    journeys = question.journeys
    age = None if journeys is None else journeys.steps.age
    if journeys is None or age is None or np.isnan(age).any():
        raise NeedsTimesError("it needs the times of touches")
    return journeys


def _note_of(frozen: FrozenModel) -> str:
    first, last = (np.datetime64(at, "ms").astype("M8[s]") for at in frozen.period)
    return (
        f"with the parameters of artefact {frozen.artefact}, fitted to {first}Z to "
        f"{last}Z; intervals are of the conversions alone"
    )
