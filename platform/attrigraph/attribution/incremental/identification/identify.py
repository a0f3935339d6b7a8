"""Whether the credit of each channel is identified: all tests, their notes and advice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.attribution.incremental.experiments.plan import Design
from attrigraph.attribution.incremental.identification.bounds import parameter_at_bound
from attrigraph.attribution.incremental.identification.collinear import collinear, run_together
from attrigraph.attribution.incremental.identification.few_conversions import few_conversions
from attrigraph.attribution.incremental.identification.future_touches import future_touches
from attrigraph.attribution.incremental.identification.joined_buyers import joined_buyers
from attrigraph.attribution.incremental.identification.outcome_covariate import outcome_covariates
from attrigraph.attribution.incremental.identification.overlap import overlap_of
from attrigraph.attribution.incremental.identification.pair_sums import pair_sums
from attrigraph.attribution.incremental.identification.purchase_moment import at_purchase_moment
from attrigraph.attribution.incremental.identification.short_lived_ids import short_lived_ids
from attrigraph.attribution.incremental.identification.totals import impossible_total
from attrigraph.attribution.incremental.identification.unknown_population import (
    unknown_population,
)
from attrigraph.attribution.incremental.identification.untouched_conversions import (
    untouched_conversions,
)
from attrigraph.domain import BaselineBounds
from attrigraph.domain.columns import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.channel_credit import IncrementalCredit
    from attrigraph.attribution.incremental.experiments.calibration import Calibration
    from attrigraph.attribution.incremental.experiments.plan import PlannedTest
    from attrigraph.attribution.incremental.histories import Histories
    from attrigraph.attribution.incremental.population import Population
    from attrigraph.attribution.incremental.response import Evidence, Response
    from attrigraph.domain import PairCredit

ROWS: Final = 100_000
"""Approximate number of person-days without a conversion in the evidence of the tests."""

ADVISED_SHARE: Final = 0.5
"""Share of the credit that is not identified above which there is advice."""

MIN_MEASURED: Final = 0.5
"""Weight of a channel's own experiments against the model from which they identify its credit."""


@dataclass(frozen=True, slots=True)
class Identification:
    """What the tests found.

    Attributes:
        reasons: for each key the codes of ``domain.reasons`` why its credit is not identified;
            empty if it is.
        notes: what a reader must know besides, such as the name of a column.
        advice: what to do instead, if most of the credit is not identified.
        baseline_bounds: bounds of the baseline where the number of people is not known; else None.
        pairs: pairs of keys whose credits cannot be told apart.
        sums: what such a pair caused together, where that is identified.
    """

    reasons: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]
    advice: str | None
    baseline_bounds: BaselineBounds | None = None
    pairs: tuple[tuple[int, int], ...] = ()
    sums: tuple[PairCredit, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Claim:
    """What a causal model says that channels caused, and the hazard that the tests extend.

    Attributes:
        credit: float64 ``[keys]``, conversions.
        deviations: float64 ``[draws, keys]``, draws of the credits minus the credits.
        observed: number of conversions.
        response: a hazard fitted to the population.
        seed: random seed of the tests.
        calibration: what experiments add; None without any.
        of_hazard: whether the credits are those of the response; else neither its half-lives and
            saturations nor the correlations of the draws concern them.
        wide: float64 ``[draws, keys]``, draws of chance and bias minus the credits; None if the
            size of the bias is not known.
    """

    credit: NDArray[np.float64]
    deviations: NDArray[np.float64]
    observed: int
    response: Response
    seed: int
    calibration: Calibration | None = None
    of_hazard: bool = True
    wide: NDArray[np.float64] | None = None

    @property
    def draws(self) -> NDArray[np.float64]:
        """Draws minus the credits, ``[draws, keys]``: of bias too, where its size is known."""
        return self.deviations if self.wide is None else self.wide


def claim_of(credit: IncrementalCredit) -> Claim:
    """The claim of the incremental model."""
    return Claim(
        credit.credit,
        credit.deviations,
        credit.observed,
        credit.response,
        credit.weights.seed,
        credit.calibration,
        wide=credit.wide_deviations,
    )


def identify(
    population: Population,
    evidence: Evidence,
    claim: Claim,
    planned: Callable[[], Sequence[PlannedTest]] = tuple,
) -> Identification:
    """Run all tests.

    Args:
        population: the population that the model was fitted to.
        evidence: person-days of the population, about ``ROWS`` of them.
        claim: credit by channel.
        planned: gives experiments in the order in which to run them; none if that is not known.
    """
    histories, response = population.histories, claim.response
    keys = len(histories.keys)
    rng = np.random.default_rng(claim.seed)
    together = run_together(histories)
    if claim.of_hazard:
        together |= collinear(claim.deviations, claim.observed)
    mutual = _mutual(response.conditions.triggers.mutual, keys)
    columns = _columns_recorded_later(population)
    is_unknown = unknown_population(histories)
    marketing = np.ones(keys, dtype=bool) if histories.marketing is None else histories.marketing
    everyone = np.ones(keys, dtype=bool)
    future, follows = future_touches(histories, evidence, response), _following_phases(response)
    found: dict[str, NDArray[np.bool_]] = {
        "not-marketing": ~marketing,
        "unknown-population": everyone & is_unknown,
        "short-lived-ids": everyone & short_lived_ids(histories, rng),
        "joined-buyers": everyone & joined_buyers(histories, population.several_ids),
        "outcome-covariate": everyone & bool(columns),
        "impossible-total": everyone
        & impossible_total(claim.credit, claim.deviations, claim.observed),
        "few-conversions": everyone
        & few_conversions(claim.credit[marketing], claim.deviations[:, marketing], claim.observed),
        "moment-of-purchase": at_purchase_moment(
            histories, evidence.person_days, claim.credit, claim.observed
        ),
        "future-touches": future.flagged() | (follows & ~future.stopped),
        "stops-after-purchase": follows & future.stopped,
        "no-overlap": overlap_of(histories, evidence, response, rng).flagged(),
        "parameter-at-bound": claim.of_hazard
        & parameter_at_bound(response.shape, claim.credit, claim.observed, histories.days),
        "collinear": np.asarray(together.any(axis=1)),
        "mutual-triggers": np.asarray(mutual.any(axis=1)),
    }
    disagree, measured = _by_experiments(claim)
    found["experiments-disagree"] = disagree
    reasons = tuple(
        _reasons(found, key, marketing=marketing[key], measured=measured[key])
        for key in range(keys)
    )
    names = [UNKNOWN if key is None else key for key in histories.keys]
    pairs = _pairs(together | mutual)
    sums = pair_sums(histories.keys, pairs, reasons, claim.credit, claim.draws)
    return Identification(
        reasons,
        (
            *(one.sentence() for one in sums),
            *_column_notes(columns),
        ),
        _advice(names, reasons, claim.credit, lambda: _affordable(planned(), histories)),
        _bounds(histories) if is_unknown else None,
        pairs,
        sums,
    )


def _pairs(found: NDArray[np.bool_]) -> tuple[tuple[int, int], ...]:
    """The pairs of keys in a symmetric matrix ``[keys, keys]``."""
    return tuple((int(first), int(second)) for first, second in np.argwhere(np.triu(found, 1)))


def _bounds(histories: Histories) -> BaselineBounds:
    return BaselineBounds(untouched_conversions(histories), len(histories.converter))


def _following_phases(response: Response) -> NDArray[np.bool_]:
    """Channels ``[keys]`` that follow phases in the market.

    Their future touches predicted conversions before phases were known, or they stop after
    purchases.
    """
    following = np.zeros(len(response.effects.main), dtype=bool)
    if response.conditions.phases is not None:
        following[response.conditions.phases.channels] = True
    return following


def _mutual(pairs: tuple[tuple[int, int], ...], keys: int) -> NDArray[np.bool_]:
    """Pairs of channels ``[keys, keys]`` that seem to trigger each other."""
    found = np.zeros((keys, keys), dtype=bool)
    for first, second in pairs:
        found[first, second] = found[second, first] = True
    return found


def _by_experiments(claim: Claim) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Channels ``[keys]`` whose experiments contradict, and that experiments have measured."""
    if claim.calibration is None:
        none = np.zeros(len(claim.credit), dtype=bool)
        return none, none
    return claim.calibration.disagree, claim.calibration.measured > MIN_MEASURED


def _reasons(
    found: dict[str, NDArray[np.bool_]], key: int, *, marketing: bool, measured: bool
) -> tuple[str, ...]:
    """Codes of one channel, without those that say nothing of it.

    What is no marketing needs no further reason. An experiment measures the effect whatever hides
    it in the observed data.
    """
    if not marketing:
        return ("not-marketing",)
    if measured:
        return ("experiments-disagree",) if found["experiments-disagree"][key] else ()
    return tuple(code for code, flags in found.items() if flags[key])


def _columns_recorded_later(population: Population) -> tuple[str, ...]:
    """Customer attributes that seem to be recorded after exposure."""
    found = outcome_covariates(population.histories)
    attributes = zip(population.covariates.attributes, found, strict=True)
    return tuple(dict.fromkeys(name for name, is_later in attributes if is_later))


def _column_notes(columns: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(
        f"the customer attribute {name!r} seems to be recorded after touches or conversions: leave"
        " it out, or take its value from before the window"
        for name in columns
    )


def _affordable(planned: Sequence[PlannedTest], histories: Histories) -> tuple[PlannedTest, ...]:
    """The planned experiments for which there are customers enough."""
    customers = len(histories.customers_at_risk)
    return tuple(
        test
        for test in planned
        if test.customers_needed is not None and test.customers_needed <= customers
    )


def _advice(
    names: list[str],
    reasons: tuple[tuple[str, ...], ...],
    credit: NDArray[np.float64],
    planned: Callable[[], Sequence[PlannedTest]],
) -> str | None:
    """What to do instead, if most of the credit is not identified."""
    size = np.abs(credit)
    is_open = np.array([bool(codes) for codes in reasons])
    if not size[is_open].sum() > ADVISED_SHARE * size.sum():
        return None
    codes = {code for channel in reasons for code in channel}
    steps = [
        step
        for code, step in {
            "unknown-population": "load a customers table with people who were never touched or"
            " give their number with --population",
            "short-lived-ids": "use ids that last, such as logins",
            "joined-buyers": "join the ids of people who do not buy as well, or of nobody",
            "outcome-covariate": "leave columns recorded after the touches out of the customers"
            " table",
        }.items()
        if code in codes
    ]
    open_names = {name for name, codes in zip(names, reasons, strict=True) if codes}
    test = next((test for test in planned() if test.channel in open_names), None)
    largest = names[int(np.argmax(np.where(is_open, size, -1.0)))]
    steps.append(_experiment(largest) if test is None else _sized_experiment(test))
    return (
        "do not decide by this credit yet: the data cannot show that marketing caused most of it;"
        f" to find out, {'; then '.join(steps)}"
    )


def _experiment(channel: str) -> str:
    return (
        f"run an experiment, first with {channel}: withhold it from a random group of people or"
        " regions and load the result with --experiments"
    )


def _sized_experiment(test: PlannedTest) -> str:
    design = Design()
    return (
        f"run an experiment, first with {test.channel}: withhold it from a random"
        f" {design.share:.0%} of at least {test.customers_needed:,} people for {design.days:.0f}"
        " days, enough to see an effect as large as its credit, and load the result with"
        " --experiments (`attrigraph experiment plan` has the other channels)"
    )
