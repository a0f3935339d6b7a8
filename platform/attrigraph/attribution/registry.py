"""The models by name, and the one entry point that asks several of them about the same evidence."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property, partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from attrigraph.attribution import conservation, markov, rules, shapley
from attrigraph.attribution.coalitions import Z_95
from attrigraph.attribution.evidence import converting_journeys, named_direct
from attrigraph.attribution.markov_order import FOLDS, choose_order
from attrigraph.attribution.paths import converting, converting_rows
from attrigraph.attribution.ranked_lines import ranked_lines
from attrigraph.attribution.ranking import summed
from attrigraph.attribution.rate_redraws import rate_deviations
from attrigraph.attribution.redraws import Redraws, customer_kinds, summed_by_key
from attrigraph.attribution.removal_redraws import loss_deviations
from attrigraph.attribution.walks import walks_of
from attrigraph.domain import Amount, Attribution, ModelCredits, Observed
from attrigraph.errors import InputError, NeedsTimesError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from attrigraph.attribution.evidence import ConvertingJourneys, Evidence
    from attrigraph.attribution.redraws import CustomerKinds, RedrawnPaths
    from attrigraph.attribution.walks import Walks
    from attrigraph.domain import PathCounts

    Amounts = NDArray[np.float64]

DEFAULT_DRAWS: Final = 200
FEWEST_DRAWS: Final = 20

DEFAULT_TOUCH_MODEL: Final = "linear"
"""Whose touch-level credit is written where none is chosen."""


@dataclass(frozen=True, slots=True)
class ModelOptions:
    """What models can be told.

    Attributes:
        half_life_days: time-decay: by how many days older a touch weighs half as much.
        direct_channels: last-non-direct: names of the channels that no marketing brings, in any
            case of letters.
        position_weights: position-custom: weights of the first touch, of all between, and of the
            last; only their proportions count.
        seed: of whatever is sampled.
        permutations: budget of whatever is sampled: how many permutations are walked at most.
        draws: of the bootstrap over customers that 90 % intervals come from; 0 for no intervals.
    """

    half_life_days: float = 7.0
    direct_channels: tuple[str, ...] = ("direct",)
    position_weights: tuple[float, float, float] | None = None
    seed: int = 0
    permutations: int = 2000
    draws: int = DEFAULT_DRAWS

    def __post_init__(self) -> None:
        if not (math.isfinite(self.half_life_days) and self.half_life_days > 0):
            message = f"half_life_days must be a positive number, got {self.half_life_days}"
            raise InputError(message)
        weights = self.position_weights
        if weights is not None and not (
            len(weights) == 3
            and all(math.isfinite(weight) and weight >= 0 for weight in weights)
            and sum(weights) > 0
        ):
            message = (
                "position_weights must be three numbers of at least 0, not all 0: for the first "
                f"touch, those between and the last; got {weights}"
            )
            raise InputError(message)
        if self.permutations < 4:
            message = f"permutations must be at least 4, got {self.permutations}"
            raise InputError(message)
        if self.draws != 0 and self.draws < FEWEST_DRAWS:
            message = (
                f"draws must be 0 for no intervals, or at least {FEWEST_DRAWS}: fewer say little "
                f"of the ends of a 90 % interval; got {self.draws}"
            )
            raise InputError(message)
        if self.seed < 0:
            message = f"seed must not be negative, got {self.seed}"
            raise InputError(message)


@dataclass(frozen=True, slots=True, eq=False)
class Shared:
    """A model's answer before it is named: who gets what of the observed conversions.

    Attributes:
        credits: float64 ``[n_keys, 2]``, conversions and value.
        organic: conversions and value that no key gets.
        by_position: float64 ``[n_keys, longest]``, where the model has it.
        deviations: float64 ``[draws, n_keys]``, conversions in bootstrap draws less those credited;
            None where there are no draws.
        notes: see ``ModelCredits``.
    """

    credits: Amounts
    organic: Amount
    by_position: Amounts | None = None
    deviations: Amounts | None = None
    notes: tuple[str, ...] = ()


class Shares(Protocol):
    """A rule that takes no options."""

    def __call__(self, walks: Walks, /) -> Amounts:
        """Share every touch's part."""
        ...


class Rule(Protocol):
    """Shares of the touches of walks; see ``attrigraph.attribution.rules``."""

    def __call__(self, walks: Walks, options: ModelOptions, /) -> Amounts:
        """Share every touch's part."""
        ...


class Credited(Protocol):
    """How a model answers."""

    def __call__(self, question: Question, /) -> Shared:
        """Share out what was observed."""
        ...


@dataclass(frozen=True, slots=True)
class Model:
    """One model.

    Attributes:
        name: as ``--models`` takes it.
        summary: what it does, in a line.
        credited: how it answers.
        rule: its shares touch by touch; None where credit does not reach down to touches.
        needs_times: whether the order of touches is not enough.
        needs_channels: whether it looks at the channels of touches whatever it credits.
        incremental: whether it estimates what marketing caused.
        by_default: whether it is asked where no models are named.
    """

    name: str
    summary: str
    credited: Credited
    rule: Rule | None = None
    needs_times: bool = False
    needs_channels: bool = False
    incremental: bool = False
    by_default: bool = True

    @property
    def touch_level(self) -> bool:
        """Whether it credits single touches."""
        return self.rule is not None


@dataclass(frozen=True, eq=False)
class Question:
    """What all models asked at once share, worked out when the first of them needs it.

    Attributes:
        evidence: paths and journeys.
        options: what models were told.
        by: ``channel``, ``campaign`` or ``creative``.
    """

    evidence: Evidence
    options: ModelOptions
    by: str

    @property
    def paths(self) -> PathCounts:
        """All paths."""
        return self.evidence.paths

    @cached_property
    def converting(self) -> PathCounts:
        """The paths with conversions."""
        return converting(self.paths)

    @cached_property
    def walks(self) -> Walks:
        """These touch by touch."""
        return walks_of(self.converting)

    @cached_property
    def observed(self) -> Observed:
        """What there is to share.

        Raises:
            InputError: conversions or other journeys are not whole, finite and at least 0.
        """
        conversions, nulls = self.paths.conversions, self.paths.nulls
        for name, counts in (("conversions", conversions), ("journeys without one", nulls)):
            if not (np.isfinite(counts) & (counts >= 0) & (counts == np.rint(counts))).all():
                message = f"the number of {name} of a path must be whole and at least 0"
                raise InputError(message)
        if not (np.isfinite(self.paths.value) & (self.paths.value >= 0)).all():
            message = "the value of a path's conversions must be a number of at least 0"
            raise InputError(message)
        return Observed(
            journeys=round(conversions.sum() + nulls.sum()),
            conversions=round(conversions.sum()),
            value=float(self.paths.value.sum()),
        )

    @cached_property
    def organic(self) -> Amount:
        """What journeys without a touch converted: no path rule can credit it."""
        empty = self.converting.offsets[1:] == self.converting.offsets[:-1]
        return Amount(
            conversions=float(self.converting.conversions[empty].sum()),
            value=float(self.converting.value[empty].sum()),
        )

    @cached_property
    def journeys(self) -> ConvertingJourneys | None:
        """The converting journeys, where there are any behind the paths."""
        return converting_journeys(self.evidence, direct_channels=self.options.direct_channels)

    @cached_property
    def customers(self) -> CustomerKinds:
        """The customers of all paths by what they walked."""
        return customer_kinds(self.evidence)

    @cached_property
    def redrawn(self) -> RedrawnPaths | None:
        """The customers of all paths drawn anew; None where no draws are asked for."""
        if not self.options.draws:
            return None
        return self.customers.redrawn(self.options.draws, self.options.seed)

    @cached_property
    def touched_deviations(self) -> Amounts:
        """Conversions of journeys with a touch, in draws less observed, ``[draws]``."""
        touched = self.converting.offsets[1:] > self.converting.offsets[:-1]
        return np.asarray(self._redrawn_conversions[touched].sum(axis=0, dtype=np.float64))

    def path_deviations(self, walks: Walks, shares: Amounts) -> Amounts | None:
        """What draws do to credit by shares of the touches of the converting paths.

        Returns:
            float64 ``[draws, n_keys]``; None where no draws are asked for.
        """
        if self.redrawn is None:
            return None
        return summed_by_key(walks, shares, self._redrawn_conversions)

    def journey_deviations(self, journeys: ConvertingJourneys, shares: Amounts) -> Amounts | None:
        """The same by shares of the touches of the converting journeys."""
        if not self.options.draws:
            return None
        drawn, customer = self._redrawn_customers
        walks = journeys.walks
        # draws go by what each customer's credit is, so that the order of customers is no matter
        told_apart = np.random.default_rng(0).random(walks.n_keys)[walks.codes]
        credit = summed(customer[walks.row], shares * told_apart, len(drawn))
        place = np.empty(len(drawn), np.int64)
        place[np.argsort(credit, kind="stable")] = np.arange(len(drawn))
        return summed_by_key(walks, shares, drawn, place[customer])

    @cached_property
    def _redrawn_customers(self) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Customers who convert in draws less one, and which of them each journey's is."""
        journeys = self.evidence.journeys
        assert journeys is not None
        customers, customer = np.unique(journeys.customer[journeys.converted], return_inverse=True)
        kinds = Redraws(np.ones(len(customers)), self.options.draws, self.options.seed)
        return kinds.of(np.arange(len(kinds))), customer.astype(np.int64)

    @cached_property
    def _redrawn_conversions(self) -> NDArray[np.float32]:
        """Conversions of the converting paths in draws less observed, ``[n_paths, draws]``."""
        assert self.redrawn is not None
        return self.redrawn.conversions(converting_rows(self.paths))

    def channel_walks(self) -> Walks:
        """Paths of channels, with direct visits marked."""
        direct = named_direct(self.paths.keys, self.options.direct_channels)
        return replace(self.walks, direct=direct[self.walks.codes])


def select(names: Sequence[str]) -> tuple[Model, ...]:
    """The models of these names, each once, in the order given.

    Raises:
        InputError: no name, or a name that is no model's.
    """
    unknown = [name for name in names if name not in MODELS]
    if unknown or not names:
        asked = f"no model is called {', '.join(map(repr, unknown))}" if unknown else "no model"
        message = f"{asked}; known models are {', '.join(MODELS)}"
        raise InputError(message)
    return tuple(MODELS[name] for name in dict.fromkeys(names))


def attribute(
    evidence: Evidence,
    names: Sequence[str],
    options: ModelOptions | None = None,
    by: str = "channel",
) -> Attribution:
    """Ask models who is to be credited for the observed conversions.

    Args:
        evidence: paths over the keys of ``by``; see ``attrigraph.attribution.evidence.gather``.
        names: of models; see ``MODELS``.
        options: what models can be told.
        by: ``channel``, ``campaign`` or ``creative``.

    Raises:
        InputError: an unknown model, or one that lacks an option or the journeys behind the paths.
        NeedsTimesError: a model needs the times of touches.
        ConservationError: credits do not add up to what was observed.
    """
    models = select(names)
    question = Question(evidence, options or ModelOptions(), by)
    observed = question.observed
    answers = {model.name: _answer(model, question) for model in models}
    for answer in answers.values():
        conservation.check(answer, observed)
    return Attribution(by=by, observed=observed, models=answers)


@dataclass(frozen=True, slots=True, eq=False)
class TouchCredit:
    """Credit of single touches for single conversions, as columns.

    Attributes:
        touch: int64 ``[n]``, row in ``Facts.touches``.
        conversion: int64 ``[n]``, row in ``Facts.conversions``.
        credit: float64 ``[n]``, part of the conversion. A rule's are above 0 and those of a
            conversion add up to one; an incremental model's may be below 0 and leave a part.
        value: float64 ``[n]``, the same part of the conversion's value.
    """

    touch: NDArray[np.int64]
    conversion: NDArray[np.int64]
    credit: Amounts
    value: Amounts

    def __len__(self) -> int:
        return len(self.touch)


def touch_credit(
    evidence: Evidence, name: str, options: ModelOptions | None = None, by: str = "channel"
) -> TouchCredit:
    """One model's credit touch by touch, of converting journeys.

    Sums over the touches of a key are the credits that ``attribute`` gives.

    Args:
        evidence: with journeys; see ``attrigraph.attribution.evidence.gather``.
        name: of a model that has touch-level credit.
        options: what models can be told.
        by: what the evidence's paths are over; it matters to models of distinct keys.

    Raises:
        InputError: an unknown model, one without touch-level credit, or evidence without journeys.
        NeedsTimesError: the model needs the times of touches.
    """
    (model,) = select([name])
    if model.rule is None:
        able = ", ".join(known.name for known in MODELS.values() if known.touch_level)
        message = f"{name} has no touch-level credit; models that have it are {able}"
        raise InputError(message)
    question = Question(evidence, options or ModelOptions(), by)
    journeys = question.journeys
    if journeys is None:
        message = "touch-level credit needs the journeys, and only counts of paths are known"
        raise InputError(message)
    walks = journeys.walks
    share = model.rule(walks, question.options)
    given = np.flatnonzero(share > 0)
    row = walks.row[given]
    return TouchCredit(
        touch=journeys.touch[given],
        conversion=journeys.conversion[row],
        credit=share[given],
        value=share[given] * journeys.value[row],
    )


def _answer(model: Model, question: Question) -> ModelCredits:
    shared = model.credited(question)
    conversions, value = shared.credits.T
    lines, ahead = ranked_lines(
        question.paths.keys, conversions, value, shared.deviations, shared.by_position
    )
    return ModelCredits(
        model=model.name,
        incremental=model.incremental,
        organic=shared.organic,
        credits=lines,
        notes=shared.notes,
        ahead=ahead,
    )


def _share_out(walks: Walks, shares: Amounts, conversions: Amounts, value: Amounts) -> Amounts:
    """Credits ``[n_keys, 2]`` of shares of touches."""
    return np.column_stack(
        [
            summed(walks.codes, shares * walks.spread(amount), walks.n_keys)
            for amount in (conversions, value)
        ]
    )


def _by_paths(rule: Rule, question: Question) -> Shared:
    """A rule that looks at nothing but the path."""
    walks = question.walks
    return _of_paths(question, walks, rule(walks, question.options))


def _of_paths(question: Question, walks: Walks, shares: Amounts) -> Shared:
    """Credits of shares of the touches of the converting paths."""
    paths = question.converting
    credits = _share_out(walks, shares, paths.conversions, paths.value)
    return Shared(credits, question.organic, deviations=question.path_deviations(walks, shares))


def _by_journeys(rule: Rule, question: Question, journeys: ConvertingJourneys) -> Shared:
    """A rule that looks at more than the path."""
    walks = journeys.walks
    shares = rule(walks, question.options)
    credits = _share_out(walks, shares, np.ones(len(walks)), journeys.value)
    deviations = question.journey_deviations(journeys, shares)
    return Shared(credits, question.organic, deviations=deviations)


def _time_decay(question: Question) -> Shared:
    if question.journeys is None:
        message = "time-decay needs the times of touches, and only counts of paths are known"
        raise NeedsTimesError(message)
    return _by_journeys(_decaying, question, question.journeys)


def _last_non_direct(question: Question) -> Shared:
    if question.by == "channel":
        walks = question.channel_walks()
        return _of_paths(question, walks, rules.last_non_direct(walks))
    if question.journeys is None:
        message = (
            f"last-non-direct by {question.by} needs the channels of touches, and only counts of "
            "paths are known"
        )
        raise InputError(message)
    return _by_journeys(_before_direct, question, question.journeys)


def _decaying(walks: Walks, options: ModelOptions) -> Amounts:
    return rules.time_decay(walks, options.half_life_days)


def _before_direct(walks: Walks, options: ModelOptions) -> Amounts:
    del options
    return rules.last_non_direct(walks)


def _custom(walks: Walks, options: ModelOptions) -> Amounts:
    if options.position_weights is None:
        message = "position-custom needs position_weights: of the first, the others, the last touch"
        raise InputError(message)
    return rules.positional(walks, *options.position_weights)


def _markov(order: int, question: Question) -> Shared:
    observed, organic = question.observed, question.organic
    walked = markov.walk(question.paths, order)
    losses = markov.losses_of(walked.chain)
    touched = np.array([observed.conversions - organic.conversions, observed.value - organic.value])
    credits = _in_proportion(losses.T, touched[:, None]).T
    if question.redrawn is None:
        return Shared(credits, organic)
    drawn = losses[:, 0] + loss_deviations(walked, question.redrawn)
    conversions = touched[0] + question.touched_deviations
    deviations = _in_proportion(drawn, conversions[:, None]) - credits[:, 0]
    return Shared(credits, organic, deviations=deviations)


def _markov_auto(question: Question) -> Shared:
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
    return replace(_markov(chosen.order, question), notes=(why, found))


def _in_proportion(losses: Amounts, amount: Amounts) -> Amounts:
    """Amounts ``[n, 1]`` shared in proportion to losses ``[n, n_keys]``; none where all are 0."""
    total = losses.sum(axis=1, keepdims=True)
    shares = np.zeros_like(losses)
    np.divide(losses, total, out=shares, where=total > 0)
    return amount * shares


def _simplified(question: Question) -> Shared:
    credits = shapley.simplified(question.converting)
    return Shared(credits, question.organic, deviations=_of_distinct(question))


def _ordered(question: Question) -> Shared:
    return Shared(
        shapley.simplified(question.converting),
        question.organic,
        by_position=shapley.by_position(question.converting),
        deviations=_of_distinct(question),
    )


def _of_distinct(question: Question) -> Amounts | None:
    """Deviations of the simplified game, which is the equal split over distinct keys."""
    return question.path_deviations(question.walks, rules.linear_distinct(question.walks))


def _rate(question: Question) -> Shared:
    options = question.options
    answer = shapley.rate(question.paths, seed=options.seed, permutations=options.permutations)
    organic = Amount(conversions=float(answer.organic[0]), value=float(answer.organic[1]))
    deviations = None
    if question.redrawn is not None:
        deviations = rate_deviations(question.paths, question.redrawn)
    notes = _of_untouched(question)
    if answer.standard_error is None:
        return Shared(answer.credits, organic, deviations=deviations, notes=notes)
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
    return Shared(answer.credits, organic, deviations=deviations, notes=notes)


def _of_untouched(question: Question) -> tuple[str, ...]:
    """What must be said where all journeys without a touch converted."""
    empty = question.paths.offsets[1:] == question.paths.offsets[:-1]
    converted = round(question.paths.conversions[empty].sum())
    if not converted or question.paths.nulls[empty].any():
        return ()
    said = (
        f"all {converted:,} journeys without a touch converted: people with neither touch nor "
        "conversion are not in the data, so the organic line is too high and the credits are too "
        "low; give a table of all customers"
    )
    return (said,)


def _rule(name: str, summary: str, rule: Rule) -> Model:
    return Model(name, summary, partial(_by_paths, rule), rule)


def _plain(shares: Shares) -> Rule:
    """A rule that has no options."""

    def rule(walks: Walks, options: ModelOptions) -> Amounts:
        del options
        return shares(walks)

    return rule


def _weighted(first: float, middle: float, last: float) -> Rule:
    return _plain(partial(rules.positional, first=first, middle=middle, last=last))


_ALL: Final = (
    _rule("first", "all to the first touch", _plain(rules.first)),
    _rule("last", "all to the last touch", _plain(rules.last)),
    Model(
        "last-non-direct",
        "all to the last touch that is no direct visit",
        _last_non_direct,
        _before_direct,
        needs_channels=True,
    ),
    _rule("linear", "the same to each touch", _plain(rules.linear)),
    _rule(
        "linear-distinct",
        "the same to each distinct key of a journey",
        _plain(rules.linear_distinct),
    ),
    Model(
        "time-decay",
        "a touch weighs half as much for each half-life before the conversion",
        _time_decay,
        _decaying,
        needs_times=True,
    ),
    _rule("position-u", "40 % first, 20 % between, 40 % last", _weighted(0.4, 0.2, 0.4)),
    _rule(
        "position-w",
        "30 % first, 30 % middle, 30 % last, 10 % the others",
        _plain(rules.position_w),
    ),
    _rule("position-j", "20 % first, 20 % between, 60 % last", _weighted(0.2, 0.2, 0.6)),
    _rule("position-inverse-j", "60 % first, 20 % between, 20 % last", _weighted(0.6, 0.2, 0.2)),
    _rule("position-custom", "weights of your own for first, between and last", _custom),
    *(
        Model(
            f"markov-{order}",
            f"removal effect in the Markov chain that remembers {remembered}",
            partial(_markov, order),
        )
        for order, remembered in enumerate(
            ("the last touch", "two touches", "three touches", "four touches"), start=1
        )
    ),
    Model(
        "markov-auto",
        "the one of these whose order foretells journeys best that it has not seen",
        _markov_auto,
        by_default=False,
    ),
    Model(
        "shapley-simplified",
        "Shapley value of conversions by their exact set of keys; equals linear-distinct",
        _simplified,
        _plain(rules.linear_distinct),
    ),
    Model(
        "shapley-ordered",
        "the same, told by position in the journey",
        _ordered,
        _plain(rules.linear_distinct),
    ),
    Model(
        "shapley-rate",
        "Shapley value of conversions per journey among journeys of a set of keys",
        _rate,
    ),
)

MODELS: Final[Mapping[str, Model]] = MappingProxyType({model.name: model for model in _ALL})
"""All models by name, in the order in which tables show them."""
