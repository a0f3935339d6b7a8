"""Impressions that are planned, where they are not those of the last days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from attrigraph.errors import InputError
from attrigraph.escaping import listed_names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from attrigraph.fatigue.panel import Panel

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PlannedImpressions:
    """Impressions per day.

    Attributes:
        plans: by creative and audience; audience None for all of a creative's audiences, which
            share them as they did in the last days.
    """

    plans: Mapping[tuple[str, str | None], float]

    def applied_to(self, panel: Panel) -> Panel:
        """A panel with these plans.

        Raises:
            InputError: it lacks a creative, or one in an audience.
        """
        names = _names(panel)
        self._check_known(panel, names)
        recent, creative = panel.impressions_ahead, panel.history.creative
        total = np.bincount(creative, recent)[creative]
        share = np.divide(recent, total, out=np.zeros(len(recent)), where=total > 0)
        whole = np.array([self.plans.get((name, None), np.nan) for name, _ in names])
        own = np.array([self.plans.get(name, np.nan) for name in names])
        return panel.planned(np.where(np.isfinite(own), own, whole * share))

    def _check_known(self, panel: Panel, units: list[tuple[str, str]]) -> None:
        known = {*units, *((creative, None) for creative in panel.history.creatives)}
        unknown = [
            creative if audience is None else f"{creative} in {audience}"
            for creative, audience in self.plans.keys() - known
        ]
        if unknown:
            raise InputError(
                "impressions are planned of creatives that have no daily figures there: "
                f"{listed_names(sorted(unknown))}; write ids of the graph"
            )


def _names(panel: Panel) -> list[tuple[str, str]]:
    history = panel.history
    return [
        (history.creatives[creative], history.audiences[audience])
        for creative, audience in zip(
            history.creative.tolist(), history.audience.tolist(), strict=True
        )
    ]
