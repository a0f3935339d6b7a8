"""The job ``attribute``: credit of all models, written into the graph as a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydantic import Field

from attrigraph.jobs.job import Job, JobOptions, Outcome

if TYPE_CHECKING:
    from attrigraph.jobs.windows import Window
    from attrigraph.stores import Stores


class AttributeOptions(JobOptions):
    """Options of ``attrigraph attribute``.

    Attributes:
        artefacts: of ``--artefact``; ``["champion"]`` for the fits of the job ``fit``.
    """

    models: tuple[str, ...] | None = None
    lookback_days: float | None = Field(default=30.0, gt=0)
    touch_model: str | None = "auto"
    segments: str | None = None
    keep: int = Field(default=5, ge=1)
    draws: int = Field(default=200, ge=0)
    seed: int = Field(default=0, ge=0)
    currency: str | None = None
    artefacts: tuple[str, ...] = ()
    extend: bool = False


def attribute(stores: Stores, window: Window, options: AttributeOptions) -> Outcome:
    """Attribute all conversions of the graph; the same data give the same run, which stays."""
    from attrigraph.attribution.multi_touch.options import ModelOptions
    from attrigraph.attribution.observed.journeys import JourneyOptions
    from attrigraph.services.attribute_graph import attribute_graph
    from attrigraph.services.attribution_options import AttributionOptions

    del window  # credit is of all conversions until now
    answer = attribute_graph(
        stores,
        AttributionOptions(
            models=options.models,
            journeys=JourneyOptions(lookback_days=options.lookback_days),
            model_options=ModelOptions(draws=options.draws, seed=options.seed),
            touch_model=options.touch_model,
            keep=options.keep,
            segments=options.segments,
            currency=options.currency,
            artefacts=options.artefacts,
            extend=options.extend,
        ),
    )
    runs = [one.run for one in answer.by_kind]
    summary = {
        "runs": runs,
        "models": list(answer.models),
        "failed": [failure.model for one in answer.by_kind for failure in one.failed],
    }
    return Outcome(" ".join(map(str, runs)), summary)


JOB: Final = Job(
    name="attribute",
    about="credits all conversions, and publishes the run",
    run=attribute,
    options=AttributeOptions,
    window="day",
    inputs=("load", "identities", "spend"),
    cron="30 3 * * *",
    catch_up="latest",
)
