"""``MarketingIntelligence``: everything attrigraph offers, as one Python object."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Self, TypeGuard

from attrigraph.errors import InputError, StoreError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path
    from types import TracebackType

    from attrigraph.domain import Attribution, Conversion, Level, Touchpoint
    from attrigraph.services.interactions import Interactions
    from attrigraph.settings import Settings
    from attrigraph.stores import Stores


class MarketingIntelligence:
    """Attribution over the graph of one home, or over touchpoints held in memory.

    Use it as a context manager, or call ``close()`` at the end.

    Example:
        >>> from datetime import datetime, timezone
        >>> from attrigraph.domain import Conversion, Touchpoint
        >>> from attrigraph.intelligence import MarketingIntelligence
        >>> day = lambda d: datetime(2026, 6, d, tzinfo=timezone.utc)
        >>> answer = MarketingIntelligence().compute_attribution(
        ...     touchpoints=[
        ...         Touchpoint("t1", "ada", day(1), channel="display"),
        ...         Touchpoint("t2", "ada", day(2), channel="email"),
        ...     ],
        ...     conversions=[Conversion("c1", "ada", day(3), value=40.0)],
        ...     models=["linear"],
        ... )
        >>> [(credit.key, credit.value) for credit in answer.models["linear"].credits]
        [('display', 20.0), ('email', 20.0)]
    """

    def __init__(self, stores: Stores | None = None) -> None:
        """Without stores only questions about data in memory can be answered."""
        self._stores = stores
        self._opened = ExitStack()

    @classmethod
    def connect(cls, settings: Settings | None = None, *, home: Path | None = None) -> Self:
        """Connect to the stores of the environment or of a home; nothing is started.

        Args:
            settings: where the stores are; None reads the environment.
            home: folder of one data set, instead of the environment's.

        Raises:
            StoreError: a store does not run or refuses the login.
            SchemaError: a schema is older or newer than this version of attrigraph expects.
        """
        from attrigraph.bootstrap import open_stores
        from attrigraph.settings import read_settings

        opened = ExitStack()
        stores = opened.enter_context(open_stores(settings or read_settings(home=home)))
        connected = cls(stores)
        connected._opened = opened
        return connected

    def compute_attribution(
        self,
        touchpoints: Sequence[Touchpoint] | None = None,
        conversions: Sequence[Conversion] = (),
        *,
        window: tuple[datetime, datetime] | None = None,
        models: Sequence[str] | None = None,
        by: Level = "channel",
        lookback_days: float | None = 30.0,
    ) -> Attribution:
        """Share conversions out over channels, campaigns or creatives.

        Given touchpoints, they alone are looked at and nothing is written. Without them the graph
        is read, the scores of all levels are written back, and readers of the graph see them once
        all are there.

        Args:
            touchpoints: touches in memory; None reads the graph.
            conversions: conversions of the same customers, with touchpoints.
            window: start (within) and end (without), with time zones; journeys that end in it
                count. None counts all.
            models: names as ``attrigraph attribute --models`` takes them; None asks every model
                that the data can answer.
            by: ``channel``, ``campaign`` or ``creative``.
            lookback_days: how long before its journey's end a touch still belongs to it; None for
                no limit.

        Raises:
            InputError: an unknown model, a naive time, conversions without touchpoints, an empty
                graph.
            NeedsTimesError: a model needs times and there are only orders.
            StoreError: there is no connection, or a store fails.
            ConservationError: credits do not add up; nothing is written.
        """
        from attrigraph.attribution.observed.journeys import JourneyOptions
        from attrigraph.services.attribute import AttributionOptions, attribute_graph
        from attrigraph.services.in_memory import attribute_events

        options = AttributionOptions(
            models=None if models is None else tuple(models),
            level=by,
            journeys=JourneyOptions(
                lookback_days=lookback_days,
                window=_milliseconds(window),
            ),
        )
        if _in_memory(touchpoints, conversions):
            return attribute_events(touchpoints, conversions, options)
        return attribute_graph(self._connected(), options)

    def channel_interactions(
        self,
        touchpoints: Sequence[Touchpoint] | None = None,
        conversions: Sequence[Conversion] = (),
        *,
        window: tuple[datetime, datetime] | None = None,
    ) -> Interactions:
        """What pairs of channels cause together beyond what they cause apart.

        The incremental model is fitted to touchpoints in memory or, without them, to the graph;
        nothing is written. See ``attribution.incremental.interactions`` for the formula.

        Args:
            touchpoints: touches in memory; None reads the graph.
            conversions: conversions of the same customers, with touchpoints.
            window: start (within) and end (without), with time zones; events in it count. None
                counts all.

        Returns:
            Every pair once with its conversions, the largest first, without intervals; see
            ``Interactions``.

        Raises:
            InputError: a naive time, conversions without touchpoints, an empty graph, too few
                conversions for the model, or more than 10 channels.
            NeedsTimesError: there are only orders.
            ConvergenceError: the model does not settle.
            StoreError: there is no connection, or a store fails.
        """
        from attrigraph.attribution.observed.journeys import JourneyOptions
        from attrigraph.services.interactions import interactions_of_events, interactions_of_graph

        journeys = JourneyOptions(window=_milliseconds(window))
        if _in_memory(touchpoints, conversions):
            return interactions_of_events(touchpoints, conversions, journeys)
        return interactions_of_graph(self._connected(), journeys)

    def close(self) -> None:
        """Close what ``connect`` opened."""
        self._opened.close()

    def _connected(self) -> Stores:
        if self._stores is None:
            raise StoreError(
                "this needs the graph and there is no connection; "
                "use MarketingIntelligence.connect()"
            )
        return self._stores

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _in_memory(
    touchpoints: Sequence[Touchpoint] | None, conversions: Sequence[Conversion]
) -> TypeGuard[Sequence[Touchpoint]]:
    """Whether events in memory are asked about, and not the graph."""
    if touchpoints is None and conversions:
        raise InputError("conversions were given without touchpoints; give both or neither")
    return touchpoints is not None


def _milliseconds(window: tuple[datetime, datetime] | None) -> tuple[int, int] | None:
    from attrigraph.domain.from_objects import timestamp_ms

    if window is None:
        return None
    return timestamp_ms("window", window[0]), timestamp_ms("window", window[1])
