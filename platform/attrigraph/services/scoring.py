"""From models' answers to the rows that a run writes, and back."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from attrigraph.domain import (
    Amount,
    Attribution,
    Credit,
    ModelCredits,
    Observed,
    RemovalCheck,
    RemovalEstimate,
)
from attrigraph.graph import scores
from attrigraph.graph.connection import DATABASE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from neo4j import Driver

    from attrigraph.attribution.credit.touches import TouchCredit
    from attrigraph.domain import Categorical, EventTable
    from attrigraph.graph.runs import Run

    Window = tuple[int, int] | None
    Chances = Mapping[str | None, Mapping[str | None, float]]


def assigned_rows(answer: Attribution, events: EventTable, window: Window) -> list[scores.Assigned]:
    """What each model gives each key that is known, beside the key's cost in the window.

    Args:
        answer: the models' answers at one level.
        events: what was read.
        window: epoch milliseconds; None for all times.
    """
    costs = spent(events, answer.by, window)
    return [
        scores.Assigned(model.model, credit, **costs[credit.key])
        for model in answer.models.values()
        for credit in model.credits
        if credit.key is not None
    ]


def _level(events: EventTable, by: str) -> Categorical:
    coded: Categorical = getattr(events.touches, by)
    return coded


def spent(events: EventTable, by: str, window: Window) -> dict[str, dict[str, Any]]:
    """By key of a level: touches in the window, how many of them have a cost, and their cost."""
    touches, coded = events.touches, _level(events, by)
    counted = coded.codes >= 0
    if window is not None:
        counted &= (touches.time >= window[0]) & (touches.time < window[1])
    priced = counted & ~np.isnan(touches.cost)
    keys = len(coded.keys)
    n_touches = np.bincount(coded.codes[counted], minlength=keys).tolist()
    n_priced = np.bincount(coded.codes[priced], minlength=keys).tolist()
    cost = np.bincount(coded.codes[priced], weights=touches.cost[priced], minlength=keys).tolist()
    return {
        key: {
            "touches": n_touches[i],
            "priced": n_priced[i],
            "cost": cost[i] if n_priced[i] else None,
        }
        for i, key in enumerate(coded.keys)
    }


def touch_rows(credit: TouchCredit, events: EventTable) -> scores.TouchCredit:
    """Credit of touches by the ids of touches and conversions; grouped as it comes."""
    starts = np.flatnonzero(np.diff(credit.conversion, prepend=-1))
    return scores.TouchCredit(
        conversion=events.conversions.id[credit.conversion[starts]],
        first=np.append(starts, len(credit)).astype(np.int64),
        touch=events.touches.id[credit.touch],
        credit=credit.credit,
        value=credit.value,
    )


def summary_of(answers: Sequence[Attribution], events: EventTable, credited: int) -> dict[str, Any]:
    """What a run found beyond the rows of nodes: totals, baseline lines, credit of unknown keys.

    Args:
        answers: one a level, of the same models.
        events: what was read.
        credited: how many credits of touches are written.
    """
    observed = answers[0].observed
    return {
        "observed": {
            "journeys": observed.journeys,
            "conversions": observed.conversions,
            "value": observed.value,
        },
        "customers": len(events.customers),
        "touches": len(events.touches),
        "credited_touches": credited,
        "levels": {
            answer.by: {name: _remainder(model) for name, model in answer.models.items()}
            for answer in answers
        },
        "ahead": {
            name: _matrix(model.ahead)
            for answer in answers
            if answer.by == "channel"
            for name, model in answer.models.items()
            if model.ahead is not None
        },
    }


def _remainder(model: ModelCredits) -> dict[str, Any]:
    unknown = next((credit for credit in model.credits if credit.key is None), None)
    return {
        "incremental": model.incremental,
        "baseline": _amount(model.baseline),
        "notes": list(model.notes),
        "assumptions": list(model.assumptions),
        "unknown": None
        if unknown is None
        else _amount(unknown)
        | {"by_position": None if unknown.by_position is None else list(unknown.by_position)}
        | {
            "low": unknown.low,
            "high": unknown.high,
            "prob_ranked_above_next": unknown.prob_ranked_above_next,
        },
        "e_values": [[credit.key, credit.e_value] for credit in model.credits if credit.e_value],
        "checks": [asdict(check) for check in model.checks],
    }


def _matrix(ahead: Chances) -> dict[str, Any]:
    """Chances to be ahead as rows and columns of the same keys, of which one may be null."""
    keys = list(ahead)
    return {"keys": keys, "chance": [[ahead[key].get(other) for other in keys] for key in keys]}


def _chances(matrix: Mapping[str, Any]) -> Chances:
    return {
        key: {
            other: chance
            for other, chance in zip(matrix["keys"], row, strict=True)
            if chance is not None
        }
        for key, row in zip(matrix["keys"], matrix["chance"], strict=True)
    }


def _amount(amount: Amount | Credit) -> dict[str, Any]:
    return {"conversions": amount.conversions, "value": amount.value}


def read_attribution(
    driver: Driver, run: Run, by: scores.Level, *, database: str = DATABASE
) -> Attribution:
    """The answer of a run that has ended, at one level, as it was given.

    The matrix of chances to be ahead is kept at the level of channels alone; at the others each
    line has its chance to be ahead of the next.
    """
    assigned = scores.read_assigned(driver, run.id, by, database=database)
    observed, remainders = run.summary["observed"], run.summary["levels"][by]
    ahead = run.summary.get("ahead", {}) if by == "channel" else {}
    return Attribution(
        by=by,
        observed=Observed(**observed),
        models={
            name: _model(name, assigned.get(name, []), remainders[name], ahead.get(name))
            for name in run.models
        },
        run=run.id,
    )


def _model(
    name: str,
    credits: Sequence[Credit],
    remainder: Mapping[str, Any],
    ahead: Mapping[str, Any] | None,
) -> ModelCredits:
    unknown = remainder["unknown"]
    lines = list(credits)
    if unknown is not None:
        positions = unknown["by_position"]
        lines.append(
            Credit(
                None,
                unknown["conversions"],
                unknown["value"],
                None if positions is None else tuple(positions),
                unknown["low"],
                unknown["high"],
                prob_ranked_above_next=unknown.get("prob_ranked_above_next"),
            )
        )
    strength = dict(remainder.get("e_values", ()))
    lines = [replace(line, e_value=strength.get(line.key)) for line in lines]
    # the order in which models answer: by falling conversions, then keys, the unknown one last
    lines.sort(key=lambda line: (-line.conversions, line.key is None, line.key or ""))
    return ModelCredits(
        model=name,
        incremental=remainder["incremental"],
        baseline=Amount(**remainder["baseline"]),
        credits=tuple(lines),
        notes=tuple(remainder["notes"]),
        assumptions=tuple(remainder["assumptions"]),
        checks=tuple(_check(**check) for check in remainder.get("checks", ())),
        ahead=None if ahead is None else _chances(ahead),
    )


def _check(
    key: str | None,
    removal: float,
    double_machine_learning: Mapping[str, float],
    inverse_propensity: Mapping[str, float] | None,
) -> RemovalCheck:
    return RemovalCheck(
        key,
        removal,
        RemovalEstimate(**double_machine_learning),
        None if inverse_propensity is None else RemovalEstimate(**inverse_propensity),
    )
