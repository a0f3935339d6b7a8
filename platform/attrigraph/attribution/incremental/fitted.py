"""The incremental model's answers as the application's nouns: credits, intervals, assumptions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.attribution.incremental.channel_credit import (
    IncrementalOptions,
    gather_evidence,
    incremental,
)
from attrigraph.attribution.incremental.checks import (
    double_machine_learning,
    inverse_propensity,
    without_intent,
)
from attrigraph.attribution.incremental.interactions import channel_interactions
from attrigraph.attribution.incremental.lift import calibrate
from attrigraph.attribution.incremental.path_credit import EXACT_TOUCHES, credit_paths
from attrigraph.attribution.incremental.population import population_of
from attrigraph.attribution.incremental.sensitivity import halving_strength
from attrigraph.attribution.incremental.touch_credit import (
    UNASSIGNED,
    credit_of_events,
    credit_touches,
    ranked_by,
)
from attrigraph.attribution.incremental.tree_credit import credit_tree
from attrigraph.domain import ModelCredits, RemovalCheck
from attrigraph.errors import ConvergenceError, InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from attrigraph.attribution.credit.touches import TouchCredit
    from attrigraph.attribution.incremental.channel_credit import IncrementalCredit
    from attrigraph.attribution.incremental.interactions import Interaction
    from attrigraph.attribution.incremental.lift import LiftTest
    from attrigraph.attribution.incremental.path_credit import PathCredits
    from attrigraph.attribution.incremental.population import Population
    from attrigraph.attribution.incremental.response import Evidence
    from attrigraph.attribution.incremental.touch_credit import CreditedTouches
    from attrigraph.attribution.incremental.tree_credit import TreeCredit
    from attrigraph.domain import CustomerAttributes, EventTable, Level, RemovalEstimate

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
class FittedIncremental:
    """A fitted model with all that its answers are read from.

    Attributes:
        events: touches and conversions.
        population: everyone, as the model reads them.
        found: credit by channel.
        paths: path-level credit of all conversions.
        touches: credit by touch.
    """

    events: EventTable
    population: Population
    found: IncrementalCredit
    paths: PathCredits
    touches: CreditedTouches

    def answer(self, by: Level) -> ModelCredits:
        """Credits with 90 % intervals by channel, campaign or creative, and the baseline line.

        Those of channels have their E-values, and removals by two other methods beside them.
        """
        lines, ranking, baseline = ranked_by(
            self.events, self.population, self.found, self.touches, by
        )
        if by == "channel":
            strength = self.sensitivity()
            lines = tuple(replace(line, e_value=strength[line.key]) for line in lines)
        return ModelCredits(
            model=MODEL,
            incremental=True,
            baseline=baseline,
            credits=lines,
            notes=(*notes_of(self.population, self.found), _touch_note(self.paths)),
            assumptions=assumptions_of(self.population),
            checks=self.checks([line.key for line in lines]) if by == "channel" else (),
            prob_ranked_above=ranking,
        )

    def calibrated(self, tests: Sequence[LiftTest]) -> FittedIncremental:
        """The same with credits scaled by lift tests, as ``incremental.lift`` does it.

        Raises:
            InputError: no test, or one of a channel without touches.
        """
        calibration = calibrate(self.found.keys, self.found.removal, tests)
        rng = np.random.default_rng(self.found.weights.seed)
        credit, deviations = calibration.apply(self.found.credit, self.found.deviations, rng)
        found = replace(
            self.found,
            credit=credit,
            baseline=self.found.observed - float(credit.sum()),
            deviations=deviations,
            multiplier=calibration.multiplier,
        )
        touches = credit_touches(self.population.histories, found, self.paths)
        return replace(self, found=found, touches=touches)

    def sensitivity(self) -> dict[str | None, float | None]:
        """By channel, how strong a hidden cause must be for half its credit to be false.

        None where the question has no answer: no conversion came after the channel's touches, or
        the credit is not below the conversions that did.
        """
        histories = self.population.histories
        placed = self.touches.conversion != UNASSIGNED
        key = histories.key[self.touches.touch[placed]]
        count = len(histories.converter)
        pair = np.unique(key * count + self.touches.conversion[placed])
        touched = np.bincount(pair // count, minlength=len(histories.keys)).tolist()
        return {
            name: halving_strength(credit, count) if 0 < count > credit else None
            for name, credit, count in zip(
                self.found.keys, self.found.credit.tolist(), touched, strict=True
            )
        }

    def checks(self, keys: Sequence[str | None]) -> tuple[RemovalCheck, ...]:
        """Removals of channels by double machine learning and by inverse propensity."""
        histories, response = self.population.histories, self.found.response
        rng = np.random.default_rng(self.found.weights.seed)
        evidence = gather_evidence(histories, response.conditions, rng, CHECK_ROWS)
        plain = without_intent(evidence, response.conditions)
        place = {key: number for number, key in enumerate(self.found.keys)}
        return tuple(
            RemovalCheck(
                key,
                float(self.found.removal[place[key]]),
                double_machine_learning(evidence, response, place[key]),
                _weighted(plain, place[key]),
            )
            for key in keys
        )

    def touch_credit(self) -> TouchCredit:
        """Credit of touches for conversions as rows of the facts; it may be negative.

        Sums over a channel's touches are its credit, but for channels that no conversion follows:
        theirs has no conversion to stand at and is only in ``answer``.
        """
        return credit_of_events(self.touches, self.population)

    def interactions(self) -> tuple[Interaction, ...]:
        """What pairs of channels cause together beyond what they cause apart, largest first.

        Raises:
            InputError: there are too many channels for all their sets to be played.
        """
        return channel_interactions(self.found)

    def tree_credit(self, conversion: str) -> TreeCredit:
        """Owen values of one conversion on the tree channel > campaign > creative > touch.

        Its touches are rows of the facts. Sums over a channel's touches are exactly the channel's
        Shapley value at this conversion, and so on down the tree.

        Args:
            conversion: its id.

        Raises:
            InputError: when there is no such conversion.
        """
        found = np.flatnonzero(self.events.conversions.id[self.population.conversion] == conversion)
        if len(found) != 1:
            raise InputError(f"conversion must be the id of one of the facts, got {conversion!r}")
        unions = _tree(self.events, self.population.touch)
        seed = self.found.weights.seed
        response = self.found.response
        tree = credit_tree(self.population.histories, response, int(found[0]), unions, seed=seed)
        return replace(tree, touch=self.population.touch[tree.touch])


def fit_incremental(
    events: EventTable,
    table: CustomerAttributes | None = None,
    options: IncrementalOptions | None = None,
    *,
    start: int | None = None,
    end: int | None = None,
) -> FittedIncremental:
    """Fit the incremental model to facts and credit channels and touches.

    Args:
        events: touches and conversions of one window, with times.
        table: facts known of customers before; it should hold those without a touch as well.
        options: how credit is estimated.
        start: when the window began, epoch milliseconds; see ``population_of``.
        end: when it ended.

    Raises:
        NeedsTimesError: when events have no times.
        InputError: no touches, no conversions, too few conversions, or events outside the window.
        ConvergenceError: when the model does not settle.
    """
    return fit_population(events, population_of(events, table, start=start, end=end), options)


def fit_population(
    events: EventTable, population: Population, options: IncrementalOptions | None = None
) -> FittedIncremental:
    """Fit the incremental model to a population made of facts; see ``fit_incremental``."""
    histories = population.histories
    found = incremental(histories, options or IncrementalOptions())
    paths = credit_paths(histories, found.response, seed=found.weights.seed)
    touches = credit_touches(histories, found, paths)
    return FittedIncremental(events, population, found, paths, touches)


def _weighted(evidence: Evidence, key: int) -> RemovalEstimate | None:
    """The check by inverse propensity; None where it does not settle: the model's figure stands."""
    try:
        return inverse_propensity(evidence, key)
    except ConvergenceError:
        return None


def _touch_note(paths: PathCredits) -> str:
    """How the credit of single touches was found."""
    note = f"credit of single touches: Shapley values, exact up to {EXACT_TOUCHES} touches"
    if not paths.sampled:
        return note
    return (
        f"{note}, sampled for {paths.sampled:,} of {len(paths.baseline):,} conversions"
        f" (largest standard error {paths.standard_error.max():.4f} of a conversion)"
    )


def _tree(events: EventTable, touch: NDArray[np.int64]) -> NDArray[np.int64]:
    """Channel, campaign within it and creative within that of some touches, ``[3, n]``.

    Touches of a channel without a campaign are one union, and so are those of a campaign without a
    creative.
    """
    touches = events.touches
    codes = [coded.codes[touch] for coded in (touches.channel, touches.campaign, touches.creative)]
    levels = [
        np.unique(np.stack(codes[:depth]), axis=1, return_inverse=True)[1] for depth in (1, 2, 3)
    ]
    return np.stack(levels).reshape(3, -1)


def assumptions_of(population: Population) -> tuple[str, ...]:
    """What must hold for the credit to be what marketing caused."""
    return COMMON_ASSUMPTIONS if population.from_table else (*COMMON_ASSUMPTIONS, WITHOUT_TABLE)


def notes_of(population: Population, found: IncrementalCredit) -> tuple[str, ...]:
    """What was fitted, and how well it adds up."""
    keys = [key if key is not None else "(unknown channel)" for key in found.keys]
    lives = ", ".join(
        f"{key} {days:.1f}" for key, days in zip(keys, found.response.shape.half_life, strict=True)
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
