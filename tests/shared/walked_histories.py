"""Credit by rules, from a walk over the histories of customers, without the package."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Event = tuple[object, str | float]
    """When it was, as anything that sorts, and the channel of a touch or value of a conversion."""

RULES: Final = ("first", "last", "linear")


def credit_by_rules(histories: Mapping[str, Iterable[Event]]) -> dict[str, dict[str, float]]:
    """Credited value by rule and channel; a conversion comes before a touch of the same time.

    A conversion ends a journey, and the next one starts with the touches after it.
    """
    credits: dict[str, dict[str, float]] = {rule: defaultdict(float) for rule in RULES}
    for events in histories.values():
        touches: list[str] = []
        for _, what in sorted(events, key=lambda event: (event[0], isinstance(event[1], str))):
            if isinstance(what, str):
                touches.append(what)
                continue
            if touches:
                credits["first"][touches[0]] += what
                credits["last"][touches[-1]] += what
                for touch in touches:
                    credits["linear"][touch] += what / len(touches)
            touches = []
    return credits
