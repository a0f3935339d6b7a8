"""Requests of plans as text of TOML files, which ``read_budget_file`` reads as the same request.

Each campaign has its limits first, which a person edits, and each list is one line.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from attrigraph.errors import InputError
from attrigraph.planning.responses import DrawnResponse, Exponential, Hill, Tabulated

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from attrigraph.planning.request import (
        CampaignGroup,
        CampaignSynergy,
        MeasureLimit,
        PlannedCampaign,
        PlanRequest,
    )
    from attrigraph.planning.responses import Response

Settings = dict[str, Any]


def budget_text(request: PlanRequest, comments: Iterable[str] = ()) -> str:
    """The file of a request.

    Args:
        request: with a period and a currency.
        comments: lines before it; characters that TOML forbids in comments are escaped.

    Raises:
        InputError: the period or the currency is not known, or a response has no form in files.
    """
    if request.period is None or request.currency is None:
        raise InputError("a file of a budget plan needs a period and a currency")
    start, end = request.period
    plan: Settings = {
        "budget": request.budget,
        "start": start,
        "end": end,
        "currency": request.currency,
        "season": None if request.season == 1 else request.season,
        "max_change": request.max_change,
        "exploration": request.exploration or None,
    }
    tables = [
        *(("campaign", _campaign(campaign)) for campaign in request.campaigns),
        *(("group", _group(group)) for group in request.groups),
        *(("synergy", _synergy(synergy)) for synergy in request.synergies),
        *(("limit", _limit(limit)) for limit in request.limits),
    ]
    blocks = [
        "\n".join(f"# {_escaped(comment)}" for comment in comments),
        "\n".join(["[plan]", *_lines(plan)]),
        *("\n".join([f"[[{name}]]", *_lines(settings)]) for name, settings in tables),
    ]
    return "\n\n".join(filter(None, blocks)) + "\n"


def _campaign(campaign: PlannedCampaign) -> Settings:
    return {
        "id": campaign.id,
        "min": campaign.minimum,
        "max": campaign.maximum,
        "old": campaign.old,
        "whole": campaign.whole or None,
        **_response(campaign.response),
        "envelope": campaign.envelope or None,
    }


def _group(group: CampaignGroup) -> Settings:
    return {
        "id": group.id,
        "members": group.members,
        "min": group.minimum,
        "max": group.maximum,
        **_response(group.response),
        "envelope": group.envelope or None,
    }


def _synergy(synergy: CampaignSynergy) -> Settings:
    return {"campaigns": synergy.members, "value": synergy.value, "at": synergy.at}


def _limit(limit: MeasureLimit) -> Settings:
    return {
        "measure": limit.measure,
        "min": limit.minimum,
        "max": limit.maximum,
        "per_unit": dict(limit.weights),
    }


def _response(response: Response | None) -> Settings:
    match response:
        case None:
            return {}
        case Exponential():
            return {"value": response.limit, "scale": response.scale}
        case Hill():
            curve = {"value": response.limit, "scale": response.scale}
            return {**curve, "exponent": response.exponent}
        case Tabulated():
            return {"spends": response.spends, "values": response.values}
        case DrawnResponse():
            return {
                "identified": None if response.identified else False,
                "observed": response.observed,
                "spends": response.spends.tolist(),
                "values": response.curve.tolist(),
                "draws": response.values.tolist(),
            }
    raise InputError(f"a response of the class {type(response).__name__} has no form in files")


def _lines(settings: Settings) -> Iterator[str]:
    """One line per setting that is given."""
    for name, value in settings.items():
        if value is not None:
            yield f"{name} = {_text(value)}"


def _text(value: Any) -> str:
    """A value as TOML writes it; numbers to the last digit."""
    match value:
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case bool():
            return str(value).lower()
        case dict():
            return f"{{ {', '.join(f'{_text(k)} = {_text(v)}' for k, v in value.items())} }}"
        case list() | tuple():
            return f"[{', '.join(map(_text, value))}]"
        case float():
            return repr(value)
    return str(value)


def _escaped(text: str) -> str:
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text)
