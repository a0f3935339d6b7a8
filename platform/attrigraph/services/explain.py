"""Use cases of explaining a run: one conversion's journey, and who makes touches."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from attrigraph.attribution.models import MODELS
from attrigraph.attribution.observed.subset import CUSTOMER
from attrigraph.attribution.observed.touch_rules import is_customer_taken
from attrigraph.domain.key_labels import key_labels
from attrigraph.errors import InputError
from attrigraph.graph.customer_attributes import read_facts
from attrigraph.graph.customers import journey_of_conversion, names_of_touches
from attrigraph.graph.run_names import chosen_run
from attrigraph.graph.run_summary import read_attribution, unknown_channel
from attrigraph.graph.runs import list_runs
from attrigraph.graph.scores import CreditedTouch, read_credit, read_not_identified
from attrigraph.runs.parameters import JOB, RunParameters
from attrigraph.services.runs_of_kinds import runs_by_kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from neo4j import Driver

    from attrigraph.attribution.observed.journeys import JourneyOptions
    from attrigraph.domain import Conversion, Touchpoint, TriggeredShare
    from attrigraph.graph.customers import ConversionJourney
    from attrigraph.graph.runs import Run
    from attrigraph.stores import Stores


@dataclass(frozen=True, slots=True)
class Explanation:
    """One conversion's journey with its credits.

    Attributes:
        conversion: what is explained.
        run: id of the run that gave the credit.
        model: the model that gave it.
        touches: the journey, oldest first: the touches that the run credits, and others of the
            customer between the conversion before and this one, within the run's lookback.
        credit: part of the conversion by touch; may be negative, 0 where the run gave none.
        captured: part of the conversion that each touch captured at the moment of purchase: it
            caused between none and all of it.
        incremental: whether the model estimates what the touches caused.
        assumptions: what must be true for that; empty for rules.
        not_identified: channels of the journey whose credit by the model is not identified, each
            with the codes of the reasons.
        names: names of the campaigns and creatives of the journey, by level and id, where they are
            known.
    """

    conversion: Conversion
    run: str
    model: str
    touches: tuple[Touchpoint, ...]
    credit: tuple[float, ...]
    captured: tuple[float, ...]
    incremental: bool = False
    assumptions: tuple[str, ...] = ()
    not_identified: Mapping[str | None, tuple[str, ...]] = field(default_factory=dict)
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def labels(self) -> dict[str, dict[str | None, str]]:
        """What people read in the place of campaigns and creatives, by level and id."""
        return {
            level: key_labels(
                (getattr(touch, level) for touch in self.touches), self.names.get(level, {})
            )
            for level in ("campaign", "creative")
        }

    @property
    def baseline(self) -> float:
        """The part of the conversion that no touch has; it may be negative."""
        return 1.0 - sum(self.credit) - sum(self.captured)

    def to_json(self) -> dict[str, Any]:
        """The object that ``attrigraph explain --json`` prints.

        Only causal models have ``captured`` of touches and ``not_identified``.
        """
        touches = [
            self._touch_json(touch, credit)
            for touch, credit in zip(self.touches, self.credit, strict=True)
        ]
        answer: dict[str, Any] = {
            "conversion": self.conversion.id,
            "kind": self.conversion.kind,
            "customer": self.conversion.customer_id,
            "timestamp": _iso(self.conversion),
            "value": self.conversion.value,
            "run": self.run,
            "model": self.model,
            "incremental": self.incremental,
            "baseline": self.baseline,
            "touches": touches,
            "assumptions": list(self.assumptions),
        }
        if self.incremental:
            for touch, captured in zip(touches, self.captured, strict=True):
                touch["captured"] = captured
            answer["not_identified"] = [
                {"channel": channel, "reasons": list(reasons)}
                for channel, reasons in self.not_identified.items()
            ]
        return answer

    def _touch_json(self, touch: Touchpoint, credit: float) -> dict[str, Any]:
        return {
            "id": touch.id,
            "timestamp": _iso(touch),
            "kind": touch.kind,
            "channel": touch.channel,
            "campaign": touch.campaign,
            "campaign_name": self._name("campaign", touch.campaign),
            "creative": touch.creative,
            "creative_name": self._name("creative", touch.creative),
            "credit": credit,
            "value": credit * self.conversion.value,
        }

    def _name(self, level: str, key: str | None) -> str | None:
        return None if key is None else self.names.get(level, {}).get(key)


@dataclass(frozen=True, slots=True)
class ChannelTriggers:
    """Which channels make touches of which, by a run.

    Attributes:
        run: id of the run.
        triggered: by model, shares of triggered touches, the largest first.
    """

    run: str
    triggered: Mapping[str, tuple[TriggeredShare, ...]]

    def to_json(self) -> dict[str, Any]:
        """The object that ``attrigraph explain --channels --json`` prints."""
        return {
            "run": self.run,
            "triggered": {
                model: [asdict(share) for share in shares]
                for model, shares in self.triggered.items()
            },
        }


def explain_channels(stores: Stores, *, run_key: str | None = None) -> ChannelTriggers:
    """Read which channels make touches of which by the causal models of a run.

    Args:
        stores: the graph.
        run_key: id or name of the run; None for the published one.

    Raises:
        InputError: no such run, or a run without a causal model.
    """
    run = chosen_run(stores.driver, JOB, run_key)
    if run is None:
        raise InputError(
            "no attribution has run on this graph yet, so it is unknown which channels make "
            "touches of which; run `attrigraph attribute` first"
        )
    answer = read_attribution(stores.driver, run, "channel")
    causal = [model for model in answer.models.values() if model.incremental]
    if not causal:
        raise InputError(
            f"the run {run.id} has no causal model, which alone estimates which channels "
            "make touches of which; run `attrigraph attribute` again with one"
        )
    return ChannelTriggers(run.id, {model.model: model.triggered for model in causal})


def explain_conversion(
    stores: Stores, conversion_id: str, *, run_key: str | None = None
) -> Explanation:
    """Read the journey of one conversion and the credit that a run gave its touches.

    Args:
        stores: the graph.
        conversion_id: id of the conversion.
        run_key: id or name of the run; None for the published one, or the one of the conversion's
            kind that was made with it.

    Raises:
        InputError: no such conversion, no such run, a run without credit of touches, or a
            conversion that the run left out.
    """
    driver = stores.driver
    run = _chosen_run(driver, run_key)
    rules = _rules_of(run)
    given, journey = _credited_journey(driver, run, rules, conversion_id)
    of_kind = _run_of_kind(driver, run, journey.conversion.kind)
    if of_kind is not run:
        run, rules = of_kind, _rules_of(of_kind)
        given, journey = _credited_journey(driver, run, rules, conversion_id)
    touch_model = _touch_model(run)
    _check_in_run(journey.conversion, run, rules)
    _check_customer(driver, journey.conversion, run, rules)
    nothing = CreditedTouch(0.0)
    return Explanation(
        conversion=journey.conversion,
        run=run.id,
        model=touch_model,
        touches=journey.touches,
        credit=tuple(given.get(touch.id, nothing).credit for touch in journey.touches),
        captured=tuple(given.get(touch.id, nothing).captured for touch in journey.touches),
        incremental=touch_model in MODELS and MODELS[touch_model].incremental,
        assumptions=tuple(run.summary.get("touch_assumptions", ())),
        not_identified=_not_identified(driver, run, journey.touches),
        names=names_of_touches(driver, journey.touches),
    )


def _chosen_run(driver: Driver, key: str | None) -> Run:
    run = chosen_run(driver, JOB, key)
    if run is None:
        raise InputError(
            "no attribution has run on this graph yet, so there is no credit to explain; run "
            "`attrigraph attribute` first, with any --touch-model but `none`"
        )
    return run


def _touch_model(run: Run) -> str:
    if run.touch_model is None:
        raise InputError(
            f"the run {run.id} has no credit of single touches (--touch-model none); "
            "run `attrigraph attribute` again with another --touch-model"
        )
    return run.touch_model


def _rules_of(run: Run) -> JourneyOptions:
    """What counts as a journey in a run."""
    return RunParameters.from_json(run.parameters).journeys


def _credited_journey(
    driver: Driver, run: Run, rules: JourneyOptions, conversion_id: str
) -> tuple[Mapping[str, CreditedTouch], ConversionJourney]:
    """The credit that a run gave by touch, and the journey by its rules."""
    given = read_credit(driver, run.id, conversion_id)
    return given, journey_of_conversion(driver, conversion_id, rules=rules, also=given)


def _run_of_kind(driver: Driver, current: Run, kind: str) -> Run:
    """The run of this kind of conversion that belongs to another one, or that itself."""
    if current.kind in (None, kind):
        return current
    return runs_by_kind(list_runs(driver, JOB), current).get(kind, current)


def _not_identified(
    driver: Driver, run: Run, touches: Sequence[Touchpoint]
) -> dict[str | None, tuple[str, ...]]:
    """Channels of touches whose credit by the run's touch model is not identified, and why."""
    model = run.touch_model
    # of models that credit touches only, and of rules, nothing is said of channels
    if model is None or model not in run.models or not MODELS[model].incremental:
        return {}
    channels = {touch.channel for touch in touches}
    named = [channel for channel in channels if channel is not None]
    found: dict[str | None, tuple[str, ...]] = {}
    found.update(read_not_identified(driver, run.id, model, named).items())
    unknown = unknown_channel(run, model) if None in channels else None
    if unknown is not None and unknown.identified is False:
        found[None] = unknown.reasons
    return found


def _check_in_run(conversion: Conversion, run: Run, rules: JourneyOptions) -> None:
    """See that a run looked at a conversion at all."""
    start, end = run.window
    at = conversion.timestamp
    if at is not None and ((start is not None and at < start) or (end is not None and at >= end)):
        raise InputError(
            f"the conversion {conversion.id!r} at {at:%Y-%m-%d %H:%M} UTC is outside the window of "
            f"the run {run.id}, {_window(run)}; run `attrigraph attribute` with a --window "
            "around it"
        )

    kinds = rules.conversion_kinds
    if kinds and conversion.kind not in kinds:
        raise InputError(
            f"the conversion {conversion.id!r} is a {conversion.kind!r}, and the run "
            f"{run.id} credited conversions of the kinds {', '.join(kinds)} alone; run "
            "`attrigraph attribute` for its kind"
        )


def _check_customer(
    driver: Driver, conversion: Conversion, run: Run, rules: JourneyOptions
) -> None:
    """See that a run looked at the customer of a conversion."""
    conditions = [one for one in (*rules.only, *rules.exclude) if one.field.startswith(CUSTOMER)]
    if not conditions:
        return
    by_account = rules.by == "account"
    facts = read_facts(driver, conversion.customer_id, by_account=by_account)
    if not is_customer_taken(facts, rules):
        raise InputError(
            f"the conversion {conversion.id!r} is of a customer whom the run {run.id} "
            "leaves out, because it takes some customers only (--only, --exclude); run "
            "`attrigraph attribute` with this customer"
        )


def _window(run: Run) -> str:
    start, end = ("" if at is None else f"{at:%Y-%m-%dT%H:%MZ}" for at in run.window)
    return f"{start}..{end}"


def _iso(event: Touchpoint | Conversion) -> str | None:
    return None if event.timestamp is None else event.timestamp.isoformat()
