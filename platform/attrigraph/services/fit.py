"""Fitting of attribution models to the facts of a period, stored as artefacts."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from attrigraph.attribution.data import EventData
from attrigraph.attribution.incremental.frozen import FrozenResponse
from attrigraph.attribution.models import FITTED_BY_DEFAULT, freeze
from attrigraph.attribution.multi_touch.options import ModelOptions
from attrigraph.attribution.observed.drift import baseline_of
from attrigraph.attribution.observed.journeys import JourneyOptions
from attrigraph.attribution.observed.selection import select_events
from attrigraph.domain import NO_TIME
from attrigraph.errors import InputError, NeedsTimesError
from attrigraph.runs.lineage import code_version, fingerprint
from attrigraph.runs.progress import ignore
from attrigraph.services.artefacts import PREFIX, list_artefacts, rules_of
from attrigraph.services.attribution_data import graph_data
from attrigraph.services.attribution_options import AttributionOptions
from attrigraph.services.fit_weeks import whole_weeks
from attrigraph.services.questions import kind_of, questions_of
from attrigraph.store.model_artifacts import FittedModel, same_model, save_model
from attrigraph.store.model_promotions import promote

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from attrigraph.attribution.multi_touch.frozen import FrozenPaths
    from attrigraph.domain import EventTable, Level
    from attrigraph.runs.progress import Progress
    from attrigraph.services.artefacts import Artefact
    from attrigraph.stores import Stores

    Period = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class FitOptions:
    """Options of a fit.

    Attributes:
        models: names of models that have parameters.
        start: epoch milliseconds of the period's start; None for the first event.
        end: of its end, excluded; None for after the last event.
        journeys: what counts as a journey; without a window.
        sum_kinds: whether conversions of all kinds are one question.
        seed: of whatever is sampled.
        promote: whether the fits become champions; else only those of models without one.
    """

    models: tuple[str, ...] = FITTED_BY_DEFAULT
    start: int | None = None
    end: int | None = None
    journeys: JourneyOptions = field(default_factory=JourneyOptions)
    sum_kinds: bool = False
    seed: int = 0
    promote: bool = False


def fit_models(
    stores: Stores, options: FitOptions | None = None, *, progress: Progress = ignore
) -> tuple[Artefact, ...]:
    """Fit models to the graph's facts of a period, and store each fit once.

    A fit of the same facts, options and code is the stored one. The first fit of a model is its
    champion.

    Args:
        stores: the graph, and Postgres.
        options: see there.
        progress: called after each model.

    Returns:
        The fit of each model.

    Raises:
        InputError: a model has no parameters, or the period has no journey with a touch or no
            conversion.
        NeedsTimesError: events have no times.
    """
    options = options or FitOptions()
    data = facts_for_fits(stores, options.journeys, seed=options.seed)
    period = period_of(data.events, options)
    ids = []
    for number, name in enumerate(dict.fromkeys(options.models)):
        ids.append(_fit(stores, name, data, period, options))
        progress("fit", number + 1, len(options.models))
    stored = {one.id: one for one in list_artefacts(stores.engine)}
    return tuple(stored[id_] for id_ in ids)


def facts_for_fits(stores: Stores, journeys: JourneyOptions, *, seed: int = 0) -> EventData:
    """The facts of the graph, as they are fitted and compared with fits."""
    read = AttributionOptions(
        journeys=journeys,
        model_options=ModelOptions(seed=seed, draws=0),
        touch_model=None,
        experiments=(),
    )
    return graph_data(stores.driver, read, known=stores.cache)


def period_of(events: EventTable, options: FitOptions) -> Period:
    """The period of a fit, from the first event to after the last one unless options name others.

    Raises:
        InputError: it ends before it starts.
        NeedsTimesError: events have no times.
    """
    times = np.concatenate([events.touches.time, events.conversions.time])
    if (times == NO_TIME).any():
        raise NeedsTimesError("a fit is of a period, and the graph holds only the order of events")
    start = int(times.min()) if options.start is None else options.start
    end = int(times.max()) + 1 if options.end is None else options.end
    if start >= end:
        raise InputError(f"{_days(start, end)} is no period; its start must be before its end")
    return start, end


def _fit(stores: Stores, name: str, data: EventData, period: Period, options: FitOptions) -> UUID:
    before = replace(
        data,
        events=select_events(data.events, (NO_TIME + 1, period[1])).events,
        journey_options=replace(options.journeys, window=period),
    )
    kinds = [
        _fit_kind(name, one, period)
        for one in questions_of(before, sum_kinds=options.sum_kinds)
        if isinstance(one, EventData)
    ]
    fitted = FittedModel(
        PREFIX + name,
        fingerprint(before.events, before.customers),
        {
            "period": list(period),
            "journeys": rules_of(options.journeys),
            "sum_kinds": options.sum_kinds,
            "seed": options.seed,
        },
        {"kinds": [metrics for _, metrics in kinds]},
        json.dumps({"kinds": [content for content, _ in kinds]}).encode(),
        code_version(),
    )
    id_ = same_model(stores.engine, fitted) or save_model(stores.engine, fitted)
    promote(stores.engine, PREFIX + name, id_, only_first=not options.promote)
    return id_


def _fit_kind(name: str, data: EventData, period: Period) -> tuple[dict[str, Any], dict[str, Any]]:
    """Parameters for one kind of conversion, and what was measured."""
    question = data.question("channel")
    observed, touched = question.observed, len(question.paths.codes)
    if not (observed.conversions and touched):
        missing = "journey with a touch" if observed.conversions else "conversion"
        raise InputError(f"there is no {missing} from {_days(*period)}, so nothing to fit")
    kind = kind_of(data)
    parameters = freeze(name, data)
    weeks = whole_weeks(data, *period, from_end=True)
    baseline = None if weeks is None else baseline_of(weeks)
    metrics = {
        "kind": kind,
        "journeys": observed.journeys,
        "conversions": observed.conversions,
        "channels": [key for key in _channels(parameters) if key is not None],
        "weeks": 0 if baseline is None else baseline.weeks,
        "deviation_among_weeks": None if baseline is None else baseline.deviation,
    }
    content = {
        "kind": kind,
        **_parameters_json(parameters),
        "weeks": None if baseline is None else baseline.to_json(),
    }
    return content, metrics


def _channels(parameters: Mapping[Level, FrozenPaths] | FrozenResponse) -> tuple[str | None, ...]:
    if isinstance(parameters, FrozenResponse):
        return parameters.keys
    return parameters["channel"].keys


def _parameters_json(parameters: Mapping[Level, FrozenPaths] | FrozenResponse) -> dict[str, Any]:
    if isinstance(parameters, FrozenResponse):
        return {"response": parameters.to_json()}
    return {"levels": {level: one.to_json() for level, one in parameters.items()}}


def _days(start: int, end: int) -> str:
    first, last = (np.datetime64(at, "ms").astype("M8[s]") for at in (start, end))
    return f"{first}Z to {last}Z"
