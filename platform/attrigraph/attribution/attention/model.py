"""The model ``attention``: incremental credit from attention networks over journeys in real time.

The networks are fitted to the same person-days as the hazard of the model ``incremental``: everyone
at risk, at the times at which others converted (``attribution.moments``), so that whoever converts
early is not compared with those who had longer to be touched. A row is a customer at a moment, with
the touches since the last conversion and what was known or can be inferred of the customer.

Several networks are fitted, each to a redraw of the customers (``gnn.ensemble``). Of each::

    v(S) = scale * sum over rows of weight * h(row had only the channels in S run)

``scale`` sets v of all channels to the conversions observed. Credit is the Shapley value of v,
exact within each row to 12 channels, in the mean over the networks; half of the triggered share of
a channel's credit moves to the channels that triggered it.

What the 90 % intervals cover, as draws of the sum of two parts:

* the fit: each network has learnt from other customers, other first parameters and another order,
  and how far their credits lie apart is how far a fit strays. The draws are those of Student's t
  with one degree of freedom fewer than there are networks, around the mean. They have the spread of
  one network; the mean of all strays less, so the interval is rather too wide than too narrow here.
* the customers asked about: with the networks as they are, customers are redrawn with Poisson
  weights; that moves whose touches are summed over, and how many conversions there were to explain.

They do not cover what all networks share: the inferred intent and triggered touches, the sample of
person-days, credit that all networks miss because they are drawn to small effects (weight decay,
early stopping), a hidden cause, or another form of model.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.attribution.attention.touch_credit import credit_touches
from attrigraph.attribution.credit.bootstrap import PoissonWeights
from attrigraph.attribution.games.coalitions import along, sample, shapley_values
from attrigraph.attribution.incremental.conditions import learn_conditions
from attrigraph.attribution.incremental.mediation import transfer, triggered_share
from attrigraph.attribution.incremental.population import population_of
from attrigraph.attribution.incremental.run import WITHOUT_TABLE
from attrigraph.attribution.incremental.touch_credit import ranked_by, rows_of_events
from attrigraph.domain import NO_TIME, ModelCredits
from attrigraph.errors import ConvergenceError, InputError, MissingExtraError, NeedsTimesError

_OF_THE_EXTRA: Final = ("jaxtyping", "torch", "torch_geometric")

try:
    with warnings.catch_warnings():
        # torch-geometric calls what torch has deprecated; that is nothing to the user.
        warnings.filterwarnings("ignore", message=".*torch.jit.script.*")
        from attrigraph.attribution.attention.person_days import (
            PersonDayJourneys,
            person_days_of,
            sample_moments,
        )
        from gnn.calibration import log_loss
        from gnn.ensemble import Ensemble, fit_ensemble
        from gnn.errors import NotConvergedError
        from gnn.journeys import JourneyColumns, Vocabulary
        from gnn.owen import owen_touch_credit
        from gnn.scoring import Game, PlayerCredit, Solver, channel_credit
        from gnn.training import TrainingSettings
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] not in _OF_THE_EXTRA:
        raise
    raise MissingExtraError(
        "the model attention needs PyTorch and PyTorch Geometric: pip install 'attrigraph[gnn]'"
    ) from error

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.credit.touches import TouchCredit
    from attrigraph.attribution.incremental.conditions import Conditions
    from attrigraph.attribution.incremental.histories import Histories
    from attrigraph.attribution.incremental.population import Population
    from attrigraph.attribution.incremental.touch_credit import CreditedTouches
    from attrigraph.domain import CustomerAttributes, EventTable, Level

MODEL: Final = "attention"

PERMUTATIONS: Final = 64
"""Antithetic permutations of a row with more than 12 channels."""

FEWEST: Final = 400
"""Customers who convert, and person-days without a conversion: a network of this size learns
nothing from fewer that would hold for others."""

ASSUMPTIONS: Final = (
    (
        "What drives both touches and conversions is in the customers table, or is one lasting"
        " intent that several channels feel: there is no other hidden cause."
    ),
    "A customer whose touches are taken away behaves like one who never had them.",
    "Nobody's touches change what others do.",
    (
        "Touches that follow another channel's touch more often than precede it were triggered by"
        " it; half of their credit is their trigger's."
    ),
    (
        "Touches of one channel and age are alike, whatever their campaign and creative: these"
        " share the channel's credit by their touches."
    ),
    (
        "The intervals cover redrawn customers and refitted networks, not what all networks share:"
        " the inferred intent, the form of the model, and a pull towards small effects."
    ),
    "Where an experiment says otherwise, it is right and this is wrong.",
)


@dataclass(frozen=True, slots=True)
class AttentionOptions:
    """How attention credit is estimated.

    Attributes:
        training: how each network is fitted; its lookback is set to the window.
        members: how many networks are fitted, at least 2.
        rows: about how many person-days without a conversion they are fitted to and asked about.
        mediation: part of the triggered share of a channel's credit that moves to its triggers.
        draws: of the intervals; 0 for none.
        seed: of all sampling.

    Raises:
        InputError: fewer than 2 members, fewer than one row, or draws below 0.
    """

    training: TrainingSettings = field(default_factory=TrainingSettings)
    members: int = 6
    rows: int = 60_000
    mediation: float = 0.5
    draws: int = 400
    seed: int = 0

    def __post_init__(self) -> None:
        for name, least in (("members", 2), ("rows", 1), ("draws", 0)):
            if getattr(self, name) < least:
                raise InputError(f"{name} must be at least {least}, got {getattr(self, name)}")


@dataclass(frozen=True, slots=True, eq=False)
class AttentionCredit:
    """Conversions that each channel caused, by the networks.

    Attributes:
        events: touches and conversions.
        population: everyone, as the model reads them.
        person_days: what the networks were fitted to and asked about.
        ensemble: the networks.
        credit: float64 ``[keys]``; may be negative.
        by_member: float64 ``[members, keys]``, the same by each network.
        deviations: float64 ``[draws, keys]``, draws less credit.
        weights: of the customers in the draws.
        touches: credit by touch.
        expected: weighted sum of chances over the rows, in the mean over the networks, before it
            was set to observed.
        losses: out-of-bag log-loss of the networks and of the rate alone, nats a row.
    """

    events: EventTable
    population: Population
    person_days: PersonDayJourneys
    ensemble: Ensemble
    credit: NDArray[np.float64]
    by_member: NDArray[np.float64]
    deviations: NDArray[np.float64]
    weights: PoissonWeights
    touches: CreditedTouches
    expected: float
    losses: tuple[float, float]

    def answer(self, by: Level = "channel") -> ModelCredits:
        """Credits with 90 % intervals by channel, campaign or creative, and the baseline line."""
        lines, ranking, baseline = ranked_by(self.events, self.population, self, self.touches, by)
        told = assumptions_of(self.population)
        return ModelCredits(
            MODEL, True, baseline, lines, self._notes(), told, prob_ranked_above=ranking
        )

    def touch_credit(self) -> TouchCredit:
        """Credit of touches for conversions as rows of the facts; it may be negative.

        Sums over a channel's touches are its credit, but for channels that no conversion follows:
        theirs has no conversion to stand at and is only in ``answer``.
        """
        return rows_of_events(self.touches, self.population)

    def _notes(self) -> tuple[str, ...]:
        observed = len(self.population.histories.converter)
        return (
            f"{len(self.ensemble.members)} networks, each fitted to a redraw of the customers",
            (
                f"log-loss of customers not learnt from: {self.losses[0]:.5f} nats a person-day, of"
                f" the rate alone {self.losses[1]:.5f}"
            ),
            f"sum of fitted chances over observed conversions: {self.expected / observed:.4f}",
            "credit of single touches: Owen values within channels, sampled",
            *self.population.covariates.notes,
        )


def assumptions_of(population: Population) -> tuple[str, ...]:
    """What must hold for the credit to be what marketing caused."""
    return ASSUMPTIONS if population.from_table else (*ASSUMPTIONS, WITHOUT_TABLE)


def attention_credit(
    events: EventTable,
    table: CustomerAttributes | None = None,
    options: AttentionOptions | None = None,
    *,
    start: int | None = None,
    end: int | None = None,
) -> AttentionCredit:
    """Fit the attention model to facts and credit channels and touches.

    Args:
        events: touches and conversions of one window, with times.
        table: facts known of customers before; it should hold those without a touch as well.
        options: how credit is estimated.
        start: when the window began, epoch milliseconds; see ``population_of``.
        end: when it ended.

    Raises:
        NeedsTimesError: when events have no times.
        InputError: no touches, too few conversions, or events outside the window.
        ConvergenceError: when a fit does not settle.
    """
    check_data(events)
    return credit_population(events, population_of(events, table, start=start, end=end), options)


def check_data(events: EventTable) -> None:
    """See whether facts can be learnt from; cheap beside learning.

    Raises:
        NeedsTimesError: events have no times.
        InputError: there are no touches, or too few customers convert.
    """
    touches, conversions = events.touches, events.conversions
    if (touches.time == NO_TIME).any() or (conversions.time == NO_TIME).any():
        raise NeedsTimesError(
            "the model attention needs the time of every touch and conversion, and some events have"
            " none; use a rule or a Markov model for data without times"
        )
    converting = len(np.unique(conversions.customer))
    if converting < FEWEST:
        raise InputError(
            f"the model attention needs at least {FEWEST} customers who convert, and there are"
            f" {converting}: take a longer window, or the model incremental, which needs fewer"
        )
    if not len(touches):
        raise InputError("the model attention needs touches, and there are none")


def credit_population(
    events: EventTable, population: Population, options: AttentionOptions | None = None
) -> AttentionCredit:
    """Fit the attention model to a population made of facts that ``check_data`` lets through.

    Raises:
        InputError: hardly anybody does not convert.
        ConvergenceError: when a fit does not settle.
    """
    options = options or AttentionOptions()
    histories = population.histories
    rng = np.random.default_rng(options.seed)
    conditions = learn_conditions(histories, rng)
    moments = sample_moments(histories, options.rows, rng)
    days = person_days_of(histories, conditions, moments)
    _refuse_only_converting(days.journeys)
    ensemble = _fitted(days.journeys, histories, options)
    asked = _ask(ensemble, days.journeys, histories, options.seed)
    moved = transfer(_triggered(histories, conditions), options.mediation)
    credit = asked.by_member.mean(axis=0) @ moved
    weights = PoissonWeights(histories.customers, options.draws, options.seed)
    deviations = weights.deviations(_influence(histories, days.journeys, asked))
    deviations += _refits(asked.by_member, options.draws, rng)
    return AttentionCredit(
        events=events,
        population=population,
        person_days=days,
        ensemble=ensemble,
        credit=credit,
        by_member=asked.by_member @ moved,
        deviations=deviations @ moved,
        weights=weights,
        touches=credit_touches(
            histories, days, asked.owen, asked.chance[days.journeys.converted], credit
        ),
        expected=asked.expected,
        losses=_losses(days.journeys, ensemble),
    )


def _refuse_only_converting(rows: JourneyColumns) -> None:
    quiet = int((~rows.converted).sum())
    if quiet < FEWEST:
        raise InputError(
            f"the model attention needs at least {FEWEST} days of customers on which they do not"
            f" convert, and there are {quiet}: add the customers without a conversion"
        )


def _triggered(histories: Histories, conditions: Conditions) -> NDArray[np.float64]:
    until = np.full(histories.customers, histories.days)
    if not histories.repeats:
        until[histories.converter] = histories.converted
    return triggered_share(histories, conditions.triggers, until)


def _fitted(rows: JourneyColumns, histories: Histories, options: AttentionOptions) -> Ensemble:
    model = replace(options.training.model, lookback=max(histories.days, 1.0))
    training = replace(options.training, model=model)
    vocabulary = Vocabulary(len(histories.keys))
    try:
        return fit_ensemble(rows, vocabulary, training, members=options.members, seed=options.seed)
    except NotConvergedError as error:
        raise ConvergenceError(f"the model attention: {error}") from error


def _losses(rows: JourneyColumns, ensemble: Ensemble) -> tuple[float, float]:
    """Log-loss of customers not learnt from, and that of the rate alone on the same."""
    judged = np.flatnonzero(~np.isnan(ensemble.out_of_bag))
    converted, weight = rows.converted[judged], rows.weight[judged]
    rate = np.full(len(judged), rows.conversions / rows.weight.sum())
    told = ensemble.out_of_bag[judged]
    return log_loss(converted, told, weight), log_loss(converted, rate, weight)


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """What the networks say, each scaled so that its chances sum to the conversions observed.

    Attributes:
        by_member: float64 ``[members, keys]``, credit by channel.
        own: float64 ``[customers, keys]``, each customer's part of their mean.
        chance: float64 ``[rows]``, mean chance of each row.
        owen: float64 ``[touches of converting rows]``, mean credit of touches.
        expected: sum of chances before they were scaled, in the mean over the networks.
    """

    by_member: NDArray[np.float64]
    own: NDArray[np.float64]
    chance: NDArray[np.float64]
    owen: NDArray[np.float64]
    expected: float


def _ask(ensemble: Ensemble, rows: JourneyColumns, histories: Histories, seed: int) -> _Asked:
    converting = np.flatnonzero(rows.converted)
    ends = rows.select(converting)
    members = len(ensemble.members)
    own = np.zeros((histories.customers, len(histories.keys)))
    chance, owen = np.zeros(len(rows)), np.zeros(len(ends.days))
    by_member, expected = [], []
    for number, fitted in enumerate(ensemble.members):
        played = channel_credit(fitted, rows, _solver(seed))
        expected.append(float(rows.weight @ played.chance_all))
        scale = len(histories.converter) / expected[-1]
        mine = scale * _by_customer(histories, rows, played)
        by_member.append(mine.sum(axis=0))
        own += mine / members
        chance += scale / members * played.chance_all
        at_ends = played.of_journeys(converting)
        owen += scale / members * owen_touch_credit(fitted, ends, at_ends, seed=seed + number)
    return _Asked(np.array(by_member), own, chance, owen, float(np.mean(expected)))


def _solver(seed: int) -> Solver:
    def sampled(game: Game, players: int) -> NDArray[np.float64]:
        found = sample(along(game), players, seed=seed, permutations=PERMUTATIONS, tolerance=0.0)
        return found.values

    return Solver(shapley_values, sampled)


def _by_customer(
    histories: Histories, rows: JourneyColumns, played: PlayerCredit
) -> NDArray[np.float64]:
    """Each customer's part of the channels' credit ``[customers, keys]``."""
    keys = len(histories.keys)
    cell = rows.user[played.journey] * keys + played.player
    flat = np.bincount(
        cell, rows.weight[played.journey] * played.credit, histories.customers * keys
    )
    return flat.reshape(-1, keys).astype(np.float64)


def _influence(histories: Histories, rows: JourneyColumns, asked: _Asked) -> NDArray[np.float64]:
    """How each customer moves the credits ``[customers, keys]`` while the networks stand.

    Credit is observed * sum of own / sum of expected, a ratio of sums over customers.
    """
    observed = np.bincount(histories.converter, minlength=histories.customers)
    expected = np.bincount(rows.user, rows.weight * asked.chance, histories.customers)
    off = observed - expected
    return np.asarray(asked.own + off[:, None] * (asked.own.sum(axis=0) / observed.sum()))


def _refits(
    by_member: NDArray[np.float64], draws: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Draws ``[draws, keys]`` of Student's t with the members' covariance, around 0."""
    free = len(by_member) - 1
    apart = by_member - by_member.mean(axis=0)
    normal = rng.standard_normal((draws, len(by_member))) @ apart / math.sqrt(free)
    return np.asarray(normal / np.sqrt(rng.chisquare(free, draws) / free)[:, None])
