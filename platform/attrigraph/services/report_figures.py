"""What a report shows of data beside credit: levels, costs, and statistics of journeys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from attrigraph.attribution.observed import summary
from attrigraph.attribution.observed.costs import cost_by_entity
from attrigraph.attribution.observed.evidence import gather
from attrigraph.attribution.observed.journeys import derive
from attrigraph.domain import LEVELS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attrigraph.attribution.observed.journeys import JourneyOptions
    from attrigraph.domain import Attribution, EventTable, Level

TOP_PATHS: Final = 20
SANKEY_STEPS: Final = 4
SANKEY_KEYS: Final = 6


def levels_of(events: EventTable) -> list[Level]:
    """Channels, and the further levels that touches have."""
    return [level for level in LEVELS if level == "channel" or getattr(events.touches, level).keys]


def journey_figures(events: EventTable, options: JourneyOptions) -> dict[str, Any]:
    """The fields of ``ReportData`` about journeys."""
    journeys = derive(events, options)
    paths = gather(events, journeys, "channel", repeats=options.repeats).paths
    converting, others = summary.journeys_by_length(paths)
    return {
        "top_paths": summary.top_paths(paths, TOP_PATHS),
        "converting_by_length": converting,
        "others_by_length": others,
        "days_to_conversion": summary.days_to_conversion(journeys),
        "flows": summary.flows(paths, steps=SANKEY_STEPS, keys=SANKEY_KEYS),
    }


def costs_of(
    answer: Attribution, events: EventTable, options: JourneyOptions
) -> Mapping[str | None, float]:
    """Known costs of the keys of an answer; runs of earlier versions have those of touches."""
    credits = [credit for model in answer.models.values() for credit in model.credits]
    if any(credit.returns is not None for credit in credits):
        known = ((one.key, one.returns.cost) for one in credits if one.returns is not None)
        return {key: cost for key, cost in known if cost is not None}
    costs = cost_by_entity(events, answer.by, options.window)
    return {key: entity.cost for key, entity in costs.items() if entity.cost is not None}
