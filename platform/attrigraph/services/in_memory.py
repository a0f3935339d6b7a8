"""Attribution over touchpoints and conversions held in memory, as objects or as data frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrigraph.services.accounts import spend_of, with_spending
from attrigraph.services.attribute_files import answer_of
from attrigraph.services.attribution_options import AttributionOptions
from attrigraph.services.memory_data import memory_data_and_currency
from attrigraph.spend.accounts import Spend

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attrigraph.domain import Attribution, Conversion, Touchpoint
    from attrigraph.services.memory_data import Frame
    from attrigraph.staging import StagingOptions


def attribute_events(
    touchpoints: Sequence[Touchpoint] | Frame,
    conversions: Sequence[Conversion] | Frame = (),
    options: AttributionOptions | None = None,
    *,
    customers: Frame | None = None,
    reading: StagingOptions | None = None,
) -> Attribution:
    """Attribute conversions to touchpoints; the same credits as by files and by the graph.

    Args:
        touchpoints: in any order; objects, or a frame (see ``staging.frames``), which may hold
            conversions too and then needs the column ``kind``, as files do. None of them gives an
            answer without credits.
        conversions: in any order; objects, or a frame with a frame of touchpoints.
        options: see there; ``touch_model`` and ``keep`` have no effect.
        customers: a frame with ``customer_id`` and attributes known before exposure.
        reading: how frames are read; None for the defaults. Ids of customers stay as they are.

    Raises:
        InputError: an id is missing or occurs twice, a time has no zone, a value or cost is not a
            number of at least 0, objects and frames are mixed, or a frame of touchpoints alone has
            no column ``kind``. Rows of frames that cannot be used are rejected with a warning, as
            rows of files are.
        NeedsTimesError: a model or option needs times and some event has none.
    """
    options = options or AttributionOptions()
    data, currency = memory_data_and_currency(touchpoints, conversions, options, customers, reading)
    spend = spend_of(Spend(currency=currency), options)
    return answer_of(with_spending(data, spend), options, spend)
