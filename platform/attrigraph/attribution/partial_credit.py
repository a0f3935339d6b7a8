"""Credit by part of the conversions, of the models that credit single touches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrigraph.attribution.credit.by_part import credit_by_part, totals_of
from attrigraph.attribution.models import credits_touches

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from attrigraph.attribution.analysis import Analysis
    from attrigraph.attribution.credit.by_part import PartialCredit
    from attrigraph.attribution.data import EventData
    from attrigraph.domain import Attribution, Level


def partial_credit(
    analysis: Analysis,
    data: EventData,
    level: Level,
    answer: Attribution,
    parts: NDArray[np.int64],
) -> dict[str, PartialCredit]:
    """Credit by model, key and part.

    Args:
        analysis: with the fitted models.
        data: what it is about.
        level: what is credited.
        answer: of the models at this level.
        parts: number of the part of each conversion.
    """
    entity = getattr(data.events.touches, level)
    return {
        name: credit_by_part(analysis.touch_credit(name, level), entity, parts, totals_of(model))
        for name, model in answer.models.items()
        if credits_touches(name, data)
    }
