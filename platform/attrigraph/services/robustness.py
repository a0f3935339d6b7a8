"""How the ranking of channels and the decision move when data or choices are a little different.

Each check changes one thing and fits the same model again. A decision that a lost tenth of the
touches or another lookback reverses is not one to move a budget on (sensitivity analysis; Saltelli
et al. 2008, Global Sensitivity Analysis, ch. 1).
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attrigraph.attribution.analysis import Analysis
from attrigraph.attribution.data import EventData
from attrigraph.attribution.models import MODELS, SHOWN_RULES
from attrigraph.attribution.observed.costs import cost_by_entity
from attrigraph.attribution.observed.journeys import DEFAULT_LOOKBACK_DAYS
from attrigraph.attribution.observed.perturbed import (
    break_identities,
    duplicate_touches,
    lose_touches,
)
from attrigraph.domain import UNKNOWN, Robustness, RobustnessCheck
from attrigraph.errors import ConvergenceError, InputError
from attrigraph.quantities import counted, enumerated
from attrigraph.runs.progress import counter, ignore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from attrigraph.attribution.data import Data
    from attrigraph.domain import Attribution, EventTable, ModelCredits
    from attrigraph.runs.progress import Progress
    from attrigraph.services.attribution_options import AttributionOptions
    from attrigraph.spend.accounts import Accounts

LOST: Final = (0.1, 0.3)
"""Shares of touches that are lost."""

DUPLICATED: Final = 0.1
"""Share of touches that are counted twice."""

BROKEN: Final = 0.5
"""Share of customers whose id changes."""

EQUAL: Final = 1e-9
"""Relative difference up to which two channels are equal."""

MIN_AGREEMENT: Final = 0.8
"""Share of checks that must come to the same best and worst channel."""


def with_robustness(
    data: Data,
    answer: Attribution,
    options: AttributionOptions,
    accounts: Accounts,
    *,
    progress: Progress = ignore,
) -> Attribution:
    """The answer with the robustness of its decision, if the options ask for it."""
    if not options.robustness:
        return answer
    on_check = counter(progress, "check", None)
    costs = accounts.channel_costs()
    found = check_robustness(data, answer, costs=costs, on_check=on_check)
    return replace(answer, robustness=found)


def check_robustness(
    data: Data,
    attribution: Attribution,
    *,
    costs: Mapping[str, float] | None = None,
    on_check: Callable[[], None] | None = None,
) -> Robustness:
    """Change one thing at a time and compare channels with those of a run.

    Args:
        data: what the run was computed from.
        attribution: the run's credits by channel.
        costs: costs of channels; None for those of their touches.
        on_check: called after each check.

    Raises:
        InputError: events have no times, or fewer than two channels have credit.
    """
    if not isinstance(data, EventData) or not data.timed:
        raise InputError("the robustness of a decision needs the time of every touch")
    names = list(attribution.models)
    model = next((name for name in names if attribution.models[name].incremental), names[0])
    costs = _costs(data, costs)
    reference = _worth(attribution.models[model], costs)
    is_open = _not_identified(attribution.models[model], reference)
    if len(reference) - len(is_open) >= 2:
        reference = {name: reference[name] for name in reference if name not in is_open}
    if len(reference) < 2:
        raise InputError(f"a decision needs at least 2 channels with credit, got {len(reference)}")
    checks = []
    for check in _checks(data, attribution, model, costs, reference):
        checks.append(check)
        if on_check is not None:
            on_check()
    best, worst = _extremes(reference)
    without_cost = _without_cost(attribution.models[model], costs)
    return Robustness(
        model,
        bool(costs),
        enumerated(best),
        enumerated(worst),
        tuple(checks),
        _verdict(best, worst, checks, is_open, without_cost),
        by_value=_has_value(attribution.models[model]),
    )


def _checks(
    data: EventData,
    attribution: Attribution,
    model: str,
    costs: Mapping[str, float],
    reference: Mapping[str, float],
) -> Iterator[RobustnessCheck]:
    for change, changed in _changes(data, model):
        try:
            answer = Analysis(changed).attribute((model,), "channel").models[model]
        except (ConvergenceError, InputError) as error:
            yield RobustnessCheck(change, failure=str(error))
        else:
            yield _compared(change, _worth(answer, costs), reference)
    for name, answer in _other_models(data, attribution, model):
        yield _compared(f"model {name}", _worth(answer, costs), reference)


def _other_models(
    data: EventData, attribution: Attribution, model: str
) -> Iterator[tuple[str, ModelCredits]]:
    """The other models of the run; well-known rules, which cost little, if it has none."""
    others = {name: answer for name, answer in attribution.models.items() if name != model}
    if not others:
        rules = tuple(name for name in SHOWN_RULES if name != model)
        others = dict(Analysis(_with(data)).attribute(rules, "channel").models)
    yield from others.items()


def _changes(data: EventData, model: str) -> Iterator[tuple[str, EventData]]:
    """What is changed, in words, and the changed data."""
    is_causal = MODELS[model].incremental
    if is_causal:
        start, end = _window(data)
        window = (start + (end - start) // 2, end)
        options = replace(data.journey_options, window=window)
        days = (end - start) / 2 / 86_400_000
        yield f"only the last {counted(days, 'day')}", _with(data, journey_options=options)
    yield from _shorter_lookback(data, is_causal=is_causal)
    rng = np.random.default_rng(data.model_options.seed)
    for share in LOST:
        yield f"{share:.0%} of touches lost", _with(data, lose_touches(data.events, share, rng))
    broken = break_identities(data.events, BROKEN, rng)
    yield f"ids of {BROKEN:.0%} of customers broken", _with(data, broken)
    twice = duplicate_touches(data.events, DUPLICATED, rng)
    yield f"{DUPLICATED:.0%} of touches counted twice", _with(data, twice)
    if is_causal and data.model_options.purchase_window != "none":
        window_options = replace(data.model_options, purchase_window="none")
        yield "touches of the last hour credited", _with(data, model_options=window_options)


def _shorter_lookback(data: EventData, *, is_causal: bool) -> Iterator[tuple[str, EventData]]:
    """Half of each lookback; in general that of journeys for causal models without one."""
    rules, models = data.journey_options, data.model_options
    general = models.lookback_days if is_causal else rules.lookback_days
    if general is None and not is_causal:
        return
    days = DEFAULT_LOOKBACK_DAYS if general is None else general / 2
    own = tuple(replace(one, days=one.days and one.days / 2) for one in rules.lookbacks)
    rules = replace(rules, lookbacks=own)
    if is_causal:
        models = replace(models, lookback_days=days)
    else:
        rules = replace(rules, lookback_days=days)
    others = ", and half of those of channels and kinds" if own else ""
    changed = _with(data, journey_options=rules, model_options=models)
    yield f"lookback of {days:g} days{others}", changed


def _with(data: EventData, events: EventTable | None = None, **options: Any) -> EventData:
    """Data with other events or options; intervals are not needed."""
    changed = replace(data, events=data.events if events is None else events, **options)
    return replace(changed, model_options=replace(changed.model_options, draws=0))


def _window(data: EventData) -> tuple[int, int]:
    """Start and end of the data, epoch milliseconds; the end is exclusive."""
    if data.journey_options.window is not None:
        return data.journey_options.window
    times = np.concatenate([data.events.touches.time, data.events.conversions.time])
    return int(times.min()), int(times.max()) + 1


def _costs(data: EventData, known: Mapping[str, float] | None) -> dict[str, float]:
    """Cost of each channel; empty unless two channels have a cost.

    What was spent does not change when its touches are lost.
    """
    entities = cost_by_entity(data.events, "channel", data.journey_options.window)
    costs = {name: entity.cost for name, entity in entities.items() if entity.cost}
    if known is not None:  # of channels with touches, as only those have credit
        costs = {name: known[name] for name in entities if name in known}
    return costs if len(costs) > 1 else {}


def _worth(answer: ModelCredits, costs: Mapping[str, float]) -> dict[str, float]:
    """Credit of each channel: value per cost, or value, or conversions where none has a value."""
    has_value = _has_value(answer)
    return {
        name: (credit.value if has_value else credit.conversions) / costs.get(name, 1.0)
        for credit in answer.credits
        if "not-marketing" not in credit.reasons
        and (name := UNKNOWN if credit.key is None else credit.key)
        and (not costs or name in costs)
    }


def _has_value(answer: ModelCredits) -> bool:
    return any(credit.value for credit in answer.credits)


def _without_cost(answer: ModelCredits, costs: Mapping[str, float]) -> list[str]:
    """Marketing channels without a cost, which are not compared; none if no cost is known."""
    return [name for name in _worth(answer, {}) if costs and name not in costs]


def _not_identified(answer: ModelCredits, names: Mapping[str, float]) -> list[str]:
    """Those of the channels whose credit is not identified, in the order of the credits."""
    keys = [credit.key for credit in answer.credits if credit.identified is False]
    return [name for key in keys if (name := UNKNOWN if key is None else key) in names]


def _extremes(worth: Mapping[str, float]) -> tuple[list[str], list[str]]:
    """The best channels and the worst ones: several where they are equal."""
    return _equal_to(max(worth.values()), worth), _equal_to(min(worth.values()), worth)


def _equal_to(value: float, worth: Mapping[str, float]) -> list[str]:
    size = max(map(abs, worth.values()))
    return [name for name, other in worth.items() if abs(other - value) <= EQUAL * size]


def _compared(
    change: str, worth: Mapping[str, float], reference: Mapping[str, float]
) -> RobustnessCheck:
    """Channels that are missing after a change have no credit."""
    found = np.array([worth.get(name, 0.0) for name in reference])
    expected = np.array(list(reference.values()))
    first, second = np.triu_indices(len(expected), 1)
    is_same = np.sign(found[first] - found[second]) == np.sign(expected[first] - expected[second])
    best, worst = _extremes(dict(zip(reference, found.tolist(), strict=True)))
    return RobustnessCheck(change, enumerated(best), enumerated(worst), float(is_same.mean()))


def _verdict(
    best: Sequence[str],
    worst: Sequence[str],
    checks: Sequence[RobustnessCheck],
    is_open: Sequence[str],
    without_cost: Sequence[str] = (),
) -> str:
    """What the checks imply for the decision.

    Args:
        best: the best channel, or all of them where several are equal.
        worst: the worst one, or all of them.
        checks: what came out after each change.
        is_open: channels that are not identified. They are compared only where fewer than two
            others are left, and then nothing can be decided, however stable the ranks are.
        without_cost: channels that are not compared because they have no cost.
    """
    done = [check for check in checks if check.failure is None]
    n_best = sum(check.best == enumerated(best) for check in done)
    n_worst = sum(check.worst == enumerated(worst) for check in done)
    counts = (
        f"{enumerated(best)} stays best in {n_best} of {counted(len(done), 'check')},"
        f" {enumerated(worst)} worst in {n_worst}"
    )
    if {*best, *worst} & {*is_open}:
        verdict = (
            "these data cannot decide which channel is best or worst, because they identify fewer "
            f"than two channels, and not the credit of {enumerated(is_open)}: {counts}, but an "
            "error may be as stable"
        )
        return verdict + _left_out("they have no cost", without_cost)
    if len(best) > 1 or len(worst) > 1:
        verdict = f"these data cannot decide between {_equals(best, worst)}: {counts}"
    elif done and min(n_best, n_worst) >= math.ceil(MIN_AGREEMENT * len(done)):
        verdict = f"the decision holds: {counts}"
    else:
        verdict = f"the decision depends on data and choices that nobody can be sure of: {counts}"
    return (
        verdict
        + _left_out("their credit is not identified", is_open)
        + _left_out("they have no cost", without_cost)
    )


def _equals(best: Sequence[str], worst: Sequence[str]) -> str:
    """The channels that are equally good or bad, in words."""
    if best == worst:
        return f"{enumerated(best)}, which are equal"
    ends = {"equally good": best, "equally bad": worst}
    equal = [f"{enumerated(names)}, which are {how}" for how, names in ends.items() if names[1:]]
    return ", and between ".join(equal)


def _left_out(why: str, names: Sequence[str]) -> str:
    """The end of a verdict about channels that are not compared."""
    return f"; not compared, because {why}: {enumerated(names)}" if names else ""
