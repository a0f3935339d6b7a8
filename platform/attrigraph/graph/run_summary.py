"""The codec of a run's results: from attributions to the rows and the summary it stores, and back.

Credits of known entities become ``ASSIGNED`` relationships. What belongs to no node (totals, the
baseline, the credit of unknown entities, the ranking probabilities) goes into the run's summary.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attrigraph.attribution.observed.costs import cost_by_entity
from attrigraph.domain import (
    Amount,
    Attribution,
    BaselineBounds,
    Credit,
    ExperimentAgreement,
    FailedModel,
    HealthLine,
    MarkovChain,
    ModelCredits,
    Observed,
    PairCredit,
    Robustness,
    TriggeredShare,
    by_share,
)
from attrigraph.domain.returns import Return, SpendSummary
from attrigraph.graph import scores
from attrigraph.graph.runs import update_summary
from attrigraph.graph.triggers import read_triggers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from neo4j import Driver

    from attrigraph.attribution.credit.touches import TouchCredit
    from attrigraph.attribution.observed.costs import EntityCost
    from attrigraph.domain import EventTable, Level
    from attrigraph.graph.runs import Run

    Window = tuple[int, int] | None
    Ranking = Mapping[str | None, Mapping[str | None, float]]

_RENAMED: Final = {
    "ahead": "prob_ranked_above",
    "ahead_of_next": "prob_ranked_above_next",
    "chance": "probability",
    "organic": "baseline",
}
"""Keys of summaries that version 0.1.0 wrote, with their present names."""


def assigned_rows(
    attribution: Attribution, events: EventTable, window: Window
) -> list[scores.Assigned]:
    """One row per model and known entity: its credit, with its return, and its touches.

    Args:
        attribution: the models' results at one level.
        events: the events they were computed from.
        window: start and end (exclusive), epoch milliseconds; None for all times.
    """
    costs = cost_by_entity(events, attribution.by, window)
    return [
        scores.Assigned(model.model, credit, *_touches(costs, credit.key), attribution.currency)
        for model in attribution.models.values()
        for credit in model.credits
        if credit.key is not None
    ]


def _touches(costs: Mapping[str, EntityCost], key: str) -> tuple[int, int]:
    """Touches in the window and how many of them have a cost; what has spend alone has none."""
    return (costs[key].touches, round(costs[key].priced)) if key in costs else (0, 0)


def keys_without_touches(attribution: Attribution, events: EventTable) -> list[str]:
    """Keys that have credit lines because of spend alone."""
    touched = set(getattr(events.touches, attribution.by).keys)
    keys = {credit.key for model in attribution.models.values() for credit in model.credits}
    return sorted(key for key in keys if key is not None and key not in touched)


def touch_rows(credit: TouchCredit, events: EventTable) -> scores.TouchCredit:
    """Touch-level credit with the ids of touches and conversions instead of row numbers."""
    starts = np.flatnonzero(np.diff(credit.conversion, prepend=-1))
    return scores.TouchCredit(
        conversion=events.conversions.id[credit.conversion[starts]],
        first=np.append(starts, len(credit)).astype(np.int64),
        touch=events.touches.id[credit.touch],
        credit=credit.credit,
        value=credit.value,
        captured=credit.captured,
    )


def summary_of(
    attributions: Sequence[Attribution], events: EventTable, credited_touches: int
) -> dict[str, Any]:
    """What a run stores beyond its ``ASSIGNED`` rows, as JSON values.

    Args:
        attributions: one per level, of the same models.
        events: the events they were computed from.
        credited_touches: how many touch-level credits are written.
    """
    return {
        "observed": asdict(attributions[0].observed),
        "currency": attributions[0].currency,
        "spend": {
            answer.by: answer.spend_summary.to_json()
            for answer in attributions
            if answer.spend_summary is not None
        },
        "customers": len(events.customers),
        "touches": len(events.touches),
        "credited_touches": credited_touches,
        "levels": {
            attribution.by: {name: _remainder(model) for name, model in attribution.models.items()}
            for attribution in attributions
        },
        "prob_ranked_above": {
            name: _matrix(model.prob_ranked_above)
            for attribution in attributions
            if attribution.by == "channel"
            for name, model in attribution.models.items()
            if model.prob_ranked_above is not None
        },
        "failed": {
            attribution.by: [asdict(failure) for failure in attribution.failed]
            for attribution in attributions
        },
    }


def _remainder(model: ModelCredits) -> dict[str, Any]:
    unknown = next((credit for credit in model.credits if credit.key is None), None)
    return {
        "incremental": model.incremental,
        "baseline": asdict(model.baseline),
        "notes": list(model.notes),
        "assumptions": list(model.assumptions),
        "unknown": None if unknown is None else _unknown(unknown),
        "advice": model.advice,
        "baseline_bounds": None if model.baseline_bounds is None else asdict(model.baseline_bounds),
        "agreement": [one.to_json() for one in model.agreement],
        "pairs": [one.to_json() for one in model.pairs],
        "chain": None if model.chain is None else model.chain.to_json(),
        "triggered_unknown": [
            asdict(share) for share in model.triggered if None in (share.channel, share.by)
        ],
    }


def _unknown(credit: Credit) -> dict[str, Any]:
    """The credit of touches whose entity is unknown, which has no node."""
    stored = asdict(credit)
    del stored["key"]
    return stored | {
        "by_position": None if credit.by_position is None else list(credit.by_position),
        "reasons": list(credit.reasons),
    }


def _matrix(ranking: Ranking) -> dict[str, Any]:
    """The probabilities as a matrix whose rows and columns have the same keys; one may be null."""
    keys = list(ranking)
    return {
        "keys": keys,
        "probability": [[ranking[key].get(other) for other in keys] for key in keys],
    }


def _ranking(matrix: Mapping[str, Any]) -> Ranking:
    return {
        key: {
            other: probability
            for other, probability in zip(matrix["keys"], row, strict=True)
            if probability is not None
        }
        for key, row in zip(matrix["keys"], matrix["probability"], strict=True)
    }


def read_attribution(driver: Driver, run: Run, level: Level) -> Attribution:
    """The results of a finished run at one level, as the models gave them.

    The matrix of ranking probabilities is stored for channels only. At the other levels each line
    has its probability to rank above the next line.
    """
    assigned = scores.read_assigned(driver, run.id, level)
    triggered = read_triggers(driver, run.id) if level == "channel" else {}
    summary = upgrade_summary(run.summary)
    remainders = summary["levels"][level]
    matched = summary.get("spend", {}).get(level)
    rankings = summary.get("prob_ranked_above", {}) if level == "channel" else {}
    return Attribution(
        by=level,
        observed=Observed(**summary["observed"]),
        models={
            name: _model(
                name,
                assigned.get(name, []),
                remainders[name],
                rankings.get(name),
                triggered.get(name, []),
            )
            for name in run.models
            if name in remainders
        },
        run=run.id,
        currency=summary.get("currency"),
        spend_summary=None if matched is None else SpendSummary.from_json(matched),
        kind=run.kind,
        zone=run.parameters.get("journeys", {}).get("zone") or "UTC",
        failed=failed_models(run, level),
        data_health=stored_health(run),
    )


def stored_health(run: Run) -> tuple[HealthLine, ...] | None:
    """The health of the run's data; None for runs of versions that did not check it."""
    stored = run.summary.get("data_health")
    return None if stored is None else tuple(HealthLine.from_json(line) for line in stored)


def failed_models(run: Run, level: Level) -> tuple[FailedModel, ...]:
    """Models that the run left out at a level, without reading any credit."""
    failed = run.summary.get("failed", {}).get(level, ())
    return tuple(FailedModel(**stored) for stored in failed)


def stored_robustness(run: Run) -> Robustness | None:
    """How the run's decision moves with data and choices; None if that was not checked."""
    stored = run.summary.get("robustness")
    return None if stored is None else Robustness.from_json(stored)


def store_robustness(driver: Driver, run: Run, robustness: Robustness) -> None:
    """Store it with a finished run, where ``stored_robustness`` finds it."""
    update_summary(driver, run.id, {**run.summary, "robustness": robustness.to_json()})


def upgrade_summary(summary: Mapping[str, Any]) -> dict[str, Any]:
    """A summary with today's keys; those of runs that version 0.1.0 wrote are renamed."""
    renamed: dict[str, Any] = _renamed(summary)
    return renamed


def _renamed(value: Any) -> Any:
    """JSON values with renamed keys; names of channels are values in a summary, never keys."""
    if isinstance(value, dict):
        return {_RENAMED.get(key, key): _renamed(item) for key, item in value.items()}
    return [_renamed(item) for item in value] if isinstance(value, list) else value


def _model(
    name: str,
    credits: Sequence[Credit],
    remainder: Mapping[str, Any],
    matrix: Mapping[str, Any] | None,
    triggered: Sequence[TriggeredShare],
) -> ModelCredits:
    unknown = remainder["unknown"]
    lines = [*credits, *([] if unknown is None else [_unknown_credit(unknown)])]
    # the order of the models' own results: by falling conversions, then key, the unknown line last
    lines.sort(key=lambda line: (-line.conversions, line.key is None, line.key or ""))
    return ModelCredits(
        model=name,
        incremental=remainder["incremental"],
        baseline=Amount(**remainder["baseline"]),
        credits=tuple(lines),
        notes=tuple(remainder["notes"]),
        assumptions=tuple(remainder["assumptions"]),
        prob_ranked_above=None if matrix is None else _ranking(matrix),
        triggered=by_share([*triggered, *_unknown_shares(remainder)]),
        advice=remainder.get("advice"),
        baseline_bounds=_bounds(remainder),
        agreement=tuple(map(ExperimentAgreement.from_json, remainder.get("agreement", ()))),
        pairs=tuple(map(PairCredit.from_json, remainder.get("pairs", ()))),
        chain=_chain(remainder),
    )


def _chain(remainder: Mapping[str, Any]) -> MarkovChain | None:
    stored = remainder.get("chain")
    return None if stored is None else MarkovChain.from_json(stored)


def _bounds(remainder: Mapping[str, Any]) -> BaselineBounds | None:
    stored = remainder.get("baseline_bounds")
    return None if stored is None else BaselineBounds(**stored)


def _unknown_shares(remainder: Mapping[str, Any]) -> list[TriggeredShare]:
    return [TriggeredShare(**stored) for stored in remainder.get("triggered_unknown", ())]


def unknown_channel(run: Run, model: str) -> Credit | None:
    """A model's credit of touches whose channel is unknown; None without such touches."""
    stored = upgrade_summary(run.summary)["levels"]["channel"][model]["unknown"]
    return None if stored is None else _unknown_credit(stored)


def _unknown_credit(stored: Mapping[str, Any]) -> Credit:
    """The inverse of ``_unknown``; summaries of earlier versions have fewer fields."""
    positions, captured = stored["by_position"], stored.get("captured")
    returned = stored.get("returns")
    return Credit(
        key=None,
        **{
            **stored,
            "by_position": None if positions is None else tuple(positions),
            "reasons": tuple(stored.get("reasons", ())),
            "captured": None if captured is None else Amount(**captured),
            "returns": None if returned is None else Return(**returned),
        },
    )
