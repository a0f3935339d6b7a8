"""The job ``fit``: parameters of attribution models, fitted to the time before the window's end."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal

from pydantic import Field

from attrigraph.jobs.job import Job, JobOptions, Outcome

if TYPE_CHECKING:
    from attrigraph.jobs.windows import Window
    from attrigraph.stores import Stores


class FitJobOptions(JobOptions):
    """Options of ``attrigraph fit train``.

    Attributes:
        models: that are fitted; None for the default.
        days: of the period, which ends with the window; None for all before.
        promote: which fits become champions at once: those of champions that have drifted, all, or
            none. The first fit of a model always is.
    """

    models: tuple[str, ...] | None = None
    days: int | None = Field(default=91, ge=7)
    lookback_days: float | None = Field(default=30.0, gt=0)
    sum_kinds: bool = False
    promote: Literal["drifted", "all", "none"] = "drifted"
    seed: int = Field(default=0, ge=0)


def fit(stores: Stores, window: Window, options: FitJobOptions) -> Outcome:
    """Fit the models, and replace champions that have drifted; the same facts give the same fit."""
    from attrigraph.attribution.models import FITTED_BY_DEFAULT
    from attrigraph.attribution.observed.journeys import JourneyOptions
    from attrigraph.domain import epoch_ms
    from attrigraph.services.artefacts import promote_artefact
    from attrigraph.services.fit import FitOptions, fit_models
    from attrigraph.services.fit_check import check_champions

    models = FITTED_BY_DEFAULT if options.models is None else options.models
    checks = check_champions(stores, models, until=epoch_ms(window.end))
    drifted = {check.artefact.model for check in checks if check.drifted}
    start = None if options.days is None else window.end - timedelta(days=options.days)
    fitted = fit_models(
        stores,
        FitOptions(
            models=models,
            start=None if start is None else epoch_ms(start),
            end=epoch_ms(window.end),
            journeys=JourneyOptions(lookback_days=options.lookback_days),
            sum_kinds=options.sum_kinds,
            promote=options.promote == "all",
            seed=options.seed,
        ),
    )
    if options.promote == "drifted":
        fitted = tuple(
            promote_artefact(stores.engine, str(one.id)) if one.model in drifted else one
            for one in fitted
        )
    summary = {
        "fits": [
            {"id": str(one.id), "model": one.model, "champion": one.champion} for one in fitted
        ],
        "checks": [check.to_json() for check in checks],
        "alerts": [check.sentence() for check in checks if check.drifted],
    }
    champions = sorted(f"{one.model} {one.id}" for one in fitted if one.champion)
    return Outcome(" ".join(champions), summary)


JOB: Final = Job(
    name="fit",
    about="fits models whose parameters `attribute` applies, and compares champions with what came",
    run=fit,
    options=FitJobOptions,
    window="week",
    inputs=("load", "identities"),
    cron="20 3 * * 1",
    catch_up="latest",
    of_window=True,
)
