"""Rules of journeys for the touches of one path: what ``subset`` and ``trimmed`` do for all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrigraph.attribution.observed.subset import CUSTOMER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attrigraph.attribution.observed.journeys import JourneyOptions
    from attrigraph.attribution.observed.subset import Condition
    from attrigraph.domain import Touchpoint


def trimmed_path(path: Sequence[Touchpoint], rules: JourneyOptions) -> list[Touchpoint]:
    """The touches of one path that the rules of single touches keep, in the same order.

    Args:
        path: touches within their lookback, oldest first; may be empty.
        rules: what counts as a journey. Conditions on customers are not looked at.
    """
    kept = [touch for touch in path if _is_taken(touch, rules.only, rules.exclude)]
    dropped = {name.casefold() for name in rules.dropped_channels}
    others = [touch for touch in kept if (touch.channel or "").casefold() not in dropped]
    kept = others or kept
    return kept if rules.steps is None else kept[-rules.steps :]


def _is_taken(touch: Touchpoint, only: Sequence[Condition], exclude: Sequence[Condition]) -> bool:
    def has(condition: Condition) -> bool:
        return bool(getattr(touch, condition.field) == condition.value)

    of_touches = [one for one in only if not one.field.startswith(CUSTOMER)]
    fields = {one.field for one in of_touches}
    return all(any(has(one) for one in of_touches if one.field == field) for field in fields) and (
        not any(has(one) for one in exclude if not one.field.startswith(CUSTOMER))
    )
