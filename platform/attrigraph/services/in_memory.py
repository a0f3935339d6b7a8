"""Attribution over touchpoints and conversions held in memory, with no store and no file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrigraph.attribution.analysis import Analysis
from attrigraph.domain.from_objects import events_from_objects
from attrigraph.services.attribute import AttributionOptions, choose_models, event_data

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attrigraph.domain import Attribution, Conversion, Touchpoint


def attribute_events(
    touchpoints: Sequence[Touchpoint],
    conversions: Sequence[Conversion],
    options: AttributionOptions | None = None,
) -> Attribution:
    """Share out conversions over touchpoints; the same credits as through the graph.

    Args:
        touchpoints: in any order; none gives an answer without credits.
        conversions: in any order.
        options: what is asked; ``touch_model`` and ``keep`` play no part.

    Raises:
        InputError: an id stands twice, a time has no zone, or a value or cost is not a number of
            at least 0.
        NeedsTimesError: a model or option needs times and some event has none.
    """
    options = options or AttributionOptions()
    data = event_data(events_from_objects(touchpoints, conversions), None, options)
    return Analysis(data).attribute(choose_models(data, options), options.level)
