"""Options of an attribution, over the graph and over files."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from attrigraph.attribution.models import AUTO, MODELS, check_touch_model, select
from attrigraph.attribution.multi_touch.options import ModelOptions
from attrigraph.attribution.observed.journeys import JourneyOptions
from attrigraph.domain import LEVELS
from attrigraph.errors import InputError
from attrigraph.graph.run_names import check_name
from attrigraph.graph.runs import check_keep
from attrigraph.spend.rates import check_currency

if TYPE_CHECKING:
    from attrigraph.domain import Experiment, Level
    from attrigraph.spend.accounts import Spend
    from attrigraph.spend.rates import Rates

DEFAULT_KEEP: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributionOptions:
    """Options of an attribution.

    Attributes:
        models: names of models; None for every default model that the data support.
        level: ``channel``, ``campaign`` or ``creative``.
        journeys: what counts as a journey.
        model_options: options of the models.
        touch_model: whose credit of single touches is written into the graph; None for none, and
            ``auto`` for the first causal model among the models, else ``linear``.
        keep: number of earlier runs to keep in the graph.
        name: of the run in the graph, which no other run has; None for none.
        publish: whether readers of the graph see the run from now on; None for the first run, and
            for every run that is not partial.
        segments: the attribute of customers by whose values credit is also written into the graph;
            None for none.
        experiments: measured lifts that calibrate causal models; None for those that are stored
            with the data, as far as they fit them.
        allow_old_experiments: whether experiments outside the dates of the data are used.
        robustness: whether to check how the decision between channels moves with data and choices;
            takes about seven more fits.
        sum_kinds: whether conversions of all kinds are one question; else each kind has journeys
            and credit of its own.
        currency: code of the currency of the answer; None for that of the spend.
        rates: exchange rates into it; None for none.
        spend: what was spent; None for what is stored with the data.
        cache: whether events of customers who did not change since an earlier run are taken from a
            file of the home, and not read again.
        extend: whether the published run, if it answers the same question, becomes that of newer
            data, instead of a new run.
        artefacts: ids of fits whose parameters are applied, or ``champion`` for the champions of
            the models; without ``models`` no other model with parameters runs.

    Raises:
        InputError: an unknown model, a touch model without touch-level credit, ``keep`` < 1, a
            ``name`` that cannot be one, ``robustness`` at another level than ``channel``, or a
            currency that is no code.
    """

    models: tuple[str, ...] | None = None
    level: Level = "channel"
    journeys: JourneyOptions = field(default_factory=JourneyOptions)
    model_options: ModelOptions = field(default_factory=ModelOptions)
    touch_model: str | None = AUTO
    keep: int = DEFAULT_KEEP
    name: str | None = None
    publish: bool | None = None
    segments: str | None = None
    experiments: tuple[Experiment, ...] | None = None
    allow_old_experiments: bool = False
    robustness: bool = False
    sum_kinds: bool = False
    currency: str | None = None
    rates: Rates | None = None
    spend: Spend | None = None
    cache: bool = True
    extend: bool = False
    artefacts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.level not in LEVELS:
            raise InputError(f"the level must be one of {', '.join(LEVELS)}; got {self.level!r}")
        check_keep(self.keep)
        if self.extend and self.publish is False:
            raise InputError(
                "--extend is for the published run, and --no-publish for a new one that is kept; "
                "leave one of them out"
            )
        check_name(self.name)
        if self.models is not None:
            select(self.models)
        frozen = [name for name, model in MODELS.items() if self.artefacts and model.can_freeze]
        check_touch_model(self.touch_model, frozen)
        if self.robustness and self.level != "channel":
            raise InputError(f"robustness compares channels, got the level {self.level!r}")
        check_currency(self.currency)

    @property
    def is_partial(self) -> bool:
        """Whether conversions, touches or customers are left out, so that totals are of a part."""
        journeys = self.journeys
        parts = (journeys.only, journeys.exclude, journeys.conversion_kinds)
        return journeys.window is not None or any(parts)
