"""The incremental model's answers as the application's nouns: credits, intervals, assumptions."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.attribution.bootstrap import interval
from attrigraph.attribution.checks import Check, double_machine_learning, inverse_propensity
from attrigraph.attribution.incremental import (
    IncrementalOptions,
    gather_evidence,
    incremental,
)
from attrigraph.attribution.lift import calibrate
from attrigraph.attribution.population import population_of
from attrigraph.attribution.registry import TouchCredit
from attrigraph.attribution.sensitivity import halving_strength
from attrigraph.attribution.touch_credit import NOWHERE, credit_touches, roll_up
from attrigraph.domain import Amount, Credit, ModelCredits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from attrigraph.attribution.evidence import By
    from attrigraph.attribution.incremental import IncrementalCredit
    from attrigraph.attribution.lift import LiftTest
    from attrigraph.attribution.population import Population
    from attrigraph.attribution.touch_credit import CreditedTouches
    from attrigraph.domain import Coded, CustomerFacts, Facts

MODEL: Final = "incremental"

CHECK_ROWS: Final = 100_000
"""Person-days without a conversion on which the checks are made."""

COMMON_ASSUMPTIONS: Final = (
    (
        "What drives both touches and conversions is in the customers table, or is one lasting"
        " intent that several channels feel: there is no other hidden cause."
    ),
    (
        "Each touch fades with its channel's half-life, more of a channel adds less, and pairs of"
        " channels may help or hinder each other."
    ),
    "Nobody's touches change what others do.",
    (
        "Touches that follow another channel's touch more often than precede it were triggered by"
        " it; half of their credit is their trigger's."
    ),
    "Where an experiment says otherwise, it is right and this is wrong.",
)

WITHOUT_TABLE: Final = (
    "No customers table was given: people without any touch or conversion are unknown, and so is"
    " what was known of customers before."
)


@dataclass(frozen=True, slots=True, eq=False)
class IncrementalRun:
    """A fitted model with all that its answers are read from.

    Attributes:
        facts: touches and conversions.
        population: everyone, as the model reads them.
        found: credit by channel.
        touches: credit by touch.
    """

    facts: Facts
    population: Population
    found: IncrementalCredit
    touches: CreditedTouches

    def answer(self, by: By) -> ModelCredits:
        """Credits with 90 % intervals by channel, campaign or creative, and the organic line."""
        coded: Coded = getattr(self.facts.touches, by)
        histories = self.population.histories
        names, group = _groups(coded, self.population.touch)
        rolled = roll_up(histories, self.found, self.touches, group, len(names))
        low, high = interval(rolled.credit, rolled.deviations)
        numbers = zip(
            names, *(x.tolist() for x in (rolled.credit, rolled.value, low, high)), strict=True
        )
        lines = [Credit(name, c, v, low=a, high=b) for name, c, v, a, b in numbers]
        lines.sort(key=lambda line: -line.conversions)
        organic = Amount(
            self.found.observed - math.fsum(line.conversions for line in lines),
            float(histories.value.sum()) - math.fsum(line.value for line in lines),
        )
        notes, assumptions = notes_of(self.population, self.found), assumptions_of(self.population)
        return ModelCredits(MODEL, True, organic, tuple(lines), notes, assumptions)

    def calibrated(self, tests: Sequence[LiftTest]) -> IncrementalRun:
        """The same with credits scaled by lift tests; see ``attrigraph.attribution.lift``.

        Raises:
            InputError: no test, or one of a channel without touches.
        """
        calibration = calibrate(self.found.keys, self.found.removal, tests)
        rng = np.random.default_rng(self.found.weights.seed)
        credit, deviations = calibration.apply(self.found.credit, self.found.deviations, rng)
        found = replace(
            self.found,
            credit=credit,
            organic=self.found.observed - float(credit.sum()),
            deviations=deviations,
            multiplier=calibration.multiplier,
        )
        return replace(self, found=found, touches=credit_touches(self.population.histories, found))

    def sensitivity(self) -> dict[str | None, float | None]:
        """By channel, how strong a hidden cause must be for half its credit to be false.

        None where the question has no answer: credit is not below the conversions of customers
        whom the channel touched.
        """
        histories = self.population.histories
        placed = self.touches.conversion != NOWHERE
        key = histories.key[self.touches.touch[placed]]
        pairs = np.unique(np.stack([key, self.touches.conversion[placed]]), axis=1)
        touched = np.bincount(pairs[0], minlength=len(histories.keys)).tolist()
        return {
            name: halving_strength(credit, count) if credit < count else None
            for name, credit, count in zip(
                self.found.keys, self.found.credit.tolist(), touched, strict=True
            )
        }

    def checks(self, *, seed: int = 0) -> dict[str | None, tuple[Check, Check]]:
        """By channel, its removal by double machine learning and by inverse propensity."""
        histories, response = self.population.histories, self.found.response
        rng = np.random.default_rng(seed)
        evidence = gather_evidence(histories, response.conditions, rng, CHECK_ROWS)
        return {
            name: (
                double_machine_learning(evidence, response, key),
                inverse_propensity(evidence, key),
            )
            for key, name in enumerate(self.found.keys)
        }

    def touch_credit(self) -> TouchCredit:
        """Credit of touches for conversions as rows of the facts; it may be negative.

        Sums over a channel's touches are its credit, but for channels that no conversion follows:
        theirs has no conversion to stand at and is only in ``answer``.
        """
        placed = self.touches.conversion != NOWHERE
        return TouchCredit(
            touch=self.population.touch[self.touches.touch[placed]],
            conversion=self.population.conversion[self.touches.conversion[placed]],
            credit=self.touches.credit[placed],
            value=self.touches.value[placed],
        )


def run_incremental(
    facts: Facts,
    table: CustomerFacts | None = None,
    options: IncrementalOptions | None = None,
    *,
    start: int | None = None,
    end: int | None = None,
) -> IncrementalRun:
    """Fit the incremental model to facts and credit channels and touches.

    Args:
        facts: touches and conversions of one window, with times.
        table: facts known of customers before; it should hold those without a touch as well.
        options: how credit is estimated.
        start: when the window began, epoch milliseconds; see ``population_of``.
        end: when it ended.

    Raises:
        NeedsTimesError: when events have no times.
        InputError: no touches, no conversions, too few conversions, or events outside the window.
        ConvergenceError: when the model does not settle.
    """
    return credit_population(facts, population_of(facts, table, start=start, end=end), options)


def credit_population(
    facts: Facts, population: Population, options: IncrementalOptions | None = None
) -> IncrementalRun:
    """Fit the incremental model to a population made of facts; see ``run_incremental``."""
    found = incremental(population.histories, options or IncrementalOptions())
    return IncrementalRun(facts, population, found, credit_touches(population.histories, found))


def _groups(
    coded: Coded, touch: NDArray[np.int64]
) -> tuple[tuple[str | None, ...], NDArray[np.int64]]:
    code = coded.codes[touch].astype(np.int64)
    used, group = np.unique(code, return_inverse=True)
    names = tuple(None if c < 0 else coded.keys[c] for c in used)
    return names, group.astype(np.int64)


def assumptions_of(population: Population) -> tuple[str, ...]:
    """What must hold for the credit to be what marketing caused."""
    return COMMON_ASSUMPTIONS if population.from_table else (*COMMON_ASSUMPTIONS, WITHOUT_TABLE)


def notes_of(population: Population, found: IncrementalCredit) -> tuple[str, ...]:
    """What was fitted, and how well it adds up."""
    keys = [key if key is not None else "(unknown channel)" for key in found.keys]
    lives = ", ".join(
        f"{key} {days:.1f}" for key, days in zip(keys, found.response.half_life, strict=True)
    )
    ratio = found.expected / found.observed
    notes = [
        f"half-lives in days: {lives}",
        f"sum of fitted chances over observed conversions: {ratio:.4f}",
    ]
    for parent, child in zip(*np.nonzero(found.triggered), strict=True):
        part = found.triggered[parent, child]
        notes.append(f"{part:.0%} of the touches of {keys[child]} were triggered by {keys[parent]}")
    if found.multiplier is not None:
        scaled = zip(keys, found.multiplier, strict=True)
        factors = ", ".join(f"{key} {factor:.2f}" for key, factor in scaled)
        notes.append(f"credits were scaled by lift tests: {factors}")
    if not found.coalitions.exact:
        notes.append("coalitions of channels were sampled by antithetic permutations")
    return (*notes, *population.covariates.notes)
