"""The multi-touch models by name, and one entry point for several of them on the same paths."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np

from attrigraph.attribution.credit import conservation
from attrigraph.attribution.credit.ranked_lines import ranked_lines
from attrigraph.attribution.credit.touches import TouchCredit
from attrigraph.attribution.multi_touch import answers, frozen, rules
from attrigraph.attribution.multi_touch.options import ModelOptions
from attrigraph.attribution.multi_touch.question import Question
from attrigraph.attribution.multi_touch.value_intervals import value_ends
from attrigraph.domain import Attribution, ModelCredits
from attrigraph.domain.near_names import did_you_mean
from attrigraph.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from attrigraph.attribution.multi_touch.answers import CreditFunction, Rule
    from attrigraph.attribution.multi_touch.frozen import FrozenPaths
    from attrigraph.attribution.observed.evidence import Evidence
    from attrigraph.attribution.observed.path_steps import PathSteps
    from attrigraph.domain.columns import Amounts

    Freeze = Callable[[Question], FrozenPaths]

Selected = TypeVar("Selected")

DEFAULT_TOUCH_MODEL: Final = "linear"
"""The model whose touch-level credit is written by default."""


@dataclass(frozen=True, slots=True)
class Model:
    """One model.

    Attributes:
        name: as ``--models`` takes it.
        summary: what it does, in a line.
        credit_function: computes its credits.
        rule: its shares touch by touch; None where credit does not reach down to touches.
        needs_times: whether the order of touches is not enough.
        needs_channels: whether it looks at the channels of touches whatever it credits.
        by_default: whether it runs where no models are named.
        required_option: the field of ``ModelOptions`` without which it cannot run; None for none.
        options: the fields of ``ModelOptions`` that few other models read.
        freeze: gives its parameters, which can credit other journeys; None where credit follows
            from each journey alone.
    """

    name: str
    summary: str
    credit_function: CreditFunction
    rule: Rule | None = None
    needs_times: bool = False
    needs_channels: bool = False
    by_default: bool = True
    required_option: str | None = None
    options: frozenset[str] = frozenset()
    freeze: Freeze | None = None

    @property
    def touch_level(self) -> bool:
        """Whether it credits single touches."""
        return self.rule is not None


def select(names: Sequence[str]) -> tuple[Model, ...]:
    """The multi-touch models of these names; see ``select_from``."""
    return select_from(MODELS, names)


def select_from(models: Mapping[str, Selected], names: Sequence[str]) -> tuple[Selected, ...]:
    """The models of these names, each once, in the order given.

    Raises:
        InputError: no name, or a name that is no model's.
    """
    unknown = [name for name in names if name not in models]
    if unknown or not names:
        problem = f"no model is called {', '.join(map(repr, unknown))}" if unknown else "no model"
        near = did_you_mean(unknown[0], models) if unknown else ""
        raise InputError(f"{problem}; known models are {', '.join(models)}{near}")
    return tuple(models[name] for name in dict.fromkeys(names))


def attribute(
    evidence: Evidence,
    names: Sequence[str],
    options: ModelOptions | None = None,
    by: str = "channel",
) -> Attribution:
    """Credits of several models for the observed conversions.

    Args:
        evidence: paths over the keys of ``by``; see ``observed.evidence.gather``.
        names: of models; see ``MODELS``.
        options: of the models.
        by: ``channel``, ``campaign`` or ``creative``.

    Raises:
        InputError: an unknown model, or one that lacks an option or the journeys behind the paths.
        NeedsTimesError: a model needs the times of touches.
        ConservationError: credits do not add up to what was observed.
    """
    models = select(names)
    question = Question(evidence, options or ModelOptions(), by)
    observed = question.observed
    answers_by_name = {model.name: answer(model, question) for model in models}
    for credits in answers_by_name.values():
        conservation.check(credits, observed)
    return Attribution(by=by, observed=observed, models=answers_by_name)


def touch_credit(model: Model, question: Question) -> TouchCredit:
    """One model's credit touch by touch, of converting journeys.

    Sums over the touches of a key are the credits that ``answer`` gives.

    Args:
        model: one with touch-level credit.
        question: of evidence with journeys; its level matters to models of distinct keys.

    Raises:
        InputError: a model without touch-level credit, or evidence without journeys.
        NeedsTimesError: the model needs the times of touches.
    """
    if model.rule is None:
        able = ", ".join(other.name for other in MODELS.values() if other.touch_level)
        message = f"{model.name} has no touch-level credit; models that have it are {able}"
        raise InputError(message)
    journeys = question.journeys
    if journeys is None:
        message = "touch-level credit needs the journeys, and only counts of paths are known"
        raise InputError(message)
    steps = journeys.steps
    share = model.rule(steps, question.options)
    touched = np.flatnonzero(share)
    row = steps.row[touched]
    return TouchCredit(
        touch=journeys.touch[touched],
        conversion=journeys.conversion[row],
        credit=share[touched],
        value=share[touched] * journeys.value[row],
    )


def with_parameters(model: Model, parameters: FrozenPaths, question: Question) -> Model:
    """A model whose parameters are those of an earlier fit, for one question.

    Args:
        model: the model.
        parameters: at the question's level.
        question: whose conversions it credits.
    """
    keys = question.paths.keys

    def rule(steps: PathSteps, options: ModelOptions) -> Amounts:
        del options
        return parameters.shares(frozen.recoded(steps, keys, parameters.keys))

    return replace(model, credit_function=partial(answers.by_frozen, parameters), rule=rule)


def answer(model: Model, question: Question) -> ModelCredits:
    """One model's credits at the question's level."""
    unranked = model.credit_function(question)
    conversions, value = unranked.credits.T
    lines, ranking = ranked_lines(
        question.paths.keys,
        conversions,
        value,
        unranked.deviations,
        unranked.by_position,
        value_interval=_value_interval(value, unranked.value_variance),
    )
    return ModelCredits(
        model=model.name,
        incremental=False,
        baseline=unranked.baseline,
        credits=lines,
        notes=unranked.notes,
        prob_ranked_above=ranking,
        chain=unranked.chain,
    )


def _value_interval(value: Amounts, variance: Amounts | None) -> tuple[Amounts, Amounts] | None:
    return None if variance is None else value_ends(value, variance)


def _rule(name: str, summary: str, rule: Rule) -> Model:
    return Model(name, summary, partial(answers.by_paths, rule), rule)


_ALL: Final = (
    _rule("first", "all to the first touch", answers.plain(rules.first)),
    _rule("last", "all to the last touch", answers.plain(rules.last)),
    Model(
        "last-non-direct",
        "all to the last touch that is not a direct visit",
        answers.last_non_direct,
        answers.before_direct,
        needs_channels=True,
        options=frozenset({"direct_channels"}),
    ),
    _rule("linear", "the same to each touch", answers.plain(rules.linear)),
    _rule(
        "linear-distinct",
        "the same to each distinct key of a journey",
        answers.plain(rules.linear_distinct),
    ),
    Model(
        "time-decay",
        "a touch weighs half as much for each half-life before the conversion",
        answers.time_decay,
        answers.decaying,
        needs_times=True,
        options=frozenset({"half_life_days"}),
    ),
    _rule("position-u", "40 % first, 20 % between, 40 % last", answers.weighted(0.4, 0.2, 0.4)),
    _rule(
        "position-w",
        "30 % first, 30 % middle, 30 % last, 10 % the others",
        answers.plain(rules.position_w),
    ),
    _rule("position-j", "20 % first, 20 % between, 60 % last", answers.weighted(0.2, 0.2, 0.6)),
    _rule(
        "position-inverse-j", "60 % first, 20 % between, 20 % last", answers.weighted(0.6, 0.2, 0.2)
    ),
    Model(
        "position-custom",
        "weights of your own for first, between and last",
        partial(answers.by_paths, answers.custom),
        answers.custom,
        required_option="position_weights",
        options=frozenset({"position_weights"}),
    ),
    *(
        Model(
            f"markov-{order}",
            f"removal effect in the Markov chain that remembers {remembered}",
            partial(answers.by_markov, order),
            freeze=partial(frozen.freeze_removals, order),
        )
        for order, remembered in enumerate(
            ("the last touch", "two touches", "three touches", "four touches"), start=1
        )
    ),
    Model(
        "markov-auto",
        "the one of these whose order predicts held-out journeys best",
        answers.by_markov_auto,
        by_default=False,
        freeze=frozen.freeze_chosen_order,
    ),
    Model(
        "shapley-simplified",
        "Shapley value of conversions by their exact set of keys; equals linear-distinct",
        answers.simplified,
        answers.plain(rules.linear_distinct),
    ),
    Model(
        "shapley-ordered",
        "as above, broken down by position in the journey",
        answers.ordered,
        answers.plain(rules.linear_distinct),
    ),
    Model(
        "shapley-rate",
        "Shapley value of conversions per journey among journeys of a set of keys",
        answers.by_rate,
        by_default=False,
        freeze=frozen.freeze_rates,
    ),
)

MODELS: Final[Mapping[str, Model]] = MappingProxyType({model.name: model for model in _ALL})
"""All models by name, in the order in which tables show them."""
