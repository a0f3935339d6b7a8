"""Credits of each model: rules by shares of touches, chains by losses, games by values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from attrigraph.attribution.games.coalitions import Z_95
from attrigraph.attribution.multi_touch import markov, rules, shapley
from attrigraph.attribution.multi_touch.chain_answer import chain_answer
from attrigraph.attribution.multi_touch.frozen import recoded
from attrigraph.attribution.multi_touch.markov_order import FOLDS, choose_order
from attrigraph.attribution.multi_touch.rate_bootstrap import rate_deviations
from attrigraph.attribution.multi_touch.removal_bootstrap import loss_deviations
from attrigraph.attribution.observed.ranking import summed
from attrigraph.domain import Amount
from attrigraph.errors import InputError, NeedsTimesError
from attrigraph.quantities import counted, enumerated

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from attrigraph.attribution.multi_touch.frozen import FrozenPaths
    from attrigraph.attribution.multi_touch.options import ModelOptions
    from attrigraph.attribution.multi_touch.question import Question
    from attrigraph.attribution.observed.evidence import ConvertingJourneys
    from attrigraph.attribution.observed.path_steps import PathSteps
    from attrigraph.domain import MarkovChain
    from attrigraph.domain.columns import Amounts


MAX_POSITION_CELLS: Final = 10_000_000
"""Up to this many keys times positions credit is broken down by position: 80 MB."""

MAX_NAMED: Final = 10
"""Keys that a note names."""


@dataclass(frozen=True, slots=True, eq=False)
class UnrankedCredits:
    """Credits of the observed conversions, before they are ranked and named.

    Attributes:
        credits: float64 ``[n_keys, 2]``, conversions and value.
        baseline: conversions and value that no key gets.
        by_position: float64 ``[n_keys, longest]``, where the model has it.
        deviations: float64 ``[draws, n_keys]``, conversions in bootstrap draws less those credited;
            None where there are no draws.
        value_variance: float64 ``[n_keys]``, variance of the credited value in resamples of the
            customers; None where it is not known.
        notes: see ``ModelCredits``.
        chain: see ``ModelCredits``.
    """

    credits: Amounts
    baseline: Amount
    by_position: Amounts | None = None
    deviations: Amounts | None = None
    value_variance: Amounts | None = None
    notes: tuple[str, ...] = ()
    chain: MarkovChain | None = None


class TouchShares(Protocol):
    """A rule that takes no options."""

    def __call__(self, steps: PathSteps, /) -> Amounts:
        """The share of every touch in its conversion."""
        ...


class Rule(Protocol):
    """Shares of the touches of paths; see ``attrigraph.attribution.multi_touch.rules``."""

    def __call__(self, steps: PathSteps, options: ModelOptions, /) -> Amounts:
        """The share of every touch in its conversion."""
        ...


class CreditFunction(Protocol):
    """Credits of a model."""

    def __call__(self, question: Question, /) -> UnrankedCredits:
        """Credit the observed conversions."""
        ...


def _credits_of_shares(
    steps: PathSteps, shares: Amounts, conversions: Amounts, value: Amounts
) -> Amounts:
    """Credits ``[n_keys, 2]`` of shares of touches."""
    return np.column_stack(
        [
            summed(steps.codes, shares * steps.spread(amount), steps.n_keys)
            for amount in (conversions, value)
        ]
    )


def by_paths(rule: Rule, question: Question) -> UnrankedCredits:
    """A rule that depends on the path only."""
    steps = question.steps
    return _of_paths(question, steps, rule(steps, question.options))


def by_frozen(parameters: FrozenPaths, question: Question) -> UnrankedCredits:
    """Shares by parameters of an earlier fit; conversions without shares are baseline."""
    steps, paths, baseline = question.steps, question.converting, question.baseline
    shares = parameters.shares(recoded(steps, paths.keys, parameters.keys))
    unknown = (steps.length > 0) & (summed(steps.row, np.abs(shares), len(steps)) == 0)
    left = Amount(
        conversions=baseline.conversions + float(paths.conversions[unknown].sum()),
        value=baseline.value + float(paths.value[unknown].sum()),
    )
    notes = _of_unknown(parameters, question, round(paths.conversions[unknown].sum()))
    return replace(_of_paths(question, steps, shares), baseline=left, notes=notes)


def _of_unknown(parameters: FrozenPaths, question: Question, unknown: int) -> tuple[str, ...]:
    """Notes on keys that were not fitted, and on conversions that have no credit for that."""
    notes = note_of_unknown(parameters.keys, question.paths.keys)
    if not unknown:
        return notes
    journeys = (
        f"{counted(unknown, 'conversion')} of journeys of which the fit knows nothing count as "
        "baseline"
    )
    return (*notes, journeys)


def note_of_unknown(fitted: Collection[str | None], keys: Sequence[str | None]) -> tuple[str, ...]:
    """A note that names keys that were not fitted; none if all were."""
    missing = ["unknown" if key is None else key for key in keys if key not in fitted]
    if not missing:
        return ()
    named = enumerated([repr(key) for key in missing[:MAX_NAMED]])
    others = f" and {len(missing) - MAX_NAMED:,} more" if len(missing) > MAX_NAMED else ""
    note = (
        f"not in the data of the fit, so that their touches have no credit: {named}{others}; "
        "fit again to credit them"
    )
    return (note,)


def _of_paths(question: Question, steps: PathSteps, shares: Amounts) -> UnrankedCredits:
    """Credits of shares of the touches of the converting paths."""
    paths = question.converting
    credits = _credits_of_shares(steps, shares, paths.conversions, paths.value)
    return UnrankedCredits(
        credits,
        question.baseline,
        deviations=question.path_deviations(steps, shares),
        value_variance=question.path_value_variance(steps, shares),
    )


def by_journeys(rule: Rule, question: Question, journeys: ConvertingJourneys) -> UnrankedCredits:
    """A rule that depends on more than the path."""
    steps = journeys.steps
    shares = rule(steps, question.options)
    credits = _credits_of_shares(steps, shares, np.ones(len(steps)), journeys.value)
    deviations = question.journey_deviations(journeys, shares)
    variance = question.journey_value_variance(steps, shares)
    return UnrankedCredits(
        credits, question.baseline, deviations=deviations, value_variance=variance
    )


def time_decay(question: Question) -> UnrankedCredits:
    """Shares that halve with each half-life before the conversion.

    Raises:
        NeedsTimesError: only counts of paths are known.
    """
    if question.journeys is None:
        message = "time-decay needs the times of touches, and only counts of paths are known"
        raise NeedsTimesError(message)
    return by_journeys(decaying, question, question.journeys)


def last_non_direct(question: Question) -> UnrankedCredits:
    """All to the last touch that is no direct visit.

    Raises:
        InputError: paths are not of channels, and only counts of paths are known.
    """
    if question.by == "channel":
        steps = question.channel_steps()
        return _of_paths(question, steps, rules.last_non_direct(steps))
    if question.journeys is None:
        message = (
            f"last-non-direct by {question.by} needs the channels of touches, and only counts of "
            "paths are known"
        )
        raise InputError(message)
    return by_journeys(before_direct, question, question.journeys)


def decaying(steps: PathSteps, options: ModelOptions) -> Amounts:
    """The rule ``rules.time_decay`` with the half-life of the options."""
    return rules.time_decay(steps, options.half_life_days)


def before_direct(steps: PathSteps, options: ModelOptions) -> Amounts:
    """The rule ``rules.last_non_direct``."""
    del options
    return rules.last_non_direct(steps)


def custom(steps: PathSteps, options: ModelOptions) -> Amounts:
    """The rule ``rules.positional`` with the weights of the options.

    Raises:
        InputError: the options have none.
    """
    if options.position_weights is None:
        message = "position-custom needs position_weights: of the first, the others, the last touch"
        raise InputError(message)
    return rules.positional(steps, *options.position_weights)


def by_markov(order: int, question: Question) -> UnrankedCredits:
    """Removal effects in the chain of an order."""
    observed, baseline = question.observed, question.baseline
    counted = markov.count_chain(question.paths, order)
    losses = markov.losses_of(counted.chain)
    touched = np.array(
        [observed.conversions - baseline.conversions, observed.value - baseline.value]
    )
    credits = _in_proportion(losses.T, touched[:, None]).T
    answer = UnrankedCredits(credits, baseline, chain=chain_answer(counted.chain, losses))
    if question.resampled is None:
        return answer
    # no chain loses less than nothing by a removal; draws to first order can, by a little
    drawn = np.maximum(losses[:, 0] + loss_deviations(counted, question.resampled), 0.0)
    conversions = touched[0] + question.touched_deviations
    deviations = _in_proportion(drawn, conversions[:, None]) - credits[:, 0]
    return replace(answer, deviations=deviations)


def by_markov_auto(question: Question) -> UnrankedCredits:
    """Removal effects in the chain whose order predicts held-out journeys best."""
    seed = question.options.seed
    chosen = choose_order(question.paths, question.customers, seed=seed)
    likelihoods = ", ".join(
        f"{order}: {nats:,.1f}" for order, nats in enumerate(chosen.likelihood, start=1)
    )
    why = (
        f"order {chosen.order}, the lowest that is not clearly behind the best one; customers were "
        f"held out in {FOLDS} folds, seed {seed}"
    )
    likelihood = (
        f"held-out log-likelihood over {counted(chosen.touches, 'touch')} by order: {likelihoods}"
    )
    return replace(by_markov(chosen.order, question), notes=(why, likelihood))


def _in_proportion(losses: Amounts, amount: Amounts) -> Amounts:
    """Amounts ``[n, 1]`` divided in proportion to losses ``[n, n_keys]``; none where all are 0."""
    total = losses.sum(axis=1, keepdims=True)
    shares = np.zeros_like(losses)
    np.divide(losses, total, out=shares, where=total > 0)
    return amount * shares


def simplified(question: Question) -> UnrankedCredits:
    """Shapley values of conversions by their exact set of keys."""
    credits = shapley.simplified(question.converting)
    deviations, variance = _of_distinct(question)
    return UnrankedCredits(
        credits, question.baseline, deviations=deviations, value_variance=variance
    )


def ordered(question: Question) -> UnrankedCredits:
    """The same, broken down by position in the journey."""
    paths = question.converting
    cells = len(paths.keys) * int(question.steps.length.max(initial=0))
    fits = cells <= MAX_POSITION_CELLS
    deviations, variance = _of_distinct(question)
    note = f"no credit by position: it would be {cells:,} numbers, more than {MAX_POSITION_CELLS:,}"
    return UnrankedCredits(
        shapley.simplified(paths),
        question.baseline,
        by_position=shapley.by_position(paths) if fits else None,
        deviations=deviations,
        value_variance=variance,
        notes=() if fits else (note,),
    )


def _of_distinct(question: Question) -> tuple[Amounts | None, Amounts | None]:
    """Deviations of conversions and variance of value in the simplified game.

    It is the equal split over distinct keys.
    """
    steps = question.steps
    shares = rules.linear_distinct(steps)
    return question.path_deviations(steps, shares), question.path_value_variance(steps, shares)


def by_rate(question: Question) -> UnrankedCredits:
    """Shapley values of the cumulative rate game, with notes on its sampling."""
    options = question.options
    answer = shapley.rate(question.paths, seed=options.seed, permutations=options.permutations)
    baseline = Amount(conversions=float(answer.baseline[0]), value=float(answer.baseline[1]))
    deviations = None
    if question.resampled is not None:
        deviations = rate_deviations(question.paths, question.resampled)
    notes = _of_untouched(question)
    if answer.standard_error is None:
        return UnrankedCredits(answer.credits, baseline, deviations=deviations, notes=notes)
    conversions, value = answer.standard_error.max(axis=0)
    sampled = (
        f"sampled with {answer.permutations} permutations, seed {options.seed}: standard "
        f"errors up to {conversions:.4g} conversions and {value:.4g} of value"
    )
    reached = "was" if answer.converged else "was NOT"
    goal = f"the goal of {Z_95} standard errors within 1 % of the total {reached} reached"
    if deviations is not None:
        random = np.random.default_rng(options.seed).standard_normal(deviations.shape)
        deviations += random * answer.standard_error[:, 0]
    notes = (*notes, sampled, goal)
    return UnrankedCredits(answer.credits, baseline, deviations=deviations, notes=notes)


def _of_untouched(question: Question) -> tuple[str, ...]:
    """A note where all journeys without a touch converted."""
    empty = question.paths.offsets[1:] == question.paths.offsets[:-1]
    converted = round(question.paths.conversions[empty].sum())
    if not converted or question.paths.nulls[empty].any():
        return ()
    note = (
        f"all journeys without a touch converted, {converted:,} of {converted:,}: people with "
        "neither touch nor conversion are not in the data, so the baseline line is too high and "
        "the credits are too low; give a table of all customers"
    )
    return (note,)


def plain(shares: TouchShares) -> Rule:
    """A rule that has no options."""

    def rule(steps: PathSteps, options: ModelOptions) -> Amounts:
        del options
        return shares(steps)

    return rule


def weighted(first: float, middle: float, last: float) -> Rule:
    """The rule ``rules.positional`` with fixed weights."""
    return plain(partial(rules.positional, first=first, middle=middle, last=last))
