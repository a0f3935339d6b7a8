"""Rules of journeys for one customer and path: what ``subset`` and ``trimmed`` do for all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrigraph.attribution.observed.subset import CUSTOMER, text_of
from attrigraph.domain.channel_names import are_named

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

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
    is_dropped = are_named([touch.channel for touch in kept], rules.dropped_channels)
    others = [touch for touch, dropped in zip(kept, is_dropped, strict=True) if not dropped]
    kept = others or kept
    return kept if rules.steps is None else kept[-rules.steps :]


def is_customer_taken(facts: Mapping[str, object], rules: JourneyOptions) -> bool:
    """Whether the data of an answer have a customer.

    Args:
        facts: attributes of the customer by name; those that are unknown are missing.
        rules: of which the conditions on customers are looked at.
    """

    def has(condition: Condition) -> bool:
        value = facts.get(condition.field.removeprefix(CUSTOMER))
        return value is not None and text_of(value) == condition.value

    return _holds(
        has, *(list(filter(_is_of_customers, one)) for one in (rules.only, rules.exclude))
    )


def _is_taken(touch: Touchpoint, only: Sequence[Condition], exclude: Sequence[Condition]) -> bool:
    def has(condition: Condition) -> bool:
        return bool(getattr(touch, condition.field) == condition.value)

    of_touches = ([one for one in group if not _is_of_customers(one)] for group in (only, exclude))
    return _holds(has, *of_touches)


def _is_of_customers(condition: Condition) -> bool:
    return condition.field.startswith(CUSTOMER)


def _holds(
    has: Callable[[Condition], bool], only: Sequence[Condition], exclude: Sequence[Condition]
) -> bool:
    """Whether one condition of each field of ``only`` holds, and none of ``exclude``."""
    fields = {one.field for one in only}
    of_each = all(any(has(one) for one in only if one.field == field) for field in fields)
    return of_each and not any(map(has, exclude))
