"""Use case: whether fits of attribution models still describe what happens."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from attrigraph.attribution.data import EventData
from attrigraph.attribution.observed.drift import Baseline, Drift, drift_of, unknown_drift
from attrigraph.attribution.observed.journeys import DAY_MS, JourneyOptions
from attrigraph.errors import InputError
from attrigraph.services.artefacts import CHAMPION, artefact, list_artefacts
from attrigraph.services.fit import facts_for_fits
from attrigraph.services.fit_weeks import whole_weeks
from attrigraph.services.questions import kind_of, questions_of
from attrigraph.store.model_artifacts import read_model

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attrigraph.domain import EventTable
    from attrigraph.services.artefacts import Artefact
    from attrigraph.stores import Stores


@dataclass(frozen=True, slots=True)
class FitCheck:
    """A fit against the weeks since its period.

    Attributes:
        artefact: the fit.
        kinds: by kind of conversions how these weeks compare; None for no kind or all kinds.
    """

    artefact: Artefact
    kinds: dict[str | None, Drift]

    @property
    def drifted(self) -> bool:
        """Whether to fit again."""
        return any(drift.drifted for drift in self.kinds.values())

    def sentence(self) -> str:
        """What to do, and why."""
        fit = f"{self.artefact.model} version {self.artefact.version}"
        if self.drifted:
            why = [
                words_of(kind, drift, what)
                for kind, drift in self.kinds.items()
                for what in drift.drifted
            ]
            return f"fit {fit} again: {'; '.join(why)}"
        unknown = [drift for drift in self.kinds.values() if drift.low is None]
        if unknown:
            return f"{fit}: not known whether it holds, as {unknown[0].reasons[0]}"
        return f"{fit} holds"

    def to_json(self) -> dict[str, Any]:
        """One object of ``attrigraph fit check --json``."""
        return {
            "id": str(self.artefact.id),
            "model": self.artefact.model,
            "version": self.artefact.version,
            "champion": self.artefact.champion,
            "drifted": self.drifted,
            "verdict": self.sentence(),
            "kinds": [{"kind": kind, **drift.to_json()} for kind, drift in self.kinds.items()],
        }


def words_of(kind: str | None, drift: Drift, what: str) -> str:
    """One reason to fit again."""
    if what == "calibration":
        words = f"conversions per customer are {drift.ratio:.2f} of those of the fitted weeks"
    elif what == "coverage":
        words = f"{drift.unknown_share:.0%} of the touches are of channels that were not fitted"
    else:
        words = f"shares of channels differ (index {drift.index:.2f} above {drift.index_limit:.2f})"
    return words if kind is None else f"{kind}: {words}"


def check_fits(stores: Stores, keys: Sequence[str] = (CHAMPION,)) -> tuple[FitCheck, ...]:
    """Compare fits with the whole weeks since their periods, up to the last day with an event.

    Args:
        stores: the graph, and Postgres.
        keys: ids of fits; ``champion`` for the champions of all models.

    Raises:
        InputError: there is no such fit, or no champion.
    """
    chosen = {one.id: one for key in keys for one in _named(stores, key)}
    return _checks(stores, tuple(chosen.values()))


def check_champions(stores: Stores, models: Sequence[str], *, until: int) -> tuple[FitCheck, ...]:
    """Compare the champions of models with the weeks from their periods until an instant.

    Args:
        stores: the graph, and Postgres.
        models: names; those without a champion are left out.
        until: epoch milliseconds.
    """
    champions = [
        one for one in list_artefacts(stores.engine) if one.champion and one.model in models
    ]
    return _checks(stores, champions, until)


def _checks(
    stores: Stores, fits: Sequence[Artefact], until: int | None = None
) -> tuple[FitCheck, ...]:
    if not fits:
        return ()
    data = facts_for_fits(stores, JourneyOptions())
    end = _end_of_last_day(data.events)
    if until is not None:
        end = min(end, until)
    return tuple(FitCheck(one, _drifts(stores, one, data, end)) for one in fits)


def _named(stores: Stores, key: str) -> list[Artefact]:
    if key != CHAMPION:
        return [artefact(stores.engine, key)]
    champions = [one for one in list_artefacts(stores.engine) if one.champion]
    if not champions:
        raise InputError("no model has a champion; `attrigraph fit train` fits one")
    return champions


def _drifts(stores: Stores, one: Artefact, data: EventData, end: int) -> dict[str | None, Drift]:
    row = read_model(stores.engine, one.id)
    assert row is not None, "it was just listed"
    start = one.settings["period"][1]
    questions = {
        kind_of(question): question
        for question in questions_of(data, sum_kinds=one.settings["sum_kinds"])
        if isinstance(question, EventData)
    }
    found = {}
    for fitted in json.loads(row.content)["kinds"]:
        question = questions.get(fitted["kind"])
        if question is None:
            # none of this kind is left, or other kinds came to one
            kinds = () if fitted["kind"] is None else (fitted["kind"],)
            options = replace(data.journey_options, conversion_kinds=kinds)
            question = replace(data, journey_options=options)
        found[fitted["kind"]] = _drift(fitted, question, start, end)
    return found


def _drift(fitted: dict[str, Any], data: EventData, start: int, end: int) -> Drift:
    if not fitted.get("weeks"):
        return unknown_drift("the fit has no whole week, or is of an earlier version")
    return drift_of(Baseline.from_json(fitted["weeks"]), whole_weeks(data, start, end))


def _end_of_last_day(events: EventTable) -> int:
    """End of the last day with an event, UTC: days are loaded whole."""
    times = np.concatenate([events.touches.time, events.conversions.time])
    return (int(times.max(initial=0)) // DAY_MS + 1) * DAY_MS
