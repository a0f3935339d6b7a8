"""Credit as JSON values: what ``attrigraph attribute --json`` prints of a model."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from attrigraph.domain.columns import UNKNOWN
from attrigraph.domain.returns import RETURN_FIELDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attrigraph.domain.credit import Credit, ModelCredits


def model_json(model: ModelCredits) -> dict[str, Any]:
    """One model's answer as JSON values; parts that the model does not have are left out."""
    credit_json = _causal_json if model.incremental else _rule_json
    answer: dict[str, Any] = {} if model.advice is None else {"advice": model.advice}
    answer |= {
        "incremental": model.incremental,
        "baseline": asdict(model.baseline),
        "credits": [credit_json(credit) | _return_json(credit) for credit in model.credits],
    }
    for name in ("notes", "assumptions"):
        if getattr(model, name):
            answer[name] = list(getattr(model, name))
    if model.baseline_bounds is not None:
        answer["baseline_bounds"] = asdict(model.baseline_bounds)
    if model.triggered:
        answer["triggered"] = [asdict(share) for share in model.triggered]
    if model.agreement:
        answer["agreement"] = [one.to_json() for one in model.agreement]
    if model.pairs:
        answer["pairs"] = [one.to_json() for one in model.pairs]
    if model.prob_ranked_above is not None:
        answer["prob_ranked_above"] = _ranking_json(model.prob_ranked_above)
    if not model.incremental:
        answer["chain"] = None if model.chain is None else model.chain.to_json()
    return answer


def _return_json(credit: Credit) -> dict[str, Any]:
    """Cost and return: every field, null where it is unknown or withheld."""
    returns = credit.returns
    # not by asdict, which copies each value deeply: there may be very many keys
    return {} if returns is None else {name: getattr(returns, name) for name in RETURN_FIELDS}


def _rule_json(credit: Credit) -> dict[str, Any]:
    line: dict[str, Any] = {
        "key": credit.key,
        "conversions": credit.conversions,
        "value": credit.value,
    }
    if credit.low is not None and credit.high is not None:
        line |= {
            "low": credit.low,
            "high": credit.high,
            "prob_ranked_above_next": credit.prob_ranked_above_next,
        }
    if credit.value_low is not None and credit.value_high is not None:
        line |= {"value_low": credit.value_low, "value_high": credit.value_high}
    if credit.by_position is not None:
        line["by_position"] = list(credit.by_position)
    return line


def _causal_json(credit: Credit) -> dict[str, Any]:
    """A credit of a model that estimates causes: every field, null where it is unknown."""
    captured = credit.captured
    return {
        "key": credit.key,
        "conversions": credit.conversions,
        "value": credit.value,
        "low": credit.low,
        "high": credit.high,
        "chance_low": credit.chance_low,
        "chance_high": credit.chance_high,
        "value_low": credit.value_low,
        "value_high": credit.value_high,
        "prob_ranked_above_next": credit.prob_ranked_above_next,
        "identified": credit.identified,
        "reasons": list(credit.reasons),
        "captured": None if captured is None else captured.conversions,
        "captured_value": None if captured is None else captured.value,
    }


def _ranking_json(ranking: Mapping[str | None, Mapping[str | None, float]]) -> dict[str, Any]:
    """The matrix with a name for the unknown key, which JSON objects cannot hold as null."""
    unknown = UNKNOWN
    while unknown in ranking:
        unknown = f"({unknown})"

    def name(key: str | None) -> str:
        return unknown if key is None else key

    return {
        name(key): {name(other): chance for other, chance in row.items()}
        for key, row in ranking.items()
    }
