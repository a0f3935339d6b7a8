"""Results of the incremental model: credits, intervals, notes and assumptions."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import UTC
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.attribution.incremental.captured import (
    captured_by,
    captured_by_key,
    captured_touches,
    with_captured,
)
from attrigraph.attribution.incremental.channel_credit import (
    IncrementalOptions,
    gather_evidence,
    incremental,
)
from attrigraph.attribution.incremental.experiments.calibration import calibrate
from attrigraph.attribution.incremental.experiments.candidates import planned_tests
from attrigraph.attribution.incremental.experiments.plan import Design
from attrigraph.attribution.incremental.experiments.scaling import (
    DAY_MS,
    Window,
    scaled_experiment,
)
from attrigraph.attribution.incremental.experiments.spend_change import spend_change
from attrigraph.attribution.incremental.experiments.targets import target_touches
from attrigraph.attribution.incremental.identification.bounds import half_life_at_limit
from attrigraph.attribution.incremental.identification.identify import ROWS, claim_of, identify
from attrigraph.attribution.incremental.identification.lines import with_reasons
from attrigraph.attribution.incremental.identification.open_ranges import (
    limits_of,
    with_open_ranges,
)
from attrigraph.attribution.incremental.interactions import channel_interactions
from attrigraph.attribution.incremental.mediation import triggered_shares
from attrigraph.attribution.incremental.path_credit import EXACT_TOUCHES, credit_paths
from attrigraph.attribution.incremental.population import population_of
from attrigraph.attribution.incremental.purchase_window import purchase_touches
from attrigraph.attribution.incremental.response_curves import response_curves
from attrigraph.attribution.incremental.touch_credit import (
    credit_of_events,
    credit_touches,
    ranked_by,
)
from attrigraph.attribution.incremental.tree_credit import credit_tree
from attrigraph.attribution.observed.spending import touch_spending
from attrigraph.domain import Amount, ModelCredits
from attrigraph.errors import InputError
from attrigraph.quantities import counted, lasting

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from numpy.typing import NDArray

    from attrigraph.attribution.credit.touches import TouchCredit
    from attrigraph.attribution.incremental.captured import CapturedTouches
    from attrigraph.attribution.incremental.channel_credit import IncrementalCredit
    from attrigraph.attribution.incremental.experiments.lift_test import LiftTest
    from attrigraph.attribution.incremental.experiments.plan import PlannedTest
    from attrigraph.attribution.incremental.histories import Histories
    from attrigraph.attribution.incremental.identification.identify import Identification
    from attrigraph.attribution.incremental.interactions import Interaction
    from attrigraph.attribution.incremental.path_credit import PathCredits
    from attrigraph.attribution.incremental.population import Population
    from attrigraph.attribution.incremental.response_curves import ResponseCurves
    from attrigraph.attribution.incremental.touch_credit import CreditedTouches
    from attrigraph.attribution.incremental.tree_credit import TreeCredit
    from attrigraph.attribution.observed.spending import Spending
    from attrigraph.domain import (
        CustomerAttributes,
        EventTable,
        Experiment,
        ExperimentAgreement,
        Level,
        TriggeredShare,
    )

MODEL: Final = "incremental"

COMMON_ASSUMPTIONS: Final = (
    (
        "Every common cause of touches and conversions is in the customers table, or is one"
        " lasting intent that affects several channels: there is no other unobserved confounder."
    ),
    (
        "The effect of a touch decays with its channel's half-life, further touches of a channel"
        " add less, and pairs of channels can reinforce or weaken each other."
    ),
    "The touches of one customer do not affect other customers.",
    (
        "Touches that follow a touch of another channel more often than they precede it were"
        " triggered by it; half of their credit goes to the triggering channel."
    ),
    "If the result of an experiment differs from these credits, trust the experiment.",
)

WITHOUT_TABLE: Final = (
    "No customers table was given: people without any touch or conversion are missing, and so are"
    " customer attributes from before the window."
)

WITHOUT_ATTRIBUTES: Final = (
    "No customers table was given, only the number of people: customer attributes from before the"
    " window are missing."
)


@dataclass(frozen=True, eq=False)  # without slots, for cached properties
class FittedIncremental:
    """A fitted incremental model and its credits.

    Attributes:
        events: touches and conversions.
        population: histories and covariates of all customers.
        channel_credit: credit by channel.
        paths: Shapley values of the touches of each conversion.
        at_purchase: captured parts by touch, before what experiments measured of them.
        touches: credit by touch.
        experiments: the experiments that calibrated the credit.
        spending: costs and the spend of experiments; None for the costs of touches and what
            experiments state.
    """

    events: EventTable
    population: Population
    channel_credit: IncrementalCredit
    paths: PathCredits
    at_purchase: CapturedTouches
    touches: CreditedTouches
    experiments: tuple[Experiment, ...] = ()
    spending: Spending | None = None

    @cached_property
    def identification(self) -> Identification:
        """Whether the data identify the credit of each channel, by tests on sampled person-days."""
        credit, histories = self.channel_credit, self.population.histories
        rng = np.random.default_rng(credit.weights.seed)
        evidence = gather_evidence(histories, credit.response.conditions, rng, ROWS)

        def planned() -> tuple[PlannedTest, ...]:
            return planned_tests(self.population, credit, Design(), self._spending)

        return identify(self.population, evidence, claim_of(credit), planned)

    @cached_property
    def captured(self) -> CapturedTouches:
        """Captured parts by touch, less what experiments measured: that is in the credits."""
        calibration, captured = self.channel_credit.calibration, self.at_purchase
        if calibration is None:
            return captured
        left = 1 - calibration.measured[self.population.histories.key[captured.touch]]
        return replace(
            captured, conversions=captured.conversions * left, value=captured.value * left
        )

    def answer(self, by: Level) -> ModelCredits:
        """Credits with 90 % intervals by channel, campaign or creative, and the baseline."""
        lines, ranking, rest = ranked_by(
            self.events, self.population, self.channel_credit, self.touches, by
        )
        captured = captured_by(
            self.captured, getattr(self.events.touches, by), self.population.touch
        )
        lines = with_reasons(
            [replace(line, captured=captured[line.key]) for line in lines],
            self.identification.reasons,
            self.population.histories.key,
            getattr(self.events.touches, by),
            self.population.touch,
        )
        pairs, before_phases = self.identification.pairs, self.channel_credit.before_phases
        moved, sums = self.channel_credit.moved, self.identification.sums
        limits = limits_of(
            self.events, self.population, by, pairs, before_phases, moved=moved, sums=sums
        )
        lines = with_open_ranges(lines, limits)
        return ModelCredits(
            model=MODEL,
            incremental=True,
            baseline=Amount(
                rest.conversions - math.fsum(part.conversions for part in captured.values()),
                rest.value - math.fsum(part.value for part in captured.values()),
            ),
            credits=lines,
            notes=(
                *notes_of(self.population, self.channel_credit),
                *self.identification.notes,
                _touch_note(self.paths),
            ),
            assumptions=assumptions_of(self.population),
            prob_ranked_above=ranking,
            advice=self.identification.advice,
            baseline_bounds=self.identification.baseline_bounds,
            triggered=_triggered(self.channel_credit) if by == "channel" else (),
            agreement=_agreement(self.channel_credit) if by == "channel" else (),
            pairs=self.identification.sums if by == "channel" else (),
        )

    def calibrated(self, tests: Sequence[LiftTest]) -> FittedIncremental:
        """Copy with credits calibrated by lift tests; see ``experiments.calibration``.

        Raises:
            InputError: a test of a channel without touches.
        """
        histories = self.population.histories
        captured = captured_by_key(histories, self.at_purchase)
        credited = with_calibration(histories, self.channel_credit, captured, tests)
        touches = credit_touches(histories, credited, self.paths)
        return replace(self, channel_credit=credited, touches=touches)

    def calibrated_by(
        self,
        experiments: Sequence[Experiment],
        *,
        zone: tzinfo = UTC,
        allow_outside: bool = False,
        leave_out: bool = False,
    ) -> FittedIncremental:
        """Copy with credits calibrated by experiments; see ``experiments.scaling``.

        Args:
            experiments: as measured, over their own dates.
            zone: of these dates.
            allow_outside: whether to take experiments outside the dates of the data.
            leave_out: whether to leave experiments that cannot be used out, with a note.

        Raises:
            InputError: an experiment outside the dates of the data, or of what has no touches.
        """
        tests, used, notes = [], [], []
        window = Window(self.population.start, self.population.histories.window_days, zone)
        for experiment in experiments:
            change = spend_change(experiment, self._spending)
            try:
                tests.append(self._scaled(experiment, window, change.factor, allow_outside))
                used.append(experiment)
                notes += [] if change.note is None else [change.note]
            except InputError as error:
                if not leave_out:
                    raise
                notes.append(f"an experiment was left out: {error}")
        calibrated = replace(self.calibrated(tests), experiments=tuple(used))
        credit = calibrated.channel_credit
        if not (notes and credit.calibration):
            return calibrated
        noted = replace(credit.calibration, notes=(*credit.calibration.notes, *notes))
        return replace(calibrated, channel_credit=replace(credit, calibration=noted))

    def _scaled(
        self, experiment: Experiment, window: Window, tau_spend: float, allow_outside: bool
    ) -> LiftTest:
        touches = target_touches(
            experiment,
            self.events,
            self.population,
            self.channel_credit.response.days_to_half,
            self.touches,
        )
        return scaled_experiment(
            experiment, touches, window, tau_spend=tau_spend, allow_outside=allow_outside
        )

    @property
    def _spending(self) -> Spending:
        """What is known of spend, at least the costs of touches."""
        if self.spending is not None:
            return self.spending
        start = self.population.start
        end = start + math.ceil(self.population.histories.window_days) * DAY_MS
        spending = touch_spending(self.events, (start, max(end, start + DAY_MS)))
        assert spending is not None  # the window is given
        return spending

    def touch_credit(self) -> TouchCredit:
        """Credit of touches for conversions as rows of the event table; it may be negative.

        Summed over a channel's touches it equals the channel's credit. Channels that no conversion
        follows are missing here, because their credit belongs to no conversion; see ``answer``.
        Touches at the moment of purchase have what they captured.
        """
        return with_captured(
            credit_of_events(self.touches, self.population), self.captured, self.population
        )

    def plan(self, design: Design) -> tuple[PlannedTest, ...]:
        """Channels by what an experiment on them is expected to gain; empty without draws."""
        credit, reasons = self.channel_credit, self.identification.reasons
        return planned_tests(self.population, credit, design, self._spending, reasons)

    def interactions(self) -> tuple[Interaction, ...]:
        """Shapley interactions of pairs of channels, largest first.

        Raises:
            InputError: there are too many channels to evaluate all coalitions.
        """
        return channel_interactions(self.channel_credit)

    def curves(self, by: Level) -> ResponseCurves:
        """Value of channels or campaigns by multiples of their touches; see ``response_curves``.

        Raises:
            InputError: conversions have no value, or the model was fitted without draws.
        """
        return response_curves(self, by)

    def tree_credit(self, conversion: str) -> TreeCredit:
        """Owen values of one conversion on the tree channel > campaign > creative > touch.

        Its touches are rows of the event table. Summed over a channel's touches, the values equal
        the channel's Shapley value at this conversion, and likewise at every level of the tree.

        Args:
            conversion: id of the conversion.

        Raises:
            InputError: there is no such conversion.
        """
        ids = self.events.conversions.id[self.population.conversion]
        rows = np.flatnonzero(ids == conversion)
        if len(rows) != 1:
            raise InputError(f"unknown conversion id {conversion!r}")
        unions = _tree(self.events, self.population.touch)
        seed = self.channel_credit.weights.seed
        response = self.channel_credit.response
        tree = credit_tree(self.population.histories, response, int(rows[0]), unions, seed=seed)
        return replace(tree, touch=self.population.touch[tree.touch])


def fit_incremental(
    events: EventTable,
    table: CustomerAttributes | None = None,
    options: IncrementalOptions | None = None,
    *,
    start: int | None = None,
    end: int | None = None,
) -> FittedIncremental:
    """Fit the incremental model to events and credit channels and touches.

    Args:
        events: touches and conversions of one window, with times.
        table: customer attributes from before the window, including customers without a touch.
        options: how credit is estimated.
        start: start of the window, epoch milliseconds; see ``population_of``.
        end: end of the window.

    Raises:
        NeedsTimesError: events have no times.
        InputError: no touches, no conversions, too few conversions, or events outside the window.
        ConvergenceError: the model does not converge.
    """
    return fit_population(events, population_of(events, table, start=start, end=end), options)


def fit_population(
    events: EventTable,
    population: Population,
    options: IncrementalOptions | None = None,
    spending: Spending | None = None,
) -> FittedIncremental:
    """Fit the incremental model to a population; see ``fit_incremental``.

    ``spending`` has the costs of channels; None for those of their touches.
    """
    histories = population.histories
    credit = incremental(histories, options or IncrementalOptions())
    paths = credit_paths(histories, credit.response, seed=credit.weights.seed)
    at_purchase = captured_touches(histories, paths.baseline, float(credit.credit.sum()))
    credit = with_calibration(histories, credit, captured_by_key(histories, at_purchase), ())
    touches = credit_touches(histories, credit, paths)
    return FittedIncremental(
        events, population, credit, paths, at_purchase, touches, spending=spending
    )


def _agreement(credit: IncrementalCredit) -> tuple[ExperimentAgreement, ...]:
    return () if credit.calibration is None else credit.calibration.agreement


def with_calibration(
    histories: Histories,
    credit: IncrementalCredit,
    captured: NDArray[np.float64],
    tests: Sequence[LiftTest],
) -> IncrementalCredit:
    """The credit with lift tests and the prior of bias; without tests, credits stay the same.

    Channels that are no marketing have no credit and thus no interval.

    Args:
        histories: the population.
        credit: of the model.
        captured: float64 ``[keys]``, conversions captured at the moment of purchase.
        tests: lift tests.
    """
    calibration = calibrate(
        credit.keys,
        credit.credit,
        credit.removal,
        credit.deviations,
        captured,
        credit.observed,
        tests,
        np.random.default_rng(credit.weights.seed),
    )
    calibration = replace(
        calibration, wide_deviations=histories.of_marketing(calibration.wide_deviations)
    )
    return replace(
        credit,
        credit=calibration.credit,
        baseline=credit.observed - float(calibration.credit.sum()),
        deviations=calibration.chance_deviations,
        calibration=calibration,
    )


def _triggered(credit: IncrementalCredit) -> tuple[TriggeredShare, ...]:
    """Which channels make touches of which."""
    triggers = credit.response.conditions.triggers
    return triggered_shares(credit.keys, credit.triggered, triggers)


def _touch_note(paths: PathCredits) -> str:
    """How the credit of single touches was computed."""
    note = f"credit of single touches: Shapley values, exact up to {EXACT_TOUCHES} touches"
    if not paths.sampled:
        return note
    return (
        f"{note}, sampled for {paths.sampled:,} of {counted(len(paths.baseline), 'conversion')}"
        f" (largest standard error {paths.standard_error.max():.4f} of a conversion)"
    )


def _tree(events: EventTable, touch: NDArray[np.int64]) -> NDArray[np.int64]:
    """Unions of touches by channel, campaign and creative, ``[3, n]``, each within the previous.

    Touches of a channel without a campaign form one union, and so do those of a campaign without a
    creative.
    """
    touches = events.touches
    codes = [
        categorical.codes[touch]
        for categorical in (touches.channel, touches.campaign, touches.creative)
    ]
    levels = [
        np.unique(np.stack(codes[:depth]), axis=1, return_inverse=True)[1] for depth in (1, 2, 3)
    ]
    return np.stack(levels).reshape(3, -1)


def assumptions_of(population: Population) -> tuple[str, ...]:
    """The assumptions under which credit is causal."""
    return (*COMMON_ASSUMPTIONS, *assumptions_without_table(population))


def assumptions_without_table(population: Population) -> tuple[str, ...]:
    """What is missing where no customers table was given; empty if one was."""
    if population.from_table:
        return ()
    return (WITHOUT_ATTRIBUTES if population.size_given else WITHOUT_TABLE,)


def notes_of(population: Population, credit: IncrementalCredit) -> tuple[str, ...]:
    """Fitted half-lives, goodness of fit, triggered shares and other notes."""
    keys = [key if key is not None else "(unknown channel)" for key in credit.keys]
    half_life = credit.response.shape.half_life
    lives = ", ".join(
        f"{key} {lasting(days)}{' (at the limit of the model)' if at_limit else ''}"
        for key, days, at_limit in zip(
            keys, half_life.tolist(), half_life_at_limit(half_life), strict=True
        )
    )
    delayed = credit.response.conditions.delayed
    what = "delays until effects are largest" if delayed else "half-lives"
    ratio = credit.expected / credit.observed
    notes = [
        f"{what}: {lives}",
        f"ratio of fitted to observed conversions: {ratio:.4f}",
    ]
    for parent, child in zip(*np.nonzero(credit.triggered), strict=True):
        part = credit.triggered[parent, child]
        notes.append(f"{part:.0%} of the touches of {keys[child]} were triggered by {keys[parent]}")
    phases = credit.response.conditions.phases
    if phases is not None:
        notes.append(
            f"touches of {', '.join(keys[c] for c in phases.channels)} come in phases of"
            f" {1 / phases.leave:.0f} days on average, which are a condition of the hazard"
        )
    if credit.calibration is not None:
        notes += credit.calibration.notes
    if len(purchase_touches(population.histories)):
        notes.append(
            "touches in the hour before a conversion and in the session in which somebody buys are"
            " part of the purchase: what they captured is shown apart and credited to nobody"
        )
    notes += _note_of_warm_up(population.histories)
    if not credit.coalitions.exact:
        notes.append("coalitions of channels were sampled by antithetic permutations")
    return (*notes, *population.covariates.notes)


def _note_of_warm_up(histories: Histories) -> list[str]:
    n_touches = int((~histories.is_in_window).sum())
    if not n_touches:
        return []
    days = counted(round(histories.warm_up), "day")
    note = f"{counted(n_touches, 'touch')} in the {days} before the window act in it and have no"
    return [f"{note} credit: what they cause there is baseline"]
