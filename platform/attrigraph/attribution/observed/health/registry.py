"""The checks of data health, and the lines that they give for some figures."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from attrigraph.attribution.observed.health import (
    conversion_checks,
    customer_checks,
    name_checks,
    time_checks,
)
from attrigraph.domain import LEVELS

if TYPE_CHECKING:
    from collections.abc import Callable

    from attrigraph.attribution.observed.health.figures import HealthFigures
    from attrigraph.domain.data_health import HealthLine

    Check = Callable[[HealthFigures], HealthLine | None]

CHECKS: Final[tuple[Check, ...]] = (
    conversion_checks.without_touch,
    name_checks.without_channel,
    customer_checks.placeholder_customers,
    *(partial(name_checks.placeholder_names, level=level) for level in LEVELS),
    *(partial(name_checks.near_equal_names, level=level) for level in LEVELS),
    name_checks.separators_in_channels,
    time_checks.without_time_of_day,
    time_checks.tied_touches,
    conversion_checks.at_the_time_of_a_touch,
    conversion_checks.soon_after_touch,
    conversion_checks.repeated,
    customer_checks.many_events_of_one_customer,
    time_checks.days_without_touches,
    time_checks.days_without_conversions,
)
"""Each gives a line, or None where its figure is no reason for one."""


def data_health(figures: HealthFigures) -> tuple[HealthLine, ...]:
    """The lines about these figures, warnings first; empty where no check finds anything."""
    lines = [line for check in CHECKS if (line := check(figures)) is not None]
    return tuple(sorted(lines, key=lambda line: line.severity != "warning"))
