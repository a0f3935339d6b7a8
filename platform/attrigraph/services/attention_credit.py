"""The model ``attention``: incremental credit from an attention network over journeys in real time.

The network is fitted to the same person-days as the hazard of the model ``incremental``: everyone
at risk, at the times at which others converted (``attribution.moments``), so that whoever converts
early is not compared with those who had longer to be touched. A row is a customer at a moment, with
the touches since the last conversion and what was known or can be inferred of the customer.

    v(S) = scale * sum over rows of weight * h(row had only the channels in S run)

Credit is the Shapley value of v, exact within each row to 12 channels; half of the triggered share
of a channel's credit moves to the channels that triggered it. ``scale`` sets v of all channels to
what was observed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.attribution.bootstrap import PoissonWeights, interval
from attrigraph.attribution.coalitions import along, sample, shapley_values
from attrigraph.attribution.conditions import learn_conditions
from attrigraph.attribution.exposure import reach
from attrigraph.attribution.mediation import transfer, triggered_share
from attrigraph.attribution.moments import Moments, person_days
from attrigraph.attribution.population import population_of
from attrigraph.domain import Amount, Credit, ModelCredits
from attrigraph.errors import ConvergenceError, InputError, MissingExtraError

try:
    from gnn.calibration import log_loss
    from gnn.errors import NotConvergedError
    from gnn.journeys import JourneyColumns, Vocabulary, journey_columns
    from gnn.scoring import Game, PlayerCredit, Solver, channel_credit
    from gnn.splits import by_user
    from gnn.training import Fitted, TrainingSettings, fit
except ImportError as error:
    raise MissingExtraError(
        "the model attention needs PyTorch and PyTorch Geometric: pip install 'attrigraph[gnn]'"
    ) from error

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.conditions import Conditions
    from attrigraph.attribution.histories import Histories
    from attrigraph.attribution.population import Population
    from attrigraph.domain import CustomerFacts, Facts

MODEL: Final = "attention"

PERMUTATIONS: Final = 64
"""Antithetic permutations of a row with more than 12 channels."""

FEWEST_CONVERSIONS: Final = 400
"""Below this a network of this size learns nothing that would hold for others."""

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
        "The intervals redraw customers and hold the fitted network fixed: they leave out what"
        " another fit would say, and are too narrow."
    ),
)


@dataclass(frozen=True, slots=True)
class AttentionOptions:
    """How attention credit is estimated.

    Attributes:
        training: how the network is fitted; its lookback is set to the window.
        rows: about how many person-days without a conversion it is fitted to.
        mediation: part of the triggered share of a channel's credit that moves to its triggers.
        draws: of the bootstrap.
        seed: of all sampling.
    """

    training: TrainingSettings = field(default_factory=TrainingSettings)
    rows: int = 100_000
    mediation: float = 0.5
    draws: int = 200
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class AttentionCredit:
    """Conversions that each channel caused, by the attention model.

    Attributes:
        population: everyone, as the model reads them.
        rows: the person-days it was fitted to and asked about.
        fitted: the network.
        credit: float64 ``[keys]``; may be negative.
        deviations: float64 ``[draws, keys]``, bootstrap draws less credit.
        expected: weighted sum of chances over the rows, before it was set to observed.
        losses: held-out log-loss of the network and of the rate alone, nats a row.
    """

    population: Population
    rows: JourneyColumns
    fitted: Fitted
    credit: NDArray[np.float64]
    deviations: NDArray[np.float64]
    expected: float
    losses: tuple[float, float]

    def answer(self) -> ModelCredits:
        """Credits by channel with 90 % intervals, and the organic line."""
        histories = self.population.histories
        observed, worth = len(histories.converter), float(histories.value.sum())
        low, high = interval(self.credit, self.deviations)
        numbers = zip(histories.keys, *(x.tolist() for x in (self.credit, low, high)), strict=True)
        # Without a game of values, a credited conversion is worth what conversions are on average.
        mean = worth / observed
        lines = [Credit(name, c, c * mean, low=a, high=b) for name, c, a, b in numbers]
        lines.sort(key=lambda line: -line.conversions)
        organic = Amount(
            observed - math.fsum(line.conversions for line in lines),
            worth - math.fsum(line.value for line in lines),
        )
        return ModelCredits(MODEL, True, organic, tuple(lines), self._notes(), ASSUMPTIONS)

    def _notes(self) -> tuple[str, ...]:
        observed = len(self.population.histories.converter)
        return (
            f"held-out log-loss {self.losses[0]:.5f}, of the rate alone {self.losses[1]:.5f}",
            f"sum of fitted chances over observed conversions: {self.expected / observed:.4f}",
            "a credited conversion is valued at the mean of all conversions",
            *self.population.covariates.notes,
        )


def attention_credit(
    facts: Facts,
    table: CustomerFacts | None = None,
    options: AttentionOptions | None = None,
    *,
    start: int | None = None,
    end: int | None = None,
) -> AttentionCredit:
    """Fit the attention model to facts and credit channels.

    Args:
        facts: touches and conversions of one window, with times.
        table: facts known of customers before; it should hold those without a touch as well.
        options: how credit is estimated.
        start: when the window began, epoch milliseconds; see ``population_of``.
        end: when it ended.

    Raises:
        NeedsTimesError: when events have no times.
        InputError: no touches, too few conversions, or events outside the window.
        ConvergenceError: when the fit does not settle.
    """
    options = options or AttentionOptions()
    population = population_of(facts, table, start=start, end=end)
    histories = population.histories
    _refuse_too_few(len(histories.converter))
    rng = np.random.default_rng(options.seed)
    conditions = learn_conditions(histories, rng)
    moments = _moments(histories, options.rows, rng)
    rows = rows_of(histories, conditions, moments)
    fitted, losses = _fitted(rows, histories, options)
    played = channel_credit(fitted, rows, _solver(options.seed))
    expected = float(rows.weight @ played.whole)
    own = _by_customer(histories, rows, played) * (len(histories.converter) / expected)
    until = np.full(histories.customers, histories.days)
    if not histories.repeats:
        until[histories.converter] = histories.converted
    share = triggered_share(histories, conditions.triggers, until)
    moved = transfer(share, options.mediation)
    weights = PoissonWeights(histories.customers, options.draws, options.seed)
    influence = _influence(histories, rows, played, own)
    return AttentionCredit(
        population,
        rows,
        fitted,
        own.sum(axis=0) @ moved,
        weights.deviations(influence) @ moved,
        expected,
        losses,
    )


def rows_of(histories: Histories, conditions: Conditions, moments: Moments) -> JourneyColumns:
    """Person-days as journeys that end at their moment; covariates hold the level of each day."""
    reached = reach(histories, moments)
    count = np.bincount(reached.row, minlength=len(moments))
    known = conditions.columns(histories, moments)
    return journey_columns(
        np.concatenate([[0], np.cumsum(count)]),
        reached.age,
        reached.key,
        moments.event,
        covariates=np.column_stack([known, _day_level(moments)[moments.day]]),
        user=moments.customer,
        weight=moments.weight,
    )


def _day_level(moments: Moments) -> NDArray[np.float64]:
    """Logit of the conversion rate of each day."""
    events = np.bincount(moments.day, moments.event, moments.days)
    people = np.bincount(moments.day, moments.weight, moments.days)
    return np.asarray(np.log(events / np.maximum(people - events, 1.0)))


def _moments(histories: Histories, rows: int, rng: np.random.Generator) -> Moments:
    days = len(np.unique(np.ceil(histories.converted)))
    return person_days(histories, rng, rate=min(1.0, rows / (histories.customers * days)))


def _refuse_too_few(found: int) -> None:
    if found < FEWEST_CONVERSIONS:
        raise InputError(
            f"the model attention needs at least {FEWEST_CONVERSIONS} conversions, and there are"
            f" {found}: take a longer window, or the model incremental, which needs fewer"
        )


def _fitted(
    rows: JourneyColumns, histories: Histories, options: AttentionOptions
) -> tuple[Fitted, tuple[float, float]]:
    split = by_user(rows.user, validation=0.2, test=0.0, seed=options.seed)
    train, held = rows.select(split.train), rows.select(split.validation)
    model = replace(options.training.model, lookback=max(histories.days, 1.0))
    training = replace(options.training, model=model, seed=options.seed)
    try:
        fitted = fit(train, held, Vocabulary(len(histories.keys)), training)
    except NotConvergedError as error:
        raise ConvergenceError(f"the model attention: {error}") from error
    loss = log_loss(held.converted, fitted.probabilities(held), held.weight)
    rate = np.full(len(held), train.conversions / train.weight.sum())
    return fitted, (loss, log_loss(held.converted, rate, held.weight))


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


def _influence(
    histories: Histories, rows: JourneyColumns, played: PlayerCredit, own: NDArray[np.float64]
) -> NDArray[np.float64]:
    """How each customer moves the credits ``[customers, keys]`` while the network stands.

    Credit is observed * sum of own / sum of expected, a ratio of sums over customers.
    """
    observed = np.bincount(histories.converter, minlength=histories.customers)
    expected = np.bincount(rows.user, rows.weight * played.whole, histories.customers)
    off = observed - expected * (observed.sum() / expected.sum())
    return np.asarray(own + off[:, None] * (own.sum(axis=0) / observed.sum()))
