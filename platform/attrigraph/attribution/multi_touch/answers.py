"""How each model answers: rules by shares of touches, chains by losses, games by values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Protocol

import numpy as np

from attrigraph.attribution.games.coalitions import Z_95
from attrigraph.attribution.multi_touch import markov, rules, shapley
from attrigraph.attribution.multi_touch.markov_order import FOLDS, choose_order
from attrigraph.attribution.multi_touch.rate_redraws import rate_deviations
from attrigraph.attribution.multi_touch.removal_redraws import loss_deviations
from attrigraph.attribution.observed.ranking import summed
from attrigraph.domain import Amount
from attrigraph.errors import InputError, NeedsTimesError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.multi_touch.options import ModelOptions
    from attrigraph.attribution.multi_touch.question import Question
    from attrigraph.attribution.observed.evidence import ConvertingJourneys
    from attrigraph.attribution.observed.walks import Walks

    Amounts = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Shared:
    """A model's answer before it is named: who gets what of the observed conversions.

    Attributes:
        credits: float64 ``[n_keys, 2]``, conversions and value.
        baseline: conversions and value that no key gets.
        by_position: float64 ``[n_keys, longest]``, where the model has it.
        deviations: float64 ``[draws, n_keys]``, conversions in bootstrap draws less those credited;
            None where there are no draws.
        notes: see ``ModelCredits``.
    """

    credits: Amounts
    baseline: Amount
    by_position: Amounts | None = None
    deviations: Amounts | None = None
    notes: tuple[str, ...] = ()


class Shares(Protocol):
    """A rule that takes no options."""

    def __call__(self, walks: Walks, /) -> Amounts:
        """Share every touch's part."""
        ...


class Rule(Protocol):
    """Shares of the touches of walks; see ``attrigraph.attribution.multi_touch.rules``."""

    def __call__(self, walks: Walks, options: ModelOptions, /) -> Amounts:
        """Share every touch's part."""
        ...


class Credited(Protocol):
    """How a model answers."""

    def __call__(self, question: Question, /) -> Shared:
        """Share out what was observed."""
        ...


def _share_out(walks: Walks, shares: Amounts, conversions: Amounts, value: Amounts) -> Amounts:
    """Credits ``[n_keys, 2]`` of shares of touches."""
    return np.column_stack(
        [
            summed(walks.codes, shares * walks.spread(amount), walks.n_keys)
            for amount in (conversions, value)
        ]
    )


def by_paths(rule: Rule, question: Question) -> Shared:
    """A rule that looks at nothing but the path."""
    walks = question.walks
    return _of_paths(question, walks, rule(walks, question.options))


def _of_paths(question: Question, walks: Walks, shares: Amounts) -> Shared:
    """Credits of shares of the touches of the converting paths."""
    paths = question.converting
    credits = _share_out(walks, shares, paths.conversions, paths.value)
    return Shared(credits, question.baseline, deviations=question.path_deviations(walks, shares))


def _by_journeys(rule: Rule, question: Question, journeys: ConvertingJourneys) -> Shared:
    """A rule that looks at more than the path."""
    walks = journeys.walks
    shares = rule(walks, question.options)
    credits = _share_out(walks, shares, np.ones(len(walks)), journeys.value)
    deviations = question.journey_deviations(journeys, shares)
    return Shared(credits, question.baseline, deviations=deviations)


def time_decay(question: Question) -> Shared:
    """Shares that halve with each half-life before the conversion.

    Raises:
        NeedsTimesError: only counts of paths are known.
    """
    if question.journeys is None:
        message = "time-decay needs the times of touches, and only counts of paths are known"
        raise NeedsTimesError(message)
    return _by_journeys(decaying, question, question.journeys)


def last_non_direct(question: Question) -> Shared:
    """All to the last touch that is no direct visit.

    Raises:
        InputError: paths are not of channels, and only counts of paths are known.
    """
    if question.by == "channel":
        walks = question.channel_walks()
        return _of_paths(question, walks, rules.last_non_direct(walks))
    if question.journeys is None:
        message = (
            f"last-non-direct by {question.by} needs the channels of touches, and only counts of "
            "paths are known"
        )
        raise InputError(message)
    return _by_journeys(before_direct, question, question.journeys)


def decaying(walks: Walks, options: ModelOptions) -> Amounts:
    """The rule ``rules.time_decay`` with the half-life that was told."""
    return rules.time_decay(walks, options.half_life_days)


def before_direct(walks: Walks, options: ModelOptions) -> Amounts:
    """The rule ``rules.last_non_direct``."""
    del options
    return rules.last_non_direct(walks)


def custom(walks: Walks, options: ModelOptions) -> Amounts:
    """The rule ``rules.positional`` with the weights that were told.

    Raises:
        InputError: none were.
    """
    if options.position_weights is None:
        message = "position-custom needs position_weights: of the first, the others, the last touch"
        raise InputError(message)
    return rules.positional(walks, *options.position_weights)


def by_markov(order: int, question: Question) -> Shared:
    """Removal effects in the chain of an order."""
    observed, baseline = question.observed, question.baseline
    walked = markov.walk(question.paths, order)
    losses = markov.losses_of(walked.chain)
    touched = np.array(
        [observed.conversions - baseline.conversions, observed.value - baseline.value]
    )
    credits = _in_proportion(losses.T, touched[:, None]).T
    if question.redrawn is None:
        return Shared(credits, baseline)
    drawn = losses[:, 0] + loss_deviations(walked, question.redrawn)
    conversions = touched[0] + question.touched_deviations
    deviations = _in_proportion(drawn, conversions[:, None]) - credits[:, 0]
    return Shared(credits, baseline, deviations=deviations)


def by_markov_auto(question: Question) -> Shared:
    """Removal effects in the chain whose order foretells held-out journeys best."""
    seed = question.options.seed
    chosen = choose_order(question.paths, question.customers, seed=seed)
    likelihoods = ", ".join(
        f"{order}: {likelihood:,.1f}" for order, likelihood in enumerate(chosen.likelihood, start=1)
    )
    why = (
        f"order {chosen.order}, the lowest that is not clearly behind the best one; customers were "
        f"held out in {FOLDS} folds, seed {seed}"
    )
    found = f"held-out log-likelihood over {chosen.touches:,.0f} touches by order: {likelihoods}"
    return replace(by_markov(chosen.order, question), notes=(why, found))


def _in_proportion(losses: Amounts, amount: Amounts) -> Amounts:
    """Amounts ``[n, 1]`` shared in proportion to losses ``[n, n_keys]``; none where all are 0."""
    total = losses.sum(axis=1, keepdims=True)
    shares = np.zeros_like(losses)
    np.divide(losses, total, out=shares, where=total > 0)
    return amount * shares


def simplified(question: Question) -> Shared:
    """Shapley values of conversions by their exact set of keys."""
    credits = shapley.simplified(question.converting)
    return Shared(credits, question.baseline, deviations=_of_distinct(question))


def ordered(question: Question) -> Shared:
    """The same, told by position too."""
    return Shared(
        shapley.simplified(question.converting),
        question.baseline,
        by_position=shapley.by_position(question.converting),
        deviations=_of_distinct(question),
    )


def _of_distinct(question: Question) -> Amounts | None:
    """Deviations of the simplified game, which is the equal split over distinct keys."""
    return question.path_deviations(question.walks, rules.linear_distinct(question.walks))


def by_rate(question: Question) -> Shared:
    """Shapley values of the cumulative rate game, with what is said of its sampling."""
    options = question.options
    answer = shapley.rate(question.paths, seed=options.seed, permutations=options.permutations)
    baseline = Amount(conversions=float(answer.baseline[0]), value=float(answer.baseline[1]))
    deviations = None
    if question.redrawn is not None:
        deviations = rate_deviations(question.paths, question.redrawn)
    notes = _of_untouched(question)
    if answer.standard_error is None:
        return Shared(answer.credits, baseline, deviations=deviations, notes=notes)
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
    return Shared(answer.credits, baseline, deviations=deviations, notes=notes)


def _of_untouched(question: Question) -> tuple[str, ...]:
    """What must be said where all journeys without a touch converted."""
    empty = question.paths.offsets[1:] == question.paths.offsets[:-1]
    converted = round(question.paths.conversions[empty].sum())
    if not converted or question.paths.nulls[empty].any():
        return ()
    said = (
        f"all {converted:,} journeys without a touch converted: people with neither touch nor "
        "conversion are not in the data, so the baseline line is too high and the credits are too "
        "low; give a table of all customers"
    )
    return (said,)


def plain(shares: Shares) -> Rule:
    """A rule that has no options."""

    def rule(walks: Walks, options: ModelOptions) -> Amounts:
        del options
        return shares(walks)

    return rule


def weighted(first: float, middle: float, last: float) -> Rule:
    """The rule ``rules.positional`` with fixed weights."""
    return plain(partial(rules.positional, first=first, middle=middle, last=last))
