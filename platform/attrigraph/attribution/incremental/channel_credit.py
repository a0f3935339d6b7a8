"""Incremental credit: conversions each channel caused, by interventions on a fitted hazard."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.attribution.credit.bootstrap import PoissonWeights
from attrigraph.attribution.incremental.basket import BasketEffects, fit_baskets
from attrigraph.attribution.incremental.conditions import Conditions, learn_conditions
from attrigraph.attribution.incremental.delay import is_delayed, with_delay
from attrigraph.attribution.incremental.features import by_segment
from attrigraph.attribution.incremental.game import Coalitions, Scene, Table, coalitions_of, play
from attrigraph.attribution.incremental.identification.future_touches import future_touches
from attrigraph.attribution.incremental.influence import influence_of_parameters
from attrigraph.attribution.incremental.joint_fit import fit_effects
from attrigraph.attribution.incremental.market_phases import MarketPhases, find_phases_among
from attrigraph.attribution.incremental.mediation import mediated, triggered_share
from attrigraph.attribution.incremental.person_days import PersonDays, sample_person_days
from attrigraph.attribution.incremental.removal import removal_at_conversions
from attrigraph.attribution.incremental.response import (
    Evidence,
    Response,
    fit_shapes,
    likelihood_loss,
)
from attrigraph.errors import InputError
from attrigraph.quantities import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.experiments.calibration import Calibration
    from attrigraph.attribution.incremental.histories import Histories

MIN_CONVERSIONS_PER_PARAMETER = 10
"""Minimum number of conversions per main effect and condition (Peduzzi et al. 1996)."""

MAX_CHANNELS = 30
"""Limit of channels: every pair is a column of the person-days, and more take gigabytes."""

MIN_CONTROLS = 8
"""Minimum number of person-days without a conversion per person-day with one."""

MAX_CELLS = 100_000_000
"""Limit of person-days times coalitions; larger populations are sampled."""

BLOCK_CELLS = 2_000_000
"""Person-days times coalitions evaluated at once."""

MAX_SLOPE_CELLS = 30_000_000
"""Person-days times coalitions over which derivatives are summed."""

BLOCKS_AT_ONCE = 2
"""Blocks evaluated at the same time, each in a thread of its own."""


CARRY_OVERS: Final = (1.0, 0.5, 0.0)
"""Shares of the effect of touches that a conversion may leave."""


@dataclass(frozen=True, slots=True)
class IncrementalOptions:
    """How incremental credit is estimated.

    Attributes:
        rows: approximate number of person-days without a conversion in the fit.
        mediation: fraction of triggered credit that moves to the triggering channels.
        draws: number of bootstrap draws.
        seed: random seed.
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
        baseline: observed conversions minus the sum of credit.
        observed: number of conversions.
        deviations: float64 ``[draws, keys]``, bootstrap draws minus credit.
        prior_shift: float64 ``[draws, keys]``, the part of the deviations due to the priors
            instead of the customers.
        removal: float64 ``[keys]``, conversions lost when only this channel is switched off; the
            touches that it triggered are kept.
        triggered: float64 ``[keys, keys]``, share of the second channel's touches triggered by the
            first.
        expected: sum of fitted hazards over the person-days, before scaling to ``observed``.
        response: the fitted response.
        coalitions: the coalitions of channels that were evaluated.
        values: float64 ``[coalitions]``, conversions when only these channels run; touches that
            other channels triggered are kept.
        weights: the bootstrap weights of customers.
        baskets: effects on the value of conversions.
        calibration: what experiments and the prior of bias add; None before they do.
        before_phases: float64 ``[keys]``, conversions lost without a channel, by the model without
            phases in the market; None where it has none.
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
    baskets: BasketEffects
    calibration: Calibration | None = None
    before_phases: NDArray[np.float64] | None = None

    @property
    def moved(self) -> NDArray[np.float64]:
        """Credit of triggered touches that each channel got ``[keys]``, less what it lost."""
        kept = self.values @ self.coalitions.weights
        multiplier = 1.0 if self.calibration is None else self.calibration.multiplier
        return np.where(self.credit == 0, 0.0, self.credit - multiplier * kept)

    @property
    def wide_deviations(self) -> NDArray[np.float64] | None:
        """Draws of chance and bias minus credit, float64 ``[draws, keys]``."""
        return None if self.calibration is None else self.calibration.wide_deviations


def incremental(histories: Histories, options: IncrementalOptions) -> IncrementalCredit:
    """Fit the model and credit the channels.

    Raises:
        InputError: there are too few conversions for the parameters, or too many channels.
        ConvergenceError: a fit does not converge.
    """
    check_histories(histories)
    # streams of their own: what one stage draws does not change what the others do
    learning, choosing, sketching, gathering, permuting, playing, drawing, testing = (
        np.random.default_rng(options.seed).spawn(8)
    )
    conditions = learn_conditions(histories, learning)
    conditions = _with_carry_over(histories, conditions, choosing, options)
    fitting = sketching, gathering
    evidence, response = _fit(histories, conditions, fitting, options)
    phases, before_phases = _phases_of(histories, response, testing, options), None
    if phases is not None:
        del evidence
        before_phases = removal_at_conversions(histories, response)
        conditions = replace(conditions, phases=phases)
        evidence, response = _fit(histories, conditions, fitting, options)
    conditions = response.conditions
    coalitions = coalitions_of(len(histories.keys), permuting, histories.marketing)
    totals = _play_population(histories, response, coalitions, playing)
    scale = len(histories.converter) / totals.values[-1]
    untransferred = scale * (totals.values @ coalitions.weights)
    gradient = conditions.loading_gradient(histories, evidence.person_days)
    parameters = influence_of_parameters(
        evidence, response, totals.by_level, totals.by_effect, gradient
    )
    influence = scale * (totals.influence + parameters.of_customers(histories.customers))
    until = histories.until_first_conversion
    transferred = mediated(histories, conditions.triggers, until, options.mediation)
    credit = histories.of_marketing(untransferred @ transferred)
    weights = PoissonWeights(histories.customers, options.draws, options.seed)
    prior_shift = scale * parameters.of_priors(drawing, options.draws) @ transferred
    removal = scale * (totals.values[-1] - totals.values[coalitions.leave_one_out])
    return IncrementalCredit(
        keys=histories.keys,
        credit=credit,
        baseline=len(histories.converter) - float(credit.sum()),
        observed=len(histories.converter),
        deviations=histories.of_marketing(
            weights.deviations(influence) @ transferred + prior_shift
        ),
        prior_shift=prior_shift,
        removal=removal,
        triggered=triggered_share(histories, conditions.triggers, until),
        expected=float(totals.values[-1]),
        response=response,
        coalitions=coalitions,
        values=scale * totals.values,
        weights=weights,
        baskets=fit_baskets(histories, response),
        before_phases=before_phases,
    )


def _with_carry_over(
    histories: Histories,
    conditions: Conditions,
    rng: np.random.Generator,
    options: IncrementalOptions,
) -> Conditions:
    """Estimate how much of the effect of touches a conversion leaves, by the likelihood."""
    if not histories.repeats:
        return conditions
    seed = int(rng.integers(2**32))
    choices = [replace(conditions, carry_over=share) for share in CARRY_OVERS]
    losses = [
        likelihood_loss(
            gather_evidence(histories, choice, np.random.default_rng(seed), options.rows // 5)
        )
        for choice in choices
    ]
    return choices[int(np.argmin(losses))]


def _fit(
    histories: Histories,
    conditions: Conditions,
    rngs: tuple[np.random.Generator, np.random.Generator],
    options: IncrementalOptions,
) -> tuple[Evidence, Response]:
    """Fit shapes to a sketch and decide whether effects are delayed, then fit effects.

    Returns what the effects were fitted to as well.
    """
    sketching, gathering = rngs
    sketch = gather_evidence(histories, conditions, sketching, options.rows // 5)
    shapes = fit_shapes(sketch)
    if is_delayed(sketch, shapes):
        conditions = replace(conditions, delayed=True)
        shapes = fit_shapes(with_delay(sketch))
    del sketch  # as large as the evidence in large data
    evidence = gather_evidence(histories, conditions, gathering, options.rows)
    return evidence, fit_effects(evidence, conditions, shapes)


def _phases_of(
    histories: Histories,
    response: Response,
    rng: np.random.Generator,
    options: IncrementalOptions,
) -> MarketPhases | None:
    """Phases in the market of the channels whose future touches predict conversions, if any.

    Also of those that stop after purchases and come in phases before them, and of all others that
    come in the same phases.
    """
    conditions = response.conditions
    sketch = gather_evidence(histories, conditions, rng, options.rows // 5)
    future = future_touches(histories, sketch, response)
    del sketch
    flagged = future.flagged()
    return find_phases_among(
        histories,
        flagged,
        future.stopped | flagged.any(),
        conditions.expected,
        conditions.calendar,
        rng,
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
    n_covariates = histories.covariates.shape[1]
    needed = MIN_CONVERSIONS_PER_PARAMETER * (len(histories.keys) + n_covariates + 1)
    if len(histories.converter) < needed:
        facts = f" {counted(n_covariates, 'fact')} of customers" if n_covariates else ""
        raise InputError(
            f"the incremental model needs at least {needed} conversions"
            f" ({MIN_CONVERSIONS_PER_PARAMETER} for each of"
            f" {counted(len(histories.keys), 'channel')},{facts} and the baseline), got"
            f" {len(histories.converter)}; use a longer window"
            f"{' or fewer facts' if n_covariates else ''}"
        )


def gather_evidence(
    histories: Histories, conditions: Conditions, rng: np.random.Generator, rows: int
) -> Evidence:
    """Person-days sorted by day: all with a conversion, and about ``rows`` others."""
    days = len(np.unique(np.ceil(histories.converted)))
    rows = max(rows, MIN_CONTROLS * len(histories.converter))
    rate = min(1.0, rows / (len(histories.customers_at_risk) * days))
    person_days = sample_person_days(histories, rng, rate=rate).by_day()
    return Evidence(
        person_days,
        conditions.pairs(histories, person_days),
        conditions.columns(histories, person_days),
        conditions.penalty(histories),
        histories.segments_of(person_days.customer),
        conditions.main_penalty(),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _GameTotals:
    """Sums over the evaluated person-days, scaled to the population.

    Attributes:
        values: float64 ``[coalitions]``.
        influence: float64 ``[customers, keys]``, each customer's own credit.
        by_level: float64 ``[keys, days]``, derivative of the credits with respect to the day
            levels.
        by_effect: float64 ``[keys, features + 2 * keys + loadings]``, with respect to effects, to
            the logs of half-lives and saturations, and to the loadings of latent intent.
    """

    values: NDArray[np.float64]
    influence: NDArray[np.float64]
    by_level: NDArray[np.float64]
    by_effect: NDArray[np.float64]

    def add(self, other: _GameTotals) -> None:
        """Add the sums over other person-days in place."""
        for field in fields(self):
            getattr(self, field.name)[:] += getattr(other, field.name)

    def scaled(self, evaluated: float, sloped: float) -> _GameTotals:
        """All times the inverse of the share of customers that they cover."""
        return _GameTotals(
            evaluated * self.values,
            evaluated * self.influence,
            sloped * self.by_level,
            sloped * self.by_effect,
        )


def _play_population(
    histories: Histories, response: Response, coalitions: Coalitions, rng: np.random.Generator
) -> _GameTotals:
    days = len(response.hazard.level)
    max_customers = MAX_CELLS // (len(coalitions.running) * days)
    everyone = histories.customers_at_risk
    chosen = rng.permutation(everyone)[: max(max_customers, 1)]
    step = max(1, BLOCK_CELLS // (len(coalitions.running) * days))
    blocks = [np.sort(chosen[begin : begin + step]) for begin in range(0, len(chosen), step)]
    sloped = np.arange(len(blocks)) < max(1, MAX_SLOPE_CELLS // BLOCK_CELLS)
    parts = _played(histories, response, coalitions, blocks, sloped, rng)
    totals = next(parts)
    for part in parts:
        totals.add(part)
    scale = len(everyone) / len(chosen)
    n_sloped = sum(len(block) for block in blocks[: sloped.sum()])
    return totals.scaled(scale, len(everyone) / n_sloped)


def _played(
    histories: Histories,
    response: Response,
    coalitions: Coalitions,
    blocks: list[NDArray[np.int64]],
    sloped: NDArray[np.bool_],
    rng: np.random.Generator,
) -> Iterator[_GameTotals]:
    """The totals of each block of customers, several computed at once."""
    play_block = partial(_play_block, histories, response, coalitions)
    with ThreadPoolExecutor(BLOCKS_AT_ONCE, thread_name_prefix="play") as pool:
        for begin in range(0, len(blocks), BLOCKS_AT_ONCE):
            among = blocks[begin : begin + BLOCKS_AT_ONCE]
            person_days = [sample_person_days(histories, rng, among=block) for block in among]
            yield from pool.map(play_block, person_days, sloped[begin : begin + BLOCKS_AT_ONCE])


def _play_block(
    histories: Histories,
    response: Response,
    coalitions: Coalitions,
    person_days: PersonDays,
    is_sloped: bool,
) -> _GameTotals:
    """Sums over some person-days; the derivatives are 0 unless ``is_sloped``."""
    keys, days = len(histories.keys), person_days.days
    stage = Stage.of(histories, response, person_days)
    table = play(stage.scene, response.effects, coalitions)
    credit = table.share @ coalitions.weights
    influence = [np.bincount(person_days.customer, own, histories.customers) for own in credit.T]
    if is_sloped:
        gradient = response.intent_effect * response.conditions.loading_gradient(
            histories, person_days
        )
        level, effect = _slopes(stage, person_days, table, response, coalitions, gradient)
    else:
        loadings = 0 if response.conditions.intent is None else keys
        level = np.zeros((keys, days))
        effect = np.zeros((keys, len(response.hazard.effect) + 2 * keys + loadings))
    return _GameTotals(table.share.sum(axis=0), np.stack(influence, axis=1), level, effect)


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """A scene and the columns of its logit.

    Attributes:
        scene: the scene.
        columns: float64 ``[m, conditions]``.
        gradient: float64 ``[m, 2 * keys]``, derivatives of the part of the scene's exposures in
            the logs of half-lives and saturations.
        segments: float64 ``[m, segments]``.
        earlier: exposure by touches before the window, and its gradient; None without any.
    """

    scene: Scene
    columns: NDArray[np.float64]
    gradient: NDArray[np.float64]
    segments: NDArray[np.float64]
    earlier: tuple[NDArray[np.float64], NDArray[np.float64]] | None

    @classmethod
    def of(cls, histories: Histories, response: Response, person_days: PersonDays) -> Stage:
        """The person-days of histories, as the response has them."""
        conditions = response.conditions
        pairs = conditions.pairs(histories, person_days)
        columns = conditions.columns(histories, person_days)
        segments = histories.segments_of(person_days.customer)
        main = response.effects.main_of(segments)
        exposure, gradient = pairs.exposure_and_gradient(response.shape, main)
        rest, earlier = response.rest(person_days.day, columns), None
        if histories.warm_up:
            early = pairs.take(~histories.is_in_window[pairs.touch])
            earlier = early.exposure_and_gradient(response.shape, main)
            exposure, gradient = exposure - earlier[0], gradient - earlier[1]
            constant, main = response.effects.on_top_of(earlier[0], main)
            rest += constant
        scene = Scene(
            person_days.customer,
            rest,
            exposure,
            main,
            dependence=1 - histories.repeat_ratio,
        )
        return cls(scene, columns, gradient, segments, earlier)


def _slopes(
    stage: Stage,
    person_days: PersonDays,
    table: Table,
    response: Response,
    coalitions: Coalitions,
    loading_gradient: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Derivatives of the credits with respect to day levels, effects, shapes and loadings.

    ``loading_gradient`` is the derivative ``[m, loadings]`` of the logit in the loadings of intent.
    """
    own, total = table.slope()
    running, pairs = coalitions.running, response.effects.pairs
    rest = (own + total) @ coalitions.weights  # [m, keys]
    both = running[:, pairs[:, 0]] & running[:, pairs[:, 1]]
    exposure = stage.scene.exposure
    keys, segments = exposure.shape[1], stage.segments.shape[1]
    touched = np.concatenate(
        [
            exposure,
            response.effects.products(exposure),
            by_segment(exposure, stage.segments),
            stage.gradient,
        ],
        axis=1,
    )
    active = np.concatenate([running, both, *[running] * (segments + 2)], axis=1)
    level = np.zeros((keys, person_days.days))
    for key in range(keys):
        level[key] = np.bincount(person_days.day, rest[:, key], person_days.days)
    effect = np.empty((keys, active.shape[1]))
    for key in range(keys):
        weights = coalitions.weights[:, key]
        per_row = own @ (active * weights[:, None]) + (total @ weights)[:, None]
        effect[key] = np.einsum("mf,mf->f", per_row, touched)
    if stage.earlier is not None:
        effect += _slopes_of_earlier(stage, (own, total), response, coalitions)
    conditions = rest.T @ stage.columns
    features = keys + len(pairs) + segments * keys
    return level, np.concatenate(
        [effect[:, :features], conditions, effect[:, features:], rest.T @ loading_gradient],
        axis=1,
    )


def _slopes_of_earlier(
    stage: Stage,
    slope: tuple[NDArray[np.float64], NDArray[np.float64]],
    response: Response,
    coalitions: Coalitions,
) -> NDArray[np.float64]:
    """What exposures by touches before the window add to the derivatives of the credits.

    They are there under every coalition, alone and times what a channel that runs adds to its
    exposure.

    Args:
        stage: with such touches.
        slope: derivatives in the logits, see ``Table.slope``.
        response: the fitted response.
        coalitions: the coalitions.

    Returns:
        Float64 ``[keys, features]``, with respect to the effects of exposures, pairs and exposures
        by segment, and to the shapes.
    """
    assert stage.earlier is not None
    base, gradient = stage.earlier
    own, total = slope
    first, second = response.effects.pairs.T
    added = stage.scene.exposure
    always = np.concatenate(
        [base, response.effects.products(base), by_segment(base, stage.segments), gradient], axis=1
    )
    effect = ((own + total) @ coalitions.weights).T @ always
    products = slice(base.shape[1], base.shape[1] + len(first))
    for key, weights in enumerate(coalitions.weights.T):
        if_running = own @ (coalitions.running * weights[:, None]) + (total @ weights)[:, None]
        moved = if_running * added
        crossed = moved.T @ base  # [keys, keys]
        effect[key, products] += crossed[first, second] + crossed[second, first]
    return np.asarray(effect)
