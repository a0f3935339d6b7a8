"""The model ``attention``: incremental credit from attention networks over journeys in real time.

The networks are fitted to the same person-days as the hazard of the model ``incremental``: everyone
at risk, at the times at which others converted (``attribution.incremental.person_days``). So early
converters are not compared with customers who had more time to be touched. A row is a customer at
a moment, with the touches since the last conversion and the customer's covariates.

Several networks are fitted, each to a bootstrap sample of the customers (``gnn.ensemble``). For
each of them::

    v(S) = scale * sum over rows of weight * h(row with the touches of the channels in S only)

``scale`` sets v of all channels to the conversions observed. Credit is the Shapley value of v,
exact within each row up to 12 channels, averaged over the networks. Half of the triggered share of
a channel's credit moves to the channels that triggered it.

The 90 % intervals of chance are quantiles of the sum of two random parts:

* The fit. Each network has seen other customers, other initial parameters and another order, and
  the spread of their credits measures how much a fit varies. The draws are those of Student's t
  with one degree of freedom fewer than there are networks, around the mean. They have the spread
  of one network; their mean varies less, so this part is rather too wide than too narrow.
* The customers. With the networks fixed, customers are resampled with Poisson weights. That changes
  whose touches are summed, and how many conversions there are to explain.

These intervals do not cover what all networks share: the inferred intent and triggered touches,
the sample of person-days, shrinkage towards small effects (weight decay, early stopping), a hidden
cause, or another form of model. For that the wide intervals add the prior of bias of
``incremental.experiments``, whose size was chosen for the hazard.

Touches at the moment of purchase are no part of journeys, as in ``incremental``: what other touches
did not cause of such a conversion is captured. ``identification`` runs the tests of identification.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.attribution.attention.identification import identify_credit
from attrigraph.attribution.attention.touch_credit import credit_touches
from attrigraph.attribution.credit.bootstrap import PoissonWeights
from attrigraph.attribution.games.coalitions import along, sample, shapley_values
from attrigraph.attribution.incremental.captured import (
    captured_by,
    captured_touches,
    with_captured,
)
from attrigraph.attribution.incremental.conditions import learn_conditions
from attrigraph.attribution.incremental.experiments.calibration import calibrate
from attrigraph.attribution.incremental.fitted import assumptions_without_table
from attrigraph.attribution.incremental.identification.lines import with_reasons
from attrigraph.attribution.incremental.identification.open_ranges import (
    limits_of,
    with_open_ranges,
)
from attrigraph.attribution.incremental.mediation import (
    mediated,
    triggered_share,
    triggered_shares,
)
from attrigraph.attribution.incremental.population import population_of
from attrigraph.attribution.incremental.touch_credit import credit_of_events, ranked_by
from attrigraph.domain import NO_TIME, Amount, ModelCredits
from attrigraph.errors import ConvergenceError, InputError, MissingExtraError, NeedsTimesError

_EXTRA_PACKAGES: Final = ("jaxtyping", "torch", "torch_geometric")

try:
    with warnings.catch_warnings():
        # torch-geometric calls a function that torch has deprecated; users cannot act on that
        warnings.filterwarnings("ignore", message=".*torch.jit.script.*")
        from attrigraph.attribution.attention.person_days import (
            PersonDayJourneys,
            person_days_of,
            sample_rows,
        )
        from gnn.calibration import log_loss
        from gnn.ensemble import Ensemble, fit_ensemble
        from gnn.errors import NotConvergedError
        from gnn.journeys import JourneyColumns, Vocabulary
        from gnn.owen import owen_touch_credit
        from gnn.scoring import Game, PlayerCredit, Solver, channel_credit
        from gnn.training import TrainingSettings
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] not in _EXTRA_PACKAGES:
        raise
    raise MissingExtraError(
        "the model attention needs PyTorch and PyTorch Geometric: pip install 'attrigraph[gnn]'"
    ) from error

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.credit.touches import TouchCredit
    from attrigraph.attribution.incremental.captured import CapturedTouches
    from attrigraph.attribution.incremental.histories import Histories
    from attrigraph.attribution.incremental.identification.identify import Identification
    from attrigraph.attribution.incremental.population import Population
    from attrigraph.attribution.incremental.touch_credit import CreditedTouches
    from attrigraph.domain import CustomerAttributes, EventTable, Level, TriggeredShare

MODEL: Final = "attention"

PERMUTATIONS: Final = 64
"""Antithetic permutations per row with more than 12 channels."""

MIN_CONVERTERS: Final = 400
"""Converting customers, and person-days without a conversion, that a network of this size needs to
learn anything that holds for other customers."""

ASSUMPTIONS: Final = (
    (
        "What drives both touches and conversions is in the customers table, or is one lasting"
        " intent that several channels feel: there is no other hidden cause."
    ),
    "A customer whose touches are taken away behaves like one who never had them.",
    "Nobody's touches change what others do.",
    (
        "Touches that follow another channel's touch more often than precede it were triggered by"
        " it; half of their credit goes to the triggering channel."
    ),
    (
        "Touches of one channel and age are alike, whatever their campaign and creative: these"
        " share the channel's credit by their touches."
    ),
    (
        "The intervals of chance cover resampled customers and refitted networks. The wide ones add"
        " a prior of bias for what all networks share: the inferred intent, the form of the model,"
        " and shrinkage towards small effects."
    ),
    "Where an experiment disagrees, the experiment is right.",
)


@dataclass(frozen=True, slots=True)
class AttentionOptions:
    """How attention credit is estimated.

    Attributes:
        training: how each network is fitted; its lookback is set to the window.
        members: how many networks are fitted, at least 2.
        rows: approximate number of person-days without a conversion in the fit and the credit.
        mediation: part of the triggered share of a channel's credit that moves to its triggers.
        draws: bootstrap draws behind the intervals; 0 for none.
        seed: random seed.

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
        for name, minimum in (("members", 2), ("rows", 1), ("draws", 0)):
            if getattr(self, name) < minimum:
                raise InputError(f"{name} must be at least {minimum}, got {getattr(self, name)}")


@dataclass(frozen=True, slots=True, eq=False)
class AttentionCredit:
    """Conversions that each channel caused, by the networks.

    Attributes:
        events: touches and conversions.
        population: everyone, as the model reads them.
        person_days: the rows that the networks were fitted to and credit is summed over.
        ensemble: the networks.
        credit: float64 ``[keys]``; may be negative.
        by_member: float64 ``[members, keys]``, the same by each network.
        deviations: float64 ``[draws, keys]``, draws less credit.
        weights: the customers' weights in the draws.
        touches: credit by touch.
        expected: weighted sum of probabilities over the rows, averaged over the networks, before it
            was scaled to the conversions observed.
        losses: out-of-bag log-loss of the networks and of the rate alone, nats per row.
        wide_deviations: float64 ``[draws, keys]``, draws of chance and bias less credit, by the
            prior of bias of ``incremental.experiments``.
        rest: float64 ``[conversions]``, part of each that none of its touches caused.
        triggered: which channels make touches of which.
        identification: whether the data identify the credit of each channel.
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
    wide_deviations: NDArray[np.float64]
    rest: NDArray[np.float64]
    triggered: tuple[TriggeredShare, ...]
    identification: Identification

    def answer(self, by: Level = "channel") -> ModelCredits:
        """Credits with 90 % intervals by channel, campaign or creative, and the baseline."""
        lines, ranking, rest = ranked_by(self.events, self.population, self, self.touches, by)
        categorical = getattr(self.events.touches, by)
        captured = captured_by(self._captured(), categorical, self.population.touch)
        lines = with_reasons(
            [replace(line, captured=captured[line.key]) for line in lines],
            self.identification.reasons,
            self.population.histories.key,
            categorical,
            self.population.touch,
        )
        pairs, sums = self.identification.pairs, self.identification.sums
        limits = limits_of(self.events, self.population, by, pairs, sums=sums)
        lines = with_open_ranges(lines, limits)
        return ModelCredits(
            MODEL,
            True,
            Amount(
                rest.conversions - math.fsum(part.conversions for part in captured.values()),
                rest.value - math.fsum(part.value for part in captured.values()),
            ),
            lines,
            (*self._notes(), *self.identification.notes),
            assumptions_of(self.population),
            prob_ranked_above=ranking,
            advice=self.identification.advice,
            baseline_bounds=self.identification.baseline_bounds,
            triggered=self.triggered if by == "channel" else (),
            pairs=self.identification.sums if by == "channel" else (),
        )

    def touch_credit(self) -> TouchCredit:
        """Credit of touches for conversions as rows of the events; it may be negative.

        Sums over a channel's touches are its credit. The credit of a channel that no conversion
        follows has no conversion to belong to, and is in ``answer`` only. Touches at the moment of
        purchase have what they captured.
        """
        credit = credit_of_events(self.touches, self.population)
        return with_captured(credit, self._captured(), self.population)

    def _captured(self) -> CapturedTouches:
        return captured_touches(self.population.histories, self.rest, float(self.credit.sum()))

    def _notes(self) -> tuple[str, ...]:
        ratio = self.expected / len(self.population.histories.converter)
        members = len(self.ensemble.members)
        return (
            f"{members} networks, each fitted to a bootstrap sample of the customers",
            (
                f"log-loss of held-out customers: {self.losses[0]:.5f} nats per person-day; of the"
                f" conversion rate alone: {self.losses[1]:.5f}"
            ),
            f"sum of fitted probabilities over observed conversions: {ratio:.4f}",
            "credit of single touches: Owen values within channels, sampled",
            *self.population.covariates.notes,
        )


def assumptions_of(population: Population) -> tuple[str, ...]:
    """What must be true for the credit to be what marketing caused."""
    return (*ASSUMPTIONS, *assumptions_without_table(population))


def fit_attention(
    events: EventTable,
    table: CustomerAttributes | None = None,
    options: AttentionOptions | None = None,
    *,
    start: int | None = None,
    end: int | None = None,
) -> AttentionCredit:
    """Fit the attention model to events, and credit channels and touches.

    Args:
        events: touches and conversions of one window, with times.
        table: attributes known of customers before their exposure; it should hold customers
            without a touch as well.
        options: how credit is estimated.
        start: start of the window, epoch milliseconds; see ``population_of``.
        end: its end.

    Raises:
        NeedsTimesError: when events have no times.
        InputError: no touches, too few conversions, or events outside the window.
        ConvergenceError: a fit does not converge.
    """
    check_data(events)
    return fit_population(events, population_of(events, table, start=start, end=end), options)


def check_data(events: EventTable) -> None:
    """Check whether there are enough events to learn from; cheap compared with learning.

    Raises:
        NeedsTimesError: events have no times.
        InputError: there are no touches, or too few converting customers.
    """
    touches, conversions = events.touches, events.conversions
    if (touches.time == NO_TIME).any() or (conversions.time == NO_TIME).any():
        raise NeedsTimesError(
            "the model attention needs the time of every touch and conversion, and some events have"
            " none; use a rule or a Markov model for data without times"
        )
    converting = len(np.unique(conversions.customer))
    if converting < MIN_CONVERTERS:
        raise InputError(
            f"the model attention needs at least {MIN_CONVERTERS} converting customers, got"
            f" {converting}; use a longer window, or the model incremental, which needs fewer"
        )
    if not len(touches):
        raise InputError("the model attention needs touches, and there are none")


def fit_population(
    events: EventTable, population: Population, options: AttentionOptions | None = None
) -> AttentionCredit:
    """Fit the attention model to a population of events that ``check_data`` accepts.

    Raises:
        InputError: too few person-days without a conversion.
        ConvergenceError: a fit does not converge.
    """
    options = options or AttentionOptions()
    histories = population.histories
    rng = np.random.default_rng(options.seed)
    conditions = learn_conditions(histories, rng)
    person_days = sample_rows(histories, options.rows, rng)
    days = person_days_of(histories, conditions, person_days)
    _check_controls(days.journeys)
    ensemble = _fitted(days.journeys, histories, options)
    output = _ensemble_output(ensemble, days.journeys, histories, options.seed)
    share = triggered_share(histories, conditions.triggers, _until(histories))
    moved = mediated(histories, conditions.triggers, _until(histories), options.mediation)
    credit = histories.of_marketing(output.by_member.mean(axis=0) @ moved)
    weights = PoissonWeights(histories.customers, options.draws, options.seed)
    deviations = weights.deviations(_influence(histories, days.journeys, output))
    deviations += _refits(output.by_member, options.draws, rng)
    deviations = histories.of_marketing(deviations @ moved)
    wide = _with_bias(histories, credit, deviations, options.seed)
    return AttentionCredit(
        events=events,
        population=population,
        person_days=days,
        ensemble=ensemble,
        credit=credit,
        by_member=output.by_member @ moved,
        deviations=deviations,
        weights=weights,
        touches=credit_touches(
            histories, days, output.owen, output.probability[days.journeys.converted], credit
        ),
        expected=output.expected,
        losses=_losses(days.journeys, ensemble),
        wide_deviations=wide,
        rest=_rest(days.journeys, output),
        triggered=triggered_shares(histories.keys, share, conditions.triggers),
        identification=identify_credit(
            population, conditions, credit, deviations, wide, options.seed
        ),
    )


def _with_bias(
    histories: Histories, credit: NDArray[np.float64], deviations: NDArray[np.float64], seed: int
) -> NDArray[np.float64]:
    """Draws of chance and bias: the prior of bias, in proportion to the credit."""
    nothing, observed = np.zeros(len(credit)), len(histories.converter)
    rng = np.random.default_rng(seed)
    calibration = calibrate(histories.keys, credit, credit, deviations, nothing, observed, (), rng)
    return histories.of_marketing(calibration.wide_deviations)


def _rest(rows: JourneyColumns, output: _EnsembleOutput) -> NDArray[np.float64]:
    """Part of each conversion that its touches did not cause, ``[conversions]``."""
    ending = np.flatnonzero(rows.converted)
    journey = np.repeat(np.arange(len(ending)), rows.touches[ending])
    caused = np.bincount(journey, output.owen, len(ending))
    return np.asarray(1 - caused / output.probability[ending])


def _check_controls(rows: JourneyColumns) -> None:
    controls = int((~rows.converted).sum())
    if controls < MIN_CONVERTERS:
        raise InputError(
            f"the model attention needs at least {MIN_CONVERTERS} person-days without a"
            f" conversion, got {controls}; add the customers without a conversion"
        )


def _until(histories: Histories) -> NDArray[np.float64]:
    """Days ``[customers]`` until the end of each customer's time at risk."""
    until = np.full(histories.customers, histories.days)
    if not histories.repeats:
        until[histories.converter] = histories.converted
    return until


def _fitted(rows: JourneyColumns, histories: Histories, options: AttentionOptions) -> Ensemble:
    model = replace(options.training.model, lookback=max(histories.days, 1.0))
    training = replace(options.training, model=model)
    vocabulary = Vocabulary(len(histories.keys))
    try:
        return fit_ensemble(rows, vocabulary, training, members=options.members, seed=options.seed)
    except NotConvergedError as error:
        raise ConvergenceError(f"the model attention: {error}") from error


def _losses(rows: JourneyColumns, ensemble: Ensemble) -> tuple[float, float]:
    """Log-loss on held-out customers, and that of the conversion rate alone on the same."""
    judged = np.flatnonzero(~np.isnan(ensemble.out_of_bag))
    converted, weight = rows.converted[judged], rows.weight[judged]
    rate = np.full(len(judged), rows.conversions / rows.weight.sum())
    predicted = ensemble.out_of_bag[judged]
    return log_loss(converted, predicted, weight), log_loss(converted, rate, weight)


@dataclass(frozen=True, slots=True, eq=False)
class _EnsembleOutput:
    """Output of the networks, each scaled so that its probabilities sum to the conversions.

    Attributes:
        by_member: float64 ``[members, keys]``, credit by channel.
        own: float64 ``[customers, keys]``, each customer's part of their mean.
        probability: float64 ``[rows]``, mean conversion probability of each row.
        owen: float64 ``[touches of converting rows]``, mean credit of touches.
        expected: sum of probabilities before they were scaled, averaged over the networks.
    """

    by_member: NDArray[np.float64]
    own: NDArray[np.float64]
    probability: NDArray[np.float64]
    owen: NDArray[np.float64]
    expected: float


def _ensemble_output(
    ensemble: Ensemble, rows: JourneyColumns, histories: Histories, seed: int
) -> _EnsembleOutput:
    converting = np.flatnonzero(rows.converted)
    ends = rows.select(converting)
    members = len(ensemble.members)
    own = np.zeros((histories.customers, len(histories.keys)))
    probability, owen = np.zeros(len(rows)), np.zeros(len(ends.days))
    by_member, expected = [], []
    for number, fitted in enumerate(ensemble.members):
        players = channel_credit(fitted, rows, _solver(seed))
        expected.append(float(rows.weight @ players.chance_all))
        scale = len(histories.converter) / expected[-1]
        customer_credit = scale * _by_customer(histories, rows, players)
        by_member.append(customer_credit.sum(axis=0))
        own += customer_credit / members
        probability += scale / members * players.chance_all
        at_ends = players.of_journeys(converting)
        owen += scale / members * owen_touch_credit(fitted, ends, at_ends, seed=seed + number)
    return _EnsembleOutput(np.array(by_member), own, probability, owen, float(np.mean(expected)))


def _solver(seed: int) -> Solver:
    def sampled(game: Game, players: int) -> NDArray[np.float64]:
        estimate = sample(along(game), players, seed=seed, permutations=PERMUTATIONS, tolerance=0.0)
        return estimate.values

    return Solver(shapley_values, sampled)


def _by_customer(
    histories: Histories, rows: JourneyColumns, players: PlayerCredit
) -> NDArray[np.float64]:
    """Each customer's part of the channels' credit ``[customers, keys]``."""
    keys = len(histories.keys)
    cell = rows.user[players.journey] * keys + players.player
    flat = np.bincount(
        cell, rows.weight[players.journey] * players.credit, histories.customers * keys
    )
    return flat.reshape(-1, keys).astype(np.float64)


def _influence(
    histories: Histories, rows: JourneyColumns, output: _EnsembleOutput
) -> NDArray[np.float64]:
    """How each customer moves the credits ``[customers, keys]`` with the networks fixed.

    Credit is observed * sum of own / sum of expected, a ratio of sums over customers.
    """
    observed = np.bincount(histories.converter, minlength=histories.customers)
    expected = np.bincount(rows.user, rows.weight * output.probability, histories.customers)
    residual = observed - expected
    return np.asarray(output.own + residual[:, None] * (output.own.sum(axis=0) / observed.sum()))


def _refits(
    by_member: NDArray[np.float64], draws: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Draws ``[draws, keys]`` of Student's t with the members' covariance, around 0."""
    degrees = len(by_member) - 1
    centered = by_member - by_member.mean(axis=0)
    normal = rng.standard_normal((draws, len(by_member))) @ centered / math.sqrt(degrees)
    return np.asarray(normal / np.sqrt(rng.chisquare(degrees, draws) / degrees)[:, None])
