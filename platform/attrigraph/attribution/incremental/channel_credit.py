"""Incremental credit: what each channel caused, by interventions on a fitted hazard model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from attrigraph.attribution.credit.bootstrap import PoissonWeights
from attrigraph.attribution.incremental.adstock import pair_touches
from attrigraph.attribution.incremental.conditions import Conditions, learn_conditions
from attrigraph.attribution.incremental.game import Coalitions, Scene, Table, coalitions_of, play
from attrigraph.attribution.incremental.influence import influence_of_parameters
from attrigraph.attribution.incremental.mediation import transfer, triggered_share
from attrigraph.attribution.incremental.person_days import PersonDays, sample_person_days
from attrigraph.attribution.incremental.response import Evidence, Response, fit_response
from attrigraph.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.histories import Histories

CONVERSIONS_PER_PARAMETER = 10
"""Fewest conversions for each main effect and condition (Peduzzi et al. 1996)."""

MAX_CHANNELS = 30
"""All pairs of more channels, each a column of person-days, take several gigabytes of memory."""

CONTROLS = 8
"""Fewest person-days without a conversion for each one with."""

CELLS = 100_000_000
"""Moments times coalitions that are played; larger populations are sampled."""

BLOCK = 2_000_000
"""Moments times coalitions played at once."""

SLOPE_CELLS = 30_000_000
"""Moments times coalitions from which derivatives are summed."""


@dataclass(frozen=True, slots=True)
class IncrementalOptions:
    """How incremental credit is estimated.

    Attributes:
        rows: about how many person-days without a conversion the model is fitted to.
        mediation: part of the triggered share of a channel's credit that moves to its triggers.
        draws: of the bootstrap.
        seed: of all sampling.
    """

    rows: int = 300_000
    mediation: float = 0.5
    draws: int = 200
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class IncrementalCredit:
    """Conversions that each channel caused.

    Attributes:
        keys: the channels.
        credit: float64 ``[keys]``; may be negative.
        baseline: observed conversions less all credit.
        observed: conversions.
        deviations: float64 ``[draws, keys]``, bootstrap draws less credit.
        prior_shift: float64 ``[draws, keys]``, the part of them that comes from the priors instead
            of the customers.
        removal: float64 ``[keys]``, conversions lost when only this channel is switched off, its
            touches taken away and those they trigger left in place.
        triggered: float64 ``[keys, keys]``, share of the second's touches triggered by the first.
        expected: sum of fitted hazards over the moments played, before it was set to observed.
        response: the model.
        coalitions: the coalitions that were played.
        values: float64 ``[coalitions]``, conversions under each of them, its touches taken away
            and those they trigger left in place.
        weights: of the bootstrap.
        multiplier: float64 ``[keys]``, by which lift tests scaled the credits; None without tests.
    """

    keys: tuple[str | None, ...]
    credit: NDArray[np.float64]
    baseline: float
    observed: int
    deviations: NDArray[np.float64]
    prior_shift: NDArray[np.float64]
    removal: NDArray[np.float64]
    triggered: NDArray[np.float64]
    expected: float
    response: Response
    coalitions: Coalitions
    values: NDArray[np.float64]
    weights: PoissonWeights
    multiplier: NDArray[np.float64] | None = None


def incremental(histories: Histories, options: IncrementalOptions) -> IncrementalCredit:
    """Fit the model and credit the channels.

    Raises:
        InputError: when there are too few conversions for the parameters, or too many channels.
        ConvergenceError: a fit does not converge.
    """
    check_histories(histories)
    rng = np.random.default_rng(options.seed)
    conditions = learn_conditions(histories, rng)
    sketch = gather_evidence(histories, conditions, rng, options.rows // 5)
    evidence = gather_evidence(histories, conditions, rng, options.rows)
    response = fit_response(evidence, conditions, sketch)
    coalitions = coalitions_of(len(histories.keys), rng)
    played = _play_population(histories, response, coalitions, rng)
    scale = len(histories.converter) / played.values[-1]
    plain = scale * (played.values @ coalitions.weights)
    parameters = influence_of_parameters(evidence, response, played.by_level, played.by_effect)
    influence = scale * (played.influence + parameters.of_customers(histories.customers))
    end = np.full(histories.customers, histories.days)
    if not histories.repeats:
        end[histories.converter] = histories.converted
    share = triggered_share(histories, conditions.triggers, end)
    moved = transfer(share, options.mediation)
    credit = plain @ moved
    weights = PoissonWeights(histories.customers, options.draws, options.seed)
    prior_shift = scale * parameters.of_priors(rng, options.draws) @ moved
    removal = scale * (played.values[-1] - played.values[coalitions.leave_one_out()])
    return IncrementalCredit(
        keys=histories.keys,
        credit=credit,
        baseline=len(histories.converter) - float(credit.sum()),
        observed=len(histories.converter),
        deviations=weights.deviations(influence) @ moved + prior_shift,
        prior_shift=prior_shift,
        removal=removal,
        triggered=share,
        expected=float(played.values[-1]),
        response=response,
        coalitions=coalitions,
        values=scale * played.values,
        weights=weights,
    )


def check_histories(histories: Histories) -> None:
    """Check that there are enough conversions for the model's parameters, and few enough channels.

    Raises:
        InputError: there are fewer conversions than needed, or more channels than supported.
    """
    if len(histories.keys) > MAX_CHANNELS:
        raise InputError(
            f"the incremental model has a term for every pair of channels, so it takes at most"
            f" {MAX_CHANNELS} channels, got {len(histories.keys)}; merge similar channels, for"
            " example the sites of one network"
        )
    parameters = len(histories.keys) + histories.covariates.shape[1] + 1
    needed = CONVERSIONS_PER_PARAMETER * parameters
    if len(histories.converter) < needed:
        raise InputError(
            f"the incremental model needs at least {needed} conversions"
            f" ({CONVERSIONS_PER_PARAMETER} for each of {len(histories.keys)} channels and"
            f" {parameters - len(histories.keys)} conditions), got {len(histories.converter)};"
            " use a longer window or fewer covariates"
        )


def gather_evidence(
    histories: Histories, conditions: Conditions, rng: np.random.Generator, rows: int
) -> Evidence:
    """Person-days sorted by day: all with a conversion, and about ``rows`` of the others."""
    days = len(np.unique(np.ceil(histories.converted)))
    rows = max(rows, CONTROLS * len(histories.converter))
    rate = min(1.0, rows / (histories.customers * days))
    person_days = sample_person_days(histories, rng, rate=rate).by_day()
    return Evidence(
        person_days,
        pair_touches(histories, person_days),
        conditions.columns(histories, person_days),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _GameTotals:
    """Sums over the moments played, scaled to the whole population.

    Attributes:
        values: float64 ``[coalitions]``.
        influence: float64 ``[customers, keys]``, each customer's own credit.
        by_level: float64 ``[keys, days]``, derivative of the credits in the day levels.
        by_effect: float64 ``[keys, features + 2 * keys]``, in effects and in the logs of half-lives
            and saturations.
    """

    values: NDArray[np.float64]
    influence: NDArray[np.float64]
    by_level: NDArray[np.float64]
    by_effect: NDArray[np.float64]


def _play_population(
    histories: Histories, response: Response, coalitions: Coalitions, rng: np.random.Generator
) -> _GameTotals:
    keys, days = len(histories.keys), len(response.hazard.level)
    most = CELLS // (len(coalitions.running) * days)
    chosen = rng.permutation(histories.customers)[: max(most, 1)]
    scale = histories.customers / len(chosen)
    step = max(1, BLOCK // (len(coalitions.running) * days))
    sloped = max(1, SLOPE_CELLS // BLOCK)
    blocks = [np.sort(chosen[at : at + step]) for at in range(0, len(chosen), step)]
    values = np.zeros(len(coalitions.running))
    influence = np.zeros((histories.customers, keys))
    by_level = np.zeros((keys, days))
    by_effect = np.zeros((keys, len(response.hazard.effect) + 2 * keys))
    for number, among in enumerate(blocks):
        person_days = sample_person_days(histories, rng, among=among)
        stage = _Stage.of(histories, response, person_days)
        table = play(stage.scene, response.effects, coalitions)
        values += scale * table.share.sum(axis=0)
        credit = table.share @ coalitions.weights
        for key in range(keys):
            influence[:, key] += scale * np.bincount(
                person_days.customer, credit[:, key], histories.customers
            )
        if number < sloped:
            level, effect = _slopes(stage, person_days, table, response, coalitions)
            by_level += level
            by_effect += effect
    covered = sum(len(block) for block in blocks[:sloped]) / histories.customers
    return _GameTotals(values, influence, by_level / covered, by_effect / covered)


@dataclass(frozen=True, slots=True, eq=False)
class _Stage:
    """A scene with the columns its logit is made of."""

    scene: Scene
    columns: NDArray[np.float64]
    gradient: NDArray[np.float64]

    @classmethod
    def of(cls, histories: Histories, response: Response, person_days: PersonDays) -> _Stage:
        pairs = pair_touches(histories, person_days)
        columns = response.conditions.columns(histories, person_days)
        # Who may convert again stays at risk, so no moment depends on how earlier ones ended.
        journey = np.arange(len(person_days)) if histories.repeats else person_days.customer
        exposure, gradient = pairs.exposure_and_gradient(response.shape, response.effects.main)
        return cls(
            Scene(journey, response.rest(person_days.day, columns), exposure), columns, gradient
        )


def _slopes(
    stage: _Stage,
    person_days: PersonDays,
    table: Table,
    response: Response,
    coalitions: Coalitions,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Derivatives of the credits in the day levels and in effects and shapes."""
    own, whole = table.slope()
    running, pairs = coalitions.running, response.effects.pairs
    rest = (own + whole) @ coalitions.weights  # [m, keys]
    both = running[:, pairs[:, 0]] & running[:, pairs[:, 1]]
    exposure = stage.scene.exposure
    touched = np.concatenate(
        [exposure, response.effects.products(exposure), stage.gradient], axis=1
    )
    on = np.concatenate([running, both, running, running], axis=1)
    keys = exposure.shape[1]
    level = np.zeros((keys, person_days.days))
    for key in range(keys):
        level[key] = np.bincount(person_days.day, rest[:, key], person_days.days)
    effect = np.empty((keys, on.shape[1]))
    for key in range(keys):
        weights = coalitions.weights[:, key]
        per_row = own @ (on * weights[:, None]) + (whole @ weights)[:, None]
        effect[key] = np.einsum("mf,mf->f", per_row, touched)
    conditions = rest.T @ stage.columns
    features = keys + len(pairs)
    return level, np.concatenate([effect[:, :features], conditions, effect[:, features:]], axis=1)
