"""The use case of interactions: which channels help each other, and which do each other's work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from attrigraph.attribution.models import channel_interactions
from attrigraph.domain.frames import frame_package
from attrigraph.services.attribution_data import graph_data
from attrigraph.services.memory_data import memory_data
from attrigraph.services.questions import most_valuable

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas
    import polars

    from attrigraph.attribution.data import EventData
    from attrigraph.attribution.incremental.interactions import Interaction
    from attrigraph.domain import Conversion, Touchpoint
    from attrigraph.services.attribution_options import AttributionOptions
    from attrigraph.services.memory_data import Frame
    from attrigraph.stores import Stores


@dataclass(frozen=True, slots=True)
class Interactions:
    """What pairs of channels cause together beyond what they cause separately.

    There are no intervals: the draws that the fitted model keeps are of channels' credits, and an
    interaction is no function of those.

    Attributes:
        pairs: every pair of channels once, in conversions, the largest first; above 0 where they
            help each other, below 0 where each does some of the other's work.
        assumptions: what must be true for that.
    """

    pairs: tuple[Interaction, ...]
    assumptions: tuple[str, ...]

    def rows(self) -> list[dict[str, Any]]:
        """One row a pair, with the names of two channels and conversions."""
        return [
            {"first": pair.first, "second": pair.second, "conversions": pair.conversions}
            for pair in self.pairs
        ]

    def to_polars(self) -> polars.DataFrame:
        """``rows()`` as a polars frame; needs the extra ``frames``."""
        package = frame_package("polars")
        text, number = package.String, package.Float64
        frame: polars.DataFrame = package.DataFrame(
            self.rows(), schema={"first": text, "second": text, "conversions": number}
        )
        return frame

    def to_pandas(self) -> pandas.DataFrame:
        """``rows()`` as a pandas frame; needs the extra ``frames``."""
        frame: pandas.DataFrame = frame_package("pandas").DataFrame(
            self.rows(), columns=["first", "second", "conversions"]
        )
        return frame


def interactions_of_graph(stores: Stores, options: AttributionOptions) -> Interactions:
    """Interactions in the graph by the incremental model; nothing is written.

    Args:
        stores: the graph.
        options: of which window, kinds of conversions, seed and experiments matter.

    Raises:
        InputError: the graph is empty, there are too few conversions, or too many channels for
            all their sets to be played.
        NeedsTimesError: the graph holds only orders.
        ConvergenceError: the model does not converge.
        StoreError: the store fails.
    """
    return _interactions(graph_data(stores.driver, options))


def interactions_of_events(
    touchpoints: Sequence[Touchpoint] | Frame,
    conversions: Sequence[Conversion] | Frame,
    options: AttributionOptions,
    *,
    customers: Frame | None = None,
) -> Interactions:
    """The same of events in memory; see ``interactions_of_graph`` and ``attribute_events``."""
    return _interactions(memory_data(touchpoints, conversions, options, customers=customers))


def _interactions(data: EventData) -> Interactions:
    return Interactions(*channel_interactions(most_valuable(data, "interactions")))
