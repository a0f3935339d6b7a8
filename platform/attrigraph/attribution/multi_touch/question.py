"""What was observed, with everything that several models derive from it, computed once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from attrigraph.attribution.multi_touch.resamples import Resamples, customer_kinds, summed_by_key
from attrigraph.attribution.multi_touch.value_intervals import CustomerValues, value_variance
from attrigraph.attribution.observed.evidence import converting_journeys
from attrigraph.attribution.observed.path_steps import path_steps
from attrigraph.attribution.observed.paths import converting, converting_rows
from attrigraph.attribution.observed.ranking import summed
from attrigraph.domain import Amount, Observed
from attrigraph.domain.channel_names import are_named
from attrigraph.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.multi_touch.options import ModelOptions
    from attrigraph.attribution.multi_touch.resamples import CustomerKinds, ResampledPaths
    from attrigraph.attribution.observed.evidence import ConvertingJourneys, Evidence
    from attrigraph.attribution.observed.path_steps import PathSteps
    from attrigraph.domain import PathCounts
    from attrigraph.domain.columns import Amounts


@dataclass(frozen=True, eq=False)
class Question:
    """What all models of one analysis share, computed when the first of them needs it.

    Attributes:
        evidence: paths and journeys.
        options: of the models.
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
    def steps(self) -> PathSteps:
        """These touch by touch."""
        return path_steps(self.converting)

    @cached_property
    def observed(self) -> Observed:
        """Totals of journeys, conversions and value.

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
    def baseline(self) -> Amount:
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
        """The customers of all paths, grouped by their journeys."""
        return customer_kinds(self.evidence)

    @cached_property
    def resampled(self) -> ResampledPaths | None:
        """Bootstrap resamples of the customers; None without draws."""
        if not self.options.draws:
            return None
        return self.customers.resampled(self.options.draws, self.options.seed)

    @cached_property
    def touched_deviations(self) -> Amounts:
        """Conversions of journeys with a touch, in draws less observed, ``[draws]``."""
        touched = self.converting.offsets[1:] > self.converting.offsets[:-1]
        return np.asarray(self._resampled_conversions[touched].sum(axis=0, dtype=np.float64))

    def path_deviations(self, steps: PathSteps, shares: Amounts) -> Amounts | None:
        """What draws do to credit by shares of the touches of the converting paths.

        Returns:
            float64 ``[draws, n_keys]``; None without draws.
        """
        if self.resampled is None:
            return None
        return summed_by_key(steps, shares, self._resampled_conversions)

    def journey_deviations(self, journeys: ConvertingJourneys, shares: Amounts) -> Amounts | None:
        """The same, by shares of the touches of the converting journeys."""
        if not self.options.draws:
            return None
        drawn, customer = self._resampled_customers
        steps = journeys.steps
        # draws go by what each customer's credit is, so that the order of customers is no matter
        label = np.random.default_rng(0).random(steps.n_keys)[steps.codes]
        credit = summed(customer[steps.row], shares * label, len(drawn))
        place = np.empty(len(drawn), np.int64)
        place[np.argsort(credit, kind="stable")] = np.arange(len(drawn))
        return summed_by_key(steps, shares, drawn, place[customer])

    def path_value_variance(self, steps: PathSteps, shares: Amounts) -> Amounts | None:
        """Variance of the value that shares of the touches of the converting paths credit.

        Returns:
            float64 ``[n_keys]``; None without draws.
        """
        return value_variance(steps, shares, self._path_values) if self.options.draws else None

    def journey_value_variance(self, steps: PathSteps, shares: Amounts) -> Amounts | None:
        """The same, by shares of the touches of the converting journeys."""
        return value_variance(steps, shares, self._journey_values) if self.options.draws else None

    @cached_property
    def _path_values(self) -> CustomerValues:
        """Values of the converting paths."""
        journeys, path, paths = self.evidence.journeys, self.evidence.path, self.converting
        if journeys is None or path is None:
            return CustomerValues.of_counts(paths.conversions, paths.value)
        row = np.searchsorted(converting_rows(self.paths), path[journeys.converted])
        return self._values(row, len(paths))

    @cached_property
    def _journey_values(self) -> CustomerValues:
        """Values of the converting journeys."""
        assert self.evidence.journeys is not None
        n_journeys = int(self.evidence.journeys.converted.sum())
        return self._values(np.arange(n_journeys), n_journeys)

    def _values(self, row: NDArray[np.integer], n_rows: int) -> CustomerValues:
        """Values of the converting journeys, which are of these rows."""
        journeys = self.evidence.journeys
        assert journeys is not None
        converted = journeys.converted
        _, customer = np.unique(journeys.customer[converted], return_inverse=True)
        return CustomerValues.of_conversions(row, customer, journeys.value[converted], n_rows)

    @cached_property
    def _resampled_customers(self) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Customers who convert in draws less one, and the one of each journey."""
        journeys = self.evidence.journeys
        assert journeys is not None
        customers, customer = np.unique(journeys.customer[journeys.converted], return_inverse=True)
        kinds = Resamples(np.ones(len(customers)), self.options.draws, self.options.seed)
        return kinds.of(np.arange(len(kinds))), customer.astype(np.int64)

    @cached_property
    def _resampled_conversions(self) -> NDArray[np.float32]:
        """Conversions of the converting paths in draws less observed, ``[n_paths, draws]``."""
        assert self.resampled is not None
        return self.resampled.conversions(converting_rows(self.paths))

    def channel_steps(self) -> PathSteps:
        """Paths of channels, with direct visits marked."""
        direct = are_named(self.paths.keys, self.options.direct_channels)
        return replace(self.steps, direct=direct[self.steps.codes])
