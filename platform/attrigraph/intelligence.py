"""``MarketingIntelligence``: everything attrigraph offers, as one Python object."""

from __future__ import annotations

from contextlib import ExitStack
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal, Self

from attrigraph.closing import Closing
from attrigraph.errors import InputError, StoreError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime
    from pathlib import Path

    from attrigraph.attribution.multi_touch.options import ModelOptions
    from attrigraph.attribution.observed.journeys import JourneyOptions, TouchLookback
    from attrigraph.attribution.observed.subset import Condition
    from attrigraph.domain import (
        Attribution,
        Conversion,
        Experiment,
        Level,
        SegmentSizes,
        Touchpoint,
    )
    from attrigraph.fatigue.creatives import CreativeFatigue
    from attrigraph.planning.plan import BudgetPlan
    from attrigraph.planning.request import PlannedCampaign
    from attrigraph.services.attribution_options import AttributionOptions
    from attrigraph.services.fatigue_prediction import FatiguePredictor
    from attrigraph.services.interactions import Interactions
    from attrigraph.services.memory_data import Frame
    from attrigraph.services.query_vector import SimilarText, Vector
    from attrigraph.services.similar import CampaignSearch, SimilarCampaigns
    from attrigraph.settings import Settings
    from attrigraph.spend.accounts import Spend
    from attrigraph.spend.rates import Rates
    from attrigraph.staging import StagingOptions
    from attrigraph.staging.budget_arguments import BudgetConstraints
    from attrigraph.stores import Stores


class MarketingIntelligence(Closing):
    """Attribution over the graph of one home, or over touchpoints in memory.

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
        self._campaigns: CampaignSearch | None = None
        self._fatigue: FatiguePredictor | None = None
        self._lock = Lock()

    @classmethod
    def connect(cls, settings: Settings | None = None, *, home: Path | None = None) -> Self:
        """Connect to the stores of the environment or of a home; nothing is started.

        Args:
            settings: where the stores are; None reads the environment.
            home: folder of one data set, instead of the environment's.

        Raises:
            StoreError: a store does not run or rejects the login.
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
        touchpoints: Sequence[Touchpoint] | Frame | None = None,
        conversions: Sequence[Conversion] | Frame = (),
        *,
        customers: Frame | None = None,
        window: tuple[datetime, datetime] | None = None,
        models: Sequence[str] | None = None,
        by: Level = "channel",
        lookback_days: float | Literal["auto"] | None = "auto",
        conversion_kinds: Sequence[str] = (),
        sum_kinds: bool = False,
        journeys_by: Literal["contact", "account"] = "contact",
        reuse_touches: bool = False,
        collapse_repeats: bool = False,
        lookbacks: Mapping[str, float | None] | None = None,
        steps: int | None = None,
        drop_direct: bool = False,
        only: Sequence[str] = (),
        exclude: Sequence[str] = (),
        zone: str | None = None,
        half_life_days: float = 7.0,
        direct_channels: Sequence[str] | None = None,
        position_weights: tuple[float, float, float] | None = None,
        purchase_window: Literal["auto", "1h", "none"] = "auto",
        not_marketing: Sequence[str] | None = None,
        population: int | SegmentSizes | None = None,
        draws: int = 200,
        seed: int = 0,
        experiments: Path | Sequence[Experiment] | None = None,
        allow_old_experiments: bool = False,
        touch_model: str | None = "auto",
        keep: int = 5,
        name: str | None = None,
        publish: bool | None = None,
        robustness: bool = False,
        spend: Frame | Path | Sequence[Path] | None = None,
        no_spend: bool = False,
        currency: str | None = None,
        rates: Path | Rates | None = None,
        reading: StagingOptions | None = None,
    ) -> Attribution:
        """Attribute conversions to channels, campaigns or creatives.

        Given touchpoints, they alone are used and nothing is written. Without them the graph is
        read, the scores of all levels are written back, and readers of the graph see them once
        all are there. The options are those of ``attrigraph attribute``.

        Args:
            touchpoints: touches in memory: objects, a pandas or polars frame, or an Arrow table
                with the columns of the preset ``events``; None reads the graph.
            conversions: conversions of the same customers, of the same form; a frame of
                touchpoints may hold them too, and then needs the column ``kind``.
            customers: with touchpoints, a frame with ``customer_id`` and attributes known before
                exposure; it should hold customers without a touch as well.
            window: start (inclusive) and end (exclusive), with time zones; journeys that end in it
                count. None counts all.
            models: names as ``attrigraph attribute --models`` takes them; None for every default
                model that the data support.
            by: ``channel``, ``campaign`` or ``creative``.
            lookback_days: how long before its journey's end a touch still belongs to it, and after
                how long it has no effect in causal models; None for no limit. ``auto`` is 30 for
                journeys and no limit for causal models.
            conversion_kinds: kinds of conversions that are attributed; empty for all. Each has
                journeys and credit of its own: the answer is about the kind with the largest
                value, and its ``others`` are about the other kinds.
            sum_kinds: whether conversions of all these kinds are one question instead.
            journeys_by: whose journeys: those of each contact, or of each account (the column
                ``account_id``) with all its contacts.
            reuse_touches: whether a touch may serve several conversions.
            collapse_repeats: whether consecutive touches of one key count as one.
            lookbacks: days by kind of touch (``impression``) or channel (``channel:display``),
                which counts before the kind; None for no limit.
            steps: how many touches of a journey count at most, the last ones; causal models do not
                use it.
            drop_direct: whether direct touches are left out of journeys that have others.
            only: touches or customers that alone are used: ``channel=NAME``, ``campaign=ID`` or
                its name where that is of one campaign alone, or ``customer.ATTRIBUTE=VALUE``.
            exclude: those that are left out.
            zone: IANA name of the zone of a window without time zones, recorded with the run; an
                error without a window.
            half_life_days: time-decay: half-life of a touch's weight, in days.
            direct_channels: last-non-direct and ``drop_direct``: channels treated as direct
                traffic; None for the usual names.
            position_weights: position-custom: weights of the first, middle and last touches.
            purchase_window: causal models: which touches just before a conversion are part of the
                purchase and get no credit; ``auto``, ``1h`` or ``none``.
            not_marketing: causal models: channels that are never credited; None for the usual
                names of direct, organic and referral traffic.
            population: causal models: number of people who could have been touched; with customers
                by segment of one of their attributes. None if it is not known.
            draws: bootstrap draws behind the intervals; 0 for no intervals.
            seed: random seed.
            experiments: measured lifts that calibrate causal models: rows, or a CSV file; None for
                those in the graph, as far as they fit the data.
            allow_old_experiments: use experiments outside the dates of the data, too.
            touch_model: model whose credit of single touches is written into the graph; None for
                none.
            keep: number of earlier runs to keep in the graph.
            name: of the run in the graph, which no other run has; None for none.
            publish: whether readers of the graph see the run from now on; None for the first run,
                and for every run without a window, ``conversion_kinds``, ``only`` and ``exclude``.
            robustness: whether to check how the best and the worst channel move when data or
                choices are a little different; takes about seven more fits.
            spend: what platforms charged per day: a frame with the columns of the preset ``spend``,
                or files; None for what is stored in the graph.
            no_spend: whether to leave out spend that is stored in the graph.
            currency: code of the currency of the answer; None for that of the spend.
            rates: exchange rates into it, or a CSV file of them.
            reading: how frames are read: the zone of times without an offset, sessions, rules of
                channels, the share of rows that may be rejected. Ids of customers stay as they are.
                None for the defaults, as of files.

        Raises:
            InputError: an unknown model, a naive time, conversions without touchpoints, an empty
                graph, or an option that does not fit the data.
            NeedsTimesError: a model needs times and there are only orders.
            MissingExtraError: a model needs an optional package that is not installed.
            StoreError: there is no connection, or a store fails.
            ConservationError: credits do not add up; nothing is written.
        """
        from attrigraph.attribution.observed.journeys import DEFAULT_LOOKBACK_DAYS
        from attrigraph.domain.channel_names import DIRECT_CHANNELS
        from attrigraph.services.argument_types import check_arguments
        from attrigraph.services.attribution_options import AttributionOptions

        _check_lists(
            models=models,
            conversion_kinds=conversion_kinds,
            only=only,
            exclude=exclude,
            direct_channels=direct_channels,
            not_marketing=not_marketing,
        )
        check_arguments(
            {
                "customers": customers,
                "window": window,
                "models": models,
                "lookback_days": lookback_days,
                "conversion_kinds": conversion_kinds,
                "lookbacks": lookbacks,
                "steps": steps,
                "only": only,
                "exclude": exclude,
                "half_life_days": half_life_days,
                "direct_channels": direct_channels,
                "position_weights": position_weights,
                "not_marketing": not_marketing,
                "draws": draws,
                "seed": seed,
                "experiments": experiments,
                "spend": spend,
                "currency": currency,
                "rates": rates,
            }
        )
        options = AttributionOptions(
            models=None if models is None else tuple(models),
            level=by,
            journeys=_journey_options(
                window,
                conversion_kinds,
                lookback_days=DEFAULT_LOOKBACK_DAYS if lookback_days == "auto" else lookback_days,
                reuse_touches=reuse_touches,
                repeats="collapsed" if collapse_repeats else "kept",
                by=journeys_by,
                lookbacks=_lookbacks(lookbacks or {}),
                steps=steps,
                dropped_channels=tuple(direct_channels or DIRECT_CHANNELS) if drop_direct else (),
                only=_conditions(only, "only"),
                exclude=_conditions(exclude, "exclude"),
                zone=zone,
            ),
            model_options=_model_options(
                direct_channels,
                not_marketing,
                half_life_days=half_life_days,
                position_weights=position_weights,
                purchase_window=purchase_window,
                population=population,
                lookback_days=None if lookback_days == "auto" else lookback_days,
                draws=draws,
                seed=seed,
            ),
            touch_model=touch_model,
            keep=keep,
            name=name,
            publish=publish,
            robustness=robustness,
            experiments=_experiments(experiments),
            allow_old_experiments=allow_old_experiments,
            sum_kinds=sum_kinds,
            currency=currency,
            rates=_rates(rates),
            spend=_spend(spend, no_spend=no_spend),
        )
        return self._attribute(options, touchpoints, conversions, customers, reading)

    def _attribute(
        self,
        options: AttributionOptions,
        touchpoints: Sequence[Touchpoint] | Frame | None,
        conversions: Sequence[Conversion] | Frame,
        customers: Frame | None,
        reading: StagingOptions | None,
    ) -> Attribution:
        """Attribute events in memory, or those of the graph."""
        from attrigraph.services.attribute_graph import attribute_graph
        from attrigraph.services.in_memory import attribute_events

        if _in_memory(touchpoints, conversions, customers):
            return attribute_events(
                touchpoints, conversions, options, customers=customers, reading=reading
            )
        if reading is not None:
            raise InputError("reading is for frames, and none is given; leave it out for the graph")
        return attribute_graph(self._connected(), options)

    def channel_interactions(
        self,
        touchpoints: Sequence[Touchpoint] | Frame | None = None,
        conversions: Sequence[Conversion] | Frame = (),
        *,
        customers: Frame | None = None,
        window: tuple[datetime, datetime] | None = None,
        conversion_kinds: Sequence[str] = (),
        seed: int = 0,
        experiments: Path | Sequence[Experiment] | None = None,
        allow_old_experiments: bool = False,
    ) -> Interactions:
        """What pairs of channels cause together beyond what they cause separately.

        The incremental model is fitted to touchpoints in memory or, without them, to the graph;
        nothing is written. See ``attribution.incremental.interactions`` for the formula.

        Args:
            touchpoints: touches in memory, see ``compute_attribution``; None reads the graph.
            conversions: conversions of the same customers, with touchpoints.
            customers: with touchpoints, a frame of attributes, see ``compute_attribution``.
            window: start (inclusive) and end (exclusive), with time zones; events in it count.
                None counts all.
            conversion_kinds: kinds of conversions, of which the one with the largest value
                counts; empty for all.
            seed: random seed.
            experiments: measured lifts that calibrate the model: rows, or a CSV file; None for
                those in the graph, as far as they fit the data.
            allow_old_experiments: use experiments outside the dates of the data, too.

        Returns:
            Every pair once with its conversions, the largest first, without intervals; see
            ``Interactions``.

        Raises:
            InputError: a naive time, conversions without touchpoints, an empty graph, too few
                conversions for the model, or more than 10 channels.
            NeedsTimesError: there are only orders.
            ConvergenceError: the model does not converge.
            StoreError: there is no connection, or a store fails.
        """
        from attrigraph.services.argument_types import check_arguments
        from attrigraph.services.attribution_options import AttributionOptions
        from attrigraph.services.interactions import interactions_of_events, interactions_of_graph

        _check_lists(conversion_kinds=conversion_kinds)
        check_arguments(
            {
                "customers": customers,
                "window": window,
                "conversion_kinds": conversion_kinds,
                "seed": seed,
                "experiments": experiments,
            }
        )
        options = AttributionOptions(
            journeys=_journey_options(window, conversion_kinds),
            model_options=_model_options(seed=seed),
            touch_model=None,
            experiments=_experiments(experiments),
            allow_old_experiments=allow_old_experiments,
        )
        if _in_memory(touchpoints, conversions, customers):
            return interactions_of_events(touchpoints, conversions, options, customers=customers)
        return interactions_of_graph(self._connected(), options)

    def find_similar_campaigns(
        self,
        query: Vector | str | SimilarText,
        k: int = 10,
        *,
        where: str | None = None,
        collection: str = "campaigns",
        blend: float = 0.5,
        consistent: bool = False,
        roas_above: float | None = None,
        model: str = "incremental",
    ) -> SimilarCampaigns:
        """The k most similar campaigns that fulfil a filter, with what they brought.

        Collections are held in memory once they are searched, and follow the writes of all
        processes.

        Args:
            query: the id of an embedded campaign, a ``SimilarText`` or a vector of the
                collection's dimension.
            k: how many; all are returned if fewer fulfil the filter.
            where: a filter on metadata, as in docs/similarity.md.
            collection: its name or alias; ``attrigraph embed`` makes ``campaigns``.
            blend: weight of the distance in the campaign tree, 0 to 1; ``attrigraph hierarchy
                train`` learns it.
            consistent: whether what other processes wrote in the last second must be seen.
            roas_above: only campaigns whose ROAS is identified and above this with all of its
                interval; None for all.
            model: whose credit of the current run is shown.

        Raises:
            InputError: there is no such collection, campaign or field, the vector does not fit, or
                k is below 1.
            MissingExtraError: the package of the collection's embedder is not installed.
            StoreError: there is no connection, or a store fails.
        """
        return self._search().find(
            query,
            k,
            where=where,
            collection=collection,
            blend=blend,
            consistent=consistent,
            roas_above=roas_above,
            model=model,
        )

    def predict_creative_fatigue(
        self,
        creative: str,
        *,
        as_of: date | None = None,
        value_per_click: float | None = None,
    ) -> CreativeFatigue:
        """How tired people are of a creative, how long it lasts, and what going on costs.

        The model is the newest of ``attrigraph fatigue train``. The first call reads all daily
        figures; later ones answer from memory until a job has run.

        Args:
            creative: its id.
            as_of: the last day that is known; None for the last of the graph.
            value_per_click: currency, where nothing is attributed; None for the cost.

        Raises:
            InputError: no model was trained, there is no such creative, it had no impressions in
                the last seven days, or the value is below 0.
            MissingExtraError: the extra ``gnn`` is not installed.
            StoreError: there is no connection, or a store fails.
        """
        stores = self._connected()
        with self._lock:
            if self._fatigue is None:
                from attrigraph.services.fatigue_prediction import FatiguePredictor

                self._fatigue = FatiguePredictor(stores)
            predictor = self._fatigue
        return predictor.predict(creative, as_of=as_of, value_per_click=value_per_click)

    def optimize_budget_allocation(
        self,
        campaigns: Sequence[PlannedCampaign | Mapping[str, Any]] | Frame,
        budget: float,
        constraints: BudgetConstraints | Mapping[str, Any] | None = None,
    ) -> BudgetPlan:
        """The best plan of a budget, with a reason for each campaign and a certificate.

        It needs no store and writes nothing. Settings and errors are those of the file of
        ``attrigraph budget plan`` (docs/budget.md).

        Args:
            campaigns: one mapping each with the settings of ``[[campaign]]``, such as ``id``,
                ``max``, ``value`` and ``scale``; a pandas or polars frame or an Arrow table with
                these as columns, in which an empty cell leaves a setting without a default out;
                or ``PlannedCampaign`` objects, which may have responses of their own.
            budget: in money, for the whole period.
            constraints: ``BudgetConstraints`` or a mapping with its fields: groups, synergies,
                limits, period, currency, season, max_change, freeze and exploration. None for the
                limits of the campaigns alone.

        Returns:
            The plan, all of it in the given unit of money.

        Raises:
            InputError: a setting is unknown, missing or wrong, or the constraints contradict each
                other; the message names all faults.
            ConvergenceError: the solver stopped without an optimum.

        Example:
            >>> from attrigraph.intelligence import MarketingIntelligence
            >>> plan = MarketingIntelligence().optimize_budget_allocation(
            ...     [
            ...         {"id": "search", "max": 100, "spends": [0, 100], "values": [0, 300]},
            ...         {"id": "social", "max": 100, "spends": [0, 100], "values": [0, 200]},
            ...     ],
            ...     budget=150,
            ... )
            >>> [(own.campaign, own.spend) for own in plan.allocations]
            [('search', 100.0), ('social', 50.0)]
            >>> plan.value.value, plan.marginal_return
            (400.0, 2.0)
        """
        from attrigraph.services.budget import plan_from_arguments

        return plan_from_arguments(campaigns, budget, constraints)

    def close(self) -> None:
        """Close what ``connect`` opened."""
        self._opened.close()

    def _search(self) -> CampaignSearch:
        """The one search of this object, which keeps collections in memory."""
        stores = self._connected()
        with self._lock:
            if self._campaigns is None:
                from attrigraph.services.similar import CampaignSearch

                self._campaigns = self._opened.enter_context(CampaignSearch(stores))
            return self._campaigns

    def _connected(self) -> Stores:
        if self._stores is None:
            raise StoreError(
                "this needs the graph and there is no connection; "
                "use MarketingIntelligence.connect()"
            )
        return self._stores


def _in_memory(
    touchpoints: Sequence[Touchpoint] | Frame | None,
    conversions: Sequence[Conversion] | Frame,
    customers: Frame | None,
) -> bool:
    """Whether events in memory are used, and not the graph."""
    if touchpoints is not None:
        return True
    if len(conversions):
        raise InputError("conversions were given without touchpoints; give both or neither")
    if customers is not None:
        raise InputError(
            "customers were given without touchpoints; the graph has its customers from "
            "`attrigraph load`"
        )
    return False


def _check_lists(**lists: Sequence[str] | None) -> None:
    """Check that no list of names is one text, whose letters would be taken for names."""
    for name, value in lists.items():
        if isinstance(value, str):
            raise InputError(
                f"{name} must be a list of names, such as [{value!r}], got the text {value!r}"
            )


def _journey_options(
    window: tuple[datetime, datetime] | None, conversion_kinds: Sequence[str], **others: Any
) -> JourneyOptions:
    from attrigraph.attribution.observed.journeys import JourneyOptions

    return JourneyOptions(
        window=_milliseconds(window, others.get("zone")),
        conversion_kinds=tuple(conversion_kinds),
        **others,
    )


def _lookbacks(days: Mapping[str, float | None]) -> tuple[TouchLookback, ...]:
    from attrigraph.attribution.observed.touch_lookbacks import lookbacks_of

    texts = [f"{name}={'none' if limit is None else limit}" for name, limit in days.items()]
    return lookbacks_of(texts, "lookbacks")[1]


def _conditions(texts: Sequence[str], option: str) -> tuple[Condition, ...]:
    from attrigraph.attribution.observed.subset import condition_of

    return tuple(condition_of(text, option) for text in texts)


def _model_options(
    direct_channels: Sequence[str] | None = None,
    not_marketing: Sequence[str] | None = None,
    **others: Any,
) -> ModelOptions:
    """Options of models, with the usual names of channels where none are given."""
    from attrigraph.attribution.multi_touch.options import ModelOptions

    if direct_channels is not None:
        others["direct_channels"] = tuple(direct_channels)
    if not_marketing is not None:
        others["not_marketing"] = tuple(not_marketing)
    return ModelOptions(**others)


def _spend(spend: Frame | Path | Sequence[Path] | None, *, no_spend: bool) -> Spend | None:
    """The spend that was given; None for what is stored."""
    from attrigraph.services.memory_data import spend_in_memory
    from attrigraph.spend.accounts import Spend

    if spend is None:
        return Spend() if no_spend else None
    if no_spend:
        raise InputError("spend and no_spend exclude each other; give one of them")
    return spend_in_memory(spend)


def _rates(rates: Path | Rates | None) -> Rates | None:
    from pathlib import Path

    from attrigraph.staging.rates_file import read_rates

    return read_rates(rates) if isinstance(rates, Path) else rates


def _experiments(
    experiments: Path | Sequence[Experiment] | None,
) -> tuple[Experiment, ...] | None:
    from pathlib import Path

    from attrigraph.staging.experiment_file import read_experiments

    if experiments is None:
        return None
    return read_experiments(experiments) if isinstance(experiments, Path) else tuple(experiments)


def _milliseconds(
    window: tuple[datetime, datetime] | None, zone: str | None = None
) -> tuple[int, int] | None:
    from attrigraph.domain.from_objects import timestamp_ms
    from attrigraph.domain.zones import zone_named

    if window is None and zone is not None:
        raise InputError("zone is for the days of a window; give window with it")
    if window is None:
        return None
    if len(window) != 2:
        raise InputError(f"window must be a pair of datetimes, start and end, got {window!r}")
    if zone is not None:
        found = zone_named(zone)
        start, end = (one if one.tzinfo else one.replace(tzinfo=found) for one in window)
        window = start, end
    return timestamp_ms("window", window[0]), timestamp_ms("window", window[1])
