"""What an evaluation of methods of fatigue means, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrigraph.quantities import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attrigraph.fatigue.evaluation import FatigueEvaluation


def verdict(found: FatigueEvaluation) -> str:
    """Which method has the least error, and what that means for the one that is served."""
    best, served = found.best, found.errors_of_served()
    if best.method == served.method:
        return f"the {served.method}, which is served, has the least error of days"
    why = (
        f"`attrigraph fatigue train --method {best.method.replace(' ', '-')}` serves it"
        if best.has_curve
        else f"{best.method} has no decay curve, so it cannot be served"
    )
    return (
        f"{best.method} beats the {served.method}, which is served: an error of {best.days:.2f} "
        f"against {served.days:.2f} days; {why}"
    )


def details(found: FatigueEvaluation) -> Iterator[str]:
    """How well the served method is calibrated, what was compared, and what was left out."""
    calibration = found.calibration
    if calibration is None:
        yield f"not calibrated: the {found.served} has no intervals, as campaigns are too few"
    else:
        yield (
            f"80 % intervals of the {found.served} cover {calibration.coverage:.0%}; the "
            f"probability of being tired in 7 days is off by {calibration.calibration_error:.3f} "
            f"on average, with a Brier score of {calibration.brier:.3f}"
        )
    yield (
        f"all methods learnt from figures until {found.as_of}; of "
        f"{counted(found.live, 'creative')} by audience that were live then, {found.units:,} in "
        f"{counted(found.campaigns, 'campaign')} are compared, whose days were known by "
        f"{found.until}"
    )
    for method, reason in found.not_fitted.items():
        yield f"{method} is left out: {reason}"
    yield from found.notes
